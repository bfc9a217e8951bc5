//! What the runner says when an answer is not as the file demands.

use knockon_conformance::promql::{Ask, check_with, headline};
use knockon_conformance::{Disagreement, Report};
use knockon_promql::{Answer, Labels, Points, QueryError, Sample, Value, special};

use crate::texts;

/// How a query is answered.
#[derive(Clone)]
struct Prepared(Result<Answer, QueryError>);

impl From<Answer> for Prepared {
    fn from(answer: Answer) -> Self {
        Self(Ok(answer))
    }
}

impl From<QueryError> for Prepared {
    fn from(error: QueryError) -> Self {
        Self(Err(error))
    }
}

fn answer(value: Value) -> Answer {
    Answer { value, warnings: Vec::new(), infos: Vec::new() }
}

fn noted(warnings: &[&str], infos: &[&str]) -> Answer {
    let [warnings, infos] =
        [warnings, infos].map(|notes| notes.iter().map(|it| (*it).to_owned()).collect());
    Answer { value: Value::Vector(Vec::new()), warnings, infos }
}

fn error(message: &str) -> QueryError {
    QueryError { span: 0..0, message: message.to_owned() }
}

fn labels(name: &str) -> Labels {
    Labels::of([("__name__", name)])
}

fn vector(samples: &[(&str, f64)]) -> Answer {
    let sample =
        |(name, value): &(&str, f64)| Sample { labels: labels(name), time_ms: 0, value: *value };
    answer(Value::Vector(samples.iter().map(sample).collect()))
}

fn matrix(series: &[(&str, &[(i64, f64)])]) -> Answer {
    let points = |(name, samples): &(&str, &[(i64, f64)])| Points {
        labels: labels(name),
        samples: samples.to_vec(),
    };
    answer(Value::Matrix(series.iter().map(points).collect()))
}

/// What a moment says, as it is said over a range.
fn around(value: &Value, time_ms: i64) -> Value {
    match value {
        Value::Vector(samples) => {
            let mut series: Vec<Points> = samples
                .iter()
                .map(|it| Points { labels: it.labels.clone(), samples: vec![(time_ms, it.value)] })
                .collect();
            series.sort_by(|a, b| a.labels.cmp(&b.labels));
            Value::Matrix(series)
        }
        Value::Scalar { value, .. } => Value::Matrix(vec![Points {
            labels: Labels::default(),
            samples: vec![(time_ms - 60_000, 0.5), (time_ms, *value)],
        }]),
        other => other.clone(),
    }
}

/// What is said of a file whose queries are all answered like this.
#[cfg(test)]
fn play(text: &str, prepared: impl Into<Prepared>) -> Report {
    let Prepared(prepared) = prepared.into();
    let report = check_with(text, |_, _, ask| match (ask, &prepared) {
        (Ask::Over { from_ms, step_ms, .. }, Ok(answer)) => {
            Ok(Answer { value: around(&answer.value, from_ms + step_ms), ..answer.clone() })
        }
        _ => prepared.clone(),
    });
    report.unwrap()
}

/// Plays what comes after `eval`; what differs, nothing if all agrees.
#[track_caller]
fn check(eval: &str, prepared: impl Into<Prepared>, expected: &str) {
    let report = play(&format!("eval{eval}"), prepared);
    let what = report.disagreements.iter().map(|it| it.what.as_str()).collect::<Vec<_>>();
    assert_eq!(what.join(" | "), expected, "{eval}");
    assert_eq!((report.played, report.left_out.len()), (1, 0), "{eval}");
}

#[test]
fn values_of_a_vector() {
    let two = " instant at 0 x\n  a 1\n  b 2";
    check(two, vector(&[("a", 1.0), ("b", 2.0)]), "");
    check(two, vector(&[("b", 2.0), ("a", 1.000_000_1)]), "");
    check(two, vector(&[("a", 1.0), ("b", 2.1)]), "expected b 2, got 2.1");
    check(two, vector(&[("a", 1.0)]), "expected b 2, got nothing");
    check(two, vector(&[("a", 1.0), ("b", 2.0), ("c", 3.0)]), "unexpected c 3");
    check(two, vector(&[]), "expected a 1, got nothing; expected b 2, got nothing");
    check(two, vector(&[("a", f64::NAN), ("b", 2.0)]), "expected a 1, got NaN");
    check(" instant at 0 x\n  a NaN", vector(&[("a", f64::NAN)]), "");
    check(
        " instant at 0 x\n  a NaN",
        vector(&[("a", special::STALE)]),
        "expected a NaN, got stale",
    );
    check(
        " instant at 0 x\n  a NaN",
        vector(&[("a", special::NATIVE_HISTOGRAM)]),
        "expected a NaN, got {{…}}",
    );
    check(" instant at 0 x", vector(&[]), "");
    check(" instant at 0 x\n  1", vector(&[("a", 1.0)]), "expected the scalar 1, got a vector");
}

#[test]
fn the_order_of_a_vector_matters_only_where_it_is_demanded() {
    let wrong = "expected b at place 2, got it at 1; expected a at place 1, got it at 2";
    let upside_down = vector(&[("b", 2.0), ("a", 1.0)]);
    check("_ordered instant at 0 x\n  a 1\n  b 2", upside_down.clone(), wrong);
    check(" instant at 0 x\n  expect ordered\n  a 1\n  b 2", upside_down.clone(), wrong);
    check(" instant at 0 x\n  b 2\n  expect ordered\n  a 1", upside_down.clone(), "");
    check(
        " range from 0 to 1m step 1m x\n  expect ordered\n  a 1",
        matrix(&[("a", &[(0, 1.0)])]),
        "expected an order, got a matrix, which has its own",
    );
}

#[test]
fn scalars_and_texts() {
    let scalar = |value| answer(Value::Scalar { time_ms: 0, value });
    let text = |text: &str| answer(Value::String { time_ms: 0, text: text.to_owned() });
    check(" instant at 0 x\n  0x10", scalar(16.0), "");
    check(" instant at 0 x\n  -Inf", scalar(f64::NEG_INFINITY), "");
    check(" instant at 0 x\n  1", scalar(2.0), "expected 1, got 2");
    check(
        " instant at 0 x\n  {} 1",
        scalar(1.0),
        "expected a vector or a matrix, got the scalar 1",
    );
    check(" instant at 0 x\n  expect string \"a\\n\"", text("a\n"), "");
    check(" instant at 0 x\n  expect string `a`", text("b"), "expected the text \"a\", got \"b\"");
}

#[test]
fn values_of_a_matrix() {
    let gap = " range from 0 to 2m step 1m x\n  a 1 _ 3";
    check(gap, matrix(&[("a", &[(0, 1.0), (120_000, 3.0)])]), "");
    check(
        gap,
        matrix(&[("a", &[(0, 1.0), (60_000, 2.0), (120_000, 3.0)])]),
        "expected a [1@0ms 3@120000ms], got [1@0ms 2@60000ms 3@120000ms]",
    );
    check(
        gap,
        matrix(&[("a", &[(0, 1.0), (60_000, 3.0)])]),
        "expected a [1@0ms 3@120000ms], got [1@0ms 3@60000ms]",
    );
    check(gap, matrix(&[]), "expected a 1 _ 3, got nothing");
    check(
        " range from 0 to 1m step 1m x\n  a 1\n  b 1",
        matrix(&[("b", &[(0, 1.0)]), ("a", &[(0, 1.0)])]),
        "a comes after b",
    );
    check(" range from 0 to 1m step 1m x", matrix(&[("a", &[(0, 1.0)])]), "unexpected a [1@0ms]");
    check(
        " range from 0 to 1m step 1m x\n  a 1x2",
        matrix(&[("a", &[(0, 1.0)])]),
        "3 values are given for a, more than there are steps",
    );
    let vector = " instant at 0 a[1m]\n  expect range vector from 10s to 30s step 10s\n  a 1 2 3";
    check(vector, matrix(&[("a", &[(10_000, 1.0), (20_000, 2.0), (30_000, 3.0)])]), "");
}

#[test]
fn failures() {
    check(" instant at 0 x", error("bad"), "expected an answer, got the error “bad”");
    check("_fail instant at 0 x", error("bad"), "");
    check("_fail instant at 0 x", vector(&[]), "expected a failure, got none");
    check(" instant at 0 x\n  expect fail", vector(&[]), "expected a failure, got none");
    check(" instant at 0 x\n  expect fail msg:bad", error("bad"), "");
    check(
        " instant at 0 x\n  expect fail msg: bad",
        error("very bad"),
        "expected the error “bad”, got “very bad”",
    );
    check(" instant at 0 x\n  expect fail regex: b.d$", error("very bad"), "");
    check("_fail instant at 0 x\n  expected_fail_message bad", error("bad"), "");
    check(
        "_fail instant at 0 x\n  expected_fail_message bad",
        error("worse"),
        "expected the error any and “bad”, got “worse”",
    );
    check("_fail range from 0 to 1m step 1m x\n  expected_fail_regexp ^b", error("bad"), "");
}

#[test]
fn warnings_and_infos() {
    check(" instant at 0 x", noted(&["w"], &["i"]), "");
    check("_warn instant at 0 x", noted(&["w"], &[]), "");
    check("_warn instant at 0 x", noted(&[], &["i"]), "expected the warning any, got none");
    check("_info instant at 0 x", noted(&["w"], &[]), "expected the info any, got none");
    check(" instant at 0 x\n  expect warn", noted(&["w", "v"], &[]), "");
    check(
        " instant at 0 x\n  expect no_warn\n  expect no_info",
        noted(&["w"], &["i"]),
        "unexpected warning “w”; unexpected info “i”",
    );
    check(
        " instant at 0 x\n  expect warn msg: w\n  expect info regex: ^i",
        noted(&["w"], &["ii"]),
        "",
    );
    check(
        " instant at 0 x\n  expect warn msg: w",
        noted(&["v"], &[]),
        "expected the warning “w”, got “v”; unexpected warning “v”",
    );
    check(" instant at 0 x\n  expect info msg: i", noted(&[], &["i", "j"]), "unexpected info “j”");
}

#[test]
fn an_instant_query_must_answer_the_same_over_a_range() {
    fn check(ordered: &str, alone: &Answer, around: impl Into<Prepared>, expected: &[&str]) {
        let Prepared(around) = around.into();
        // Asked at one moment only: its result would vary.
        let text = format!("eval{ordered} instant at 0 hour(x)\n  a 1");
        let report = check_with(&text, |_, _, ask| match ask {
            Ask::At { .. } => Ok(alone.clone()),
            Ask::Over { .. } => around.clone(),
        });
        let differ: Vec<_> = report.unwrap().disagreements.into_iter().map(|it| it.what).collect();
        assert_eq!(differ, expected);
    }
    let alone = &vector(&[("a", 1.0)]);
    check("", alone, matrix(&[("a", &[(-60_000, 5.0), (0, 1.0)]), ("b", &[(60_000, 1.0)])]), &[]);
    check(
        "",
        alone,
        matrix(&[("a", &[(-60_000, 1.0), (60_000, 1.0)])]),
        &["asked as a range: expected a 1, got nothing"],
    );
    check("", alone, matrix(&[("a", &[(0, 2.0)])]), &["asked as a range: expected a 1, got 2"]);
    check("", alone, error("bad"), &["asked as a range: expected an answer, got the error “bad”"]);
    check("", alone, alone.clone(), &["asked as a range: expected a matrix, got a vector"]);
    check("_ordered", alone, matrix(&[]), &[]);
}

#[test]
fn a_pinned_query_must_answer_the_same_at_any_moment() {
    let report = check_with("eval instant at 1m x\n  expect ordered\n  a 1", |_, query, ask| {
        let is_early = ask == Ask::At { time_ms: -600_000 };
        Ok(vector(&[("a", if query.contains('@') && is_early { 2.0 } else { 1.0 })]))
    });
    let what = report.map(|it| it.disagreements.into_iter().map(|it| it.what).collect::<Vec<_>>());
    assert_eq!(what, Ok(vec!["`x @ 60.000` at -600000 ms: expected a 1, got 2".to_owned()]));
}

#[test]
fn what_is_left_out_is_listed_with_its_reason() {
    let file = "load 1m\n  a 1\n\neval instant at 0 a\n\neval instant at 0 b\n  {} {{count:1}}\n";
    let left_out = |prepared: Prepared| texts(&play(file, prepared).left_out);
    assert_eq!(left_out(vector(&[]).into()), ["line 6: b: native histograms"]);
    assert_eq!(
        left_out(error("a native histogram is in the way").into()),
        ["line 4: a: native histograms", "line 6: b: native histograms"]
    );
    assert_eq!(
        left_out(error("unsupported: anchored").into()),
        ["line 4: a: unsupported: anchored", "line 6: b: native histograms"]
    );
    assert_eq!(
        headline(&play(file, error("unsupported: anchored"))),
        "0 of 2 evals agree, 2 left out: native histograms 1, unsupported: anchored 1"
    );
    assert_eq!(headline(&play("eval instant at 0 a", vector(&[]))), "1 of 1 evals agree");
    // A failure is no agreement if it may be another than the one that is meant.
    let fails = |demand: &str, message: &str| {
        let report = play(&format!("eval instant at 0 a\n  expect fail{demand}"), error(message));
        (report.left_out.len(), report.disagreements.len())
    };
    assert_eq!(fails("", "native histogram"), (1, 0));
    assert_eq!(fails("", "unsupported: fill"), (1, 0));
    assert_eq!(fails(" regex: native", "native histogram"), (0, 0));
    assert_eq!(fails(" msg: bad", "unsupported: fill"), (1, 0));
}

#[test]
fn start_timestamps_are_left_out_until_all_is_cleared() {
    let file = "load 1m\n  a@st 0s\n  a 1\n\neval instant at 0 a\n\nclear\neval instant at 0 b";
    let report = play(file, vector(&[]));
    assert_eq!(texts(&report.left_out), ["line 5: a: unsupported: start timestamps (@st)"]);
    assert_eq!(report.played, 1);
}

#[test]
fn a_disagreement_names_line_and_query() {
    let report = play("\neval instant at 0 sum(x)\n  {} 1", vector(&[]));
    let case = "line 2: sum(x)".to_owned();
    let what = "expected {} 1, got nothing".to_owned();
    assert_eq!(report.disagreements, [Disagreement { case, what }]);
}
