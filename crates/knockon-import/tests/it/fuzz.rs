//! Whatever the bytes: an answer, always the same.

use knockon_import::{Input, Options, difference, import};
use proptest::prelude::*;
use proptest::sample::select;

const SEEDS: &[&str] = &[
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web, namespace: a }\nspec:\n  replicas: 2\n  \
     strategy: { rollingUpdate: { maxSurge: 25% } }\n  template:\n    metadata: { labels: { app: web } }\n    \
     spec:\n      containers:\n      - name: web\n        image: shop/web:1\n        env: [ { name: A, value: \
     \"http://$(B):80\" }, { name: B, value: orders } ]\n        livenessProbe: { httpGet: { port: http } }\n        \
     resources: { limits: { cpu: 100m, memory: 1Gi } }\n---\napiVersion: v1\nkind: Service\nmetadata: { name: \
     w }\nspec: { selector: { app: web } }\n",
    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: p }\nspec:\n  podSelector: { \
     matchLabels: { app: cart } }\n  ingress: [ { from: [ { podSelector: { matchLabels: { app: web } } } ] } ]\n",
    "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nspec:\n  scaleTargetRef: { name: web }\n  \
     maxReplicas: 5\n  metrics: [ { type: Resource, resource: { name: cpu, target: { averageUtilization: 5 } } } ]\n",
    "services:\n  web: &w\n    image: shop/web:${TAG:-${X:-1}}\n    environment: [ \"A=http://orders:80\", B ]\n    \
     depends_on: { orders: { condition: service_started } }\n    healthcheck: { test: [CMD, a], interval: 5s }\n  \
     orders: { <<: *w, command: '--db-host db', deploy: { replicas: 2 } }\n",
    "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: x{job=~\"we.*\"} > 1\n    for: 5m\n    labels: { severity: \
     page }\n  - { record: a, expr: b }\n",
    "ALERT A\n  IF x{job=\"a\"} > 1\n  FOR 5m\n  LABELS { a = \"b\" }\n",
    "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: { name: a }\nspec: { owner: group:a/b, \
     dependsOn: [ resource:x ], consumesApis: [ y ], providesApis: [ y ] }\n",
    "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"a\"}}]},\
     \"scopeSpans\":[{\"spans\":[{\"traceId\":\"1\",\"spanId\":\"2\",\"kind\":3,\"attributes\":[{\"key\":\
     \"server.address\",\"value\":{\"stringValue\":\"b\"}}]}]}]}]}",
    "{\"data\":[{\"traceID\":\"1\",\"spans\":[{\"traceID\":\"1\",\"spanID\":\"1\",\"processID\":\"p\",\"references\":\
     [{\"refType\":\"CHILD_OF\",\"traceID\":\"1\",\"spanID\":\"1\"}],\"tags\":[{\"key\":\"a\",\"value\":1}]}],\
     \"processes\":{\"p\":{\"serviceName\":\"a\"}}}]}",
    "A=${B:-c}\nexport D='x'\n",
];

/// What breaks a file: pieces of every language that is read.
const PIECES: &[&str] = &[
    "",
    "\n",
    ":",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "${",
    "$(",
    "$$",
    "}",
    "://",
    "@",
    ",",
    "=",
    "%",
    "é",
    "\u{feff}",
    "&a ",
    "*w",
    "<<: ",
    "---\n",
    "null",
    "~",
    "-1",
    "99999999999999999999",
    "1e309",
    "0",
    "web",
    "orders",
    ".svc",
    "name",
    "spec",
    "kind: List\nitems:",
    "services",
    "a:b:c",
    "\t",
    "\0",
    "🦀",
    "ALERT ",
    "$",
    "\\",
    "\r\n",
    "(",
    ")",
    "|",
    ".",
    "--",
    "=~",
];

fn survives(inputs: &[Input]) {
    let options = Options { env: inputs.iter().take(1).cloned().collect(), ..Options::default() };
    for options in [Options::default(), options] {
        let first = import(inputs, &options);
        assert_eq!(first, import(inputs, &options));
        for place in first.diagnostics.iter().filter_map(|it| it.place.as_ref()) {
            let input = inputs.iter().find(|input| input.path == place.file).unwrap();
            let text = String::from_utf8_lossy(&input.bytes);
            let lines = text.replace("\r\n", "\n").replace('\r', "\n").split('\n').count();
            assert!(place.line <= lines, "{place:?}");
        }
        if let Some(system) = &first.system {
            assert!(difference(system, system).is_empty());
        }
    }
}

fn broken() -> impl Strategy<Value = Vec<u8>> {
    let edits =
        prop::collection::vec((any::<prop::sample::Index>(), 0_usize..8, select(PIECES)), 0..6);
    (select(SEEDS), edits).prop_map(|(seed, edits)| {
        let mut bytes = seed.as_bytes().to_vec();
        for (at, gone, piece) in edits {
            let at = at.index(bytes.len() + 1);
            let end = (at + gone).min(bytes.len());
            bytes.splice(at..end, piece.bytes());
        }
        bytes
    })
}

/// Trees of the keys that are read, with values that do not belong there.
fn tree() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        select(PIECES).prop_map(serde_json::Value::from),
        select(SEEDS)
            .prop_map(|seed| serde_json::Value::from(seed.chars().take(40).collect::<String>())),
        any::<i64>().prop_map(serde_json::Value::from),
        Just(serde_json::Value::Null),
    ];
    leaf.prop_recursive(6, 60, 5, |inner| {
        const KEYS: &[&str] = &[
            "apiVersion",
            "kind",
            "metadata",
            "name",
            "namespace",
            "labels",
            "spec",
            "template",
            "containers",
            "env",
            "value",
            "services",
            "environment",
            "depends_on",
            "deploy",
            "resources",
            "limits",
            "replicas",
            "groups",
            "rules",
            "alert",
            "expr",
            "for",
            "podSelector",
            "matchLabels",
            "ingress",
            "from",
            "data",
            "spans",
            "resourceSpans",
            "resource",
            "attributes",
            "scopeSpans",
            "image",
            "links",
            "healthcheck",
            "test",
            "envFrom",
            "items",
            "selector",
            "livenessProbe",
            "httpGet",
            "port",
            "traceId",
            "spanId",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::from),
            prop::collection::btree_map(select(KEYS), inner, 0..6).prop_map(|map| {
                serde_json::Value::Object(map.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
            }),
        ]
    })
}

/// A tree that begins as one of the kinds does.
fn of_a_kind() -> impl Strategy<Value = String> {
    const HEADS: &[(&str, &str)] = &[
        ("apiVersion", "v1"),
        ("apiVersion", "backstage.io/v1"),
        ("services", ""),
        ("groups", ""),
        ("resourceSpans", ""),
        ("data", ""),
    ];
    const KINDS: &[&str] = &[
        "Deployment",
        "Service",
        "NetworkPolicy",
        "HorizontalPodAutoscaler",
        "ConfigMap",
        "Component",
        "List",
    ];
    (select(HEADS), select(KINDS), tree(), tree()).prop_map(|((key, value), kind, spec, meta)| {
        let mut root = serde_json::Map::new();
        if key == "apiVersion" {
            root.insert("kind".into(), kind.into());
            root.insert(key.into(), value.into());
            root.insert("metadata".into(), serde_json::json!({ "name": "web", "labels": meta }));
            root.insert("data".into(), meta);
            root.insert("spec".into(), spec);
        } else {
            root.insert(key.into(), spec);
            root.insert("name".into(), meta);
        }
        serde_json::Value::Object(root).to_string()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn arbitrary_bytes_are_imported_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        survives(&[Input::new("a", bytes)]);
    }

    #[test]
    fn broken_files_are_imported_or_refused(one in broken(), other in broken()) {
        survives(&[Input::new("a", one), Input::new(".env", other)]);
    }

    #[test]
    fn odd_trees_are_imported_or_refused(one in of_a_kind(), other in of_a_kind()) {
        survives(&[Input::new("a", one), Input::found("b", other)]);
    }
}
