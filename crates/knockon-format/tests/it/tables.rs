//! Every key of every table is read, and holds what its line in the table says.

use std::fmt::Write as _;

use knockon_format::keys::{Form, Key, Need, STEP_TABLES, TABLES, Table};
use knockon_format::{Reading, load_pack};

use crate::{read, said};

/// A system in which everything is declared that an example names. `SERVICES`, `SECTIONS` and the
/// like are put in by [`model`].
const WORLD: &str = "\
teams: { storefront: {}TEAMS }
cohorts: { region: {}, store: {}, partner: { members: { doordash: 10% } }COHORTS }
runbooks: { slow-orders: { steps: [restart it] }RUNBOOKS }
services:
  front-end: { operations: { list: [] } }
  orders: {}
  promo: {}
  prices: {}
  stock: {}
  audit: {}
  payment: { operations: { authorise: [], refund: [] } }
  rent: { operations: { reserve: [], release: [] } }
  queue-master: { operations: { ship: [] } }
  orders-db: { kind: database, queries: { insert order: 1ms, load cart: 1ms } }
  orders-db-2: { kind: database }
  session-cache: { kind: cache }
  redis: { kind: cache, entries: { cart: 1min } }
  rabbitmq: { kind: broker, queues: { shipping-task: {}, saga-failed: {} } }
  node-1: { kind: platform }
  x: { SERVICE }
journeys: { all: { through: [orders] }JOURNEYS }
";

/// What is put where in [`WORLD`].
fn world(holes: &[(&str, String)]) -> String {
    let mut text = WORLD.to_owned();
    for hole in ["TEAMS", "COHORTS", "RUNBOOKS", "SERVICE", "JOURNEYS"] {
        let filling = holes.iter().find(|(name, _)| *name == hole);
        let filling = filling.map_or(String::new(), |(_, filling)| filling.clone());
        text = text.replacen(hole, &filling, 1);
    }
    text
}

/// The states that the example of `move` names.
const STATES: &str = "states: { order: { moves: { NEW: [PAID] } } }";

fn operation(step: &str) -> String {
    format!("{STATES}, operations: {{ o: [{{ {step} }}] }}")
}

/// A model that holds a body of a table; everything but the body is right.
fn model(table: &Table, body: &str) -> String {
    let service = |text: String| format!("system: a\n{}", world(&[("SERVICE", text)]));
    let section = |hole, text: String| format!("system: a\n{}", world(&[(hole, text)]));
    let below = |text: String| format!("system: a\n{}{text}\n", world(&[]));
    if STEP_TABLES.iter().any(|(_, step)| step.of == table.of) {
        return service(operation(body));
    }
    let policy = |key: &str| service(operation(&format!("call: promo, {key}: {{ {body} }}")));
    let runs = |key: &str| service(format!("runs: {{ {key}: {{ {body} }} }}"));
    let broker = |queues: &str| {
        let queues = format!("kitchen: {{}}, menu: {{}}, failed: {{}}{queues}");
        format!("kind: broker, queues: {{ {queues} }}")
    };
    let scaler = "max: 10, targets: { cpu: 70% }";
    match table.of {
        "team" => section("TEAMS", format!(", t: {{ {body} }}")),
        "cohort" => section("COHORTS", format!(", c: {{ {body} }}")),
        "runbook" => section("RUNBOOKS", format!(", r: {{ {body} }}")),
        "journey" => section("JOURNEYS", format!(", j: {{ {body} }}")),
        "stage" => {
            section("JOURNEYS", format!(", j: {{ stages: [s: {{ {body} }}], through: [orders] }}"))
        }
        "objective" => {
            section("JOURNEYS", format!(", j: {{ through: [orders], slo: {{ {body} }} }}"))
        }
        "heuristic" => below(format!("heuristics: {{ h: {{ {body} }} }}")),
        "priority" => below(format!("priorities: {{ P1: {{ {body} }} }}")),
        "allowance" => below(format!("allow: [{{ {body} }}]")),
        "service" => service(body.to_owned()),
        "runs" => service(format!("runs: {{ {body} }}")),
        "cpu" | "memory" | "rollout" => runs(table.of),
        "probes" => service(format!("probes: {{ {body} }}")),
        "probe" => service(format!("probes: {{ liveness: {{ {body} }} }}")),
        "autoscaler" => service(format!("autoscaler: {{ {body} }}")),
        "target" => service(format!("autoscaler: {{ max: 10, targets: {{ {body} }} }}")),
        "scaling rule" => service(format!("autoscaler: {{ {scaler}, up: {{ {body} }} }}")),
        "scaling policy" => {
            service(format!("autoscaler: {{ {scaler}, up: {{ policies: [{{ {body} }}] }} }}"))
        }
        "pool" => service(format!("pools: {{ orders-db: {{ {body} }} }}")),
        "failover" => service(format!("kind: database, failover: {{ {body} }}")),
        "machine" => service(format!("states: {{ m: {{ {body} }} }}")),
        "operation" => service(format!("operations: {{ o: {{ {body} }} }}")),
        "dependency" => service(format!("calls: [promo: {{ {body} }}]")),
        "query" => service(format!("kind: database, queries: {{ q: {{ {body} }} }}")),
        "read replicas" => service(format!("kind: database, read_replicas: {{ {body} }}")),
        "cache entry" => service(format!("kind: cache, entries: {{ e: {{ {body} }} }}")),
        "queue" => service(broker(&format!(", q: {{ {body} }}"))),
        "topic" => service(format!("{}, topics: {{ t: {{ {body} }} }}", broker(""))),
        "policy" => service(operation(&format!("call: promo, {body}"))),
        "retry" | "breaker" | "bulkhead" => policy(table.of),
        "rate limit" => policy("rate_limit"),
        "saga part" => service(operation(&format!("saga: s, steps: [{{ {body} }}]"))),
        "alternative" => service(operation(&format!("branch: {{ a: {{ {body} }} }}"))),
        other => panic!("no place for a {other}"),
    }
}

/// What has to stand beside a key of a table for it to be right.
fn companions(table: &Table, key: &str) -> &'static str {
    match (table.of, key) {
        ("breaker", "failures" | "failure_rate")
        | ("probe", "get" | "tcp" | "exec" | "grpc")
        | ("alternative", "share" | "of")
        | ("journey", "through") => "",
        ("breaker", "slow_rate") => "slow: 2s",
        ("breaker", _) => "failures: 5",
        ("probe", _) => "get: /health",
        ("alternative", _) => "share: 30%",
        ("scaling policy", "period") => "pods: 4",
        ("journey", "enters") => "through: [front-end]",
        ("journey", _) => "through: [orders]",
        ("service", "max_connections" | "queries" | "read_replicas" | "failover") => {
            "kind: database"
        }
        ("service", "eviction" | "entries") => "kind: cache",
        ("service", "queues") => "kind: broker",
        ("service", "topics") => "kind: broker, queues: { kitchen: {}, menu: {} }",
        _ => "",
    }
}

/// A model in which a key has a value, and what the key needs beside it.
fn with(table: &Table, key: &Key, value: &str) -> String {
    let mut entries = Vec::new();
    let companions = companions(table, key.name);
    if !companions.is_empty() {
        entries.push(companions.to_owned());
    }
    for needed in table.all_keys().filter(|k| k.need == Need::Required && k.name != key.name) {
        entries.push(format!("{}: {}", needed.name, example(needed)));
    }
    entries.push(format!("{}: {value}", key.name));
    if table.of != "system" {
        return model(table, &entries.join(", "));
    }
    let mut text = entries.join("\n");
    let rest = world(&[]);
    for section in ["teams:", "cohorts:", "runbooks:", "journeys:"] {
        let line = rest.lines().find(|line| line.starts_with(section)).unwrap();
        if !line.starts_with(&format!("{}:", key.name)) {
            let _ = write!(text, "\n{}", line.replace("through: [orders]", "through: [front-end]"));
        }
    }
    text + "\n"
}

/// The keys of all tables but the variant's, each with a table that has it.
fn keys() -> impl Iterator<Item = (&'static Table, &'static Key)> {
    let steps = STEP_TABLES.iter().map(|(_, table)| *table);
    let tables = TABLES.iter().copied().filter(|table| table.of != "variant").chain(steps);
    tables.flat_map(|table| table.all_keys().map(move |key| (table, key)))
}

/// The example of a key, in quotes where a comma would end it.
fn example(key: &Key) -> String {
    match key.form {
        Form::Text if !key.example.starts_with('"') => format!("\"{}\"", key.example),
        _ => key.example.to_owned(),
    }
}

fn errors(reading: &Reading) -> Vec<String> {
    let errors = reading.diagnostics.iter().filter(|d| d.is_error());
    errors.map(ToString::to_string).collect()
}

#[test]
fn there_are_as_many_tables_as_the_language_has() {
    assert_eq!((TABLES.len(), STEP_TABLES.len()), (39, 14));
    assert!(keys().count() > 250, "{}", keys().count());
}

#[test]
fn the_example_of_every_key_has_its_form() {
    for (table, key) in keys() {
        let source = with(table, key, &example(key));
        let reading = read(&source);
        let wrong = errors(&reading);
        assert!(wrong.is_empty(), "`{}` of a {}:\n{wrong:#?}\n{source}", key.name, table.of);
    }
}

#[test]
fn every_default_has_the_form_of_its_key() {
    for (table, key) in keys() {
        if let Need::Default(default) = key.need {
            let source = with(table, key, default);
            assert_eq!(errors(&read(&source)), [""; 0], "`{}` of a {}", key.name, table.of);
        }
    }
}

#[test]
fn every_key_of_every_table_is_read() {
    for (table, key) in keys() {
        let short = match key.form {
            Form::Body(table) => table.short_key(),
            _ => None,
        };
        let wrong = match short.map_or(key.form, |key| key.form) {
            form if form.is_scalar() => "[[zz]]",
            _ => "zz",
        };
        let reading = read(with(table, key, wrong));
        let told = errors(&reading);
        let names = [Some(key.name), short.map(|key| key.name)];
        let is_told = |line: &String| {
            line.contains("[K0112]")
                && names.iter().flatten().any(|name| line.contains(&format!("`{name}`")))
        };
        assert!(told.iter().any(is_told), "`{}` of a {}: {told:#?}", key.name, table.of);
    }
}

#[test]
fn every_key_says_when_it_has_no_value() {
    for (table, key) in keys() {
        let told = said(&read(with(table, key, "")));
        let expected = format!("error[K0112]: `{}` has no value", key.name);
        assert!(told.contains(&expected), "`{}` of a {}: {told}", key.name, table.of);
    }
}

#[test]
fn every_required_key_is_missed() {
    for (table, key) in keys().filter(|(_, key)| key.need == Need::Required) {
        if STEP_TABLES.iter().any(|(verb, _)| *verb == key.name) {
            continue;
        }
        let source = with(table, key, &example(key));
        let entry = format!("{}: {}", key.name, example(key));
        let told = said(&read(source.replacen(&entry, "", 1)));
        let expected = format!("has no `{}`", key.name);
        assert!(told.contains(&expected), "`{}` of a {}: {told}", key.name, table.of);
    }
}

#[test]
fn every_quantity_has_a_unit_that_is_known_and_no_sign() {
    for (table, key) in keys().filter(|(_, key)| key.form.is_quantity()) {
        let code = match key.form {
            Form::Duration | Form::DurationRange => "K0110",
            Form::Count(..) | Form::Factor => "K0116",
            Form::Rate => "K0117",
            Form::Money | Form::MoneyRate => "K0118",
            _ => "K0120",
        };
        for wrong in ["-1", "-5s", "5 parsecs", "1e3", "1,000", "∞", "-1%", "-1 USD", "1 USD/week"]
        {
            let reading = read(with(table, key, &format!("'{wrong}'")));
            let told: Vec<_> =
                reading.diagnostics.iter().filter(|d| d.is_error()).map(|d| d.code.id).collect();
            assert_eq!(told, [code], "`{}` of a {}: {wrong}", key.name, table.of);
        }
    }
}

#[test]
fn every_quantity_and_word_may_be_assumed() {
    let is_one = |form: Form| form.is_quantity() || matches!(form, Form::Word(_) | Form::Flag);
    for (table, key) in keys().filter(|(_, key)| is_one(key.form)) {
        for mark in ["~", "~ "] {
            let reading = read(with(table, key, &format!("{mark}{}", key.example)));
            assert_eq!(errors(&reading), [""; 0], "`{}` of a {}", key.name, table.of);
            let texts: Vec<_> = reading.assumed.iter().map(|place| place.length).collect();
            assert_eq!(texts, [mark.len() + key.example.chars().count()], "`{}`", key.name);
        }
    }
}

#[test]
fn the_keys_of_a_variant_are_read() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    std::fs::create_dir(root.join("variants")).unwrap();
    let services = "system: a\nservices: { orders: {} }\n";
    std::fs::write(root.join("system.yaml"), services).unwrap();
    let base = "variant: reviewed timeouts\nchanges: {}\n";
    std::fs::write(root.join("variants/base.yaml"), base).unwrap();
    let table = TABLES.iter().find(|table| table.of == "variant").unwrap();
    for key in table.keys {
        for (value, is_right) in [(key.example, true), ("[[zz]]", false)] {
            let needed =
                table.keys.iter().filter(|k| k.need == Need::Required && k.name != key.name);
            let mut text = String::new();
            for needed in needed {
                let _ = writeln!(text, "{}: {}", needed.name, needed.example);
            }
            let _ = writeln!(text, "{}: {value}", key.name);
            std::fs::write(root.join("variants/one.yaml"), text).unwrap();
            let pack = load_pack(root);
            let told = said(&pack.base);
            let is_told = told.contains(&format!("error[K0112]: `{}` takes", key.name));
            assert_eq!((pack.base.system.is_some(), is_told), (is_right, !is_right), "{told}");
        }
    }
}
