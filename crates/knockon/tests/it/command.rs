//! Flags, exit codes, colours and messages.

use std::io::Read;
use std::process::{Command, Stdio};

use crate::run::{folder, knockon, root};

const SYSTEM: &[u8] = b"system: shop\nservices:\n  orders:\n    calls: [payment]\n  payment:\n";
const METRICS: &[u8] = b"time,orders_cpu\n1,1\n2,1\n";

fn triage(files: &[(&str, &[u8])], flags: &[&str]) -> crate::run::Ran {
    let dir = folder(files);
    let system = dir.path().join("system.yaml");
    let mut arguments = vec!["triage", "--system", system.to_str().unwrap()];
    arguments.push(dir.path().to_str().unwrap());
    arguments.extend(flags);
    knockon(&arguments)
}

#[test]
fn wrong_input_exits_with_2() {
    let check = |files: &[(&str, &[u8])], flags: &[&str], code: &str| {
        let ran = triage(files, flags);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{code}: {}", ran.stderr);
        assert!(ran.stderr.contains(code), "{code}: {}", ran.stderr);
    };
    let good = ("metrics.csv", METRICS);
    check(&[good], &[], "K0101");
    check(&[good, ("system.yaml", b"system: s\nservises:\n")], &[], "K0114");
    check(&[("system.yaml", SYSTEM)], &[], "K0202");
    check(&[("system.yaml", SYSTEM), ("metrics.csv", b"time,orders_cpu\n1,x\n")], &[], "K0209");
    check(&[("system.yaml", SYSTEM), ("metrics.csv", b"time,nobody_cpu\n1,1\n")], &[], "K0216");
    check(&[("system.yaml", SYSTEM), ("alerts.json", b"[{]")], &[], "K0212");
    check(&[("system.yaml", SYSTEM), good], &["--at", "yesterday"], "K0303");
    check(&[("system.yaml", SYSTEM), good], &["--at", "1969-07-20"], "K0303");
    check(&[("system.yaml", SYSTEM), good], &["--since", "9", "--at", "2"], "K0303");
}

#[test]
fn mistakes_of_the_system_the_evidence_and_the_flags_come_at_once() {
    let ran = triage(
        &[("system.yaml", b"system: s\nservices:\n  a: { teir: 1 }\n"), ("metrics.csv", METRICS)],
        &["--at", "soon"],
    );
    assert!(ran.stderr.contains("unknown key `teir`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("did you mean `tier`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`--at soon` is not a time"), "{}", ran.stderr);
    assert!(ran.stderr.contains("2 errors"), "{}", ran.stderr);
}

#[test]
fn check_counts_what_is_right_and_tells_what_is_wrong() {
    let dir = folder(&[
        ("right.yaml", SYSTEM),
        (
            "odd.yaml",
            b"system: odd\nteams:\n  t: {}\nservices:\n  a: {}\nrunbooks:\n  r: { steps: [x] }\n",
        ),
        ("wrong.yaml", b"system: s\nservices:\n  a: { kind: datbase, calls: [b] }\n"),
    ]);
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();

    let ran = knockon(&["check", &path("right.yaml"), &path("odd.yaml")]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        ran.stdout,
        "shop: 2 services, 1 dependency\n  \
         1 weakness\n\
         odd: 1 service, 1 team, 1 runbook\n  \
         1 weakness\n"
    );
    assert!(ran.stderr.contains("warning[K0134]"), "{}", ran.stderr);

    let ran = knockon(&["check", &path("right.yaml"), &path("wrong.yaml"), "no-such.yaml"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    for code in ["K0115", "K0121", "K0101"] {
        assert!(ran.stderr.contains(code), "{}", ran.stderr);
    }

    let ran = knockon(&["check", &path("right.yaml"), "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["schema"], "knockon.check/v1");
    assert_eq!(document["systems"][0]["dependencies"], 1);
    assert_eq!(document["systems"][0]["journeys"], 0);
}

#[test]
fn errors_come_as_json_where_json_was_asked_for() {
    let ran = triage(&[("system.yaml", SYSTEM)], &["--format", "json"]);
    assert_eq!(ran.code, 2);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["schema"], "knockon.diagnostics/v1");
    assert_eq!(document["diagnostics"][0]["code"], "K0202");
    assert_eq!(document["diagnostics"][0]["severity"], "error");
}

#[test]
fn unknown_services_are_reported_and_the_rest_is_judged() {
    let ran = triage(
        &[
            ("system.yaml", SYSTEM),
            ("metrics.csv", b"time,orders_cpu,payments_cpu,xyz\n1,1,1,1\n2,1,1,1\n"),
        ],
        &[],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("K0304"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`payments_cpu`, `xyz`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("add it to the `aliases`"), "{}", ran.stderr);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_knockon"))
        .args(["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
}

/// Linux has a device that is always full.
#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_exits_with_70() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_knockon"));
    let output = command.args(["completions", "bash"]).stdout(full).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(70), "{stderr}");
    assert!(stderr.starts_with("knockon: cannot write the output: "), "{stderr}");
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let dir = root().join("examples/incidents/petshop-slow-database");
    let system = dir.join("system.yaml");
    let arguments = ["triage", "-s", system.to_str().unwrap(), dir.to_str().unwrap()];
    assert!(!knockon(&arguments).stdout.contains('\u{1b}'));
    let coloured: Vec<_> = arguments.iter().copied().chain(["--color", "always"]).collect();
    let coloured = knockon(&coloured).stdout;
    // The cause in red, the rest of the headline bold.
    let headline = coloured.lines().find(|line| line.contains("likeliest")).unwrap();
    assert!(headline.contains("\u{1b}[31mpet-info\u{1b}[0m"), "{headline:?}");
    assert!(headline.contains("\u{1b}[1m is the likeliest cause\u{1b}[0m"), "{headline:?}");
}

#[test]
fn every_shell_gets_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = knockon(&["completions", shell]);
        assert_eq!(ran.code, 0);
        assert!(ran.stdout.contains("knockon"), "{shell}");
    }
}

#[test]
fn help_names_the_exit_codes() {
    let ran = knockon(&["--help"]);
    assert_eq!(ran.code, 0);
    for line in ["0   done", "1   an expectation", "2   the input is wrong", "70  our own fault"] {
        assert!(ran.stdout.contains(line), "{}", ran.stdout);
    }
    assert_eq!(knockon(&["triaje"]).code, 2);
}

const WEAK: &str = "\
system: shop
teams: { shop: {} }
services:
  web:
    team: shop
    operations:
      buy:
        - compute: ~4ms
        - call: pay / charge
  pay: { team: shop, operations: { charge: [{ wait: ~0.2s }] } }
";

#[test]
fn check_lists_what_is_assumed_and_exits_with_1_where_warnings_are_denied() {
    let allow = |at: &str| {
        format!("{WEAK}allow: [{{ code: K0404, at: {at}, reason: The gateway ends it. }}]\n")
    };
    let dir = folder(&[
        ("weak.yaml", WEAK.as_bytes()),
        ("allowed.yaml", allow("web").as_bytes()),
        ("elsewhere.yaml", allow("wep").as_bytes()),
    ]);
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();

    let ran = knockon(&["check", &path("weak.yaml"), "--assumed", "--deny-warnings"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("weak.yaml:9:11"), "{}", ran.stderr);
    assert!(ran.stderr.contains("warning[K0404]"), "{}", ran.stderr);
    assert!(ran.stdout.contains("1 weakness, 2 assumed figures\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("weak.yaml:8:20: - compute: ~4ms"), "{}", ran.stdout);

    let ran = knockon(&["check", &path("allowed.yaml"), "--deny-warnings"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("0 weaknesses and 1 accepted"), "{}", ran.stdout);

    let ran = knockon(&["check", &path("elsewhere.yaml"), "--deny-warnings"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("K0442"), "{}", ran.stderr);
    assert!(ran.stderr.contains("did you mean `web`?"), "{}", ran.stderr);
}

#[test]
fn a_map_is_printed_or_written_in_the_form_that_is_asked_for() {
    let dir = folder(&[("shop.yaml", WEAK.as_bytes())]);
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let shop = path("shop.yaml");
    let printed = |form: &[&str]| {
        let arguments: Vec<&str> = ["map", &shop].into_iter().chain(form.iter().copied()).collect();
        let ran = knockon(&arguments);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout
    };
    assert!(printed(&[]).contains("└── pay  call"));
    assert!(printed(&["--mermaid"]).contains("flowchart LR"));
    assert!(printed(&["--dot"]).starts_with("digraph"));
    assert!(printed(&["--svg"]).starts_with("<svg"));
    for (name, starts) in [("a.svg", "<svg"), ("a.dot", "digraph"), ("a.mmd", "---")] {
        assert_eq!(printed(&["--output", &path(name)]), "");
        let written = std::fs::read_to_string(path(name)).unwrap();
        assert!(written.starts_with(starts), "{name}: {written}");
    }
    for (wrong, code) in [
        (["--output", &path("a.png")], "K0307"),
        (["--output", &path("no/such/folder.svg")], "K0308"),
        (["--journey", "buy"], "K0306"),
        (["--variant", "faster"], "K0305"),
    ] {
        let ran = knockon(&["map", &shop, wrong[0], wrong[1]]);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(code), "{}", ran.stderr);
    }
}

#[test]
fn the_schema_is_json_that_names_every_key() {
    for of in ["system", "variant"] {
        let ran = knockon(&["schema", of]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let schema: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
        for key in ["max_connections", "dead_letter", "downtime_cost", "outbox"] {
            assert!(ran.stdout.contains(&format!("\"{key}\"")), "{key}");
        }
    }
}

#[test]
fn a_verdict_is_written_in_every_form() {
    let dir = "examples/incidents/inventory-pool-exhaustion";
    let system = format!("{dir}/system.yaml");
    let triage = |flags: &[&str]| knockon(&[&["triage", "-s", &system, dir], flags].concat());
    assert_eq!(triage(&["--json"]).stdout, triage(&["--format", "json"]).stdout);
    let folder = folder(&[]);
    let file = folder.path().join("incident.md");
    let file = file.to_str().unwrap();
    let printed = triage(&["--md", "-"]).stdout;
    assert!(printed.starts_with("# inventoryservice is the likeliest cause\n"), "{printed}");
    let text = triage(&["--md", file]).stdout;
    assert!(text.starts_with("P2 "), "{text}");
    assert_eq!(std::fs::read_to_string(file).unwrap(), printed);
    assert_eq!(triage(&["--md", "-", "--json"]).code, 2);
}
