//! A deployment that is an outage.

use knockon_core::{Element, Service, ServiceId};

use super::Weakness;
use crate::codes::ROLLOUT_TAKES_ALL;
use crate::view::View;
use crate::wording;

/// A service without which a journey fails, whose rollout may take away as many replicas at once as
/// there are.
pub(super) fn find(view: &View<'_>) -> Vec<Weakness> {
    let found = view.services().filter_map(|(id, service)| {
        let unavailable = service.runs.as_ref()?.rollout?.max_unavailable;
        let fewest = service.autoscaler.as_ref().map_or(service.replicas(), |scaler| scaler.min);
        let journey = view.fatal_for(id).filter(|_| unavailable >= fewest && fewest > 0)?;
        Some(weakness(view, id, service, journey, fewest))
    });
    found.collect()
}

fn weakness(
    view: &View<'_>,
    id: ServiceId,
    service: &Service,
    journey: usize,
    fewest: u32,
) -> Weakness {
    let name = wording::service(view.system, id);
    let fails = &view.system.journeys()[journey].name;
    let replicas = wording::counted(u64::from(fewest), "replica");
    let message =
        format!("a rollout of {name} may take away all of its {replicas}: journey `{fails}` stops");
    let weakness =
        Weakness::new(ROLLOUT_TAKES_ALL, Element::Key(id, "runs"), message, "takes all at once")
            .related(Element::Journey(journey), "stops meanwhile");
    let surge = service.runs.as_ref().and_then(|it| it.rollout).map_or(0, |it| it.max_surge);
    let help = "start the new before the old is gone";
    weakness
        .help(format!("{help}: `rollout: {{ max_unavailable: 0, max_surge: {} }}`", surge.max(1)))
}
