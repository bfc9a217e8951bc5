//! Work that takes longer than the model says.

use crate::pending::Pending;
use crate::program::Instruction;

use super::super::Run;

/// What the own work of an operation is multiplied with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Work {
    pub(crate) origin: u32,
    pub(crate) operation: u32,
    /// What uses the processor.
    pub(crate) cpu: f64,
    /// What only takes time.
    pub(crate) wait: f64,
}

impl<Q: Pending> Run<Q> {
    /// The own work of operations takes longer or shorter from here on; several factors multiply.
    pub(crate) fn set_work(&mut self, origin: u32, operations: &[u32], cpu: f64, wait: f64) {
        if self.levers.times.is_empty() {
            self.levers.times = self.program.times.iter().map(|of| of.time).collect();
        }
        self.levers.work.retain(|it| it.origin != origin);
        let work = operations.iter().map(|it| Work { origin, operation: *it, cpu, wait });
        self.levers.work.extend(work);
        for operation in operations {
            self.reckon_work(*operation);
        }
    }

    pub(super) fn release_work(&mut self, origin: u32) {
        let before = std::mem::take(&mut self.levers.work);
        let (gone, left): (Vec<_>, Vec<_>) = before.into_iter().partition(|it| it.origin == origin);
        self.levers.work = left;
        for work in gone {
            self.reckon_work(work.operation);
        }
    }

    fn reckon_work(&mut self, operation: u32) {
        let (mut cpu, mut wait) = (1.0, 1.0);
        for work in self.levers.work.iter().filter(|it| it.operation == operation) {
            cpu *= work.cpu;
            wait *= work.wait;
        }
        // The instructions of an operation come before those of the next.
        let at = operation as usize;
        let begin = self.program.operations[at].entry as usize;
        let next = self.program.operations.get(at + 1);
        let end = next.map_or(self.program.code.len(), |next| next.entry as usize);
        for instruction in &self.program.code[begin..end] {
            let (time, factor) = match instruction {
                Instruction::Compute(time) => (*time as usize, cpu),
                Instruction::Wait(time) => (*time as usize, wait),
                _ => continue,
            };
            let base = self.levers.times[time];
            // Times 1 is exact but for log-normal times, whose logarithm grows by nothing.
            self.program.times[time].time = base.times(factor);
        }
    }
}
