//! Traces.

use crate::{check, import_texts};

fn otlp(service: &str, spans: &[&str]) -> String {
    format!(
        "{{\"resourceSpans\":[{{\"resource\":{{\"attributes\":[{{\"key\":\"service.name\",\"value\":\
         {{\"stringValue\":\"{service}\"}}}}]}},\"scopeSpans\":[{{\"spans\":[{}]}}]}}]}}",
        spans.join(",")
    )
}

/// A span: own id, parent, kind and attributes, as in `2 1 3 peer.service=x`.
fn span(text: &str) -> String {
    let mut words = text.split(' ');
    let mut next = || words.next().unwrap_or_default();
    let (own, parent, kind) = (next(), next(), next());
    let parent = if parent == "-" { "" } else { parent };
    let attributes: Vec<_> = words
        .filter_map(|word| word.split_once('='))
        .map(|(key, value)| {
            format!("{{\"key\":\"{key}\",\"value\":{{\"stringValue\":\"{value}\"}}}}")
        })
        .collect();
    format!(
        "{{\"traceId\":\"0a\",\"spanId\":\"{own}\",\"parentSpanId\":\"{parent}\",\"kind\":{kind},\
         \"attributes\":[{}]}}",
        attributes.join(",")
    )
}

fn lines(services: &[(&str, &[&str])]) -> String {
    let line = |(service, spans): &(&str, &[&str])| {
        let spans: Vec<_> = spans.iter().map(|text| span(text)).collect();
        otlp(service, &spans.iter().map(String::as_str).collect::<Vec<_>>())
    };
    services.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn parents_and_peers_become_edges() {
    let text = lines(&[
        (
            "web",
            &[
                "1 - 2",
                "2 1 3 server.address=orders-lb",
                "5 1 3 server.address=orders-lb",
                "7 1 \"SPAN_KIND_CLIENT\" server.address=api.stripe.com",
            ],
        ),
        (
            "orders",
            &[
                "3 2 2",
                "6 5 2",
                "8 3 3 db.system=mysql server.address=orders-db.shop.svc.cluster.local db.operation=SELECT",
                "9 3 3 db.system=mysql server.address=orders-db db.statement=UPDATE",
                "a 3 3 db.system.name=redis db.namespace=0 server.address=10.0.0.1",
                "b 3 4 messaging.system=rabbitmq messaging.destination.name=shipping",
            ],
        ),
        ("queue-master", &["c b 5 messaging.system=rabbitmq messaging.destination=shipping"]),
        ("unknown_service:node", &["d 1 2"]),
    ]);
    check(
        &[("t.jsonl", &text)],
        "
web: service
orders: service
queue-master: service
api.stripe.com: external
0-redis: cache (redis)
orders-db: database (mysql)
rabbitmq: broker (rabbitmq)
web -call-> orders [trace t.jsonl, 2 spans]
web -call-> api.stripe.com [trace t.jsonl, 1 span]
orders -read-> 0-redis [trace t.jsonl, 1 span]
orders -read-> orders-db [trace t.jsonl, 1 span]
orders -write-> orders-db [trace t.jsonl, 1 span]
orders -publish-> rabbitmq [trace t.jsonl, 1 span]
queue-master -consume-> rabbitmq [trace t.jsonl, 1 span]
",
    );
    let system = import_texts(&[("t.jsonl", &text)]).system.unwrap();
    let broker = system.names().get("rabbitmq").map(|id| system.service(id)).unwrap();
    let queues: Vec<_> = broker.broker.queues.iter().map(|queue| queue.name.as_str()).collect();
    assert_eq!(queues, ["shipping"]);
}

#[test]
fn jaeger_traces_are_read() {
    let text = r#"{"data":[{"traceID":"1","spans":[
{"traceID":"1","spanID":"1","processID":"p1","references":[],"tags":[{"key":"span.kind","value":"client"}]},
{"traceID":"1","spanID":"2","processID":"p2","references":[{"refType":"CHILD_OF","traceID":"1","spanID":"1"}]},
{"traceID":"1","spanID":"3","processID":"p3","references":[{"refType":"FOLLOWS_FROM","traceID":"1","spanID":"2"}]},
{"traceID":"1","spanID":"4","processID":"p2","tags":[{"key":"span.kind","value":"client"},{"key":"peer.service","value":"geo"},{"key":"n","value":5}]}
],"processes":{"p1":{"serviceName":"frontend"},"p2":{"serviceName":"search"},"p3":{"serviceName":"audit"}}}]}"#;
    check(
        &[("j.json", text)],
        "
frontend: service
search: service
audit: service
geo: service
frontend -call-> search [trace j.json, 1 span]
search -call-> audit optional [trace j.json, 1 span]
search -call-> geo [trace j.json, 1 span]
",
    );
}

#[test]
fn older_and_odd_forms_are_read() {
    let old = otlp("a", &[&span("1 - 3 peer.service=b")])
        .replace("scopeSpans", "instrumentationLibrarySpans");
    let nulls = "{\"resourceSpans\":[{\"resource\":null,\"scopeSpans\":null}]}";
    check(
        &[("t.json", &format!("{old}\n{nulls}\n"))],
        "
a: service
b: service
a -call-> b [trace t.json, 1 span]
",
    );
}

#[test]
fn broken_traces_are_told_and_what_came_before_stands() {
    let text = lines(&[("a", &["1 - 3 peer.service=b"])]);
    check(
        &[("t.json", &format!("{text}\n{{\"resourceSpans\": 5}}\n{text}\n"))],
        "
a: service
b: service
a -call-> b [trace t.json, 2 spans]
t.json:2:19: error[K0504]: invalid type: integer `5`, expected traces
",
    );
    check(
        &[("t.json", &text[..text.len() - 4])],
        "t.json:1:246: error[K0504]: EOF while parsing a list",
    );
    check(
        &[("t.json", "{\"resourceSpans\":[]}")],
        "
t.json:1:1: warning[K0504]: the file holds no spans
error[K0505]: none of the files shows a service
",
    );
}

#[test]
fn a_client_that_names_its_peer_only_by_the_url_has_one() {
    let text = lines(&[(
        "web",
        &[
            "1 - 2 http.url=http://web:80/",
            "2 1 3 http.url=https://user@api.stripe.com:443/v1/charges",
            "3 1 3 url.full=http://geo/x",
            "4 1 3 url.full=http://10.0.0.1/x",
            "5 1 3 url.full=http://[::1]:80/x",
        ],
    )]);
    check(
        &[("t.jsonl", &text)],
        "
web: service
api.stripe.com: external
geo: service
web -call-> api.stripe.com [trace t.jsonl, 1 span]
web -call-> geo [trace t.jsonl, 1 span]
",
    );
}

#[test]
fn a_message_through_a_broker_that_nobody_names_is_shown() {
    let text = lines(&[("web", &["1 - 4"]), ("audit", &["2 1 5"])]);
    check(
        &[("t.jsonl", &text)],
        "
web: service
audit: service
web -call-> audit optional [trace t.jsonl, 1 span]
",
    );
}

#[test]
fn names_that_no_model_can_have_are_made_plain() {
    let long = "n".repeat(300);
    let text = lines(&[
        (r" a\\nb ", &["1 - 3"]),
        (r"\\u0000", &["2 1 2"]),
        (&long, &["3 2 2 messaging.system=kafka"]),
    ]);
    let text = text.replace(r"\\", r"\");
    let inputs = [knockon_import::Input::new("t.jsonl", text)];
    let options = knockon_import::Options { name: Some(" x\ny".into()), ..Default::default() };
    let system = knockon_import::import(&inputs, &options).system.unwrap();
    let names: Vec<_> = system.services().iter().map(|it| it.name.as_str()).collect();
    assert_eq!((system.name(), names), ("x y", vec!["a b", "unnamed", &long[..120]]));
    let printed = knockon_format::print(&system);
    let read = knockon_format::read_system("system.yaml", printed[0].text.as_bytes(), &|_| true);
    assert_eq!(read.diagnostics, []);
}
