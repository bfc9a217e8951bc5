//! Monitors, owners, journeys.

use knockon_core::*;

use crate::model::*;

#[test]
fn a_monitor_without_a_runbook() {
    let shop = |change: &dyn Fn(&mut Model)| {
        let mut model = Model::new();
        let orders = model.service("orders");
        model.monitor("OrdersDown", orders).runbook = None;
        change(&mut model);
        model
    };
    check(
        shop(&|_| {}),
        r"
K0401 monitor OrdersDown: `OrdersDown` (P1) does not say what to do when it fires [no runbook]
  = add the annotation `runbook_url: runbooks/<name>.md` to the rule
  = or give the service it watches a `runbook`
",
    );
    silent(shop(&|it| it.practice.monitors[0].runbook = Some(RunbookId::from_index(0))));
    silent(shop(&|it| it.services[0].runbook = Some(RunbookId::from_index(0))));
    silent(shop(&|it| it.practice.monitors[0].severity = Some(AlertSeverity::P3)));
    let url = ("runbook_url".to_owned(), "https://wiki/orders".to_owned());
    silent(shop(&|it| it.practice.monitors[0].annotations = [url.clone()].into()));
    let empty = ("runbook_url".to_owned(), " ".to_owned());
    check(
        shop(&|it| {
            it.practice.monitors[0].annotations = [empty.clone()].into();
            it.practice.monitors[0].severity = None;
        }),
        r"
K0401 monitor OrdersDown: `OrdersDown` does not say what to do when it fires [no runbook]
  = add the annotation `runbook_url: runbooks/<name>.md` to the rule
  = or give the service it watches a `runbook`
",
    );
}

#[test]
fn a_service_without_an_owner() {
    let mut model = Model::new();
    for kind in ServiceKind::ALL {
        model.add(&format!("a {kind}"), *kind);
    }
    for service in model.services.iter_mut().skip(1) {
        service.team = None;
    }
    model.services[1].co_owners = vec![TeamId::from_index(0)];
    check(
        model,
        r"
K0402 a cache: nobody owns `a cache` [no owner]
  = write `team: <team>`: who is called when it is down
K0402 a broker: nobody owns `a broker` [no owner]
  = write `team: <team>`: who is called when it is down
K0402 a external: nobody owns the relation to `a external` [no owner]
  = write `team: <team>`: who calls them when it is down, and reads their status page
K0402 a platform: nobody owns `a platform` [no owner]
  = write `team: <team>`: who is called when it is down
",
    );

    let mut model = Model::new();
    for name in ["orders", "carts", "browser"] {
        model.service(name);
    }
    model.services[2].kind = ServiceKind::Client;
    model.services.iter_mut().for_each(|it| it.team = None);
    check(
        model,
        r"
K0402 system: none of the 2 services has an owner [no owners]
  = name who owns what: `teams:`, and `team: <team>` in each service
",
    );
}

/// browser → front → orders, and a database behind.
fn watched(watch: &dyn Fn(&mut Model, [ServiceId; 4])) -> Model {
    let mut model = Model::new();
    let browser = model.add("browser", ServiceKind::Client);
    let front = model.service("front");
    let insert = model.database("orders-db", "insert", Access::Write);
    let orders = model.service("orders");
    let create = model.operation(orders, "create", vec![query(insert)]);
    let mut journey = Journey::new("checkout", browser);
    journey.through = vec![browser, front];
    journey.stages =
        vec![Stage { name: "ordered".into(), operation: Some(create), charges: false }];
    model.journeys.push(journey);
    watch(&mut model, [browser, front, orders, insert.service]);
    model
}

#[test]
fn a_journey_that_nobody_watches() {
    check(
        watched(&|it, [_, _, _, db]| {
            it.monitor("DatabaseDown", db);
        }),
        r"
K0403 journey checkout: no monitor watches journey `checkout`: none names it, and none is on `browser`, `front` or `orders` [nobody is told]
  = label an alert on its errors or its latency: `journey: checkout`
  = or watch where users meet it: `service: front`
",
    );
    silent(watched(&|it, [browser, ..]| {
        it.monitor("A", browser);
    }));
    silent(watched(&|it, [_, front, ..]| {
        it.monitor("A", front);
    }));
    silent(watched(&|it, [_, _, orders, _]| {
        it.monitor("A", orders);
    }));
    let label = ("journey".to_owned(), "checkout".to_owned());
    silent(watched(&|it, [_, _, _, db]| {
        it.monitor("DatabaseDown", db).labels = [label.clone()].into();
    }));
    check(
        watched(&|it, _| it.journeys.push(Journey::new("browse", ServiceId::from_index(1)))),
        r"
K0403 system: none of the 2 journeys is watched: the model has no monitor [no monitors]
  = add Prometheus rule files: `monitors: [rules.yaml]`
",
    );
    check(
        watched(&|_, _| {}),
        r"
K0403 journey checkout: no monitor watches journey `checkout`: none names it, and none is on `browser`, `front` or `orders` [nobody is told]
  = label an alert on its errors or its latency: `journey: checkout`
  = or watch where users meet it: `service: front`
",
    );
}
