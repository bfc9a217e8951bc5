//! How well a ranking finds the known cause.

use knockon_core::ServiceId;
use knockon_telemetry::ChangeKind;
use knockon_triage::{Certainty, ChangeRole, Incident};
use serde::Serialize;

use super::case::{Case, Culprit};

/// Of several causes each is to be among so many candidates, or as many as there are causes.
const EACH_WITHIN: usize = 3;

/// A service is blamed if the confidence is higher than this.
const BLAMED_ABOVE: f64 = 0.5;

/// What became of one case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// The case.
    pub case: String,
    /// The services that would have been right; none where nobody is to blame.
    pub truth: Vec<String>,
    /// The kinds of fault, where the data set names them.
    pub kinds: Vec<String>,
    /// How many alerts fired on the services that would have been right.
    pub truth_alerts: usize,
    /// How many series are about them.
    pub truth_series: usize,
    /// The first three candidates.
    pub found: Vec<String>,
    /// The place of the true cause in the ranking, from 1.
    pub rank: Option<usize>,
    /// The same when `<service>-db` counts as `<service>`; only where the data set is measured so.
    pub rank_folded: Option<usize>,
    /// Whether each of several causes is among the first three, or as many as there are; only where
    /// there are several.
    pub each_found: Option<bool>,
    /// Whether somebody was blamed with confidence; only where nobody is to blame.
    pub blamed: Option<bool>,
    /// Whether the change to blame was put first; only where the case names one.
    pub change_found: Option<bool>,
    /// How sure the verdict is of the first candidate: 0 without one.
    pub confidence: f64,
    /// How far the verdict says that it can be trusted.
    pub certainty: Certainty,
    /// How long the verdict took, reading the evidence not included.
    pub ms: f64,
}

impl Outcome {
    /// The place of the true cause as the data set usually counts it.
    pub fn usual_rank(&self) -> Option<usize> {
        self.rank_folded.or(self.rank)
    }

    /// Whether anything about the verdict is wrong.
    pub fn is_miss(&self) -> bool {
        let is_found = self.blamed.map_or(self.usual_rank() == Some(1), |blamed| !blamed);
        !is_found || self.each_found == Some(false) || self.change_found == Some(false)
    }

    /// Holds an incident against the truth.
    pub fn of(name: &str, case: &Case, folds: bool, incident: &Incident, ms: f64) -> Self {
        let Case { truth, evidence, .. } = case;
        let services = || incident.causes.iter().map(|cause| cause.service.as_str());
        let is_true = |name: &str| truth.services.iter().any(|service| service == name);
        let on = |service: ServiceId| case.system.service(service).name.as_str();
        let confidence = incident.confidence;
        let certainty = incident.certainty;
        let is_sure = matches!(certainty, Certainty::Clear | Certainty::Close);
        Self {
            case: name.to_owned(),
            truth: truth.services.clone(),
            kinds: truth.kinds.clone(),
            truth_alerts: incident.alerts.iter().filter(|alert| is_true(&alert.service)).count(),
            truth_series: evidence.series.iter().filter(|it| is_true(on(it.service))).count(),
            found: services().take(3).map(str::to_owned).collect(),
            rank: services().position(is_true).map(|index| index + 1),
            rank_folded: folds.then(|| folded_rank(services(), is_true)).flatten(),
            each_found: is_each_named(services(), &truth.services).filter(|_| truth.is_each),
            blamed: truth.services.is_empty().then_some(is_sure && confidence > BLAMED_ABOVE),
            confidence,
            certainty,
            change_found: truth.change.as_ref().map(|culprit| is_culprit_found(culprit, incident)),
            ms,
        }
    }
}

/// Whether the right change comes first of those that were deployed; where no change is to blame,
/// whether none is blamed.
fn is_culprit_found(culprit: &Culprit, incident: &Incident) -> bool {
    let is_commit = |change: &&ChangeRole| change.kind == ChangeKind::Commit.as_str();
    let first = incident.changes.iter().find(|change| !is_commit(change));
    let first = first.filter(|change| change.suspicion > 0.0);
    match culprit {
        Culprit::NoChange => !incident.changes.iter().any(|change| change.blamed),
        Culprit::At(times) => first.is_some_and(|change| times.contains(&change.time)),
        Culprit::Version(version) => {
            first.is_some_and(|change| change.version.as_ref() == Some(version))
        }
    }
}

/// Whether each of several true names is among the first three, or as many as there are; `None` if
/// there are not several.
fn is_each_named<'a>(names: impl Iterator<Item = &'a str>, truth: &[String]) -> Option<bool> {
    let first: Vec<&str> = names.take(truth.len().max(EACH_WITHIN)).collect();
    (truth.len() > 1).then(|| truth.iter().all(|name| first.contains(&name.as_str())))
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
    /// Those of them in which nobody is to blame: they count in no share below.
    pub nobody_cases: usize,
    /// Those of these in which somebody was blamed with confidence.
    pub nobody_blamed: usize,
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
    /// The share of cases whose causes were all named, among those that have several.
    pub each_found: Option<f64>,
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
        let nobody: Vec<bool> = outcomes.clone().filter_map(|outcome| outcome.blamed).collect();
        let caused = (cases - nobody.len()).max(1) as f64;
        let within = |k: usize| {
            let is_found = |outcome: &&Outcome| rank(outcome).is_some_and(|r| r <= k);
            outcomes.clone().filter(is_found).count() as f64 / caused
        };
        Self {
            name,
            cases,
            nobody_cases: nobody.len(),
            nobody_blamed: nobody.into_iter().filter(|blamed| *blamed).count(),
            top1: within(1),
            top3: within(3),
            top5: within(5),
            average: (within(1) + within(3) + within(5)) / 3.0,
            avg_at_5: (1..=5).map(within).sum::<f64>() / 5.0,
            each_found: share_of(outcomes.clone().filter_map(|outcome| outcome.each_found)),
            change_top1: share_of(outcomes.clone().filter_map(|outcome| outcome.change_found)),
            ms_per_case: outcomes.map(|o| o.ms).sum::<f64>() / cases.max(1) as f64,
        }
    }

    /// Whether the true cause of so great a share of the cases that have one came first.
    pub fn is_at_least(&self, share: f64) -> bool {
        self.top1 >= share || self.cases == self.nobody_cases
    }
}

/// The share that is true; `None` of nothing.
fn share_of(all: impl Iterator<Item = bool>) -> Option<f64> {
    let all: Vec<bool> = all.collect();
    let held = all.iter().filter(|held| **held).count();
    (!all.is_empty()).then(|| held as f64 / all.len() as f64)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn outcome(rank: Option<usize>) -> Outcome {
        Outcome {
            case: String::new(),
            truth: Vec::new(),
            kinds: Vec::new(),
            truth_alerts: 0,
            truth_series: 0,
            found: Vec::new(),
            rank,
            rank_folded: None,
            each_found: None,
            blamed: None,
            change_found: None,
            confidence: 0.0,
            certainty: Certainty::Clear,
            ms: 2.0,
        }
    }

    #[test]
    fn recall_counts_the_first_k() {
        let outcomes = [
            Outcome { change_found: Some(true), ..outcome(Some(1)) },
            Outcome { change_found: Some(false), each_found: Some(true), ..outcome(Some(2)) },
            outcome(Some(5)),
            outcome(None),
        ];
        let score = Score::of("x".into(), outcomes.iter(), |o| o.rank);
        assert_eq!((score.top1, score.top3, score.top5), (0.25, 0.5, 0.75));
        assert_eq!((score.average, score.avg_at_5), (0.5, 0.5));
        assert_eq!((score.change_top1, score.ms_per_case), (Some(0.5), 2.0));
        assert_eq!(score.each_found, Some(1.0));
    }

    #[test]
    fn where_nobody_is_to_blame_nothing_is_there_to_be_found() {
        let nobody = |blamed| Outcome { blamed: Some(blamed), ..outcome(None) };
        let outcomes = [outcome(Some(1)), nobody(true), nobody(false)];
        let score = Score::of("x".into(), outcomes.iter(), |o| o.rank);
        assert_eq!((score.cases, score.nobody_cases, score.nobody_blamed), (3, 2, 1));
        assert_eq!((score.top1, score.top5), (1.0, 1.0));
        assert_eq!(outcomes.each_ref().map(Outcome::is_miss), [false, true, false]);
        let score = Score::of("x".into(), outcomes[1..].iter(), |o| o.rank);
        assert!(score.is_at_least(1.0), "{score:?}");
    }

    #[test]
    fn nothing_scores_nothing() {
        let score = Score::of("x".into(), [].iter(), |o| o.rank);
        assert_eq!((score.cases, score.top1, score.change_top1), (0, 0.0, None));
    }

    #[test]
    fn each_of_several_causes_is_to_be_near_the_top() {
        let check = |names: &[&str], truth: &[&str], expected| {
            let truth: Vec<String> = truth.iter().map(|name| (*name).to_owned()).collect();
            let found = is_each_named(names.iter().copied(), &truth);
            assert_eq!(found, expected, "{names:?} {truth:?}");
        };
        check(&["a", "x", "b"], &["a", "b"], Some(true));
        check(&["a", "x", "y", "b"], &["a", "b"], Some(false));
        check(&["a"], &["a", "b"], Some(false));
        check(&["a", "b", "c", "d"], &["d", "c", "b", "a"], Some(true));
        check(&["x", "a", "b", "c", "d"], &["d", "c", "b", "a"], Some(false));
        check(&["a"], &["a"], None);
        check(&[], &[], None);
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
