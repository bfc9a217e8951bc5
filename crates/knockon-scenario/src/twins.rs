//! Users held against themselves: the same user, with the same luck, in a run and in the run without the
//! cause.

use std::collections::BTreeMap;

use knockon_core::CohortId;
use knockon_sim::clock::nanos;
use knockon_sim::{Fate, Harms};

use crate::play::{Course, EVERY};

/// A member of a cohort of whom fewer users are hurt may have had bad luck.
const MEMBER_HURT_MIN: usize = 3;

/// A member is hurt for itself if so many of its users are.
const MEMBER_SHARE_MIN: f64 = 0.5;

/// And so many times more of them than of all others.
const MEMBER_TIMES_MIN: f64 = 20.0;

/// A user of a run, and what is bad about it that is not without the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Twin {
    /// What became of the user.
    pub fate: Fate,
    /// What would not have been bad without the cause.
    pub worse: Harms,
}

impl Twin {
    /// Whether the user fares worse than without the cause.
    pub fn is_hurt(&self) -> bool {
        !self.worse.is_none()
    }

    /// The stretch in which the user began.
    pub fn stretch(&self) -> usize {
        usize::try_from(self.fate.started_ns / nanos(EVERY)).unwrap_or(usize::MAX)
    }
}

/// The users of each journey. Who did not come without the cause would have fared well.
pub fn twins(course: &Course, healthy: &Course) -> Vec<Vec<Twin>> {
    let journeys = course.journeys.first().map_or(0, Vec::len);
    let mut twins = vec![Vec::new(); journeys];
    let mut others = healthy.fates.iter().peekable();
    for fate in &course.fates {
        let key = |it: &Fate| (it.journey, it.user);
        while others.next_if(|it| key(it) < key(fate)).is_some() {}
        let other =
            others.next_if(|it| key(it) == key(fate)).map_or(Harms::default(), |it| it.harm);
        if let Some(of) = twins.get_mut(fate.journey as usize) {
            of.push(Twin { fate: *fate, worse: fate.harm.beyond(other) });
        }
    }
    twins
}

/// A member of a cohort and its users.
pub type Member = (CohortId, u32);

/// The users of each member of each cohort, in the order in which they came.
pub fn by_member<'a>(course: &Course, twins: &'a [Twin]) -> BTreeMap<Member, Vec<&'a Twin>> {
    let mut members: BTreeMap<Member, Vec<&Twin>> = BTreeMap::new();
    for twin in twins {
        for member in course.run.members_of(&twin.fate) {
            members.entry(member).or_default().push(twin);
        }
    }
    for users in members.values_mut() {
        users.sort_by_key(|twin| twin.fate.started_ns);
    }
    members
}

/// Whether users of one member, in the order in which they came, are hurt as hardly anybody else is: the
/// stretches from the first of them to where one comes who fares well, if one does.
pub fn alone(users: &[&Twin], hurt_of_all: usize, all: usize) -> Option<(usize, usize)> {
    let hurt = users.iter().filter(|it| it.is_hurt()).count();
    if hurt < MEMBER_HURT_MIN {
        return None;
    }
    let first = users.iter().position(|it| it.is_hurt())?;
    let last = users.iter().rposition(|it| it.is_hurt())?;
    let among = (last - first + 1) as f64;
    let others = (hurt_of_all - hurt) as f64 / (all - users.len()).max(1) as f64;
    let expected = others * users.len() as f64;
    let is_hurt =
        hurt as f64 >= among * MEMBER_SHARE_MIN && hurt as f64 >= expected * MEMBER_TIMES_MIN;
    let well_again = users.get(last + 1).map_or(usize::MAX, |it| it.stretch());
    is_hurt.then(|| (users[first].stretch(), well_again))
}
