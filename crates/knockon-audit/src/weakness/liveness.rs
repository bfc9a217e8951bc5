//! Liveness probes that do harm.

use std::time::Duration;

use knockon_core::{Element, Probe, RestartPolicy, ServiceId};

use super::Weakness;
use crate::codes::{LIVENESS_ENDS_START, LIVENESS_LOOKS_BEHIND};
use crate::view::View;
use crate::wording::{self, time};

/// A replica is restarted when its liveness probe, or its startup probe if it has one, has failed as
/// often as it may; and that is sooner than it needs to start.
pub(super) fn find_ends_start(view: &View<'_>) -> Vec<Weakness> {
    let found = view.services().filter_map(|(id, service)| {
        let runs = service.runs.as_ref().filter(|it| it.restart != RestartPolicy::Never)?;
        let probes = &service.probes;
        let (kind, probe) = match (&probes.startup, &probes.liveness) {
            (Some(probe), _) => ("startup", probe),
            (None, Some(probe)) => ("liveness", probe),
            (None, None) => return None,
        };
        let patience = patience(probe);
        (runs.start > patience).then(|| ends_start(view, id, kind, patience, runs.start))
    });
    found.collect()
}

/// From the start of a replica to the last failure that is borne: the first question comes after the
/// delay, and what has not started refuses at once.
fn patience(probe: &Probe) -> Duration {
    let more = probe.failures.saturating_sub(1);
    probe.delay.saturating_add(probe.every.saturating_mul(more))
}

fn ends_start(
    view: &View<'_>,
    id: ServiceId,
    kind: &str,
    patience: Duration,
    start: Duration,
) -> Weakness {
    let name = wording::service(view.system, id);
    let message = format!(
        "the {kind} probe of {name} restarts a replica after {}, and it needs {} to start: it never \
         gets there",
        time(patience),
        time(start)
    );
    // Twice the time, as the documentation of Kubernetes has it: the worst case, and some more.
    let failures = (2 * start.as_secs()).div_ceil(10).max(3);
    Weakness::new(LIVENESS_ENDS_START, Element::Key(id, "probes"), message, "ends every start")
        .help(format!(
            "give it time to start: `startup: {{ get: /live, every: 10s, failures: {failures} }}`"
        ))
}

/// A liveness probe with `checks`: it restarts replicas that are well because something else is not.
pub(super) fn find_looks_behind(view: &View<'_>) -> Vec<Weakness> {
    let found = view.services().filter_map(|(id, service)| {
        let checks = &service.probes.liveness.as_ref()?.checks;
        let others = checks.iter().filter(|other| **other != id);
        let names: Vec<_> = others.map(|other| wording::service(view.system, *other)).collect();
        let name = wording::service(view.system, id);
        let message = format!(
            "every replica of {name} is restarted when {} is down",
            wording::list(&names, "or")
        );
        let element = Element::Key(id, "probes");
        let weakness = Weakness::new(LIVENESS_LOOKS_BEHIND, element, message, "looks behind");
        let help = "move the `checks` to the readiness probe: a restart here mends nothing there";
        (!names.is_empty()).then(|| weakness.help(help))
    });
    found.collect()
}
