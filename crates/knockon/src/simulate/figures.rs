//! What is kept of a run, and figures over several of them.

use std::collections::BTreeMap;

use knockon_report::{grouped, significant};
use knockon_sim::engine::Run;
use knockon_sim::interval::Interval;
use knockon_sim::sealed::{Node, Place, Truth};
use knockon_sim::summary::{JourneyFigures, Summary};
use knockon_sim::trouble::Harm;

use super::Simulation;
use super::alerts::Fired;

/// What is kept of a run.
pub(super) struct Played {
    pub(super) summary: Summary,
    pub(super) truth: Truth,
    /// The alerts that fired, in the order in which they began.
    pub(super) alerts: Vec<Fired>,
}

impl Played {
    pub(super) fn of(run: &Run, alerts: Vec<Fired>) -> Self {
        Self { summary: run.summary(), truth: run.truth(), alerts }
    }
}

/// A figure of every run that has it; its mean, and how sure that is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figure {
    interval: Interval,
    is_one: bool,
}

impl Figure {
    /// The mean over all runs.
    pub(super) fn mean(self) -> f64 {
        self.interval.mean
    }

    /// The interval, where there is more than one run.
    pub(super) fn interval(self) -> Option<Interval> {
        (!self.is_one && self.interval.half_width.is_finite()).then_some(self.interval)
    }

    /// The mean, written by `show`, with several runs also half the width of the interval, both in
    /// this unit.
    fn show(self, unit: f64, show: impl Fn(f64) -> String) -> String {
        let mean = show(self.mean() / unit);
        match self.interval() {
            Some(interval) => {
                let half_width = rough(interval.half_width / unit, self.mean() / unit);
                format!("{mean} ± {half_width}")
            }
            None => mean,
        }
    }
}

/// To two digits, and no finer than a thousandth of the mean: nobody knows half the width of an
/// interval better.
fn rough(half_width: f64, mean: f64) -> String {
    let place = |value: f64, digits: f64| 10_f64.powf(value.abs().log10().floor() - digits);
    let place = place(half_width, 1.0).max(place(mean, 3.0));
    if place > 0.0 { significant((half_width / place).round() * place) } else { "0".to_owned() }
}

/// A number of things: to three digits, whole above a thousand.
pub(super) fn number(figure: Figure) -> String {
    figure.show(1.0, significant)
}

/// An amount of money, without cents.
pub(super) fn amount(figure: Figure) -> String {
    figure.show(1.0, grouped)
}

/// A part of a whole, in percent to two decimals where they say something: `100%`, `99.95%`,
/// `98.1 ± 0.3%`.
pub(super) fn percent(figure: Figure) -> String {
    let decimals = |percent: f64| {
        let text = format!("{percent:.2}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    format!("{}%", figure.show(0.01, decimals))
}

/// A length of time: `850 µs`, `12.3 ms`, `4.2 s`, `3.5 min`.
pub(super) fn span(ns: f64) -> String {
    let (unit, word) = unit_of(ns);
    format!("{} {word}", significant(ns / unit))
}

/// A length of time in nanoseconds, measured: `12.3 ms`, `12.3 ± 0.5 ms`.
pub(super) fn took(figure: Figure) -> String {
    let (unit, word) = unit_of(figure.mean());
    format!("{} {word}", figure.show(unit, significant))
}

/// The unit that people would use: seconds up to two minutes, minutes up to two hours.
fn unit_of(ns: f64) -> (f64, &'static str) {
    let units = [(1e3, "µs"), (1e6, "ms"), (1e9, "s"), (60e9, "min"), (3600e9, "h")];
    // What would be rounded up to the next unit is in that.
    let ns = ns * 1.0005;
    let fits = |(unit, _): &&(f64, &str)| ns >= if *unit > 1e9 { 2.0 * unit } else { *unit };
    units.iter().rev().find(fits).copied().unwrap_or(units[0])
}

impl Simulation<'_> {
    /// A figure that every run has.
    pub(super) fn figure(&self, of: impl Fn(&Played) -> f64) -> Figure {
        self.figure_if(|run| Some(of(run))).unwrap_or(Figure {
            interval: Interval { mean: 0.0, half_width: 0.0, n: 0 },
            is_one: true,
        })
    }

    /// A figure that some runs have.
    pub(super) fn figure_if(&self, of: impl Fn(&Played) -> Option<f64>) -> Option<Figure> {
        let values: Vec<f64> = self.runs.iter().filter_map(of).collect();
        let interval = Interval::of(&values)?;
        Some(Figure { interval, is_one: self.runs.len() == 1 })
    }

    /// A figure of a journey, by the journey's place in the model.
    pub(super) fn of_journey(
        &self,
        journey: usize,
        of: impl Fn(&JourneyFigures) -> Option<f64>,
    ) -> Option<Figure> {
        self.figure_if(|run| run.summary.journeys.get(journey).and_then(&of))
    }

    /// What happened in any run, with how often in each: the most frequent first. Long chains that
    /// begin and end alike are one.
    pub(super) fn stories(&self) -> Vec<Told> {
        let mut counts: BTreeMap<Chain<'_>, Vec<f64>> = BTreeMap::new();
        for (at, run) in self.runs.iter().enumerate() {
            for story in &run.truth.stories {
                let links = story.links.as_slice();
                let (first, last) = match links.len() {
                    0..=LINKS_MAX => (links, &links[..0]),
                    length => (&links[..FIRST], &links[length - LAST..]),
                };
                let key = (story.harm, story.whose.as_ref(), first, last);
                let counts = counts.entry(key).or_insert_with(|| vec![0.0; self.runs.len()]);
                counts[at] += story.toll.count as f64;
            }
        }
        let is_one = self.runs.len() == 1;
        let mut told: Vec<Told> = counts
            .into_iter()
            .filter_map(|((harm, whose, first, last), counts)| {
                let count = Figure { interval: Interval::of(&counts)?, is_one };
                let (first, last) = (first.to_vec(), last.to_vec());
                Some(Told { harm, whose: whose.cloned(), first, last, count })
            })
            .collect();
        told.sort_by(|a, b| b.count.mean().total_cmp(&a.count.mean()));
        told
    }
}

/// Harm of one sort, whose, and its chain of reasons: the first links, and of a long one the last.
type Chain<'a> = (Harm, Option<&'a Place>, &'a [Node], &'a [Node]);

/// A chain with more links is cut in the middle.
const LINKS_MAX: usize = 6;

/// So many of its first and of its last links are left.
const FIRST: usize = 3;
const LAST: usize = 2;

/// Harm of one sort for one chain of reasons, over all runs.
pub(super) struct Told {
    pub(super) harm: Harm,
    pub(super) whose: Option<Place>,
    /// What went wrong, the next to the user first.
    pub(super) first: Vec<Node>,
    /// What stands behind that after some more; nothing where there is no more.
    pub(super) last: Vec<Node>,
    pub(super) count: Figure,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_have_the_unit_that_people_would_say() {
        let check = |ns: f64, expected: &str| assert_eq!(span(ns), expected);
        check(0.0, "0 µs");
        check(850e3, "850 µs");
        check(12.34e6, "12.3 ms");
        check(999.9e6, "1 s");
        check(4.2e9, "4.2 s");
        check(119e9, "119 s");
        check(210e9, "3.5 min");
        check(9000e9, "2.5 h");
    }

    #[test]
    fn shares_keep_what_tells_them_from_all() {
        let check = |share: f64, expected: &str| assert_eq!(percent(one(&[share])), expected);
        check(1.0, "100%");
        check(0.9995, "99.95%");
        check(0.98, "98%");
        check(0.0, "0%");
    }

    fn one(values: &[f64]) -> Figure {
        let interval = Interval::of(values).unwrap_or_else(|| panic!("there are values"));
        Figure { interval, is_one: values.len() == 1 }
    }

    #[test]
    fn an_interval_is_in_the_unit_of_its_mean_and_has_two_digits() {
        // Half the width is 12.706 times the standard error with two values, 4.303 with three.
        assert_eq!(number(one(&[200.0, 210.0])), "205 ± 64");
        assert_eq!(took(one(&[20e6, 20.4e6, 20.8e6])), "20.4 ± 0.99 ms");
        assert_eq!(percent(one(&[0.98, 0.99, 1.0])), "99 ± 2.5%");
        assert_eq!(number(one(&[7.0, 7.0])), "7 ± 0");
        assert_eq!(number(one(&[0.0, 0.0])), "0 ± 0");
        assert_eq!(took(one(&[10e9, 10.0001e9])), "10 ± 0 s");
        assert_eq!(amount(one(&[45_000.0, 46_000.0, 47_000.0])), "46 000 ± 2 500");
    }
}
