//! A body of remote write that was saved as a file.

use std::io::{BufRead, Read};

use knockon_core::{Diagnostic, Place};
use knockon_promql::{METRIC_NAME, special};

use super::{BadBody, MESSAGE_BYTES_MAX, Protocol, Request, decode_message, unpack};
use crate::codes;
use crate::counters::Kind;
use crate::file_log::Survived;
use crate::intake::Intake;
use crate::series::Labels;

/// Reads a body of either version; a file does not say which, but its message does.
pub(crate) fn read(input: impl BufRead, intake: &mut Intake<'_>) {
    let mut body = Vec::new();
    // A block may be a little longer than what it unpacks to.
    let limit = snap::raw::max_compress_len(MESSAGE_BYTES_MAX) as u64;
    let read = input.take(limit + 1).read_to_end(&mut body);
    match read {
        Err(error) => intake.log.unreadable(&error),
        Ok(bytes) if bytes as u64 > limit => refuse(&BadBody::TooLong { bytes }, intake),
        Ok(_) => {
            let decoded = unpack(&body)
                .and_then(|message| decode_message(&message, Protocol::of_message(&message)));
            match decoded {
                Ok(request) => take(request, intake),
                Err(error) => refuse(&error, intake),
            }
        }
    }
}

fn refuse(error: &BadBody, intake: &mut Intake<'_>) {
    let help = "save the body of a request to /api/v1/write as it was sent";
    intake.log.file_error(codes::BAD_REMOTE_WRITE, error.to_string(), help);
}

fn take(request: Request, intake: &mut Intake<'_>) {
    let whole_file = |file: &str| Place::whole_file(file);
    let unshown = request.refused.saturating_sub(request.mistakes.len());
    for mistake in request.mistakes {
        intake.log.error(|file| {
            Diagnostic::error(codes::BAD_REMOTE_WRITE, mistake).at(Place::whole_file(file))
        });
    }
    for _ in 0..unshown {
        intake.log.error(|file| {
            let message = "a series has labels that cannot be";
            Diagnostic::error(codes::BAD_REMOTE_WRITE, message).at(Place::whole_file(file))
        });
    }
    for (name, family) in request.families.iter() {
        intake.describe(name, |known| known.clone_from(family));
    }
    for series in request.series {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let mut labels: Labels = series.labels.iter().map(owned).collect();
        let name = labels.remove(METRIC_NAME).or_else(|| intake.default_metric.clone());
        let incoming = intake.open(&name.unwrap_or_default(), labels, Kind::Unknown);
        for (_, value) in &series.samples {
            if special::is_native_histogram(*value) {
                intake.log.survived(Survived::MarkedHistogram, whole_file);
            }
        }
        let incoming = incoming.with_pairs(series.samples, intake.log, whole_file);
        intake.close(incoming);
    }
}
