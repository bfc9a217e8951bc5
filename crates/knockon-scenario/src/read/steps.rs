//! Steps of an operation, as scenarios name them: `call payment / authorise`.

use knockon_core::{Action, Fallback, OperationId, Step, StepId, System};
use knockon_format::Node;

use super::body::{Reader, did_you_mean};
use crate::codes;

impl Reader<'_> {
    /// The step of an operation that the text names.
    pub(super) fn step(&mut self, operation: OperationId, node: &Node) -> Option<StepId> {
        let wanted = self.text(node)?;
        let mut known = Vec::new();
        gather(self.system, &self.system.operation(operation).steps, &mut known);
        if let Some((id, _)) = known.iter().find(|(_, name)| name == wanted) {
            return Some(*id);
        }
        let name = &self.system.operation(operation).name;
        let help = did_you_mean(wanted, known.iter().map(|(_, name)| name.as_str()));
        let message = format!("`{name}` has no step `{wanted}`");
        self.refuse(codes::NOT_IN_PACK, node.span, message, &help);
        None
    }
}

/// Every step that asks something, with those inside of steps.
fn gather(system: &System, steps: &[Step], known: &mut Vec<(StepId, String)>) {
    for step in steps {
        known.extend(name_of(system, &step.action).map(|name| (step.id, name)));
        match &step.action {
            Action::Get { miss, .. } => gather(system, miss, known),
            Action::Saga(saga) => {
                for part in &saga.steps {
                    known.push((part.id, format!("do {}", callee(system, part.action))));
                }
            }
            Action::Parallel(branches) => {
                for branch in branches {
                    gather(system, &branch.steps, known);
                }
            }
            Action::Branch(arms) => {
                for arm in arms {
                    gather(system, &arm.steps, known);
                }
            }
            Action::Background(steps) => gather(system, steps, known),
            _ => {}
        }
        if let Some(Fallback::Steps(steps)) = &step.policies.fallback {
            gather(system, steps, known);
        }
    }
}

fn callee(system: &System, callee: knockon_core::Callee) -> String {
    let service = &system.service(callee.service).name;
    match callee.operation {
        Some(operation) => format!("{service} / {}", system.operation(operation).name),
        None => service.clone(),
    }
}

fn name_of(system: &System, action: &Action) -> Option<String> {
    Some(match action {
        Action::Call(to) => format!("call {}", callee(system, *to)),
        Action::Query { query, .. } => {
            let service = system.service(query.service);
            let name = &service.database.queries.get(query.index())?.name;
            format!("query {} / {name}", service.name)
        }
        Action::Get { entry, .. } | Action::Put(entry) | Action::Drop(entry) => {
            let verb = match action {
                Action::Get { .. } => "get",
                Action::Put(_) => "put",
                _ => "drop",
            };
            let service = system.service(entry.service);
            let name = &service.cache.entries.get(entry.index())?.name;
            format!("{verb} {} / {name}", service.name)
        }
        _ => return None,
    })
}
