//! What is said to be optional, and takes its user with it all the same.

use knockon_core::{Criticality, Dependency, Element};

use super::Weakness;
use crate::codes::OPTIONAL_WITHOUT_FALLBACK;
use crate::uses::{Purpose, Use};
use crate::view::View;
use crate::wording;

/// A step that the operation waits for and that has no fallback, although the step itself or the
/// declared dependency says that the operation does without.
pub(super) fn find(view: &View<'_>) -> Vec<Weakness> {
    let mut found = Vec::new();
    let is_bare = |used: &&Use<'_>| {
        let waits = used.place.waits && used.purpose != Purpose::Undo;
        waits && !used.has_fallback() && !used.is_relayed() && used.is_remote()
    };
    let mut declared: Vec<&Dependency> = view
        .system
        .dependencies()
        .iter()
        .filter(|it| it.criticality != Criticality::Critical)
        .collect();
    declared.sort_by_key(|it| (it.from, it.to));
    for used in view.uses.iter().filter(is_bare) {
        match used.said() {
            Some(Criticality::Critical) => {}
            Some(said) => found.push(weakness(view, used, said, None)),
            None if used.place.critical => {
                let (from, to) = (used.by.service, used.target.service());
                let start = declared.partition_point(|it| (it.from, it.to) < (from, to));
                let same = declared[start..].iter().take_while(|it| (it.from, it.to) == (from, to));
                let dependency = { same }.find(|it| used.is_kind(view.system, it.kind));
                found.extend(dependency.map(|it| weakness(view, used, it.criticality, Some(it))));
            }
            None => {}
        }
    }
    found
}

fn weakness(
    view: &View<'_>,
    used: &Use<'_>,
    said: Criticality,
    declared: Option<&Dependency>,
) -> Weakness {
    let operation = wording::operation(view.system, used.by);
    let target = wording::target(view.system, used.target);
    let does = match said {
        Criticality::Optional => "is said to do without",
        _ => "is said to go on, worse, without",
    };
    let message = format!("{operation} {does} {target}, and fails with it: there is no fallback");
    let element = Element::Step(used.step);
    let weakness = Weakness::new(OPTIONAL_WITHOUT_FALLBACK, element, message, "no fallback")
        .help("say what is done without it: `fallback: skip`, or steps; and a `timeout`")
        .help("or call it what it is: `criticality: critical`");
    match declared {
        Some(dependency) => {
            let says = format!("declared `{}`", dependency.criticality);
            weakness.related(Element::Dependency(dependency.key()), says)
        }
        None => weakness,
    }
}
