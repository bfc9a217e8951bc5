//! What is allowed but odd: warnings and notes, with the system all the same.

use crate::{check, check_below, read};

#[test]
fn the_same_thing_twice() {
    check(
        "system: a\nservices:\n  b: { calls: [c, c: optional], reads: [c], aliases: [x, x, b] }\n  c: { kind: cache }\njourneys:\n  j: { through: [b, b, c, b] }\n",
        "
s.yaml:3:19: warning[K0131]: `c` is already among `calls`
  see s.yaml:3:16: first written here; this one counts
  help: remove one of the two
s.yaml:3:58: warning[K0131]: the service already goes by `x`
  see s.yaml:3:55: first written here
  help: remove it
s.yaml:3:61: warning[K0131]: the service already goes by `b`
  see s.yaml:3:3: first written here
  help: remove it
s.yaml:6:21: warning[K0131]: `b` follows itself
  see s.yaml:6:18: first written here
  help: remove one of the two",
    );
}

#[test]
fn runbook_pages_that_are_not_there() {
    check(
        "system: a\nservices:\n  b: { runbook: r }\n  c: { runbook: s }\n  d: { runbook: t }\nrunbooks:\n  r: { page: gone.md#top }\n  s: { page: there.md#top }\n  t: { page: 'https://wiki/t' }\n",
        "
s.yaml:7:14: warning[K0132]: there is no page `gone.md`
  help: write a path relative to the system file, or a URL with `https://`",
    );
}

#[test]
fn declarations_that_nothing_uses() {
    check_below(
        "teams: { t: {} }\nrunbooks: { r: { steps: [sit] }, q: {} }\n",
        "
s.yaml:6:10: note[K0135]: team `t` owns no service
s.yaml:7:13: warning[K0134]: no service uses runbook `r`
  help: name it as the `runbook` of the service it is for
s.yaml:7:34: warning[K0133]: runbook `q` says nothing to do
  help: add `steps:` with what to do first, or `page:` with where it is written
s.yaml:7:34: warning[K0134]: no service uses runbook `q`
  help: name it as the `runbook` of the service it is for",
    );
}

#[test]
fn a_journey_over_a_gap() {
    check_below(
        "journeys:\n  j: { through: [front-end, orders-db] }\n  k: { through: [orders-db, front-end] }\n",
        "
s.yaml:7:29: warning[K0136]: no dependency leads to `orders-db` from the services before it
  help: put `orders` before it
s.yaml:8:29: warning[K0136]: no dependency leads to `front-end` from the services before it
  help: put `orders` before it",
    );
    check(
        "system: a\nservices: { b: , c: }\njourneys: { j: { through: [b, c] } }\n",
        "
s.yaml:3:31: warning[K0136]: no dependency leads to `c` from the services before it
  help: declare how `c` is reached, or take it off the path",
    );
}

#[test]
fn services_called_one_after_the_other_are_no_gap() {
    check(
        "system: a\nservices:\n  orders: { calls: [payment, shipping] }\n  payment: {}\n  shipping: {}\njourneys:\n  j: { through: [orders, payment, shipping] }\n",
        "",
    );
}

#[test]
fn what_is_odd_does_not_refuse_the_system() {
    let reading = read("system: a\nteams: { t: {} }\nservices: { b: {} }\n");
    assert_eq!(reading.diagnostics.len(), 1);
    assert!(reading.system.is_some());
}
