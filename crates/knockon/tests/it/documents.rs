//! The reference says what is true.

use std::collections::BTreeSet;
use std::process::Command;

use knockon_core::Code;

use crate::run::{knockon, root};

fn document(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn codes() -> Vec<Code> {
    let lists = [
        knockon_format::codes::ALL,
        knockon_telemetry::codes::ALL,
        knockon::codes::ALL,
        knockon_scenario::codes::ALL,
        knockon_audit::codes::ALL,
        knockon_import::codes::ALL,
    ];
    lists.into_iter().flatten().copied().collect()
}

#[test]
fn every_code_is_documented() {
    let reference = document("docs/reference/diagnostics.md");
    let rows: BTreeSet<&str> = reference.lines().filter(|line| line.starts_with("| K")).collect();
    let expected: Vec<String> =
        codes().iter().map(|code| format!("| {} | {} |", code.id, code.title)).collect();
    for row in &expected {
        assert!(rows.contains(row.as_str()), "docs/reference/diagnostics.md lacks:\n{row}");
    }
    let gone: Vec<_> = rows.iter().filter(|row| !expected.iter().any(|e| e == *row)).collect();
    assert!(gone.is_empty(), "docs/reference/diagnostics.md explains what is no code: {gone:#?}");
}

#[test]
fn no_two_codes_share_an_id() {
    let codes = codes();
    let ids: BTreeSet<_> = codes.iter().map(|code| code.id).collect();
    assert_eq!(ids.len(), codes.len());
}

/// Every field that the JSON of an incident has is named in its reference, and the other way round.
#[test]
fn every_field_of_an_incident_is_documented() {
    let mut fields = BTreeSet::new();
    for incident in
        ["petshop-slow-database", "inventory-pool-exhaustion", "recommendation-memory-leak"]
    {
        let dir = format!("examples/incidents/{incident}");
        let system = format!("{dir}/system.yaml");
        let ran = knockon(&["triage", "--system", &system, &dir, "--format", "json"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        collect_fields(&serde_json::from_str(&ran.stdout).unwrap(), &mut fields);
    }
    let reference = document("docs/reference/incident.md");
    let missing: Vec<_> =
        fields.iter().filter(|field| !reference.contains(&format!("`{field}`"))).collect();
    assert!(missing.is_empty(), "docs/reference/incident.md does not name {missing:?}");
}

/// Every field that the JSON of a simulation has is named in its reference, and every kind of fault
/// that a flag can set stands there with its figure.
#[test]
fn every_field_and_fault_of_a_simulation_is_documented() {
    let mut fields = BTreeSet::new();
    for arguments in [
        &["packs/sock-shop", "--users", "buy a sock=5", "--fault", "cache-down=session-db"][..],
        &["packs/order-orchestrator", "--fault", "freeze=taxi-partner-gateway", "--for", "20min"],
        &["packs/connect", "--fault", "partners-slow=DoorDash:20s"],
        &["packs/checkout", "--replications", "2"],
    ] {
        let ran = knockon(&[&["simulate", "--format", "json"], arguments].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        collect_fields(&serde_json::from_str(&ran.stdout).unwrap(), &mut fields);
    }
    let reference = document("docs/reference/simulation.md");
    let missing: Vec<_> =
        fields.iter().filter(|field| !reference.contains(&format!("`{field}`"))).collect();
    assert!(missing.is_empty(), "docs/reference/simulation.md does not name {missing:?}");
    for known in knockon::simulate::KINDS {
        let row = format!("| `{}` | ", known.word);
        let row = reference.lines().find(|line| line.starts_with(&row));
        let row =
            row.unwrap_or_else(|| panic!("docs/reference/simulation.md lacks `{}`", known.word));
        let end = known.figure.map_or(" | |".to_owned(), |figure| format!(" | {figure} |"));
        assert!(row.ends_with(&end), "{row}\n{end}");
    }
}

/// Every field that the other commands print as JSON is named where the command is described.
#[test]
fn every_field_of_the_commands_json_is_documented() {
    let data = "crates/knockon-import/tests/data/sock-shop";
    let pools = "examples/incidents/inventory-pool-exhaustion/metrics.csv";
    let mut fields = BTreeSet::new();
    for arguments in [
        &["check", "packs/sock-shop", "--format", "json"][..],
        &["import", data, "--format", "json"],
        &["import", data, "--against", "packs/sock-shop", "--format", "json"],
        &["rules", "examples/rules/connection-pools.yaml", "--format", "json", "--metrics", pools],
        &[
            "evaluate",
            "triage",
            "examples/incidents",
            "packs/checkout/planned-deploy",
            "--format",
            "json",
        ],
    ] {
        let ran = knockon(arguments);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        collect_fields(&serde_json::from_str(&ran.stdout).unwrap(), &mut fields);
    }
    assert!(fields.len() > 30, "{fields:?}");
    let references =
        document("docs/reference/command.md") + &document("docs/reference/incident.md");
    let missing: Vec<_> =
        fields.iter().filter(|field| !references.contains(&format!("`{field}`"))).collect();
    assert!(missing.is_empty(), "docs/reference/command.md does not name {missing:?}");
}

/// Every way to make evidence worse has its row, with what it is if that is not said.
#[test]
fn every_degradation_is_documented() {
    let reference = document("docs/reference/command.md");
    for kind in knockon::evaluate::degrade::KINDS {
        let row = format!("| `{}` | {} | `{}` |", kind.word, kind.means, kind.usual);
        assert!(reference.contains(&row), "docs/reference/command.md lacks:\n{row}");
    }
}

/// Every field of a story, a proof and a list of scenarios is named where they are described.
#[test]
fn every_field_of_a_run_is_documented() {
    let mut fields = BTreeSet::new();
    for arguments in [
        &["run", "packs/sock-shop/5a-queue-blockage", "--json"][..],
        &["run", "packs/connect/one-subscriber-fails", "--json"],
        &["prove", "packs/sock-shop/5a-queue-blockage", "--json", "--replications", "2"],
        &["scenarios", "packs/sock-shop", "--json"],
    ] {
        let ran = knockon(arguments);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        collect_fields(&serde_json::from_str(&ran.stdout).unwrap(), &mut fields);
    }
    assert!(fields.len() > 60, "{fields:?}");
    let references = document("docs/reference/run.md") + &document("docs/reference/incident.md");
    let missing: Vec<_> =
        fields.iter().filter(|field| !references.contains(&format!("`{field}`"))).collect();
    assert!(missing.is_empty(), "docs/reference/run.md does not name {missing:?}");
}

fn collect_fields(value: &serde_json::Value, fields: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(map) => {
            for (name, value) in map {
                fields.insert(name.clone());
                // What is in these, who writes a rule decides.
                if !matches!(name.as_str(), "labels" | "annotations") {
                    collect_fields(value, fields);
                }
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|v| collect_fields(v, fields)),
        _ => {}
    }
}

#[test]
fn every_command_and_flag_is_documented() {
    use clap::CommandFactory;
    let reference = document("docs/reference/command.md");
    let mut commands = vec![knockon::cli::Cli::command()];
    while let Some(command) = commands.pop() {
        let name = command.get_name();
        assert!(reference.contains(name), "docs/reference/command.md does not name `{name}`");
        for flag in command.get_arguments().filter_map(clap::Arg::get_long) {
            let flag = format!("`--{flag}");
            assert!(reference.contains(&flag), "docs/reference/command.md does not name {flag}`");
        }
        commands.extend(command.get_subcommands().cloned());
    }
}

/// An example of a system file that a reader of the documents would copy is one that works.
#[test]
fn every_system_in_the_documents_is_read_without_a_complaint() {
    let mut found = 0;
    for path in ["README.md", "docs/reference/model.md"] {
        let text = document(path);
        for block in text.split("```yaml\n").skip(1) {
            let block = block.split("```").next().unwrap();
            // In a list the block is indented with its item.
            let indent = block.len() - block.trim_start_matches(' ').len();
            let lines = block.lines().map(|line| line.get(indent..).unwrap_or(""));
            let system = lines.collect::<Vec<_>>().join("\n");
            if !system.starts_with("system:") {
                continue;
            }
            found += 1;
            let reading = knockon_format::read_system(path, system.as_bytes(), &|_| true);
            assert_eq!(reading.diagnostics, [], "{system}");
        }
    }
    assert!(found >= 2, "{found}");
}

/// The first command of the README names no program, so a bare `cargo run` must find exactly one.
#[test]
fn a_bare_cargo_run_runs_knockon() {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let members = metadata["workspace_default_members"].as_array().unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let programs: Vec<&str> = packages
        .iter()
        .filter(|package| members.contains(&package["id"]))
        .flat_map(|package| package["targets"].as_array().unwrap())
        .filter(|target| target["kind"][0] == "bin")
        .map(|target| target["name"].as_str().unwrap())
        .collect();
    assert_eq!(programs, ["knockon"]);
}

/// What the applications of the packs count is in the reference, with the labels that it has.
#[test]
fn every_metric_of_an_application_is_documented() {
    let reference = document("docs/reference/metrics.md");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.om").display().to_string();
    for (pack, fault, count) in [
        ("checkout", "errors=payment-service:20%", 2),
        ("order-orchestrator", "crash=taxi-partner-gateway", 11),
        ("sock-shop", "errors=catalogue:60%", 3),
    ] {
        let path = format!("packs/{pack}");
        let ran = knockon(&["simulate", &path, "--fault", fault, "--openmetrics", &file]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let metrics = knockon::metrics::read(&[file.clone().into()]).unwrap();
        let system = knockon_format::load_system(&root().join(&path)).system.unwrap();
        let recorded: BTreeSet<&str> =
            system.practice().application_metrics.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(recorded.len(), count);
        for name in recorded {
            let mut labels = BTreeSet::new();
            for series in metrics.store.series().filter(|it| it.labels().metric() == Some(name)) {
                let nameless = series.labels().nameless();
                labels.extend(nameless.iter().map(|(label, _)| format!("`{label}`")));
            }
            let end = Vec::from_iter(labels).join(" ") + " |";
            let row =
                reference.lines().find(|line| line.starts_with(&format!("| `{name}` | {pack} |")));
            let row = row.unwrap_or_else(|| panic!("docs/reference/metrics.md lacks `{name}`"));
            assert!(row.ends_with(&end), "{row}\n{end}");
        }
    }
}
