//! What one target of a case asks for, and the words in which the source says that it cannot tell.

use knockon_sim::autoscaler::{
    Calculator, Failure, MetricKind, Outcome, Proposal, Resource, Sample,
};

use super::input::{MetricInput, MetricsInput, PodInput, Seconds, TargetInput};

/// Asks one target; the error is a type of metric that is not known here.
pub(super) fn outcome(
    calculator: &Calculator<'_>,
    target: &TargetInput,
    input: &MetricsInput,
    status_replicas: i32,
) -> Result<Outcome, String> {
    let milli = target.target_milli.unwrap_or_default();
    let values = || match target.values_milli.as_ref().or(input.values_milli.as_ref()) {
        Some(values) if !target.fetch_fails => values.as_slice(),
        _ => &[],
    };
    let (kind, result) = match target.kind.as_str() {
        "resource_utilization" => {
            let kind = match target.container {
                Some(_) => MetricKind::ContainerResource,
                None => MetricKind::Resource,
            };
            (kind, utilization(calculator, target, input))
        }
        "pods" => (MetricKind::Pods, per_pod(calculator, target, input)),
        "object_value" => (MetricKind::Object, calculator.total(values(), milli)),
        "external_value" => (MetricKind::External, calculator.total(values(), milli)),
        "object_average" => {
            (MetricKind::Object, calculator.total_per_replica(values(), milli, status_replicas))
        }
        "external_average" => {
            (MetricKind::External, calculator.total_per_replica(values(), milli, status_replicas))
        }
        "unknown" => (MetricKind::Unknown, Err(Failure::UnknownType)),
        kind => return Err(format!("has a target of type `{kind}`, which is not known here")),
    };
    Ok(Outcome { kind, result })
}

/// The resource of this name; readiness matters to `cpu` only.
pub(super) fn resource(name: &str) -> Resource {
    if name == "cpu" { Resource::Cpu } else { Resource::Memory }
}

fn utilization(
    calculator: &Calculator<'_>,
    target: &TargetInput,
    input: &MetricsInput,
) -> Result<Proposal, Failure> {
    let metrics = read(target, input.metrics.as_deref())?;
    let container = target.container.as_deref();
    let samples = samples(&input.pods, metrics, |metric| usage(metric, container))?;
    let requests: Vec<_> = input.pods.iter().map(|pod| pod.request(container)).collect();
    let percent = target.target_percent.unwrap_or_default();
    calculator.utilization(resource(&target.resource), &requests, &samples, percent)
}

fn per_pod(
    calculator: &Calculator<'_>,
    target: &TargetInput,
    input: &MetricsInput,
) -> Result<Proposal, Failure> {
    let metrics = input.pods_metric_values.as_deref().or(input.metrics.as_deref());
    let metrics = read(target, metrics)?;
    let samples = samples(&input.pods, metrics, |metric| Ok(metric.value_milli))?;
    calculator.per_pod(&samples, target.target_milli.unwrap_or_default())
}

fn read<'a>(
    target: &TargetInput,
    metrics: Option<&'a [MetricInput]>,
) -> Result<&'a [MetricInput], Failure> {
    match metrics {
        Some(metrics) if !target.fetch_fails && !metrics.is_empty() => Ok(metrics),
        _ => Err(Failure::NoMetrics),
    }
}

/// The samples of the pods, one a name: a later one takes the place of an earlier one. A metric
/// without a value is no sample.
pub(super) fn samples(
    pods: &[PodInput],
    metrics: &[MetricInput],
    value: impl Fn(&MetricInput) -> Result<Option<i64>, Failure>,
) -> Result<Vec<Sample>, Failure> {
    let mut samples = Vec::new();
    for (place, metric) in metrics.iter().enumerate() {
        let value = value(metric)?;
        let is_last = metrics[place + 1..].iter().all(|later| later.pod != metric.pod);
        if let (Some(value), true) = (value, is_last) {
            samples.push(Sample {
                pod: pods.iter().position(|pod| pod.name == metric.pod),
                value,
                taken_ns: metric.age_s.map_or(0, Seconds::before_ns),
                window_ns: metric.window_s.map_or(0, Seconds::length_ns),
            });
        }
    }
    Ok(samples)
}

/// What the containers that count use.
fn usage(metric: &MetricInput, container: Option<&str>) -> Result<Option<i64>, Failure> {
    match (&metric.containers, container) {
        (None, _) => Ok(metric.usage_m),
        (Some(containers), Some(name)) => {
            let found = containers.iter().find(|container| container.name == name);
            found.map(|container| container.usage_m).ok_or(Failure::NoContainer)
        }
        (Some(containers), None) if containers.is_empty() => Ok(None),
        (Some(containers), None) => Ok(containers.iter().map(|it| it.usage_m).sum()),
    }
}

/// What the source says when this target gives no proposal.
pub(super) fn message(failure: Failure, target: &TargetInput) -> String {
    let TargetInput { resource, metric, .. } = target;
    let is_total = target.kind.ends_with("_value");
    match failure {
        Failure::NoMetrics if target.kind == "resource_utilization" => format!(
            "unable to get metrics for resource {resource}: no metrics returned from resource \
             metrics API"
        ),
        Failure::NoMetrics if target.kind.starts_with("external") => format!(
            "unable to get external metric {metric}: no metrics returned from external metrics API"
        ),
        Failure::NoMetrics => {
            format!("unable to get metric {metric}: no metrics returned from custom metrics API")
        }
        Failure::NoContainer => {
            let container = target.container.as_deref().unwrap_or_default();
            format!(
                "unable to get metrics for resource {resource}: failed to get container metrics: \
                 container {container} not present in metrics for pod"
            )
        }
        Failure::NoPods => {
            let start = if is_total { "unable to calculate ready pods: " } else { "" };
            format!("{start}no pods returned by selector while calculating replica count")
        }
        Failure::NoRequest => format!("missing request for {resource}"),
        Failure::NoneReady => "did not receive metrics for any ready pods".to_owned(),
        Failure::NoneKnown => "no metrics returned matched known pods".to_owned(),
        Failure::UnknownType => "unknown metric source type".to_owned(),
    }
}
