//! The time of the run: where a moment lies on an axis, and how it is written.

use super::input::IncidentPage;
use crate::words::number;

/// Runs longer than this many seconds (some 30 years) are not drawn in full.
const LASTS_MAX_S: f64 = 1e9;

/// How far apart ticks and steps may be, in seconds, up to a day; then in whole days.
const STEPS_S: [f64; 17] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0,
    10_800.0, 21_600.0, 43_200.0,
];
const DAY_S: f64 = 86_400.0;

/// The time from the start of the run to its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span {
    /// Finite and positive.
    pub(super) lasts_s: f64,
}

impl Span {
    /// As long as the page says; else until the last thing on it.
    pub(super) fn new(page: &IncidentPage<'_>) -> Self {
        let said = Some(page.lasts_s).filter(|lasts_s| lasts_s.is_finite() && *lasts_s > 0.0);
        let lines = page.charts.iter().flat_map(|chart| &chart.lines);
        let moments = page.map.times_s.iter().copied();
        let moments = moments
            .chain(lines.flat_map(|line| line.points.iter().map(|point| point.0)))
            .chain(page.marks.iter().flat_map(|mark| [mark.at_s, mark.until_s.unwrap_or(0.0)]))
            .chain(page.timeline.iter().map(|moment| moment.at_s))
            .filter(|at_s| at_s.is_finite());
        let lasts_s = said.unwrap_or_else(|| moments.fold(0.0, f64::max));
        Self { lasts_s: if lasts_s > 0.0 { lasts_s.min(LASTS_MAX_S) } else { 1.0 } }
    }

    /// Whether a moment is in it.
    pub(super) fn has(self, at_s: f64) -> bool {
        (0.0..=self.lasts_s).contains(&at_s)
    }

    /// Where a moment lies in it, from 0 to 1. What is no number lies at the start.
    pub(super) fn share(self, at_s: f64) -> f64 {
        if at_s.is_nan() { 0.0 } else { (at_s / self.lasts_s).clamp(0.0, 1.0) }
    }

    /// The same for a style sheet.
    pub(super) fn percent(self, at_s: f64) -> String {
        number(self.share(at_s) * 100.0) + "%"
    }

    /// Moments to write on an axis, at most so many apart from the start.
    pub(super) fn ticks(self, most: f64) -> Vec<f64> {
        let step_s = step(self.lasts_s / most);
        let mut ticks = vec![0.0];
        while let Some(last) = ticks.last().filter(|last| *last + step_s <= self.lasts_s) {
            ticks.push(last + step_s);
        }
        ticks
    }

    /// How far a step of the slider goes.
    pub(super) fn step_s(self) -> f64 {
        if self.lasts_s < 30.0 { 0.1 } else { step(self.lasts_s / 300.0) }
    }
}

/// The smallest step that is not below the wanted one.
fn step(wanted_s: f64) -> f64 {
    let known = STEPS_S.iter().copied().find(|step_s| *step_s >= wanted_s);
    known.unwrap_or_else(|| (wanted_s / DAY_S).ceil() * DAY_S)
}

/// A moment as a clock shows it that started with the run: `6:40`, `1:02:05`.
pub(super) fn clock(at_s: f64) -> String {
    if !at_s.is_finite() {
        return "–".to_owned();
    }
    let sign = if at_s.round() < 0.0 { "-" } else { "" };
    let seconds = at_s.abs().min(LASTS_MAX_S * 10.0).round();
    let (hours, minutes, seconds) =
        ((seconds / 3600.0).floor(), (seconds / 60.0).floor() % 60.0, seconds % 60.0);
    if hours > 0.0 {
        format!("{sign}{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{sign}{minutes}:{seconds:02}")
    }
}

/// A time from one moment to another: `45 s`, `6 min 40 s`, `2 h 5 min`.
pub(super) fn duration(lasts_s: f64) -> String {
    if !lasts_s.is_finite() {
        return "–".to_owned();
    }
    let (sign, size) = (if lasts_s < 0.0 { "-" } else { "" }, lasts_s.abs());
    if size < 9.95 {
        return format!("{sign}{} s", number(size));
    }
    let seconds = size.min(LASTS_MAX_S * 10.0).round();
    let parts = if seconds < 60.0 {
        [(seconds, "s"), (0.0, "")]
    } else if seconds < 3600.0 {
        [((seconds / 60.0).floor(), "min"), (seconds % 60.0, "s")]
    } else {
        [((seconds / 3600.0).floor(), "h"), ((seconds / 60.0).floor() % 60.0, "min")]
    };
    let words: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0.0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    format!("{sign}{}", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_durations_are_written_as_people_do() {
        let check = |seconds: f64, moment: &str, lasts: &str| {
            assert_eq!((clock(seconds).as_str(), duration(seconds).as_str()), (moment, lasts));
        };
        check(0.0, "0:00", "0 s");
        check(7.25, "0:07", "7.2 s");
        check(59.6, "1:00", "1 min");
        check(400.0, "6:40", "6 min 40 s");
        check(3725.0, "1:02:05", "1 h 2 min");
        check(-30.0, "-0:30", "-30 s");
        check(f64::NAN, "–", "–");
    }

    #[test]
    fn ticks_are_round_and_few() {
        let check = |lasts_s: f64, expected: &[f64]| {
            assert_eq!(Span { lasts_s }.ticks(6.0), expected, "{lasts_s}");
        };
        check(1.0, &[0.0, 1.0]);
        check(60.0, &[0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0]);
        check(900.0, &[0.0, 300.0, 600.0, 900.0]);
        check(600_000.0, &[0.0, 172_800.0, 345_600.0, 518_400.0]);
    }
}
