//! What can be wrong with declared dependencies.

use crate::check_in_shop;

#[test]
fn a_dependency_on_something_of_another_kind_is_odd() {
    check_in_shop(
        "  shop: { reads: [promo], writes: [mq], publishes: [db], consumes: [redis], calls: [db] }\n",
        "
s.yaml:9:19: warning[K0129]: `promo` is of kind service, and `reads` takes databases and caches
  see s.yaml:8:3: declared here
  help: write `kind: database` there, or `calls` here
s.yaml:9:36: warning[K0129]: `mq` is of kind broker, and `writes` takes databases and caches
  see s.yaml:6:3: declared here
  help: write `kind: database` there, or `publishes` or `consumes` here
s.yaml:9:53: warning[K0129]: `db` is of kind database, and `publishes` takes brokers
  see s.yaml:4:3: declared here
  help: write `kind: broker` there, or `reads` or `writes` here
s.yaml:9:69: warning[K0129]: `redis` is of kind cache, and `consumes` takes brokers
  see s.yaml:5:3: declared here
  help: write `kind: broker` there, or `reads` or `writes` here",
    );
}

#[test]
fn what_is_said_of_a_dependency() {
    check_in_shop(
        "  shop:\n    calls:\n      - promo: { rated: bad, recovery: 30min to 5min, known_from: [seen somewhere, steps, manifest a.yaml:1], colour: red }\n      - payment: { recovery: soon }\n",
        "
s.yaml:11:25: error[K0115]: `bad` is not a rating
  help: write `critical`, `high`, `medium` or `low`
s.yaml:11:40: error[K0110]: `30min to 5min` runs backwards
  help: write `5min to 30min`
s.yaml:11:68: error[K0115]: `seen` is not a sort of source
  help: write `declared`, `manifest`, `trace`, `network-policy` or `catalog`
s.yaml:11:84: error[K0115]: `steps` is not a sort of source
  help: write `declared`, `manifest`, `trace`, `network-policy` or `catalog`
s.yaml:11:111: error[K0113]: unknown key `colour`
  help: a dependency has `criticality`, `rated`, `risk`, `impact`, `workaround`, `recovery` and `known_from`
s.yaml:12:30: error[K0110]: `soon` is not a length of time
  help: write a number and one of `us`, `ms`, `s`, `min`, `h` or `d`, as in `5s`",
    );
}
