//! A small shop and the evidence of things going wrong in it.

use knockon_core::{
    Criticality, Dependency, DependencyKind, Provenance, Service, ServiceKind, System,
    SystemBuilder, Timestamp,
};
use knockon_telemetry::{Alert, Change, ChangeKind, Evidence, Labels, Samples, Series};

/// How many minutes of samples the evidence has.
pub(crate) const MINUTES: i64 = 100;

/// The minute in which things go wrong.
pub(crate) const ONSET: i64 = 80;

/// 2026-03-01T00:00:00Z plus some minutes.
pub(crate) fn minute(minute: i64) -> Timestamp {
    Timestamp::from_unix_ms(1_772_323_200_000 + minute * 60_000)
}

/// front-end → orders → payment, orders-db; orders publishes to rabbitmq, queue-master consumes;
/// front-end calls promo, which is optional; payment and queue-master run on node-1.
pub(crate) fn shop() -> System {
    let mut builder = SystemBuilder::new("shop");
    let service = |builder: &mut SystemBuilder, name: &str, kind| {
        builder.service(Service::new(name, kind)).unwrap();
    };
    for name in ["front-end", "orders", "payment", "queue-master", "promo", "lonely"] {
        service(&mut builder, name, ServiceKind::Service);
    }
    service(&mut builder, "orders-db", ServiceKind::Database);
    service(&mut builder, "rabbitmq", ServiceKind::Broker);
    service(&mut builder, "node-1", ServiceKind::Platform);
    for (from, kind, to, criticality) in [
        ("front-end", DependencyKind::Call, "orders", Criticality::Critical),
        ("front-end", DependencyKind::Call, "promo", Criticality::Optional),
        ("orders", DependencyKind::Call, "payment", Criticality::Critical),
        ("orders", DependencyKind::Write, "orders-db", Criticality::Critical),
        ("orders", DependencyKind::Publish, "rabbitmq", Criticality::Critical),
        ("queue-master", DependencyKind::Consume, "rabbitmq", Criticality::Critical),
        ("payment", DependencyKind::RunsOn, "node-1", Criticality::Critical),
        ("queue-master", DependencyKind::RunsOn, "node-1", Criticality::Critical),
    ] {
        let id = |name| builder.names().get(name).unwrap();
        let (from, to) = (id(from), id(to));
        let provenance = Provenance::Declared;
        builder.dependency(Dependency { from, to, kind, criticality, provenance });
    }
    builder.build()
}

/// Evidence about the shop, put together line by line.
pub(crate) struct Story {
    pub(crate) system: System,
    pub(crate) evidence: Evidence,
}

impl Story {
    pub(crate) fn new() -> Self {
        Self { system: shop(), evidence: Evidence::default() }
    }

    /// A metric that is `before` until [`ONSET`] and `during` from then on, with a wobble of 3 %.
    pub(crate) fn metric(self, service: &str, metric: &str, before: f64, during: f64) -> Self {
        self.metric_from(service, metric, before, during, ONSET)
    }

    /// The same with an onset of its own.
    pub(crate) fn metric_from(
        mut self,
        service: &str,
        metric: &str,
        before: f64,
        during: f64,
        onset: i64,
    ) -> Self {
        let wobble = |m: i64| 1.0 + 0.03 * ((m * 7 % 11) as f64 - 5.0) / 5.0;
        let level = |m| if m < onset { before } else { during };
        let pairs = (0..MINUTES).map(|m| (minute(m).unix_ms, level(m) * wobble(m))).collect();
        self.evidence.series.push(Series {
            service: self.system.names().get(service).unwrap(),
            metric: metric.to_owned(),
            labels: Labels::new(),
            samples: Samples::from_pairs(pairs),
            baseline: Samples::default(),
        });
        self
    }

    /// A metric that is level until a minute and rises by `slope` a minute from then on.
    pub(crate) fn rising(
        self,
        service: &str,
        metric: &str,
        level: f64,
        slope: f64,
        from: i64,
    ) -> Self {
        let mut story = self.metric(service, metric, level, level);
        let value = |m: i64| level + slope * (m - from).max(0) as f64;
        let pairs = (0..MINUTES).map(|m| (minute(m).unix_ms, value(m))).collect();
        story.evidence.series.last_mut().unwrap().samples = Samples::from_pairs(pairs);
        story
    }

    /// A metric with labels, [`Story::metric`] otherwise.
    pub(crate) fn labelled(
        self,
        service: &str,
        metric: &str,
        labels: &[(&str, &str)],
        before: f64,
        during: f64,
    ) -> Self {
        let mut story = self.metric(service, metric, before, during);
        let labels = labels.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        story.evidence.series.last_mut().unwrap().labels = labels.collect();
        story
    }

    pub(crate) fn alert(mut self, service: &str, name: &str, at: i64) -> Self {
        self.evidence.alerts.push(Alert {
            name: name.to_owned(),
            service: self.system.names().get(service).unwrap(),
            peer: None,
            severity: Some("critical".to_owned()),
            starts_at: minute(at),
            ends_at: None,
            labels: Labels::new(),
            annotations: Labels::new(),
        });
        self
    }

    /// An alert of `service` about its calls to `peer`.
    pub(crate) fn alert_about(self, service: &str, peer: &str, name: &str, at: i64) -> Self {
        let peer = self.system.names().get(peer);
        let mut story = self.alert(service, name, at);
        story.evidence.alerts.last_mut().unwrap().peer = peer;
        story
    }

    pub(crate) fn change(
        mut self,
        service: &str,
        kind: ChangeKind,
        version: &str,
        at: i64,
    ) -> Self {
        self.evidence.changes.push(Change {
            time: minute(at),
            service: self.system.names().get(service),
            service_name: service.to_owned(),
            kind,
            version: Some(version.to_owned()),
            by: None,
            summary: None,
        });
        self
    }
}
