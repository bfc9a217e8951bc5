//! Readiness probes that say nothing, or are not there.

use knockon_core::{Criticality, Element, OperationId, Service, ServiceId, ServiceKind};

use super::Weakness;
use crate::codes::{NO_READINESS, SHALLOW_READINESS};
use crate::view::View;
use crate::wording;

/// A service with a readiness probe of which no probe looks at anything behind it, and a database,
/// cache or broker without which none of its requests succeeds: every one of its operations that
/// answers requests has a critical step there, or so it is declared.
pub(super) fn find_shallow(view: &View<'_>) -> Vec<Weakness> {
    let found = view.services().filter_map(|(id, service)| {
        let probes = &service.probes;
        probes.readiness.as_ref()?;
        let all = [&probes.readiness, &probes.liveness, &probes.startup];
        let looks = all.into_iter().flatten().any(|probe| !probe.checks.is_empty());
        let store = if looks { None } else { indispensable(view, id, service) }?;
        Some(shallow(view, id, store))
    });
    found.collect()
}

fn shallow(view: &View<'_>, id: ServiceId, store: ServiceId) -> Weakness {
    let (name, behind) = (wording::service(view.system, id), wording::service(view.system, store));
    let message = format!(
        "{name} says it is ready when {behind} is gone, without which it can answer nothing"
    );
    let store_name = &view.service(store).name;
    Weakness::new(SHALLOW_READINESS, Element::Key(id, "probes"), message, "looks only at itself")
        .related(Element::Service(store), "not looked at")
        .help(format!("let the readiness probe ask it: `checks: [{store_name}]`"))
        .help("the readiness probe only: a liveness probe that looks behind restarts what is well")
}

/// The first store without which no request succeeds.
fn indispensable(view: &View<'_>, id: ServiceId, service: &Service) -> Option<ServiceId> {
    use ServiceKind::{Broker, Cache, Database};
    let is_store = |it: &ServiceId| matches!(view.service(*it).kind, Database | Cache | Broker);
    let asked = (0..service.operations.len()).map(|index| OperationId::new(id, index));
    let mut asked = asked.filter(|operation| {
        let operation = view.system.operation(*operation);
        operation.consumes.is_none() && operation.every.is_none()
    });
    let needs = |operation: OperationId| {
        let critical =
            view.uses_of(operation).iter().filter(|it| it.place.critical && !it.is_relayed());
        critical.map(|used| used.target.service()).filter(is_store)
    };
    let Some(first) = asked.next() else {
        let critical = view.declared(id).iter();
        let critical = critical.filter(|it| it.criticality == Criticality::Critical);
        let store = critical.map(|it| it.to).find(is_store);
        return store.filter(|_| service.operations.is_empty());
    };
    let mut common: Vec<ServiceId> = needs(first).collect();
    for operation in asked {
        let needed: Vec<ServiceId> = needs(operation).collect();
        common.retain(|store| needed.contains(store));
    }
    common.first().copied()
}

/// A service with several replicas and without which a journey fails, that answers requests and has
/// neither a readiness nor a startup probe. A model that has such services and no probe at all is
/// told so once.
pub(super) fn find_missing(view: &View<'_>) -> Vec<Weakness> {
    let is_replicated = |service: &Service| {
        let most = service.autoscaler.as_ref().map_or(0, |scaler| scaler.max);
        service.runs.is_some() && service.replicas().max(most) > 1
    };
    let found: Vec<_> = view
        .services()
        .filter(|(id, service)| {
            service.kind == ServiceKind::Service
                && is_replicated(service)
                && view.fatal_for(*id).is_some()
                && !View::is_background_worker(service)
                && service.probes.readiness.is_none()
                && service.probes.startup.is_none()
        })
        .collect();
    let none =
        view.services().all(|(_, service)| service.probes == knockon_core::Probes::default());
    if none && found.len() > 1 {
        let count = wording::counted(found.len() as u64, "replicated service");
        let message = format!("none of the {count} under a journey has a readiness probe");
        let weakness = Weakness::new(NO_READINESS, Element::System, message, "no probes");
        return vec![weakness.help(HELP)];
    }
    let weakness = |(id, service): (ServiceId, &Service)| {
        let name = wording::service(view.system, id);
        let message = match service.runs.as_ref().map(|runs| runs.start) {
            Some(start) if !start.is_zero() => format!(
                "a new replica of {name} gets requests while it starts, for {}",
                wording::time(start)
            ),
            _ => format!("a replica of {name} that cannot serve gets requests all the same"),
        };
        let element = Element::Key(id, "runs");
        Weakness::new(NO_READINESS, element, message, "no readiness probe").help(HELP)
    };
    found.into_iter().map(weakness).collect()
}

const HELP: &str =
    "ask each replica whether it can serve: `probes: { readiness: { get: /ready } }`";
