//! Which service a labelled series or alert is about.
//!
//! Exporters put several labels that look like a service on one series, and most of them name the
//! exporter: kube-state-metrics writes `job="kube-state-metrics"` beside `deployment="orders"`. So
//! the labels are tried in a fixed order, from the one that is stated on purpose to the one that is
//! left over, and the first whose value is a service *of the system* wins.

use std::sync::LazyLock;

use knockon_core::{Names, Resolved, ServiceId, ServiceKind, System};

use crate::series::Labels;

/// The labels that may name the service, in the order they are tried.
///
/// Stated on purpose, then the far end of a mesh's calls, then what the workload, its container and
/// its pods are called, then where it was scraped. Before each label stands the `exported_` form that
/// Prometheus gives the target's own label when the scrape has one of the same name.
pub const SERVICE_LABELS: &[&str] = &[
    "exported_service",
    "service",
    "service_name",
    "service.name",
    "destination_workload",
    "destination_canonical_service",
    "destination_service_name",
    "destination_service",
    "app",
    "app_kubernetes_io_name",
    "app.kubernetes.io/name",
    "label_app_kubernetes_io_name",
    "label_app",
    "application",
    "deployment",
    "statefulset",
    "daemonset",
    "replicaset",
    "horizontalpodautoscaler",
    "workload",
    "k8s_deployment_name",
    "k8s.deployment.name",
    "exported_container",
    "container",
    "container_name",
    "container_label_com_docker_compose_service",
    "exported_pod",
    "pod",
    "pod_name",
    "k8s_pod_name",
    "k8s.pod.name",
    "exported_job",
    "job",
    "exported_instance",
    "instance",
    "service_instance_id",
    "service.instance.id",
    "server",
    "node",
    "nodename",
    "host",
    "hostname",
    "consumergroup",
    "consumer_group",
    "name",
];

/// Labels that name what is *inside* a service: they count only when the value is a service of that
/// kind, for a queue called `orders` is not the service `orders`.
pub const KIND_LABELS: &[(&str, ServiceKind)] = &[
    ("queue", ServiceKind::Broker),
    ("topic", ServiceKind::Broker),
    ("database", ServiceKind::Database),
    ("datname", ServiceKind::Database),
];

/// The labels of an alert that may name the other end of its calls, in the order they are tried.
pub const PEER_LABELS: &[&str] = &[
    "destination_service",
    "destination_service_name",
    "destination_workload",
    "peer_service",
    "peer.service",
    "upstream",
    "callee",
    "target_service",
];

/// Where labels belong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Placement {
    /// To a service. A label that is nothing but the service's name says nothing more and can be
    /// taken off; one that names a replica keeps the replicas apart.
    Placed { service: ServiceId, redundant_label: Option<&'static str> },
    /// To a service that the system does not know, of this name.
    UnknownService(String),
    /// To a journey of the system by its place in it, as its users tell it, and to no service.
    Journey(usize),
    /// No label names a service.
    Nameless,
}

/// Finds the service of labels.
pub(crate) fn place<'l>(
    system: &System,
    labels: impl Iterator<Item = (&'l str, &'l str)> + Clone,
) -> Placement {
    let values = labels.clone().filter(|(_, value)| !value.is_empty());
    let mut telling: Vec<(usize, &str)> =
        values.filter_map(|(label, value)| Some((turn(label)?, value))).collect();
    telling.sort_unstable();
    for (turn, value) in &telling {
        let (label, kind) = match turn.checked_sub(SERVICE_LABELS.len()) {
            None => (SERVICE_LABELS[*turn], None),
            Some(turn) => (KIND_LABELS[turn].0, Some(KIND_LABELS[turn].1)),
        };
        let resolved = resolve(system.names(), value);
        let found = resolved.filter(|r| kind.is_none_or(|k| system.service(r.service()).kind == k));
        if let Some(resolved) = found {
            return Placement::Placed {
                service: resolved.service(),
                redundant_label: matches!(resolved, Resolved::Exact(_)).then_some(label),
            };
        }
    }
    match telling.first() {
        Some((_, value)) => Placement::UnknownService((*value).to_owned()),
        None => journey(system, labels).map_or(Placement::Nameless, Placement::Journey),
    }
}

/// Whether a label may name a service, or the other end of its calls.
pub(crate) fn tells(label: &str) -> bool {
    turn(label).is_some() || PEER_LABELS.contains(&label)
}

/// When a label is tried; `None` for one that never is.
fn turn(label: &str) -> Option<usize> {
    /// The labels in alphabetical order: most are asked for in vain.
    static TURNS: LazyLock<Vec<(&str, usize)>> = LazyLock::new(|| {
        let of_kind = KIND_LABELS.iter().map(|(label, _)| *label);
        let mut turns: Vec<_> = SERVICE_LABELS.iter().copied().chain(of_kind).zip(0..).collect();
        turns.sort_unstable();
        turns
    });
    let at = TURNS.binary_search_by_key(&label, |(label, _)| label).ok()?;
    Some(TURNS[at].1)
}

fn journey<'l>(
    system: &System,
    mut labels: impl Iterator<Item = (&'l str, &'l str)>,
) -> Option<usize> {
    let (_, name) = labels.find(|(label, _)| *label == "journey")?;
    system.journeys().iter().position(|journey| journey.name == name)
}

/// Finds the other end of an alert's calls.
pub(crate) fn peer(system: &System, labels: &Labels, service: ServiceId) -> Option<ServiceId> {
    PEER_LABELS
        .iter()
        .filter_map(|label| resolve(system.names(), labels.get(*label)?))
        .map(Resolved::service)
        .find(|peer| *peer != service)
}

/// Resolves a name; of a URL, such as the target of a probe, only its host counts.
fn resolve(names: &Names, value: &str) -> Option<Resolved> {
    names.resolve(value).or_else(|| {
        let (_scheme, rest) = value.split_once("://")?;
        let host = rest.split(['/', '?', '#']).next()?;
        names.resolve(host)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use knockon_core::{Service, SystemBuilder};

    fn system() -> System {
        let mut builder = SystemBuilder::new("shop");
        let mut add = |name: &str, kind, aliases: &[&str]| {
            let mut service = Service::new(name, kind);
            service.aliases = aliases.iter().map(ToString::to_string).collect();
            builder.service(service).unwrap();
        };
        add("orders", ServiceKind::Service, &["order-svc"]);
        add("front-end", ServiceKind::Service, &[]);
        add("rabbitmq", ServiceKind::Broker, &["shipping-task"]);
        builder.build()
    }

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn the_first_label_that_names_a_known_service_wins() {
        let system = system();
        let check = |pairs: &[(&str, &str)], expected: &str| {
            let found = match place(&system, pairs.iter().copied()) {
                Placement::Placed { service, redundant_label } => {
                    let name = &system.service(service).name;
                    format!("{name} less {}", redundant_label.unwrap_or("nothing"))
                }
                Placement::UnknownService(name) => format!("unknown {name}"),
                Placement::Journey(at) => format!("journey {at}"),
                Placement::Nameless => "nameless".to_owned(),
            };
            assert_eq!(found, expected, "{pairs:?}");
        };
        check(&[("service", "orders")], "orders less service");
        check(&[("service", "order-svc")], "orders less service");
        check(&[("job", "kube-state-metrics"), ("deployment", "orders")], "orders less deployment");
        check(
            &[("container", "POD"), ("pod", "orders-5d4f8c7b9d-x2x7z"), ("job", "kubelet")],
            "orders less nothing",
        );
        check(
            &[("pod", "kube-state-metrics-0"), ("exported_pod", "orders-5d4f8c7b9d-x2x7z")],
            "orders less nothing",
        );
        check(
            &[("app", "front-end"), ("destination_workload", "orders")],
            "orders less destination_workload",
        );
        check(&[("instance", "https://orders:8080/health?x=1")], "orders less nothing");
        check(&[("instance", "orders:9104"), ("job", "mysql")], "orders less nothing");
        check(&[("queue", "orders"), ("job", "rabbitmq")], "rabbitmq less job");
        check(&[("queue", "orders")], "unknown orders");
        check(&[("queue", "shipping-task")], "rabbitmq less queue");
        check(&[("service", "billing"), ("instance", "10.0.0.1:80")], "unknown billing");
        check(&[("service", ""), ("instance", "10.0.0.1:80")], "unknown 10.0.0.1:80");
        check(&[("colour", "orders")], "nameless");
        check(&[], "nameless");
    }

    #[test]
    fn a_peer_is_another_service() {
        let system = system();
        let orders = system.names().get("orders").unwrap();
        let check = |pairs: &[(&str, &str)], expected: Option<&str>| {
            let found = peer(&system, &labels(pairs), orders);
            let name = found.map(|id| system.service(id).name.as_str());
            assert_eq!(name, expected, "{pairs:?}");
        };
        check(&[("destination_service", "front-end.shop.svc.cluster.local")], Some("front-end"));
        check(&[("destination_service", "orders"), ("callee", "rabbitmq")], Some("rabbitmq"));
        check(&[("peer_service", "billing")], None);
        check(&[], None);
    }

    #[test]
    fn no_label_is_listed_twice() {
        let mut all: Vec<_> = SERVICE_LABELS.to_vec();
        all.extend(KIND_LABELS.iter().map(|(label, _)| *label));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
