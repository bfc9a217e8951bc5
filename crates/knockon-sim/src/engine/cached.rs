//! Looking things up in caches.

use crate::pending::Pending;
use crate::program::{Instruction, NONE, Target};
use crate::random;
use crate::truth::{Effect, NOTHING, Part};

use super::Run;
use super::frame::{At, Outcome};
use super::state::NOBODY;
use super::steps::Next;

/// An item of a cache.
struct Item {
    /// The service.
    cache: usize,
    kind: u16,
    found_by: FoundBy,
}

enum FoundBy {
    Key(u32),
    /// Where its user's record has it.
    Place(usize),
    /// It belongs to a user, and there is none.
    Nothing,
}

impl<Q: Pending> Run<Q> {
    /// A lookup: on a hit the frame goes on there, on a miss with what follows.
    pub(super) fn get(&mut self, at: u32, site: u32, hit: u32) -> Next {
        // Until it is known to have missed, it goes on past what is done on a miss.
        let miss = self.frames[at].ip;
        self.frames[at].ip = hit;
        self.frames[at].after_miss = miss;
        self.ask(at, site)
    }

    /// A step at a cache: there and back, unless something is in the way.
    pub(super) fn use_cache(&mut self, at: u32, entry: u32) -> Next {
        let site = self.frames[at].site as usize;
        let (from, to) = (self.program.sites[site].service, self.program.sites[site].to);
        if let Some(next) = self.bend_step(at, from, to, true) {
            return next;
        }
        self.use_cache_now(at, entry)
    }

    /// What was late is there.
    pub(super) fn fetched(&mut self, at: u32) {
        let site = self.frames[at].site as usize;
        let next = match self.program.sites[site].target {
            Target::Entry(entry) => self.use_cache_now(at, entry),
            Target::Channel { .. } => self.publish_now(at),
            Target::Operation(_) => Next::Other(None),
        };
        self.go(at, next);
    }

    fn use_cache_now(&mut self, at: u32, entry: u32) -> Next {
        let frame = &self.frames[at];
        let miss = frame.after_miss;
        // The instruction before where it goes on says what it does; a lookup set that aside.
        let verb = self.program.code[frame.ip as usize - 1];
        let is_get = miss != NONE;
        self.frames[at].after_miss = NONE;
        if is_get {
            let hit = self.look_up(at, entry);
            if !hit {
                let cache = self.program.entries[entry as usize].cache;
                let trouble = self.services[cache as usize].trouble;
                let reason = if trouble == NOTHING {
                    NOTHING
                } else {
                    self.reasons.because(Part::Service(cache), Effect::CacheMissed, trouble)
                };
                let next = self.attempt_ends(at, Outcome::Done, NOTHING);
                let frame = &mut self.frames[at];
                frame.ip = miss;
                frame.suspect = reason;
                if frame.excess == 0 && frame.blame == NOTHING {
                    // What it does and asks now it would not have to.
                    frame.blame = reason;
                }
                return next;
            }
            return self.attempt_ends(at, Outcome::Done, NOTHING);
        }
        if matches!(verb, Instruction::Drop(_)) {
            self.take_out(at, entry);
            return self.attempt_ends(at, Outcome::Done, NOTHING);
        }
        if self.put_in(at, entry) {
            return self.attempt_ends(at, Outcome::Done, NOTHING);
        }
        let cache = self.program.entries[entry as usize].cache;
        let because = self.services[cache as usize].trouble;
        let blame = self.reasons.because(Part::Service(cache), Effect::CacheMissed, because);
        self.attempt_ends(at, Outcome::Failed, blame)
    }

    /// What a miss found is put in; it does no harm when there is no room, or no cache.
    pub(super) fn fill(&mut self, at: u32, entry: u32) {
        let frame = &mut self.frames[at];
        if frame.excess == 0 && frame.blame != NOTHING {
            // A miss that had to be takes time that nobody planned, so that callers hear of it.
            frame.excess = 1;
        }
        let cache = self.program.entries[entry as usize].cache;
        let cache = self.who_answers(cache);
        if !self.services[cache as usize].ready.is_empty() {
            self.put_in(at, entry);
        }
    }

    fn look_up(&mut self, at: u32, entry: u32) -> bool {
        let (now, item) = (self.now, self.item(at, entry));
        let Some(cache) = self.services[item.cache].cache.as_mut() else { return false };
        match item.found_by {
            FoundBy::Key(key) => cache.get(now, item.kind, key),
            FoundBy::Place(place) => cache.get_held(now, self.items[place]),
            FoundBy::Nothing => false,
        }
    }

    fn put_in(&mut self, at: u32, entry: u32) -> bool {
        let (now, item) = (self.now, self.item(at, entry));
        let Some(cache) = self.services[item.cache].cache.as_mut() else { return false };
        match item.found_by {
            FoundBy::Key(key) => cache.put(now, item.kind, key),
            FoundBy::Place(place) => {
                self.items[place] = cache.put_held(now, item.kind, self.items[place]);
                self.items[place] != crate::cache::Handle::NONE
            }
            FoundBy::Nothing => true,
        }
    }

    fn take_out(&mut self, at: u32, entry: u32) {
        let item = self.item(at, entry);
        let Some(cache) = self.services[item.cache].cache.as_mut() else { return };
        match item.found_by {
            FoundBy::Key(key) => {
                cache.remove(item.kind, key);
            }
            FoundBy::Place(place) => {
                cache.remove_held(self.items[place]);
            }
            FoundBy::Nothing => {}
        }
    }

    /// The item of an entry that a request is about.
    fn item(&self, at: u32, entry: u32) -> Item {
        let table = &self.program.entries[entry as usize];
        let by_place = || self.item_place(self.frames[at].user, table.slot);
        Item {
            cache: table.cache as usize,
            kind: u16::try_from(table.kind).unwrap_or(u16::MAX),
            found_by: match self.cache_key(at, entry, table.keys) {
                Some(key) => FoundBy::Key(key),
                None => by_place().map_or(FoundBy::Nothing, FoundBy::Place),
            },
        }
    }

    /// Which of the keys is asked for: the same one all the way through a user's request.
    fn cache_key(&self, at: u32, entry: u32, keys: Option<u64>) -> Option<u32> {
        let frame = &self.frames[at];
        let luck = if frame.user == NOBODY { frame.luck } else { self.users[frame.user].luck };
        let key = random::below(random::hash(&[luck, u64::from(entry)]), keys?);
        Some(u32::try_from(key).unwrap_or(u32::MAX - 1))
    }

    /// Where a user's record has the item.
    fn item_place(&self, user: u32, slot: u32) -> Option<usize> {
        (user != NOBODY && slot != NONE)
            .then(|| user as usize * self.slots as usize + slot as usize)
    }

    /// A frame that waited for its turn at the door of its own service.
    pub(super) fn admitted(&mut self, at: u32) {
        let now = self.now;
        self.frames[at].at = At::Queued;
        let arrival = self.need_worker(at, now);
        if let Some(next) = self.arrived(at, arrival) {
            self.follow(next);
        }
    }
}
