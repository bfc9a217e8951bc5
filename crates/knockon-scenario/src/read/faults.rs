//! The faults of the timeline: what each takes, and what it is if that is not said.

use std::time::Duration;

use knockon_core::{Rate, ScalingTargets, ServiceKind, Spread};
use knockon_format::quantities;
use knockon_sim::fault::{
    BadDeploy, Blackhole, BrokerDown, CacheDown, CacheFlush, CacheFull, ConsumersSlow,
    ConsumersStopped, CpuLimit, Crash, CrashLoop, DatabaseDown, DatabaseFailover, DatabaseSlow,
    DemandSpike, Errors, ExpiredCertificate, Freeze, Kill, Kind, Latency, MemberOffline,
    MemoryLeak, NameNotFound, Names, OomKill, Partition, PartnersDown, PartnersRejecting,
    PartnersSlow, PoolCut, QueuePolicy, RegionLoss, ReplicaLag, SlowStart, Traffic, WrongMetric,
    WrongTimeout,
};
use knockon_sim::plan::Demand;

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
        "demand spike" ["times", "users", "think"] |t| t.demand_spike();
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

    /// So many times the usual users, or so many users more.
    fn demand_spike(&mut self) -> Option<Kind> {
        let name = self.reader.text(self.on)?;
        let journey = self.reader.journey(name, self.on.span);
        let is_closed = ["users", "think"].iter().any(|key| self.body.get(key).is_some());
        if let Some(times) = self.body.get("times").filter(|_| is_closed) {
            let message = "so many `users` come in addition, or so many `times` the usual ones";
            self.reader.refuse(codes::KEY, times.span, message, "say one of them");
            return None;
        }
        let extra = if is_closed {
            self.reader.population(journey?, self.body)
        } else {
            self.times_the_usual(name, journey).map(Demand::Rate)
        };
        Some(DemandSpike { journey: journey?, extra: extra? }.into())
    }

    fn times_the_usual(&mut self, name: &str, journey: Option<usize>) -> Option<Rate> {
        let times = self.times(2.0);
        let (journey, times, span) = (journey?, times?, self.on.span);
        let Some(demand) = self.reader.system.journeys()[journey].demand else {
            let message = format!("nobody starts `{name}`, so that there cannot be more");
            let help = "say how many with `users`, or give the journey a `demand` in the model";
            self.reader.refuse(codes::CANNOT_BE_PLAYED, span, message, help);
            return None;
        };
        if times <= 1.0 {
            let message = format!("{times} times the users are not more");
            self.reader.refuse(codes::VALUE, span, message, "write a number above 1");
            return None;
        }
        Some(Rate { per_hour: demand.per_hour * (times - 1.0) })
    }
}

#[cfg(test)]
mod tests {
    use knockon_sim::timeline::What;

    use super::*;

    #[test]
    fn every_fault_of_the_simulator_has_a_verb() {
        let words: Vec<_> = FAULTS.iter().map(|verb| verb.word).collect();
        assert_eq!(words, Kind::WORDS);
    }

    const SHOP: &str = "
system: shop
services:
  web: { operations: { page: [call: back / do] } }
  back: { operations: { do: [] } }
journeys:
  buy: { stages: [done: web / page], demand: 100/h, think: 4s }
  look: { stages: [done: web / page] }
";

    /// What is read of a spike; or what is wrong with it, and how to mend that.
    #[track_caller]
    fn check(entry: &str, expected: Result<Demand, &[&str]>) {
        let system = knockon_format::read_system("m.yaml", SHOP.as_bytes(), &|_| true).system;
        let system = system.expect("it is right");
        let text = format!(
            "scenario: s\ntimeline:\n  - {{ at: 1min, demand spike: {entry} }}\ncause: none\n\
             expect: [{{ journey: buy, failed: 0 }}]\n"
        );
        let reading = crate::read::scenario("s", "s.yaml", text.as_bytes(), &system);
        let told = reading.diagnostics.iter().map(|it| {
            let place = it.place.as_ref().map_or(0, |place| place.line);
            format!("{place}: {}; {}", it.message, it.help.join("; "))
        });
        let told: Vec<String> = told.collect();
        match expected {
            Ok(demand) => {
                let scenario = reading.scenario.unwrap_or_else(|| panic!("{entry}: {told:?}"));
                let What::Fault(fault) = &scenario.timeline[0].happening.what else { panic!() };
                let Kind::DemandSpike(spike) = &fault.kind else { panic!() };
                assert_eq!(spike.extra, demand, "{entry}");
            }
            Err(expected) => assert_eq!(told, expected, "{entry}"),
        }
    }

    #[test]
    fn a_spike_is_so_many_times_the_users_or_so_many_more() {
        let closed = |users, think| Demand::Closed { users, think: Duration::from_secs(think) };
        check("buy", Ok(Demand::Rate(Rate { per_hour: 100.0 })));
        check("buy, times: 5", Ok(Demand::Rate(Rate { per_hour: 400.0 })));
        check("buy, users: 500, think: 25s", Ok(closed(500, 25)));
        check("buy, users: 500", Ok(closed(500, 4)));
        check("look, users: 500, think: 25s", Ok(closed(500, 25)));
        let wrong = [
            ("buy, think: 25s", "an entry has no `users`; add `users: …`"),
            (
                "look, users: 5",
                "it does not say how long its users think; say it here, as in `think: 10s`, or give the \
                 journey `think`",
            ),
            (
                "buy, times: 3, users: 5",
                "so many `users` come in addition, or so many `times` the usual ones; say one of them",
            ),
            (
                "look",
                "nobody starts `look`, so that there cannot be more; say how many with `users`, or give \
                 the journey a `demand` in the model",
            ),
            ("buy, times: 1", "1 times the users are not more; write a number above 1"),
            ("by, users: 5", "there is no journey `by`; did you mean `buy`?"),
        ];
        for (entry, told) in wrong {
            check(entry, Err(&[&format!("3: {told}")]));
        }
    }
}
