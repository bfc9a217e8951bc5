//! Models that are out of date.

use knockon_core::{Dependency, ServiceId, System, SystemBuilder};
use knockon_sim::random::Stream;

use super::pick;
use crate::evaluate::case::Case;

/// The model lacks each dependency with a probability.
pub(super) fn forget(case: &mut Case, share: f64, stream: &mut Stream) {
    let known = case.system.dependencies().iter().copied();
    let known = known.filter(|_| !stream.bernoulli(share)).collect();
    case.system = with_dependencies(&case.system, known);
}

/// The model has each dependency on another service with a probability.
pub(super) fn mistake(case: &mut Case, share: f64, stream: &mut Stream) {
    let services: Vec<ServiceId> = case.system.service_ids().collect();
    let known = case.system.dependencies().iter().map(|edge| {
        let others: Vec<ServiceId> =
            services.iter().copied().filter(|id| *id != edge.from && *id != edge.to).collect();
        let (is_wrong, other) = (stream.bernoulli(share), pick(&others, stream));
        Dependency { to: other.filter(|_| is_wrong).unwrap_or(edge.to), ..*edge }
    });
    case.system = with_dependencies(&case.system, known.collect());
}

/// The same system with other dependencies.
fn with_dependencies(system: &System, dependencies: Vec<Dependency>) -> System {
    let mut builder = SystemBuilder::new(system.name());
    builder.summary(system.summary().map(str::to_owned));
    for team in system.teams() {
        builder.team(team.clone());
    }
    for runbook in system.runbooks() {
        builder.runbook(runbook.clone());
    }
    for service in system.services() {
        // An alias that another service has stays with that one, as in the system itself.
        let _ = builder.service(service.clone());
    }
    for dependency in dependencies {
        builder.dependency(dependency);
        if let Some(details) = system.details(dependency.key()) {
            builder.details(dependency.key(), details.clone());
        }
    }
    for journey in system.journeys() {
        builder.journey(journey.clone());
    }
    builder.practice(system.practice().clone());
    builder.build()
}
