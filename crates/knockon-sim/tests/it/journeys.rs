//! What users do, and what comes by itself in between.

use knockon_sim::clock::SECOND;
use knockon_sim::engine::Run;
use knockon_sim::plan::Plan;

fn play(order: &str, pay: &str) -> Run {
    let text = format!(
        "
system: shop
services:
  shop:
    states: {{ link: {{ moves: {{ MADE: [PAID], PAID: [] }} }} }}
    operations:
      order: [{order}]
      make link:
        consumes: broker / jobs
        consumers: 100
        prefetch: 1
        steps: [wait: 5s, move: link to MADE]
      pay: [{pay}]
  broker: {{ kind: broker, queues: {{ jobs: {{}} }} }}
journeys:
  buy:
    stages: [ordered: shop / order, link: shop / make link, paid: shop / pay]
    demand: 2/s
    think: 1s
"
    );
    let system = knockon_format::read_system("shop.yaml", text.as_bytes(), &|_| true).system;
    let mut run: Run = Run::new(&system.unwrap(), Plan::default()).unwrap();
    run.step_until(600 * SECOND).unwrap();
    run
}

/// Nobody pays before there is a link, however short they think.
#[test]
fn users_wait_for_what_comes_by_itself() {
    let run: Run = play("publish: broker / jobs", "move: link to PAID");
    let summary = run.summary();
    let users = &summary.journeys[0];
    assert!(users.ends.started > 1_000);
    assert_eq!((users.ends.failed, users.ends.lost), (0, 0), "{users:?}");
    let completion = users.completion.unwrap();
    assert!(completion.p50_ns > 5 * SECOND && completion.max_ns < 20 * SECOND, "{completion:?}");
}

/// Where it comes only for some, the others go on without it.
#[test]
fn users_do_not_wait_for_what_is_not_on_its_way() {
    let order = "branch: { a half: { share: 50%, steps: [publish: broker / jobs] } }";
    let run: Run = play(order, "wait: 1ms");
    let summary = run.summary();
    let users = &summary.journeys[0];
    assert_eq!((users.ends.failed, users.ends.lost), (0, 0), "{users:?}");
    let completion = users.completion.unwrap();
    assert!(completion.count > 1_000 && users.stages[1].1 > 400, "{users:?}");
    assert!(completion.p50_ns < 6 * SECOND, "{completion:?}");
}
