//! How well a ranking finds the known cause.

use knockon_triage::{ChangeRelation, Incident};
use serde::Serialize;

use super::case::Truth;

/// What became of one case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// The case.
    pub case: String,
    /// The services that would have been right.
    pub truth: Vec<String>,
    /// The first three candidates.
    pub found: Vec<String>,
    /// The place of the true cause in the ranking, from 1.
    pub rank: Option<usize>,
    /// The same when `<service>-db` counts as `<service>`; only where the data set is measured so.
    pub rank_folded: Option<usize>,
    /// Whether the change to blame was put first; only where the case names one.
    pub change_found: Option<bool>,
    /// How long the verdict took, reading the evidence not included.
    pub ms: f64,
}

impl Outcome {
    /// The place of the true cause as the data set usually counts it.
    pub fn usual_rank(&self) -> Option<usize> {
        self.rank_folded.or(self.rank)
    }

    /// Holds an incident against the truth.
    pub fn of(case: &str, truth: &Truth, folds: bool, incident: &Incident, ms: f64) -> Self {
        let services = || incident.causes.iter().map(|cause| cause.service.as_str());
        let is_true = |name: &str| truth.services.iter().any(|service| service == name);
        let culprit = incident.changes.first();
        let is_suspected =
            |relation| matches!(relation, ChangeRelation::OnCause | ChangeRelation::Upstream);
        Self {
            case: case.to_owned(),
            truth: truth.services.clone(),
            found: services().take(3).map(str::to_owned).collect(),
            rank: services().position(is_true).map(|index| index + 1),
            rank_folded: folds.then(|| folded_rank(services(), is_true)).flatten(),
            change_found: truth.change.as_ref().map(|version| {
                culprit.is_some_and(|c| {
                    is_suspected(c.relation) && c.version.as_ref() == Some(version)
                })
            }),
            ms,
        }
    }
}

/// The place of the first true name when `x-db` stands for `x` and each name counts once.
fn folded_rank<'a>(
    names: impl Iterator<Item = &'a str>,
    is_true: impl Fn(&str) -> bool,
) -> Option<usize> {
    let mut seen: Vec<&str> = Vec::new();
    for name in names {
        let folded = name.strip_suffix("-db").unwrap_or(name);
        if seen.contains(&folded) {
            continue;
        }
        seen.push(folded);
        if is_true(folded) {
            return Some(seen.len());
        }
    }
    None
}

/// The score of a data set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// The data set.
    pub name: String,
    /// How many cases it has.
    pub cases: usize,
    /// The share of cases whose true cause came first.
    pub top1: f64,
    /// … among the first three.
    pub top3: f64,
    /// … among the first five.
    pub top5: f64,
    /// The mean of the three.
    pub average: f64,
    /// The mean over k = 1 to 5 of the share among the first k: Avg@5 of the literature.
    pub avg_at_5: f64,
    /// The share of cases whose change to blame was put first, among those that name one.
    pub change_top1: Option<f64>,
    /// The mean time of a verdict in milliseconds.
    pub ms_per_case: f64,
}

impl Score {
    /// The score of some outcomes by a rank that is looked up in each.
    pub fn of<'a>(
        name: String,
        outcomes: impl Iterator<Item = &'a Outcome> + Clone,
        rank: impl Fn(&Outcome) -> Option<usize>,
    ) -> Self {
        let cases = outcomes.clone().count();
        let share = |count: usize| if cases == 0 { 0.0 } else { count as f64 / cases as f64 };
        let within = |k: usize| {
            share(outcomes.clone().filter(|outcome| rank(outcome).is_some_and(|r| r <= k)).count())
        };
        let changes: Vec<bool> = outcomes.clone().filter_map(|o| o.change_found).collect();
        let found = changes.iter().filter(|found| **found).count();
        Self {
            name,
            cases,
            top1: within(1),
            top3: within(3),
            top5: within(5),
            average: (within(1) + within(3) + within(5)) / 3.0,
            avg_at_5: (1..=5).map(within).sum::<f64>() / 5.0,
            change_top1: (!changes.is_empty()).then(|| found as f64 / changes.len() as f64),
            ms_per_case: outcomes.map(|o| o.ms).sum::<f64>() / cases.max(1) as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(rank: Option<usize>, change_found: Option<bool>) -> Outcome {
        Outcome {
            case: String::new(),
            truth: Vec::new(),
            found: Vec::new(),
            rank,
            rank_folded: None,
            change_found,
            ms: 2.0,
        }
    }

    #[test]
    fn recall_counts_the_first_k() {
        let outcomes = [
            outcome(Some(1), Some(true)),
            outcome(Some(2), Some(false)),
            outcome(Some(5), None),
            outcome(None, None),
        ];
        let score = Score::of("x".into(), outcomes.iter(), |o| o.rank);
        assert_eq!((score.top1, score.top3, score.top5), (0.25, 0.5, 0.75));
        assert_eq!((score.average, score.avg_at_5), (0.5, 0.5));
        assert_eq!((score.change_top1, score.ms_per_case), (Some(0.5), 2.0));
    }

    #[test]
    fn nothing_scores_nothing() {
        let score = Score::of("x".into(), [].iter(), |o| o.rank);
        assert_eq!((score.cases, score.top1, score.change_top1), (0, 0.0, None));
    }

    #[test]
    fn a_database_counts_as_its_service_once() {
        let check = |names: &[&str], expected| {
            let found = folded_rank(names.iter().copied(), |name| name == "carts");
            assert_eq!(found, expected, "{names:?}");
        };
        check(&["carts"], Some(1));
        check(&["carts-db"], Some(1));
        check(&["user", "user-db", "carts-db"], Some(2));
        check(&["user"], None);
    }
}
