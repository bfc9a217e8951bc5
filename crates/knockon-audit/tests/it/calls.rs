//! Timeouts, retries, cycles, fallbacks.

use knockon_core::*;

use crate::model::*;

/// `web / buy` does this to `orders / create` and its other friends.
struct Shop {
    model: Model,
    web: ServiceId,
    create: OperationId,
    insert: QueryId,
    jobs: QueueId,
}

fn shop() -> Shop {
    let mut model = Model::new();
    let web = model.service("web");
    let insert = model.database("db", "insert", Access::Write);
    let orders = model.service("orders");
    let create = model.operation(orders, "create", vec![query(insert)]);
    model.at(create).idempotent = Some("order id".into());
    let jobs = model.broker("rabbit", &["jobs"])[0];
    Shop { model, web, create, insert, jobs }
}

fn web(steps: impl Fn(&Shop) -> Vec<Step>) -> Model {
    let mut shop = shop();
    let steps = steps(&shop);
    shop.model.operation(shop.web, "buy", steps);
    shop.model
}

#[test]
fn a_critical_step_without_a_timeout() {
    check(
        web(|it| vec![call(it.create).no_timeout()]),
        r"
K0404 step of web / buy: `web / buy` waits for `orders / create` for ever: it has no timeout [no timeout]
  = write `timeout: 2s` beside the `call`
  = a timeout just above the time that 999 of 1,000 answers take is a good start
",
    );
    check(
        web(|it| {
            vec![publish(it.jobs).no_timeout(), parallel(vec![vec![query(it.insert).no_timeout()]])]
        }),
        r"
K0404 step of web / buy: `web / buy` waits for `rabbit / jobs` for ever: it has no timeout [no timeout]
  = write `timeout: 2s` beside the `publish`
  = a timeout just above the time that 999 of 1,000 answers take is a good start
K0404 step of web / buy: `web / buy` waits for `db / insert` for ever: it has no timeout [no timeout]
  = write `timeout: 2s` beside the `query`
  = a timeout just above the time that 999 of 1,000 answers take is a good start
",
    );
    check(
        web(|it| {
            let mut saga = saga(vec![part(it.create, None)], None);
            if let Action::Saga(saga) = &mut saga.action {
                saga.timeout = None;
                saga.steps[0].timeout = None;
            }
            vec![saga]
        }),
        r"
K0404 step of web / buy: `web / buy` waits for `orders / create` for ever: it has no timeout [no timeout]
  = write `timeout: 2s` beside the `do`, or a `timeout` for the whole of saga `order`
  = a timeout just above the time that 999 of 1,000 answers take is a good start
",
    );
    silent(web(|it| vec![call(it.create)]));
    silent(web(|it| vec![step(Action::Background(vec![call(it.create).no_timeout()]))]));
    silent(web(|it| {
        let channel = Channel::Queue(it.jobs);
        let outbox = Some(it.insert.service);
        vec![step(Action::Publish { channel, confirms: true, outbox })]
    }));
    // Within one service nothing is on the network.
    let mut model = Model::new();
    let web = model.service("web");
    let list = model.operation(web, "list", vec![compute(1)]);
    model.operation(web, "page", vec![call(list).no_timeout()]);
    silent(model);
}

#[test]
fn a_fallback_that_waits_for_ever() {
    check(
        web(|it| vec![call(it.create).no_timeout().or_skip()]),
        r"
K0425 step of web / buy: `web / buy` goes on without `orders / create` when it fails, but waits for ever when it hangs [its fallback needs a timeout]
  = write `timeout: 500ms` beside the `call`
",
    );
    silent(web(|it| vec![call(it.create).or_skip()]));
    // What steps in is not critical itself.
    silent(web(|it| {
        let instead = Fallback::Steps(vec![query(it.insert).no_timeout()]);
        vec![call(it.create).with(|it| it.fallback = Some(instead))]
    }));
}

/// `web / buy` waits so long for `orders / create`, which does that.
fn waiting(timeout_ms: u64, steps: impl Fn(&Shop, OperationId) -> Vec<Step>) -> Model {
    let mut shop = shop();
    let bank = shop.model.add("bank", ServiceKind::External);
    let charge = shop.model.operation(bank, "charge", Vec::new());
    let steps = steps(&shop, charge);
    shop.model.at(shop.create).steps = steps;
    let create = call(shop.create).timeout(timeout_ms);
    shop.model.operation(shop.web, "buy", vec![create]);
    shop.model
}

#[test]
fn a_timeout_shorter_than_the_retries_below() {
    let bank = |charge| call(charge).timeout(4_000).retry(3, 100);
    check(
        waiting(5_000, |_, charge| vec![bank(charge)]),
        r"
K0405 step of web / buy: `web / buy` waits 5s for `orders / create`, which may take 3 × 4s + 300ms = 12.3s with its retries [gives up before its callee does]
  + step of orders / create: up to 3 × 4s + 300ms = 12.3s for `bank / charge`
  = wait longer than 12.3s here
  = or try less often below: a shorter `timeout` there, and no `retry`
",
    );
    check(
        waiting(13_000, |it, charge| vec![bank(charge), query(it.insert), compute(5)]),
        r"
K0405 step of web / buy: `web / buy` waits 13s for `orders / create`, which may take 13.305s with its retries [gives up before its callee does]
  + step of orders / create: up to 3 × 4s + 300ms = 12.3s for `bank / charge`
  = wait longer than 13.305s here
  = or try less often below: a shorter `timeout` there, or `attempts: 2`
",
    );
    // The longest of what goes on at once counts.
    silent(waiting(13_000, |it, charge| {
        vec![parallel(vec![vec![bank(charge)], vec![query(it.insert)]])]
    }));
    silent(waiting(12_300, |_, charge| vec![bank(charge)]));
    silent(waiting(5_000, |_, charge| vec![step(Action::Background(vec![bank(charge)]))]));
    // Retries for errors do not follow a timeout.
    silent(waiting(5_000, |_, charge| {
        vec![bank(charge).with(|it| it.retry.as_mut().unwrap().on = vec![RetryOn::Errors])]
    }));
    // Many single waits seldom all come together; one that is longer by itself is told.
    silent(waiting(2_500, |it, _| vec![query(it.insert), query(it.insert), query(it.insert)]));
    check(
        waiting(2_500, |it, _| vec![query(it.insert).timeout(3_000), query(it.insert)]),
        r"
K0405 step of web / buy: `web / buy` waits 2.5s for `orders / create`, which may take 4s, 3s of it for one answer [gives up before its callee does]
  + step of orders / create: up to 3s for `db / insert`
  = wait longer than 4s here
  = or shorten the `timeout` below: what the callee does after the caller has gone is wasted
",
    );
    // A callee of the callee, reached without a timeout.
    let mut model = Model::new();
    let [front, middle, last] = ["a", "b", "c"].map(|name| model.service(name));
    let bank = model.add("bank", ServiceKind::External);
    let charge = model.operation(bank, "charge", Vec::new());
    let z = model.operation(
        last,
        "z",
        vec![call(charge).timeout(500).retry(2, 0), call(charge).no_timeout()],
    );
    let y = model.operation(middle, "y", vec![call(z).no_timeout()]);
    model.operation(front, "x", vec![call(y).timeout(1_000).or_skip()]);
    model.operation(front, "w", vec![call(y).timeout(900).or_skip()]);
    model.allow("K0404", None);
    check(
        model,
        r"
K0405 step of a / w: `a / w` waits 900ms for `b / y`, which may take at least 2 × 500ms = 1s with its retries [gives up before its callee does]
  + step of c / z: up to 2 × 500ms = 1s for `bank / charge`
  = wait longer than 1s here
  = or try less often below: a shorter `timeout` there, and no `retry`
",
    );
}

/// A chain of calls with so many attempts each, `s0 / do` → `s1 / do` → … → `db / insert`.
fn chain(attempts: &[u32], change: &dyn Fn(usize, Step) -> Step) -> Model {
    let mut model = Model::new();
    let insert = model.database("db", "insert", Access::Read);
    let mut next = None;
    for (level, attempts) in attempts.iter().enumerate().rev() {
        let service = model.service(&format!("s{level}"));
        let asked = next.map_or_else(|| query(insert), call);
        let asked = asked.timeout(100 << (4 * (attempts_below(level)))).retry(*attempts, 1);
        next = Some(model.operation(service, "do", vec![change(level, asked)]));
    }
    model
}

/// So that each timeout is long enough for the retries below.
fn attempts_below(level: usize) -> u32 {
    5 - u32::try_from(level).unwrap()
}

#[test]
fn retries_that_multiply() {
    check(
        chain(&[4, 4, 4], &|_, it| it),
        r"
K0406 step of s0 / do: one `s0 / do` may become 4 × 4 × 4 = 64 attempts at `db / insert` [4 attempts, each of which tries again below]
  + step of s1 / do: 4 attempts at `s2 / do`
  + step of s2 / do: 4 attempts at `db / insert`
  = try again on one level only, next to `db`: take the other `retry` away
  = or let each try again only while most succeed: `retry: { budget: 10% }`
",
    );
    check(
        chain(&[3, 1, 3], &|_, it| it),
        r"
K0406 step of s0 / do: one `s0 / do` may become 3 × 3 = 9 attempts at `db / insert` [3 attempts, each of which tries again below]
  + step of s2 / do: 3 attempts at `db / insert`
  = try again on one level only, next to `db`: take the other `retry` away
  = or let each try again only while most succeed: `retry: { budget: 10% }`
",
    );
    silent(chain(&[2, 4], &|_, it| it));
    silent(chain(&[9], &|_, it| it));
    // A budget, a breaker or a fallback ends the multiplication.
    let budget =
        |it: &mut Policies| it.retry.as_mut().unwrap().budget = Some(Share { percent: 10.0 });
    silent(chain(&[3, 3], &|level, it| if level == 0 { it.with(budget) } else { it }));
    let breaker = Breaker {
        failures: Some(5),
        failure_rate: None,
        window: 100,
        min_calls: None,
        slow: None,
        slow_rate: None,
        open: ms(60_000),
        probes: 1,
    };
    silent(chain(&[3, 3], &|level, it| {
        if level == 1 { it.with(|it| it.breaker = Some(breaker)) } else { it }
    }));
    silent(chain(&[3, 3], &|level, it| if level == 1 { it.or_skip() } else { it }));
    // Two ways to the same end are told once.
    let mut model = chain(&[3, 3], &|_, it| it);
    let below = OperationId::new(ServiceId::from_index(1), 0);
    let other = model.service("other");
    model.operation(other, "do", vec![call(below).timeout(100_000_000).retry(5, 1)]);
    check(
        model,
        r"
K0406 step of other / do: one `other / do` may become 5 × 3 = 15 attempts at `db / insert` [5 attempts, each of which tries again below]
  + step of s1 / do: 3 attempts at `db / insert`
  = try again on one level only, next to `db`: take the other `retry` away
  = or let each try again only while most succeed: `retry: { budget: 10% }`
",
    );
}

/// Services that call each other in a ring, the last the first by the step that is given.
fn ring(count: usize, closing: &dyn Fn(OperationId) -> Step) -> Model {
    let mut model = Model::new();
    let ids: Vec<_> = (0..count).map(|at| model.service(&format!("s{at}"))).collect();
    for (at, id) in ids.iter().enumerate() {
        let next = OperationId::new(ids[(at + 1) % count], 0);
        let step = if at + 1 == count { closing(next) } else { call(next) };
        model.operation(*id, "do", vec![step]);
    }
    model
}

#[test]
fn operations_that_wait_for_each_other() {
    check(
        ring(1, &call),
        r"
K0407 step of s0 / do: `s0 / do` waits for itself [waits for itself]
  = let one of them not wait: `publish` to a queue instead of the `call`, or `background` if nobody needs the answer
  = or move what both need into a service below them
",
    );
    check(
        ring(3, &call),
        r"
K0407 step of s0 / do: `s0 / do` waits for `s1 / do`, which waits for `s2 / do`, which waits for `s0 / do` [waits for itself]
  + step of s1 / do: and this waits on
  + step of s2 / do: and this waits on
  = let one of them not wait: `publish` to a queue instead of the `call`, or `background` if nobody needs the answer
  = or move what both need into a service below them
",
    );
    check(
        ring(8, &call),
        r"
K0407 step of s0 / do: `s0 / do` waits for `s1 / do`, which waits for `s2 / do`, and so on over 5 more back to `s0 / do` [waits for itself]
  + step of s1 / do: and this waits on
  + step of s2 / do: and this waits on
  + step of s3 / do: and this waits on
  + step of s4 / do: and this waits on
  + step of s5 / do: and this waits on
  = let one of them not wait: `publish` to a queue instead of the `call`, or `background` if nobody needs the answer
  = or move what both need into a service below them
",
    );
    silent(ring(3, &|id| step(Action::Background(vec![call(id)]))));
}

#[test]
fn services_that_wait_for_each_other() {
    // Of services where nobody knows the operations, beside a cycle of two in one of three.
    let mut model = ring(3, &call);
    let back = call(OperationId::new(ServiceId::from_index(0), 0));
    model.at(OperationId::new(ServiceId::from_index(1), 0)).steps.push(back);
    let (stock, carts) = (model.service("stock"), model.service("carts"));
    model.depends(stock, carts, DependencyKind::Call, Criticality::Critical);
    model.depends(carts, stock, DependencyKind::Call, Criticality::Critical);
    check(
        model,
        r"
K0407 step of s0 / do: `s0 / do` waits for `s1 / do`, which waits for `s0 / do` (3 in all wait for each other) [waits for itself]
  + step of s1 / do: and this waits on
  = let one of them not wait: `publish` to a queue instead of the `call`, or `background` if nobody needs the answer
  = or move what both need into a service below them
K0407 stock: `stock` waits for `carts`, which waits for `stock` [waits for itself]
  = let one of them not wait: `publish` to a queue instead of the `call`, or `background` if nobody needs the answer
  = or move what both need into a service below them
",
    );
    // One that is called by a service, and calls it.
    let mut model = Model::new();
    let (stock, orders) = (model.service("stock"), model.service("orders"));
    let unknown = Callee { service: stock, operation: None };
    model.operation(orders, "create", vec![step(Action::Call(unknown)).timeout(100)]);
    model.depends(stock, orders, DependencyKind::Call, Criticality::Critical);
    check(
        model,
        r"
K0407 step of orders / create: `orders / create` waits for `stock`, which waits for `orders / create` [waits for itself]
  = let one of them not wait: `publish` to a queue instead of the `call`, or `background` if nobody needs the answer
  = or move what both need into a service below them
",
    );
}

#[test]
fn an_optional_dependency_without_a_fallback() {
    use Criticality::{Critical, Degrades, Optional};
    check(
        web(|it| vec![call(it.create).said(Optional)]),
        r"
K0416 step of web / buy: `web / buy` is said to do without `orders / create`, and fails with it: there is no fallback [no fallback]
  = say what is done without it: `fallback: skip`, or steps; and a `timeout`
  = or call it what it is: `criticality: critical`
",
    );
    silent(web(|it| vec![call(it.create).said(Optional).or_skip()]));
    silent(web(|it| vec![step(Action::Background(vec![call(it.create).said(Optional)]))]));
    let declared = |kind, criticality, step: &dyn Fn(&Shop) -> Step| {
        let mut shop = shop();
        let step = step(&shop);
        shop.model.operation(shop.web, "buy", vec![step]);
        shop.model.depends(shop.web, shop.create.service, kind, criticality);
        shop.model
    };
    check(
        declared(DependencyKind::Call, Degrades, &|it| call(it.create)),
        r"
K0416 step of web / buy: `web / buy` is said to go on, worse, without `orders / create`, and fails with it: there is no fallback [no fallback]
  + web call orders: declared `degrades`
  = say what is done without it: `fallback: skip`, or steps; and a `timeout`
  = or call it what it is: `criticality: critical`
",
    );
    silent(declared(DependencyKind::Call, Degrades, &|it| call(it.create).or_skip()));
    silent(declared(DependencyKind::Call, Critical, &|it| call(it.create)));
    silent(declared(DependencyKind::Read, Degrades, &|it| call(it.create)));
    silent(declared(DependencyKind::Call, Degrades, &|it| call(it.create).said(Critical)));
}

#[test]
fn a_retry_of_what_is_not_idempotent() {
    let retried = |change: &dyn Fn(&mut Operation)| {
        let mut shop = shop();
        let create = shop.model.at(shop.create);
        create.idempotent = None;
        change(create);
        shop.model.operation(shop.web, "buy", vec![call(shop.create).retry(3, 10)]);
        shop.model
    };
    check(
        retried(&|_| {}),
        r"
K0417 step of web / buy: `web / buy` may do `orders / create` up to 3 times: it does not recognise a repetition [done more than once]
  + orders / create: not idempotent
  = say by what `orders / create` recognises a repetition: `idempotent: by <key>`
  = or take the `retry` away: an answer that did not come may still have done the work
",
    );
    silent(retried(&|it| it.idempotent = Some("order id".into())));
    silent(retried(&|it| it.steps = vec![compute(1)]));
    silent(retried(&|it| it.steps = Vec::new()));
    silent(retried(&|it| it.route = Some("GET /orders".into())));
    silent(retried(&|it| it.route = Some("PUT /orders".into())));
    check(
        retried(&|it| {
            it.steps = Vec::new();
            it.route = Some("POST /orders".into());
        }),
        r"
K0417 step of web / buy: `web / buy` may do `orders / create` up to 3 times: it does not recognise a repetition [done more than once]
  + orders / create: not idempotent
  = say by what `orders / create` recognises a repetition: `idempotent: by <key>`
  = or take the `retry` away: an answer that did not come may still have done the work
",
    );
}

#[test]
fn retries_that_all_come_at_once() {
    let retried = |replicas, change: &dyn Fn(&mut Retry)| {
        let mut model = web(|it| {
            let mut retry = retry(3, 100);
            change(&mut retry);
            vec![call(it.create).with(|it| it.retry = Some(retry))]
        });
        model.services[0].runs = runs(replicas);
        model
    };
    check(
        retried(1, &|it| it.backoff = ms(0)),
        r"
K0418 step of web / buy: `web / buy` asks `orders / create` 3 times at once when it is in trouble [no wait between attempts]
  = wait longer each time, and not all alike: `backoff: 100ms`, `jitter: full`
",
    );
    check(
        retried(3, &|it| it.jitter = Jitter::None),
        r"
K0418 step of web / buy: all 3 replicas of `web / buy` ask `orders / create` again at the same moment, 100ms after it failed [no jitter]
  = spread the waits: `jitter: full`
",
    );
    silent(retried(3, &|_| {}));
    silent(retried(1, &|it| it.jitter = Jitter::None));
    silent(retried(1, &|it| (it.attempts, it.backoff) = (2, ms(0))));
    silent(retried(1, &|it| (it.budget, it.backoff) = (Some(Share { percent: 10.0 }), ms(0))));
}

#[test]
fn a_timeout_far_longer_than_a_journey_promises() {
    let promised = |p99: Option<u64>, within: Option<u64>, timeout| {
        let mut shop = shop();
        let buy = vec![call(shop.create).timeout(timeout)];
        let buy = shop.model.operation(shop.web, "buy", buy);
        let journey = shop.model.journey("checkout", buy);
        let (p99, within) = (p99.map(ms), within.map(ms));
        journey.slo = Some(Slo { success: None, p50: None, p95: None, p99, within });
        shop.model
    };
    check(
        promised(Some(800), None, 30_000),
        r"
K0419 step of web / buy: `web / buy` waits up to 30s for `orders / create`, and journey `checkout` promises 99 of 100 an answer in 800ms [waits for users who have gone]
  + journey checkout: `p99: 800ms`
  = give up sooner: a `timeout` little above 800ms
",
    );
    check(
        promised(Some(800), Some(5_000), 6_000),
        r"
K0419 step of web / buy: `web / buy` waits up to 6s for `orders / create`, and journey `checkout` promises to be complete in 5s [waits for users who have gone]
  + journey checkout: `within: 5s`
  = give up sooner: a `timeout` well below 5s
",
    );
    silent(promised(Some(800), None, 8_000));
    silent(promised(Some(800), Some(5_000), 5_000));
    silent(promised(None, None, 30_000));
}
