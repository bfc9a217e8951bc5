//! Clocks that are wrong: what a service reports of itself is stamped too early or too late. Evidence
//! of one moment only, as of a data set that records no times, stays as it is.

use knockon_core::{DurationMs, ServiceId, Timestamp};
use knockon_sim::random::Stream;
use knockon_telemetry::Samples;

use super::between;
use crate::evaluate::case::Case;

/// This share of the services has a clock that is wrong.
const WRONG: f64 = 0.5;

/// Sets the clocks of half of the services wrong, by up to so many seconds to either side.
pub(super) fn skew(case: &mut Case, seconds: f64, stream: &mut Stream) {
    if case.evidence.first_moment() == case.evidence.last_moment() {
        return;
    }
    let mut by = |_| {
        let (is_wrong, by) = (stream.bernoulli(WRONG), between(-seconds, seconds, stream));
        if is_wrong { by } else { DurationMs { ms: 0 } }
    };
    let skews: Vec<DurationMs> = case.system.service_ids().map(&mut by).collect();
    let shift = |service: ServiceId, time: &mut Timestamp| *time = *time + skews[service.index()];
    let evidence = &mut case.evidence;
    for series in &mut evidence.series {
        let by = skews[series.service.index()].ms;
        let all = series.samples.unix_ms().iter().map(|ms| ms + by);
        let values = series.samples.values().iter().copied();
        series.samples = Samples::from_pairs(all.zip(values).collect());
    }
    for alert in &mut evidence.alerts {
        shift(alert.service, &mut alert.starts_at);
        alert.ends_at.iter_mut().for_each(|end| shift(alert.service, end));
    }
    for change in &mut evidence.changes {
        change.service.iter().for_each(|service| shift(*service, &mut change.time));
    }
    evidence.alerts.sort_by_key(|alert| alert.starts_at);
    evidence.changes.sort_by_key(|change| change.time);
}
