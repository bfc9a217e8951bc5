//! The scenarios of the sample packs.

use std::path::{Path, PathBuf};

use knockon_scenario::load::{Listed, list, load};

use crate::model::lines;

/// The directories of the sample packs.
pub(crate) fn packs() -> Vec<PathBuf> {
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    let entries = std::fs::read_dir(packs).unwrap().map(|entry| entry.unwrap().path());
    let mut packs: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    packs.sort();
    packs
}

/// Their scenarios.
pub(crate) fn scenarios() -> Vec<Listed> {
    packs().iter().flat_map(|pack| list(pack)).collect()
}

#[test]
fn every_scenario_is_loaded_without_a_word() {
    for listed in scenarios() {
        let told = match load(&listed.path) {
            Ok(loaded) => lines(&loaded.notes),
            Err(wrong) => lines(&wrong),
        };
        assert_eq!(told, "", "{}", listed.path.display());
    }
}
