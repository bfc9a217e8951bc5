//! Who is blamed when alerts are all there is.

use knockon_core::{
    Criticality, Dependency, DependencyKind, Provenance, Service, ServiceKind, SystemBuilder,
};
use knockon_telemetry::Evidence;
use knockon_triage::{Options, triage};

use crate::shop::Story;

/// front-end → carts-0, carts-1, catalogue; carts-0, carts-1 → carts-db. Written so that a tie goes to
/// the carts.
fn story() -> Story {
    let mut builder = SystemBuilder::new("shop");
    for name in ["carts-0", "carts-1", "catalogue", "carts-db", "front-end"] {
        builder.service(Service::new(name, ServiceKind::Service)).unwrap();
    }
    for (from, to) in [
        ("front-end", "carts-0"),
        ("front-end", "carts-1"),
        ("front-end", "catalogue"),
        ("carts-0", "carts-db"),
        ("carts-1", "carts-db"),
    ] {
        let id = |name| builder.names().get(name).unwrap();
        let (from, to) = (id(from), id(to));
        let (kind, criticality) = (DependencyKind::Call, Criticality::Critical);
        let provenance = Provenance::Declared;
        builder.dependency(Dependency { from, to, kind, criticality, provenance });
    }
    Story { system: builder.build(), evidence: Evidence::default() }
}

fn first(story: &Story) -> String {
    triage(&story.system, &story.evidence, Options::default()).causes[0].service.clone()
}

#[test]
fn replicas_that_alert_alike_are_not_to_blame() {
    let busy = |story: Story, service| story.alert(service, "cpu_usage high", 80);
    let one = busy(busy(story(), "carts-0"), "catalogue");
    assert_eq!(first(&one), "carts-0");
    assert_eq!(first(&busy(one, "carts-1")), "catalogue");
}

#[test]
fn who_is_asked_more_is_busy_and_slow_for_that() {
    let full = ["cpu_usage high", "mem_usage high", "latency high"];
    let slow = ["latency add", "latency merge", "latency list"];
    for shows in [full, slow] {
        let begin = story().alert("catalogue", "restarts high", 80);
        let both = shows.into_iter().fold(begin, |story, name| story.alert("carts-0", name, 80));
        assert_eq!(first(&both), "carts-0");
        assert_eq!(first(&both.alert("carts-0", "dest_qps high", 80)), "catalogue", "{shows:?}");
    }
}

#[test]
fn symptoms_count_as_far_as_they_exceed_those_of_the_callees_that_are_complained_about() {
    let slow_below = story().alert_about("carts-0", "carts-db", "latency find", 80).alert_about(
        "front-end",
        "carts-0",
        "latency add",
        80,
    );
    assert_eq!(first(&slow_below), "carts-db");
    let slow_itself = ["latency remove", "latency merge", "latency list"];
    let slow_itself = slow_itself.into_iter().fold(slow_below, |story, operation| {
        story.alert_about("front-end", "carts-0", operation, 80)
    });
    assert_eq!(first(&slow_itself), "carts-0");
}
