//! `knockon simulate`: every pack plays, faults show, and what is wrong is told at once.

use std::path::Path;

use serde_json::Value;

use crate::run::{Ran, folder, knockon, root};

fn simulate(arguments: &[&str]) -> Ran {
    knockon(&[&["simulate"], arguments].concat())
}

#[track_caller]
fn json(arguments: &[&str]) -> Value {
    let ran = simulate(&[arguments, &["--format", "json"]].concat());
    assert_eq!(ran.code, 0, "{arguments:?}: {}{}", ran.stdout, ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

/// Every pack, and each of its variants.
fn packs() -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join("packs")).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        let name = format!("packs/{}", path.file_name().unwrap().to_str().unwrap());
        let pack = knockon_format::load_pack(&path);
        found.push((name.clone(), None));
        found.extend(pack.variants.into_iter().map(|(of, _)| (name.clone(), Some(of.name))));
    }
    found.sort();
    assert!(found.len() > 20, "{found:?}");
    found
}

#[test]
fn every_pack_and_variant_plays() {
    for (pack, variant) in packs() {
        let mut arguments = vec![pack.as_str(), "--for", "3min"];
        if let Some(variant) = &variant {
            arguments.extend(["--variant", variant]);
        }
        let document = json(&arguments);
        assert_eq!(document["schema"], "knockon.simulation/v1");
        assert_eq!(document["variant"].as_str(), variant.as_deref());
        let started: u64 = (document["runs"][0]["journeys"].as_array().unwrap().iter())
            .map(|journey| journey["started"].as_u64().unwrap())
            .sum();
        assert!(started > 50, "{arguments:?}: {started} started");
    }
}

#[test]
fn a_system_that_is_well_keeps_its_promises() {
    for pack in ["checkout", "connect", "order-orchestrator", "pos", "sock-shop"] {
        let ran = simulate(&[&format!("packs/{pack}")]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stdout.contains("keeps what it promises"), "{pack}: {}", ran.stdout);
        assert!(!ran.stdout.contains("breaks its promise"), "{pack}: {}", ran.stdout);
    }
}

#[test]
fn the_same_plan_gives_the_same_bytes_and_another_seed_others() {
    let fault = ["packs/sock-shop", "--fault", "crash=catalogue-db@1min+1min", "--for", "4min"];
    let first = simulate(&fault);
    assert_eq!(first.stdout, simulate(&fault).stdout);
    let other = simulate(&[&fault[..], &["--seed", "2"]].concat());
    assert_ne!(first.stdout, other.stdout);
    // Looking at it changes nothing.
    let dir = folder(&[]);
    let file = dir.path().join("metrics.prom");
    let observed = simulate(&[&fault[..], &["--openmetrics", file.to_str().unwrap()]].concat());
    assert_eq!(first.stdout, observed.stdout);
}

#[test]
fn a_fault_shows_with_its_chain() {
    let ran = simulate(&["packs/sock-shop", "--fault", "crash=catalogue-db@2min+3min"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    for line in [
        "fault 1   crash, 2min to 5min: `catalogue-db` is down\n",
        "buy a sock  breaks its promise: success\n",
        "look up my orders  keeps what it promises\n",
        " failed ← front-end failed ← catalogue failed ← catalogue-db down ← fault 1: crash of catalogue-db\n",
    ] {
        assert!(ran.stdout.contains(line), "{line}: {}", ran.stdout);
    }
    let document = json(&["packs/sock-shop", "--fault", "cache-down=session-db@1min"]);
    let fault = &document["faults"][0];
    assert_eq!((&fault["kind"], &fault["from_s"]), (&"cache down".into(), &60.0.into()));
    assert_eq!(fault["lasts_s"], Value::Null);
    let why = document["runs"][0]["why"][0].clone();
    let chain = why["chain"].as_array().unwrap();
    assert_eq!(chain.last().unwrap()["fault"], 1);
    assert_eq!(chain.last().unwrap()["at"]["name"], "session-db");
    assert!(why["first_s"].as_f64().unwrap() >= 60.0, "{why}");
    let service = |name: &str| {
        let services = document["runs"][0]["services"].as_array().unwrap().clone();
        services.into_iter().find(|service| service["service"] == name).unwrap()
    };
    assert_eq!(service("session-db")["replicas_ready"], 0);
}

#[test]
fn parts_that_are_not_well_get_a_line() {
    let check = |arguments: &[&str], line: &str| {
        let ran = simulate(arguments);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stdout.contains(line), "{line}: {}", ran.stdout);
    };
    check(
        &["packs/sock-shop", "--fault", "crash=payment"],
        "payment  no replica is ready at the end",
    );
    check(&["packs/sock-shop", "--fault", "kill=front-end@1min"], "front-end  1 restart\n");
    check(&["packs/sock-shop", "--fault", "memory-leak=orders"], " kills for want of memory\n");
    check(
        &["packs/sock-shop", "--fault", "cpu-limit=catalogue-db:50m"],
        "catalogue-db  throttled ",
    );
    check(
        &["packs/sock-shop", "--fault", "consumers-stopped=queue-master"],
        " waiting at the end\n",
    );
    check(
        &["packs/order-orchestrator", "--fault", "freeze=taxi-partner-gateway"],
        "order-orchestrator / book services  ",
    );
    check(
        &["packs/connect", "--fault", "partners-slow=DoorDash:20s"],
        " waiting for people at the end",
    );
}

/// Every kind that a flag can set, once: its figure as it is without one.
#[test]
fn every_kind_of_fault_can_be_played() {
    for fault in [
        "crash=orders",
        "kill=orders",
        "crash loop=orders:5s",
        "oom kill=orders",
        "freeze=orders",
        "slow start=orders",
        "cpu limit=orders",
        "memory leak=orders",
        "latency=orders",
        "latency=front-end / place order:200ms",
        "errors=orders:30%",
        "blackhole=payment",
        "partition=orders/payment",
        "name not found=payment",
        "expired certificate=payment",
        "pool cut=catalogue/catalogue-db",
        "database down=orders-db",
        "database slow=orders-db:20",
        "cache down=session-db",
        "cache flush=session-db",
        "cache full=session-db:1Ki",
        "broker down=rabbitmq",
        "consumers stopped=queue-master",
        "consumers slow=queue-master:100",
        "bad deploy=catalogue:20%",
        "demand spike=buy a sock:3",
        "demand spike=buy a sock:40:10s",
    ] {
        let fault = format!("{fault}@30s+1min");
        let ran = simulate(&["packs/sock-shop", "--for", "2min", "--fault", &fault]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{fault}");
        assert!(
            ran.stdout.contains("30s to 90s") || ran.stdout.contains("30s to 1min"),
            "{}",
            ran.stdout
        );
    }
    for (pack, fault) in [
        ("connect", "partners down=DoorDash"),
        ("connect", "partners slow=UberEats"),
        ("connect", "partners rejecting=DoorDash:80%"),
        ("connect", "name not found=coredns"),
        ("connect", "region loss=network"),
        ("connect", "member offline=partner/UberEats"),
        ("pos", "member offline=store/7"),
    ] {
        let ran = simulate(&[&format!("packs/{pack}"), "--for", "1min", "--fault", fault]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{fault}");
    }
    let replica = ["packs/order-orchestrator", "--variant", "read replica", "--for", "1min"];
    for fault in ["replica lag=postgresql:1min", "database failover=postgresql"] {
        let ran = simulate(&[&replica[..], &["--fault", fault]].concat());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{fault}");
    }
}

/// The reference says what each figure is that is not said.
#[test]
fn a_figure_that_is_not_said_is_as_documented() {
    for (pack, fault, figure) in [
        ("sock-shop", "crash loop=orders", "10s"),
        ("sock-shop", "slow start=orders", "1min"),
        ("sock-shop", "cpu limit=catalogue-db", "50m"),
        ("sock-shop", "latency=orders", "1s"),
        ("sock-shop", "errors=orders", "50%"),
        ("sock-shop", "database slow=orders-db", "10"),
        ("sock-shop", "consumers slow=queue-master", "10"),
        ("sock-shop", "bad deploy=catalogue", "50%"),
        ("sock-shop", "demand spike=buy a sock", "2"),
        ("connect", "partners slow=DoorDash", "5s"),
        ("connect", "partners rejecting=DoorDash", "50%"),
    ] {
        let play = |fault: &str| {
            let ran = simulate(&[&format!("packs/{pack}"), "--fault", fault, "--for", "3min"]);
            assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{fault}");
            ran.stdout
        };
        assert_eq!(play(fault), play(&format!("{fault}:{figure}")), "{fault}");
    }
    // Limits that no figure of whole Mi is a part of.
    for (fault, line) in [
        ("memory leak=orders", "each replica of `orders` leaks 8.3 MiB a second"),
        ("cache full=session-db", "`session-db` has "),
    ] {
        let ran = simulate(&["packs/sock-shop", "--fault", fault, "--for", "1min"]);
        assert!(ran.stdout.contains(line), "{}", ran.stdout);
    }
}

#[test]
fn everything_that_is_wrong_with_the_flags_is_told_at_once() {
    let flags = [
        "--for=5m",
        "--demand=lots",
        "--users=buy a sok=3",
        "--users=buy a sock",
        "--users=buy a sock=3:soon",
        "--fault=crsh=orders",
        "--fault=crash=order",
        "--fault=crash",
        "--fault=crash=orders:3",
        "--fault=latency=orders:3@soon",
        "--fault=errors=orders / creat",
        "--fault=wrong-metric=front-end",
        "--fault=queue-policy=rabbitmq",
        "--fault=queue-policy=rabbitmq/shipping",
        "--fault=queue-policy=rabbitmq/shipping-task:few",
        "--fault=cache-flush=session-db:0s",
        "--fault=demand spike=buy a sock:1",
        "--fault=demand spike=buy a sock:few:10s",
        "--fault=demand spike=buy a sock:5:0s",
        "--fault=demand spike=buy a sok:5:10s",
        "--fault=partition=orders",
        "--fault=member offline=store/1",
        "--fault=cache full=orders",
        "--fault=consumers stopped=payment",
    ];
    let ran = simulate(&[&["packs/sock-shop"], &flags[..]].concat());
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
    for line in [
        "error[K0310]: `--for 5m`: `m` is not a unit of time\n",
        "help: write `5min`\n",
        "error[K0310]: `--demand lots`: `lots` is not a number\n",
        "error[K0306]: `--users buy a sok=3`: there is no journey `buy a sok`\n",
        "help: did you mean `buy a sock`?\n",
        "error[K0310]: `--users buy a sock`: it does not say how many\n",
        "error[K0310]: `--users buy a sock=3:soon`: `soon` is not a length of time\n",
        "error[K0311]: `--fault crsh=orders`: there is no kind of fault `crsh`\n",
        "help: did you mean `crash`?\n",
        "error[K0312]: `--fault crash=order`: there is no service `order`\n",
        "help: did you mean `orders`?\n",
        "error[K0310]: `--fault crash`: it does not say where\n",
        "error[K0310]: `--fault crash=orders:3`: `crash` takes no figure, and `3` is one\n",
        "error[K0310]: `--fault latency=orders:3@soon`: `3` has no unit\n",
        "error[K0310]: `--fault latency=orders:3@soon`: `soon` is not a length of time\n",
        "error[K0312]: `--fault errors=orders / creat`: `orders` has no operation `creat`\n",
        "error[K0311]: `--fault wrong-metric=front-end`: `wrong metric` needs more than a flag can say\n",
        "error[K0312]: `--fault queue-policy=rabbitmq`: it is of one queue\n",
        "error[K0312]: `--fault queue-policy=rabbitmq/shipping`: `rabbitmq` has no queue `shipping`\n",
        "help: it has `shipping-task`\n",
        "error[K0310]: `--fault queue-policy=rabbitmq/shipping-task:few`: `few` is no whole number\n",
        "error[K0310]: `--fault cache-flush=session-db:0s`: `0s` is no time at all\n",
        "error[K0310]: `--fault demand spike=buy a sock:1`: 1 times the users are not more\n",
        "error[K0310]: `--fault demand spike=buy a sock:few:10s`: `few` is not a number\n",
        "error[K0310]: `--fault demand spike=buy a sock:5:0s`: its users do not think\n",
        "help: say how long on average, as in `:5:10s`\n",
        "error[K0312]: `--fault demand spike=buy a sok:5:10s`: there is no journey `buy a sok`\n",
        "error[K0312]: `--fault partition=orders`: it is between two services\n",
        "error[K0312]: `--fault member offline=store/1`: there is no cohort `store`\n",
        "error[K0313]: `cache full` at 0 s: `orders` is a service, no cache\n",
        "error[K0313]: `consumers stopped` at 0 s: `payment` consumes from no queue\n",
        "packs/sock-shop/services.yaml:",
        "knockon: 25 errors\n",
    ] {
        assert!(ran.stderr.contains(line), "{line}{}", ran.stderr);
    }
}

#[test]
fn what_is_wrong_with_the_model_and_the_flags_is_told_together() {
    let dir = folder(&[("system.yaml", b"system: s\nservises:\n")]);
    let system = dir.path().join("system.yaml");
    let ran = simulate(&[system.to_str().unwrap(), "--for", "soon"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("K0113") || ran.stderr.contains("K0114"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`--for soon`"), "{}", ran.stderr);
    let check = |arguments: &[&str], code: &str| {
        let ran = simulate(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
        assert!(ran.stderr.contains(code), "{code}: {}", ran.stderr);
    };
    check(&["packs/checkout", "--variant", "faster"], "K0305");
    check(&["packs/checkout", "--for", "0s"], "no time at all is played");
    check(&["packs/checkout", "--fault", "crash=ui@11min"], "it begins at 11min, when all is over");
    check(&["packs/checkout", "--users", "checkout=5"], "does not say how long its users think");
    check(&["packs/checkout", "--openmetrics", "no/such/folder/x.prom"], "K0308");
    let ran = simulate(&["packs/checkout", "--fault", "crash=uu", "--format", "json"]);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, &document["diagnostics"][0]["code"]), (2, &"K0312".into()));
}

#[test]
fn a_model_that_cannot_be_played_says_where() {
    let stages: Vec<_> = (0..65).map(|n| format!("      - s{n}: a / f\n")).collect();
    let stages = stages.concat();
    let model = format!(
        "system: s\nservices:\n  a: {{ operations: {{ f: [compute: 1ms] }} }}\njourneys:\n  j:\n    stages:\n{stages}    demand: 1/s\n"
    );
    let dir = folder(&[("system.yaml", model.as_bytes())]);
    let ran = simulate(&[dir.path().join("system.yaml").to_str().unwrap()]);
    assert_eq!(ran.code, 2, "{}", ran.stdout);
    assert!(
        ran.stderr.contains("error[K0314]: journey `j` has more than 64 stages"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("system.yaml:5:3"), "{}", ran.stderr);
}

const ENDLESS: &str = "
system: endless
services:
  a: { operations: { f: [{ wait: 7d }] } }
journeys:
  j: { stages: [f: a / f], demand: 40000/s }
";

#[test]
fn a_run_that_cannot_go_on_says_why() {
    let dir = folder(&[("system.yaml", ENDLESS.as_bytes())]);
    let ran = simulate(&[dir.path().join("system.yaml").to_str().unwrap()]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("error[K0315]: after "), "{}", ran.stderr);
    assert!(ran.stderr.contains("2000000"), "{}", ran.stderr);
}

#[test]
fn nobody_comes_where_there_is_no_demand() {
    let dir = folder(&[(
        "system.yaml",
        b"system: s\nservices:\n  a: { operations: { f: [compute: 1ms] } }\njourneys:\n  j: { stages: [f: a / f] }\n",
    )]);
    let path = dir.path().join("system.yaml");
    let ran = simulate(&[path.to_str().unwrap()]);
    assert!(ran.stdout.contains("nobody comes: it has no demand"), "{}", ran.stdout);
    // Ten users who think for ten seconds each come once a second.
    let document = json(&[path.to_str().unwrap(), "--users", "j=10:10s"]);
    let started = document["runs"][0]["journeys"][0]["started"].as_u64().unwrap();
    assert!((540..660).contains(&started), "{started}");
    assert_eq!(document["users"][0]["think_s"], 10.0);
}

#[test]
fn demand_is_a_factor_of_what_the_model_says() {
    let started = |factor: &str| {
        let document = json(&["packs/checkout", "--demand", factor]);
        document["runs"][0]["journeys"][0]["started"].as_u64().unwrap()
    };
    assert_eq!(started("0"), 0);
    let (one, ten) = (started("1"), started("10"));
    assert!((8 * one..12 * one).contains(&ten), "{one}, {ten}");
}

#[test]
fn replications_give_intervals() {
    let arguments = ["packs/checkout", "--replications", "6", "--for", "4min"];
    let ran = simulate(&arguments);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.contains("6 replications (mean ± 95 % interval)"), "{}", ran.stdout);
    assert!(ran.stdout.contains(" ± "), "{}", ran.stdout);
    let document = json(&arguments);
    let runs = document["runs"].as_array().unwrap();
    let started: Vec<f64> =
        runs.iter().map(|run| run["journeys"][0]["started"].as_f64().unwrap()).collect();
    assert_eq!(started.len(), 6);
    let figure = &document["journeys"][0]["figures"]["started"];
    let mean = started.iter().sum::<f64>() / 6.0;
    assert!((figure["mean"].as_f64().unwrap() - mean).abs() < 1e-9);
    // By hand, with Student's quantile of 5 degrees of freedom.
    let squares: f64 = started.iter().map(|it| (it - mean) * (it - mean)).sum();
    let half_width = 2.570_582 * (squares / 5.0 / 6.0).sqrt();
    assert!((figure["half_width"].as_f64().unwrap() - half_width).abs() < 1e-4, "{figure}");
    // The first of them is the run without replications.
    let alone = json(&["packs/checkout", "--for", "4min"]);
    assert_eq!(alone["runs"][0], document["runs"][0]);
    assert_eq!(alone["journeys"][0]["figures"]["started"]["half_width"], Value::Null);
}

#[test]
fn colours_are_for_those_who_want_them() {
    let arguments = ["packs/sock-shop", "--fault", "crash=payment", "--for", "2min"];
    assert!(!simulate(&arguments).stdout.contains('\u{1b}'));
    let coloured = simulate(&[&arguments[..], &["--color", "always"]].concat());
    assert!(
        coloured.stdout.contains("\u{1b}[31mbreaks its promise: success"),
        "{}",
        coloured.stdout
    );
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_knockon"));
    command.arg("simulate").args(arguments).current_dir(root()).env("NO_COLOR", "1");
    let output = command.output().unwrap();
    assert!(!output.stdout.contains(&0x1b));
}

#[test]
fn what_exporters_would_give_is_read_back() {
    let dir = folder(&[]);
    let file = dir.path().join("metrics.prom");
    let ran = simulate(&[
        "packs/sock-shop",
        "--fault",
        "crash=catalogue-db@3min+2min",
        "--openmetrics",
        file.to_str().unwrap(),
    ]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.ends_with("# EOF\n"));
    let system = knockon_format::load_system(Path::new(&root().join("packs/sock-shop")));
    let system = system.system.unwrap();
    let mut reader = knockon_telemetry::EvidenceReader::new(&system);
    reader.metrics("metrics.prom", text.as_bytes());
    let reading = reader.finish();
    assert_eq!(reading.diagnostics, []);
    // Of several replications the first is written.
    let again = dir.path().join("again.prom");
    let ran = simulate(&[
        "packs/sock-shop",
        "--fault",
        "crash=catalogue-db@3min+2min",
        "--replications",
        "3",
        "--openmetrics",
        again.to_str().unwrap(),
    ]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(std::fs::read_to_string(&again).unwrap(), text);
    let series = &reading.evidence.series;
    assert!(series.len() > 100, "{}", series.len());
    let catalogue = system.names().get("catalogue").unwrap();
    assert!(series.iter().any(|it| it.service == catalogue), "catalogue was not placed");
}
