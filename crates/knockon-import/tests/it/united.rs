//! Several sources of one system.

use crate::{check, import_texts};

#[test]
fn spellings_of_one_service_are_one_and_services_that_stand_apart_stay_apart() {
    let catalog = |names: &[&str]| {
        let entity = |name: &&str| {
            format!(
                "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{ name: {name} }}\n"
            )
        };
        names.iter().map(entity).collect::<Vec<_>>().join("---\n")
    };
    let check = |compose: &[&str], others: &[&str], expected: &str| {
        let services: Vec<_> = compose.iter().map(|name| format!("{name}: {{}}")).collect();
        let compose = format!("services: {{ {} }}\n", services.join(", "));
        let imported = import_texts(&[("c.yaml", &compose), ("k.yaml", &catalog(others))]);
        let system = imported.system.unwrap();
        let shown = system.services().iter().map(|service| {
            let aliases = service.aliases.iter().map(|alias| format!("={alias}"));
            service.name.clone() + &aliases.collect::<String>()
        });
        assert_eq!(shown.collect::<Vec<_>>().join(" "), expected, "{others:?}");
    };
    check(&["carts"], &["carts"], "carts");
    check(&["carts"], &["cart"], "carts=cart");
    check(&["carts"], &["Cart-Service"], "carts=Cart-Service");
    check(&["carts"], &["carts", "cart"], "carts cart");
    check(&["carts", "cart"], &["cart"], "carts cart");
    check(&["carts", "cartservice"], &["cart"], "carts cartservice cart");
    check(&["carts"], &["cart", "cartservice"], "carts cart cartservice");
    check(&["carts", "carts-db"], &["cart-db"], "carts carts-db cart-db");
    check(&["order_db"], &["order-db"], "order_db=order-db");
}

#[test]
fn sources_of_one_edge_are_kept_and_contradictions_are_told() {
    let compose = "
services:
  shipping: { deploy: { replicas: 2 }, environment: { RABBIT: \"rabbitmq:5672\" } }
  rabbitmq: { image: rabbitmq }
";
    let manifest = "
apiVersion: apps/v1
kind: Deployment
metadata: { name: shipping }
spec: { replicas: 3, template: { spec: { containers: [ { name: x, image: shop/shipping } ] } } }
";
    let traces = "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":\
                  {\"stringValue\":\"shipping\"}}]},\"scopeSpans\":[{\"spans\":[{\"traceId\":\"1\",\
                  \"spanId\":\"1\",\"kind\":5,\"attributes\":[{\"key\":\"messaging.system\",\"value\":\
                  {\"stringValue\":\"rabbitmq\"}}]}]}]}]}";
    check(
        &[("m.yaml", manifest), ("c.yaml", compose), ("t.json", traces)],
        "
shipping: service
rabbitmq: broker (rabbitmq)
shipping -consume-> rabbitmq [manifest c.yaml:3 RABBIT] [trace t.json, 1 span]
m.yaml:2:1: warning[K0523]: the replicas of `shipping` is 3 here and 2 elsewhere
",
    );
}

#[test]
fn a_name_that_could_be_two_services_is_told() {
    let manifest = |name: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: {name} }}\nspec: {{ template: {{ spec: \
             {{ containers: [ {{ name: x }} ] }} }} }}\n---\n"
        )
    };
    let policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec: { podSelector: { matchLabels: \
                  { app: cart } }, ingress: [ { from: [ { podSelector: { matchLabels: { app: web } } } ] } ] }\n";
    let text = manifest("carts") + &manifest("cart-service") + &manifest("web") + policy;
    check(
        &[("a.yaml", &text)],
        "
carts: service
cart-service: service
web: service
cart: service
web -call-> cart [network-policy a.yaml:18]
a.yaml:18:90: note[K0525]: `cart` could be `carts` or `cart-service`; it stays apart
",
    );
}

#[test]
fn what_an_override_leaves_out_contradicts_nothing() {
    check(
        &[
            (
                "compose.yaml",
                "services: { orders-db: { image: redis }, web: { deploy: { replicas: 2 } } }\n",
            ),
            (
                "compose.override.yaml",
                "services: { orders-db: {}, web: { environment: { DB_HOST: orders-db } } }\n",
            ),
            (
                "web.yaml",
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec: { template: { spec: { \
                 containers: [ { name: x } ] } } }\n",
            ),
        ],
        "
web: service
orders-db: cache (redis)
web -read-> orders-db [manifest compose.override.yaml:1 DB_HOST]
",
    );
}
