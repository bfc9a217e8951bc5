//! A journey of which no alert tells that it fails.

use std::collections::BTreeSet;

use knockon_core::{Element, Journey, ServiceId};

use super::Weakness;
use crate::codes::JOURNEY_UNWATCHED;
use crate::view::View;
use crate::wording;

/// A journey is watched if a monitor names it (label `journey`), or watches its entry, the first
/// service behind its browsers and apps, or the service of one of its own operations. A monitor deep
/// inside, on a database say, tells a cause and not that users are hurt. A model without any monitor
/// is told so once.
pub(super) fn find(view: &View<'_>) -> Vec<Weakness> {
    let journeys = view.system.journeys();
    let monitors = &view.system.practice().monitors;
    if monitors.is_empty() && journeys.len() > 1 {
        let count = wording::counted(journeys.len() as u64, "journey");
        let message = format!("none of the {count} is watched: the model has no monitor");
        let weakness = Weakness::new(JOURNEY_UNWATCHED, Element::System, message, "no monitors");
        return vec![weakness.help("add Prometheus rule files: `monitors: [rules.yaml]`")];
    }
    let watched: BTreeSet<ServiceId> = monitors.iter().filter_map(|it| it.service).collect();
    let named: BTreeSet<&str> =
        monitors.iter().filter_map(|it| it.labels.get("journey")).map(String::as_str).collect();
    let unwatched = |(index, journey): (usize, &Journey)| {
        let surface = surface(view, journey);
        let is_watched = named.contains(journey.name.as_str())
            || surface.iter().any(|service| watched.contains(service));
        (!is_watched).then(|| weakness(view, index, journey, &surface))
    };
    journeys.iter().enumerate().filter_map(unwatched).collect()
}

/// The services at which users meet a journey.
fn surface(view: &View<'_>, journey: &Journey) -> BTreeSet<ServiceId> {
    let operations = View::operations_of(journey).into_iter().map(|id| id.service);
    operations.chain([journey.enters, view.front_of(journey)]).collect()
}

fn weakness(
    view: &View<'_>,
    index: usize,
    journey: &Journey,
    surface: &BTreeSet<ServiceId>,
) -> Weakness {
    let names: Vec<_> = surface.iter().map(|id| wording::service(view.system, *id)).collect();
    let name = &journey.name;
    let message = format!(
        "no monitor watches journey `{name}`: none names it, and none is on {}",
        wording::list(&names, "or")
    );
    let front = &view.service(view.front_of(journey)).name;
    Weakness::new(JOURNEY_UNWATCHED, Element::Journey(index), message, "nobody is told")
        .help(format!("label an alert on its errors or its latency: `journey: {name}`"))
        .help(format!("or watch where users meet it: `service: {front}`"))
}
