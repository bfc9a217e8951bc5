//! Why a run ended before its time.

use std::collections::BTreeMap;
use std::fmt;

use crate::clock::seconds;
use crate::pending::Pending;

use super::Run;

/// A run that cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// More would have been in progress at once than the plan allows.
    TooMuch {
        /// When.
        at_ns: u64,
        /// What there is too much of: `requests`, `messages`, `users`.
        what: &'static str,
        /// How many there may be.
        limit: u64,
        /// Where most of it waits, and how much of it.
        place: String,
    },
    /// Things keep happening without time passing.
    Stuck {
        /// When.
        at_ns: u64,
        /// Where most of them happen.
        place: String,
    },
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMuch { at_ns, what, limit, place } => write!(
                f,
                "after {} s there are more than {limit} {what} in progress; most wait {place}",
                seconds(*at_ns)
            ),
            Self::Stuck { at_ns, place } => write!(
                f,
                "after {} s things keep happening without time passing, most of them {place}",
                seconds(*at_ns)
            ),
        }
    }
}

impl std::error::Error for Stop {}

impl<Q: Pending> Run<Q> {
    /// Time does not pass any more.
    #[cold]
    pub(super) fn stuck(&mut self, place: String) {
        self.stop(Stop::Stuck { at_ns: self.now, place });
        self.ready.clear();
    }

    /// Who acts at this instant; when nobody does, where most requests are.
    #[cold]
    pub(super) fn busiest_place(&self) -> String {
        let mut users = BTreeMap::new();
        for (_, user) in self.users.iter().filter(|(_, user)| user.action_started == self.now) {
            *users.entry((user.journey, user.action)).or_insert(0_u64) += 1;
        }
        if let Some(((journey, action), _)) = users.into_iter().max_by_key(|(_, count)| *count) {
            return self.place_of_users(journey, action);
        }
        let mut services = BTreeMap::new();
        for (_, frame) in self.frames.iter().filter(|(_, frame)| frame.since == self.now) {
            let service = self.program.operations[frame.operation as usize].service;
            *services.entry(service).or_insert(0_u64) += 1;
        }
        let busiest = services.into_iter().max_by_key(|(_, count)| *count);
        let place = |(service, _)| format!("at `{}`", self.program.service_name(service));
        busiest.map_or_else(|| "nowhere in particular".to_owned(), place)
    }

    /// Where users of a journey are who act.
    pub(super) fn place_of_users(&self, journey: u32, action: u32) -> String {
        let table = &self.program.journeys[journey as usize];
        let at = table.actions.get(action as usize).map_or_else(String::new, |operation| {
            let service = self.program.operations[*operation as usize].service;
            format!(" at `{}`", self.program.service_name(service))
        });
        format!("to users of `{}`{at}", table.name)
    }

    /// Where most of what is in progress waits.
    #[cold]
    pub(super) fn longest_line(&self) -> String {
        let replicas = self.replicas.iter().map(|replica| {
            (
                replica.queue.len(),
                self.program.service_name(replica.service).to_owned(),
                "a worker of",
            )
        });
        let pools = self.replicas.iter().flat_map(|replica| {
            replica.pools.iter().map(|pool| {
                let name = self.program.service_name(replica.service).to_owned();
                (pool.waiting() as usize, name, "a connection in")
            })
        });
        let queues = self.program.queues.iter().zip(&self.queues).map(|(table, state)| {
            let broker = self.program.service_name(table.broker);
            (state.queue.ready(), format!("{broker} / {}", table.name), "a consumer in")
        });
        let longest = replicas.chain(pools).chain(queues).max_by_key(|(length, ..)| *length);
        match longest.filter(|(length, ..)| *length > 0) {
            Some((length, name, what)) => format!("for {what} `{name}` ({length})"),
            None => "for an answer".to_owned(),
        }
    }
}
