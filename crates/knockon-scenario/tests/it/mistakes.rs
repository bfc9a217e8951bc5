//! What is written wrong is told with its place and how to mend it; all of it at once.

#![expect(clippy::too_many_lines, reason = "a mistake a line")]

use knockon_scenario::load::load;

use crate::model::{Pack, RULES, SHOP, lines, read};

/// Checks what is told of a scenario on the shop.
#[track_caller]
fn check(text: &str, expected: &str) {
    let reading = read(&Pack::shop().system(), text);
    assert_eq!(lines(&reading.diagnostics), expected, "{text}");
    assert!(reading.scenario.is_none());
}

#[test]
fn files_of_another_shape() {
    check(
        "",
        "
s.yaml:1:1: error[K0602]: the file is empty
  help: begin with `scenario: its title`; `knockon new scenario` writes a whole one",
    );
    check("- a\n", "
s.yaml:1:1: error[K0604]: a scenario is a mapping, and this is a list
  help: it has the keys `scenario`, `summary`, `lasts`, `variant`, `demand`, `timeline`, `cause`, `expect`, `responds`, `fixes`, `variants`");
    check(
        "scenario: [a\n",
        "
s.yaml:1:11: error[K0104]: `[` is never closed
  help: close it with `]`, or put the text in double quotes",
    );
    check(
        "scenario: a\ntimeline: soon\ncause: {}\nexpect: 1\nfixes: [a]\ndemand: high\n",
        "
s.yaml:2:11: error[K0604]: the timeline is a list, and this is text
  help: write its entries as in `- { at: 5min, crash: orders, for: 3min }`
s.yaml:3:8: error[K0604]: a text is expected, and this is a mapping
s.yaml:4:9: error[K0603]: nothing is expected
  help: write at least one, as in `- { alert: OrdersFailing, by: T+5min }`
s.yaml:5:8: error[K0604]: the fixes are a mapping of names
  help: write a name for each, as in `restart it: [{ restart: orders }]`
s.yaml:6:9: error[K0604]: the demand is a mapping of journeys
  help: write a line for each journey, as in `buy: 1200/h`",
    );
    check(
        "scenario: ''\ntimeline: []\ncause: none\nexpect: []\n",
        "
s.yaml:1:11: error[K0604]: a text is expected, and this is an empty one
s.yaml:4:9: error[K0603]: nothing is expected
  help: write at least one, as in `- { alert: OrdersFailing, by: T+5min }`",
    );
    check("title: a\n", "
s.yaml:1:1: error[K0603]: a scenario has no key `title`
  help: there is `scenario`, `summary`, `lasts`, `variant`, `demand`, `timeline`, `cause`, `expect`, `responds`, `fixes`, `variants`
s.yaml:1:1: error[K0603]: a scenario has no `scenario`
  help: add `scenario: …`
s.yaml:1:1: error[K0603]: a scenario has no `timeline`
  help: add `timeline: …`
s.yaml:1:1: error[K0603]: a scenario has no `cause`
  help: add `cause: …`
s.yaml:1:1: error[K0603]: a scenario has no `expect`
  help: add `expect: …`");
}

/// A shop with two scenarios and two variants.
fn pack(scenario: &str) -> Pack {
    let variant = "variant: slow\nchanges: { services: { web: { runs: { workers: 4 } } } }\n";
    Pack::of(&[
        ("system.yaml", SHOP),
        ("monitors/rules.yaml", RULES),
        ("variants/slow.yaml", variant),
        ("scenarios/deploy.yaml", scenario),
        ("scenarios/crash.yaml", ""),
    ])
}

/// What is told when a scenario is loaded; the pack is called `pack`, as it is never twice the same.
fn loaded(pack: &Pack, scenario: &str) -> String {
    let path = pack.path().display().to_string();
    let wrong = load(&pack.path().join(scenario)).expect_err("something is wrong");
    lines(&wrong).replace(&path, "pack")
}

#[test]
fn what_a_pack_lacks() {
    let check = |pack: &Pack, scenario: &str, expected: &str| {
        assert_eq!(loaded(pack, scenario), expected, "{scenario}");
    };
    let empty = pack("");
    check(
        &empty,
        "deplyo",
        "
error[K0601]: there is no scenario `deplyo` in `pack`
  help: did you mean `deploy`?",
    );
    check(
        &empty,
        "nothing like it",
        "
error[K0601]: there is no scenario `nothing like it` in `pack`
  help: it has `crash`, `deploy`",
    );
    check(
        &empty,
        "",
        "
error[K0601]: `pack` is a pack: which of its scenarios?
  help: write `pack/SCENARIO`; it has `crash`, `deploy`",
    );
    check(
        &empty,
        "no/such",
        "
error[K0601]: there is no scenario `such` in `pack/no`
  help: write the directory of a pack, `/` and the name of one of its scenarios",
    );
    check(
        &empty,
        "deploy",
        "
pack/scenarios/deploy.yaml:1:1: error[K0602]: the file is empty
  help: begin with `scenario: its title`; `knockon new scenario` writes a whole one",
    );
    check(
        &empty,
        "scenarios/deploy.yaml",
        "
pack/scenarios/deploy.yaml:1:1: error[K0602]: the file is empty
  help: begin with `scenario: its title`; `knockon new scenario` writes a whole one",
    );
    let of = |more: &str| {
        pack(&format!(
            "scenario: a
timeline: [{{ at: 1min, bad deploy: web, version: v1 }}, {{ at: 1min, crash: bank }}]
cause: web
expect: [{{ alert: OrdersDown }}]
{more}
"
        ))
    };
    check(
        &of("variant: fast"),
        "deploy",
        "
pack/scenarios/deploy.yaml:5:10: error[K0606]: there is no variant `fast`
  help: there is `slow`",
    );
    check(
        &of("variant: slow\nvariants: [slow, fast, slo]"),
        "deploy",
        "
pack/scenarios/deploy.yaml:2:12: error[K0609]: `bad deploy` at 60 s: `web` has version v1 already
  help: name a version of its own
pack/scenarios/deploy.yaml:6:18: error[K0606]: there is no variant `fast`
  help: there is `slow`
pack/scenarios/deploy.yaml:6:24: error[K0606]: there is no variant `slo`
  help: did you mean `slow`?",
    );
    check(
        &of("fixes: { undo: [{ flush: web }] }"),
        "deploy",
        "
pack/scenarios/deploy.yaml:2:12: error[K0609]: `bad deploy` at 60 s: `web` has version v1 already
  help: name a version of its own
pack/scenarios/deploy.yaml:5:10: error[K0609]: `flush` at 360 s: `web` is a service, no cache
  help: name a service with `kind: cache`",
    );
}

#[test]
fn entries_of_the_timeline() {
    check(
        "scenario: a
cause: none
expect: [{ journey: buy, failed: 0 }]
timeline:
  - { at: 1min, crahs: orders }
  - { at: 1min, crash: order }
  - { at: 1 minute, crash: orders }
  - { at: 11min, crash: orders }
  - { crash: orders }
  - { at: 1min }
  - { at: 1min, crash: orders, four: 2min }
  - { at: 1min, crash: orders, kill: web }
  - { at: 1min, memory leak: orders }
  - { at: 1min, errors: web / by, share: 120% }
  - { at: 1min, partition: orders }
  - { at: 1min, queue policy: rabbitmq / place }
  - { at: 1min, queue policy: rabbitmq / placed, overflow: drop }
  - { at: 1min, demand spike: look }
  - { at: 1min, demand spike: buy, times: 0.5 }
  - { at: 1min, member offline: region / east }
  - { at: 1min, member offline: zone / east }
  - { at: 1min, scale: orders, to: many, part: other }
  - { at: 1min, set timeout: web / buy, step: call order / place }
  - { at: T, crash: orders, flap: { on: 1s }, replicas: half }
  - { at: 1min, lift: cause }
",
        "
s.yaml:5:17: error[K0605]: there is no fault or action `crahs`
  help: did you mean `crash`?
s.yaml:6:24: error[K0606]: there is no service `order`
  help: did you mean `orders`?
s.yaml:7:11: error[K0604]: ` minute` is not a unit of time
  help: write `1min`
s.yaml:8:11: error[K0607]: that is after the end of the run, which lasts 10min
  help: name an earlier moment, or let it last longer with `lasts`
s.yaml:9:5: error[K0603]: an entry has no `at`
  help: add `at: …`
s.yaml:10:5: error[K0605]: it does not say what happens
  help: write a fault or an action, as in `{ at: 5min, crash: orders }`
s.yaml:11:32: error[K0603]: an entry has no key `four`
  help: did you mean `for`?
s.yaml:12:32: error[K0605]: it says `crash` and `kill`
  help: write an entry of its own for each
s.yaml:13:5: error[K0603]: an entry has no `per_second`
  help: add `per_second: …`
s.yaml:14:25: error[K0606]: `web` has no operation `by`
  help: did you mean `buy`?
s.yaml:14:42: error[K0604]: `120%` is more than all
  help: write `100%` at most
s.yaml:15:28: error[K0604]: it is between two services
  help: write a list of two, as in `partition: [orders, orders-db]`
s.yaml:16:5: error[K0603]: the policy says nothing
  help: say one of `max_length`, `max_bytes`, `overflow`, `ttl`
s.yaml:16:31: error[K0606]: `rabbitmq` has no queue `place`
  help: did you mean `placed`?
s.yaml:17:60: error[K0604]: `drop` is none of what can stand here
  help: there is `drop-head`, `reject-publish`, `reject-publish-dlx`
s.yaml:18:31: error[K0609]: nobody starts `look`, so that there cannot be more
  help: say how many with `users`, or give the journey a `demand` in the model
s.yaml:19:31: error[K0604]: 0.5 times the users are not more
  help: write a number above 1
s.yaml:20:33: error[K0606]: cohort `region` has no member `east`
  help: there is `north`, `south`
s.yaml:21:33: error[K0606]: there is no cohort `zone`
  help: there is `region`
s.yaml:22:36: error[K0604]: `many` is not a number
  help: write a whole number in digits, as in `3`
s.yaml:22:48: error[K0604]: `other` is none of what can stand here
  help: there is `cause`, `background`
s.yaml:23:47: error[K0606]: `buy` has no step `call order / place`
  help: did you mean `call orders / place`?
s.yaml:24:11: error[K0604]: `T` is told by when the cause sets in, which is not known here
  help: write a time since the beginning, as in `5min`
s.yaml:24:35: error[K0603]: a `flap` has no `off`
  help: add `off: …`
s.yaml:24:57: error[K0604]: `half` is not a share in percent
  help: write a number and `%`, as in `99.5%`
s.yaml:25:17: error[K0605]: `lift` is for fixes only
  help: say with `for` how long the fault is there",
    );
}

#[test]
fn expectations_and_demand() {
    check(
        "scenario: a
timeline: [{ at: 1min, crash: orders }]
cause: [orders, nobody]
demand:
  bye: 3/s
  buy: { users: 10 }
  look: 2 times
expect:
  - { journey: bye, failed: 0 }
  - { journey: buy, fialed: 0 }
  - { journey: buy, failed: none, p95: 3, success: 1.5 }
  - { journey: buy }
  - { journey: buy, at: 1min, from: 2min, failed: 0 }
  - { journey: buy, from: 2min, to: 1min, failed: 0 }
  - { journey: buy, at: T+10min, failed: 0 }
  - { service: orders, from: T, to: end, ready: 1 }
  - { queue: rabbitmq / plaecd, ready: 3 }
  - { queue: placed, ready: 3 }
  - { state: orders / order, NEWW: 3 }
  - { saga: orders / pai, begun: 3 }
  - { operation: orders-db / insrt, done: 3 }
  - { alert: OrderDown, by: 2min }
  - { alert: OrdersDown, never: no }
  - { query: sum(up, is: 1 }
  - { query: up, is: 1, at: 1min, by: 2min }
  - { query: up, at: 1min }
  - { query: up, from: 2min, to: 2min, is: 5 to 3 }
  - { money: yes, lost: above }
  - { failed: 3 }
  - { journey: buy, queue: rabbitmq / placed, failed: 0 }
",
        "
s.yaml:3:17: error[K0606]: there is no service `nobody`
  help: there is `web`, `orders`, `packer`, `bank`, `orders-db`, `redis`, `rabbitmq`, `rack`
s.yaml:5:3: error[K0606]: there is no journey `bye`
  help: there is `buy`, `look`
s.yaml:6:8: error[K0604]: it does not say how long its users think
  help: say it here, as in `think: 10s`, or give the journey `think`
s.yaml:7:9: error[K0604]: the model says no demand that could be taken so many times
  help: write a rate, as in `1200/h`
s.yaml:9:16: error[K0606]: there is no journey `bye`
  help: there is `buy`, `look`
s.yaml:10:21: error[K0603]: an expectation has no key `fialed`
  help: did you mean `failed`?
s.yaml:11:29: error[K0604]: `none` is no number here
  help: write a number, or one with `above`, `at least`, `below`, `at most`, as in `above 3`; or `3 to 5`, or `8 ± 1`
s.yaml:11:40: error[K0604]: `3` has no unit
  help: write `3s` for seconds, or `3ms`
s.yaml:11:52: error[K0604]: `1.5` is not a share in percent
  help: write `1.5%`
s.yaml:12:5: error[K0608]: it expects nothing
  help: say one of `started`, `served`, `failed`, `slow`, `completed`, `late`, `lost`, `stuck`, `with_people`, `doubled`, `double_charged`, `charged_unfulfilled`, `under_way`, `success`, `failing`, `p50`, `p95`, `p99`, `completion_p50`, `completion_p95`, `missed`
s.yaml:13:5: error[K0603]: it says more than one time
  help: say `at`, or `from` with `to`
s.yaml:14:5: error[K0608]: no time lies between
  help: let `from` be before `to`
s.yaml:15:25: error[K0607]: that is after the end of the run, which lasts 10min
  help: name an earlier moment, or let it last longer with `lasts`
s.yaml:16:42: error[K0608]: `ready` is no count: it cannot be taken from one time to another
  help: say `at` for it, or ask a `query` over that time
s.yaml:17:14: error[K0606]: `rabbitmq` has no queue `plaecd`
  help: did you mean `placed`?
s.yaml:18:14: error[K0606]: `placed` does not say which queue of which service
  help: write `service / queue`
s.yaml:19:30: error[K0603]: an expectation has no key `NEWW`
  help: did you mean `NEW`?
s.yaml:20:13: error[K0606]: `orders` has no saga `pai`
  help: did you mean `pay`?
s.yaml:21:18: error[K0606]: `orders-db` has no operation or query `insrt`
  help: did you mean `insert`?
s.yaml:22:14: error[K0606]: there is no alert `OrderDown`
  help: did you mean `OrdersDown`?
s.yaml:23:33: error[K0608]: `never: no` says nothing
  help: leave it away, and say `by` when it fires
s.yaml:24:14: error[K0604]: unclosed left parenthesis
  help: write it in PromQL
s.yaml:25:5: error[K0603]: it says more than one time
  help: say `at`, or `by`, or `from` with `to`
s.yaml:26:5: error[K0603]: a query has no `is`
  help: add `is: …`
s.yaml:27:5: error[K0608]: no time lies between
  help: let `from` be before `to`
s.yaml:27:44: error[K0604]: `5 to 3` begins above its end
  help: write the smaller number first
s.yaml:28:25: error[K0604]: `above` is no number here
  help: write a number, or one with `above`, `at least`, `below`, `at most`, as in `above 3`; or `3 to 5`, or `8 ± 1`
s.yaml:29:5: error[K0603]: it does not say what it is about
  help: begin with one of `alert`, `query`, `journey`, `operation`, `service`, `queue`, `state`, `saga`, `money`
s.yaml:30:5: error[K0603]: it is about `journey` and about `queue`
  help: write an entry of its own for each",
    );
}

#[test]
fn fixes() {
    check(
        "scenario: a
lasts: 0s
timeline: [{ at: 0s, crash: orders }]
cause: orders
responds: T-1min
expect: [{ journey: buy, failed: 0 }]
variants: none
fixes:
  nothing: { at: 0s }
  empty: []
  all empty: { do: [] }
  what: { do: [{ crash: orders }], works: maybe }
  which: [{ restart: order }]
  how: [{ limit: orders }]
  lifted: [{ lift: everything }]
",
        "
s.yaml:2:8: error[K0604]: that is no time that can be played
  help: write how long is played, as in `10min`; a week at most
s.yaml:5:11: error[K0604]: `-1` is negative
  help: write a number and one of `us`, `ms`, `s`, `min`, `h` or `d`, as in `5s`
s.yaml:7:11: error[K0604]: a list is expected, and this is text
  help: write it as in `[one, another]`
s.yaml:9:12: error[K0603]: a fix has no `do`
  help: add `do: …`
s.yaml:10:10: error[K0603]: nothing is done
  help: write what is done, as in `[{ restart: orders }]`
s.yaml:11:20: error[K0603]: nothing is done
  help: write what is done, as in `[{ restart: orders }]`
s.yaml:12:18: error[K0605]: `crash` is a fault, and a fix takes actions
  help: there is `scale`, `restart`, `deploy`, `roll back`, `limit`, `set policy`, `clear policy`, `hold breaker`, `fail over`, `shed`, `set timeout`, `purge`, `replay`, `pause consumers`, `resume consumers`, `flush`, `lift`
s.yaml:12:43: error[K0604]: `maybe` is neither `yes` nor `no`
  help: write `yes` or `no`
s.yaml:13:22: error[K0606]: there is no service `order`
  help: did you mean `orders`?
s.yaml:14:9: error[K0603]: it does not say what is limited
  help: say one of `cpu`, `memory`, `workers`, `connections`, or `pool_to` with `size`
s.yaml:15:20: error[K0604]: `everything` is none of what can stand here
  help: there is `cause`",
    );
    check(
        "scenario: a
timeline: [{ at: 5min, crash: orders }]
cause: orders
expect: [{ journey: buy, failed: 0 }]
fixes:
  before: { at: 4min, do: [{ restart: orders }] }
  after: { at: 11min, do: [{ restart: orders }] }
  early: { at: 7min, do: [{ restart: orders, at: 6min }, { lift: cause, at: 8min }] }
",
        "
s.yaml:6:3: error[K0607]: it is carried out at 4:00, before the cause sets in at 5:00
  help: say `at` of the fix, or `responds` of all of them, as in `T+5min`
s.yaml:7:16: error[K0607]: that is after the end of the run, which lasts 10min
  help: name an earlier moment, or let it last longer with `lasts`
s.yaml:8:50: error[K0607]: it is carried out at 6:00, before its fix begins at 7:00
  help: give the fix an earlier `at`",
    );
    check(
        "scenario: a
lasts: 8min
timeline: [{ at: 5min, crash: orders }]
cause: []
expect:
  - { journey: buy, to: 1min, failed: 0 }
  - { query: up, to: 1min, is: 0 }
  - { query: up, never: 0, at: 1min }
  - { alert: OrdersDown, never: yes, by: 2min }
fixes: { too late: [{ restart: orders }] }
",
        "
s.yaml:4:8: error[K0604]: the cause names nobody
  help: name the services to blame, or write `cause: none`
s.yaml:6:5: error[K0603]: it says `to`, and not `from` when
  help: say `at`, or `from` with `to`
s.yaml:7:5: error[K0603]: it says `to`, and not `from` when
  help: say `at`, or `by`, or `from` with `to`
s.yaml:8:28: error[K0603]: `never` and `at` do not go together
  help: write an entry of its own for each
s.yaml:9:38: error[K0603]: `never` and `by` do not go together
  help: write an entry of its own for each
s.yaml:10:10: error[K0607]: it is carried out at 10:00, after the end of the run at 8:00
  help: say `at` of the fix, or `responds` of all of them, as in `T+5min`",
    );
}
