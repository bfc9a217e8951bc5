//! Horizontal Pod Autoscalers, from `autoscaling/v1` to `v2`.

use std::time::Duration;

use knockon_core::{
    Autoscaler, Rate, Scaling, ScalingPolicy, ScalingSelect, ScalingTargets, Share,
};

use super::workload::Workload;
use super::{name, namespace};
use crate::codes;
use crate::document::Doc;
use crate::gathered::Gathered;
use crate::identifier::words;
use crate::quantity;

/// Reads an autoscaler into the workload that it scales.
pub(super) fn read(object: Doc<'_>, workloads: &[Workload<'_>], gathered: &mut Gathered) {
    let Some(spec) = object.get("spec") else { return };
    let target = spec.text_at(&["scaleTargetRef", "name"]).unwrap_or_default();
    let kind = spec.text_at(&["scaleTargetRef", "kind"]);
    let scales = |it: &&Workload<'_>| {
        it.name == target
            && kind.is_none_or(|kind| kind == it.kind)
            && (it.namespace == namespace(object)
                || it.namespace.is_none()
                || namespace(object).is_none())
    };
    let Some(workload) = workloads.iter().find(scales) else {
        let name = name(object).unwrap_or_default();
        let message = format!("the autoscaler `{name}` scales `{target}`, which no manifest has");
        gathered.warning(codes::UNKNOWN_ADDRESS, object.place(), message);
        return;
    };
    let min = spec.number("minReplicas", gathered).unwrap_or(1);
    let Some(max) = spec.number("maxReplicas", gathered) else { return };
    let read = Autoscaler {
        min,
        max,
        targets: targets(spec),
        up: spec.at(&["behavior", "scaleUp"]).map(|doc| scaling(doc, gathered)),
        down: spec.at(&["behavior", "scaleDown"]).map(|doc| scaling(doc, gathered)),
    };
    let seen = &mut gathered.services[workload.seen];
    // The autoscaler starts from its minimum when the manifest leaves the number to it.
    if seen.runs.replicas.is_none_or(|replicas| replicas < min) {
        seen.runs.replicas = Some(min);
    }
    seen.autoscaler = Some(read);
}

fn targets(spec: Doc<'_>) -> ScalingTargets {
    let mut targets = ScalingTargets::default();
    if let Some(percent) = spec.text_of("targetCPUUtilizationPercentage") {
        targets.cpu = share(percent);
    }
    for metric in spec.items_of("metrics") {
        match metric.text_of("type") {
            Some(kind @ ("Resource" | "ContainerResource")) => {
                let key = if kind == "Resource" { "resource" } else { "containerResource" };
                let Some(resource) = metric.get(key) else { continue };
                let percent = resource
                    .text_at(&["target", "averageUtilization"])
                    .or_else(|| resource.text_of("targetAverageUtilization"));
                match resource.text_of("name") {
                    Some("cpu") => targets.cpu = percent.and_then(share),
                    Some("memory") => targets.memory = percent.and_then(share),
                    _ => {}
                }
            }
            Some("Pods") => other(metric.get("pods"), &mut targets),
            Some("External") => other(metric.get("external"), &mut targets),
            Some("Object") => other(metric.get("object"), &mut targets),
            _ => {}
        }
    }
    targets
}

/// A metric of somebody's own: requests or messages, if its name says so.
fn other(metric: Option<Doc<'_>>, targets: &mut ScalingTargets) {
    let Some(metric) = metric else { return };
    let name = metric
        .text_at(&["metric", "name"])
        .or_else(|| metric.text_of("metricName"))
        .unwrap_or_default();
    let value = metric
        .text_at(&["target", "averageValue"])
        .or_else(|| metric.text_of("targetAverageValue"))
        .or_else(|| metric.text_at(&["target", "value"]))
        .or_else(|| metric.text_of("targetValue"))
        .and_then(quantity::kubernetes);
    let Some(value) = value else { return };
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if has(&["queue", "backlog", "lag", "messages", "depth", "ready"]) {
        targets.backlog = as_count(value);
    } else if has(&["request", "requests", "rps", "qps"]) {
        targets.requests = Some(Rate { per_hour: value * 3600.0 });
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
fn as_count(value: f64) -> Option<u32> {
    (0.0..=f64::from(u32::MAX)).contains(&value).then_some(value as u32)
}

fn share(percent: &str) -> Option<Share> {
    let percent: u32 = percent.parse().ok()?;
    Some(Share { percent: percent.into() })
}

fn scaling(doc: Doc<'_>, gathered: &mut Gathered) -> Scaling {
    let select = match doc.text_of("selectPolicy") {
        None | Some("Max") => ScalingSelect::Max,
        Some("Min") => ScalingSelect::Min,
        Some("Disabled") => ScalingSelect::Disabled,
        Some(_) => {
            let message = "`selectPolicy` is `Max`, `Min` or `Disabled`";
            gathered.warning(codes::MALFORMED, doc.place(), message);
            ScalingSelect::Max
        }
    };
    let window = doc.number("stabilizationWindowSeconds", gathered);
    let policies = doc.items_of("policies").filter_map(|policy| {
        let value: u32 = policy.text_of("value")?.parse().ok()?;
        let period: u32 = policy.text_of("periodSeconds")?.parse().ok()?;
        let is_percent = policy.text_of("type") == Some("Percent");
        Some(ScalingPolicy {
            pods: (!is_percent).then_some(value),
            percent: is_percent.then_some(Share { percent: value.into() }),
            period: Duration::from_secs(period.into()),
        })
    });
    Scaling {
        window: window.map(|seconds| Duration::from_secs(seconds.into())),
        select,
        policies: policies.collect(),
    }
}
