//! Times and lengths of time on the command line.

use knockon_core::{Diagnostic, Timestamp};
use knockon_promql::duration_ms;
use knockon_telemetry::{format_time, parse_time};

use crate::codes;
use crate::metrics::Metrics;

/// Reads times and lengths that flags give, and keeps what is wrong with them.
#[derive(Debug, Default)]
pub struct Moments {
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

impl Moments {
    /// A moment, if the flag was given.
    pub fn time(&mut self, flag: &str, text: Option<&str>) -> Option<Timestamp> {
        let text = text?;
        let time = parse_time(text);
        if time.is_none() {
            let help = "write RFC 3339 (2026-03-01T03:10:00Z) or Unix seconds (1772334600)";
            self.wrong(format!("`{flag} {text}` is not a time"), help);
        }
        time
    }

    /// A length of time as Prometheus writes it, in milliseconds; more than none.
    pub fn length_ms(&mut self, flag: &str, text: &str) -> Option<i64> {
        let length = duration_ms(text).filter(|length| *length > 0);
        if length.is_none() {
            let help = "write it as Prometheus does: 15s, 1m, 1h30m";
            self.wrong(format!("`{flag} {text}` is not a length of time"), help);
        }
        length
    }

    /// Tells if a stretch of time ends before it begins.
    pub fn in_order(&mut self, first: (&str, Option<Timestamp>), last: (&str, Option<Timestamp>)) {
        if let (Some(from), Some(to)) = (first.1, last.1)
            && from > to
        {
            let (from, to) = (format_time(from), format_time(to));
            let message = format!("`{}` {from} is after `{}` {to}", first.0, last.0);
            self.diagnostics.push(Diagnostic::error(codes::BAD_TIME, message));
        }
    }

    /// A stretch of time within metrics: as flags say, or from the first sample to the last.
    pub fn stretch(
        &mut self,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        metrics: &Metrics,
    ) -> (i64, i64) {
        let from_ms = from.map_or(metrics.first_ms, |from| from.unix_ms);
        let to_ms = to.map_or(metrics.last_ms, |to| to.unix_ms);
        if from_ms > to_ms {
            let (first, last) = (shown(metrics.first_ms), shown(metrics.last_ms));
            let what = match (from, to) {
                (Some(_), None) => format!("`--from` {} is after the last sample", shown(from_ms)),
                _ => format!("`--to` {} is before the first sample", shown(to_ms)),
            };
            self.wrong(what, &format!("the metrics are from {first} to {last}"));
        }
        (from_ms, to_ms)
    }

    /// Tells if there would be more evaluations than anybody waits for.
    pub fn not_too_often(&mut self, from_ms: i64, to_ms: i64, interval_ms: i64) {
        const MOST: i64 = 1_000_000;
        let count = to_ms.saturating_sub(from_ms) / interval_ms;
        if count > MOST {
            let what = format!(
                "from {} to {} there would be {count} evaluations, more than {MOST}",
                shown(from_ms),
                shown(to_ms)
            );
            self.wrong(
                what,
                "evaluate a shorter time (`--from`, `--to`) or less often (`--interval`)",
            );
        }
    }

    fn wrong(&mut self, message: String, help: &str) {
        self.diagnostics.push(Diagnostic::error(codes::BAD_TIME, message).help(help));
    }
}

/// A moment of samples as people read it.
pub fn shown(time_ms: i64) -> String {
    format_time(Timestamp::from_unix_ms(time_ms))
}
