//! A walk over the steps of an operation, at any depth.

use knockon_core::{Action, Fallback, Step};

/// What is known of the place of a step in its operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Whether the operation waits for it: it is not in the background.
    pub(crate) waits: bool,
    /// Whether the operation fails when it fails: the operation waits, no fallback steps in, and
    /// nothing around it says otherwise.
    pub(crate) critical: bool,
}

impl Place {
    const TOP: Self = Self { waits: true, critical: true };

    /// The place of a step here, with what the step says of itself.
    fn of(self, step: &Step) -> Self {
        use knockon_core::Criticality::Critical;
        let critical = self.critical && step.policies.criticality() == Critical;
        Self { critical, ..self }
    }
}

/// Visits every step in the order of the model. Steps lie in each other only as deep as somebody
/// wrote them, so this may recurse.
pub(crate) fn walk<'a>(steps: &'a [Step], visit: &mut impl FnMut(&'a Step, Place)) {
    walk_at(steps, Place::TOP, visit);
}

fn walk_at<'a>(steps: &'a [Step], at: Place, visit: &mut impl FnMut(&'a Step, Place)) {
    for step in steps {
        let here = at.of(step);
        visit(step, here);
        match &step.action {
            Action::Get { miss, .. } => walk_at(miss, here, visit),
            Action::Parallel(branches) => {
                for branch in branches {
                    walk_at(&branch.steps, here, visit);
                }
            }
            Action::Branch(ways) => {
                for way in ways {
                    walk_at(&way.steps, here, visit);
                }
            }
            Action::Background(steps) => {
                walk_at(steps, Place { waits: false, critical: false }, visit);
            }
            _ => {}
        }
        if let Some(Fallback::Steps(steps)) = &step.policies.fallback {
            walk_at(steps, Place { critical: false, ..at }, visit);
        }
    }
}
