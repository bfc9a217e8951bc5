//! Dependencies that are declared and that nothing would ever use.
//!
//! What a service does in a run is what its operations say. A dependency that none of them shows would
//! be no more than a word: whatever became of the other service, this one would not notice.

use knockon_core::{Dependency, DependencyKind, Element, Provenance, System};

use super::Unplayable;
use super::compile::service_index;
use super::tables::{NONE, Program, Site, Target};

/// The dependencies of services with operations that no operation and no probe shows.
pub(super) fn dependencies(system: &System, program: &Program) -> Vec<Unplayable> {
    let all = system.dependencies().iter().filter(|it| {
        it.kind != DependencyKind::RunsOn
            && !system.service(it.from).operations.is_empty()
            && !is_shown_by_steps(system, **it)
            && !is_used(program, **it)
    });
    all.map(|it| {
        let (from, to) = (&system.service(it.from).name, &system.service(it.to).name);
        let does = match it.kind {
            DependencyKind::Read => "read from",
            DependencyKind::Write => "write to",
            DependencyKind::Publish => "publish to",
            DependencyKind::Consume => "consume from",
            DependencyKind::Call | DependencyKind::RunsOn => "call",
        };
        Unplayable {
            element: Element::Dependency(it.key()),
            what: format!(
                "`{from}` is declared to {does} `{to}`, but no operation of `{from}` does"
            ),
            help: "add the step, or remove the declaration".to_owned(),
        }
    })
    .collect()
}

/// Whether the model was read with a step that shows it; one may do so and still never be done, such as
/// the undo of a saga's last part.
fn is_shown_by_steps(system: &System, dependency: Dependency) -> bool {
    let sources = system.details(dependency.key()).map_or(&[][..], |details| &details.known_from);
    dependency.provenance == Provenance::Steps
        || sources.iter().any(|source| source.provenance == Provenance::Steps)
}

/// Whether a service has to do with another, in whichever way.
fn is_used(program: &Program, dependency: Dependency) -> bool {
    let (from, to) = (service_index(dependency.from), service_index(dependency.to));
    let copies = program.services[to as usize].copies;
    let is_outbox = |site: &Site| match &site.target {
        Target::Channel { outbox, .. } => *outbox == Some(to),
        Target::Operation(_) | Target::Entry(_) => false,
    };
    let is_of_broker = |queue: u32| {
        let table = (queue != NONE).then(|| &program.queues[queue as usize]);
        table.is_some_and(|table| table.broker == to)
    };
    let mut sites = program.sites.iter().filter(|site| site.service == from);
    let mut sagas = program.sagas.iter().filter(|saga| saga.service == from);
    let mut operations = program.operations.iter().filter(|it| it.service == from);
    sites.any(|site| site.to == to || copies == Some(site.to) || is_outbox(site))
        || sagas.any(|saga| is_of_broker(saga.manual))
        || operations.any(|operation| is_of_broker(operation.consumes))
}
