//! Asks the query of an `eval`, and says what came otherwise than demanded.

use knockon_promql::{Answer, QueryError, Sample, Value};

use super::Ask;
use super::compare::{differences, out_of_order};
use super::eval::Eval;
use super::expect::{Notes, Pattern};
use super::pinned::pinned;

/// How far on either side of its moment an instant query is also asked, and in which steps.
const AROUND_MS: i64 = 60_000;

/// How the message of an error begins that refuses a feature by name.
const UNSUPPORTED: &str = "unsupported:";

/// What an `eval` shows.
pub(super) enum Verdict {
    Agrees,
    Disagrees(Vec<String>),
    LeftOut(String),
}

/// Answers a query.
type Answerer<'a> = dyn FnMut(&str, Ask) -> Result<Answer, QueryError> + 'a;

/// Plays an `eval`.
pub(super) fn play(eval: &Eval, ask: &mut Answerer) -> Verdict {
    if eval.expects_native_histogram() {
        return Verdict::LeftOut(NATIVE_HISTOGRAMS.to_owned());
    }
    let verdict = play_once(eval, &eval.query, eval.ask, ask);
    let (Verdict::Agrees, Ask::At { time_ms }) = (&verdict, eval.ask) else { return verdict };
    let Some(query) = pinned(&eval.query, time_ms) else { return verdict };
    for other_ms in other_moments(time_ms) {
        match play_once(eval, &query, Ask::At { time_ms: other_ms }, ask) {
            // The case itself agreed; what cannot be asked beside it takes nothing away from that.
            Verdict::Agrees | Verdict::LeftOut(_) => {}
            Verdict::Disagrees(found) => {
                let at_other = |what| format!("`{query}` at {other_ms} ms: {what}");
                return Verdict::Disagrees(found.into_iter().map(at_other).collect());
            }
        }
    }
    verdict
}

/// When a pinned query is asked, which must not matter.
fn other_moments(time_ms: i64) -> Vec<i64> {
    if time_ms == 0 {
        return vec![-1_000, 0, 1_000];
    }
    let far_ms = time_ms.saturating_mul(10);
    vec![far_ms.saturating_neg(), 0, time_ms / 5, time_ms, far_ms]
}

/// Asks a query at a moment or over steps, and where it is demanded around the moment.
fn play_once(eval: &Eval, query: &str, moment: Ask, ask: &mut Answerer) -> Verdict {
    let answer = match ask(query, moment) {
        Ok(_) if !eval.demands.fail.is_empty() => {
            return Verdict::Disagrees(vec!["expected a failure, got none".to_owned()]);
        }
        Ok(answer) => answer,
        Err(error) => return failed(eval, &error.message),
    };
    let mut found = notes_differ("warning", &eval.demands.warn, &answer.warnings);
    found.extend(notes_differ("info", &eval.demands.info, &answer.infos));
    found.extend(differences(eval, &answer.value));
    if !found.is_empty() {
        return Verdict::Disagrees(found);
    }
    match moment {
        Ask::At { time_ms } if eval.also_over && !depends_on_range(query) => {
            play_over(eval, query, time_ms, &answer.value, ask)
        }
        _ => Verdict::Agrees,
    }
}

/// The reason of a case that needs native histograms.
const NATIVE_HISTOGRAMS: &str = "native histograms";

/// What an error means that is not the one demanded, if it is a reason to leave the case out.
fn reason(message: &str) -> Option<String> {
    if message.contains("native histogram") {
        return Some(NATIVE_HISTOGRAMS.to_owned());
    }
    let feature = message.strip_prefix(UNSUPPORTED)?;
    Some(format!("{UNSUPPORTED} {}", feature.trim()))
}

fn failed(eval: &Eval, message: &str) -> Verdict {
    let patterns = &eval.demands.fail;
    let is_as_demanded = !patterns.is_empty() && patterns.iter().all(|it| it.is_match(message));
    let is_told = patterns.iter().any(|it| !matches!(it, Pattern::Any));
    // Which failure was meant is only known of a message that is told.
    if is_as_demanded && is_told {
        return Verdict::Agrees;
    }
    if let Some(reason) = reason(message) {
        return Verdict::LeftOut(reason);
    }
    if is_as_demanded {
        return Verdict::Agrees;
    }
    let wanted: Vec<String> = patterns.iter().map(Pattern::shown).collect();
    Verdict::Disagrees(vec![if wanted.is_empty() {
        format!("expected an answer, got the error “{message}”")
    } else {
        format!("expected the error {}, got “{message}”", wanted.join(" and "))
    }])
}

/// How warnings or infos differ from what is said of them. Where nothing is said of them, they do not
/// matter.
fn notes_differ(word: &str, demanded: &Notes, got: &[String]) -> Vec<String> {
    if demanded.none {
        return got.iter().map(|note| format!("unexpected {word} “{note}”")).collect();
    }
    if demanded.some.is_empty() {
        return Vec::new();
    }
    if got.is_empty() {
        let wanted: Vec<String> = demanded.some.iter().map(Pattern::shown).collect();
        return vec![format!("expected the {word} {}, got none", wanted.join(" and "))];
    }
    let unmet = demanded.some.iter().filter(|it| !got.iter().any(|note| it.is_match(note)));
    let unmet =
        unmet.map(|it| format!("expected the {word} {}, got “{}”", it.shown(), got.join("”, “")));
    let stray = got.iter().filter(|note| !demanded.some.iter().any(|it| it.is_match(note)));
    unmet.chain(stray.map(|note| format!("unexpected {word} “{note}”"))).collect()
}

/// Whether a query asks for the range that it is asked over.
fn depends_on_range(query: &str) -> bool {
    ["start()", "end()", "range()", "step()"].iter().any(|it| query.contains(it))
}

/// Asks over a range around the moment: the middle step must be as the moment alone.
fn play_over(eval: &Eval, query: &str, time_ms: i64, alone: &Value, ask: &mut Answerer) -> Verdict {
    let over = Ask::Over {
        from_ms: time_ms.saturating_sub(AROUND_MS),
        to_ms: time_ms.saturating_add(AROUND_MS),
        step_ms: AROUND_MS,
    };
    let in_range_mode = |what: String| format!("asked as a range: {what}");
    let answer = match ask(query, over) {
        Ok(answer) => answer,
        Err(error) => {
            return match reason(&error.message) {
                // The moment itself agreed; its neighbours have what cannot be asked.
                Some(_) => Verdict::Agrees,
                None => Verdict::Disagrees(vec![in_range_mode(format!(
                    "expected an answer, got the error “{}”",
                    error.message
                ))]),
            };
        }
    };
    // A matrix has an order of its own.
    if eval.demands.ordered {
        return Verdict::Agrees;
    }
    let Value::Matrix(series) = answer.value else {
        let kind = answer.value.kind();
        return Verdict::Disagrees(vec![in_range_mode(format!("expected a matrix, got a {kind}"))]);
    };
    let mut found = out_of_order(&series);
    let middle = |samples: &[(i64, f64)]| samples.iter().find(|it| it.0 == time_ms).copied();
    let samples = series.into_iter().filter_map(|it| {
        let (time_ms, value) = middle(&it.samples)?;
        Some(Sample { labels: it.labels, time_ms, value })
    });
    let samples: Vec<Sample> = samples.collect();
    let value = match (alone, samples.first()) {
        (Value::Scalar { .. }, Some(sample)) => Value::Scalar { time_ms, value: sample.value },
        _ => Value::Vector(samples),
    };
    found.extend(differences(eval, &value));
    if found.is_empty() {
        return Verdict::Agrees;
    }
    Verdict::Disagrees(found.into_iter().map(in_range_mode).collect())
}
