//! A stall at which everything is known beforehand: a user comes every second, half a second after it has begun,
//! pays for 200 ms, and what was bought is packed 100 ms later.

use crate::model::{Ran, run};

/// The stall.
pub(crate) const STALL: &str = "
system: stall
teams: { tills: { contact: '#tills', escalation: pager/tills } }
services:
  web:
    states: { order: { moves: { NEW: [PAID] }, stuck: { NEW: 1min } } }
    operations:
      buy:
        - move: order to NEW
        - { call: till / pay, timeout: 1s }
        - move: order to PAID
        - publish: queue / paid
  till: { team: tills, version: v1, operations: { pay: [{ wait: 200ms }] } }
  packer: { operations: { pack: { consumes: queue / paid, steps: [{ wait: 100ms }] } } }
  queue: { kind: broker, engine: rabbitmq, queues: { paid: {} } }
  clock: { operations: { tick: [{ wait: 1ms }] } }
journeys:
  buy:
    stages: [bought: web / buy, packed: packer / pack]
    demand: 1/s
    value: 2.00 EUR
    slo: { p95: 500ms, within: 30s }
";

/// Its rules: of users, of each service, and one of nobody.
pub(crate) const RULES: &str = "
groups:
  - name: stall
    rules:
      - alert: BuysFail
        expr: sum(increase(journey_failures_total[30s])) > 0
        for: 30s
        labels: { severity: P1, service: web }
      - alert: TillFails
        expr: sum(increase(http_server_request_duration_seconds_count{job=\"till\", http_response_status_code=\"500\"}[30s])) > 0
        labels: { severity: P2, service: till }
      - alert: QueueLong
        expr: rabbitmq_queue_messages_ready > 20
        labels: { severity: P2, service: queue }
      - { alert: Noon, expr: vector(1), labels: { severity: P3, service: clock } }
      - { alert: Never, expr: vector(0) > 0 }
";

/// Five minutes at the stall.
#[track_caller]
pub(crate) fn five_minutes(timeline: &str, cause: &str, expect: &str) -> Ran {
    run(STALL, RULES, &scenario(timeline, cause, expect))
}

/// Five minutes at the stall, as a scenario.
pub(crate) fn scenario(timeline: &str, cause: &str, expect: &str) -> String {
    format!(
        "scenario: Five minutes at the stall
lasts: 5min
demand: {{ buy: {{ first: 500ms, every: 1s, count: 300 }} }}
timeline: {timeline}
cause: {cause}
expect:
{expect}
"
    )
}
