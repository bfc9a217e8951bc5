//! The part of the system that the trouble runs through, as a drawing: the cause, what suffers from
//! it, and what lies between.

use std::collections::BTreeSet;

use knockon_core::{Service, ServiceId, System, SystemBuilder};
use knockon_triage::Incident;

use super::super::element::Element;
use crate::map::{MapView, States, map_in_page};
use crate::state::State;

/// A larger drawing shows nothing.
const SERVICES_MAX: usize = 24;

/// Smaller than this the words in a drawing are no longer read.
const SHRINK_MAX: f64 = 0.72;

/// The drawing with what its signs mean; nothing without a cause.
pub(super) fn map(incident: &Incident, system: &System) -> Option<Element> {
    let cause = incident.causes.first()?;
    let shown = shown(incident, system);
    let part = part(system, &shown);
    let mut states = States::new();
    for (row, service) in part.services().iter().enumerate() {
        let suffers = incident.symptoms.iter().any(|it| it.state.service == service.name);
        let state = match service.name == cause.service {
            true => State::Failing,
            false if suffers => State::Degraded,
            false => State::Unknown,
        };
        states.insert(service.name.as_str(), (row, state));
    }
    let drawing = map_in_page(&MapView::whole(&part), &states);
    let style =
        format!("min-width:{:.0}px;max-width:{:.0}px", drawing.width * SHRINK_MAX, drawing.width);
    let sheet = Element::of("div", "sheet").attr("style", style).markup(&drawing.text);
    let label = format!("How the trouble spreads from {}", cause.service);
    let scroll = Element::of("div", "scroll map")
        .attr("role", "region")
        .attr("tabindex", 0)
        .attr("aria-label", label)
        .with(sheet);
    Some(Element::of("div", "card").with(scroll).with(caption(incident, shown.len())))
}

fn caption(incident: &Incident, shown: usize) -> Element {
    let on_the_way: BTreeSet<&str> = (incident.symptoms.iter())
        .flat_map(|it| it.path.iter().map(|hop| hop.to.as_str()))
        .chain(incident.causes.first().map(|cause| cause.service.as_str()))
        .collect();
    let left = on_the_way.len().saturating_sub(shown);
    let more = if left > 0 { format!(" {left} more are left out.") } else { String::new() };
    let words = format!(
        "Failing is the likeliest cause, degraded what suffers from it; the others show nothing \
         themselves. Lines point where the work goes, and the trouble mostly comes back along \
         them.{more}"
    );
    Element::of("p", "quiet").text(&words)
}

/// The cause, then what suffers from it with what lies between, the nearest first.
fn shown(incident: &Incident, system: &System) -> Vec<ServiceId> {
    let mut shown: Vec<ServiceId> = Vec::new();
    let causes = incident.causes.iter().take(1).map(|cause| cause.service.as_str());
    let hops = incident.symptoms.iter().flat_map(|it| it.path.iter().map(|hop| hop.to.as_str()));
    for id in causes.chain(hops).filter_map(|name| system.names().get(name)) {
        if !shown.contains(&id) && shown.len() < SERVICES_MAX {
            shown.push(id);
        }
    }
    shown
}

/// A system of those services alone, in their order, and what joins them.
fn part(system: &System, shown: &[ServiceId]) -> System {
    let mut builder = SystemBuilder::new(system.name());
    let mut ids = Vec::new();
    for id in shown {
        let service = system.service(*id);
        // A name that is taken cannot be: the system has each once.
        let bare = Service {
            summary: service.summary.clone(),
            ..Service::new(service.name.clone(), service.kind)
        };
        ids.extend(builder.service(bare).ok().map(|new| (*id, new)));
    }
    let new = |old: ServiceId| ids.iter().find(|(id, _)| *id == old).map(|(_, new)| *new);
    for dependency in system.dependencies() {
        if let (Some(from), Some(to)) = (new(dependency.from), new(dependency.to)) {
            builder.dependency(knockon_core::Dependency { from, to, ..*dependency });
        }
    }
    builder.build()
}
