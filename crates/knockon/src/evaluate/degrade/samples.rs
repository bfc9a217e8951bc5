//! Scrapes that are lost: of a network that drops packets, or a target that answers too late.

use knockon_core::ServiceId;
use knockon_sim::random::{Stream, bernoulli, hash};
use knockon_telemetry::Samples;

use crate::evaluate::case::Case;

/// Loses each scrape of each service with a probability, all its samples with it.
pub(super) fn lose(case: &mut Case, share: f64, stream: &mut Stream) {
    let key = stream.next_u64();
    let is_lost = |service: ServiceId, ms: i64| {
        bernoulli(hash(&[key, service.index() as u64, ms.cast_unsigned()]), share)
    };
    let lose = |service: ServiceId, samples: &mut Samples| {
        let all = samples.unix_ms().iter().copied().zip(samples.values().iter().copied());
        *samples = Samples::from_pairs(all.filter(|(ms, _)| !is_lost(service, *ms)).collect());
    };
    for series in &mut case.evidence.series {
        lose(series.service, &mut series.samples);
        lose(series.service, &mut series.baseline);
    }
    // Lines of logs are lost with the metrics of their interval.
    for template in &mut case.evidence.logs.templates {
        lose(template.service, &mut template.lines);
    }
}
