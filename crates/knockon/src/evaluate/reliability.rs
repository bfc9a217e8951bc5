//! How far the confidence of a verdict can be relied on: of verdicts that are sure to four fifths,
//! four of five should be right (a reliability diagram: Murphy, Winkler 1977; Guo et al. 2017, "On
//! calibration of modern neural networks").

use knockon_triage::Certainty;
use serde::Serialize;

use super::score::Outcome;

/// So many bands the confidence is cut into.
const BANDS: u32 = 5;

/// The verdicts that name a cause, by their confidence and by their certainty.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reliability {
    /// By the confidence in the first cause, in bands of equal width, the lowest first.
    pub by_confidence: Vec<Band>,
    /// By the certainty of the verdict.
    pub by_certainty: Vec<Band>,
    /// How far the confidence is from the share of right verdicts, on average over all of them: the
    /// expected calibration error over the bands.
    pub calibration_error: f64,
}

/// Some verdicts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Band {
    /// What they have in common: `0.8-1.0`, or the word for their certainty.
    pub band: String,
    /// How many they are.
    pub cases: usize,
    /// Their mean confidence; 0 if there is none of them.
    pub confidence: f64,
    /// The share of them whose first cause is a true one; 0 if there is none of them.
    pub right: f64,
}

impl Reliability {
    /// That of some outcomes.
    pub fn of<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> Self {
        let named: Vec<&Outcome> = outcomes.filter(|outcome| !outcome.found.is_empty()).collect();
        let by_confidence: Vec<Band> = (0..BANDS)
            .map(|at| {
                let (from, to) = (edge(at), edge(at + 1));
                let is_last = at + 1 == BANDS;
                let is_in = |it: &Outcome| it.confidence < to || is_last;
                let is_in = |it: &Outcome| it.confidence >= from && is_in(it);
                Band::of(format!("{from:.1}-{to:.1}"), &named, is_in)
            })
            .collect();
        let by_certainty = [
            ("clear", Certainty::Clear),
            ("close", Certainty::Close),
            ("weak", Certainty::Weak),
            ("nothing", Certainty::Nothing),
        ];
        let by_certainty = by_certainty.map(|(word, certainty)| {
            Band::of(word.to_owned(), &named, |it| it.certainty == certainty)
        });
        let off = by_confidence.iter().map(|it| (it.confidence - it.right).abs() * it.cases as f64);
        let calibration_error = off.sum::<f64>() / named.len().max(1) as f64;
        Self { by_confidence, by_certainty: by_certainty.into(), calibration_error }
    }
}

/// Where a band begins.
fn edge(at: u32) -> f64 {
    f64::from(at) / f64::from(BANDS)
}

impl Band {
    fn of(band: String, named: &[&Outcome], is_in: impl Fn(&Outcome) -> bool) -> Self {
        let those: Vec<&&Outcome> = named.iter().filter(|outcome| is_in(outcome)).collect();
        let of_each = those.len().max(1) as f64;
        let right = those.iter().filter(|outcome| outcome.usual_rank() == Some(1)).count();
        let confidence = those.iter().map(|outcome| outcome.confidence).sum::<f64>();
        Self {
            band,
            cases: those.len(),
            confidence: confidence / of_each,
            right: right as f64 / of_each,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::score::tests::outcome;

    #[test]
    fn verdicts_are_counted_in_the_band_of_their_confidence() {
        let with = |confidence: f64, rank: Option<usize>| Outcome {
            confidence,
            found: vec!["a".into()],
            ..outcome(rank)
        };
        let nothing_named = outcome(None);
        let outcomes = [
            with(1.0, Some(1)),
            with(0.8, Some(2)),
            with(0.79, Some(1)),
            with(0.0, None),
            nothing_named,
        ];
        let found = Reliability::of(outcomes.iter());
        let check = |at: usize, band: &str, cases: usize, confidence: f64, right: f64| {
            let expected = Band { band: band.into(), cases, confidence, right };
            assert_eq!(found.by_confidence[at], expected);
        };
        check(0, "0.0-0.2", 1, 0.0, 0.0);
        check(1, "0.2-0.4", 0, 0.0, 0.0);
        check(3, "0.6-0.8", 1, 0.79, 1.0);
        check(4, "0.8-1.0", 2, 0.9, 0.5);
        assert!((found.calibration_error - (0.21 + 0.8) / 4.0).abs() < 1e-9, "{found:?}");
        assert_eq!(found.by_certainty[0].cases, 4);
    }
}
