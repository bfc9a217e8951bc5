//! What can be wrong with what services run on and keep.

use crate::check_in_shop;

#[test]
fn units_of_a_machine() {
    check_in_shop(
        "  shop: { runs: { cpu: 2 cores, memory: 512MB, replicas: -1, workers: 0, backlog: many, start: -5s, restart: sometimes } }\n",
        "
s.yaml:9:24: error[K0120]: `2 cores` is not an amount of CPU
  help: write cores such as `2` or `0.5`, or thousandths such as `300m`
s.yaml:9:41: error[K0120]: `MB` is not a unit of memory
  help: write `512Mi`
s.yaml:9:58: error[K0116]: `-1` is negative
  help: write a whole number in digits, as in `3`
s.yaml:9:71: error[K0116]: `workers` is a whole number from 1, found `0`
  help: write `workers: 64`
s.yaml:9:83: error[K0116]: `many` is not a number
  help: write a whole number in digits, as in `3`
s.yaml:9:96: error[K0110]: `-5` is negative
  help: write a number and one of `us`, `ms`, `s`, `min`, `h` or `d`, as in `5s`
s.yaml:9:110: error[K0115]: `sometimes` is not a restart policy
  help: write `always`, `on-failure` or `never`",
    );
    check_in_shop(
        "  shop: { runs: { cpu: { limit: 0, request: 1e3 }, memory: { limit: 5, per_request: -1Ki, idle: 1Kib } } }\n",
        "
s.yaml:9:33: error[K0120]: `0` is no CPU at all
  help: write cores such as `2` or `0.5`, or thousandths such as `300m`
s.yaml:9:45: error[K0120]: `1e3` is not an amount of CPU
  help: write cores such as `2` or `0.5`, or thousandths such as `300m`
s.yaml:9:69: error[K0120]: `5` has no unit
  help: write `5Mi`, or `Ki`, `Gi`
s.yaml:9:85: error[K0120]: `-1` is negative
  help: write a number and one of `Ki`, `Mi`, `Gi`, as in `512Mi`
s.yaml:9:97: error[K0120]: `Kib` is not a unit of memory
  help: write `1Ki`",
    );
    check_in_shop(
        "  shop: { runs: { replicas: 3.5, rollout: { max_surge: 25% } } }\n",
        "
s.yaml:9:29: error[K0116]: `3.5` is not a whole number
  help: write a whole number in digits, as in `3`
s.yaml:9:56: error[K0116]: `25%` is not a number
  help: write a whole number in digits, as in `3`",
    );
    check_in_shop(
        "  shop: { runs: { replicas: 99999999999, memory: 9999999999999Ti, cpu: [1] } }\n",
        "
s.yaml:9:29: error[K0116]: `replicas` is a whole number from 0, found `99999999999`
  help: write `replicas: 3`
s.yaml:9:50: error[K0120]: `9999999999999Ti` is too large
  help: write a number and one of `Ki`, `Mi`, `Gi`, as in `512Mi`
s.yaml:9:72: error[K0112]: `limit` takes an amount of CPU, found a list
  help: write `limit: 1`",
    );
}

#[test]
fn probes_ask_one_thing() {
    check_in_shop(
        "  shop: { probes: { liveness: { every: 10s }, readiness: { get: /a, checks: [db, nobody] } } }\n  web: { probes: { startup: { get: /a, tcp: 80 } } }\n  api: { probes: { liveness: { tcp: 70000 }, alive: {} } }\n  gate: { probes: { liveness: /health } }\n",
        "
s.yaml:9:82: error[K0121]: unknown service `nobody`
  help: declare it under `services:`
s.yaml:10:10: error[K0114]: `probes` of `web` have one that asks twice
  help: write one of `get`, `tcp`, `exec` and `grpc`
s.yaml:11:37: error[K0116]: `tcp` is a whole number from 1 to 65535, found `70000`
  help: write `tcp: 5432`
s.yaml:11:46: error[K0113]: unknown key `alive`
  help: `probes` has `liveness`, `readiness` and `startup`
s.yaml:12:11: error[K0114]: `probes` of `gate` have one that asks nothing
  help: write one of `get`, `tcp`, `exec` and `grpc`
s.yaml:12:31: error[K0112]: probe `liveness` is a mapping of keys, found text
  help: write `get: …` and the like below it, or `{}` for nothing",
    );
}

#[test]
fn an_autoscaler_has_room_and_a_target() {
    check_in_shop(
        "  shop: { autoscaler: { min: 5, max: 3, targets: {} } }\n  web: { autoscaler: { max: 0, targets: { cpu: 0.7, requests: 50, backlog: 0 } } }\n  api: { autoscaler: { min: 2 } }\n  gate: { autoscaler: { max: 3, targets: { cpu: 70% }, up: 30, down: { select: most, policies: [{ pods: 0 }, 4] } } }\n",
        "
s.yaml:9:11: error[K0114]: `autoscaler` of `shop` has no target to keep
  help: write `targets: { cpu: 70% }`, or `memory`, `requests` or `backlog`
s.yaml:9:11: error[K0116]: `autoscaler` of `shop` has `min` above `max`
  help: swap the two
s.yaml:10:29: error[K0116]: `max` is a whole number from 1, found `0`
  help: write `max: 10`
s.yaml:10:48: error[K0120]: `0.7` is not a share in percent
  help: write `70%`
s.yaml:10:63: error[K0117]: `50` does not say per what
  help: write `50/h`, or `/s`, `/min` or `/d`
s.yaml:10:76: error[K0116]: `backlog` is a whole number from 1, found `0`
  help: write `backlog: 30`
s.yaml:11:10: error[K0114]: `autoscaler` has no `max`
  help: add `max: 10`
s.yaml:11:10: error[K0114]: `autoscaler` has no `targets`
  help: add `targets: { cpu: 70% }`
s.yaml:12:60: error[K0110]: `30` has no unit
  help: write `30s` for seconds, or `30ms`
s.yaml:12:80: error[K0115]: `most` is not a choice of scaling policies
  help: write `max`, `min` or `disabled`
s.yaml:12:105: error[K0116]: `pods` is a whole number from 1, found `0`
  help: write `pods: 4`
s.yaml:12:110: error[K0112]: a scaling policy is a mapping of keys, found text
  help: write `pods: …` and the like below it, or `{}` for nothing",
    );
}

#[test]
fn pools_and_failovers_lead_to_services() {
    check_in_shop(
        "  shop: { pools: { dbb: 5, db: 0, redis: { wait: 5s } }, failover: 30s }\n  web: { failover: { after: 30s, to: nobody } }\n  db-2: { kind: database, failover: 30s }\n",
        "
s.yaml:9:20: error[K0121]: unknown service `dbb`
  help: did you mean `db`?
s.yaml:9:32: error[K0116]: `size` is a whole number from 1, found `0`
  help: write `size: 100`
s.yaml:9:35: error[K0114]: pool `redis` has no `size`
  help: add `size: 100`
s.yaml:10:38: error[K0121]: unknown service `nobody`
  help: declare it under `services:`, or write `db`, `redis`, `mq`, `payment`, `promo`, `shop`, `web` or `db-2`",
    );
}

#[test]
fn keys_of_another_kind_of_service() {
    check_in_shop(
        "  shop: { queries: { a: 1ms }, entries: {}, queues: {}, topics: {}, eviction: lru, max_connections: 5, read_replicas: 1 }\n  db-2: { kind: database, queues: {} }\n  shop-2: { kind: external, queues: { a: {} } }\n",
        "
s.yaml:9:11: error[K0129]: `queries` belongs to a database, and `shop` is of kind service
  help: write `kind: database`, or take the key out
s.yaml:9:32: error[K0129]: `entries` belongs to a cache, and `shop` is of kind service
  help: write `kind: cache`, or take the key out
s.yaml:9:45: error[K0129]: `queues` belongs to a broker, and `shop` is of kind service
  help: write `kind: broker`, or take the key out
s.yaml:9:57: error[K0129]: `topics` belongs to a broker, and `shop` is of kind service
  help: write `kind: broker`, or take the key out
s.yaml:9:69: error[K0129]: `eviction` belongs to a cache, and `shop` is of kind service
  help: write `kind: cache`, or take the key out
s.yaml:9:84: error[K0129]: `max_connections` belongs to a database, and `shop` is of kind service
  help: write `kind: database`, or take the key out
s.yaml:9:104: error[K0129]: `read_replicas` belongs to a database, and `shop` is of kind service
  help: write `kind: database`, or take the key out
s.yaml:10:27: error[K0129]: `queues` belongs to a broker, and `db-2` is of kind database
  help: write `kind: broker`, or take the key out
s.yaml:11:29: error[K0129]: `queues` belongs to a broker, and `shop-2` is of kind external
  help: write `kind: broker`, or take the key out",
    );
}

#[test]
fn stores_and_their_parts() {
    check_in_shop(
        "  db-2: { kind: database, max_connections: 0, read_replicas: { lag: 5s }, queries: { a: {}, b: { cpu: 5, does: delete, scan: none, rows: -1, spread: wide } } }\n  cache-2: { kind: cache, eviction: fifo, entries: { a: forever, b: { size: 5 } } }\n  mq-2: { kind: broker, queues: { a: { overflow: block, dead_letter: b, max_length: ten, durable: maybe, ttl: 5 } }, topics: { t: [a, b], u: {}, v: a } }\n",
        "
s.yaml:9:44: error[K0116]: `max_connections` is a whole number from 1, found `0`
  help: write `max_connections: 151`
s.yaml:9:47: error[K0114]: `read_replicas` has no `count`
  help: add `count: 1`
s.yaml:9:86: error[K0114]: query `a` has no `cpu`
  help: add `cpu: 2ms`
s.yaml:9:103: error[K0110]: `5` has no unit
  help: write `5s` for seconds, or `5ms`
s.yaml:9:112: error[K0115]: `delete` is not a sort of access
  help: write `read` or `write`
s.yaml:9:126: error[K0115]: `none` is not a way to find rows
  help: write `index` or `full`
s.yaml:9:138: error[K0116]: `-1` is negative
  help: write a whole number in digits, as in `3`
s.yaml:9:150: error[K0120]: `wide` is not a spread
  help: write `none`, `exponential`, or a share of the mean such as `40%`
s.yaml:10:37: error[K0115]: `fifo` is not an eviction policy
  help: write `lru`, `lfu`, `ttl` or `none`
s.yaml:10:57: error[K0110]: `forever` is not a length of time
  help: write a number and one of `us`, `ms`, `s`, `min`, `h` or `d`, as in `5s`
s.yaml:10:77: error[K0120]: `5` has no unit
  help: write `5Mi`, or `Ki`, `Gi`
s.yaml:11:50: error[K0115]: `block` is not an overflow policy
  help: write `drop-head`, `reject-publish` or `reject-publish-dlx`
s.yaml:11:70: error[K0127]: unknown queue `b` of `mq-2`
  help: declare it under `queues:` of `mq-2`, or write `a`
s.yaml:11:85: error[K0116]: `ten` is not a number
  help: write a whole number in digits, as in `3`
s.yaml:11:99: error[K0115]: `maybe` is neither `true` nor `false`
  help: write `true` or `false`
s.yaml:11:111: error[K0110]: `5` has no unit
  help: write `5s` for seconds, or `5ms`
s.yaml:11:135: error[K0127]: unknown queue `b` of `mq-2`
  help: declare it under `queues:` of `mq-2`, or write `a`
s.yaml:11:139: error[K0114]: topic `u` has no `to`
  help: add `to: [kitchen, menu]`
s.yaml:11:149: error[K0112]: `to` takes a list of queue names, found text
  help: write `to: [a]`",
    );
}

#[test]
fn a_failover_says_who_takes_over() {
    check_in_shop(
        "  shop: { failover: 30s }\n  db-2: { kind: database, failover: 30s }\n",
        "
s.yaml:9:11: error[K0114]: `failover` of `shop` does not say who takes over
  help: write `failover: { after: 30s, to: … }`; only a database promotes a copy",
    );
}
