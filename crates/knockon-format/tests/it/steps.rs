//! What can be wrong with steps and operations.

use crate::check_in_shop;

#[test]
fn a_step_has_one_verb() {
    check_in_shop(
        "  shop:\n    operations:\n      o:\n        - timeout: 5s\n        - { call: promo, query: db / load }\n        - cal: promo\n        - sleep: 4ms\n        - spread: none\n        - just text\n        - {}\n        - [compute]\n",
        "
s.yaml:12:11: error[K0141]: no step begins with `timeout`
  help: a step begins with one of `compute`, `wait`, `call`, `query`, `get`, `put`, `drop`, `publish`, `move`, `saga`, `parallel`, `branch`, `background` or `fail`
s.yaml:13:26: error[K0141]: `query` begins a second step
  see s.yaml:13:13: the verb of this step is `call`
  help: begin a new item with `- `
s.yaml:14:11: error[K0141]: no step begins with `cal`
  help: did you mean `call`?
s.yaml:15:11: error[K0141]: no step begins with `sleep`
  help: did you mean `wait`?
s.yaml:16:11: error[K0141]: no step begins with `spread`
  help: a step begins with one of `compute`, `wait`, `call`, `query`, `get`, `put`, `drop`, `publish`, `move`, `saga`, `parallel`, `branch`, `background` or `fail`
s.yaml:17:11: error[K0141]: a step begins with what it does
  help: a step begins with one of `compute`, `wait`, `call`, `query`, `get`, `put`, `drop`, `publish`, `move`, `saga`, `parallel`, `branch`, `background` or `fail`
s.yaml:18:11: error[K0141]: a step begins with what it does
  help: a step begins with one of `compute`, `wait`, `call`, `query`, `get`, `put`, `drop`, `publish`, `move`, `saga`, `parallel`, `branch`, `background` or `fail`
s.yaml:19:11: error[K0141]: a step begins with what it does
  help: a step begins with one of `compute`, `wait`, `call`, `query`, `get`, `put`, `drop`, `publish`, `move`, `saga`, `parallel`, `branch`, `background` or `fail`",
    );
}

#[test]
fn a_policy_belongs_to_steps_that_ask_somebody() {
    check_in_shop(
        "  shop:\n    operations:\n      o:\n        - { compute: 4ms, timeout: 1s }\n        - { wait: 4ms, retry: 3 }\n        - { parallel: { a: [] }, fallback: skip }\n        - { fail: 1%, breaker: 5 }\n        - { put: redis / cart, miss: [] }\n        - { publish: mq / orders, from: replica }\n",
        "
s.yaml:12:27: error[K0113]: unknown key `timeout`
  help: `timeout` goes with `call`, `query`, `get`, `put`, `drop`, `publish` and `saga`
s.yaml:13:24: error[K0113]: unknown key `retry`
  help: `retry` goes with `call`, `query`, `get`, `put`, `drop` and `publish`
s.yaml:14:34: error[K0113]: unknown key `fallback`
  help: `fallback` goes with `call`, `query`, `get`, `put`, `drop` and `publish`
s.yaml:15:23: error[K0113]: unknown key `breaker`
  help: `breaker` goes with `call`, `query`, `get`, `put`, `drop` and `publish`
s.yaml:16:32: error[K0113]: unknown key `miss`
  help: `miss` goes with `get`
s.yaml:17:35: error[K0113]: unknown key `from`
  help: `from` goes with `query`",
    );
}

#[test]
fn a_call_says_which_operation() {
    check_in_shop(
        "  shop:\n    operations:\n      o:\n        - call: payment\n        - call: payment / authorize\n        - call: payment/refund\n        - call: promo / check\n        - call: nobody\n        - call: nobody / any\n",
        "
s.yaml:12:17: error[K0127]: `payment` does not say which operation
  help: write `payment / authorise` or `payment / refund`
s.yaml:13:17: error[K0127]: unknown operation `authorize` of `payment`
  help: did you mean `authorise`?
s.yaml:14:17: error[K0127]: `payment/refund` has no spaces around its `/`
  help: write `payment / refund`
s.yaml:15:17: error[K0127]: unknown operation `check` of `promo`
  help: declare it under `operations:` of `promo`; there is none yet
s.yaml:16:17: error[K0121]: unknown service `nobody`
  help: declare it under `services:`, or write `db`, `redis`, `mq`, `payment`, `promo` or `shop`
s.yaml:17:17: error[K0121]: unknown service `nobody`
  help: declare it under `services:`, or write `db`, `redis`, `mq`, `payment`, `promo` or `shop`",
    );
}

#[test]
fn a_member_is_of_the_right_kind() {
    check_in_shop(
        "  shop:\n    operations:\n      o:\n        - query: redis / cart\n        - query: db / lod\n        - get: db / load\n        - put: redis / crat\n        - publish: mq / order\n        - publish: redis / cart\n        - call: mq / orders\n        - query: db\n        - publish: payment / refund\n",
        "
s.yaml:12:18: error[K0129]: `redis / cart` is an entry, not a query
  help: ask a cache with `get`, `put` or `drop`
s.yaml:13:18: error[K0127]: unknown query `lod` of `db`
  help: did you mean `load`?
s.yaml:14:16: error[K0129]: `db / load` is a query, not an entry
  help: ask a query with `query`
s.yaml:15:16: error[K0127]: unknown entry `crat` of `redis`
  help: did you mean `cart`?
s.yaml:16:20: error[K0127]: unknown queue `order` of `mq`
  help: did you mean `orders`?
s.yaml:17:20: error[K0129]: `redis / cart` is an entry, not a queue or a topic
  help: ask a cache with `get`, `put` or `drop`
s.yaml:18:17: error[K0129]: `mq / orders` is a queue, not an operation
  help: hand a message to a queue or topic with `publish`
s.yaml:19:18: error[K0127]: `db` does not say which query of which service
  help: write the service, ` / ` with spaces, and the query
s.yaml:20:20: error[K0129]: `payment / refund` is an operation, not a queue or a topic
  help: ask an operation with `call`",
    );
}

#[test]
fn an_outbox_is_in_a_database() {
    check_in_shop(
        "  shop:\n    operations:\n      o:\n        - { publish: mq / orders, outbox: redis }\n        - { publish: mq / orders, outbox: dbb }\n        - { publish: mq / orders, confirms: yes }\n",
        "
s.yaml:12:43: error[K0129]: the outbox `redis` is of kind cache
  see s.yaml:5:3: declared here
  help: name the database that the operation writes to
s.yaml:13:43: error[K0121]: unknown service `dbb`
  help: did you mean `db`?
s.yaml:14:45: error[K0115]: `yes` is neither `true` nor `false`
  help: write `true` or `false`",
    );
}

#[test]
fn alternatives_say_how_often_or_for_whom() {
    check_in_shop(
        "  shop:\n    operations:\n      o:\n        - branch: { a: { steps: [] }, b: { share: 10%, of: partner / doordash, steps: [] }, c: { of: partner / dordash, steps: [] }, d: { of: doordash, steps: [] }, e: { of: region / north, steps: [] } }\n        - branch: { a: { share: 60%, steps: [] }, b: { share: 40.5%, steps: [] } }\n        - branch: { a: [{ compute: 1ms }], b: { share: 101% } }\n",
        "
s.yaml:12:21: error[K0114]: `a` has neither `share` nor `of`
  help: say how often, `share: 30%`, or for whom, `of: cohort / member`
s.yaml:12:39: error[K0114]: `b` has both `share` and `of`
  help: say how often, `share: 30%`, or for whom, `of: cohort / member`
s.yaml:12:102: error[K0127]: unknown member `dordash` of `partner`
  help: did you mean `doordash`?
s.yaml:12:143: error[K0127]: `doordash` does not say which member of which cohort
  help: write the cohort, ` / ` with spaces, and the member
s.yaml:12:175: error[K0128]: unknown cohort `region`
  help: declare it under `cohorts:`, or write `partner`
s.yaml:13:11: error[K0120]: the alternatives are 100.5% together
  help: let the shares add up to 100% at most; the rest does nothing
s.yaml:14:24: error[K0112]: alternative `a` is a mapping of keys, found a list
  help: write `steps: [{ call: promo }]` and the like below it
s.yaml:14:44: error[K0114]: alternative `b` has no `steps`
  help: add `steps: [{ call: promo }]`
s.yaml:14:56: error[K0120]: `101%` is more than all
  help: write `100%` at most",
    );
}

#[test]
fn protection_that_does_nothing() {
    check_in_shop(
        "  shop:\n    operations:\n      o:\n        - { call: promo, breaker: { open: 30s } }\n        - { call: promo, breaker: { slow_rate: 50% } }\n        - { call: promo, retry: 0 }\n        - { call: promo, retry: { attempts: 3, on: [errors, timeout], jitter: half } }\n        - { call: promo, bulkhead: 0 }\n        - { call: promo, rate_limit: { burst: 5 } }\n        - { call: promo, fallback: stop }\n        - { call: promo, fallback: { a: b } }\n        - { call: promo, criticality: soft }\n",
        "
s.yaml:12:26: error[K0114]: nothing opens the breaker
  help: add `failures: 5`, `failure_rate: 50%` or `slow_rate: 80%`
s.yaml:13:26: error[K0114]: the breaker does not say what is slow
  help: add `slow: 2s`
s.yaml:14:33: error[K0116]: `attempts` is a whole number from 1, found `0`
  help: write `attempts: 3`
s.yaml:15:61: error[K0115]: `timeout` is not a reason to try again
  help: did you mean `timeouts`? The words are `errors` or `timeouts`
s.yaml:15:79: error[K0115]: `half` is not a jitter
  help: write `none`, `equal` or `full`
s.yaml:16:36: error[K0116]: `concurrent` is a whole number from 1, found `0`
  help: write `concurrent: 20`
s.yaml:17:26: error[K0114]: `rate_limit` has no `rate`
  help: add `rate: 200/s`
s.yaml:18:36: error[K0112]: `fallback` takes `skip` or a list of steps, found text
  help: write `fallback: skip`
s.yaml:19:36: error[K0112]: `fallback` takes `skip` or a list of steps, found a mapping
  help: write `fallback: skip`
s.yaml:20:39: error[K0115]: `soft` is not a criticality
  help: write `critical`, `degrades` or `optional`",
    );
}

#[test]
fn a_saga_names_operations() {
    check_in_shop(
        "  shop:\n    operations:\n      o:\n        - saga: book\n        - { saga: book, steps: [{ undo: payment / refund }], manual: mq / events, attempts: 0 }\n        - { saga: book, steps: [{ do: payment, undo: payment / refnd }, authorise], undo: promo }\n",
        "
s.yaml:12:11: error[K0114]: a saga step has no `steps`
  help: add `steps: [{ do: rent / reserve, undo: rent / release }]`
s.yaml:13:33: error[K0114]: a saga part has no `do`
  help: add `do: rent / reserve`
s.yaml:13:70: error[K0129]: `mq / events` is a topic, not a queue
  help: name one of the queues that the topic leads to
s.yaml:13:93: error[K0116]: `attempts` is a whole number from 1, found `0`
  help: write `attempts: 3`
s.yaml:14:39: error[K0127]: `payment` does not say which operation
  help: write `payment / authorise` or `payment / refund`
s.yaml:14:54: error[K0127]: unknown operation `refnd` of `payment`
  help: did you mean `refund`?
s.yaml:14:73: error[K0112]: a saga part is a mapping of keys, found text
  help: write `do: rent / reserve` and the like below it",
    );
}

#[test]
fn steps_inside_of_steps_are_read() {
    check_in_shop(
        "  shop:\n    operations:\n      o:\n        - parallel: { a: [{ branch: { b: { share: 5%, steps: [{ get: redis / cart, miss: [{ call: promo, fallback: [{ background: [{ compute: 4 }] }] }] }] } } }] }\n        - parallel: [a]\n        - background: { a: b }\n        - get: redis / cart\n          miss: { a: b }\n",
        "
s.yaml:12:143: error[K0110]: `4` has no unit
  help: write `4s` for seconds, or `4ms`
s.yaml:13:21: error[K0112]: `parallel` takes a mapping from names, each to a list of steps, found a list
  help: write `parallel: { prices: [{ call: prices }], stock: [{ call: stock }] }`
s.yaml:14:23: error[K0112]: `background` takes a list of steps, found a mapping
  help: write `background: [{ call: audit }]`
s.yaml:16:17: error[K0112]: `miss` takes a list of steps, found a mapping
  help: write `miss: [{ query: orders-db / load cart }]`",
    );
}

#[test]
fn operations_and_consumers() {
    check_in_shop(
        "  shop:\n    operations:\n      a: { consumes: mq / events, steps: [] }\n      b: { consumes: mq / order, prefetch: 0, steps: [] }\n      c: { acks: late, every: 5, steps: [] }\n      d: text\n      e:\n      f: { consumes: mq }\n      g: { consumers: 0, rate_limit: 5, steps: [{ compute: -4ms }] }\n",
        "
s.yaml:11:22: error[K0129]: `mq / events` is a topic, not a queue
  help: name one of the queues that the topic leads to
s.yaml:12:22: error[K0127]: unknown queue `order` of `mq`
  help: did you mean `orders`?
s.yaml:12:44: error[K0116]: `prefetch` is a whole number from 1, found `0`
  help: write `prefetch: 1`
s.yaml:13:18: error[K0115]: `late` is not a time to acknowledge
  help: write `after` or `before`
s.yaml:13:31: error[K0110]: `5` has no unit
  help: write `5s` for seconds, or `5ms`
s.yaml:14:10: error[K0112]: `steps` takes a list of steps, found text
  help: write `steps: [text]`
s.yaml:15:7: error[K0114]: operation `e` has no `steps`
  help: add `steps: [{ compute: 4ms }]`
s.yaml:16:7: error[K0114]: operation `f` has no `steps`
  help: add `steps: [{ compute: 4ms }]`
s.yaml:16:22: error[K0127]: `mq` does not say which queue of which service
  help: write the service, ` / ` with spaces, and the queue
s.yaml:17:23: error[K0116]: `consumers` is a whole number from 1, found `0`
  help: write `consumers: 4`
s.yaml:17:38: error[K0117]: `5` does not say per what
  help: write `5/h`, or `/s`, `/min` or `/d`
s.yaml:17:60: error[K0110]: `-4` is negative
  help: write a number and one of `us`, `ms`, `s`, `min`, `h` or `d`, as in `5s`",
    );
}

#[test]
fn names_of_one_another_kind() {
    check_in_shop(
        "  shop:\n    operations:\n      o:\n        - publish: mq / event\n        - consumes: mq / events\n        - call: promo/check\n        - query: db/load\n",
        "
s.yaml:12:20: error[K0127]: unknown topic `event` of `mq`
  help: did you mean `events`?
s.yaml:13:11: error[K0141]: no step begins with `consumes`
  help: a step begins with one of `compute`, `wait`, `call`, `query`, `get`, `put`, `drop`, `publish`, `move`, `saga`, `parallel`, `branch`, `background` or `fail`
s.yaml:14:17: error[K0127]: `promo/check` has no spaces around its `/`
  help: write `promo / check`
s.yaml:15:18: error[K0127]: `db/load` has no spaces around its `/`
  help: write `db / load`",
    );
}
