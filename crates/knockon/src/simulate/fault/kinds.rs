//! The kinds of fault that a flag can set: what each takes, and what it does if that is not said.

use std::time::Duration;

use knockon_core::{Overflow, ServiceKind, Share, Spread};
use knockon_sim::action::QueueLimits;
use knockon_sim::fault::{
    BadDeploy, Blackhole, BrokerDown, CacheDown, CacheFlush, CacheFull, ConsumersSlow,
    ConsumersStopped, CpuLimit, Crash, CrashLoop, DatabaseDown, DatabaseFailover, DatabaseSlow,
    DemandSpike, Errors, ExpiredCertificate, Freeze, Kill, Kind, Latency, MemberOffline,
    MemoryLeak, NameNotFound, Names, OomKill, Partition, PartnersDown, PartnersRejecting,
    PartnersSlow, PoolCut, QueuePolicy, RegionLoss, ReplicaLag, SlowStart,
};

use super::Written;

/// A kind of fault that a flag can set.
#[derive(Debug)]
pub struct Known {
    /// Its name.
    pub word: &'static str,
    /// Its figure with what it means, if it takes one; what it is without.
    pub figure: Option<&'static str>,
    pub(super) make: fn(&mut Written<'_>) -> Option<Kind>,
}

macro_rules! kinds {
    ($($word:literal $(: $figure:literal)?, $make:expr;)*) => {
        /// Every kind that a flag can set, in the order of the reference.
        pub const KINDS: &[Known] = &[$(Known {
            word: $word,
            figure: kinds!(@ $($figure)?),
            make: $make,
        },)*];
    };
    (@ $figure:literal) => { Some($figure) };
    (@) => { None };
}

kinds! {
    "crash", |w| Some(Crash { service: w.service()? }.into());
    "kill", |w| Some(Kill { service: w.service()? }.into());
    "crash loop": "how long each process runs; 10 s", |w| {
        let (service, after) = (w.service(), w.time(10));
        Some(CrashLoop { service: service?, after: after? }.into())
    };
    "oom kill", |w| Some(OomKill { service: w.service()? }.into());
    "freeze", |w| Some(Freeze { service: w.service()? }.into());
    "slow start": "how long a process takes to start; 1 min", |w| {
        let (service, takes) = (w.service(), w.time(60));
        Some(SlowStart { service: service?, takes: takes? }.into())
    };
    "cpu limit": "the processor time that each replica still gets; a tenth of its limit", |w| {
        let service = w.service()?;
        Some(CpuLimit { service, to: w.cpu(service)? }.into())
    };
    "memory leak": "by how much each replica grows in a second; a sixtieth of its limit", |w| {
        let service = w.service()?;
        Some(MemoryLeak { service, per_second: w.memory(service, 60)? }.into())
    };
    "latency": "how much longer each request takes; 1 s", |w| {
        let (on, adds) = (w.traffic(), w.time(1));
        Some(Latency { on: on?, adds: adds?, spread: Spread::None }.into())
    };
    "errors": "the part of the requests that fails; 50%", |w| {
        let (on, share) = (w.traffic(), w.share());
        Some(Errors { on: on?, share: share? }.into())
    };
    "blackhole", |w| Some(Blackhole { on: w.traffic()? }.into());
    "partition", |w| Some(Partition { between: w.two_services()? }.into());
    "name not found", |w| Some(NameNotFound { of: names(w)? }.into());
    "expired certificate", |w| Some(ExpiredCertificate { service: w.service()? }.into());
    "pool cut", |w| {
        let [service, to] = w.two_services()?;
        Some(PoolCut { service, to, size: None }.into())
    };
    "database down", |w| Some(DatabaseDown { database: w.service()? }.into());
    "database slow": "how many times as long a query takes; 10", |w| {
        let (database, times) = (w.service(), w.times(10.0));
        Some(DatabaseSlow { database: database?, cpu: times?, io: times? }.into())
    };
    "database failover", |w| Some(DatabaseFailover { database: w.service()? }.into());
    "replica lag": "how far the read replicas are behind; 30 s", |w| {
        let (database, lag) = (w.service(), w.time(30));
        Some(ReplicaLag { database: database?, lag: lag? }.into())
    };
    "cache down", |w| Some(CacheDown { cache: w.service()? }.into());
    "cache flush": "after how long it does so again, and again; once", |w| {
        w.happens_again();
        Some(CacheFlush { cache: w.service()? }.into())
    };
    "cache full": "the memory that is left for what it keeps; a tenth of its limit", |w| {
        let cache = w.service()?;
        Some(CacheFull { cache, to: w.memory(cache, 10)? }.into())
    };
    "broker down", |w| Some(BrokerDown { broker: w.service()? }.into());
    "queue policy": "how many messages it holds before it refuses more; 100", |w| {
        let (queue, most) = (w.queue(), w.count(100));
        let overflow = Some(Overflow::RejectPublish);
        let limits = QueueLimits { max_length: Some(most?), overflow, ..QueueLimits::default() };
        Some(QueuePolicy { queue: queue?, limits }.into())
    };
    "consumers stopped", |w| Some(ConsumersStopped { service: w.service()? }.into());
    "consumers slow": "how many times as long a message takes; 10", |w| {
        let (service, times) = (w.service(), w.times(10.0));
        Some(ConsumersSlow { service: service?, times: times? }.into())
    };
    "partners down", |w| Some(PartnersDown { partners: vec![w.service()?] }.into());
    "partners slow": "how much longer they take on average; 5 s", |w| {
        let (partner, adds) = (w.service(), w.time(5));
        Some(PartnersSlow { partners: vec![partner?], adds: adds? }.into())
    };
    "partners rejecting": "the part of the requests that they reject; 50%", |w| {
        let (partner, share) = (w.service(), w.share());
        Some(PartnersRejecting { partners: vec![partner?], share: share? }.into())
    };
    "bad deploy": "the part of the requests that the new version fails; 50%", |w| {
        bad_deploy(w)
    };
    "demand spike": "how many times as many users start the journey, or how many users more and how long they think (`50:10s`); 2", |w| {
        let (journey, extra) = w.more_users()?;
        Some(DemandSpike { journey, extra }.into())
    };
    "region loss", |w| Some(RegionLoss { platform: w.service()? }.into());
    "member offline", |w| Some(MemberOffline { member: w.member()?, refused: false }.into());
}

/// The name of a service is not found; of a platform, nothing on it finds any name.
fn names(w: &mut Written<'_>) -> Option<Names> {
    let service = w.service()?;
    let is_platform = w.system.service(service).kind == ServiceKind::Platform;
    Some(if is_platform { Names::On(service) } else { Names::Service(service) })
}

/// The new version has a name that tells it from the one that runs.
fn bad_deploy(w: &mut Written<'_>) -> Option<Kind> {
    let (service, errors): (_, Option<Share>) = (w.service(), w.share());
    let service = service?;
    let running = w.system.service(service).version.as_deref();
    let version = running.map_or_else(|| "next".to_owned(), |running| format!("{running}-next"));
    Some(BadDeploy { service, version, errors: errors?, adds: Duration::ZERO }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_the_simulator_is_set_by_a_flag_or_needs_more_than_one() {
        let is_known = |word: &&str| KINDS.iter().any(|known| known.word == *word);
        let left: Vec<_> = Kind::WORDS.iter().copied().filter(|word| !is_known(word)).collect();
        assert_eq!(left, ["wrong metric", "wrong timeout"]);
        let strange = KINDS.iter().find(|known| !Kind::WORDS.contains(&known.word));
        assert!(strange.is_none_or(|known| panic!("there is no `{}`", known.word)));
    }
}
