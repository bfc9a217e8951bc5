//! What real systems hold, counted by hand and by script.

use crate::{data, import_files, pairs, services};

#[test]
fn the_network_policies_of_sock_shop_hold_14_edges() {
    let mut paths = vec!["sock-shop/complete-demo.yaml".to_owned()];
    paths.extend(data("sock-shop/netpol"));
    let imported = import_files(&paths);
    let system = imported.system.unwrap();
    assert_eq!(services(&system).len(), 14);
    let policies = pairs(&system, "network-policy");
    assert_eq!(
        policies,
        [
            "carts -> carts-db",
            "catalogue -> catalogue-db",
            "front-end -> carts",
            "front-end -> catalogue",
            "front-end -> orders",
            "front-end -> user",
            "orders -> carts",
            "orders -> orders-db",
            "orders -> payment",
            "orders -> shipping",
            "orders -> user",
            "queue-master -> rabbitmq",
            "shipping -> rabbitmq",
            "user -> user-db",
        ]
    );
    assert_eq!(pairs(&system, "manifest"), ["user -> user-db"]);
}

#[test]
fn the_policies_of_sock_shop_hold_as_many_without_its_manifest() {
    let imported = import_files(&data("sock-shop/netpol"));
    let system = imported.system.unwrap();
    assert_eq!(pairs(&system, "network-policy").len(), 14);
    assert_eq!(services(&system).len(), 13);
}

#[test]
fn all_of_sock_shop_is_one_system() {
    let mut paths = data("sock-shop");
    paths.extend(data("sock-shop/netpol"));
    let imported = import_files(&paths);
    let system = imported.system.unwrap();
    // 14 Deployments; the compose file has an edge router and a load generator besides.
    assert_eq!(services(&system).len(), 16);
    assert_eq!(pairs(&system, "network-policy").len(), 14);
    assert_eq!(pairs(&system, "manifest"), ["user -> user-db", "user-sim -> edge-router"]);
    let carts = system.names().get("cart").map(|id| system.service(id).name.clone());
    assert_eq!(carts.as_deref(), Some("carts"));
    assert_eq!(system.practice().monitors.len(), 2);
}

#[test]
fn online_boutique_has_12_deployments_and_16_edges_by_environment() {
    let imported = import_files(&["online-boutique/kubernetes-manifests.yaml".to_owned()]);
    let system = imported.system.unwrap();
    assert_eq!(services(&system).len(), 12);
    let edges = pairs(&system, "manifest");
    assert_eq!(edges.len(), 16, "{edges:#?}");
}

#[test]
fn the_opentelemetry_demo_has_20_services_and_53_edges_by_environment() {
    let imported = import_files(&[
        "opentelemetry-demo/compose.yaml".to_owned(),
        "opentelemetry-demo/dot.env".to_owned(),
    ]);
    let system = imported.system.unwrap();
    assert_eq!(services(&system).len(), 20);
    let by = |what: &str| {
        system
            .dependencies()
            .iter()
            .filter(|edge| {
                let details = system.details(edge.key()).unwrap();
                details.known_from.iter().any(|it| {
                    let place = it.place.as_deref().unwrap_or_default();
                    place.ends_with("depends_on") == (what == "depends_on")
                })
            })
            .map(|edge| (edge.from, edge.to))
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(by("environment").len(), 53);
    assert_eq!(by("depends_on").len(), 46);
    assert_eq!(pairs(&system, "manifest").len(), 57);
}
