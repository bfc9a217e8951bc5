//! Journeys: where they begin and end, and what they cross.

use knockon_core::{Journey, ServiceId};

use super::derive::{Walk, crossed};
use crate::model::JourneyBody;
use crate::source::Span;

/// The services of one journey with the places where they are named.
pub(super) type Path = Vec<(usize, Span)>;

pub(super) fn lower(bodies: Vec<JourneyBody>, walk: &Walk<'_>) -> (Vec<Journey>, Vec<Path>) {
    bodies.into_iter().filter_map(|body| one(body, walk)).unzip()
}

/// One journey; `None` when nothing says where it goes, which was told when it was read.
fn one(body: JourneyBody, walk: &Walk<'_>) -> Option<(Journey, Path)> {
    let path: Path = (body.through.iter().flat_map(|(_, list)| list))
        .map(|(service, span)| (service.index(), *span))
        .collect();
    let through = match &body.through {
        Some((_, list)) => list.iter().map(|(service, _)| *service).collect(),
        None => crossed(walk, body.enters.map(|(callee, _)| callee), &body.stages),
    };
    let operations = || body.stages.iter().filter_map(|stage| stage.operation);
    let (enters, entry): (ServiceId, _) = match (&body.enters, operations().next()) {
        (Some((callee, _)), _) => (callee.service, callee.operation),
        (None, Some(first)) => (first.service, Some(first)),
        (None, None) => (*through.first()?, None),
    };
    let through = if through.is_empty() { vec![enters] } else { through };
    let journey = Journey {
        summary: body.summary.clone(),
        completes: body.completes.or_else(|| operations().next_back()),
        entry,
        enters,
        through,
        demand: body.demand,
        value: body.value,
        downtime_cost: body.downtime_cost,
        slo: body.slo,
        hurts: body.hurts,
        by: body.by,
        think: body.think,
        stages: body.stages,
        name: body.name,
    };
    Some((journey, path))
}
