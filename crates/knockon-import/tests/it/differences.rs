//! A model held against what the sources show.

use knockon_core::{Diagnostic, System};
use knockon_import::difference;

use crate::import_texts;

fn system(text: &str) -> System {
    import_texts(&[("c.yaml", text)]).system.unwrap()
}

fn model(text: &str) -> System {
    let reading = knockon_format::read_system("system.yaml", text.as_bytes(), &|_| true);
    assert!(!reading.diagnostics.iter().any(Diagnostic::is_error), "{:?}", reading.diagnostics);
    reading.system.unwrap()
}

#[test]
fn each_side_is_told_what_the_other_has() {
    let model = model(
        "
system: shop
services:
  front-end: { calls: [orders, cart, ghost], runs_on: [node] }
  orders: { writes: [orders-db] }
  cart: { aliases: [basket], calls: [orders] }
  orders-db: { kind: database }
  ghost:
  node: { kind: platform }
",
    );
    let imported = system(
        "
services:
  front_end: { environment: { A: 'http://orders', B: 'http://basket' } }
  orders: { environment: { A: 'http://mail' } }
  basket: {}
  orders-db: { image: redis }
  mail: {}
",
    );
    let found = difference(&model, &imported);
    let json = serde_json::to_string_pretty(&found).unwrap();
    let expected = r#"{
  "unconfirmed": {
    "services": [
      { "name": "ghost", "kind": "service" },
      { "name": "node", "kind": "platform" }
    ],
    "edges": [
      { "from": "cart", "to": "orders", "kinds": ["call"], "known_from": ["declared"] },
      { "from": "orders", "to": "orders-db", "kinds": ["write"], "known_from": ["declared"] }
    ]
  },
  "missing": {
    "services": [ { "name": "mail", "kind": "service" } ],
    "edges": [
      { "from": "orders", "to": "mail", "kinds": ["call"], "known_from": ["manifest c.yaml:4 A"] }
    ]
  },
  "differing": [
    { "service": "orders-db", "what": "kind", "model": "database", "sources": "cache" }
  ]
}"#;
    let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(parsed(&json), parsed(expected), "{json}");
}

#[test]
fn a_system_does_not_differ_from_itself() {
    let imported = system("services: { a: { environment: { B: 'b:80' } }, b: {} }\n");
    assert!(difference(&imported, &imported).is_empty());
}
