//! Scrapes that are lost: of a network that drops packets, or a target that answers too late.

use knockon_sim::random::{Stream, bernoulli, hash};
use knockon_telemetry::Samples;

use crate::evaluate::case::Case;

/// Loses each scrape of each service with a probability, all its samples with it.
pub(super) fn lose(case: &mut Case, share: f64, stream: &mut Stream) {
    let key = stream.next_u64();
    for series in &mut case.evidence.series {
        let service = series.service.index() as u64;
        let is_lost = |ms: i64| bernoulli(hash(&[key, service, ms.cast_unsigned()]), share);
        for samples in [&mut series.samples, &mut series.baseline] {
            let all = samples.unix_ms().iter().copied().zip(samples.values().iter().copied());
            *samples = Samples::from_pairs(all.filter(|(ms, _)| !is_lost(*ms)).collect());
        }
    }
}
