//! Which requests something happens to.

use knockon_core::{Element, OperationId, ServiceId, System};

use super::Check;

/// Requests on the way to a service. Its read replicas are a service of their own and not meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// To this service.
    pub to: ServiceId,
    /// Only for this one of its operations.
    pub operation: Option<OperationId>,
    /// Only from this service.
    pub from: Option<ServiceId>,
}

impl Traffic {
    /// All requests to a service.
    pub fn to(to: ServiceId) -> Self {
        Self { to, operation: None, from: None }
    }

    /// All requests from one service to another.
    pub fn between(from: ServiceId, to: ServiceId) -> Self {
        Self { to, operation: None, from: Some(from) }
    }

    /// All requests for an operation.
    pub fn of(operation: OperationId) -> Self {
        Self { to: operation.service, operation: Some(operation), from: None }
    }

    pub(super) fn check(&self, check: &mut Check<'_>) {
        let is_there = check.service(self.to);
        if let Some(from) = self.from {
            check.service(from);
        }
        if let Some(operation) = self.operation
            && check.operation(operation)
            && is_there
            && operation.service != self.to
        {
            let name = check.name(self.to);
            let of = &check.program.system.operation(operation).name;
            let what = format!("`{of}` is no operation of `{name}`");
            check.refuse(Element::Operation(operation), what, format!("name one of `{name}`"));
        }
    }

    /// For messages: `orders / create`, from where.
    pub(super) fn describe(&self, system: &System) -> String {
        let to = &system.service(self.to).name;
        let to = match self.operation {
            Some(id) => format!("`{to} / {}`", system.operation(id).name),
            None => format!("`{to}`"),
        };
        match self.from {
            Some(from) => format!("{to} from `{}`", system.service(from).name),
            None => to,
        }
    }
}
