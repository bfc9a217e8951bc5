//! `knockon import` on the files of real systems: what it writes is a pack that reads back to the
//! same system.

use std::path::PathBuf;

use knockon_core::System;
use knockon_import::{Options, collect, import};

use crate::run::{knockon, root};

fn data(system: &str) -> PathBuf {
    root().join("crates/knockon-import/tests/data").join(system)
}

fn imported(system: &str, env: &[PathBuf]) -> System {
    let collected = collect(&[data(system)]);
    let env = collect(env).inputs;
    let options = Options { name: Some("shop".into()), env };
    import(&collected.inputs, &options).system.unwrap()
}

#[test]
fn a_pack_that_was_imported_reads_back_to_the_same_system() {
    for system in ["sock-shop", "online-boutique", "opentelemetry-demo"] {
        let pack = tempfile::tempdir().unwrap();
        let (from, to) = (data(system), pack.path().join("pack"));
        let env: Vec<PathBuf> =
            [from.join("dot.env")].into_iter().filter(|path| path.is_file()).collect();
        let mut arguments = vec!["import", from.to_str().unwrap(), "--name", "shop", "--output"];
        arguments.push(to.to_str().unwrap());
        for path in &env {
            arguments.extend(["--env-file", path.to_str().unwrap()]);
        }
        let ran = knockon(&arguments);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let reading = knockon_format::load_system(&to);
        // Sock Shop's rules say `email` and `slack` where a severity belongs; nothing else is odd.
        let is_odd = |d: &knockon_core::Diagnostic| !d.message.starts_with("the severity `");
        assert!(!reading.diagnostics.iter().any(is_odd), "{system}: {:#?}", reading.diagnostics);
        let mut read = reading.system.unwrap();
        let shown = imported(system, &env);
        // Services and edges are compared one by one, so that a failure can be read.
        for (read, shown) in read.services().iter().zip(shown.services()) {
            assert_eq!(read, shown, "{system}");
        }
        for dependency in shown.dependencies() {
            assert_eq!(read.details(dependency.key()), shown.details(dependency.key()));
        }
        for (read, shown) in read.practice().monitors.iter().zip(&shown.practice().monitors) {
            assert_eq!(read, shown, "{system}");
        }
        sort(&mut read);
        let mut shown = shown;
        sort(&mut shown);
        assert_eq!(read, shown, "{system}");

        let again = knockon(&arguments);
        assert_eq!(again.code, 2, "{}", again.stderr);
        assert!(again.stderr.contains("K0309"), "{}", again.stderr);
        let checked = knockon(&["check", to.to_str().unwrap()]);
        assert_eq!(checked.code, 0, "{}", checked.stderr);
    }
}

/// A file lists dependencies by the service that has them, sources in the order they are found.
fn sort(system: &mut System) {
    system.sort_dependencies();
}

#[test]
fn a_model_and_what_is_imported_are_compared() {
    let manifests = data("sock-shop");
    let manifests = manifests.to_str().unwrap();
    let pack = root().join("packs/sock-shop");
    let pack = pack.to_str().unwrap();

    let ran = knockon(&["import", manifests, "--against", pack]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // The orders of the shop's own code publish; its network policies are of an older flow.
    for expected in [
        "sock-shop says, and no source shows",
        "  queue-master → shipping (call)",
        "the sources show, and sock-shop lacks",
        "  shipping → rabbitmq (publish)",
    ] {
        assert!(ran.stdout.contains(expected), "{expected}\n{}", ran.stdout);
    }

    let ran = knockon(&["import", manifests, "--against", pack, "--deny-differences"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let ran = knockon(&["import", manifests, "--against", pack, "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["schema"], "knockon.difference/v1");
    assert!(document["difference"]["missing"]["edges"].as_array().is_some_and(|it| !it.is_empty()));
}

#[test]
fn a_broken_file_stops_the_import_unless_it_may_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let good = write(
        "compose.yaml",
        "services:\n  web: { image: shop/web, environment: { A: 'http://db' } }\n  db: { image: postgres }\n",
    );
    let broken = write("broken.yaml", "services: [\n");
    let ran = knockon(&["import", &good, &broken]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("error[K0104]"), "{}", ran.stderr);
    let ran = knockon(&["import", &good, &broken, "--keep-going"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("writes:"), "{}", ran.stdout);
    let json = ["import", &good, &broken, "--keep-going", "--format", "json"];
    let document: serde_json::Value = serde_json::from_str(&knockon(&json).stdout).unwrap();
    assert_eq!(document["dependencies"][0]["to"], "db");

    // In a folder there may be anything; what looks like it should have been read is told.
    let ran = knockon(&["import", folder.path().to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("warning[K0104]: passed over"), "{}", ran.stderr);
}
