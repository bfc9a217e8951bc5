//! The items of a cache in one slab, with the orders in which they are dropped.

use knockon_core::Eviction;

/// No slot, and no key.
pub(super) const NOBODY: u32 = u32::MAX;

/// The kind of a slot in which there is nothing.
const FREE: u16 = u16::MAX;

/// Which order a pair of links belongs to.
#[derive(Debug, Clone, Copy)]
enum Order {
    /// By the latest use, only for `lru`. For `lfu` the place in the list of all items is kept here;
    /// in a free slot the next free one.
    Use = 0,
    /// By the end, within one kind.
    End = 1,
}

#[derive(Debug, Clone, Copy)]
struct Links {
    before: u32,
    after: u32,
}

/// One item.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    pub(super) expires_ns: u64,
    links: [Links; 2],
    pub(super) key: u32,
    pub(super) generation: u32,
    pub(super) kind: u16,
    /// The minute of the latest use.
    minute: u16,
    /// The logarithmic count of uses at that time.
    pub(super) uses: u8,
}

impl Item {
    pub(super) fn new(kind: u16, key: u32, expires_ns: u64, uses: u8, minute: u16) -> Self {
        let links = [Links { before: NOBODY, after: NOBODY }; 2];
        Self { expires_ns, links, key, generation: 0, kind, minute, uses }
    }

    /// The count of uses after one less for each minute since the latest.
    pub(super) fn uses_left(&self, minute: u16) -> u8 {
        let idle = minute.wrapping_sub(self.minute);
        self.uses.saturating_sub(u8::try_from(idle).unwrap_or(u8::MAX))
    }
}

/// A list through the items.
#[derive(Debug, Clone, Copy)]
struct List {
    first: u32,
    last: u32,
}

impl List {
    const EMPTY: Self = Self { first: NOBODY, last: NOBODY };

    fn push(&mut self, items: &mut [Item], order: Order, slot: u32) {
        let order = order as usize;
        items[slot as usize].links[order] = Links { before: self.last, after: NOBODY };
        match self.last {
            NOBODY => self.first = slot,
            last => items[last as usize].links[order].after = slot,
        }
        self.last = slot;
    }

    fn unlink(&mut self, items: &mut [Item], order: Order, slot: u32) {
        let order = order as usize;
        let Links { before, after } = items[slot as usize].links[order];
        match before {
            NOBODY => self.first = after,
            before => items[before as usize].links[order].after = after,
        }
        match after {
            NOBODY => self.last = before,
            after => items[after as usize].links[order].before = before,
        }
    }

    fn first(self) -> Option<u32> {
        (self.first != NOBODY).then_some(self.first)
    }
}

/// All items of a cache.
#[derive(Debug, Clone)]
pub(super) struct Items {
    slab: Vec<Item>,
    /// The first of the free slots.
    free: u32,
    /// By the latest use.
    by_use: List,
    /// By the end, for each kind. Items without end are in none.
    by_end: Vec<List>,
    /// All items, to pick from at random.
    all: Vec<u32>,
    eviction: Eviction,
}

impl Items {
    pub(super) fn new(kinds: usize, eviction: Eviction) -> Self {
        Self {
            slab: Vec::new(),
            free: NOBODY,
            by_use: List::EMPTY,
            by_end: vec![List::EMPTY; kinds],
            all: Vec::new(),
            eviction,
        }
    }

    pub(super) fn at(&self, slot: u32) -> &Item {
        &self.slab[slot as usize]
    }

    pub(super) fn is_taken(&self, slot: u32) -> bool {
        self.at(slot).kind != FREE
    }

    /// How many slots there are, taken or free.
    #[expect(clippy::cast_possible_truncation, reason = "a slot is a u32")]
    pub(super) fn slots(&self) -> u32 {
        self.slab.len() as u32
    }

    pub(super) fn insert(&mut self, item: Item) -> u32 {
        let slot = if self.free == NOBODY {
            self.slab.push(item);
            self.slots() - 1
        } else {
            let slot = self.free;
            let place = &mut self.slab[slot as usize];
            self.free = place.links[Order::Use as usize].after;
            *place = Item { generation: place.generation, ..item };
            slot
        };
        match self.eviction {
            Eviction::Lru => self.by_use.push(&mut self.slab, Order::Use, slot),
            Eviction::Lfu => {
                self.set_place(slot, self.all.len());
                self.all.push(slot);
            }
            Eviction::Ttl | Eviction::None => {}
        }
        if item.expires_ns != u64::MAX {
            self.by_end[usize::from(item.kind)].push(&mut self.slab, Order::End, slot);
        }
        slot
    }

    /// Frees a slot, and says of which kind and key its item was.
    pub(super) fn remove(&mut self, slot: u32) -> (u16, u32) {
        let Item { kind, key, expires_ns, links, .. } = *self.at(slot);
        if expires_ns != u64::MAX {
            self.by_end[usize::from(kind)].unlink(&mut self.slab, Order::End, slot);
        }
        match self.eviction {
            Eviction::Lru => self.by_use.unlink(&mut self.slab, Order::Use, slot),
            Eviction::Lfu => {
                let place = links[Order::Use as usize].before as usize;
                self.all.swap_remove(place);
                if let Some(&moved) = self.all.get(place) {
                    self.set_place(moved, place);
                }
            }
            Eviction::Ttl | Eviction::None => {}
        }
        let item = &mut self.slab[slot as usize];
        item.kind = FREE;
        item.generation = item.generation.wrapping_add(1);
        item.links[Order::Use as usize].after = self.free;
        self.free = slot;
        (kind, key)
    }

    #[expect(clippy::cast_possible_truncation, reason = "there are fewer items than slots")]
    fn set_place(&mut self, slot: u32, place: usize) {
        self.slab[slot as usize].links[Order::Use as usize].before = place as u32;
    }

    /// Gives an item a new end, the latest of its kind.
    pub(super) fn renew(&mut self, slot: u32, expires_ns: u64) {
        let item = &mut self.slab[slot as usize];
        let (had_end, kind) = (item.expires_ns != u64::MAX, usize::from(item.kind));
        item.expires_ns = expires_ns;
        if had_end {
            self.by_end[kind].unlink(&mut self.slab, Order::End, slot);
        }
        if expires_ns != u64::MAX {
            self.by_end[kind].push(&mut self.slab, Order::End, slot);
        }
    }

    /// Makes an item the one used latest.
    pub(super) fn use_again(&mut self, slot: u32) {
        if self.by_use.last != slot {
            self.by_use.unlink(&mut self.slab, Order::Use, slot);
            self.by_use.push(&mut self.slab, Order::Use, slot);
        }
    }

    pub(super) fn count_use(&mut self, slot: u32, uses: u8, minute: u16) {
        let item = &mut self.slab[slot as usize];
        item.uses = uses;
        item.minute = minute;
    }

    /// The item not used for longest.
    pub(super) fn least_recent(&self) -> Option<u32> {
        self.by_use.first()
    }

    /// The item of a kind that ends soonest.
    pub(super) fn first_to_end(&self, kind: usize) -> Option<u32> {
        self.by_end[kind].first()
    }

    /// The item of any kind that ends soonest.
    pub(super) fn soonest_to_end(&self) -> Option<u32> {
        let first = self.by_end.iter().filter_map(|list| list.first());
        first.min_by_key(|&slot| self.at(slot).expires_ns)
    }

    /// Any item, by bits that are uniformly distributed.
    #[expect(clippy::cast_possible_truncation, reason = "less than the number of items")]
    pub(super) fn any(&self, random_bits: u64) -> Option<u32> {
        let place = (u128::from(random_bits) * self.all.len() as u128) >> 64;
        self.all.get(place as usize).copied()
    }
}
