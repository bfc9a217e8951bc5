//! Scores as a table for people and as JSON for programs.

use std::fmt::Write as _;

use super::Measured;
use super::score::{Outcome, Score};

/// The scores as a table; below it, if asked for, the cases whose cause did not come first.
pub(super) fn text(measured: &[Measured], total: &Score, misses: bool) -> String {
    let scores: Vec<&Score> = measured.iter().flat_map(|set| &set.scores).collect();
    let width = scores.iter().map(|score| score.name.chars().count()).max().unwrap_or(0).max(8);
    let mut text = format!(
        "{:width$}  {:>5}  {:>5}  {:>5}  {:>5}  {:>7}  {:>5}  {:>6}  {:>7}\n",
        "data set", "cases", "top-1", "top-3", "top-5", "average", "Avg@5", "change", "ms/case",
    );
    for score in &scores {
        row(&mut text, score, width);
    }
    if measured.len() > 1 {
        row(&mut text, total, width);
    }
    if misses {
        for outcome in measured.iter().flat_map(|set| &set.outcomes) {
            miss(&mut text, outcome);
        }
    }
    text
}

fn row(text: &mut String, score: &Score, width: usize) {
    let change = score.change_top1.map_or_else(|| "-".to_owned(), |share| format!("{share:.3}"));
    let _ = writeln!(
        text,
        "{:width$}  {:>5}  {:>5.3}  {:>5.3}  {:>5.3}  {:>7.3}  {:>5.3}  {change:>6}  {:>7.2}",
        score.name,
        score.cases,
        score.top1,
        score.top3,
        score.top5,
        score.average,
        score.avg_at_5,
        score.ms_per_case,
    );
}

fn miss(text: &mut String, outcome: &Outcome) {
    let rank = outcome.usual_rank();
    let cause_missed = rank != Some(1);
    let change_missed = outcome.change_found == Some(false);
    if !cause_missed && !change_missed {
        return;
    }
    let rank =
        rank.map_or_else(|| "not among the candidates".to_owned(), |rank| format!("rank {rank}"));
    let change = if change_missed { "; the change was not put first" } else { "" };
    let _ = writeln!(
        text,
        "{}: {} is {rank}; found {}{change}",
        outcome.case,
        outcome.truth.join(" or "),
        outcome.found.join(", "),
    );
}

/// The scores and every outcome as JSON.
pub(super) fn json(measured: &[Measured], total: &Score) -> String {
    let sets: Vec<_> = measured
        .iter()
        .map(|set| serde_json::json!({ "scores": set.scores, "outcomes": set.outcomes }))
        .collect();
    let document = serde_json::json!({
        "schema": "knockon.evaluation/v1",
        "data_sets": sets,
        "total": total,
    });
    format!("{document:#}\n")
}
