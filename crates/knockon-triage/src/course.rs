//! Where something goes: whether it is over, and whether it gets worse.

use knockon_core::Timestamp;

use crate::answers::Trend;

/// With fewer points nothing is said.
const POINTS_MIN: usize = 6;

/// What is left of it, of the level that it had, when it is over.
const OVER: f64 = 0.25;

/// By this much more, or less, of the level that it had it gets worse, or better.
const CHANGES: f64 = 0.25;

/// Where something goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Course {
    /// Whether enough was seen of it to tell.
    pub(crate) is_told: bool,
    /// Since when it is over.
    pub(crate) over_since: Option<Timestamp>,
    /// Where it goes; nothing if it is over.
    pub(crate) trend: Option<Trend>,
}

/// The course of levels since the onset: 0 is the usual, 1 what it was during the incident.
pub(crate) fn course(points: &[(Timestamp, f64)]) -> Course {
    let Some(last_bad) = points.iter().rposition(|(_, level)| *level >= OVER) else {
        return Course::default();
    };
    if points.len() < POINTS_MIN {
        return Course::default();
    }
    let well = &points[last_bad + 1..];
    if well.len() >= (points.len() / 10).max(2) {
        return Course { is_told: true, over_since: Some(well[0].0), trend: None };
    }
    let third = points.len() / 3;
    let mean = |part: &[(Timestamp, f64)]| {
        part.iter().map(|(_, level)| level).sum::<f64>() / part.len() as f64
    };
    let middle = mean(&points[third..points.len() - third]);
    let change = mean(&points[points.len() - third..]) - middle;
    let trend = match change / middle.max(OVER) {
        change if change > CHANGES => Trend::Worse,
        change if change < -CHANGES => Trend::Better,
        _ => Trend::Steady,
    };
    Course { is_told: true, over_since: None, trend: Some(trend) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_is_told_from_its_last_third() {
        let check = |levels: &[f64], over: Option<i64>, trend: Option<Trend>| {
            let points: Vec<_> = (0..)
                .zip(levels)
                .map(|(at, level)| (Timestamp::from_unix_ms(at), *level))
                .collect();
            let found = course(&points);
            let over = over.map(Timestamp::from_unix_ms);
            assert_eq!((found.over_since, found.trend), (over, trend), "{levels:?}");
        };
        check(&[], None, None);
        check(&[1.0; 5], None, None);
        check(&[0.0; 9], None, None);
        check(&[1.0; 9], None, Some(Trend::Steady));
        check(&[0.2, 0.4, 0.5, 0.6, 0.8, 0.9, 1.1, 1.4, 1.6], None, Some(Trend::Worse));
        check(&[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.8, 0.6, 0.5], None, Some(Trend::Better));
        check(&[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.1, 0.0], Some(7), None);
        // One good point after a bad one is no end.
        check(&[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0], None, Some(Trend::Better));
    }
}
