//! What the reader makes of a file: the samples in the store, the queries asked, and its mistakes.

use knockon_conformance::promql::{Ask, check_with};
use knockon_promql::{Answer, Store, Value, special};

/// What each query of a file is asked of, while it is answered with nothing.
#[cfg(test)]
fn asked(text: &str) -> Vec<(String, Ask, Store)> {
    let mut asked = Vec::new();
    let report = check_with(text, |store, query, ask| {
        asked.push((query.to_owned(), ask, store.clone()));
        let value = match ask {
            Ask::At { .. } => Value::Vector(Vec::new()),
            Ask::Over { .. } => Value::Matrix(Vec::new()),
        };
        Ok(Answer { value, warnings: Vec::new(), infos: Vec::new() })
    });
    report.unwrap();
    asked
}

fn shown(value: f64) -> String {
    match value {
        _ if special::is_stale(value) => "stale".to_owned(),
        _ if special::is_native_histogram(value) => "{{}}".to_owned(),
        _ => special::text(value),
    }
}

/// The samples after the commands of a file, a line for each series.
#[cfg(test)]
fn samples(text: &str) -> Vec<String> {
    let (_, _, store) = asked(&format!("{text}\n\neval instant at 0 step()")).pop().unwrap();
    let mut lines: Vec<String> = store
        .series()
        .map(|series| {
            let samples = series.times_ms().iter().zip(series.values());
            let samples = samples.map(|(time_ms, value)| format!(" {}@{time_ms}", shown(*value)));
            format!("{}{}", series.labels(), samples.collect::<String>())
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn samples_are_loaded_at_equal_steps() {
    let check = |text: &str, expected: &[&str]| assert_eq!(samples(text), expected, "{text}");
    check(
        "load 10s\n  a 1+1x2 _ stale\n  b{c=\"d\"} _ NaN -Inf\n  none",
        &["a 1@0 2@10000 3@20000 stale@40000", "b{c=\"d\"} NaN@10000 -Inf@20000", "none"],
    );
    check("load 1m\n\ta {{schema:0 sum:1}}x1 5", &["a {{}}@0 {{}}@60000 5@120000"]);
    check("load 10s53ms\n  a 1 2", &["a 1@0 2@10053"]);
    check("load 1s\n  a 1\n# over\nload 1s\n  a _ 2", &["a 1@0 2@1000"]);
    check("load 1s\n  a 1\n\nload 1s\n  a 1 2", &["a 1@0 2@1000"]);
    check("load 1s\n  a 1\n  a 2", &["a 2@0"]);
    check("load 1s\n  a 1\n\nclear\nload 1s\n  b 1", &["b 1@0"]);
}

#[test]
fn classic_histograms_are_also_loaded_as_native_ones() {
    let text = "load_with_nhcb 1s
  h_bucket{le=\"1\", job=\"a\"} 1 _ 3
  h_bucket{le=\"+Inf\", job=\"a\"} 1 _ 3
  h_bucket{le=\"2\", job=\"b\"} 1
  h_bucket{le=\"big\", job=\"c\"} 1
  h_sum{job=\"a\"} 5 6
  h_count{job=\"d\"} 1 {{}}
  other 1";
    let native: Vec<String> = samples(text).into_iter().filter(|it| it.contains("{{}}")).collect();
    assert_eq!(
        native,
        [
            "h_count{job=\"d\"} 1@0 {{}}@1000",
            "h{job=\"a\"} {{}}@0 {{}}@1000 {{}}@2000",
            "h{job=\"b\"} {{}}@0",
            "h{job=\"d\"} {{}}@0",
        ]
    );
    let plain = samples(&text.replace("_with_nhcb", ""));
    assert!(!plain.iter().any(|it| it.starts_with("h{")), "{plain:?}");
}

#[test]
fn queries_are_asked_when_the_file_says_and_instant_ones_also_around_it() {
    let check = |text: &str, expected: &[(&str, Ask)]| {
        let asked = asked(text);
        let asked = asked.iter().map(|(query, ask, _)| (query.as_str(), *ask));
        // Pinned queries come after these, and have their own test.
        assert_eq!(asked.take(expected.len()).collect::<Vec<_>>(), expected, "{text}");
    };
    let at = |time_ms| Ask::At { time_ms };
    let over = |from_ms, to_ms, step_ms| Ask::Over { from_ms, to_ms, step_ms };
    check(
        "eval instant at 1h30m rate(a[5m])",
        &[("rate(a[5m])", at(5_400_000)), ("rate(a[5m])", over(5_340_000, 5_460_000, 60_000))],
    );
    check("eval instant at 0 a", &[("a", at(0)), ("a", over(-60_000, 60_000, 60_000))]);
    check("eval\tinstant  at 0\ta @ end()", &[("a @ end()", at(0))]);
    check("eval instant at 0 range()", &[("range()", at(0))]);
    check("eval range from 0 to 10m step 5m a", &[("a", over(0, 600_000, 300_000))]);
    check(
        "eval instant at 5s a[1m]\n  expect range vector from 0 to 10s step 5s",
        &[("a[1m]", at(10_000))],
    );
    check("eval_ordered instant at 0 a", &[("a", at(0)), ("a", over(-60_000, 60_000, 60_000))]);
    assert_eq!(asked("# nothing\n  # at all\n\nclear").len(), 0);
}

#[test]
fn instant_queries_are_also_asked_at_other_moments_pinned_to_their_own() {
    let check = |eval: &str, query: &str, expected_ms: &[i64]| {
        let pinned = asked(eval).into_iter().filter_map(|(text, ask, _)| match ask {
            Ask::At { time_ms } if text == query => Some(time_ms),
            _ => None,
        });
        assert_eq!(pinned.collect::<Vec<_>>(), expected_ms, "{eval}");
    };
    check("eval instant at 10s a", "a @ 10.000", &[-100_000, 0, 2_000, 10_000, 100_000]);
    check("eval instant at 10ms a[1m:]", "a[1m:] @ 0.010", &[-100, 0, 2, 10, 100]);
    check("eval instant at 0 a", "a @ 0.000", &[-1_000, 0, 1_000]);
    check("eval instant at 1s a @ 5", "a @ 5", &[1_000, -10_000, 0, 200, 1_000, 10_000]);
    check("eval instant at 1s hour(a)", "hour(a)", &[1_000]);
    check("eval range from 0 to 1s step 1s a", "a @ 0.000", &[]);
    check(
        "eval instant at 0 a[2s]\n  expect range vector from 1s to 2s step 1s",
        "a[2s] @ 2.000",
        &[-20_000, 0, 400, 2_000, 20_000],
    );
}

#[test]
fn a_mistake_is_told_with_its_line() {
    let check = |text: &str, expected: &str| {
        let answer = |_: &Store, _: &str, _: Ask| {
            let value = Value::Vector(Vec::new());
            Ok(Answer { value, warnings: Vec::new(), infos: Vec::new() })
        };
        assert_eq!(check_with(text, answer).unwrap_err(), expected, "{text}");
    };
    check("\nignore", "line 2: `ignore` is no command");
    check("load 10\n", "line 1: `10` is not a duration, as in `1h30m`");
    check("load", "line 1: `` is not a duration, as in `1h30m`");
    check("loads 1m", "line 1: `loads` is not `load` or `load_with_nhcb`");
    check("load 1m\n  a 1\n  b x", "line 3: `x` is no value");
    check("load 1m\n  # a comment ends the block\n  a 1", "line 3: `a 1` is no command");
    check("load_with_nhcb 1m\n a_bucket 1", "line 2: the bucket `a_bucket` has no label `le`");
    check("load 1m\n a 1\n\nload 1m\n a 2", "line 4: a at 0 ms: duplicate sample for timestamp");
    check("load 1m\n a 1 2\n\nload 30s\n a _ 3", "line 4: a at 30000 ms: out of order sample");
    let forms = "line 1: an eval is `eval instant at <time> <query>` or `eval range from <time> to \
                 <time> step <duration> <query>`";
    check("eval at 0 a", forms);
    check("eval_ordered range from 0 to 1m step 1m a", forms);
    check("eval instant at now a", "line 1: `now` is not a duration, as in `1h30m`");
    check("eval range from 1m to 0 step 1m a", "line 1: the end `0` is before the start `1m`");
    check(
        "eval instant at 0 a\n  a 1 2",
        "line 2: an instant query cannot answer many values: say `expect range vector from … to … step \
         …` before them",
    );
    check("eval instant at 0 a\n  1\n  2", "line 3: `2` is no command");
    check("eval instant at 0 a\n  expect what", "line 2: `expect what` is not known");
    check(
        "eval instant at 0 a\n  expect fail because",
        "line 2: `because` is not `msg: …` or `regex: …`",
    );
    check("eval instant at 0 a\n  expect fail regex: (", "line 2: `(` is no regular expression");
    check("eval instant at 0 a\n  expect fail\n  expect fail", "line 3: `expect fail` comes twice");
    check(
        "eval instant at 0 a\n  expect warn\n  expect no_warn",
        "line 3: `expect warn` and `expect no_warn` exclude each other",
    );
    check(
        "eval instant at 0 a\n  expect string a",
        "line 2: `expect string` needs a text in quotes",
    );
    check(
        "eval instant at 0 a\n  expect range vector to 1m",
        "line 2: not `expect range vector from <time> to <time> step <duration>`",
    );
}

#[test]
fn a_broken_file_is_read_or_refused() {
    let file = r#"load_with_nhcb 1m30s
  h_bucket{le="+Inf", "a.b"='\x41'} 1+2x3 _x2 stale -1e+2 {{sum:1}}-{{}}x2
  {"é"} NaN

eval instant at 1m sum by (a) (rate({b=~"c}"}[5m:] offset -1m @ end()))
  expect warn regex: a (b|c)
  {} 1.5

eval range from 0 to 1m step 30s "é"
  expect string "\u00e9"

eval_fail instant at 0 a[5m] @ 0x1e+1
  expected_fail_message b
"#;
    let answer = |_: &Store, _: &str, _: Ask| {
        Ok(Answer { value: Value::Matrix(Vec::new()), warnings: Vec::new(), infos: Vec::new() })
    };
    assert!(check_with(file, answer).is_ok());
    let mut refused = 0;
    for (at, letter) in file.char_indices() {
        let (before, after) = (&file[..at], &file[at + letter.len_utf8()..]);
        for put in ["", "{", "}", "\"", "\\", "x", "_", "(", "@", "é", "\n", "99999999999999999999"]
        {
            let result = check_with(&format!("{before}{put}{after}"), answer);
            refused += usize::from(result.is_err());
        }
        let _ = check_with(before, answer);
    }
    assert!(refused > 1_000, "{refused}");
}
