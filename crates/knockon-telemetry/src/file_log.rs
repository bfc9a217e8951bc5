//! What reading one file brought to light: mistakes, and what was survived.
//!
//! A broken export repeats its mistake on every line, so mistakes are shown up to a limit and then
//! counted, and what is survived is one note a kind with a count and its first place.

use std::collections::BTreeMap;
use std::io;

use knockon_core::{Code, Diagnostic, Place};

use crate::codes;
use crate::evidence::{Evidence, Unplaced};

/// How many mistakes of one file are shown one by one.
pub(crate) const ERRORS_SHOWN_MAX: usize = 20;

/// Something a reader copes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Survived {
    Gap,
    Infinite,
    DuplicateTime,
    UnorderedTime,
    NaiveTime,
    NativeHistogram,
    MarkedHistogram,
    DuplicateAlert,
    PendingAlert,
    AlertEndsEarly,
    NoChange,
    OtherEnvironment,
    UntimedLine,
    UntimedSpan,
}

impl Survived {
    /// The note about `count` of them.
    fn note(self, count: usize) -> Diagnostic {
        let (code, one, many) = self.wording();
        let words = if count == 1 { one } else { many };
        let note = Diagnostic::note(code, format!("{count} {words}"));
        let with_quantile = "export `histogram_quantile(0.99, …)` of it with query_range instead";
        match self {
            Self::NaiveTime => {
                note.help("write the offset (2026-01-01T12:00:00+02:00) when it is not UTC")
            }
            Self::NativeHistogram => note.help(with_quantile),
            // Not only worth knowing: a query will fail because of it.
            Self::MarkedHistogram => {
                Diagnostic::warning(note.code, note.message).help(with_quantile)
            }
            Self::UntimedLine => note.help("kubectl logs writes one with `--timestamps`"),
            _ => note,
        }
    }

    /// The code, and what follows the count when there is one and when there are many.
    #[expect(clippy::too_many_lines, reason = "it is a table")]
    fn wording(self) -> (Code, &'static str, &'static str) {
        match self {
            Self::Gap => (
                codes::GAPS,
                "cell has no value; read as a gap",
                "cells have no value; read as gaps",
            ),
            Self::Infinite => (
                codes::INFINITE_VALUES,
                "value is infinite; read as a gap",
                "values are infinite; read as gaps",
            ),
            Self::DuplicateTime => (
                codes::DUPLICATE_TIMES,
                "sample has the time of the one before it; one of them counts",
                "samples have the time of the one before them; one of them counts",
            ),
            Self::UnorderedTime => (
                codes::UNORDERED_TIMES,
                "sample is earlier than the one before it; put in order",
                "samples are earlier than the one before them; put in order",
            ),
            Self::NaiveTime => (
                codes::NAIVE_TIMES,
                "time has no offset; read as UTC",
                "times have no offset; read as UTC",
            ),
            Self::NativeHistogram => (
                codes::NATIVE_HISTOGRAMS,
                "native histogram sample is left out",
                "native histogram samples are left out",
            ),
            Self::MarkedHistogram => (
                codes::MARKED_HISTOGRAMS,
                "native histogram sample is not read; a query that meets it is refused",
                "native histogram samples are not read; a query that meets them is refused",
            ),
            Self::DuplicateAlert => (
                codes::DUPLICATE_ALERTS,
                "alert repeats another's labels and start; merged",
                "alerts repeat another's labels and start; merged",
            ),
            Self::PendingAlert => (
                codes::PENDING_ALERTS,
                "alert is pending, not firing; left out",
                "alerts are pending, not firing; left out",
            ),
            Self::AlertEndsEarly => (
                codes::ALERT_ENDS_EARLY,
                "alert ends before it starts; its end is left out",
                "alerts end before they start; their ends are left out",
            ),
            Self::NoChange => (
                codes::NO_CHANGE,
                "event changed nothing that runs; passed over",
                "events changed nothing that runs; passed over",
            ),
            Self::OtherEnvironment => (
                codes::OTHER_ENVIRONMENT,
                "event is of another environment than production; passed over",
                "events are of other environments than production; passed over",
            ),
            Self::UntimedLine => (
                codes::UNTIMED_LINES,
                "line does not begin with a time or has none; left out",
                "lines do not begin with a time or have none; left out",
            ),
            Self::UntimedSpan => (
                codes::UNTIMED_SPANS,
                "span has no start or no end; left out",
                "spans have no start or no end; left out",
            ),
        }
    }
}

/// `1 cell`, `2 cells`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// The log of one file.
#[derive(Debug)]
pub(crate) struct FileLog {
    file: String,
    errors: Vec<Diagnostic>,
    unshown: usize,
    notes: Vec<Diagnostic>,
    survived: BTreeMap<Survived, (usize, Place)>,
    unplaced: BTreeMap<String, usize>,
}

impl FileLog {
    pub(crate) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            errors: Vec::new(),
            unshown: 0,
            notes: Vec::new(),
            survived: BTreeMap::new(),
            unplaced: BTreeMap::new(),
        }
    }

    /// The file, as the user would name it.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// Records a mistake; it is put into words only if it will be shown.
    pub(crate) fn error(&mut self, diagnostic: impl FnOnce(&str) -> Diagnostic) {
        if self.errors.len() < ERRORS_SHOWN_MAX {
            self.errors.push(diagnostic(&self.file));
        } else {
            self.unshown += 1;
        }
    }

    /// Records a mistake that concerns the file as a whole.
    pub(crate) fn file_error(&mut self, code: Code, message: impl Into<String>, help: &str) {
        self.error(|file| Diagnostic::error(code, message).at(Place::whole_file(file)).help(help));
    }

    /// Records that the file could not be read to its end.
    pub(crate) fn unreadable(&mut self, error: &io::Error) {
        self.error(|file| {
            Diagnostic::error(codes::UNREADABLE_FILE, format!("cannot be read: {error}"))
                .at(Place::whole_file(file))
        });
    }

    /// Records something worth knowing about the file.
    pub(crate) fn note(&mut self, note: Diagnostic) {
        self.notes.push(note);
    }

    /// Counts something that was survived; its place is kept for the first.
    pub(crate) fn survived(&mut self, what: Survived, place: impl FnOnce(&str) -> Place) {
        if let Some((count, _)) = self.survived.get_mut(&what) {
            *count += 1;
        } else {
            let first = place(&self.file);
            self.survived.insert(what, (1, first));
        }
    }

    /// Counts something that belongs to no service.
    pub(crate) fn unplaced(&mut self, name: &str) {
        *self.unplaced.entry(name.to_owned()).or_default() += 1;
    }

    /// The names that belong to no service, in alphabetical order.
    pub(crate) fn unplaced_names(&self) -> impl Iterator<Item = &str> {
        self.unplaced.keys().map(String::as_str)
    }

    /// Whether anything was refused.
    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Hands everything on.
    pub(crate) fn finish(mut self, evidence: &mut Evidence, diagnostics: &mut Vec<Diagnostic>) {
        if let (true, Some(last)) = (self.unshown > 0, self.errors.last()) {
            let mut more = Diagnostic::error(
                codes::MORE_LIKE_THESE,
                format!("… and {} more like these", self.unshown),
            );
            more.place = last.place.as_ref().map(|_| Place::whole_file(&self.file));
            self.errors.push(more);
        }
        diagnostics.append(&mut self.errors);
        evidence.notes.append(&mut self.notes);
        for (what, (count, place)) in self.survived {
            let mut note = what.note(count);
            note.place = Some(place);
            evidence.notes.push(note);
        }
        let file = self.file;
        evidence.unplaced.extend(self.unplaced.into_iter().map(|(name, count)| Unplaced {
            name,
            file: file.clone(),
            count,
        }));
    }

    /// Hands mistakes and then notes on, where no evidence is made.
    pub(crate) fn finish_series(self, diagnostics: &mut Vec<Diagnostic>) {
        let mut evidence = Evidence::default();
        self.finish(&mut evidence, diagnostics);
        diagnostics.append(&mut evidence.notes);
    }

    /// The mistakes so far, one line each.
    #[cfg(test)]
    pub(crate) fn error_lines(&self) -> Vec<String> {
        self.errors.iter().map(ToString::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_mistakes_is_counted_past_the_limit() {
        let mut log = FileLog::new("f");
        for _ in 0..ERRORS_SHOWN_MAX + 3 {
            log.error(|_| Diagnostic::error(codes::BAD_VALUE, "x"));
        }
        let mut diagnostics = Vec::new();
        log.finish(&mut Evidence::default(), &mut diagnostics);
        assert_eq!(diagnostics.len(), ERRORS_SHOWN_MAX + 1);
        let last = diagnostics.last().unwrap();
        assert_eq!(last.to_string(), "error[K0219]: … and 3 more like these");
    }

    #[test]
    fn what_is_survived_is_one_note_with_a_count_and_the_first_place() {
        let mut log = FileLog::new("f");
        for line in 2..5 {
            log.survived(Survived::Gap, |file| Place::new(file, line, 1, 1, ""));
        }
        log.survived(Survived::Infinite, |file| Place::new(file, 9, 1, 1, ""));
        let mut evidence = Evidence::default();
        log.finish(&mut evidence, &mut Vec::new());
        let notes: Vec<_> = evidence.notes.iter().map(ToString::to_string).collect();
        assert_eq!(
            notes,
            [
                "f:2:1: note[K0231]: 3 cells have no value; read as gaps",
                "f:9:1: note[K0232]: 1 value is infinite; read as a gap",
            ]
        );
    }
}
