//! What can be wrong with journeys.

use crate::check;

#[test]
fn a_journey_says_where_it_leads() {
    check(
        "system: a\nservices: { b: {}, c: { operations: { o: [] } } }\njourneys:\n  none: {}\n  words: { stages: [one, two] }\n  service: { enters: b }\n",
        "
s.yaml:4:3: error[K0114]: journey `none` has no `through`
  help: add `through: [front-end, orders]`, or an operation to each stage
s.yaml:5:3: error[K0114]: journey `words` has no `through`
  help: add `through: [front-end, orders]`, or an operation to each stage
s.yaml:6:3: error[K0114]: journey `service` has no `through`
  help: add `through: [front-end, orders]`, or an operation to each stage",
    );
    check(
        "system: a\nservices: { b: {}, c: { operations: { o: [] } } }\njourneys:\n  stage: { stages: [one: c / o] }\n  entry: { enters: c / o }\n  path: { through: [b] }\n",
        "",
    );
}

#[test]
fn a_stage_is_a_name_with_an_operation() {
    check(
        "system: a\nservices: { c: { operations: { o: [] } } }\njourneys:\n  j: { stages: [one: c, two: c / p, three: d / o, four: , [five], { six: c / o, seven: c / o }, { '': c / o }, eight: { opration: c / o }], completes: c, enters: c / p }\n",
        "
s.yaml:4:22: error[K0127]: `c` does not say which operation of which service
  help: write the service, ` / ` with spaces, and the operation
s.yaml:4:30: error[K0127]: unknown operation `p` of `c`
  help: declare it under `operations:` of `c`, or write `o`
s.yaml:4:44: error[K0121]: unknown service `d`
  help: declare it under `services:`, or write `c`
s.yaml:4:51: error[K0112]: `four` has no value
  help: write `four` alone
s.yaml:4:59: error[K0112]: an item of `stages` is a name, alone or with a value, found a list
s.yaml:4:81: error[K0112]: one item of `stages` names two things
  help: write each as an item of its own
s.yaml:4:99: error[K0119]: `` cannot be a name
s.yaml:4:121: error[K0113]: unknown key `opration`
  help: did you mean `operation`?
s.yaml:4:152: error[K0127]: `c` does not say which operation of which service
  help: write the service, ` / ` with spaces, and the operation
s.yaml:4:163: error[K0127]: unknown operation `p` of `c`
  help: declare it under `operations:` of `c`, or write `o`",
    );
}

#[test]
fn quantities_of_a_journey() {
    check(
        "system: a\nservices: { b: {} }\njourneys:\n  j: { through: [b], demand: 5/week, value: 5, downtime_cost: 15000 USD, think: 5, slo: 99.5 }\n  k: { through: [b], downtime_cost: 5 USD / h, slo: { success: 101%, p95: fast, within: 5m, p50: -1s } }\n",
        "
s.yaml:4:30: error[K0117]: `week` is not a unit of a rate
  help: write a number, `/` and one of `s`, `min`, `h` or `d`, as in `1200/h`
s.yaml:4:45: error[K0118]: `5` is not an amount and a currency
  help: say in which currency, as in `5 USD`
s.yaml:4:63: error[K0118]: `15000 USD` does not say per what
  help: write an amount, its currency, `/` and `h`, `min` or `d`, as in `15000 USD/h`
s.yaml:4:81: error[K0110]: `5` has no unit
  help: write `5s` for seconds, or `5ms`
s.yaml:4:89: error[K0120]: `99.5` is not a share in percent
  help: write `99.5%`
s.yaml:5:37: error[K0118]: `5 USD / h` has white space around its `/`
  help: write `5 USD/h`
s.yaml:5:64: error[K0120]: `101%` is more than all
  help: write `100%` at most
s.yaml:5:75: error[K0110]: `fast` is not a length of time
  help: write a number and one of `us`, `ms`, `s`, `min`, `h` or `d`, as in `5s`
s.yaml:5:89: error[K0110]: `m` is not a unit of time
  help: write `5min`
s.yaml:5:98: error[K0110]: `-1` is negative
  help: write a number and one of `us`, `ms`, `s`, `min`, `h` or `d`, as in `5s`",
    );
}
