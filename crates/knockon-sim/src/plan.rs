//! What is to be played: under which demand, for how long, with what luck.

use std::time::Duration;

use knockon_core::Rate;

use crate::timeline::Happening;

/// Everything that a run depends on beside the system. The same system and the same plan give the same
/// run, to the last bit.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What all luck follows from.
    pub seed: u64,
    /// Which of several runs under the same seed.
    pub replication: u64,
    /// The demand of each journey, in the order of the model; a journey beyond the list has the demand
    /// that the model says.
    pub demand: Vec<Option<Demand>>,
    /// Scales the demand that the model says.
    pub demand_factor: f64,
    /// How often metrics are read; zero for never.
    pub scrape_every: Duration,
    /// One user in so many is traced; 0 for none.
    pub trace_one_in: u64,
    /// So many log lines of one template are kept between two reads of the metrics.
    pub logs_per_scrape: u32,
    /// What a message weighs in a queue of limited bytes; the model does not say.
    pub message_bytes: u32,
    /// Most requests in progress at once; a run that needs more is stopped.
    pub requests_max: u32,
    /// Most users on their way at once, and most messages waiting.
    pub users_max: u32,
    /// What happens to the system: faults and actions, each with its moment. The first has the number
    /// 1 in the truth, the next 2, and so on.
    pub timeline: Vec<Happening>,
    /// Whether it is kept what became of each user.
    pub fates: bool,
    /// Whether work that nobody waits for any more is dropped at once. Hardly any real system does
    /// that; without abandoned work no retry storm keeps itself going.
    pub drop_abandoned: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            seed: 1,
            replication: 0,
            demand: Vec::new(),
            demand_factor: 1.0,
            scrape_every: Duration::from_secs(15),
            trace_one_in: 100,
            logs_per_scrape: 5,
            message_bytes: 1024,
            requests_max: 10_000_000,
            users_max: 10_000_000,
            timeline: Vec::new(),
            fates: false,
            drop_abandoned: false,
        }
    }
}

/// Where users of a journey come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Demand {
    /// Nobody comes.
    None,
    /// They come at random, at this rate: a Poisson process.
    Rate(Rate),
    /// So many users, each of whom thinks so long on average between one journey and the next.
    Closed {
        /// How many.
        users: u32,
        /// How long each thinks, exponentially distributed.
        think: Duration,
    },
    /// One at each of these moments, in order.
    Times(Vec<Duration>),
}
