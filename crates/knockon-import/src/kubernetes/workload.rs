//! Whatever makes pods: deployments, stateful sets, daemon sets, jobs, and the kinds of others that
//! have a pod template.

use std::collections::BTreeMap;

use knockon_core::{RestartPolicy, Rollout};

use super::container::{Mention, Surroundings, Values, mentions, variables};
use super::{kind, map_of, name, namespace, probe};
use crate::codes;
use crate::document::Doc;
use crate::gathered::{Gathered, RunsSeen, Seen, SeenId, World};
use crate::products::{self, Container};
use crate::quantity;

/// A workload and what is needed to find it.
pub(super) struct Workload<'a> {
    pub(super) seen: SeenId,
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    pub(super) namespace: Option<&'a str>,
    /// The labels of its pods.
    pub(super) labels: BTreeMap<&'a str, &'a str>,
    pub(super) mentions: Vec<Mention>,
    /// Whether its name belongs to another.
    pub(super) is_renamed: bool,
}

/// Variables in which a program is told the name under which it reports itself.
pub(crate) const OWN_NAMES: &[&str] =
    &["OTEL_SERVICE_NAME", "DD_SERVICE", "ELASTIC_APM_SERVICE_NAME", "SPRING_APPLICATION_NAME"];

/// Reads an object that makes pods.
pub(super) fn read<'a>(
    object: Doc<'a>,
    values: &Values<'a>,
    gathered: &mut Gathered,
) -> Option<Workload<'a>> {
    let (spec, meta) = pod(object)?;
    let containers: Vec<Doc<'a>> = spec.items_of("containers").collect();
    let name = name(object)?.trim_end_matches('-');
    if name.is_empty() {
        return None;
    }
    let labels = map_of(meta.get("labels"));
    let namespace = namespace(object);
    let around = Surroundings { values, namespace, workload: name, labels: &labels };
    let main = main_container(meta, &containers, name)?;
    let mut told = Vec::new();
    let mut seen = Seen::new(World::Kubernetes, name, object.place());
    for container in containers.iter().chain(&spec.items_of("initContainers").collect::<Vec<_>>()) {
        let variables = variables(*container, &around);
        told.extend(mentions(*container, &variables));
        for variable in variables {
            let is_own = OWN_NAMES.contains(&variable.name.as_str());
            if let (true, Some(value)) = (is_own, &variable.value) {
                seen.aliases.push(value.clone());
            }
            seen.variables.push(variable.name);
        }
    }
    describe(object, spec, main, &mut seen, gathered);
    let seen = gathered.service(seen);
    let kind = kind(object);
    Some(Workload { seen, kind, name, namespace, labels, mentions: told, is_renamed: false })
}

/// The pod's specification and its metadata.
fn pod(object: Doc<'_>) -> Option<(Doc<'_>, Doc<'_>)> {
    let spec = object.get("spec")?;
    let template = match kind(object) {
        "Pod" | "PodTemplate" => object,
        "CronJob" => spec.at(&["jobTemplate", "spec", "template"])?,
        _ => spec.get("template")?,
    };
    let spec = template.get("spec")?;
    spec.get("containers")?;
    Some((spec, template.get("metadata").unwrap_or(template)))
}

/// Names of containers that are put beside a program, often before it.
const SIDECARS: &[&str] = &[
    "istio-proxy",
    "linkerd-proxy",
    "consul-dataplane",
    "kuma-sidecar",
    "envoy",
    "envoy-sidecar",
    "daprd",
    "vault-agent",
    "cloudsql-proxy",
    "cloud-sql-proxy",
    "datadog-agent",
    "fluent-bit",
    "fluentd",
    "otel-collector",
    "otc-container",
    "jaeger-agent",
];

/// The container that `kubectl logs` would show, the one named like the workload, or the first that is
/// not known to go with others.
fn main_container<'a>(meta: Doc<'a>, containers: &[Doc<'a>], name: &str) -> Option<Doc<'a>> {
    let default = meta.text_at(&["annotations", "kubectl.kubernetes.io/default-container"]);
    let named = |wanted: &str| containers.iter().find(|it| it.text_of("name") == Some(wanted));
    let is_program = |it: &&Doc<'a>| !it.text_of("name").is_some_and(|it| SIDECARS.contains(&it));
    let first = || containers.iter().find(is_program).or_else(|| containers.first());
    default.and_then(named).or_else(|| named(name)).or_else(first).copied()
}

fn describe(
    object: Doc<'_>,
    pod: Doc<'_>,
    main: Doc<'_>,
    seen: &mut Seen,
    gathered: &mut Gathered,
) {
    let image = main.text_of("image");
    let ports: Vec<u16> = main
        .items_of("ports")
        .filter_map(|port| port.text_of("containerPort")?.parse().ok())
        .collect();
    seen.namespace = namespace(object).map(str::to_owned);
    let own: Vec<&str> =
        main.items_of("env").filter_map(|variable| variable.text_of("name")).collect();
    let container = Container { name: &seen.name, image, ports: &ports, variables: &own };
    seen.product = products::product(&container);
    seen.version = object
        .text_at(&["metadata", "labels", "app.kubernetes.io/version"])
        .or_else(|| image.and_then(products::version))
        .map(str::to_owned);
    seen.probes = probe::read(main, gathered);
    seen.runs = runs(object, pod, main, gathered);
}

fn runs(object: Doc<'_>, pod: Doc<'_>, main: Doc<'_>, gathered: &mut Gathered) -> RunsSeen {
    let spec = object.get("spec").unwrap_or(object);
    let replicas = match kind(object) {
        "Job" => spec.number("parallelism", gathered),
        // As many as there are nodes, which no manifest says.
        "DaemonSet" | "Pod" | "CronJob" => None,
        _ => spec.number("replicas", gathered),
    };
    let bounds = |which| main.at(&["resources", which]);
    let mut cpu = |which| bounds(which)?.parsed("cpu", "processor time", quantity::cpu, gathered);
    let (cpu_limit, cpu_request) = (cpu("limits"), cpu("requests"));
    let mut memory = |which| bounds(which)?.parsed("memory", "memory", quantity::memory, gathered);
    let (memory_limit, memory_request) = (memory("limits"), memory("requests"));
    let restart = match pod.text_of("restartPolicy") {
        Some("OnFailure") => Some(RestartPolicy::OnFailure),
        Some("Never") => Some(RestartPolicy::Never),
        Some("Always") => Some(RestartPolicy::Always),
        _ => None,
    };
    RunsSeen {
        replicas,
        cpu_limit,
        // Kubernetes takes a limit for the request where none is written.
        cpu_request: cpu_request.or(cpu_limit),
        memory_limit,
        memory_request: memory_request.or(memory_limit),
        restart,
        rollout: rollout(object, spec, replicas.unwrap_or(1), gathered),
    }
}

/// How a new version replaces the old one; what is left out is as Kubernetes does it.
fn rollout(
    object: Doc<'_>,
    spec: Doc<'_>,
    replicas: u32,
    gathered: &mut Gathered,
) -> Option<Rollout> {
    let (strategy, unavailable, surge) = match kind(object) {
        "Deployment" => ("strategy", "25%", "25%"),
        "StatefulSet" | "DaemonSet" => ("updateStrategy", "1", "0"),
        _ => return None,
    };
    let strategy = spec.get(strategy);
    if strategy.and_then(|it| it.text_of("type")) == Some("Recreate") {
        return Some(Rollout { max_unavailable: replicas, max_surge: 0 });
    }
    let rolling = strategy.and_then(|it| it.get("rollingUpdate"));
    let mut count = |key: &str, otherwise: &str, up: bool| {
        let doc = rolling.and_then(|it| it.get(key));
        let text = doc.and_then(Doc::text).unwrap_or(otherwise);
        let read = count_or_percent(text, replicas, up);
        if read.is_none() {
            let message = format!("`{key}` is a number of pods or a percentage of them");
            let place = doc.map_or_else(|| object.place(), Doc::place);
            gathered.warning(codes::MALFORMED, place, message);
        }
        read
    };
    let max_unavailable = count("maxUnavailable", unavailable, false)?;
    let max_surge = count("maxSurge", surge, true)?;
    // Kubernetes lets one be missing where rounding leaves nothing to do.
    let stuck = max_unavailable == 0 && max_surge == 0;
    Some(Rollout { max_unavailable: max_unavailable.max(u32::from(stuck)), max_surge })
}

/// `2`, or `25%` of the replicas rounded up or down.
fn count_or_percent(text: &str, replicas: u32, up: bool) -> Option<u32> {
    let Some(percent) = text.strip_suffix('%') else { return text.parse().ok() };
    let percent: u64 = percent.parse::<u32>().ok()?.into();
    let hundredths = percent * u64::from(replicas);
    let count = if up { hundredths.div_ceil(100) } else { hundredths / 100 };
    u32::try_from(count).ok()
}
