//! Commits of real repositories, where git is installed.

use std::path::Path;
use std::process::Command;

use crate::run::{folder, knockon, left_out};

const SYSTEM: &[u8] = b"system: shop
services:
  orders: { repository: ./code/services/orders, calls: [carts] }
  carts: { repository: ./code/services/carts }
  web: { repository: https://git.example/shop/web, calls: [orders] }
";

/// Failures of carts from 10:30 on, in minutes.
fn metrics() -> String {
    let line = |minute: i64| {
        let share = if minute < 90 { 0.001 } else { 0.4 };
        format!("{},{}\n", 1_772_352_000 + minute * 60, share + (minute % 3) as f64 * 0.0001)
    };
    "time,carts_error_ratio\n".to_owned() + &(0..110).map(line).collect::<String>()
}

/// Commits a file; `None` where there is no git.
fn commit(code: &Path, file: &str, time: &str, subject: &str) -> Option<()> {
    let path = code.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, subject).unwrap();
    for arguments in [
        &["init", "--quiet"][..],
        &["add", "--all"],
        &[
            "-c",
            "user.name=Ana",
            "-c",
            "user.email=ana@shop.example",
            "commit",
            "--quiet",
            "-m",
            subject,
        ],
    ] {
        let mut git = Command::new("git");
        git.current_dir(code).args(arguments);
        git.env("GIT_AUTHOR_DATE", time).env("GIT_COMMITTER_DATE", time);
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        assert!(git.status().ok()?.success(), "{arguments:?}");
    }
    Some(())
}

#[test]
fn the_commits_of_a_directory_are_changes_of_its_service() {
    let dir = folder(&[("system.yaml", SYSTEM), ("incident/metrics.csv", metrics().as_bytes())]);
    let code = dir.path().join("code");
    std::fs::create_dir(&code).unwrap();
    for (file, time, subject) in [
        ("services/carts/old", "2026-03-01T03:00:00Z", "Long before"),
        ("services/orders/main", "2026-03-01T09:00:00Z", "Sort orders"),
        ("services/carts/main", "2026-03-01T09:25:00Z", "Drop the cache\n\ncommit 0\nDate: never"),
        ("services/carts/README.md", "2026-03-01T09:26:00Z", "Say what it is"),
        ("services/carts/late", "2026-03-01T09:45:00Z", "Bring the cache back"),
    ] {
        if commit(&code, file, time, subject).is_none() {
            return left_out("git is not installed");
        }
    }
    let system = dir.path().join("system.yaml");
    let bundle = dir.path().join("incident");
    let arguments =
        ["triage", "-s", system.to_str().unwrap(), bundle.to_str().unwrap(), "--format", "json"];
    let none: serde_json::Value = serde_json::from_str(&knockon(&arguments).stdout).unwrap();
    assert_eq!(none["changes"].as_array().unwrap().len(), 0);

    let ran = knockon(&[&arguments[..], &["--git"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    let incident: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let of = |change: &serde_json::Value, key: &str| change[key].as_str().unwrap().to_owned();
    let changes: Vec<_> = incident["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            assert_eq!(
                (change["kind"].as_str(), change["by"].as_str()),
                (Some("commit"), Some("Ana"))
            );
            assert_eq!(of(change, "version").len(), 40);
            [of(change, "time")[11..16].to_owned(), of(change, "service"), of(change, "summary")]
                .join(" ")
        })
        .collect();
    assert_eq!(
        changes,
        [
            "09:25 carts Drop the cache",
            "09:00 orders Sort orders",
            "09:45 carts Bring the cache back"
        ]
    );
}

#[test]
fn a_repository_that_cannot_be_read_is_told() {
    let dir = folder(&[
        ("system.yaml", b"system: shop\nservices:\n  carts: { repository: ./nowhere }\n"),
        ("incident/metrics.csv", metrics().as_bytes()),
        ("bare.yaml", b"system: shop\nservices:\n  carts:\n"),
    ]);
    let ask = |model: &str| {
        let (system, bundle) = (dir.path().join(model), dir.path().join("incident"));
        knockon(&["triage", "-s", system.to_str().unwrap(), bundle.to_str().unwrap(), "--git"])
    };
    let ran = ask("system.yaml");
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("error[K0331]: the log of `"), "{}", ran.stderr);
    assert!(ran.stderr.contains("= help: it is the `repository` of carts"), "{}", ran.stderr);
    let ran = ask("bare.yaml");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("warning[K0331]: `--git`: no service has"), "{}", ran.stderr);
}
