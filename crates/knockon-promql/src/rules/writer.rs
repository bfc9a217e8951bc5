//! The series that a rule writes, and the markers of those that it no longer writes.

use std::collections::BTreeSet;

use crate::labels::Labels;
use crate::special::STALE;
use crate::store::{NotAppended, Store};

/// What a rule wrote in its last evaluation.
#[derive(Debug, Clone, Default)]
pub(super) struct Writer {
    written: BTreeSet<Labels>,
}

impl Writer {
    /// Writes samples of one moment, and ends the series that were written last time and are not now.
    /// What the store did not take is told last; the others are written in any case.
    pub(super) fn write(
        &mut self,
        store: &mut Store,
        time_ms: i64,
        samples: impl IntoIterator<Item = (Labels, f64)>,
    ) -> Result<(), NotAppended> {
        let mut result = Ok(());
        let mut written = BTreeSet::new();
        for (labels, value) in samples {
            let id = store.open(&labels);
            match store.append(id, time_ms, value) {
                Ok(()) => {
                    written.insert(labels);
                }
                Err(error) => result = Err(error),
            }
        }
        for gone in self.written.difference(&written) {
            let id = store.open(gone);
            // Another rule may write the same series; Prometheus does not mind either.
            let _ = store.append(id, time_ms, STALE);
        }
        self.written = written;
        result
    }
}
