//! The log of recent proposals: a scale-down waits until nothing in it asked for more.

use super::Reason;

/// A proposal and when it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recommendation {
    /// So many replicas.
    pub replicas: i32,
    /// When, in nanoseconds.
    pub at_ns: u64,
}

/// The proposals of one autoscaler before stabilisation, as far as they are still of use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recommendations {
    entries: Vec<Recommendation>,
}

impl Recommendations {
    /// A log that holds these.
    pub fn new(entries: Vec<Recommendation>) -> Self {
        Self { entries }
    }

    /// What it holds; a new proposal takes the place of an obsolete one, so it is not in order.
    pub fn entries(&self) -> &[Recommendation] {
        &self.entries
    }

    /// Logs a proposal and gives the highest of the last `window_ns`: the rule without behaviour,
    /// which holds a scale-down only.
    pub fn highest(&mut self, now_ns: u64, window_ns: u64, replicas: i32) -> i32 {
        let is_obsolete = |entry: &Recommendation| age(now_ns, entry) > window_ns;
        let recent = self.entries.iter().filter(|entry| !is_obsolete(entry));
        let highest = recent.map(|entry| entry.replicas).fold(replicas, i32::max);
        self.log(now_ns, window_ns, replicas);
        highest
    }

    /// Logs a proposal and gives what the windows of a behaviour make of it: on the way up (or
    /// level) the lowest proposal within `up_ns`, on the way down the highest within `down_ns`. With
    /// it comes what to say when that is not the proposal itself.
    pub fn stabilized(
        &mut self,
        now_ns: u64,
        up_ns: u64,
        down_ns: u64,
        current: i32,
        replicas: i32,
    ) -> (i32, Reason) {
        let is_up = replicas >= current;
        let (window_ns, choose, reason): (_, fn(i32, i32) -> i32, _) = if is_up {
            (up_ns, i32::min, Reason::ScaleUpStabilized)
        } else {
            (down_ns, i32::max, Reason::ScaleDownStabilized)
        };
        let recent = self.entries.iter().filter(|entry| age(now_ns, entry) < window_ns);
        let chosen = recent.map(|entry| entry.replicas).fold(replicas, choose);
        self.log(now_ns, up_ns.max(down_ns), replicas);
        (chosen, reason)
    }

    /// Puts a proposal in the place of the last obsolete one, or at the end.
    fn log(&mut self, now_ns: u64, window_ns: u64, replicas: i32) {
        let new = Recommendation { replicas, at_ns: now_ns };
        match self.entries.iter_mut().rfind(|entry| age(now_ns, entry) > window_ns) {
            Some(obsolete) => *obsolete = new,
            None => self.entries.push(new),
        }
    }
}

fn age(now_ns: u64, entry: &Recommendation) -> u64 {
    now_ns.saturating_sub(entry.at_ns)
}
