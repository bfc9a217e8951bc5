//! Models in several files.

use std::fs;

use knockon_core::Diagnostic;
use knockon_format::{Pack, Reading, limits, load_pack};

/// Files in a directory, read as a pack.
pub(crate) struct Loaded {
    pub(crate) pack: Pack,
    root: String,
}

impl Loaded {
    pub(crate) fn of(files: &[(&str, &[u8])]) -> Self {
        Self::at(files, "")
    }

    /// Reads what is at a path below the directory of the files.
    fn at(files: &[(&str, &[u8])], path: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let pack = match path {
            "" => load_pack(directory.path()),
            _ => load_pack(&directory.path().join(path)),
        };
        Self { pack, root: format!("{}/", directory.path().display()) }
    }

    /// What is said of a reading, without the directory.
    pub(crate) fn said(&self, reading: &Reading) -> String {
        let refused = reading.diagnostics.iter().any(Diagnostic::is_error);
        assert_eq!(reading.system.is_none(), refused);
        let root = self.root.trim_end_matches('/');
        crate::said(reading).replace(&self.root, "").replace(root, "pack")
    }
}

#[track_caller]
pub(crate) fn check_pack(files: &[(&str, &str)], expected: &str) -> Loaded {
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    check_bytes(&files, expected)
}

#[track_caller]
fn check_bytes(files: &[(&str, &[u8])], expected: &str) -> Loaded {
    let loaded = Loaded::of(files);
    let found = loaded.said(&loaded.pack.base);
    assert_eq!(found.trim_end(), expected.trim(), "\nfound:\n{found}");
    loaded
}

const SYSTEM: &str = "system: shop\nservices: { orders: { calls: [pay] } }\n";

#[test]
fn the_files_of_a_pack_are_one_system() {
    let loaded = check_pack(
        &[
            ("system.yaml", SYSTEM),
            ("a.yaml", "services: { pay: { team: money } }\n"),
            ("b.yml", "teams: { money: {} }\nallow: [{ code: K0401, reason: a }]\n"),
            ("c.yaml", "allow: [{ code: K0402, reason: b }]\nsummary: Sells.\n"),
            (".hidden.yaml", "services: 3\n"),
            ("notes.txt", "services: 3\n"),
        ],
        "",
    );
    let system = loaded.pack.base.system.unwrap();
    let names: Vec<_> = system.services().iter().map(|service| service.name.as_str()).collect();
    assert_eq!(names, ["orders", "pay"]);
    assert_eq!(system.practice().allow.len(), 2);
    assert_eq!(system.summary(), Some("Sells."));
}

#[test]
fn a_mistake_is_told_in_the_file_where_it_is() {
    check_pack(
        &[
            ("system.yaml", SYSTEM),
            ("a.yaml", "services:\n  pay: { team: monye, tier: 9 }\n"),
            ("b.yaml", "teams: { money: {} }\n"),
        ],
        "
a.yaml:2:16: error[K0122]: unknown team `monye`
  help: did you mean `money`?
a.yaml:2:29: error[K0115]: `9` is not a tier
  help: write `1`, `2`, `3`, `4` or `infra`",
    );
}

#[test]
fn the_same_thing_in_two_files() {
    check_pack(
        &[
            ("system.yaml", SYSTEM),
            ("a.yaml", "services: { pay: {}, orders: {} }\nsystem: shop\n"),
            ("b.yaml", "services: [x]\n"),
            ("c.yaml", "- a\n"),
            ("d.yaml", "services:\n"),
        ],
        "
a.yaml:1:22: error[K0143]: `orders` is in two files of the pack
  see system.yaml:2:13: first written here
  help: keep one of the two
a.yaml:2:1: error[K0143]: `system` is in two files of the pack
  see system.yaml:1:1: first written here
  help: keep one of the two
b.yaml:1:1: error[K0143]: `services` is in two files of the pack
  see system.yaml:2:1: first written here
  help: keep one of the two
c.yaml:1:1: error[K0112]: this file of the pack is not a mapping of keys",
    );
}

#[test]
fn a_directory_without_a_system_file() {
    check_pack(
        &[("readme.md", "# nothing")],
        "
pack:1:1: error[K0142]: there is no `system.yaml` in this directory
  help: name the directory of a pack, or a system file",
    );
    check_pack(
        &[("services.yaml", "services: { a: {} }\n")],
        "
services.yaml:1:1: error[K0114]: the file has no `system`
  help: add `system: sock-shop`",
    );
}

#[test]
fn a_file_that_is_empty_hides_no_other_mistake() {
    check_pack(
        &[
            ("system.yaml", SYSTEM),
            ("a.yaml", "# later\n"),
            ("b.yaml", "services: { pay: { tier: 9 } }\n"),
        ],
        "
a.yaml:1:1: error[K0106]: the file is empty
  help: begin with `system: name`, then `services:` and a line for each
b.yaml:1:26: error[K0115]: `9` is not a tier
  help: write `1`, `2`, `3`, `4` or `infra`",
    );
}

#[test]
fn a_file_that_breaks_off_hides_no_mistake_and_makes_none() {
    // `pay` and the team are below the break, so nobody knows whether they are there.
    check_pack(
        &[
            ("system.yaml", "system: shop\nservices: { orders: { calls: [pay], team: t, tier: 7 } }\n"),
            ("a.yaml", "services:\n  web: { kind: databse }\n  api: {}\n   pay: {}\nteams: { t: {} }\n"),
            ("variants/v.yaml", "variant: v\nextends: w\nchanges: [\n"),
        ],
        "
system.yaml:2:52: error[K0115]: `7` is not a tier
  help: write `1`, `2`, `3`, `4` or `infra`
a.yaml:2:16: error[K0115]: `databse` is not a kind of service
  help: did you mean `database`? The words are `service`, `database`, `cache`, `broker`, `client`, `external` or `platform`
a.yaml:4:4: error[K0104]: this line is indented unlike the keys around it
  help: give all keys of a mapping the same indentation
variants/v.yaml:3:10: error[K0104]: `[` is never closed
  help: close it with `]`, or put the text in double quotes",
    );
}

#[test]
fn a_file_that_is_no_text_hides_no_other_mistake() {
    check_bytes(
        &[
            ("system.yaml", SYSTEM.replace("pay]", "pay], tier: 7").as_bytes()),
            ("a.yaml", b"services: { pay: { summary: \xff } }\n"),
        ],
        "
a.yaml:1:29: error[K0102]: the byte 0xFF is not UTF-8
  help: save the file as UTF-8
system.yaml:2:43: error[K0115]: `7` is not a tier
  help: write `1`, `2`, `3`, `4` or `infra`",
    );
}

#[test]
fn a_file_of_fifty_megabytes_is_not_read() {
    let large = vec![b'#'; 50 * 1024 * 1024];
    assert!(large.len() > limits::MAX_FILE_BYTES);
    check_bytes(
        &[("system.yaml", SYSTEM.as_bytes()), ("a.yaml", &large)],
        "
a.yaml:1:1: error[K0103]: the file is larger than 16 MiB
  help: split it: a model of 1,000 services is about 500 kB",
    );
}

#[test]
fn the_pages_of_a_pack_are_its_runbooks() {
    let loaded = check_pack(
        &[
            (
                "system.yaml",
                "system: shop\nservices: { a: { runbook: slow }, b: { runbook: own }, c: { runbook: bare } }\nrunbooks: { own: { steps: [sit] } }\n",
            ),
            (
                "runbooks/slow.md",
                "# It is slow\n\nUse it when it is slow.\n\n1. Look:\n   ```sh\n   kubectl get pods\n   ```\n2. Wait.\n",
            ),
            ("runbooks/bare.md", "# Bare\n\nNothing to do.\n"),
            ("runbooks/lonely.md", "1. Nobody calls.\n"),
        ],
        "
runbooks/bare.md:1:1: warning[K0147]: runbook `bare` has no list of what to do first
  help: add a numbered list, one action an item
runbooks/lonely.md:1:1: warning[K0134]: no service uses runbook `lonely`
  help: name it as the `runbook` of the service it is for
runbooks/lonely.md:1:1: warning[K0147]: runbook `lonely` has no title
  help: begin with `# What is broken`",
    );
    let system = loaded.pack.base.system.unwrap();
    let slow = system.runbook(system.names().get("a").unwrap()).unwrap();
    assert_eq!((slow.name.as_str(), slow.title.as_deref()), ("slow", Some("It is slow")));
    assert_eq!(slow.page.as_deref(), Some("runbooks/slow.md"));
    assert_eq!(slow.steps, ["Look:", "kubectl get pods", "Wait."]);
    let own = system.runbook(system.names().get("b").unwrap()).unwrap();
    assert_eq!(own.steps, ["sit"]);
}

#[test]
fn a_runbook_is_a_page_or_a_key_but_not_both() {
    check_pack(
        &[
            (
                "system.yaml",
                "system: shop\nservices: { a: { runbook: slow } }\nrunbooks: { slow: { steps: [sit] } }\n",
            ),
            ("runbooks/slow.md", "# Slow\n\n1. Sit.\n"),
        ],
        "
runbooks/slow.md:1:1: error[K0143]: `slow` is in two files of the pack
  see system.yaml:3:13: first written here
  help: keep one of the two",
    );
}

#[test]
fn the_system_file_of_a_pack_stands_for_the_pack() {
    let files: &[(&str, &[u8])] = &[
        ("system.yaml", SYSTEM.as_bytes()),
        ("services.yaml", b"services: { pay: {} }\n"),
        ("variants/v.yaml", b"variant: v\nchanges: { summary: x }\n"),
    ];
    let by_file = Loaded::at(files, "system.yaml");
    let by_directory = Loaded::at(files, "");
    assert_eq!(by_file.pack.base.system, by_directory.pack.base.system);
    assert!(by_file.pack.base.system.is_some());
    assert_eq!(by_file.pack.variants.len(), 1);
    // Any other file is a model by itself.
    let alone = Loaded::at(files, "services.yaml");
    let expected = "services.yaml:1:1: error[K0114]: the file has no `system`\n  help: add `system: sock-shop`\n";
    assert_eq!(alone.said(&alone.pack.base), expected);
}

#[test]
fn a_pack_is_read_the_same_each_time() {
    let packs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    for entry in fs::read_dir(packs).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(load_pack(&path), load_pack(&path), "{}", path.display());
    }
}
