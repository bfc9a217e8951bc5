//! Systems and alerts of data sets that name services and calls, and nothing else about them.

use knockon_core::{
    Criticality, Dependency, DependencyKind, Provenance, Service, ServiceId, ServiceKind, System,
    SystemBuilder, Timestamp,
};
use knockon_telemetry::{Alert, Labels};

/// A system of which only names and calls are recorded.
pub(super) struct CallGraph(SystemBuilder);

impl CallGraph {
    pub(super) fn new(name: impl Into<String>) -> Self {
        Self(SystemBuilder::new(name))
    }

    /// The service of that name if there is one already.
    pub(super) fn get(&self, name: &str) -> Option<ServiceId> {
        self.0.names().get(name)
    }

    /// The service of that name, added when it is new.
    pub(super) fn service(&mut self, name: &str) -> Option<ServiceId> {
        let known = self.get(name);
        known.or_else(|| self.0.service(Service::new(name, ServiceKind::Service)).ok())
    }

    /// Adds a call; one of a service to itself is none.
    pub(super) fn call(&mut self, from: ServiceId, to: ServiceId) {
        if from != to {
            self.0.dependency(Dependency {
                from,
                to,
                kind: DependencyKind::Call,
                criticality: Criticality::Critical,
                provenance: Provenance::Trace,
            });
        }
    }

    pub(super) fn build(self) -> System {
        self.0.build()
    }
}

/// An alert of which only name, service and start are recorded, and which still fires.
pub(super) fn alert(name: String, service: ServiceId, starts_at: Timestamp) -> Alert {
    Alert {
        name,
        service,
        peer: None,
        severity: None,
        starts_at,
        ends_at: None,
        labels: Labels::new(),
        annotations: Labels::new(),
    }
}
