//! The command: what it prints, and its exit codes.

use std::fs;
use std::path::Path;
use std::process::Command;

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/autoscaler.json");

#[cfg(test)]
#[track_caller]
fn check(arguments: &[&str], code: i32, stdout: &str, stderr: &str) {
    let run = Command::new(env!("CARGO_BIN_EXE_knockon-conformance")).args(arguments).output();
    let output = run.unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), stdout);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), stderr);
    assert_eq!(output.status.code(), Some(code));
}

/// Writes a file of cases where Cargo keeps files of tests.
#[cfg(test)]
fn file(name: &str, text: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn agreement_is_exit_code_0() {
    check(
        &["autoscaler", SHIPPED, SHIPPED],
        0,
        &format!("{SHIPPED}: 157 of 157 cases agree\n").repeat(2),
        "",
    );
}

#[test]
fn each_disagreement_and_each_case_left_out_is_a_line_and_exit_code_1() {
    let wrong = file(
        "wrong.json",
        "{\"cases\": [\
         {\"name\": \"up\", \"kind\": \"stabilize\", \"expect\": {\"replicas\": 6},\
         \"input\": {\"desired_replicas\": 5, \"downscale_stabilization_s\": 300,\
         \"recommendations\": []}},\
         {\"name\": \"odd\", \"kind\": \"magic\", \"input\": {}, \"expect\": {}}]}",
    );
    let stdout = format!(
        "{wrong}: 0 of 2 cases agree\n  disagrees: up: `replicas`: expected 6, got 5\n  left \
         out: odd: is of kind `magic`, which is not known here\n"
    );
    check(&["autoscaler", &wrong], 1, &stdout, "");
}

#[test]
fn what_is_only_left_out_is_listed_and_exit_code_0() {
    let odd = file(
        "odd.json",
        "{\"cases\": [{\"name\": \"odd\", \"kind\": \"magic\", \"input\": {}, \"expect\": {}}]}",
    );
    let stdout = format!(
        "{odd}: 0 of 1 cases agree\n  left out: odd: is of kind `magic`, which is not known here\n"
    );
    check(&["autoscaler", &odd], 0, &stdout, "");
}

#[test]
fn evals_of_promql_are_counted_with_the_reasons_of_those_left_out() {
    let some = file(
        "some.test",
        "load 1m\n  a {{count:1}}\n\neval instant at 0 a\n  a {{count:1}}\n\n\
         eval instant at 0 a[5m] +\n  expect fail msg: so it is not\n",
    );
    let mut run = Command::new(env!("CARGO_BIN_EXE_knockon-conformance"));
    let output = run.args(["promql", &some]).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(lines[0], format!("{some}: 0 of 2 evals agree, 1 left out: native histograms 1"));
    assert!(lines[1].starts_with("  disagrees: line 7: a[5m] +: expected the error"), "{stdout}");
    assert_eq!(lines[2], "  left out: line 4: a: native histograms");
    assert_eq!((lines.len(), output.status.code()), (3, Some(1)));
    let broken = file("broken.test", "load 1m\n  a 1\n  b{\n");
    let stderr = format!("{broken}: line 3: a label or `}}` is missing\n");
    check(&["promql", &broken], 2, "", &stderr);
}

#[test]
fn an_unreadable_file_is_exit_code_2_and_the_others_are_played() {
    let broken = file("broken.json", "{\n");
    let stdout = format!("{SHIPPED}: 157 of 157 cases agree\n");
    let stderr = format!("{broken}: EOF while parsing an object at line 2 column 0\n");
    check(&["autoscaler", &broken, SHIPPED], 2, &stdout, &stderr);
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let usage = "\
usage: knockon-conformance <autoscaler|breaker|broker|promql> FILE…

  plays every case of the files and says which disagree, and which were left out and why

  exit code 0: all agree; 1: some disagree; 2: wrong usage or an unreadable file
";
    for arguments in [&[][..], &["autoscaler"], &["magic", SHIPPED]] {
        check(arguments, 2, "", usage);
    }
}
