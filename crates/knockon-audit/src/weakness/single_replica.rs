//! One process between a journey and an outage.

use knockon_core::{Element, Service, ServiceId, ServiceKind};

use super::Weakness;
use crate::codes::SINGLE_REPLICA;
use crate::view::View;
use crate::wording;

/// A service, database, cache or broker of which it is known what it `runs` on, without which a
/// journey fails, and of which there is one: no second replica, no autoscaler that keeps two, no
/// failover, no read replica.
pub(super) fn find(view: &View<'_>) -> Vec<Weakness> {
    let found = view.services().filter(|(_, service)| is_alone(service));
    let found = found.filter_map(|(id, service)| {
        let journey = view.fatal_for(id)?;
        Some(weakness(view, id, service, journey))
    });
    found.collect()
}

fn is_alone(service: &Service) -> bool {
    use ServiceKind::{Broker, Cache, Database, Service};
    matches!(service.kind, Service | Database | Cache | Broker)
        && service.runs.as_ref().is_some_and(|runs| runs.replicas == 1)
        && service.autoscaler.as_ref().is_none_or(|scaler| scaler.min < 2)
        && service.failover.is_none()
        && service.database.read_replicas.is_none_or(|replicas| replicas.count == 0)
}

fn weakness(view: &View<'_>, id: ServiceId, service: &Service, journey: usize) -> Weakness {
    let name = wording::service(view.system, id);
    let fails = &view.system.journeys()[journey].name;
    let message = format!("journey `{fails}` stops with the only replica of {name}");
    let help = match (service.kind, &service.autoscaler) {
        (ServiceKind::Database, _) => {
            "keep a copy that takes over: `read_replicas: { count: 1 }` with `failover: { after: 30s }`"
        }
        (_, Some(_)) => "keep two: `autoscaler: { min: 2 }`",
        (_, None) => "run two: `runs: { replicas: 2 }`",
    };
    let weakness =
        Weakness::new(SINGLE_REPLICA, Element::Key(id, "runs"), message, "the only one").help(help);
    let weakness = weakness.related(Element::Journey(journey), "stops with it");
    if service.kind == ServiceKind::Cache {
        return weakness.help("or do without it for a while: `fallback: skip` beside the `get`");
    }
    weakness
}
