use proptest::prelude::*;

use super::*;

/// What a simulator does to its pending events; times are relative to the last popped.
#[derive(Clone, Debug)]
enum Action {
    Push(u64),
    Pop,
    Replace(u64),
}

fn delays() -> impl Strategy<Value = u64> {
    prop_oneof![0..4_u64, 0..1_000_u64, any::<u32>().prop_map(u64::from), 0..=1_u64 << 52]
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let action = prop_oneof![
        3 => delays().prop_map(Action::Push),
        2 => Just(Action::Pop),
        1 => delays().prop_map(Action::Replace),
    ];
    prop::collection::vec(action, 0..400)
}

/// Keys in the order in which they come out of a sorted list.
#[derive(Default)]
struct Sorted(Vec<u128>);

impl Pending for Sorted {
    fn push(&mut self, key: u128) {
        let at = self.0.partition_point(|&other| other > key);
        self.0.insert(at, key);
    }

    fn pop(&mut self) -> Option<u128> {
        self.0.pop()
    }

    fn peek(&self) -> Option<u128> {
        self.0.last().copied()
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

/// Everything that can be seen of a queue while the actions are done to it, until it is empty.
fn seen<P: Pending>(actions: &[Action]) -> Vec<(Option<u128>, Option<u128>, usize)> {
    let mut queue = P::default();
    let mut now = 0;
    let mut seen = Vec::new();
    for (seq, action) in (0..).zip(actions) {
        let popped = match *action {
            Action::Push(delay) => {
                queue.push(key(now + delay, seq, seq));
                None
            }
            Action::Pop => queue.pop(),
            Action::Replace(delay) => {
                let top = queue.peek();
                now = top.map_or(now, time_ns);
                queue.replace_top(key(now + delay, seq, seq));
                top
            }
        };
        now = popped.map_or(now, time_ns);
        seen.push((popped, queue.peek(), queue.len()));
    }
    while let Some(key) = queue.pop() {
        seen.push((Some(key), queue.peek(), queue.len()));
    }
    seen
}

proptest! {
    #[test]
    fn every_queue_gives_what_a_sorted_list_gives(actions in actions()) {
        let expected = seen::<Sorted>(&actions);
        prop_assert_eq!(&seen::<BinaryHeapQueue>(&actions), &expected);
        prop_assert_eq!(&seen::<QuadHeap>(&actions), &expected);
        prop_assert_eq!(&seen::<RadixHeap>(&actions), &expected);
        prop_assert_eq!(&seen::<Tournament>(&actions), &expected);
    }

    #[test]
    fn a_key_is_its_three_parts(time in any::<u64>(), place in any::<u32>(), what in any::<u32>()) {
        let key = key(time, place, what);
        prop_assert_eq!((time_ns(key), seq(key), payload(key)), (time, place, what));
    }
}

#[test]
fn many_keys_come_out_sorted() {
    fn check<P: Pending>() {
        let mut queue = P::default();
        let mut keys: Vec<u128> =
            (0..50_000_u32).map(|n| key(u64::from(n.wrapping_mul(2_654_435_761)), n, 0)).collect();
        for &key in &keys {
            queue.push(key);
        }
        keys.sort_unstable();
        let popped: Vec<u128> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(popped, keys);
    }
    check::<BinaryHeapQueue>();
    check::<QuadHeap>();
    check::<RadixHeap>();
    check::<Tournament>();
}
