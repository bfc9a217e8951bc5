//! The measuring stick, on the incidents that ship and, where they are at hand, on whole data sets.

use crate::run::{folder, knockon, left_out, root};

#[test]
fn the_shipped_incidents_name_their_cause() {
    let ran = knockon(&["evaluate", "triage", "examples/incidents", "--misses", "--at-least", "1"]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
    assert!(!ran.stdout.contains("misses"), "{}", ran.stdout);
}

#[test]
fn an_objective_that_does_not_hold_exits_with_1() {
    let dir = folder(&[
        ("case/system.yaml", b"system: s\nservices:\n  a:\n  b:\n"),
        ("case/metrics.csv", b"time,a_cpu\n1,1\n"),
        ("case/truth.json", b"{\"cause\": \"b\"}"),
    ]);
    let path = dir.path().to_str().unwrap();
    let ran = knockon(&["evaluate", "triage", path, "--misses", "--at-least", "0.5"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("top-1 recall is 0.000, below the 0.5 asked for"),
        "{}",
        ran.stderr
    );
    assert!(ran.stdout.contains("b is not among the candidates"), "{}", ran.stdout);
}

#[test]
fn the_scores_come_as_json_too() {
    let ran = knockon(&["evaluate", "triage", "examples/incidents", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["schema"], "knockon.evaluation/v2");
    let trial = &document["trials"][0];
    assert_eq!(trial["total"]["cases"], 4);
    assert_eq!(trial["total"]["top1"], 1.0);
    assert_eq!(trial["total"]["change_top1"], 1.0);
    assert_eq!(trial["data_sets"][0]["outcomes"][0]["rank"], 1);
}

/// A pack in which a database that is down is to blame, and the same with somebody blamed who has
/// nothing to do with it.
fn pack() -> tempfile::TempDir {
    let scenario = |cause: &str| {
        format!(
            "scenario: The database is down
lasts: 15min
timeline: [{{ at: 10min, database down: shop-db }}]
cause: {cause}
expect: [{{ journey: look, from: T, to: end, failing: at least 90% }}]
"
        )
    };
    folder(&[
        (
            "tiny/system.yaml",
            b"system: tiny
services:
  web: { operations: { page: [call: orders / list] } }
  orders: { operations: { list: [query: shop-db / all] } }
  mail: { operations: { send: [compute: 1ms] } }
  shop-db: { kind: database, queries: { all: { cpu: 2ms } } }
journeys:
  look: { stages: [seen: web / page], demand: 7200/h }
",
        ),
        ("tiny/README.md", b"What it is."),
        ("tiny/scenarios/right.yaml", scenario("[shop-db]").as_bytes()),
        ("tiny/scenarios/several.yaml", scenario("[shop-db, mail]").as_bytes()),
        ("tiny/scenarios/wrong.yaml", scenario("[mail]").as_bytes()),
    ])
}

#[test]
fn a_scenario_of_a_pack_counts_as_found_if_its_cause_is() {
    let pack = pack();
    let evaluate = |what: &str, more: &[&str]| {
        let path = pack.path().join(what);
        let path = path.to_str().unwrap();
        knockon(&[&["evaluate", "triage", path, "--at-least", "0.9"], more].concat())
    };
    for what in ["tiny/right", "tiny/scenarios/right.yaml"] {
        let ran = evaluate(what, &["--misses"]);
        assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains("\ntiny/right      3  1.000  1.000"), "{}", ran.stdout);
        assert!(ran.stdout.contains("\ndatabase down      3  1.000"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("misses"), "{}", ran.stdout);
    }
    let ran = evaluate("tiny/wrong", &["--misses", "--seeds", "1"]);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert_eq!(ran.stderr, "knockon: top-1 recall is 0.000, below the 0.9 asked for\n");
    let miss = "\nmisses\nwrong/1: mail is not among the candidates (alerts on it: 0, series: ";
    assert!(ran.stdout.contains(miss), "{}", ran.stdout);
    assert!(ran.stdout.contains("; found shop-db"), "{}", ran.stdout);

    // The pack itself, its folder of scenarios, and the folder that the pack is in.
    for what in ["tiny", "tiny/scenarios", ""] {
        let ran = evaluate(what, &["--seeds", "2", "--misses"]);
        assert_eq!(ran.code, 1, "{}", ran.stdout);
        assert!(ran.stdout.contains("\ntiny          6  0.667  0.667"), "{}", ran.stdout);
        let several = ran.stdout.lines().find(|line| line.starts_with("several/2: "));
        let several = several.unwrap();
        assert!(several.starts_with("several/2: shop-db or mail is rank 1 (alerts on it: 0, "));
        assert!(several.ends_with("; not each cause was named"), "{several}");
    }
}

#[test]
fn each_degradation_has_a_row() {
    let pack = pack();
    let path = pack.path().join("tiny");
    let path = path.to_str().unwrap();
    let readme = pack.path().join("tiny/README.md");
    let arguments = ["evaluate", "triage", readme.to_str().unwrap(), path, "--seeds", "1"];
    let ran = knockon(&[&arguments[..], &["--degrade", "all"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let rows = ["degraded", "none", "alerts dropped=1/3", "noise alerts=5", "samples lost=1/3"];
    let rows = [&rows[..], &["clocks skewed=30s", "red herrings=3", "edges missing=20%"]].concat();
    for (line, row) in ran.stdout.lines().zip(&rows) {
        assert!(line.starts_with(row), "{}", ran.stdout);
    }
    assert_eq!(ran.stdout.lines().count(), 9, "{}", ran.stdout);

    // Nothing is left of the evidence, so that nothing can be found.
    let all_lost = ["--degrade", "samples-lost=100%,alerts-dropped=100%", "--at-least", "0.5"];
    let ran = knockon(&[&arguments[..], &["--degrade", "none"], &all_lost].concat());
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert_eq!(
        ran.stderr,
        "knockon: samples lost=100%, alerts dropped=100%: top-1 recall is 0.000, below the 0.5 \
         asked for\n"
    );

    let ran = knockon(&[&arguments[..], &["--degrade", "alerts lost=1/3"]].concat());
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("error[K0323]: `--degrade alerts lost=1/3`"), "{}", ran.stderr);
    let ran = knockon(&[&arguments[..], &["--degrade", "alert dropped"]].concat());
    assert!(ran.stderr.contains("did you mean `alerts dropped`?"), "{}", ran.stderr);
}

#[test]
fn a_played_case_is_judged_the_same_whenever_it_is() {
    let pack = pack();
    let path = pack.path().join("tiny");
    let arguments = ["evaluate", "triage", path.to_str().unwrap(), "--degrade", "all"];
    let outcomes = || {
        let ran = knockon(&[&arguments[..], &["--format", "json"]].concat());
        let mut document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        strip(&mut document);
        document
    };
    let once = outcomes();
    assert_eq!(once["trials"][0]["data_sets"][0]["outcomes"][3]["case"], "several/1");
    assert_eq!(once, outcomes());
}

/// Takes the times out, which no two runs have in common.
fn strip(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(map) => {
            map.retain(|name, _| name != "ms" && name != "ms_per_case");
            map.values_mut().for_each(strip);
        }
        serde_json::Value::Array(values) => values.iter_mut().for_each(strip),
        _ => {}
    }
}

#[test]
fn a_folder_without_a_data_set_is_told_what_is_known() {
    let dir = folder(&[("notes.txt", b"hello")]);
    let ran = knockon(&["evaluate", "triage", dir.path().to_str().unwrap(), "no/such/folder"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("no data set of a known layout in"), "{}", ran.stderr);
    assert!(ran.stderr.contains("no such directory: no/such/folder"), "{}", ran.stderr);
    assert!(ran.stderr.contains("2 errors"), "{}", ran.stderr);
}

/// The public data sets are not part of the project (most may not be shipped). Where a checkout has
/// them beside it the recall that was reached on them is held; elsewhere this says that it was not
/// looked at.
#[test]
fn recall_on_the_public_data_sets_is_held() {
    let data = root().join("../shared/data");
    for (set, floor) in [
        ("petshop", 0.97),
        ("sock-shop", 0.96),
        ("tvdiag/sockshop", 0.66),
        ("tvdiag/hotel", 0.81),
        ("root-cause-bench", 0.90),
    ] {
        let dir = data.join(set);
        if !dir.is_dir() {
            left_out(&format!("recall on {set}, since {} is not here", dir.display()));
            continue;
        }
        let ran = knockon(&[
            "evaluate",
            "triage",
            dir.to_str().unwrap(),
            "--misses",
            "--at-least",
            &floor.to_string(),
        ]);
        println!("{}", ran.stdout);
        assert_eq!(ran.code, 0, "{set}: {}\n{}", ran.stdout, ran.stderr);
    }
}

/// Deploys that have nothing to do with it are not blamed, and what is to blame comes before them.
#[test]
fn the_right_change_is_blamed_or_none() {
    let check = |sets: &[&str], floor: f64| {
        let more = ["--seeds", "1", "--degrade", "red herrings", "--format", "json"];
        let ran = knockon(&[&["evaluate", "triage"], sets, &more].concat());
        let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let found = document["trials"][0]["total"]["change_top1"].as_f64();
        assert!(found >= Some(floor), "{sets:?}: {found:?}");
    };
    check(&["packs/checkout", "packs/connect", "examples/incidents"], 1.0);
    let data = root().join("../shared/data/root-cause-bench");
    if data.is_dir() {
        check(&[data.to_str().unwrap()], 0.7);
    } else {
        left_out(&format!("the changes of {}, which is not here", data.display()));
    }
}

/// What triage makes of the incidents of the packs does not get worse unseen; the floors are a little below
/// what was measured (DESIGN.md).
#[test]
fn the_causes_of_the_packs_incidents_come_first() {
    let floor = |packs: &[&str], at_least: &str, more: &[&str]| {
        let paths: Vec<String> = packs.iter().map(|pack| format!("packs/{pack}")).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let all = [&["evaluate", "triage", "--seeds", "1", "--at-least", at_least], &*paths, more];
        let ran = knockon(&all.concat());
        assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
    };
    let known = ["checkout", "connect", "sock-shop"];
    floor(&known, "0.99", &[]);
    floor(&known, "0.95", &["--degrade", "alerts dropped=1/3"]);
    floor(&["order-orchestrator", "pos"], "0.98", &[]);
    floor(&["order-orchestrator", "pos"], "0.93", &["--degrade", "alerts dropped=1/3"]);
}
