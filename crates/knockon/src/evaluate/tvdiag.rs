//! The TVDiag data sets: which anomaly detectors went off on which instance, without times.
//!
//! Source: WHU-AISE/TVDiag, MIT. `label.csv` names the faulty instance of each case; `metrics.json`
//! holds [instance, metric, up or down], `logs.json` [instance, template], `traces.json` [caller,
//! callee, operation, `PD` for slow or a status], `nodes.json` the instances and `edges.json` pairs
//! of indices into them. A cause is an instance, so each instance is a service here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use knockon_core::{Diagnostic, System, Timestamp};
use knockon_telemetry::{Alert, Evidence};
use knockon_triage::Options;
use serde::Deserialize;

use super::case::{Case, DataSet, Truth, last_parts};
use super::files::{self, read_json, wrong};
use super::recorded::{CallGraph, alert};

type ByCase<T> = BTreeMap<String, Vec<T>>;

/// One system of the data set, read whole: the files hold all cases together.
struct TvDiag {
    dir: PathBuf,
    cases: Vec<String>,
    causes: BTreeMap<String, Label>,
    metrics: ByCase<(String, String, String)>,
    logs: ByCase<(String, String)>,
    traces: ByCase<(String, String, String, String)>,
    nodes: ByCase<String>,
}

#[derive(Deserialize)]
struct Label {
    index: String,
    instance: String,
    anomaly_type: Option<String>,
}

/// Opens the folder of one system.
pub(super) fn open(dir: &Path) -> Result<Option<Box<dyn DataSet>>, Vec<Diagnostic>> {
    let is_here = |name: &str| dir.join(name).is_file();
    if !(is_here("label.csv") && is_here("nodes.json") && is_here("traces.json")) {
        return Ok(None);
    }
    let path = dir.join("label.csv");
    let file = files::open(&path)?;
    let labels: Result<Vec<Label>, _> = csv::Reader::from_reader(file).into_deserialize().collect();
    let labels = labels.map_err(|error| wrong(&path, &error))?;
    Ok(Some(Box::new(TvDiag {
        dir: dir.to_owned(),
        cases: labels.iter().map(|label| label.index.clone()).collect(),
        causes: labels.into_iter().map(|label| (label.index.clone(), label)).collect(),
        metrics: read_json(&dir.join("metrics.json"))?,
        logs: read_json(&dir.join("logs.json"))?,
        traces: read_json(&dir.join("traces.json"))?,
        nodes: read_json(&dir.join("nodes.json"))?,
    })))
}

impl DataSet for TvDiag {
    fn name(&self) -> String {
        format!("tvdiag {}", last_parts(&self.dir, 1))
    }

    fn cases(&self) -> &[String] {
        &self.cases
    }

    fn load(&self, case: &str) -> Result<Case, Vec<Diagnostic>> {
        let system = self.system(case);
        let mut evidence = Evidence::default();
        let mut fire = |on: &str, peer: Option<&str>, name: String| {
            let Some(service) = system.names().get(on) else { return };
            let peer = peer.and_then(|peer| system.names().get(peer)).filter(|p| *p != service);
            let alert = alert(name, service, Timestamp::from_unix_ms(0));
            evidence.alerts.push(Alert { peer, ..alert });
        };
        for (instance, metric, direction) in self.metrics.get(case).into_iter().flatten() {
            // "up" is what a service is that answers, and would be read so.
            let direction = if direction == "up" { "high" } else { "low" };
            fire(instance, None, format!("{metric} {direction}"));
        }
        for (instance, _template) in self.logs.get(case).into_iter().flatten() {
            fire(instance, None, "log template".to_owned());
        }
        for (caller, callee, operation, status) in self.traces.get(case).into_iter().flatten() {
            let what = if status == "PD" { "latency" } else { "errors" };
            // "-1" is the world outside: a call from there is about the callee alone.
            let on = if system.names().get(caller).is_some() { caller } else { callee };
            fire(on, Some(callee), format!("{what} {operation}"));
        }
        let label = self.causes.get(case);
        let truth = Truth {
            services: label.map(|label| label.instance.clone()).into_iter().collect(),
            kinds: label.and_then(|label| label.anomaly_type.clone()).into_iter().collect(),
            ..Truth::default()
        };
        let options = Options { at: Some(Timestamp::from_unix_ms(0)), since: None };
        Ok(Case { system, evidence, options, truth })
    }
}

impl TvDiag {
    /// The instances of a case and who was seen calling whom. The edges of the data set go both
    /// ways between any two that ever met, so that the calls of the traces say more.
    fn system(&self, case: &str) -> System {
        let mut graph = CallGraph::new(last_parts(&self.dir, 1));
        for name in self.nodes.get(case).into_iter().flatten() {
            graph.service(name);
        }
        for (caller, callee, ..) in self.traces.get(case).into_iter().flatten() {
            if let (Some(from), Some(to)) = (graph.get(caller), graph.get(callee)) {
                graph.call(from, to);
            }
        }
        graph.build()
    }
}
