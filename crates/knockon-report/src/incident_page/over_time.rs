//! States over time: which holds when, and when it is worst.

use super::input::{IncidentPage, MapOverTime, MarkKind};
use super::span::Span;
use crate::state::State;

/// A journey counts as much as so many services: what users feel is what matters.
const JOURNEY_WEIGHT: usize = 4;

/// A stretch of time with one state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stretch {
    pub(super) from_s: f64,
    pub(super) to_s: f64,
    pub(super) state: State,
}

/// The states of one service or journey, without repetitions, within the span.
pub(super) fn stretches(times_s: &[f64], states: &[State], span: Span) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for (index, at_s) in times_s.iter().enumerate() {
        let next_s = times_s.get(index + 1).copied().unwrap_or(span.lasts_s);
        let (from_s, to_s) = (at_s.max(0.0), next_s.min(span.lasts_s));
        if at_s.is_nan() || next_s.is_nan() || from_s >= to_s {
            continue;
        }
        let state = states.get(index).copied().unwrap_or_default();
        match stretches.last_mut() {
            Some(last) if last.state == state => last.to_s = to_s,
            _ => stretches.push(Stretch { from_s, to_s, state }),
        }
    }
    stretches
}

/// Which of the moments holds then; none before the first.
pub(super) fn index_at(times_s: &[f64], at_s: f64) -> Option<usize> {
    times_s.iter().rposition(|time_s| *time_s <= at_s)
}

/// The state at the moment with that index.
pub(super) fn state_of(states: &[State], index: Option<usize>) -> State {
    index.and_then(|index| states.get(index).copied()).unwrap_or_default()
}

/// The moment at which a page is to be opened: the first of those at which most is wrong; without
/// states, when something first breaks or hurts.
pub(super) fn opening_moment(page: &IncidentPage<'_>, span: Span) -> f64 {
    let mut worst = (0, 0.0);
    for (index, at_s) in page.map.times_s.iter().enumerate() {
        let score = trouble(&page.map, index);
        if score > worst.0 && span.has(*at_s) {
            worst = (score, *at_s);
        }
    }
    if worst.0 > 0 {
        return worst.1;
    }
    let breaks = |kind| matches!(kind, MarkKind::Fault | MarkKind::Harm);
    let marks = page.marks.iter().filter(|mark| breaks(mark.kind) && span.has(mark.at_s));
    marks.map(|mark| mark.at_s).reduce(f64::min).unwrap_or(0.0)
}

/// How much is wrong at the moment with that index.
fn trouble(map: &MapOverTime, index: usize) -> usize {
    let sum = |rows: &[(String, Vec<State>)]| -> usize {
        rows.iter().map(|(_, states)| weight(state_of(states, Some(index)))).sum()
    };
    sum(&map.services) + JOURNEY_WEIGHT * sum(&map.journeys)
}

fn weight(state: State) -> usize {
    match state {
        State::Unknown | State::Well => 0,
        State::Degraded => 1,
        State::Failing => 2,
        State::Down => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use State::{Degraded, Down, Unknown, Well};

    const SPAN: Span = Span { lasts_s: 100.0 };

    #[test]
    fn stretches_join_what_is_alike_and_end_with_the_run() {
        let check = |times_s: &[f64], states: &[State], expected: &[(f64, f64, State)]| {
            let found: Vec<_> = stretches(times_s, states, SPAN)
                .iter()
                .map(|it| (it.from_s, it.to_s, it.state))
                .collect();
            assert_eq!(found, expected);
        };
        check(&[], &[Well], &[]);
        check(&[0.0, 10.0, 20.0], &[Well, Well, Down], &[(0.0, 20.0, Well), (20.0, 100.0, Down)]);
        check(&[0.0, 10.0], &[Well], &[(0.0, 10.0, Well), (10.0, 100.0, Unknown)]);
        check(&[-5.0, 150.0], &[Down, Well], &[(0.0, 100.0, Down)]);
        check(&[f64::NAN, 50.0, 10.0], &[Well, Down, Well], &[(10.0, 100.0, Well)]);
    }

    #[test]
    fn a_page_opens_at_its_worst() {
        let system = knockon_core::SystemBuilder::new("x").build();
        let mut page = IncidentPage::new(&system);
        let opens_at = |page: &IncidentPage<'_>| opening_moment(page, SPAN).to_string();
        assert_eq!(opens_at(&page), "0");
        page.marks.push(super::super::Mark {
            at_s: 30.0,
            kind: MarkKind::Fault,
            ..Default::default()
        });
        assert_eq!(opens_at(&page), "30");
        page.map.times_s = vec![0.0, 10.0, 20.0, 30.0];
        page.map.services.push(("a".into(), vec![Well, Down, Well, Well]));
        assert_eq!(opens_at(&page), "10");
        page.map.journeys.push(("buy".into(), vec![Well, Well, Degraded, Degraded]));
        assert_eq!(opens_at(&page), "20");
    }
}
