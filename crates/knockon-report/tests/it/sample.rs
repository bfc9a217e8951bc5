//! An incident as somebody might have played it: the disk of a database becomes slow, those who wait for
//! it run out of workers, and the shop goes down with them.

use std::path::Path;

use knockon_core::System;
use knockon_report::State::{Degraded, Down, Failing, Well};
use knockon_report::{
    AlertPart, AlertRow, Chart, Check, Fact, IncidentPage, Interval, Line, MapOverTime, Mark,
    MarkKind, Moment, Proof, ProofRow, State, Unit,
};

/// Where the run is looked at.
const STEP_S: f64 = 5.0;
const LASTS_S: f64 = 900.0;

/// One of the packs.
pub(crate) fn pack(name: &str) -> System {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs").join(name);
    let model = knockon_format::load_pack(&path);
    match model.base.system {
        Some(system) => system,
        None => unreachable!("the packs are right"),
    }
}

/// The page of the incident.
pub(crate) fn slow_disk(system: &System) -> IncidentPage<'_> {
    let mut page = IncidentPage::new(system);
    page.title = "Orders time out and take the shop with them".into();
    page.summary =
        "The volume of orders-db answers forty times slower for seven minutes. Nothing is \
                    wrong with the orders themselves."
            .into();
    page.lead =
        "orders-db is the cause: its disk is slow since 2:00, orders and front-end only wait \
                 for it, and 1 of 3 customers cannot pay."
            .into();
    page.priority = Some("P1".into());
    page.facts = facts();
    page.lasts_s = LASTS_S;
    page.marks = marks();
    page.map = map(system);
    page.charts = charts();
    page.timeline = timeline();
    page.alerts = alerts();
    page.expectations = expectations();
    page.evidence = evidence();
    page.proof = Some(proof());
    page.footer =
        "Played by knockon from packs/sock-shop, seed 7. Moments count from the start of the \
                   run. The same system, scenario and seed give this page again, byte for byte."
            .into();
    page
}

fn facts() -> Vec<Fact> {
    let fact = |label: &str, value: &str, note: &str| Fact {
        label: label.into(),
        value: value.into(),
        note: note.into(),
        command: None,
    };
    vec![
        fact(
            "What",
            "Orders are not placed: 34% of checkouts fail",
            "p95 of front-end 8.2 s, promised 2 s",
        ),
        fact("When", "since 2:00, felt from 2:40", "found at 3:25, mended at 9:00"),
        fact(
            "Scope",
            "buy a sock, look up my orders",
            "find a sock is well; every customer, no region stands out",
        ),
        fact(
            "Recent change",
            "orders 0.4.8 at 1:20",
            "40 s before, on a service that waits; it does not explain the disk",
        ),
        fact("Owner", "fulfilment", "#shop-fulfilment, pagerduty/fulfilment"),
        fact(
            "Money",
            "1 240 USD lost, 3 100 USD at stake an hour",
            "97 orders that were not placed, 42 USD each",
        ),
        Fact {
            label: "Do first".into(),
            value: "Move orders-db to its replica".into(),
            note:
                "Takes 20 s, in which orders cannot be written. Nothing is lost that was confirmed."
                    .into(),
            command: Some(
                "kubectl -n sock-shop exec orders-db-0 -- mongo --eval 'rs.stepDown(60)'\n\
                 kubectl -n sock-shop rollout status statefulset/orders-db --timeout=120s"
                    .into(),
            ),
        },
    ]
}

fn marks() -> Vec<Mark> {
    let mark = |at_s: f64, until_s: Option<f64>, label: &str, kind: MarkKind| Mark {
        at_s,
        until_s,
        label: label.into(),
        kind,
    };
    let mut marks = vec![
        mark(80.0, None, "orders 0.4.8", MarkKind::Change),
        mark(120.0, Some(540.0), "orders-db: slow disk", MarkKind::Fault),
        mark(160.0, Some(585.0), "buy a sock fails", MarkKind::Harm),
        mark(540.0, None, "failover of orders-db", MarkKind::Fix),
        mark(660.0, None, "session-db: flag", MarkKind::Change),
    ];
    marks.extend(
        alerts().iter().map(|it| mark(it.fired_s, it.resolved_s, &it.name, MarkKind::Alert)),
    );
    marks
}

/// The states of a service that falls and rises step by step.
fn over_time(changes: &[(f64, State)]) -> Vec<State> {
    let at = |index: u32| {
        let at_s = f64::from(index) * STEP_S;
        changes.iter().rev().find(|change| change.0 <= at_s).map_or(Well, |change| change.1)
    };
    (0..180).map(at).collect()
}

fn map(system: &System) -> MapOverTime {
    let of_service = |name: &str| match name {
        "orders-db" => vec![(120.0, Failing), (150.0, Down), (540.0, Failing), (560.0, Well)],
        "orders" => vec![
            (130.0, Degraded),
            (160.0, Failing),
            (210.0, Down),
            (560.0, Failing),
            (585.0, Well),
        ],
        "front-end" => vec![(150.0, Degraded), (200.0, Failing), (570.0, Degraded), (595.0, Well)],
        "shipping" => vec![(240.0, Degraded), (560.0, Well)],
        "user" => vec![(230.0, Degraded), (300.0, Well), (420.0, Degraded), (480.0, Well)],
        "carts" => vec![(260.0, Degraded), (575.0, Well)],
        _ => vec![],
    };
    let of_journey = |name: &str| match name {
        "buy a sock" => vec![
            (140.0, Degraded),
            (160.0, Failing),
            (240.0, Down),
            (560.0, Failing),
            (585.0, Well),
        ],
        "look up my orders" => vec![(150.0, Failing), (585.0, Well)],
        _ => vec![],
    };
    let services = system.services().iter();
    let journeys = system.journeys().iter();
    MapOverTime {
        along: None,
        times_s: (0..180).map(|index| f64::from(index) * STEP_S).collect(),
        services: services.map(|it| (it.name.clone(), over_time(&of_service(&it.name)))).collect(),
        journeys: journeys.map(|it| (it.name.clone(), over_time(&of_journey(&it.name)))).collect(),
    }
}

/// A line that is at one level, rises to another while the disk is slow, and goes back, with some noise
/// that is the same every time.
fn line(name: &str, usual: f64, hurt: f64, late_s: f64, noise: f64) -> Line {
    let point = |index: u32| {
        let at_s = f64::from(index) * STEP_S;
        let up = 1.0 / (1.0 + (-(at_s - 120.0 - late_s) / 12.0).exp());
        let down = 1.0 / (1.0 + (-(at_s - 545.0 - late_s / 3.0) / 9.0).exp());
        let wave = (f64::from(index) * 1.7).sin() + (f64::from(index) * 0.61 + usual).sin();
        let level = usual + (hurt - usual) * (up - down);
        (at_s, level * (1.0 + noise * wave))
    };
    Line { name: name.into(), points: (0..=180).map(point).collect() }
}

fn charts() -> Vec<Chart> {
    let chart = |title: &str, unit: Unit, lines: Vec<Line>, limit: Option<(&str, f64)>| Chart {
        title: title.into(),
        unit,
        lines,
        limit: limit.map(|(word, value)| (word.into(), value)),
    };
    let mut broken = line("queue-master", 2.0, 9.0, 60.0, 0.05);
    for point in &mut broken.points[90..100] {
        point.1 = f64::NAN;
    }
    vec![
        chart(
            "Response time, p95",
            Unit::Seconds,
            vec![
                line("front-end", 0.21, 8.2, 45.0, 0.04),
                line("orders", 0.12, 5.1, 25.0, 0.05),
                line("catalogue", 0.04, 0.05, 20.0, 0.08),
            ],
            Some(("promised", 2.0)),
        ),
        chart(
            "Failed requests",
            Unit::Share,
            vec![
                line("front-end", 0.002, 0.34, 60.0, 0.06),
                line("orders", 0.001, 0.52, 40.0, 0.06),
            ],
            Some(("objective", 0.005)),
        ),
        chart(
            "Orders placed",
            Unit::PerSecond,
            vec![line("placed", 0.33, 0.05, 50.0, 0.1), line("tried", 0.34, 0.41, 80.0, 0.06)],
            None,
        ),
        chart(
            "Disk latency of orders-db",
            Unit::Seconds,
            vec![line("write", 0.004, 0.16, 0.0, 0.06)],
            None,
        ),
        chart(
            "Workers in use",
            Unit::Count,
            vec![line("orders", 6.0, 40.0, 30.0, 0.02), line("front-end", 11.0, 64.0, 70.0, 0.03)],
            Some(("all of orders", 40.0)),
        ),
        chart(
            "Messages that wait",
            Unit::Count,
            vec![broken, line("dead letters", 0.0, 1.0, 200.0, 0.0)],
            None,
        ),
    ]
}

/// The cells of a table that is written as text.
fn cells<const N: usize>(table: &str) -> Vec<[String; N]> {
    let row = |line: &str| {
        let mut cells = line.split('|').map(|cell| cell.trim().to_owned());
        std::array::from_fn(|_| cells.next().unwrap_or_default())
    };
    table.lines().filter(|line| line.contains('|')).map(row).collect()
}

fn number(cell: &str) -> Option<f64> {
    cell.parse().ok()
}

fn interval(cell: &str) -> Option<Interval> {
    let mut numbers = cell.split(' ').map(number);
    let mut next = || numbers.next().flatten();
    Some(Interval { low: next()?, value: next()?, high: next()? })
}

fn timeline() -> Vec<Moment> {
    let rows = cells(
        "80  | change | orders 0.4.8 is rolled out by deploy-bot; it adds a field to the order.
         120 | fault  | The disk of orders-db answers in 160 ms instead of 4 ms.
         150 | harm   | orders waits for its database with all 40 workers; its queue fills.
         160 | harm   | The first customer sees an error at the till.
         205 | alert  | OrdersDbDiskSlow fires, and within a minute everybody else's alert.
         540 | fix    | orders-db fails over to its replica.
         585 | fix    | All journeys are well again; the queue is empty at 9:55.",
    );
    let kind = |word: &str| MarkKind::ALL.into_iter().find(|kind| kind.as_str() == word);
    rows.into_iter()
        .map(|[at_s, word, text]| Moment {
            at_s: number(&at_s).unwrap_or_default(),
            text,
            kind: kind(&word).unwrap_or_default(),
        })
        .collect()
}

fn alerts() -> Vec<AlertRow> {
    let rows = cells(
        "205 | 600 | cause   | OrdersDbDiskSlow | orders-db | fulfilment | page | the first part that strays, and nothing it needs does
         225 | 640 | symptom | OrdersSlow | orders | fulfilment | page | waits for orders-db: every slow request is in its query
         250 | 640 | symptom | OrdersErrors | orders | fulfilment | page | times out on orders-db
         250 |     | symptom | CheckoutErrorBudget | front-end | storefront | page | front-end → orders → orders-db
         265 | 645 | symptom | FrontEndLatency | front-end | storefront | ticket | front-end → orders → orders-db
         400 | 650 | symptom | ShippingIdle | shipping | fulfilment | ticket | nothing comes through the queue while no orders are placed
         300 |     | other   | SessionDbMemory | session-db | storefront | ticket | has been at 82% for a day; no path leads from or to the cause
         10  |     | other   | CertificateExpires | edge-router | platform | info | in 13 days",
    );
    rows.into_iter()
        .map(|[fired, over, part, name, service, team, severity, why]| AlertRow {
            name,
            service,
            team,
            severity,
            fired_s: number(&fired).unwrap_or_default(),
            resolved_s: number(&over),
            part: match part.as_str() {
                "cause" => AlertPart::Cause,
                "symptom" => AlertPart::Symptom,
                _ => AlertPart::Unrelated,
            },
            why,
        })
        .collect()
}

fn expectations() -> Vec<Check> {
    let rows = cells(
        "held   | OrdersDbDiskSlow fires within 3 min of the fault | after 1 min 25 s
         held   | buy a sock fails for at least 20% of its users | 34% between 2:40 and 9:45
         held   | find a sock stays within its objective | 99.8% of 99.5%
         broken | carts is not touched | p95 rose to 310 ms from 4:20 on: front-end shares its workers",
    );
    rows.into_iter().map(|[held, text, got]| Check { text, held: held == "held", got }).collect()
}

fn evidence() -> Vec<(String, Vec<String>)> {
    let part = |heading: &str, lines: &[&str]| {
        (heading.to_owned(), lines.iter().map(|line| (*line).to_owned()).collect())
    };
    vec![
        part(
            "For orders-db",
            &[
                "disk write latency 4 ms → 160 ms (×40) since 2:00",
                "61% of the trouble with latency begins here; it explains 5 of 6 services in trouble",
                "nothing that orders-db needs strays",
            ],
        ),
        part(
            "Against the deploy of orders 0.4.8",
            &["the replicas with 0.4.7 are as slow", "rolled back at 6:10 without effect"],
        ),
    ]
}

fn proof() -> Proof {
    let rows = cells(
        "yes | cause taken away | without the slow disk | 0 0 0 | 92 97 102 | | |
         no  | cause taken away | without the deploy | | -3 0.4 4 | | |
         yes | fix | fail over at 4:00 | 41 46 52 | 64 70 75 | no writes for 20 s | |
         ?   | fix | breaker in front of orders-db | 400 425 470 | 12 21 33 | orders are refused at once instead of after 8 s | | Carts stays well, since front-end keeps its workers.
         no  | fix | restart orders | | -21 -14 -8 | 37 orders in flight are lost | a cold cache for 2 min |",
    );
    let row = |[worked, kind, name, well, saved, one, other, note]: [String; 8]| {
        let saved = interval(&saved).unwrap_or_default();
        let money = |orders: f64| orders * 42.0;
        ProofRow {
            name,
            kind,
            worked: (worked != "?").then_some(worked == "yes"),
            healthy_after_s: interval(&well),
            saved,
            money: Interval {
                low: money(saved.low),
                value: money(saved.value),
                high: money(saved.high),
            },
            side_effects: [one, other].into_iter().filter(|effect| !effect.is_empty()).collect(),
            note,
        }
    };
    let rows = rows.into_iter().map(row).collect();
    Proof { rows, counts: "orders".into(), currency: "USD".into() }
}
