//! What a cache keeps: items of several kinds up to its memory, each for the time of its kind.
//!
//! It behaves like Redis (<https://redis.io/docs/latest/develop/reference/eviction/>), as far as its
//! users can tell. When there is no room for a new item, what has expired goes first, then
//!
//! - `lru`: what was not used for longest. Redis only comes near to that, by looking at five items;
//! - `lfu`: of five items picked at random, the one with the lowest count of uses, which grows with
//!   the logarithm of the uses and shrinks by one for each minute without any. Redis also remembers
//!   good candidates from one time to the next;
//! - `ttl`: what ends soonest; what has no end stays, and without anything else the new item is
//!   refused. Redis looks at five items here as well;
//! - `none`: nothing, the new item is refused.
//!
//! All items of a kind live equally long, so they end in the order in which they were put, and one
//! list for each kind is enough to find what has expired. That happens when room is needed, when an
//! item is asked for, and in [`Cache::sweep`].
//!
//! Nothing is hashed. A kind whose items are asked for by number finds them in an index of 4 bytes
//! for each number up to the largest one put. Of a kind with one item for each user, the user keeps
//! the [`Handle`]. Every operation is constant in time, but for the few kinds that `ttl` and
//! `sweep` look through.

use knockon_core::{CacheEntry, Eviction};

use items::{Item, Items, NOBODY};

mod items;

/// The memory an item takes if the model does not say: 1 KiB.
pub(crate) const DEFAULT_SIZE_BYTES: u64 = 1024;

/// How many items are looked at to find one that was used least often (Redis' `maxmemory-samples`).
const SAMPLES: usize = 5;

/// A new item's count of uses (Redis' `LFU_INIT_VAL`).
const FIRST_USES: u8 = 5;

/// How slowly counts of uses grow (Redis' `lfu-log-factor`).
const LOG_FACTOR: u64 = 10;

const MINUTE_NS: u64 = 60_000_000_000;

/// A sort of item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// How long an item is kept, in nanoseconds; without end if it is not said.
    pub ttl_ns: Option<u64>,
    /// The memory one takes.
    pub size_bytes: u64,
}

impl Kind {
    /// The kind that is written in the model.
    pub(crate) fn of(entry: &CacheEntry) -> Self {
        let ttl_ns = |ttl: std::time::Duration| u64::try_from(ttl.as_nanos()).unwrap_or(u64::MAX);
        Self {
            ttl_ns: entry.ttl.map(ttl_ns),
            size_bytes: entry.size.map_or(DEFAULT_SIZE_BYTES, |size| size.count),
        }
    }
}

/// An item, as long as it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Handle {
    slot: u32,
    generation: u32,
}

impl Handle {
    /// No item.
    pub(crate) const NONE: Self = Self { slot: u32::MAX, generation: 0 };
}

/// What happened so far, and what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Items that were asked for and there.
    pub hits: u64,
    /// Items that were asked for and not there.
    pub misses: u64,
    /// Items dropped to make room.
    pub evictions: u64,
    /// Items dropped because their time was over.
    pub expired: u64,
    /// Items refused for want of room.
    pub refused: u64,
    /// Items there are, with expired ones that nobody has come across.
    pub items: u32,
    /// The memory they take.
    pub bytes: u64,
}

/// A cache. See the [module](self).
#[derive(Debug, Clone)]
pub(crate) struct Cache {
    items: Items,
    kinds: Vec<Kind>,
    /// For each kind, the slot of the item of each number.
    indices: Vec<Vec<u32>>,
    counts: Counts,
    capacity_bytes: u64,
    eviction: Eviction,
    random: u64,
}

impl Cache {
    /// An empty cache with that much memory for items: the limit less what it uses when nothing
    /// happens.
    ///
    /// Kinds are named by their place in `kinds`, of which there are at most 65,535. `seed` is for
    /// the picking of `lfu`.
    pub(crate) fn new(
        capacity_bytes: u64,
        eviction: Eviction,
        kinds: Vec<Kind>,
        seed: u64,
    ) -> Self {
        Self {
            items: Items::new(kinds.len(), eviction),
            indices: vec![Vec::new(); kinds.len()],
            kinds,
            counts: Counts::default(),
            capacity_bytes,
            eviction,
            random: seed,
        }
    }

    /// Looks up item number `key` of a kind, and says whether it is there.
    pub(crate) fn get(&mut self, now_ns: u64, kind: u16, key: u32) -> bool {
        let slot = self.indices[usize::from(kind)].get(key as usize).copied();
        self.look_up(now_ns, slot.unwrap_or(NOBODY))
    }

    /// Looks up the item that a user holds, and says whether it is there.
    pub(crate) fn get_held(&mut self, now_ns: u64, handle: Handle) -> bool {
        let slot = self.slot_of(handle);
        self.look_up(now_ns, slot)
    }

    /// Puts item number `key` of a kind, again if it is there. Says whether it was taken.
    pub(crate) fn put(&mut self, now_ns: u64, kind: u16, key: u32) -> bool {
        let (kind_at, key_at) = (usize::from(kind), key as usize);
        let slot = self.indices[kind_at].get(key_at).copied().unwrap_or(NOBODY);
        let Some(slot) = self.store(now_ns, slot, kind, key) else { return false };
        let index = &mut self.indices[kind_at];
        if index.len() <= key_at {
            index.resize(key_at + 1, NOBODY);
        }
        index[key_at] = slot;
        true
    }

    /// Puts a user's item of a kind, again if it is there. Gives back what the user holds from now
    /// on, [`Handle::NONE`] if it was refused.
    pub(crate) fn put_held(&mut self, now_ns: u64, kind: u16, held: Handle) -> Handle {
        let slot = self.slot_of(held);
        self.store(now_ns, slot, kind, NOBODY).map_or(Handle::NONE, |slot| Handle {
            slot,
            generation: self.items.at(slot).generation,
        })
    }

    /// Takes item number `key` of a kind out, and says whether it was there.
    pub(crate) fn remove(&mut self, kind: u16, key: u32) -> bool {
        let slot = self.indices[usize::from(kind)].get(key as usize).copied();
        self.take_out(slot.unwrap_or(NOBODY))
    }

    /// Takes out the item that a user holds, and says whether it was there.
    pub(crate) fn remove_held(&mut self, handle: Handle) -> bool {
        let slot = self.slot_of(handle);
        self.take_out(slot)
    }

    /// Loses everything, as a cache without persistence does when it restarts. What was counted stays.
    pub(crate) fn flush(&mut self) {
        for slot in 0..self.items.slots() {
            self.take_out(slot);
        }
    }

    /// Drops what has expired.
    pub(crate) fn sweep(&mut self, now_ns: u64) {
        for kind in 0..self.kinds.len() {
            self.sweep_kind(now_ns, kind, u32::MAX);
        }
    }

    /// Changes the memory for items. What is too much is dropped, or stays where nothing may be
    /// dropped, as in Redis.
    pub(crate) fn set_capacity(&mut self, now_ns: u64, capacity_bytes: u64) {
        self.capacity_bytes = capacity_bytes;
        self.make_room(now_ns, 0);
    }

    /// What happened so far, and what there is.
    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    fn slot_of(&self, handle: Handle) -> u32 {
        let there = handle.slot < self.items.slots()
            && self.items.is_taken(handle.slot)
            && self.items.at(handle.slot).generation == handle.generation;
        if there { handle.slot } else { NOBODY }
    }

    fn look_up(&mut self, now_ns: u64, slot: u32) -> bool {
        let hit = slot != NOBODY && !self.expire(now_ns, slot);
        if hit {
            self.counts.hits += 1;
            self.touch(now_ns, slot);
        } else {
            self.counts.misses += 1;
        }
        hit
    }

    /// Drops an item if its time is over, and says whether it was.
    fn expire(&mut self, now_ns: u64, slot: u32) -> bool {
        let over = self.items.at(slot).expires_ns <= now_ns;
        if over {
            self.take_out(slot);
            self.counts.expired += 1;
        }
        over
    }

    fn store(&mut self, now_ns: u64, slot: u32, kind: u16, key: u32) -> Option<u32> {
        let expires_ns =
            self.kinds[usize::from(kind)].ttl_ns.map_or(u64::MAX, |ttl| now_ns.saturating_add(ttl));
        let there = slot != NOBODY && self.items.at(slot).kind == kind;
        if there && !self.expire(now_ns, slot) {
            self.touch(now_ns, slot);
            self.items.renew(slot, expires_ns);
            return Some(slot);
        }
        // Two for each new one keeps up with what expires, whether or not room is short.
        self.sweep_kind(now_ns, usize::from(kind), 2);
        let size_bytes = self.kinds[usize::from(kind)].size_bytes;
        if !self.make_room(now_ns, size_bytes) {
            self.counts.refused += 1;
            return None;
        }
        self.counts.items += 1;
        self.counts.bytes += size_bytes;
        let minute = minute_of(now_ns);
        Some(self.items.insert(Item::new(kind, key, expires_ns, FIRST_USES, minute)))
    }

    /// Drops items until there is room for one of that size, and says whether there is.
    fn make_room(&mut self, now_ns: u64, size_bytes: u64) -> bool {
        let fits = |it: &Self| it.counts.bytes.saturating_add(size_bytes) <= it.capacity_bytes;
        if fits(self) {
            return true;
        }
        if size_bytes > self.capacity_bytes {
            return false;
        }
        self.sweep(now_ns);
        while !fits(self) {
            let Some(slot) = self.victim(now_ns) else { return false };
            self.take_out(slot);
            self.counts.evictions += 1;
        }
        true
    }

    fn victim(&mut self, now_ns: u64) -> Option<u32> {
        match self.eviction {
            Eviction::Lru => self.items.least_recent(),
            Eviction::Ttl => self.items.soonest_to_end(),
            Eviction::None => None,
            Eviction::Lfu => {
                let minute = minute_of(now_ns);
                let mut rarest: Option<(u8, u32)> = None;
                for _ in 0..SAMPLES {
                    let bits = self.random_bits();
                    let slot = self.items.any(bits)?;
                    let uses = self.items.at(slot).uses_left(minute);
                    if rarest.is_none_or(|it| uses < it.0) {
                        rarest = Some((uses, slot));
                    }
                }
                rarest.map(|it| it.1)
            }
        }
    }

    /// Drops at most that many expired items of a kind.
    fn sweep_kind(&mut self, now_ns: u64, kind: usize, most: u32) {
        for _ in 0..most {
            let Some(slot) = self.items.first_to_end(kind) else { return };
            if !self.expire(now_ns, slot) {
                return;
            }
        }
    }

    fn touch(&mut self, now_ns: u64, slot: u32) {
        match self.eviction {
            Eviction::Lru => self.items.use_again(slot),
            Eviction::Lfu => {
                let minute = minute_of(now_ns);
                let uses = self.items.at(slot).uses_left(minute);
                let against = u64::from(uses.saturating_sub(FIRST_USES)) * LOG_FACTOR + 1;
                let more = uses < u8::MAX && self.random_bits() < u64::MAX / against;
                self.items.count_use(slot, uses + u8::from(more), minute);
            }
            Eviction::Ttl | Eviction::None => {}
        }
    }

    fn take_out(&mut self, slot: u32) -> bool {
        if slot == NOBODY || !self.items.is_taken(slot) {
            return false;
        }
        let (kind, key) = self.items.remove(slot);
        let kind = usize::from(kind);
        self.counts.items -= 1;
        self.counts.bytes -= self.kinds[kind].size_bytes;
        if let Some(place) = self.indices[kind].get_mut(key as usize) {
            *place = NOBODY;
        }
        true
    }

    /// `SplitMix64` (<https://prng.di.unimi.it/splitmix64.c>, public domain).
    fn random_bits(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.random;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}

/// The minute of a time, which comes again after 45 days, as in Redis.
#[expect(clippy::cast_possible_truncation, reason = "only differences matter")]
fn minute_of(now_ns: u64) -> u16 {
    (now_ns / MINUTE_NS) as u16
}

#[cfg(test)]
mod tests;
