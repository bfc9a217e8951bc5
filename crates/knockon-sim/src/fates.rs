//! What became of each user: for whoever holds two runs against each other, user by user.

use knockon_core::CohortId;

use crate::engine::Run;
use crate::engine::state::{
    CHARGED, COMPLETED, DOUBLE_CHARGED, DOUBLED, LATE, SLOW, User, UserState, WRITE_LOST,
};
use crate::pending::Pending;
use crate::program::NONE;

/// What became of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fate {
    /// Which journey, in the order of the model.
    pub journey: u32,
    /// Who it is: the same user has the same number in every run of a seed.
    pub user: u64,
    /// When the user began, in nanoseconds.
    pub started_ns: u64,
    /// What was bad about it.
    pub harm: Harms,
}

/// What can be bad about a journey: a set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Harms(u8);

impl Harms {
    /// The user saw an error and left.
    pub const FAILED: Self = Self(1);
    /// Some answer took longer than promised.
    pub const SLOW: Self = Self(2);
    /// The last stage was reached later than promised.
    pub const LATE: Self = Self(4);
    /// The user was told that all is well, and nothing will come of it.
    pub const LOST: Self = Self(8);
    /// The last stage was not reached at the end of the run, and it is later than promised.
    pub const STUCK: Self = Self(16);
    /// The last stage was done twice, or the user was charged twice.
    pub const DOUBLED: Self = Self(32);
    /// The user was charged, and the last stage was not reached.
    pub const CHARGED_IN_VAIN: Self = Self(64);

    /// Whether nothing was bad.
    pub fn is_none(self) -> bool {
        self.0 == 0
    }

    /// What is bad here and not there.
    #[must_use]
    pub fn beyond(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether any of these is bad.
    pub fn has(self, any: Self) -> bool {
        self.0 & any.0 != 0
    }

    fn when(self, is_so: bool) -> Self {
        if is_so { self } else { Self(0) }
    }
}

impl std::ops::BitOr for Harms {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What is known of a user who is done, or gone.
pub(crate) fn fate(user: &User, is_delivered: bool) -> Fate {
    let flag = |flag: u8| user.flags & flag != 0;
    let is_fulfilled = flag(COMPLETED) && !flag(WRITE_LOST);
    let harm = Harms::FAILED.when(user.state == UserState::GaveUp)
        | Harms::SLOW.when(flag(SLOW))
        | Harms::LATE.when(flag(LATE))
        | Harms::LOST.when(user.state == UserState::Served && is_delivered && !is_fulfilled)
        | Harms::DOUBLED.when(flag(DOUBLED) || flag(DOUBLE_CHARGED))
        | Harms::CHARGED_IN_VAIN.when(flag(CHARGED) && !is_fulfilled);
    Fate { journey: user.journey, user: user.luck, started_ns: user.started, harm }
}

impl<Q: Pending> Run<Q> {
    /// What became of each user until now, in order; nothing unless the plan asks for it
    /// ([`Plan::fates`](crate::Plan::fates)).
    pub fn fates(&self) -> Vec<Fate> {
        if !self.plan.fates {
            return Vec::new();
        }
        let stuck = self.users_stuck();
        let still = self.users.iter().map(|(handle, user)| {
            let table = &self.program.journeys[user.journey as usize];
            // What is not over is not lost, and may still be delivered.
            let mut fate = fate(user, false);
            let is_waiting = user.flags & COMPLETED == 0 && table.completes != NONE;
            let has_left = user.state == UserState::GaveUp;
            let is_overdue = self.now - user.started > table.within_ns;
            let is_stuck = stuck.contains(&handle.index) || is_overdue && !has_left;
            if is_waiting && is_stuck {
                fate.harm = fate.harm | Harms::STUCK;
            } else {
                fate.harm = fate.harm.beyond(Harms::CHARGED_IN_VAIN);
            }
            fate
        });
        let mut fates: Vec<Fate> = self.fates.iter().copied().chain(still).collect();
        fates.sort_unstable();
        fates
    }

    /// Of which member of each cohort a user of a journey is, named or numbered. Users who are none of a
    /// cohort's members have none.
    pub fn members_of(&self, fate: &Fate) -> Vec<(CohortId, u32)> {
        let mut members = vec![NONE; self.program.cohorts.len()];
        self.program.choose_members(fate.journey, fate.user, &mut members);
        let known = members.iter().enumerate().filter(|(_, member)| **member != NONE);
        known.map(|(cohort, member)| (CohortId::from_index(cohort), *member)).collect()
    }
}
