//! Autoscalers that do not follow the load.

use knockon_core::{Action, Element, Service, ServiceId, Share};

use super::Weakness;
use crate::codes::AUTOSCALER_UNMOVED;
use crate::view::View;
use crate::walk::walk;
use crate::wording;

/// An autoscaler of which no target moves with the load, or one with a target that has no value at
/// all (a share of a request that is not there, the backlog of no queue): Kubernetes then scales
/// nothing down.
pub(super) fn find(view: &View<'_>) -> Vec<Weakness> {
    let found = view.services().filter_map(|(id, service)| {
        let targets = &service.autoscaler.as_ref()?.targets;
        let present = [
            targets.cpu.map(|_| cpu(service)),
            targets.memory.map(|target| memory(service, target)),
            targets.requests.map(|_| requests(service)),
            targets.backlog.map(|_| backlog(view, id)),
        ];
        let present: Vec<Moves> = present.into_iter().flatten().collect();
        let moves = present.contains(&Moves::WithLoad);
        let why: Vec<String> = present
            .iter()
            .filter_map(|it| match it {
                Moves::WithLoad => None,
                Moves::Never(why) => (!moves).then(|| why.clone()),
                Moves::HasNoValue(why) => Some((*why).to_owned()),
            })
            .collect();
        (!moves || !why.is_empty()).then(|| weakness(view, id, service, moves, &why))
    });
    found.collect()
}

/// Whether a target follows the load, and if not, why.
#[derive(PartialEq, Eq)]
enum Moves {
    WithLoad,
    Never(String),
    HasNoValue(&'static str),
}

fn cpu(service: &Service) -> Moves {
    let cpu = service.runs.as_ref().and_then(|runs| runs.cpu);
    if service.runs.is_some() && cpu.is_none_or(|it| it.request.is_none() && it.limit.is_none()) {
        return Moves::HasNoValue("`cpu` is a share of a request that is not there");
    }
    let mut computes = service.operations.iter().all(|operation| operation.steps.is_empty());
    for operation in &service.operations {
        walk(&operation.steps, &mut |step, _| {
            computes |= matches!(step.action, Action::Compute { time, .. } if !time.is_zero());
        });
    }
    if computes {
        Moves::WithLoad
    } else {
        Moves::Never("`cpu` stays where it is: no step computes".to_owned())
    }
}

fn memory(service: &Service, target: Share) -> Moves {
    let memory = service.runs.as_ref().and_then(|runs| runs.memory);
    if service.runs.is_some() && memory.is_none_or(|it| it.request.is_none() && it.limit.is_none())
    {
        return Moves::HasNoValue("`memory` is a share of a request that is not there");
    }
    let each = memory.and_then(|it| it.per_request).filter(|bytes| bytes.count > 0);
    if each.is_none() {
        let why = "`memory` stays where it is: no request is known to need any";
        return Moves::Never(why.to_owned());
    }
    match busiest(service) {
        Some(busiest) if busiest < target => Moves::Never(format!(
            "`memory` is at {:.0}% of the request when every worker is busy, and the target is {}%",
            busiest.percent, target.percent
        )),
        _ => Moves::WithLoad,
    }
}

/// The memory of a replica of which every worker is busy, as a share of what it requests.
fn busiest(service: &Service) -> Option<Share> {
    let runs = service.runs.as_ref()?;
    let memory = runs.memory?;
    let request = memory.request.or(memory.limit).filter(|bytes| bytes.count > 0)?;
    let busy = memory.per_request?.count.checked_mul(u64::from(runs.workers?))?;
    let used = memory.idle?.count.checked_add(busy)?;
    Some(Share { percent: used as f64 / request.count as f64 * 100.0 })
}

fn requests(service: &Service) -> Moves {
    if View::is_background_worker(service) {
        let why = "`requests` stay at none: all its work comes from queues or the clock";
        return Moves::Never(why.to_owned());
    }
    Moves::WithLoad
}

fn backlog(view: &View<'_>, id: ServiceId) -> Moves {
    if view.consumes(id) {
        return Moves::WithLoad;
    }
    Moves::HasNoValue("`backlog` has no queue: it consumes nothing")
}

fn weakness(
    view: &View<'_>,
    id: ServiceId,
    service: &Service,
    moves: bool,
    why: &[String],
) -> Weakness {
    let name = wording::service(view.system, id);
    let why =
        if why.is_empty() { "it has no target".to_owned() } else { wording::list(why, "and") };
    let message = if moves {
        format!("the autoscaler of {name} has a target without a value: {why}")
    } else {
        format!("the autoscaler of {name} does not follow the load: {why}")
    };
    let label = if moves { "a target without a value" } else { "does not follow the load" };
    let help = if view.consumes(id) {
        "scale on what waits: `targets: { backlog: 30 }`"
    } else if moves && service.autoscaler.as_ref().is_some_and(|it| it.targets.backlog.is_some()) {
        "take `backlog` out of the `targets`"
    } else if moves {
        "take the target away, or say what it is a share of: `cpu: { limit: 1, request: 500m }`"
    } else {
        "scale on what grows with the load: `targets: { requests: 50/s }`, or on `cpu` with a request"
    };
    let weakness =
        Weakness::new(AUTOSCALER_UNMOVED, Element::Key(id, "autoscaler"), message, label);
    let memory = service.autoscaler.as_ref().is_some_and(|it| it.targets.memory.is_some());
    let weakness = weakness.help(help);
    if memory && !moves {
        return weakness.help("or say what a request needs: `memory: { per_request: 2Mi }`");
    }
    weakness
}
