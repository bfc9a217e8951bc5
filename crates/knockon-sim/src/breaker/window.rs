//! Sliding windows of outcomes, as resilience4j keeps them (`FixedSizeSlidingWindowMetrics`,
//! `SlidingTimeWindowMetrics`): the last so many calls, or the calls of the last so many seconds.

/// A call as a window sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Call {
    /// It failed.
    pub failed: bool,
    /// It took too long, whether it failed or not.
    pub slow: bool,
}

/// Which calls a window holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowKind {
    /// The last `size` calls; 0 stands for 1.
    Count {
        /// How many.
        size: u32,
    },
    /// The calls of the running second and the `size_s` - 1 seconds before it; 0 stands for 1.
    Time {
        /// How many seconds.
        size_s: u32,
    },
}

/// The calls of a window, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// All.
    pub calls: u32,
    /// Those that failed.
    pub failed: u32,
    /// Those that were slow.
    pub slow: u32,
    /// Those that failed and were slow.
    pub slow_failed: u32,
}

impl Tally {
    /// Those that did not fail.
    pub fn successful(&self) -> u32 {
        self.calls - self.failed
    }

    /// How many percent failed; 0 of no calls. In 32 bits, as resilience4j reckons.
    pub fn failure_percent(&self) -> f32 {
        percent_of(self.failed, self.calls)
    }

    /// How many percent were slow; 0 of no calls.
    pub fn slow_percent(&self) -> f32 {
        percent_of(self.slow, self.calls)
    }

    fn add(&mut self, call: Call) {
        self.calls += 1;
        self.failed += u32::from(call.failed);
        self.slow += u32::from(call.slow);
        self.slow_failed += u32::from(call.failed && call.slow);
    }

    fn subtract(&mut self, other: &Self) {
        self.calls -= other.calls;
        self.failed -= other.failed;
        self.slow -= other.slow;
        self.slow_failed -= other.slow_failed;
    }
}

/// The order matters to the last bit: first times 100, then divided.
fn percent_of(part: u32, whole: u32) -> f32 {
    if whole == 0 { 0.0 } else { part as f32 * 100.0 / whole as f32 }
}

/// The last calls, two bits each.
#[derive(Debug, Clone)]
pub struct CountWindow {
    /// Calls from the lowest bits up: failed, slow.
    bits: Box<[u64]>,
    size: u32,
    /// Where the next call goes.
    next: u32,
    tally: Tally,
}

const CALLS_PER_WORD: u32 = u64::BITS / 2;

impl CountWindow {
    /// An empty window of `size` calls that can later be made one of up to `most`.
    fn new(size: u32, most: u32) -> Self {
        let words = most.max(size).max(1).div_ceil(CALLS_PER_WORD);
        let bits = vec![0; words as usize].into_boxed_slice();
        Self { bits, size: size.max(1), next: 0, tally: Tally::default() }
    }

    /// Empties it and makes it one of `size` calls.
    fn restart(&mut self, size: u32) {
        self.size = size.max(1);
        self.next = 0;
        self.tally = Tally::default();
    }

    fn record(&mut self, call: Call) {
        let word = &mut self.bits[(self.next / CALLS_PER_WORD) as usize];
        let shift = self.next % CALLS_PER_WORD * 2;
        if self.tally.calls == self.size {
            let (failed, slow) = ((*word >> shift) & 1 != 0, (*word >> shift) & 2 != 0);
            let mut oldest = Tally::default();
            oldest.add(Call { failed, slow });
            self.tally.subtract(&oldest);
        }
        let bits = u64::from(call.failed) | u64::from(call.slow) << 1;
        *word = *word & !(3 << shift) | bits << shift;
        self.tally.add(call);
        self.next = (self.next + 1) % self.size;
    }
}

/// The calls of the last seconds, counted second by second.
#[derive(Debug, Clone)]
pub struct TimeWindow {
    seconds: Box<[Tally]>,
    /// Where the running second is.
    head: usize,
    /// Which second that is.
    head_s: u64,
    tally: Tally,
}

const SECOND_NS: u64 = 1_000_000_000;

impl TimeWindow {
    fn new(size_s: u32) -> Self {
        let seconds = vec![Tally::default(); size_s.max(1) as usize].into_boxed_slice();
        Self { seconds, head: 0, head_s: 0, tally: Tally::default() }
    }

    fn restart(&mut self, now_ns: u64) {
        self.seconds.fill(Tally::default());
        self.head_s = now_ns / SECOND_NS;
        self.tally = Tally::default();
    }

    /// Forgets the seconds that are too long ago.
    fn advance(&mut self, now_ns: u64) {
        let passed = (now_ns / SECOND_NS).saturating_sub(self.head_s);
        for _ in 0..passed.min(self.seconds.len() as u64) {
            self.head = (self.head + 1) % self.seconds.len();
            let forgotten = std::mem::take(&mut self.seconds[self.head]);
            self.tally.subtract(&forgotten);
        }
        self.head_s += passed;
    }

    fn record(&mut self, now_ns: u64, call: Call) {
        self.advance(now_ns);
        self.seconds[self.head].add(call);
        self.tally.add(call);
    }
}

/// A sliding window of either kind.
#[derive(Debug, Clone)]
pub enum Window {
    /// The last calls.
    Count(CountWindow),
    /// The last seconds.
    Time(TimeWindow),
}

impl Window {
    /// An empty window at time 0.
    pub fn new(kind: WindowKind) -> Self {
        match kind {
            WindowKind::Count { size } => Self::last(size, size),
            WindowKind::Time { size_s } => Self::Time(TimeWindow::new(size_s)),
        }
    }

    /// An empty window of the last `size` calls, with room for `most`.
    pub(super) fn last(size: u32, most: u32) -> Self {
        Self::Count(CountWindow::new(size, most))
    }

    /// Empties it, and gives it the size of `kind`, if it is one of calls.
    pub(super) fn restart(&mut self, kind: WindowKind, now_ns: u64) {
        match (self, kind) {
            (Self::Count(window), WindowKind::Count { size }) => window.restart(size),
            (Self::Count(window), WindowKind::Time { .. }) => window.restart(window.size),
            (Self::Time(window), _) => window.restart(now_ns),
        }
    }

    /// Adds a call that ended now.
    pub fn record(&mut self, now_ns: u64, call: Call) {
        match self {
            Self::Count(window) => window.record(call),
            Self::Time(window) => window.record(now_ns, call),
        }
    }

    /// The calls that are in it now.
    pub fn tally(&mut self, now_ns: u64) -> Tally {
        match self {
            Self::Count(window) => window.tally,
            Self::Time(window) => {
                window.advance(now_ns);
                window.tally
            }
        }
    }
}
