//! What `git log` prints: `git log`, `--format=fuller` and the forms between, with any `--date`.
//!
//! A log does not say which service it is of; whoever hands it over does. Lines of a message are
//! indented, so that nothing in one can be taken for the header of another commit.

use std::io::BufRead;

use jiff::fmt::strtime;
use knockon_core::{Diagnostic, Place, Timestamp};

use crate::change::{ChangeKind, ChangeRecord};
use crate::codes;
use crate::file_log::FileLog;
use crate::lines::Lines;
use crate::time_format;

/// How every commit begins.
const COMMIT: &str = "commit ";

/// Whether a file begins as a log does.
pub(crate) fn is_log(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let hash = start.trim_ascii_start().strip_prefix(COMMIT.as_bytes());
    hash.is_some_and(|hash| hash.iter().take_while(|byte| byte.is_ascii_hexdigit()).count() >= 7)
}

/// A commit, as far as it is read.
struct Commit {
    place: Place,
    hash: String,
    author: Option<String>,
    /// When it was written; a rebase leaves that as it was.
    written: Option<(String, Place)>,
    /// When it became part of the history.
    committed: Option<(String, Place)>,
    subject: Option<String>,
}

/// Reads the commits of a log, each a change of the service.
pub(crate) fn read(input: impl BufRead, service: &str, log: &mut FileLog) -> Vec<ChangeRecord> {
    let mut lines = Lines::new(input);
    let mut current: Option<Commit> = None;
    let mut records = Vec::new();
    while lines.advance(log) {
        let text = lines.text();
        let whole = 0..text.len();
        if let Some(rest) = text.strip_prefix(COMMIT) {
            let hash = rest.split_whitespace().next().unwrap_or_default().to_owned();
            let place = lines.place(log.file(), whole);
            let next =
                Commit { place, hash, author: None, written: None, committed: None, subject: None };
            records.extend(current.replace(next).and_then(|commit| commit.record(service, log)));
            continue;
        }
        let Some(commit) = &mut current else {
            if !text.trim().is_empty() {
                let place = lines.place(log.file(), whole);
                log.error(|_| {
                    Diagnostic::error(codes::BAD_CHANGE, "the line belongs to no commit")
                        .at(place)
                        .help("save the log as `git log` prints it")
                });
            }
            continue;
        };
        if let Some(subject) = text.strip_prefix("    ") {
            let subject = Some(subject.trim()).filter(|it| !it.is_empty()).map(str::to_owned);
            commit.subject = commit.subject.take().or(subject);
        } else if let Some((key, value)) = text.split_once(':') {
            let value = value.trim();
            let from = text.len() - text.trim_end().len();
            let end = text.len() - from;
            let place = |lines: &Lines<_>| lines.place(log.file(), end - value.len()..end);
            match key {
                "Author" => {
                    let name = value.rsplit_once(" <").map_or(value, |(name, _)| name);
                    commit.author = Some(name.to_owned());
                }
                "Date" | "AuthorDate" => {
                    commit.written = Some((value.to_owned(), place(&lines)));
                }
                "CommitDate" => commit.committed = Some((value.to_owned(), place(&lines))),
                _ => {}
            }
        }
    }
    records.extend(current.and_then(|commit| commit.record(service, log)));
    records
}

impl Commit {
    fn record(self, service: &str, log: &mut FileLog) -> Option<ChangeRecord> {
        let Some((text, place)) = self.committed.or(self.written) else {
            let error = Diagnostic::error(codes::BAD_CHANGE, "the commit has no date");
            log.error(|_| error.at(self.place).help("save the log with `git log --format=fuller`"));
            return None;
        };
        let Some(time) = date(&text) else {
            log.error(|_| {
                Diagnostic::error(codes::BAD_TIME, format!("`{text}` is not a time"))
                    .at(place)
                    .help("save the log with `git log --date=iso-strict`")
            });
            return None;
        };
        Some(ChangeRecord {
            time,
            service: service.to_owned(),
            kind: ChangeKind::Commit,
            version: Some(self.hash).filter(|hash| !hash.is_empty()),
            by: self.author,
            summary: self.subject,
        })
    }
}

/// A date as git writes it: its own form, ISO 8601 loose or strict, RFC 2822, seconds.
fn date(text: &str) -> Option<Timestamp> {
    const FORMS: [&str; 3] =
        ["%a %b %d %H:%M:%S %Y %z", "%Y-%m-%d %H:%M:%S %z", "%a, %d %b %Y %H:%M:%S %z"];
    let written = |form: &&str| strtime::parse(form, text).ok()?.to_timestamp().ok();
    if let Some(moment) = FORMS.iter().find_map(written) {
        return Timestamp::RANGE_UNIX_MS
            .contains(&moment.as_millisecond())
            .then(|| Timestamp::from_unix_ms(moment.as_millisecond()));
    }
    // `--date=raw` adds an offset, which changes nothing about the moment.
    let seconds = text.split_once(' ').filter(|(first, rest)| {
        first.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with(['+', '-'])
    });
    time_format::parse(seconds.map_or(text, |(seconds, _)| seconds)).map(|parsed| parsed.time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_git_writes_them() {
        const NOON: i64 = 1_767_268_800_000;
        let check = |text: &str, expected: Option<i64>| {
            assert_eq!(date(text).map(|time| time.unix_ms), expected, "{text}");
        };
        check("Thu Jan 1 14:00:00 2026 +0200", Some(NOON));
        check("2026-01-01 14:00:00 +0200", Some(NOON));
        check("2026-01-01T14:00:00+02:00", Some(NOON));
        check("Thu, 1 Jan 2026 14:00:00 +0200", Some(NOON));
        check("1767268800", Some(NOON));
        check("1767268800 +0200", Some(NOON));
        check("2 hours ago", None);
        check("", None);
    }
}
