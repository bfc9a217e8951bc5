//! What follows from steps: dependencies, and what a journey crosses.

use knockon_core::{Provenance, System};

use crate::{STORES, read, said};

/// The dependencies of a service as `kind to criticality`, with what they are known from.
fn dependencies(system: &System, of: &str) -> Vec<String> {
    let id = system.names().get(of).unwrap();
    let known = |key| -> Vec<&str> {
        let details = system.details(key);
        let sources = details.iter().flat_map(|details| &details.known_from);
        sources.map(|source| source.provenance.as_str()).collect()
    };
    (system.dependencies().iter())
        .filter(|dependency| dependency.from == id)
        .map(|d| {
            let to = &system.service(d.to).name;
            format!("{} {to} {} {}", d.kind, d.criticality, known(d.key()).join("+"))
        })
        .collect()
}

#[track_caller]
fn check(shop: &str, expected: &[&str]) {
    let reading = read(format!("{STORES}  shop: {shop}\n"));
    let told = said(&reading);
    let system = reading.system.unwrap_or_else(|| panic!("{told}"));
    assert_eq!(dependencies(&system, "shop"), expected, "{shop}");
}

fn steps(steps: &str) -> String {
    format!("{{ operations: {{ o: [{steps}] }} }}")
}

#[test]
fn each_verb_makes_its_kind_of_dependency() {
    check(&steps("{ call: promo }"), &["call promo critical steps"]);
    check(&steps("{ call: payment / refund }"), &["call payment critical steps"]);
    check(&steps("{ query: db / load }"), &["read db critical steps"]);
    check(&steps("{ query: db / save }"), &["write db critical steps"]);
    check(&steps("{ get: redis / cart }"), &["read redis critical steps"]);
    check(&steps("{ put: redis / cart }"), &["write redis critical steps"]);
    check(&steps("{ drop: redis / cart }"), &["write redis critical steps"]);
    check(&steps("{ publish: mq / orders }"), &["publish mq critical steps"]);
    check(
        &steps("{ publish: mq / events, outbox: db }"),
        &["publish mq critical steps", "write db critical steps"],
    );
    check(&steps("{ compute: 1ms }, { wait: 1ms }, { fail: 1% }"), &[]);
    check(
        "{ operations: { o: { consumes: mq / orders, steps: [] } } }",
        &["consume mq critical steps"],
    );
}

#[test]
fn steps_inside_of_steps_count() {
    check(
        &steps("{ get: redis / cart, miss: [{ query: db / load }] }"),
        &["read redis critical steps", "read db critical steps"],
    );
    check(
        &steps(
            "{ parallel: { a: [{ call: promo }], b: [{ branch: { c: { share: 1%, steps: [{ query: db / load }] } } }] } }",
        ),
        &["call promo critical steps", "read db critical steps"],
    );
    check(
        &steps("{ saga: s, steps: [{ do: promo, undo: payment / refund }], manual: mq / failed }"),
        &["call payment degrades steps", "call promo critical steps", "publish mq degrades steps"],
    );
    check(
        &steps("{ saga: s, steps: [{ do: promo }], undo: payment / refund }"),
        &["call payment degrades steps", "call promo critical steps"],
    );
}

#[test]
fn what_becomes_of_a_failure_is_the_criticality() {
    check(&steps("{ call: promo, fallback: skip }"), &["call promo degrades steps"]);
    check(
        &steps("{ call: promo, fallback: [{ query: db / load }] }"),
        &["call promo degrades steps", "read db degrades steps"],
    );
    check(&steps("{ call: promo, criticality: optional }"), &["call promo optional steps"]);
    check(
        &steps("{ call: promo, fallback: skip, criticality: critical }"),
        &["call promo critical steps"],
    );
    check(&steps("{ background: [{ call: promo }] }"), &["call promo degrades steps"]);
    check(
        &steps("{ background: [{ call: promo, criticality: optional }] }"),
        &["call promo optional steps"],
    );
    check(
        &steps("{ background: [{ parallel: { a: [{ call: promo, criticality: critical }] } }] }"),
        &["call promo degrades steps"],
    );
}

#[test]
fn of_several_uses_the_hardest_counts() {
    let uses = "{ call: promo, criticality: optional }, { call: promo, fallback: skip }";
    check(&steps(uses), &["call promo degrades steps"]);
    check(&steps(&format!("{uses}, {{ call: promo }}")), &["call promo critical steps"]);
    check(
        "{ operations: { a: [{ call: promo, fallback: skip }], b: [{ call: promo }] } }",
        &["call promo critical steps"],
    );
}

#[test]
fn a_declared_dependency_adds_to_what_steps_show() {
    let with =
        |calls: &str, step: &str| format!("{{ calls: [{calls}], operations: {{ o: [{step}] }} }}");
    check("{ calls: [promo] }", &["call promo critical declared"]);
    check(
        &with("promo", "{ call: promo, fallback: skip }"),
        &["call promo degrades declared+steps"],
    );
    check(
        &with(
            "promo: { rated: low }",
            "{ call: promo, fallback: skip }, { call: promo, criticality: optional }",
        ),
        &["call promo degrades declared+steps"],
    );
    check(&with("promo: optional", "{ call: promo }"), &["call promo optional declared+steps"]);
    check(
        &with("promo: { known_from: [trace] }", "{ call: promo }"),
        &["call promo critical trace+steps"],
    );
    check(
        &with("payment", "{ call: promo }"),
        &["call payment critical declared", "call promo critical steps"],
    );
}

#[test]
fn a_service_that_asks_itself_does_not_depend_on_itself() {
    check("{ operations: { a: [{ call: shop / b }], b: [] } }", &[]);
}

#[test]
fn a_derived_dependency_is_where_its_first_step_is() {
    let reading = read(format!(
        "{STORES}  shop:\n    operations:\n      a:\n        - compute: 1ms\n        - call: promo\n      b:\n        - call: promo\n"
    ));
    let system = reading.system.as_ref().unwrap();
    let edge = system.dependencies().iter().find(|d| d.provenance == Provenance::Steps).unwrap();
    let place = reading.places.of(knockon_core::Element::Dependency(edge.key())).unwrap();
    assert_eq!((place.line, place.column), (13, 11));
}

const CHAIN: &str = "
  web: { operations: { open: [{ call: shop / take }] } }
  shop:
    operations:
      take: [{ call: promo, fallback: [{ query: db / save }] }, { saga: s, steps: [{ do: payment / authorise, undo: payment / refund }], manual: mq / failed }, { publish: mq / events }]
      ask: [{ parallel: { a: [{ get: redis / cart, miss: [{ query: db / load }] }] } }]
  mail: { operations: { send: { consumes: mq / orders, steps: [{ background: [{ call: post }] }] } } }
  sweeper: { operations: { sweep: { consumes: mq / failed, steps: [] } } }
  post: {}
  till: {}
";

/// What a journey crosses, where it enters and completes.
#[track_caller]
fn check_journey(body: &str, through: &[&str], enters: &str, completes: Option<&str>) {
    let reading = read(format!("{STORES}{CHAIN}journeys: {{ j: {body} }}\n"));
    let told = said(&reading);
    let system = reading.system.unwrap_or_else(|| panic!("{told}"));
    let journey = &system.journeys()[0];
    let name = |id| system.service(id).name.as_str();
    assert_eq!(journey.through.iter().map(|id| name(*id)).collect::<Vec<_>>(), through, "{body}");
    let operation = |id: knockon_core::OperationId| {
        format!("{} / {}", name(id.service), system.operation(id).name)
    };
    let entry = journey.entry.map_or_else(|| name(journey.enters).to_owned(), operation);
    assert_eq!(entry, enters, "{body}");
    assert_eq!(journey.completes.map(operation).as_deref(), completes, "{body}");
}

#[test]
fn a_journey_crosses_what_its_stages_lead_to() {
    let all = ["web", "shop", "promo", "payment", "mq", "mail", "post"];
    check_journey("{ stages: [open: web / open] }", &all, "web / open", Some("web / open"));
    check_journey(
        "{ stages: [open: web / open, mailed: mail / send, done] }",
        &all,
        "web / open",
        Some("mail / send"),
    );
    check_journey(
        "{ stages: [ask: shop / ask, mailed: mail / send] }",
        &["shop", "redis", "db", "mail", "post"],
        "shop / ask",
        Some("mail / send"),
    );
}

#[test]
fn a_journey_enters_and_completes_where_it_says() {
    check_journey("{ through: [till, shop] }", &["till", "shop"], "till", None);
    check_journey(
        "{ through: [shop, till], enters: till, completes: shop / ask }",
        &["shop", "till"],
        "till",
        Some("shop / ask"),
    );
    check_journey("{ enters: shop / ask }", &["shop", "redis", "db"], "shop / ask", None);
    check_journey(
        "{ enters: till, stages: [ask: shop / ask] }",
        &["till", "shop", "redis", "db"],
        "till",
        Some("shop / ask"),
    );
    check_journey(
        "{ stages: [ask: shop / ask], through: [shop] }",
        &["shop"],
        "shop / ask",
        Some("shop / ask"),
    );
}

#[test]
fn operations_that_call_each_other_end() {
    let source = "system: a\nservices:\n  a: { operations: { o: [{ call: b / o }] } }\n  b: { operations: { o: [{ call: a / o }] } }\njourneys: { j: { stages: [s: a / o] } }\n";
    let system = read(source).system.unwrap();
    assert_eq!(system.journeys()[0].through.len(), 2);
}
