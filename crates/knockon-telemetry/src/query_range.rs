//! Metrics as Prometheus answers `/api/v1/query_range` and `/api/v1/query`.
//!
//! An answer is one line of JSON that may be hundreds of megabytes, so it is taken sample by sample
//! and never as a tree. `jq` puts keys in another order than Prometheus, so no key is relied on to
//! come before another.

use std::io::BufRead;

use knockon_core::{Diagnostic, Place};
use serde::de::{IgnoredAny, MapAccess};

use crate::codes;
use crate::counters::Kind;
use crate::intake::{Incoming, Intake};
use crate::json_list::{JsonList, ListSeed};
use crate::json_scalar::{LabelsSeed, ScalarSeed, read_document};
use crate::json_trail::Trail;
use crate::query_samples::{SampleSeed, SampleSink, Sampled, SamplesSeed};
use crate::series::Labels;

/// Reads metrics from an answer of Prometheus.
pub(crate) fn read(input: impl BufRead, intake: &mut Intake<'_>) {
    let file = intake.log.file().to_owned();
    let trail = Trail::new(input);
    let mut answer = Answer {
        trail: &trail,
        file: &file,
        intake,
        status: None,
        error_type: None,
        error: None,
        has_result: false,
        not_series: false,
        unnamed: 0,
    };
    let read = read_document(&trail, &file, ListSeed(&mut answer));
    answer.finish(read.err());
}

/// What is known of an answer.
struct Answer<'t, 'i, 'a, R> {
    trail: &'t Trail<R>,
    file: &'t str,
    intake: &'i mut Intake<'a>,
    status: Option<String>,
    error_type: Option<String>,
    error: Option<String>,
    has_result: bool,
    /// The result is a scalar or a string.
    not_series: bool,
    /// How many series have no metric name.
    unnamed: usize,
}

impl<R: BufRead> Answer<'_, '_, '_, R> {
    fn finish(self, broken: Option<Box<Diagnostic>>) {
        let place = Place::whole_file(self.file);
        let part = self.intake.part();
        let log = &mut *self.intake.log;
        if let Some(broken) = broken {
            log.error(|_| *broken);
        } else if self.status.as_deref() == Some("error") {
            let words: Vec<String> = [self.error_type, self.error].into_iter().flatten().collect();
            let message = format!("Prometheus answered with an error: {}", words.join(": "));
            log.error(|_| {
                Diagnostic::error(codes::SERVER_ERROR, message)
                    .at(place)
                    .help("mend the query and save its answer again")
            });
        } else if self.not_series {
            log.error(|_| {
                Diagnostic::error(codes::NOT_SERIES, "the result is one value and no series")
                    .at(place)
                    .help("query an instant vector over a range: /api/v1/query_range")
            });
        } else if !self.has_result {
            log.error(|_| {
                Diagnostic::error(codes::BAD_JSON, "there is no query result in it")
                    .at(place)
                    .help("save the whole answer of /api/v1/query_range")
            });
        } else if self.unnamed > 0 {
            log.error(|_| {
                unnamed(self.unnamed).at(place).help(format!(
                    "an expression has no name of its own: name the file `{part}.<metric>.json`, as in `{part}.p99_latency.json`"
                ))
            });
        }
    }

    fn sink<'s>(&'s mut self, samples: &'s mut Incoming, what: Sampled) -> SampleSink<'s, R> {
        SampleSink { trail: self.trail, log: self.intake.log, samples, what }
    }

    fn take_series(&mut self, mut labels: Labels, samples: Incoming) {
        let name = labels.remove("__name__");
        let metric = name.or_else(|| self.intake.default_metric.clone());
        let Some(metric) = metric else {
            self.unnamed += 1;
            return;
        };
        let incoming = self.intake.open(&metric, labels, Kind::Unknown);
        self.intake.close(incoming.with_samples_of(samples));
    }
}

/// The error of series without a name.
pub(crate) fn unnamed(count: usize) -> Diagnostic {
    let subject = if count == 1 {
        "1 series does not say which metric it is".to_owned()
    } else {
        format!("{count} series do not say which metric they are")
    };
    Diagnostic::error(codes::NO_METRIC_NAME, subject)
}

/// The answer, or the `data` in it, or the list of series alone.
impl<R: BufRead> JsonList for Answer<'_, '_, '_, R> {
    const LIST: &'static str = "an answer of Prometheus";
    const ELEMENT: &'static str = "a series";

    fn begin(&mut self) {
        self.has_result = true;
    }

    /// A scalar and a string are a time and a value where others have series.
    fn takes_scalar(&mut self) -> bool {
        self.not_series = true;
        true
    }

    fn around<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let mut text = || map.next_value_seed(ScalarSeed).map(|(value, _)| value.text());
        match key {
            "data" | "result" => map.next_value_seed(ListSeed(self))?,
            "status" => self.status = text()?,
            "errorType" => self.error_type = text()?,
            "error" => self.error = text()?,
            "warnings" => {
                for warning in map.next_value::<Vec<String>>()? {
                    let message = format!("Prometheus warned: {warning}");
                    let note = Diagnostic::warning(codes::SERVER_WARNING, message);
                    self.intake.log.note(note.at(Place::whole_file(self.file)));
                }
            }
            _ => map.next_value::<IgnoredAny>().map(drop)?,
        }
        Ok(())
    }

    fn element<'de, A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        let mut labels = Labels::new();
        let mut samples = self.intake.nameless();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "metric" => labels = map.next_value_seed(LabelsSeed)?,
                "values" | "histograms" => {
                    let sink = self.sink(&mut samples, Sampled::under(&key));
                    map.next_value_seed(SamplesSeed(sink))?;
                }
                "value" | "histogram" => {
                    let sink = self.sink(&mut samples, Sampled::under(&key));
                    map.next_value_seed(SampleSeed(sink))?;
                }
                _ => map.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        self.take_series(labels, samples);
        Ok(())
    }
}
