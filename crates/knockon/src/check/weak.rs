//! Weaknesses as diagnostics: with a file, a line, and what was meant.

use knockon_audit::{Weakness, codes};
use knockon_core::{Diagnostic, Element, System};
use knockon_format::{Places, closest};

/// A weakness as a warning at its place.
pub(super) fn diagnostic(weakness: &Weakness, system: &System, places: &Places) -> Diagnostic {
    let mut diagnostic = Diagnostic::warning(weakness.code, &*weakness.message);
    if let Some(place) = places.of(weakness.element) {
        diagnostic = diagnostic.at(place.labelled(&*weakness.label));
    }
    for (element, label) in &weakness.related {
        if let Some(place) = places.of(*element) {
            diagnostic = diagnostic.related(place.labelled(&**label));
        }
    }
    for help in &weakness.help {
        diagnostic = diagnostic.help(&**help);
    }
    match meant(weakness, system) {
        Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
        None => diagnostic,
    }
}

/// What an allowance that names nothing known may have meant.
fn meant(weakness: &Weakness, system: &System) -> Option<String> {
    let Element::Allowance(at) = weakness.element else {
        return None;
    };
    let practice = system.practice();
    let allowance = practice.allow.get(at)?;
    if weakness.code == codes::ALLOWANCE_UNKNOWN_CODE {
        // Allowances cannot be allowed.
        let known = codes::ALL.iter().map(|code| code.id);
        let known = known.filter(|id| *id < codes::ALLOWANCE_UNUSED.id);
        return closest(&allowance.code, known).map(str::to_owned);
    }
    if weakness.code != codes::ALLOWANCE_NOWHERE {
        return None;
    }
    let services = system.services().iter().map(|service| service.name.as_str());
    let journeys = system.journeys().iter().map(|journey| journey.name.as_str());
    let monitors = practice.monitors.iter().map(|monitor| monitor.name.as_str());
    closest(allowance.at.as_deref()?, services.chain(journeys).chain(monitors)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_allowed_is_not_suggested() {
        let text = "system: x\nservices: { a: {} }\nallow:\n  - { code: K0441, reason: x }\n";
        let reading = knockon_format::read_system("x.yaml", text.as_bytes(), &|_| true);
        let system = reading.system.unwrap();
        let judged = knockon_audit::judge(&system);
        let unknown = judged.open.iter().find(|it| it.code == codes::ALLOWANCE_UNKNOWN_CODE);
        assert_ne!(meant(unknown.unwrap(), &system).as_deref(), Some("K0441"));
    }
}
