//! The PetShop data set: a pet adoption site on AWS, with faults injected.
//!
//! Source: amazon-science/petshop-root-cause-analysis, CC BY 4.0. A scenario is a folder with
//! `graph.csv` (the row calls the column), `noissue/metrics.csv` as the normal window and
//! `test/` and `train/` with a folder for each issue. Scenarios without a normal window use that of
//! `low_traffic` beside them. Metrics have three header rows: service, metric, statistic.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use knockon_core::{Diagnostic, System, Timestamp};
use knockon_telemetry::{Evidence, Labels, Samples, Series};
use knockon_triage::Options;
use serde::Deserialize;

use super::case::{Case, DataSet, Truth, folders, last_parts};
use super::files::{self, read_json, wrong};
use super::recorded::{CallGraph, alert};

/// The samples of each column of a file, by service and metric.
type Table = BTreeMap<(String, String), Vec<(i64, f64)>>;

/// One scenario of the data set.
struct PetShop {
    dir: PathBuf,
    cases: Vec<String>,
    normal: PathBuf,
    normal_table: OnceLock<Result<Table, Vec<Diagnostic>>>,
}

/// Opens a scenario folder.
#[expect(clippy::unnecessary_wraps, reason = "every layout has the signature of `Open`")]
pub(super) fn open(dir: &Path) -> Result<Option<Box<dyn DataSet>>, Vec<Diagnostic>> {
    if !dir.join("graph.csv").is_file() {
        return Ok(None);
    }
    let issues = |part: &str| {
        let names = folders(&dir.join(part)).into_iter();
        names.map(|name| format!("{part}/{name}")).collect::<Vec<_>>()
    };
    let cases: Vec<_> = issues("test").into_iter().chain(issues("train")).collect();
    if cases.is_empty() {
        return Ok(None);
    }
    let own = dir.join("noissue/metrics.csv");
    let beside = dir.join("../low_traffic/noissue/metrics.csv");
    let normal = if own.is_file() { own } else { beside };
    Ok(Some(Box::new(PetShop {
        dir: dir.to_owned(),
        cases,
        normal,
        normal_table: OnceLock::new(),
    })))
}

#[derive(Deserialize)]
struct Target {
    target: Alerting,
    root_cause: Node,
}

#[derive(Deserialize)]
struct Alerting {
    node: String,
    metric: String,
    timestamp: i64,
}

#[derive(Deserialize)]
struct Node {
    node: String,
}

impl DataSet for PetShop {
    fn name(&self) -> String {
        format!("petshop {}", last_parts(&self.dir, 1))
    }

    fn cases(&self) -> &[String] {
        &self.cases
    }

    fn load(&self, case: &str) -> Result<Case, Vec<Diagnostic>> {
        let dir = self.dir.join(case);
        let target: Target = read_json(&dir.join("target.json"))?;
        let incident = read_table(&dir.join("metrics.csv"))?;
        let normal = self.normal_table.get_or_init(|| read_table(&self.normal)).as_ref();
        let normal = normal.map_err(Clone::clone)?;
        let nodes = incident.keys().chain(normal.keys()).map(|(service, _)| service.as_str());
        let system = read_graph(&self.dir.join("graph.csv"), nodes)?;
        // The stamp is that of the first alert; the rows up to it lie before the onset.
        let since = Timestamp::from_unix_ms(target.target.timestamp.saturating_mul(1000) + 1);
        let mut evidence =
            Evidence { series: series(&system, &incident, normal), ..Evidence::default() };
        if let Some(service) = system.names().get(&target.target.node) {
            let name = format!("{} {}", target.target.node, target.target.metric);
            evidence.alerts.push(alert(name, service, since));
        }
        Ok(Case {
            system,
            evidence,
            options: Options { at: Some(last_moment(&incident)), since: Some(since) },
            truth: Truth {
                services: vec![target.root_cause.node],
                began: Some(since),
                ..Truth::default()
            },
        })
    }
}

fn last_moment(table: &Table) -> Timestamp {
    let times = table.values().flatten().map(|(unix_ms, _)| *unix_ms);
    Timestamp::from_unix_ms(times.max().unwrap_or(0))
}

fn series(system: &System, incident: &Table, normal: &Table) -> Vec<Series> {
    let mut keys: Vec<_> = incident.keys().chain(normal.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let samples =
        |table: &Table, key| Samples::from_pairs(table.get(key).cloned().unwrap_or_default());
    let series = keys.into_iter().filter_map(|key| {
        Some(Series {
            service: system.names().get(&key.0)?,
            metric: key.1.clone(),
            labels: Labels::new(),
            samples: samples(incident, key),
            baseline: samples(normal, key),
        })
    });
    series.collect()
}

fn read_table(path: &Path) -> Result<Table, Vec<Diagnostic>> {
    let reader = csv::ReaderBuilder::new().has_headers(false).from_reader(files::open(path)?);
    let mut rows = reader.into_records();
    let mut header =
        || rows.next().transpose().map_err(|e| wrong(path, &e)).map(Option::unwrap_or_default);
    let (services, metrics, statistics) = (header()?, header()?, header()?);
    let keys: Vec<_> = services
        .iter()
        .zip(metrics.iter().zip(statistics.iter()))
        .skip(1)
        .map(|(service, (metric, statistic))| (service.to_owned(), format!("{metric}_{statistic}")))
        .collect();
    let mut table: Table = keys.iter().map(|key| (key.clone(), Vec::new())).collect();
    for row in rows {
        let row = row.map_err(|error| wrong(path, &error))?;
        // The fourth row names the time column; it and blank rows have no time in them.
        let Some(time) = row.get(0).and_then(|cell| cell.parse().ok()) else { continue };
        let Some(time) = Timestamp::from_unix_seconds(time) else { continue };
        for (key, cell) in keys.iter().zip(row.iter().skip(1)) {
            if let (Some(column), Ok(value)) = (table.get_mut(key), cell.parse::<f64>()) {
                column.push((time.unix_ms, value));
            }
        }
    }
    Ok(table)
}

fn read_graph<'a>(
    path: &Path,
    measured: impl Iterator<Item = &'a str>,
) -> Result<System, Vec<Diagnostic>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(files::open(path)?);
    let callees = reader.headers().map_err(|error| wrong(path, &error))?.clone();
    let mut graph = CallGraph::new("petshop");
    for name in callees.iter().skip(1) {
        graph.service(name);
    }
    for name in measured {
        graph.service(name);
    }
    for row in reader.records() {
        let row = row.map_err(|error| wrong(path, &error))?;
        let Some(from) = row.get(0).and_then(|name| graph.service(name)) else { continue };
        for (callee, cell) in callees.iter().zip(row.iter()).skip(1) {
            let calls = cell.parse::<f64>().is_ok_and(|count| count > 0.0);
            if let Some(to) = graph.service(callee).filter(|_| calls) {
                graph.call(from, to);
            }
        }
    }
    Ok(graph.build())
}
