//! Alerts that do not arrive, and alerts about something else.

use knockon_core::Timestamp;
use knockon_sim::random::Stream;
use knockon_telemetry::{Alert, Labels};

use super::{between, calm, onset, pick, times};
use crate::evaluate::case::Case;

/// Names of alerts that fire every day somewhere, as kubernetes-mixin and node-mixin have them, and
/// of two that people write themselves.
const NOISE: &[&str] = &[
    "KubePodCrashLooping",
    "CPUThrottlingHigh",
    "KubeContainerWaiting",
    "NodeFilesystemAlmostOutOfSpace",
    "KubeHpaMaxedOut",
    "TargetDown",
    "HighErrorRate",
    "HighLatency",
];

/// So long before and after the onset noise fires, in seconds.
const AROUND_S: f64 = 600.0;

/// Each alert is dropped with a probability.
pub(super) fn drop(case: &mut Case, share: f64, stream: &mut Stream) {
    case.evidence.alerts.retain(|_| !stream.bernoulli(share));
}

/// Adds alerts on services without trouble, in the time that is looked at.
pub(super) fn add_noise(case: &mut Case, count: f64, stream: &mut Stream) {
    let (Some(onset), calm) = (onset(case), calm(case)) else { return };
    let first = case.evidence.first_moment().unwrap_or(onset);
    let last = case.options.at.or_else(|| case.evidence.last_moment()).unwrap_or(onset);
    for _ in times(count) {
        let service = pick(&calm, stream);
        let name = pick(NOISE, stream).unwrap_or_default();
        let starts_at = onset + between(-AROUND_S, AROUND_S, stream);
        let Some(service) = service else { return };
        case.evidence.alerts.push(noise(name, service, starts_at.min(last).max(first)));
    }
    case.evidence.alerts.sort_by_key(|alert| alert.starts_at);
}

fn noise(name: &str, service: knockon_core::ServiceId, starts_at: Timestamp) -> Alert {
    Alert {
        name: name.to_owned(),
        service,
        peer: None,
        severity: Some("warning".to_owned()),
        starts_at,
        ends_at: None,
        labels: Labels::new(),
        annotations: Labels::new(),
    }
}
