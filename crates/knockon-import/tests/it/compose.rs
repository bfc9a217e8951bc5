//! Compose files.

use std::time::Duration;

use crate::{check, import_texts};

#[test]
fn variables_come_from_the_file_beside_and_from_files_that_are_named() {
    let compose = "
name: shop
services:
  web:
    image: shop/web:${TAG:-1.0}
    env_file: [ ./web.env, { path: gone.env, required: false } ]
    environment: { ORDERS: \"${ORDERS_URL?}\", CACHE_HOST: }
  orders: { image: shop/orders }
  cache: { image: redis }
  db: { image: postgres:16 }
";
    check(
        &[
            ("shop/compose.yaml", compose),
            ("shop/.env", "PORT=80\nORDERS_URL=http://orders:${PORT}\nCACHE_HOST=cache\n"),
            ("shop/web.env", "DB=postgres://u@db/x\n"),
            (".env", "ORDERS_URL=http://cache\n"),
        ],
        "
web: service 1.0
orders: service
cache: cache (redis)
db: database (postgresql) 16
web -write-> db [manifest shop/compose.yaml:6 DB]
web -call-> orders [manifest shop/compose.yaml:7 ORDERS]
web -read-> cache [manifest shop/compose.yaml:7 CACHE_HOST]
",
    );
}

#[test]
fn what_is_not_set_or_not_followed_is_told() {
    check(
        &[(
            "c.yaml",
            "
include: [ other.yaml ]
services:
  web:
    extends: { file: base.yaml, service: web }
    env_file: web.env
    environment:
    - A=${NONE}
    - B=${NONE}
    - C=${MUST:?tell me}
    - D=${
    depends_on: [ orders ]
",
        )],
        "
web: service
c.yaml:2:10: warning[K0513]: `include` is not followed
c.yaml:5:14: warning[K0513]: `extends` is not followed
c.yaml:6:15: warning[K0513]: the file of variables `web.env` was not given
c.yaml:8:7: warning[K0512]: `NONE` is not set and counts as empty
c.yaml:10:7: warning[K0512]: `MUST` must be set: tell me
c.yaml:11:7: warning[K0511]: a `$` that begins no variable
c.yaml:12:19: note[K0521]: no source shows a service `orders`
",
    );
}

#[test]
fn dependencies_links_and_names() {
    check(
        &[(
            "c.yaml",
            "
x-common: &common { restart: always }
services:
  web:
    <<: *common
    links: [ \"db:database\" ]
    environment: [ DB_HOST=database, SELF=http://web:80, NAME=mail ]
    depends_on:
      mail: { condition: service_started, required: false }
      worker: { condition: service_healthy }
    command: [ wait-for-it, \"queue:5672\", --, run ]
  worker:
    container_name: shop-worker
    environment: { AMQP_URL: \"amqp://queue\" }
  db: { image: shop/db, expose: [ 3306 ] }
  mail: { networks: { default: { aliases: [ smtp ] } } }
  queue: { image: \"rabbitmq:3-management\" }
",
        )],
        "
web: service
worker: service = shop-worker
db: database (mysql)
mail: service = smtp
queue: broker (rabbitmq) 3-management
web -write-> db [manifest c.yaml:6 links] [manifest c.yaml:7 DB_HOST]
web -publish-> queue [manifest c.yaml:11 command]
web -call-> mail optional [manifest c.yaml:9 depends_on]
web -call-> worker [manifest c.yaml:10 depends_on]
worker -consume-> queue [manifest c.yaml:14 AMQP_URL]
c.yaml:11:14: note[K0524]: `web` is taken to publish to `queue`: no source tells
",
    );
}

#[test]
fn bounds_replicas_and_health() {
    let imported = import_texts(&[(
        "c.yaml",
        "
services:
  web:
    deploy: { replicas: 3, resources: { limits: { cpus: '0.5', memory: 300M }, reservations: { memory: 64m } } }
    restart: on-failure:3
    healthcheck: { test: [CMD, curl, localhost], interval: 1m30s, retries: 2, start_period: 5s }
  old: { mem_limit: 1g, cpus: 2, restart: \"no\" }
",
    )]);
    assert_eq!(imported.diagnostics, []);
    let system = imported.system.unwrap();
    let runs = system.services()[0].runs.clone().unwrap();
    assert_eq!(runs.replicas, 3);
    assert_eq!(runs.cpu.unwrap().limit.unwrap().millicores, 500);
    let memory = runs.memory.unwrap();
    assert_eq!((memory.limit.unwrap().count, memory.request.unwrap().count), (300 << 20, 64 << 20));
    assert_eq!(runs.restart.as_str(), "on-failure");
    let probe = system.services()[0].probes.readiness.clone().unwrap();
    assert_eq!(probe.exec.as_deref(), Some("curl localhost"));
    let seconds = Duration::from_secs;
    assert_eq!((probe.every, probe.timeout, probe.delay), (seconds(90), seconds(30), seconds(5)));
    assert_eq!(probe.failures, 2);
    let old = system.services()[1].runs.clone().unwrap();
    assert_eq!(old.memory.unwrap().limit.unwrap().count, 1 << 30);
    assert_eq!((old.cpu.unwrap().limit.unwrap().millicores, old.restart.as_str()), (2000, "never"));
}

#[test]
fn what_has_ended_before_the_start_is_optional_to_what_runs() {
    check(
        &[(
            "c.yaml",
            "
services:
  web: { depends_on: { migrate: { condition: service_completed_successfully }, db: { condition: service_healthy } } }
  migrate: { depends_on: [ db ] }
  db: { image: postgres }
",
        )],
        "
web: service
migrate: service
db: database (postgresql)
web -call-> migrate optional [manifest c.yaml:3 depends_on]
web -write-> db [manifest c.yaml:3 depends_on]
migrate -write-> db [manifest c.yaml:4 depends_on]
",
    );
}
