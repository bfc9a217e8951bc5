use proptest::prelude::*;

use super::*;

const SECOND: u64 = 1_000_000_000;

fn kind(ttl_s: Option<u64>, size_bytes: u64) -> Kind {
    Kind { ttl_ns: ttl_s.map(|ttl| ttl * SECOND), size_bytes }
}

/// The keys from 0 to 9 that are there, without using them.
fn there(cache: &Cache, now_ns: u64) -> Vec<u32> {
    (0..10).filter(|&key| cache.clone().get(now_ns, 0, key)).collect()
}

#[test]
fn a_full_cache_drops_what_its_eviction_says() {
    let check = |eviction, expected: &[u32], refused| {
        let mut cache = Cache::new(30, eviction, vec![kind(Some(100), 10)], 1);
        (0..3).for_each(|key| assert!(cache.put(u64::from(key), 0, key)));
        assert!(cache.get(5, 0, 0));
        assert!(cache.put(6, 0, 1), "what is there needs no room");
        let taken = cache.put(7, 0, 3);
        assert_eq!((taken, cache.counts().refused), (refused == 0, refused), "{eviction}");
        assert_eq!(there(&cache, 8), expected, "{eviction}");
        assert_eq!((cache.counts().bytes, cache.counts().items), (30, 3));
    };
    check(Eviction::Lru, &[0, 1, 3], 0);
    check(Eviction::Ttl, &[1, 2, 3], 0);
    check(Eviction::None, &[0, 1, 2], 1);
}

#[test]
fn what_has_no_end_is_not_dropped_by_its_end() {
    let mut cache = Cache::new(20, Eviction::Ttl, vec![kind(None, 10), kind(Some(9), 10)], 1);
    assert!(cache.put(0, 1, 0) && cache.put(0, 0, 0) && cache.put(0, 0, 1));
    assert!(!cache.put(0, 0, 2) && !cache.put(0, 1, 2));
    assert_eq!((cache.counts().evictions, cache.counts().refused), (1, 2));
}

#[test]
fn an_item_larger_than_the_cache_is_refused_and_costs_nobody_the_place() {
    let mut cache = Cache::new(20, Eviction::Lru, vec![kind(None, 10), kind(None, 21)], 1);
    assert!(cache.put(0, 0, 0) && !cache.put(0, 1, 0) && cache.get(0, 0, 0));
}

#[test]
fn an_item_ends_when_its_time_is_over_and_lives_longer_when_put_again() {
    let mut cache = Cache::new(100, Eviction::None, vec![kind(Some(10), 10)], 1);
    cache.put(0, 0, 4);
    assert!(cache.get(10 * SECOND - 1, 0, 4));
    assert!(!cache.get(10 * SECOND, 0, 4));
    cache.put(20 * SECOND, 0, 4);
    cache.put(25 * SECOND, 0, 5);
    cache.put(28 * SECOND, 0, 4);
    assert_eq!(there(&cache, 36 * SECOND), [4]);
    cache.sweep(36 * SECOND);
    let counts = cache.counts();
    assert_eq!((counts.expired, counts.items, counts.bytes), (2, 1, 10));
    assert_eq!((counts.hits, counts.misses), (1, 1));
    // Expired items make room before anything is refused.
    let mut cache = Cache::new(20, Eviction::None, vec![kind(Some(1), 10), kind(None, 20)], 1);
    assert!(cache.put(0, 0, 0) && cache.put(0, 0, 1) && cache.put(SECOND, 1, 0));
}

#[test]
fn a_user_holds_an_item_until_it_is_gone() {
    let mut cache = Cache::new(20, Eviction::Lru, vec![kind(Some(60), 10)], 1);
    assert!(!cache.get_held(0, Handle::NONE) && !cache.remove_held(Handle::NONE));
    let first = cache.put_held(0, 0, Handle::NONE);
    assert_eq!(cache.put_held(1, 0, first), first);
    let second = cache.put_held(2, 0, Handle::NONE);
    assert!(cache.get_held(3, first));
    let third = cache.put_held(4, 0, Handle::NONE);
    assert!(cache.get_held(5, first) && !cache.get_held(5, second) && cache.get_held(5, third));
    assert!(cache.remove_held(third) && !cache.remove_held(third));
    let fourth = cache.put_held(6, 0, third);
    assert!(fourth != third && !cache.get_held(6, third) && cache.get_held(6, fourth));
    assert!(!cache.get_held(61 * SECOND, fourth));
    let refused = Cache::new(9, Eviction::Lru, vec![kind(None, 10)], 1).put_held(0, 0, first);
    assert_eq!(refused, Handle::NONE);
}

#[test]
fn a_flush_loses_everything_and_a_smaller_cache_the_rest() {
    let mut cache = Cache::new(50, Eviction::Lru, vec![kind(None, 10), kind(Some(5), 10)], 1);
    (0..3).for_each(|key| assert!(cache.put(0, 0, key)));
    let held = cache.put_held(0, 1, Handle::NONE);
    cache.set_capacity(0, 25);
    assert_eq!((there(&cache, 0), cache.counts().items), (vec![2], 2));
    cache.flush();
    assert!(!cache.get_held(0, held) && there(&cache, 0).is_empty());
    assert_eq!((cache.counts().items, cache.counts().bytes), (0, 0));
    assert!(cache.put(0, 0, 1) && there(&cache, 0) == [1]);
    cache.remove(0, 1);
    assert!(!cache.remove(0, 1) && !cache.remove(0, 99) && there(&cache, 0).is_empty());
}

/// A stream of numbers that looks random.
fn numbers(seed: u64) -> impl Iterator<Item = u64> {
    let mut source = Cache::new(0, Eviction::None, Vec::new(), seed);
    std::iter::repeat_with(move || source.random_bits() >> 33)
}

/// The share of hits when what is not there is put, from the second half of the asks.
fn hit_share(cache: &mut Cache, asks: &[(u64, u32)]) -> f64 {
    let mut hits = 0;
    for (at, &(now_ns, key)) in asks.iter().enumerate() {
        let hit = cache.get(now_ns, 0, key);
        if !hit {
            cache.put(now_ns, 0, key);
        }
        hits += u32::from(hit && at >= asks.len() / 2);
    }
    f64::from(hits) / (asks.len() / 2) as f64
}

#[test]
fn equally_likely_keys_are_there_as_often_as_there_is_room_for_them() {
    let asks: Vec<_> = numbers(1).map(|it| (0, (it % 1000) as u32)).take(400_000).collect();
    for eviction in [Eviction::Lru, Eviction::Lfu, Eviction::Ttl] {
        for room in [100, 500, 900] {
            let mut cache = Cache::new(room, eviction, vec![kind(Some(9), 1)], 2);
            let share = hit_share(&mut cache, &asks);
            let expected = room as f64 / 1000.0;
            assert!((share - expected).abs() < 0.01, "{eviction} {room}: {share}");
        }
    }
}

#[test]
fn a_key_is_there_as_often_as_its_time_and_its_rate_say() {
    // Asked for at random λ times a second, put when missing, kept for T: λT / (1 + λT) are hits.
    let check = |ttl_s: u64, keys: u64| {
        let per_second = 1000.0 / keys as f64;
        let ask =
            |(at, number): (u64, u64)| (at * SECOND / 1000, u32::try_from(number % keys).unwrap());
        let asks: Vec<_> = (0..400_000).zip(numbers(3)).map(ask).collect();
        let mut cache = Cache::new(u64::MAX, Eviction::None, vec![kind(Some(ttl_s), 1)], 2);
        let expected = per_second * ttl_s as f64 / (1.0 + per_second * ttl_s as f64);
        let share = hit_share(&mut cache, &asks);
        assert!((share - expected).abs() < 0.01, "{ttl_s} s, {keys} keys: {share}, not {expected}");
    };
    check(10, 1000);
    check(1, 1000);
    check(2, 10_000);
}

#[test]
fn what_is_used_often_outlives_a_flood_of_what_is_used_once_under_lfu_alone() {
    let left = |eviction| {
        let mut cache = Cache::new(100, eviction, vec![kind(None, 1)], 5);
        let mut now_ns = 0;
        for round in 0..200 {
            for key in 0..20 {
                if !cache.get(now_ns, 0, key) {
                    cache.put(now_ns, 0, key);
                }
            }
            now_ns += SECOND / 10;
            if round >= 100 {
                (0..200).for_each(|once| assert!(cache.put(now_ns, 0, 1000 + round * 200 + once)));
            }
        }
        (0..20).filter(|&key| cache.get(now_ns, 0, key)).count()
    };
    assert_eq!(left(Eviction::Lru), 0);
    // A fifth of the items is used often: one time in 3,125 all five that are looked at are.
    assert!(left(Eviction::Lfu) >= 18, "{}", left(Eviction::Lfu));
}

#[test]
fn counts_of_uses_grow_and_fade_as_in_redis() {
    // redis.conf says of a log factor of 10: 10 after 100 uses, 18 after 1,000, 142 after 100,000.
    let uses_after = |uses: u32| {
        let mut sum = 0;
        for seed in 0..40 {
            let mut cache = Cache::new(100, Eviction::Lfu, vec![kind(None, 1)], seed);
            cache.put(0, 0, 0);
            (0..uses).for_each(|_| assert!(cache.get(0, 0, 0)));
            sum += u32::from(cache.items.at(0).uses);
        }
        f64::from(sum) / 40.0
    };
    let check = |uses, expected: f64, within: f64| {
        let got = uses_after(uses);
        assert!((got / expected - 1.0).abs() < within, "{uses} uses: {got}, not {expected}");
    };
    check(100, 10.0, 0.1);
    check(1000, 18.0, 0.1);
    check(100_000, 142.0, 0.05);
    let item = Item::new(0, 0, u64::MAX, 5, 65_535);
    assert_eq!([item.uses_left(65_535), item.uses_left(0), item.uses_left(300)], [5, 4, 0]);
}

/// The same as a plain list, the one used latest at the end: kind, key and end of each item.
struct Naive {
    items: Vec<(u16, u32, u64)>,
    kinds: Vec<Kind>,
    capacity_bytes: u64,
    eviction: Eviction,
}

impl Naive {
    fn bytes(&self) -> u64 {
        self.items.iter().map(|it| self.kinds[usize::from(it.0)].size_bytes).sum()
    }

    fn get(&mut self, now_ns: u64, kind: u16, key: u32) -> bool {
        self.items.retain(|it| it.2 > now_ns);
        let at = self.items.iter().position(|it| (it.0, it.1) == (kind, key));
        if let Some(at) = at {
            let item = self.items.remove(at);
            self.items.push(item);
        }
        at.is_some()
    }

    fn put(&mut self, now_ns: u64, kind: u16, key: u32) -> bool {
        let Kind { ttl_ns, size_bytes } = self.kinds[usize::from(kind)];
        let expires_ns = ttl_ns.map_or(u64::MAX, |ttl| now_ns + ttl);
        if self.get(now_ns, kind, key) {
            self.items.last_mut().unwrap().2 = expires_ns;
            return true;
        }
        if size_bytes > self.capacity_bytes {
            return false;
        }
        while self.bytes() + size_bytes > self.capacity_bytes {
            let ends = || self.items.iter().map(|it| it.2).filter(|&it| it != u64::MAX).min();
            let victim = match self.eviction {
                Eviction::Lru => Some(0),
                Eviction::Ttl => {
                    ends().and_then(|end| self.items.iter().position(|it| it.2 == end))
                }
                _ => None,
            };
            let Some(victim) = victim else { return false };
            self.items.remove(victim);
        }
        self.items.push((kind, key, expires_ns));
        true
    }
}

/// An operation, the time before it in ms, the kind and the key.
fn ops() -> impl Strategy<Value = Vec<(u8, u64, u16, u32)>> {
    prop::collection::vec((0..10_u8, 1..2000_u64, 0..3_u16, 0..8_u32), 1..300)
}

proptest! {
    #[test]
    fn it_keeps_what_a_plain_list_keeps(
        eviction in prop::sample::select(vec![Eviction::Lru, Eviction::Ttl, Eviction::None]),
        capacity_bytes in 0..60_u64,
        ops in ops(),
    ) {
        let kinds = vec![kind(Some(5), 7), kind(Some(20), 4), kind(None, 10)];
        let mut cache = Cache::new(capacity_bytes, eviction, kinds.clone(), 1);
        let mut naive = Naive { items: Vec::new(), kinds, capacity_bytes, eviction };
        let mut now_ns = 0;
        for (op, gap_ms, kind, key) in ops {
            now_ns += gap_ms * 1_000_000;
            match op {
                0..=4 => prop_assert_eq!(cache.get(now_ns, kind, key), naive.get(now_ns, kind, key)),
                5..=8 => prop_assert_eq!(cache.put(now_ns, kind, key), naive.put(now_ns, kind, key)),
                _ => {
                    cache.remove(kind, key);
                    naive.items.retain(|it| (it.0, it.1) != (kind, key));
                }
            }
            cache.sweep(now_ns);
            naive.items.retain(|it| it.2 > now_ns);
            prop_assert_eq!(cache.counts().items as usize, naive.items.len());
            prop_assert_eq!(cache.counts().bytes, naive.bytes());
        }
    }

    #[test]
    fn no_eviction_lets_it_grow_too_large_or_loses_what_nobody_dropped(
        eviction in prop::sample::select(
            vec![Eviction::Lru, Eviction::Lfu, Eviction::Ttl, Eviction::None]),
        capacity_bytes in 0..60_u64,
        seed in any::<u64>(),
        ops in ops(),
    ) {
        let kinds = vec![kind(Some(5), 7), kind(Some(20), 4), kind(None, 10)];
        let mut cache = Cache::new(capacity_bytes, eviction, kinds.clone(), seed);
        // The users' handles, and until when each item has to be there.
        let mut held = [[Handle::NONE; 8]; 3];
        let mut until_ns = [[0; 8]; 3];
        let mut now_ns = 0;
        for (op, gap_ms, kind, user) in ops {
            now_ns += gap_ms * 1_000_000;
            let (kind_at, user) = (usize::from(kind), user as usize);
            let handle = &mut held[kind_at][user];
            let evictions = cache.counts().evictions;
            match op {
                0..=4 => {
                    let hit = cache.get_held(now_ns, *handle);
                    prop_assert!(!hit || kinds[kind_at].ttl_ns.is_none() || *handle != Handle::NONE);
                    prop_assert!(hit || until_ns[kind_at][user] <= now_ns, "lost");
                }
                5..=8 => {
                    *handle = cache.put_held(now_ns, kind, *handle);
                    until_ns[kind_at][user] = match (*handle, kinds[kind_at].ttl_ns) {
                        (Handle::NONE, _) => 0,
                        (_, ttl_ns) => ttl_ns.map_or(u64::MAX, |ttl_ns| now_ns + ttl_ns),
                    };
                }
                _ => {
                    cache.remove_held(*handle);
                    until_ns[kind_at][user] = 0;
                }
            }
            if cache.counts().evictions > evictions {
                // Who it was does not matter here: whoever is gone now is no longer expected.
                for (kind, handles) in held.iter().enumerate() {
                    for (user, handle) in handles.iter().enumerate() {
                        if !cache.clone().get_held(now_ns, *handle) {
                            until_ns[kind][user] = 0;
                        }
                    }
                }
            }
            prop_assert!(cache.counts().bytes <= capacity_bytes);
        }
    }
}
