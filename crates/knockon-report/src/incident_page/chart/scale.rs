//! The vertical axis of a chart: which values it reaches from and to, and its ticks.

use crate::incident_page::input::Chart;

/// About how many parts the ticks make.
const PARTS: f64 = 4.0;
/// Values larger than this are not drawn.
const SIZE_MAX: f64 = 1e15;
/// An axis that reaches less far than this is drawn as if all were zero.
const SIZE_MIN: f64 = 1e-12;

/// A vertical axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    /// The values to write, from the lowest up, and how.
    pub(super) ticks: Vec<(f64, String)>,
}

impl Scale {
    /// An axis from zero that has all values and the limit, and ends on a tick.
    pub(super) fn new(chart: &Chart) -> Self {
        let values = chart.lines.iter().flat_map(|line| line.points.iter().map(|point| point.1));
        let values = values.chain(chart.limit.iter().map(|limit| limit.1));
        let (mut low, mut high) = (0.0, 0.0);
        for value in values.filter(|value| is_drawn(*value)) {
            low = f64::min(low, value);
            high = f64::max(high, value);
        }
        let (one, sign) = chart.unit.at_axis(f64::max(high, -low));
        if high - low < SIZE_MIN {
            (low, high) = (0.0, one);
        }
        let step = round_step((high - low) / one / PARTS);
        let (first, last) = ((low / one / step).floor(), (high / one / step - 1e-9).ceil());
        let mut ticks = Vec::new();
        let mut index = first;
        while index <= last {
            let label =
                if index == 0.0 { "0".to_owned() } else { written(index * step, step) + &sign };
            ticks.push((index * step * one, label));
            index += 1.0;
        }
        Self { low: first * step * one, high: last * step * one, ticks }
    }

    /// Where a value lies on it, from 0 to 1.
    pub(super) fn share(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}

/// Whether a value can be drawn.
pub(super) fn is_drawn(value: f64) -> bool {
    value.abs() <= SIZE_MAX
}

/// The smallest of 1, 2, 5 and their multiples by powers of ten that is not below the wanted step.
fn round_step(wanted: f64) -> f64 {
    let power = 10_f64.powf(wanted.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0];
    let found = steps.into_iter().find(|step| step * power >= wanted * (1.0 - 1e-9));
    found.unwrap_or(10.0) * power
}

/// A tick with as many decimals as its step needs.
fn written(value: f64, step: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 12")]
    let decimals = (-step.log10().floor()).clamp(0.0, 12.0) as usize;
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident_page::input::{Line, Unit};

    #[test]
    fn ticks_are_round_and_have_units() {
        let check = |unit: Unit, values: &[f64], limit: Option<f64>, expected: &[&str]| {
            let points = values.iter().map(|value| (0.0, *value)).collect();
            let chart = Chart {
                title: String::new(),
                unit,
                lines: vec![Line { name: String::new(), points }],
                limit: limit.map(|value| (String::new(), value)),
            };
            let ticks: Vec<_> = Scale::new(&chart).ticks.into_iter().map(|it| it.1).collect();
            assert_eq!(ticks, expected);
        };
        check(Unit::Seconds, &[0.02, 0.3], None, &["0", "100 ms", "200 ms", "300 ms"]);
        check(Unit::Seconds, &[0.3], Some(2.0), &["0", "0.5 s", "1.0 s", "1.5 s", "2.0 s"]);
        check(Unit::Share, &[0.031], None, &["0", "1%", "2%", "3%", "4%"]);
        check(Unit::Share, &[1.0], None, &["0", "50%", "100%"]);
        check(Unit::Count, &[45_000.0], None, &["0", "20k", "40k", "60k"]);
        check(Unit::PerSecond, &[3.0], None, &["0", "1/s", "2/s", "3/s"]);
        check(Unit::Count, &[-5.0, 5.0], None, &["-5", "0", "5"]);
        check(Unit::Count, &[0.0, f64::NAN], None, &["0", "0.5", "1.0"]);
        check(Unit::Count, &[], None, &["0", "0.5", "1.0"]);
    }
}
