//! Who was hurt, and for which reason: the sums of a run.

use std::collections::BTreeMap;

/// What became of what a user wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Harm {
    /// The user saw an error.
    Failed,
    /// An answer took longer than promised.
    Slow,
    /// The journey was completed, too late.
    Late,
    /// The user was told that all is well, and nothing came of it.
    Lost,
    /// The user was told that all is well, and it is still somewhere, for too long.
    Stuck,
    /// A message was lost, and whoever published it does not know.
    MessageLost,
    /// Work that nobody waits for failed.
    Background,
}

/// How often, from when to when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Toll {
    /// How often.
    pub count: u64,
    /// The first time, in nanoseconds.
    pub first_ns: u64,
    /// The last time.
    pub last_ns: u64,
}

/// All harm of a run: by what it was, whose journey (or which queue) it hit, and the reason.
#[derive(Debug, Clone, Default)]
pub(crate) struct Troubles {
    tolls: BTreeMap<(Harm, u32, u32), Toll>,
}

impl Troubles {
    fn add(&mut self, harm: Harm, whose: u32, reason: u32, now: u64) {
        let toll = self.tolls.entry((harm, whose, reason)).or_insert(Toll {
            count: 0,
            first_ns: now,
            last_ns: now,
        });
        toll.count += 1;
        toll.last_ns = now;
    }

    pub(crate) fn failed(&mut self, journey: u32, reason: u32, now: u64) {
        self.add(Harm::Failed, journey, reason, now);
    }

    pub(crate) fn slow(&mut self, journey: u32, reason: u32, now: u64) {
        self.add(Harm::Slow, journey, reason, now);
    }

    pub(crate) fn late(&mut self, journey: u32, reason: u32, now: u64) {
        self.add(Harm::Late, journey, reason, now);
    }

    pub(crate) fn lost(&mut self, journey: u32, reason: u32, now: u64) {
        self.add(Harm::Lost, journey, reason, now);
    }

    /// Since a user began, up to now.
    pub(crate) fn stuck(&mut self, journey: u32, reason: u32, since: u64, now: u64) {
        let toll = Toll { count: 0, first_ns: since, last_ns: now };
        let toll = self.tolls.entry((Harm::Stuck, journey, reason)).or_insert(toll);
        toll.count += 1;
        toll.first_ns = toll.first_ns.min(since);
    }

    pub(crate) fn message_lost(&mut self, queue: u32, reason: u32, now: u64) {
        self.add(Harm::MessageLost, queue, reason, now);
    }

    pub(crate) fn background(&mut self, reason: u32, now: u64) {
        self.add(Harm::Background, 0, reason, now);
    }

    /// Every sum: what, whose, and the index of the reason.
    pub(crate) fn tolls(&self) -> impl Iterator<Item = (Harm, u32, u32, Toll)> + '_ {
        self.tolls.iter().map(|((harm, whose, reason), toll)| (*harm, *whose, *reason, *toll))
    }
}
