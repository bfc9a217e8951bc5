//! The Sock Shop data set of RCD: a CPU or memory hog on one service, metrics every second.
//!
//! Source: azamikram/rcd (Ikram et al., "Root Cause Analysis of Failures in Microservices through
//! Causal Discovery", `NeurIPS` 2022). `<service>-<cpu or mem>/<n>/` holds `normal.csv` and
//! `anomalous.csv` in the wide form. The folder names the cause; finding `<service>-db` usually
//! counts. There is no graph in it; the shop's own is in the project's example systems.

use std::path::{Path, PathBuf};

use knockon_core::{Diagnostic, System};
use knockon_triage::Options;

use super::case::{Case, DataSet, Truth, folders, last_parts};
use super::files::read_metrics;

/// The shop: its services and who calls whom.
const SYSTEM: &str = include_str!("../../../../examples/systems/sock-shop.yaml");

struct Rcd {
    dir: PathBuf,
    cases: Vec<String>,
    system: System,
}

/// Opens the folder that holds the `<service>-<fault>` folders.
pub(super) fn open(dir: &Path) -> Result<Option<Box<dyn DataSet>>, Vec<Diagnostic>> {
    let mut cases = Vec::new();
    for fault in folders(dir) {
        for run in folders(&dir.join(&fault)) {
            let case = format!("{fault}/{run}");
            let is_here = |name: &str| dir.join(&case).join(name).is_file();
            if fault.contains('-') && is_here("normal.csv") && is_here("anomalous.csv") {
                cases.push(case);
            }
        }
    }
    if cases.is_empty() {
        return Ok(None);
    }
    let reading = knockon_format::read_system("sock-shop.yaml", SYSTEM.as_bytes(), &|_| true);
    let system = reading.system.ok_or(reading.diagnostics)?;
    Ok(Some(Box::new(Rcd { dir: dir.to_owned(), cases, system })))
}

impl DataSet for Rcd {
    fn name(&self) -> String {
        last_parts(&self.dir, 1)
    }

    fn cases(&self) -> &[String] {
        &self.cases
    }

    fn folds_databases(&self) -> bool {
        true
    }

    fn load(&self, case: &str) -> Result<Case, Vec<Diagnostic>> {
        let dir = self.dir.join(case);
        let anomalous = dir.join("anomalous.csv");
        let evidence = read_metrics(&anomalous, Some(&dir.join("normal.csv")), &self.system)?;
        let fault = case.split('/').next().and_then(|fault| fault.rsplit_once('-'));
        let (services, kinds) = fault.map(|(on, kind)| (on.to_owned(), kind.to_owned())).unzip();
        Ok(Case {
            system: self.system.clone(),
            evidence,
            options: Options::default(),
            truth: Truth {
                services: Vec::from_iter(services),
                kinds: Vec::from_iter(kinds),
                ..Truth::default()
            },
        })
    }
}
