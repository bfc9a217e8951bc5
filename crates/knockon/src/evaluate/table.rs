//! Scores as tables for people and as JSON for programs.

use std::fmt::Write as _;

use super::measure::Trial;
use super::reliability::Reliability;
use super::score::{Outcome, Score};

/// The scores as tables: of one trial by data set, by kind of fault and by confidence; of several a
/// row for each. Below them, if asked for, the cases that went wrong.
pub(super) fn text(trials: &[Trial], misses: bool) -> String {
    let mut text = match trials {
        [trial] => one(trial),
        several => {
            let rows: Vec<Row> = several.iter().map(|it| (&*it.degraded, &it.total)).collect();
            scores("degraded", &rows)
        }
    };
    for trial in trials.iter().filter(|_| misses) {
        let outcomes = trial.data_sets.iter().flat_map(|set| &set.outcomes);
        let wrong: Vec<String> = outcomes.filter(|it| it.is_miss()).map(miss).collect();
        if !wrong.is_empty() {
            let of = match trials {
                [_] => String::new(),
                _ => format!(", {}", trial.degraded),
            };
            let _ = write!(text, "\nmisses{of}\n{}", wrong.concat());
        }
    }
    text
}

fn one(trial: &Trial) -> String {
    let sets = &trial.data_sets;
    let mut rows: Vec<Row> =
        sets.iter().flat_map(|set| &set.scores).map(|score| (&*score.name, score)).collect();
    if sets.len() > 1 {
        rows.push((&trial.total.name, &trial.total));
    }
    let mut text = scores("data set", &rows);
    if !trial.kinds.is_empty() {
        let rows: Vec<Row> = trial.kinds.iter().map(|score| (&*score.name, score)).collect();
        text += "\n";
        text += &scores("kind of fault", &rows);
    }
    text += "\n";
    text += &reliability(&trial.reliability);
    text
}

/// What a row is called, and its score.
type Row<'a> = (&'a str, &'a Score);

fn scores(of: &str, rows: &[Row]) -> String {
    let widths = rows.iter().map(|(name, _)| name.chars().count());
    let width = widths.chain([of.chars().count()]).max().unwrap_or(0);
    let mut text = format!(
        "{of:width$}  {:>5}  {:>5}  {:>5}  {:>5}  {:>7}  {:>5}  {:>6}  {:>5}  {:>6}  {:>7}\n",
        "cases",
        "top-1",
        "top-3",
        "top-5",
        "average",
        "Avg@5",
        "change",
        "each",
        "blamed",
        "ms/case",
    );
    let share = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), |it| format!("{it:.3}"));
    for (name, score) in rows {
        let blamed = match score.nobody_cases {
            0 => "-".to_owned(),
            cases => format!("{}/{cases}", score.nobody_blamed),
        };
        let _ = writeln!(
            text,
            "{name:width$}  {:>5}  {:>5.3}  {:>5.3}  {:>5.3}  {:>7.3}  {:>5.3}  {:>6}  {:>5}  \
             {blamed:>6}  {:>7.2}",
            score.cases,
            score.top1,
            score.top3,
            score.top5,
            score.average,
            score.avg_at_5,
            share(score.change_top1),
            share(score.each_found),
            score.ms_per_case,
        );
    }
    text
}

fn reliability(reliability: &Reliability) -> String {
    let Reliability { by_confidence, by_certainty, calibration_error } = reliability;
    let mut text = format!("{:10}  {:>5}  {:>5}  {:>5}\n", "confidence", "cases", "mean", "right");
    for band in by_confidence.iter().chain(by_certainty).filter(|band| band.cases > 0) {
        let _ = writeln!(
            text,
            "{:10}  {:>5}  {:>5.3}  {:>5.3}",
            band.band, band.cases, band.confidence, band.right
        );
    }
    let _ = writeln!(text, "off by {calibration_error:.3} on average");
    text
}

fn miss(outcome: &Outcome) -> String {
    let rank = outcome.usual_rank();
    let truth = match rank {
        _ if outcome.blamed.is_some() => "nobody is to blame".to_owned(),
        Some(rank) => format!("{} is rank {rank}", outcome.truth.join(" or ")),
        None => format!("{} is not among the candidates", outcome.truth.join(" or ")),
    };
    let seen = match (outcome.truth_alerts, outcome.truth_series) {
        _ if outcome.truth.is_empty() => String::new(),
        (0, 0) => " (nothing in the evidence is about it)".to_owned(),
        (alerts, series) => format!(" (alerts on it: {alerts}, series: {series})"),
    };
    let each = if outcome.each_found == Some(false) { "; not each cause was named" } else { "" };
    let change = if outcome.change_found == Some(false) {
        "; the wrong change was put first, or blamed"
    } else {
        ""
    };
    let found = match &*outcome.found {
        [] => "nobody".to_owned(),
        found => found.join(", "),
    };
    format!(
        "{}: {truth}{seen}; found {found} with confidence {:.2}{each}{change}\n",
        outcome.case, outcome.confidence
    )
}

/// The scores and every outcome as JSON.
pub(super) fn json(trials: &[Trial]) -> String {
    let document = serde_json::json!({ "schema": "knockon.evaluation/v2", "trials": trials });
    format!("{document:#}\n")
}
