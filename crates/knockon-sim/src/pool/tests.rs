use proptest::prelude::*;

use super::Released::{Closed, Kept};
use super::*;

/// The connection, whether it was opened, and whether another was closed for it.
fn got(acquired: Acquire) -> (Connection, bool, bool) {
    match acquired {
        Acquire::Got { connection, opened, closed } => (connection, opened, closed),
        Acquire::Full => panic!("full"),
    }
}

#[test]
fn a_connection_is_opened_only_when_none_is_unused_and_there_is_room() {
    let mut pool = Pool::new(2, None, None);
    let (first, opened, _) = got(pool.acquire(0));
    assert!(opened);
    let (second, opened, _) = got(pool.acquire(0));
    assert!(opened);
    assert_eq!(pool.acquire(0), Acquire::Full);
    assert_eq!(pool.release(5, first), Kept);
    let (_, opened, _) = got(pool.acquire(5));
    assert!(!opened);
    assert_eq!(pool.release(6, second), Kept);
    assert_eq!((pool.in_use(), pool.idle(), pool.open()), (1, 1, 2));
}

#[test]
fn more_unused_ones_than_wanted_are_closed_unless_somebody_waits() {
    let check = |idle, waiting: bool, expected| {
        let mut pool = Pool::new(3, idle, None);
        let taken: Vec<Connection> = (0..3).map(|_| got(pool.acquire(0)).0).collect();
        if waiting {
            pool.wait(1);
        }
        let released: Vec<Released> = taken.into_iter().map(|it| pool.release(1, it)).collect();
        assert_eq!(released, expected, "{idle:?} {waiting}");
    };
    check(None, false, [Kept, Kept, Kept]);
    check(Some(1), false, [Kept, Closed, Closed]);
    check(Some(0), false, [Closed, Closed, Closed]);
    check(Some(0), true, [Kept, Kept, Kept]);
}

#[test]
fn an_old_connection_is_replaced_but_never_while_it_is_used() {
    let mut pool = Pool::new(2, None, Some(100));
    let (first, ..) = got(pool.acquire(0));
    assert_eq!(pool.release(99, first), Kept);
    let (first, opened, closed) = got(pool.acquire(99));
    assert!(!opened && !closed);
    assert_eq!(pool.release(100, first), Closed);
    let (first, opened, closed) = got(pool.acquire(100));
    assert!(opened && !closed);
    let (second, ..) = got(pool.acquire(150));
    pool.release(160, second);
    pool.release(170, first);
    let (first, opened, closed) = got(pool.acquire(200));
    assert!(opened && closed, "the one of time 100 is on top and too old");
    assert_eq!((first.opened_ns, pool.open()), (200, 2));
}

#[test]
fn who_waits_is_served_in_order_and_may_leave() {
    let mut pool = Pool::new(1, None, None);
    let (connection, ..) = got(pool.acquire(0));
    let tickets: Vec<Ticket> = (10..15).map(|token| pool.wait(token)).collect();
    assert!(pool.cancel(tickets[2]) && !pool.cancel(tickets[2]));
    assert!(pool.time_out(tickets[0]) && !pool.time_out(tickets[0]));
    assert_eq!((pool.waiting(), pool.timeouts(), pool.serve(1)), (3, 1, None));
    pool.release(2, connection);
    let (token, acquired) = pool.serve(2).unwrap();
    assert_eq!((token, got(acquired).1), (11, false));
    assert!(!pool.cancel(tickets[1]), "served already");
    assert_eq!((pool.serve(2), pool.next_waiter(), pool.next_waiter()), (None, Some(13), Some(14)));
    assert_eq!((pool.next_waiter(), pool.waiting()), (None, 0));
}

#[test]
fn a_cut_closes_all_and_what_comes_back_later_is_gone() {
    let mut pool = Pool::new(2, None, None);
    let (before, ..) = got(pool.acquire(0));
    let (unused, ..) = got(pool.acquire(0));
    pool.release(1, unused);
    pool.wait(7);
    assert_eq!((pool.cut(), pool.open()), (2, 0));
    assert_eq!(pool.serve(2).map(|it| (it.0, got(it.1).1)), Some((7, true)));
    assert_eq!(pool.release(3, before), Released::Gone);
    assert_eq!((pool.in_use(), pool.idle()), (1, 0));
}

#[test]
fn a_smaller_pool_closes_what_is_unused_first() {
    let mut pool = Pool::new(3, None, None);
    let taken: Vec<Connection> = (0..3).map(|at| got(pool.acquire(at)).0).collect();
    let mut taken = taken.into_iter();
    pool.release(9, taken.next().unwrap());
    assert_eq!((pool.set_size(1), pool.open()), (1, 2));
    assert_eq!(pool.release(9, taken.next().unwrap()), Closed);
    assert_eq!(pool.release(9, taken.next().unwrap()), Kept);
    assert_eq!((pool.set_size(2), pool.set_size(0), pool.open()), (0, 1, 0));
    assert_eq!(pool.acquire(10), Acquire::Full);
}

proptest! {
    #[test]
    fn the_counts_add_up_and_the_queue_keeps_its_order(
        size in 0..5_u32,
        idle in prop::option::of(0..4_u32),
        lifetime in prop::option::of(1..40_u64),
        ops in prop::collection::vec((0..10_u8, 0..4_u64, any::<prop::sample::Index>()), 1..300),
    ) {
        let mut pool = Pool::new(size, idle, lifetime);
        // What the other end would count, the connections in use, and the queue as a plain list.
        let (mut at_other_end, mut used, mut queue) = (0_u32, Vec::new(), Vec::new());
        let (mut now_ns, mut token) = (0, 0);
        for (op, gap_ns, index) in ops {
            now_ns += gap_ns;
            match op {
                0..=3 => match pool.acquire(now_ns) {
                    Acquire::Full => {
                        queue.push((pool.wait(token), token));
                        token += 1;
                    }
                    Acquire::Got { connection, opened, closed } => {
                        prop_assert!(now_ns - connection.opened_ns < lifetime.unwrap_or(u64::MAX));
                        at_other_end = at_other_end + u32::from(opened) - u32::from(closed);
                        used.push(connection);
                    }
                },
                4..=6 if !used.is_empty() => {
                    let released = pool.release(now_ns, used.swap_remove(index.index(used.len())));
                    at_other_end -= u32::from(released == Closed);
                }
                7 if !queue.is_empty() => {
                    let (ticket, _) = queue.remove(index.index(queue.len()));
                    prop_assert!(pool.cancel(ticket));
                }
                8 if index.index(10) == 0 => at_other_end -= pool.cut(),
                9 => at_other_end -= pool.set_size(u32::try_from(index.index(6)).unwrap()),
                _ => {}
            }
            while let Some((token, acquired)) = pool.serve(now_ns) {
                prop_assert_eq!(token, queue.remove(0).1);
                let (connection, opened, closed) = got(acquired);
                at_other_end = at_other_end + u32::from(opened) - u32::from(closed);
                used.push(connection);
            }
            let live = used.iter().filter(|it| it.epoch == pool.epoch).count();
            prop_assert_eq!((pool.open(), pool.in_use() as usize), (at_other_end, live));
            prop_assert_eq!(pool.waiting() as usize, queue.len());
            prop_assert!(pool.idle() == 0 || pool.open() <= pool.size());
            prop_assert!(queue.is_empty() || pool.in_use() >= pool.size());
        }
    }
}
