//! Files that are there, are not there, or are something else.

use std::fs;
use std::path::Path;

use knockon_format::load_system;

use crate::THREE;

fn lines(path: &Path, root: &Path) -> Vec<String> {
    let reading = load_system(path);
    let root = format!("{}/", root.display());
    reading
        .diagnostics
        .iter()
        .flat_map(|d| std::iter::once(d.to_string()).chain(d.help.clone()))
        .map(|line| line.replace(&root, ""))
        .collect()
}

#[test]
fn a_file_on_disk_is_read_with_the_pages_beside_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("system.yaml");
    let runbooks = "runbooks:\n  r: { page: pages/r.md }\n  s: { page: pages/s.md }\n";
    let source = THREE.replace("kind: database", "kind: database, runbook: r");
    let source = source.replace("calls:", "runbook: s, calls:");
    fs::write(&path, format!("{source}{runbooks}")).unwrap();
    fs::create_dir(directory.path().join("pages")).unwrap();
    fs::write(directory.path().join("pages/r.md"), "# R").unwrap();
    assert!(load_system(&path).system.is_some());
    assert_eq!(
        lines(&path, directory.path())[0],
        "system.yaml:8:14: warning[K0132]: there is no page `pages/s.md`"
    );
}

#[test]
fn a_missing_file_suggests_its_neighbour() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("system.yml");
    let expected = "system.yml:1:1: error[K0101]: there is no such file";
    assert_eq!(lines(&missing, directory.path()), [expected]);
    fs::write(directory.path().join("system.yaml"), THREE).unwrap();
    assert_eq!(lines(&missing, directory.path()), [expected, "did you mean `system.yaml`?"]);
}

#[test]
fn a_directory_is_a_pack_if_there_is_a_system_in_it() {
    let root = tempfile::tempdir().unwrap();
    let pack = root.path().join("pack");
    fs::create_dir(&pack).unwrap();
    assert_eq!(
        lines(&pack, root.path()),
        [
            "pack:1:1: error[K0142]: there is no `system.yaml` in this directory",
            "name the directory of a pack, or a system file"
        ]
    );
    fs::write(pack.join("system.yaml"), THREE).unwrap();
    assert!(load_system(&pack).system.is_some());
}
