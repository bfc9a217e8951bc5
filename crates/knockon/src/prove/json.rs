//! A proof as JSON: `docs/reference/run.md` is its contract.

use knockon_scenario::load::Loaded;
use knockon_scenario::prove::{Proof, Trial, Tried};
use knockon_sim::interval::Interval;
use serde_json::{Value, json};

/// The proof as a JSON document.
pub(super) fn json(loaded: &Loaded, proof: &Proof) -> String {
    let not = proof.not_tried.iter().map(|it| {
        let (kind, name) = trial(&it.trial);
        json!({ "trial": kind, "name": name, "why": it.why })
    });
    let document = json!({
        "schema": "knockon.proof/v1",
        "system": loaded.system.name(),
        "scenario": loaded.scenario.name,
        "title": loaded.scenario.title,
        "seed": proof.seed,
        "replications": proof.replications,
        "currency": proof.currency,
        "hurt": proof.hurt,
        "necessary": { "expectations_broken": proof.needed.0, "of": proof.needed.1 },
        "sufficient": { "expectations_held": proof.sufficed.0, "of": proof.sufficed.1 },
        "trials": proof.tried.iter().map(tried).collect::<Vec<_>>(),
        "not_tried": not.collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

fn tried(tried: &Tried) -> Value {
    let (kind, name) = trial(&tried.trial);
    json!({
        "trial": kind,
        "name": name,
        "summary": tried.summary,
        "risk": tried.risk,
        "works_as_said": tried.works.map(|_| tried.is_as_said()),
        "healthy": tried.healthy,
        "healthy_after_s": tried.healthy_after_s.map(interval),
        "orders_saved": interval(tried.orders_saved),
        "money_saved": tried.money_saved.map(interval),
        "failed": interval(tried.failed),
        "lost": interval(tried.lost),
        "stuck": interval(tried.stuck),
        "doubled": interval(tried.doubled),
        "charged_unfulfilled": interval(tried.charged_unfulfilled),
    })
}

fn trial(trial: &Trial) -> (&'static str, Option<&str>) {
    match trial {
        Trial::AsItWas => ("as-it-was", None),
        Trial::WithoutCause => ("without-cause", None),
        Trial::OnlyCause => ("only-cause", None),
        Trial::Fix(name) => ("fix", Some(name)),
        Trial::Variant(name) => ("variant", Some(name)),
    }
}

/// A mean with half of its 95 % interval; that is nothing of one run.
fn interval(interval: Interval) -> Value {
    let rounded = |value: f64| (value * 10_000.0).round() / 10_000.0;
    let half = interval.half_width;
    json!({
        "mean": rounded(interval.mean),
        "half_width": half.is_finite().then(|| rounded(half)),
    })
}
