//! The faults of the timeline: what each takes, and what it is if that is not said.

use std::time::Duration;

use knockon_core::{ScalingTargets, ServiceKind, Spread};
use knockon_format::quantities;
use knockon_sim::fault::{
    BadDeploy, Blackhole, BrokerDown, CacheDown, CacheFlush, CacheFull, ConsumersSlow,
    ConsumersStopped, CpuLimit, Crash, CrashLoop, DatabaseDown, DatabaseFailover, DatabaseSlow,
    DemandSpike, Errors, ExpiredCertificate, Freeze, Kill, Kind, Latency, MemberOffline,
    MemoryLeak, NameNotFound, Names, OomKill, Partition, PartnersDown, PartnersRejecting,
    PartnersSlow, PoolCut, QueuePolicy, RegionLoss, ReplicaLag, SlowStart, Traffic, WrongMetric,
    WrongTimeout,
};

use super::body::Reader;
use super::verbs::{Told, verbs};
use crate::codes;

verbs! {
    /// What goes wrong.
    FAULTS: Kind {
        "crash" [] |t| Some(Crash { service: t.service()? }.into());
        "kill" [] |t| Some(Kill { service: t.service()? }.into());
        "crash loop" ["after"] |t| {
            let (service, after) = (t.service(), t.time("after", 10));
            Some(CrashLoop { service: service?, after: after? }.into())
        };
        "oom kill" [] |t| Some(OomKill { service: t.service()? }.into());
        "freeze" [] |t| Some(Freeze { service: t.service()? }.into());
        "slow start" ["takes"] |t| {
            let (service, takes) = (t.service(), t.time("takes", 60));
            Some(SlowStart { service: service?, takes: takes? }.into())
        };
        "cpu limit" ["to"] |t| {
            let to = t.required("to", |reader, node| reader.quantity(node, quantities::cpu));
            Some(CpuLimit { service: t.service()?, to: to? }.into())
        };
        "memory leak" ["per_second"] |t| {
            let per_second = t.required("per_second", Reader::bytes);
            Some(MemoryLeak { service: t.service()?, per_second: per_second? }.into())
        };
        "latency" ["adds", "spread", "from"] |t| {
            let (on, adds) = (t.traffic(), t.time("adds", 1));
            let spread = t.figure("spread", Spread::None, |reader, node| {
                reader.quantity(node, quantities::spread)
            });
            Some(Latency { on: on?, adds: adds?, spread: spread? }.into())
        };
        "errors" ["share", "from"] |t| {
            let (on, share) = (t.traffic(), t.share(50.0));
            Some(Errors { on: on?, share: share? }.into())
        };
        "blackhole" ["from"] |t| Some(Blackhole { on: t.traffic()? }.into());
        "partition" [] |t| Some(Partition { between: t.two_services()? }.into());
        "name not found" [] |t| {
            let service = t.service()?;
            let is_platform = t.reader.system.service(service).kind == ServiceKind::Platform;
            let of = if is_platform { Names::On(service) } else { Names::Service(service) };
            Some(NameNotFound { of }.into())
        };
        "pool cut" ["to", "size"] |t| {
            let to = t.required("to", Reader::service);
            let size = t.optional("size", Reader::count);
            Some(PoolCut { service: t.service()?, to: to?, size: size? }.into())
        };
        "database down" [] |t| Some(DatabaseDown { database: t.service()? }.into());
        "database slow" ["times"] |t| {
            let (database, times) = (t.service(), t.times(10.0));
            Some(DatabaseSlow { database: database?, cpu: times?, io: times? }.into())
        };
        "database failover" [] |t| Some(DatabaseFailover { database: t.service()? }.into());
        "replica lag" ["lag"] |t| {
            let (database, lag) = (t.service(), t.time("lag", 30));
            Some(ReplicaLag { database: database?, lag: lag? }.into())
        };
        "cache down" [] |t| Some(CacheDown { cache: t.service()? }.into());
        "cache flush" [] |t| Some(CacheFlush { cache: t.service()? }.into());
        "cache full" ["to"] |t| {
            let to = t.required("to", Reader::bytes);
            Some(CacheFull { cache: t.service()?, to: to? }.into())
        };
        "broker down" [] |t| Some(BrokerDown { broker: t.service()? }.into());
        "queue policy" ["max_length", "max_bytes", "overflow", "ttl"] |t| {
            let (queue, limits) = (t.queue(), t.queue_limits());
            Some(QueuePolicy { queue: queue?, limits: limits? }.into())
        };
        "consumers stopped" [] |t| Some(ConsumersStopped { service: t.service()? }.into());
        "consumers slow" ["times"] |t| {
            let (service, times) = (t.service(), t.times(10.0));
            Some(ConsumersSlow { service: service?, times: times? }.into())
        };
        "partners down" [] |t| Some(PartnersDown { partners: t.reader.services(t.on)? }.into());
        "partners slow" ["adds"] |t| {
            let (partners, adds) = (t.reader.services(t.on), t.time("adds", 5));
            Some(PartnersSlow { partners: partners?, adds: adds? }.into())
        };
        "partners rejecting" ["share"] |t| {
            let (partners, share) = (t.reader.services(t.on), t.share(50.0));
            Some(PartnersRejecting { partners: partners?, share: share? }.into())
        };
        "bad deploy" ["version", "errors", "adds"] |t| {
            let (service, version) = (t.service(), t.version());
            let none = knockon_core::Share { percent: 0.0 };
            let errors = t.figure("errors", none, Reader::share);
            let adds = t.time("adds", 0);
            let (service, version) = (service?, version?);
            Some(BadDeploy { service, version, errors: errors?, adds: adds? }.into())
        };
        "wrong metric" ["cpu", "memory", "backlog"] |t| {
            let targets = ScalingTargets {
                cpu: t.optional("cpu", percent)?,
                memory: t.optional("memory", percent)?,
                backlog: t.optional("backlog", Reader::count)?,
                ..ScalingTargets::default()
            };
            Some(WrongMetric { service: t.service()?, targets }.into())
        };
        "wrong timeout" ["step", "timeout"] |t| {
            let step = t.step();
            let timeout = t.optional("timeout", Reader::duration);
            let operation = t.reader.operation(t.on)?;
            let service = operation.service;
            Some(WrongTimeout { service, step: step?, timeout: timeout? }.into())
        };
        "expired certificate" [] |t| {
            Some(ExpiredCertificate { service: t.service()? }.into())
        };
        "demand spike" ["times"] |t| t.demand_spike();
        "region loss" [] |t| Some(RegionLoss { platform: t.service()? }.into());
        "member offline" ["refused"] |t| {
            let member = t.reader.member(t.on);
            let refused = t.figure("refused", false, Reader::yes);
            Some(MemberOffline { member: member?, refused: refused? }.into())
        };
    }
}

/// The target of an autoscaler, which may be more than all of what is requested.
fn percent(reader: &mut Reader<'_>, node: &knockon_format::Node) -> Option<knockon_core::Share> {
    reader.quantity(node, quantities::share)
}

impl Told<'_, '_, '_> {
    fn time(&mut self, key: &str, seconds: u64) -> Option<Duration> {
        self.figure(key, Duration::from_secs(seconds), Reader::duration)
    }

    fn times(&mut self, default: f64) -> Option<f64> {
        self.figure("times", default, |reader, node| reader.quantity(node, quantities::factor))
    }

    fn traffic(&mut self) -> Option<Traffic> {
        let from = self.body.get("from").map(|node| &**node);
        self.reader.traffic(self.on, from)
    }

    fn two_services(&mut self) -> Option<[knockon_core::ServiceId; 2]> {
        let [one, other] = self.on.items() else {
            let help = "write a list of two, as in `partition: [orders, orders-db]`";
            let span = self.on.span;
            self.reader.refuse(codes::VALUE, span, "it is between two services", help);
            return None;
        };
        let (one, other) = (self.reader.service(one), self.reader.service(other));
        Some([one?, other?])
    }

    fn demand_spike(&mut self) -> Option<Kind> {
        let times = self.times(2.0);
        let name = self.reader.text(self.on)?;
        let journey = self.reader.journey(name, self.on.span)?;
        let (times, span) = (times?, self.on.span);
        let Some(demand) = self.reader.system.journeys()[journey].demand else {
            let message = format!("nobody starts `{name}`, so that there cannot be more");
            let help = "give the journey a `demand` in the model";
            self.reader.refuse(codes::CANNOT_BE_PLAYED, span, message, help);
            return None;
        };
        if times <= 1.0 {
            let message = format!("{times} times the users are not more");
            self.reader.refuse(codes::VALUE, span, message, "write a number above 1");
            return None;
        }
        let extra = knockon_core::Rate { per_hour: demand.per_hour * (times - 1.0) };
        Some(DemandSpike { journey, extra }.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_the_simulator_has_a_verb() {
        let words: Vec<_> = FAULTS.iter().map(|verb| verb.word).collect();
        assert_eq!(words, Kind::WORDS);
    }
}
