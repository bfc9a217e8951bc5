//! What the users of a journey were promised, and what of it was not kept.

use knockon_core::{Journey, Share, Slo};
use knockon_sim::clock::nanos;
use knockon_sim::summary::{JourneyFigures, Quantiles};

use super::Simulation;

/// What can be promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Promise {
    /// So many of the attempts succeed.
    Success,
    /// Half of the answers are faster.
    P50,
    /// 95 of 100 are faster.
    P95,
    /// 99 of 100 are faster.
    P99,
    /// The last stage is reached in time.
    Within,
}

impl Promise {
    pub(super) const ALL: [Self; 5] =
        [Self::Success, Self::P50, Self::P95, Self::P99, Self::Within];

    /// Its key in the model and in JSON.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::P50 => "p50",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Within => "within",
        }
    }

    /// What is promised: a share, or nanoseconds.
    pub(super) fn bound(self, slo: &Slo) -> Option<f64> {
        let time = match self {
            Self::Success => return slo.success.map(Share::fraction),
            Self::P50 => slo.p50,
            Self::P95 => slo.p95,
            Self::P99 => slo.p99,
            Self::Within => slo.within,
        };
        time.map(|time| nanos(time) as f64)
    }

    /// Which quantile of the answers it is about.
    pub(super) fn quantile(self, of: &Quantiles) -> Option<f64> {
        match self {
            Self::P50 => Some(of.p50_ns as f64),
            Self::P95 => Some(of.p95_ns as f64),
            Self::P99 => Some(of.p99_ns as f64),
            Self::Success | Self::Within => None,
        }
    }
}

/// The part of the accepted that was late, is stuck or lost: none of it in time.
pub(super) fn not_in_time(figures: &JourneyFigures) -> Option<f64> {
    let ends = &figures.ends;
    let of = ends.completed + ends.stuck + ends.lost;
    (of > 0).then(|| (ends.late + ends.stuck + ends.lost) as f64 / of as f64)
}

/// Whether a promise is kept, on average over all runs; nothing where nothing is promised, or nobody
/// came.
pub(super) fn is_kept(
    simulation: &Simulation<'_>,
    at: usize,
    journey: &Journey,
    promise: Promise,
) -> Option<bool> {
    let slo = journey.slo.as_ref()?;
    let bound = promise.bound(slo)?;
    match promise {
        Promise::Success => {
            let success = simulation.of_journey(at, |of| of.success)?;
            Some(success.mean() >= bound)
        }
        Promise::Within => {
            // As many may come late as may fail.
            let allowed = slo.success.map_or(0.0, |share| 1.0 - share.fraction());
            let late = simulation.of_journey(at, not_in_time)?;
            Some(late.mean() <= allowed)
        }
        Promise::P50 | Promise::P95 | Promise::P99 => {
            let quantile = |of: &JourneyFigures| promise.quantile(of.answers.as_ref()?);
            Some(simulation.of_journey(at, quantile)?.mean() <= bound)
        }
    }
}
