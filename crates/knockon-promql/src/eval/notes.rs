//! What was noticed on the way: things that are likely or perhaps wrong.

/// Notes, each once, in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Notes {
    warnings: Vec<(usize, String)>,
    infos: Vec<(usize, String)>,
}

impl Notes {
    pub(super) fn warn(&mut self, at: usize, message: String) {
        add(&mut self.warnings, at, message);
    }

    pub(super) fn inform(&mut self, at: usize, message: String) {
        add(&mut self.infos, at, message);
    }

    /// Warnings and infos as Prometheus words them, with line and column.
    pub(super) fn texts(&self, query: &str) -> (Vec<String>, Vec<String>) {
        let text = |sort: &'static str| {
            move |(at, message): &(usize, String)| {
                let before = &query[..*at];
                let line = before.matches('\n').count() + 1;
                let column = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1) + 1;
                format!("PromQL {sort}: {message} ({line}:{column})")
            }
        };
        let warnings = self.warnings.iter().map(text("warning")).collect();
        (warnings, self.infos.iter().map(text("info")).collect())
    }
}

fn add(notes: &mut Vec<(usize, String)>, at: usize, message: String) {
    let note = (at, message);
    if !notes.contains(&note) {
        notes.push(note);
    }
}
