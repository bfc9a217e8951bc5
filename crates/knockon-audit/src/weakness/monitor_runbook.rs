//! A monitor that wakes somebody and does not say what to do.

use knockon_core::{AlertSeverity, Element, Monitor};

use super::Weakness;
use crate::codes::MONITOR_WITHOUT_RUNBOOK;
use crate::view::View;

/// A runbook may be the monitor's own, a page elsewhere, or the runbook of the service it watches. A
/// `P3` is for some day and needs none.
pub(super) fn find(view: &View<'_>) -> Vec<Weakness> {
    let monitors = view.system.practice().monitors.iter().enumerate();
    let without = monitors.filter(|(_, monitor)| {
        monitor.severity != Some(AlertSeverity::P3) && !has_runbook(view, monitor)
    });
    let weakness = |(index, monitor): (usize, &Monitor)| {
        let name = &monitor.name;
        let message = match monitor.severity {
            Some(severity) => {
                format!("`{name}` ({severity}) does not say what to do when it fires")
            }
            None => format!("`{name}` does not say what to do when it fires"),
        };
        Weakness::new(MONITOR_WITHOUT_RUNBOOK, Element::Monitor(index), message, "no runbook")
            .help("add the annotation `runbook_url: runbooks/<name>.md` to the rule")
            .help("or give the service it watches a `runbook`")
    };
    without.map(weakness).collect()
}

fn has_runbook(view: &View<'_>, monitor: &Monitor) -> bool {
    let url = monitor.annotations.get("runbook_url");
    monitor.runbook.is_some()
        || url.is_some_and(|url| !url.trim().is_empty())
        || monitor.service.is_some_and(|service| view.service(service).runbook.is_some())
}
