//! What goes wrong: faults, one small file a kind.
//!
//! A kind says what it is, whether a system can have it, and which levers it pulls at which strength.
//! When it begins, how strong it is and when it ends is the [`Shape`]'s affair, the same for all. How
//! to add one: `docs/adding-a-fault.md`; what each does: `docs/reference/faults.md`.

mod check;
pub(crate) mod force;
mod shape;
mod traffic;

use knockon_core::{Bytes, System};

use crate::change::Change;
use crate::engine::Run;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

pub(crate) use check::Check;
pub(crate) use force::Force;
pub use name_not_found::Names;
pub use shape::{Flap, Shape};
pub use traffic::Traffic;

/// What every kind of fault is.
pub(crate) trait FaultKind {
    /// Its name in scenarios and messages.
    const WORD: &'static str;

    /// Whether it can hit a share of replicas only.
    const BY_REPLICAS: bool = false;

    /// Whether it can hit one member of a cohort only.
    const BY_MEMBER: bool = false;

    /// What happens, in one sentence without the end of a sentence.
    fn describe(&self, system: &System) -> String;

    /// Says what of it a system cannot have.
    fn check(&self, check: &mut Check<'_>);

    /// Where it sets in. Asked only of what has passed [`FaultKind::check`].
    fn part(&self, program: &Program) -> Part;

    /// It is there at that strength from now on, whatever strength it had before.
    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force);

    /// It is over.
    fn lift<Q: Pending>(&self, run: &mut Run<Q>, origin: u32) {
        run.let_go(origin);
    }

    /// What people would find in a change log.
    fn change(&self, _system: &System) -> Option<Change> {
        None
    }
}

macro_rules! kinds {
    ($($module:ident :: $name:ident,)+) => {
        $(mod $module; pub use $module::$name;)+

        /// A sort of fault, with its figures.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Kind { $(
            #[doc = concat!("See [`", stringify!($name), "`].")]
            $name($name),
        )+ }

        $(impl From<$name> for Kind {
            fn from(kind: $name) -> Self {
                Self::$name(kind)
            }
        })+

        impl Kind {
            /// The names of all kinds.
            pub const WORDS: &'static [&'static str] = &[$($name::WORD,)+];

            /// Its name in scenarios and messages.
            pub fn word(&self) -> &'static str {
                match self { $(Self::$name(_) => $name::WORD,)+ }
            }

            /// What happens, in one sentence without the end of a sentence.
            pub fn describe(&self, system: &System) -> String {
                match self { $(Self::$name(it) => it.describe(system),)+ }
            }

            /// What people would find in a change log.
            pub fn change(&self, system: &System) -> Option<Change> {
                match self { $(Self::$name(it) => it.change(system),)+ }
            }

            fn limits(&self) -> (bool, bool) {
                match self { $(Self::$name(_) => ($name::BY_REPLICAS, $name::BY_MEMBER),)+ }
            }

            fn check(&self, check: &mut Check<'_>) {
                match self { $(Self::$name(it) => it.check(check),)+ }
            }

            pub(crate) fn part(&self, program: &Program) -> Part {
                match self { $(Self::$name(it) => it.part(program),)+ }
            }

            pub(crate) fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
                match self { $(Self::$name(it) => it.apply(run, force),)+ }
            }

            pub(crate) fn lift<Q: Pending>(&self, run: &mut Run<Q>, origin: u32) {
                match self { $(Self::$name(it) => it.lift(run, origin),)+ }
            }
        }
    };
}

kinds! {
    crash::Crash,
    kill::Kill,
    crash_loop::CrashLoop,
    oom_kill::OomKill,
    freeze::Freeze,
    slow_start::SlowStart,
    cpu_limit::CpuLimit,
    memory_leak::MemoryLeak,
    latency::Latency,
    errors::Errors,
    blackhole::Blackhole,
    partition::Partition,
    name_not_found::NameNotFound,
    pool_cut::PoolCut,
    database_down::DatabaseDown,
    database_slow::DatabaseSlow,
    database_failover::DatabaseFailover,
    replica_lag::ReplicaLag,
    cache_down::CacheDown,
    cache_flush::CacheFlush,
    cache_full::CacheFull,
    broker_down::BrokerDown,
    queue_policy::QueuePolicy,
    consumers_stopped::ConsumersStopped,
    consumers_slow::ConsumersSlow,
    partners_down::PartnersDown,
    partners_slow::PartnersSlow,
    partners_rejecting::PartnersRejecting,
    bad_deploy::BadDeploy,
    wrong_metric::WrongMetric,
    wrong_timeout::WrongTimeout,
    expired_certificate::ExpiredCertificate,
    demand_spike::DemandSpike,
    region_loss::RegionLoss,
    member_offline::MemberOffline,
}

/// Memory in the largest unit of which there is one, for messages.
fn memory(bytes: Bytes) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let count = bytes.count;
    match units.into_iter().find(|(unit, _)| count >= *unit) {
        Some((unit, word)) if count.is_multiple_of(unit) => format!("{} {word}", count / unit),
        Some((unit, word)) => format!("{:.1} {word}", count as f64 / unit as f64),
        None => format!("{count} B"),
    }
}

/// A fault: what goes wrong, and when and how much of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// What.
    pub kind: Kind,
    /// When and how much.
    pub shape: Shape,
}

impl Fault {
    /// One that hits all at full strength, from its beginning to the end of the run.
    pub fn new(kind: impl Into<Kind>) -> Self {
        Self { kind: kind.into(), shape: Shape::default() }
    }

    pub(crate) fn check(&self, check: &mut Check<'_>) {
        let (by_replicas, by_member) = self.kind.limits();
        self.shape.check(by_replicas, by_member, check);
        self.kind.check(check);
    }
}
