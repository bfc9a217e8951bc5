//! Where the parts of a model that have ids are in the tables.

use knockon_core::{OperationId, QueueId, ServiceId, StepId};

use super::compile::service_index;
use super::tables::{NONE, Program};

impl Program {
    /// The table of a service; none when there is no such service.
    pub(crate) fn find_service(&self, id: ServiceId) -> Option<u32> {
        (id.index() < self.system.services().len()).then(|| service_index(id))
    }

    /// The table of an operation; none when there is no such operation.
    pub(crate) fn find_operation(&self, id: OperationId) -> Option<u32> {
        let service = self.system.services().get(id.service.index())?;
        let first = self.services[id.service.index()].operations.start;
        (id.index() < service.operations.len())
            .then(|| first + u32::try_from(id.index()).unwrap_or(NONE))
    }

    /// The table of a queue; none when there is no such queue.
    pub(crate) fn find_queue(&self, id: QueueId) -> Option<u32> {
        let service = self.system.services().get(id.service.index())?;
        let broker = service_index(id.service);
        let first = self.queues.iter().position(|queue| queue.broker == broker)?;
        (id.index() < service.broker.queues.len())
            .then(|| u32::try_from(first + id.index()).unwrap_or(NONE))
    }

    /// The table of a branch; none when the step is none.
    pub(crate) fn find_choice(&self, step: StepId) -> Option<u32> {
        let at = self.choices.iter().position(|choice| choice.step == step)?;
        u32::try_from(at).ok()
    }

    /// The pool that a service keeps to another.
    pub(crate) fn find_pool(&self, service: u32, to: u32) -> Option<u32> {
        let pools = &self.services[service as usize].pools;
        u32::try_from(pools.iter().position(|pool| pool.to == to)?).ok()
    }
}
