//! What people would find in a change log: the first thing they look at in an incident.

use knockon_core::{Action, Fallback, ServiceId, Step, StepId, System};

/// What sort of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// Other code, or the same code started anew.
    Deploy,
    /// A setting: a limit, a timeout, a target.
    Configuration,
    /// Another number of replicas.
    Scale,
    /// A feature turned on or off.
    Flag,
    /// The policy of a queue.
    Policy,
}

impl ChangeKind {
    /// The word for it in a change log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Configuration => "configuration",
            Self::Scale => "scale",
            Self::Flag => "flag",
            Self::Policy => "policy",
        }
    }
}

/// An entry of a change log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What sort of change.
    pub kind: ChangeKind,
    /// What was changed.
    pub service: ServiceId,
    /// What an entry would say.
    pub text: String,
    /// The version that it brought, if it brought one.
    pub version: Option<String>,
}

impl Change {
    pub(crate) fn new(kind: ChangeKind, service: ServiceId, text: impl Into<String>) -> Self {
        Self { kind, service, text: text.into(), version: None }
    }
}

impl Change {
    /// The roll-out of a version.
    pub(crate) fn deploy(service: ServiceId, version: &str) -> Self {
        let change = Self::new(ChangeKind::Deploy, service, format!("version {version}"));
        Self { version: Some(version.to_owned()), ..change }
    }
}

/// The service whose step it is.
pub(crate) fn owner_of(system: &System, step: StepId) -> Option<ServiceId> {
    let mut operations = system.operation_ids();
    let owner = operations.find(|id| is_among(&system.operation(*id).steps, step))?;
    Some(owner.service)
}

fn is_among(steps: &[Step], wanted: StepId) -> bool {
    steps.iter().any(|step| {
        let inside = match &step.action {
            Action::Get { miss, .. } => is_among(miss, wanted),
            Action::Saga(saga) => saga.steps.iter().any(|part| part.id == wanted),
            Action::Parallel(branches) => branches.iter().any(|it| is_among(&it.steps, wanted)),
            Action::Branch(arms) => arms.iter().any(|it| is_among(&it.steps, wanted)),
            Action::Background(steps) => is_among(steps, wanted),
            _ => false,
        };
        let instead = match &step.policies.fallback {
            Some(Fallback::Steps(steps)) => is_among(steps, wanted),
            Some(Fallback::Skip) | None => false,
        };
        step.id == wanted || inside || instead
    })
}
