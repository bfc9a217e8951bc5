//! The answers of triage: what fired, when, how wide, whose, how urgent, who acts, what first, what to
//! tell.

use knockon_core::{
    Breadth, Cohort, CohortId, Criticality, Currency, Dependency, DependencyKind, Heuristic,
    Journey, Member, Money, Practice, Priority, Provenance, Rate, Runbook, Service, ServiceKind,
    Share, System, SystemBuilder, Team,
};
use knockon_telemetry::{Alert, ChangeKind, Evidence, Labels, Samples, UserSeries};
use knockon_triage::{Answers, Options, Role, RouteTo, Trend, triage};

use crate::shop::{MINUTES, ONSET, Story, minute};

const PARTNERS: [(&str, f64); 3] = [("Dash", 50.0), ("Uber", 30.0), ("Own", 20.0)];

/// web → orders → payment (external) and orders-db; every one with a team; one journey by partner.
fn system() -> System {
    let mut builder = SystemBuilder::new("shop");
    let team = |builder: &mut SystemBuilder, name: &str| {
        let escalation = Some(format!("pager/{name}"));
        builder.team(Team { name: name.into(), summary: None, contact: None, escalation })
    };
    let runbook = builder.runbook(Runbook {
        name: "orders-slow".into(),
        title: None,
        page: Some("runbooks/orders-slow.md".into()),
        steps: vec!["Look at its pods.".into(), "kubectl get pods -l app=orders".into()],
    });
    for (name, owner, kind) in [
        ("web", "storefront", ServiceKind::Service),
        ("orders", "sales", ServiceKind::Service),
        ("payment", "money", ServiceKind::External),
        ("orders-db", "data", ServiceKind::Database),
    ] {
        let team = Some(team(&mut builder, owner));
        let runbook = (name == "orders").then_some(runbook);
        builder.service(Service { team, runbook, ..Service::new(name, kind) }).unwrap();
    }
    let id = |builder: &SystemBuilder, name: &str| builder.names().get(name).unwrap();
    for (from, to) in [("web", "orders"), ("orders", "payment"), ("orders", "orders-db")] {
        let (from, to) = (id(&builder, from), id(&builder, to));
        let (criticality, provenance) = (Criticality::Critical, Provenance::Declared);
        let kind = DependencyKind::Call;
        builder.dependency(Dependency { from, to, kind, criticality, provenance });
    }
    let currency = Currency::parse("USD").unwrap();
    let through = ["web", "orders", "payment"].map(|name| id(&builder, name)).to_vec();
    let journey = Journey {
        demand: Some(Rate { per_hour: 1000.0 }),
        value: Some(Money { amount: 10.0, currency }),
        by: vec![CohortId::from_index(0)],
        through,
        ..Journey::new("buy", id(&builder, "web"))
    };
    builder.journey(journey);
    let member =
        |(name, percent): (&str, f64)| Member { name: name.into(), share: Share { percent } };
    let cohort = Cohort {
        name: "partner".into(),
        summary: None,
        members: PARTNERS.map(member).to_vec(),
        count: None,
        within: None,
    };
    let rule = |name: &str, breadth| Heuristic {
        name: name.into(),
        says: format!("{name}."),
        cohort: Some(CohortId::from_index(0)),
        breadth: Some(breadth),
        within: None,
        service: None,
        scope: None,
        risk: None,
        suspects: if breadth == Breadth::One { vec![id(&builder, "payment")] } else { Vec::new() },
        concerns: Vec::new(),
    };
    builder.practice(Practice {
        cohorts: vec![cohort],
        heuristics: vec![rule("one partner", Breadth::One), rule("many", Breadth::Several)],
        ..Practice::default()
    });
    builder.build()
}

fn story() -> Story {
    Story { system: system(), evidence: Evidence::default() }
}

fn answers(story: &Story) -> Answers {
    triage(&story.system, &story.evidence, Options::default()).answers
}

/// Counters of what users do: so many a second begin, and a share fails from the onset on.
fn users(mut story: Story, partner: &str, failing: f64) -> Story {
    for (metric, rate) in [("journey_attempts_total", 10.0), ("journey_failures_total", 0.0)] {
        let value = |m: i64| match metric {
            "journey_failures_total" if m >= ONSET => 10.0 * failing,
            _ => rate,
        };
        let pairs = (0..MINUTES).map(|m| (minute(m).unix_ms, value(m))).collect();
        story.evidence.users.push(UserSeries {
            journey: 0,
            metric: metric.into(),
            labels: Labels::from([("partner".to_owned(), partner.to_owned())]),
            samples: Samples::from_pairs(pairs),
            baseline: Samples::default(),
        });
    }
    story
}

/// orders fails, and web with it.
fn failing(share: f64) -> Story {
    story().metric("orders", "http_5xx_ratio", 0.001, share).metric(
        "web",
        "http_5xx_ratio",
        0.001,
        share,
    )
}

#[test]
fn a_storm_of_alerts_folds_under_the_one_that_matters() {
    let mut story = failing(0.3).alert("orders", "OrdersFail", ONSET + 3);
    for at in 0..2000 {
        story = story.alert("web", "WebFails", ONSET + 2 + at % 5);
        let pod = ("pod".to_owned(), format!("web-{at}"));
        story.evidence.alerts.last_mut().unwrap().labels.extend([pod]);
    }
    let fired = answers(&story).fired;
    let matters = fired.matters.unwrap();
    assert_eq!(
        (matters.name.as_str(), matters.role, matters.count),
        ("OrdersFail", Role::Cause, 1)
    );
    let [folded] = fired.folded.as_slice() else { panic!("{:#?}", fired.folded) };
    assert_eq!((folded.name.as_str(), folded.count, folded.firing), ("WebFails", 2000, 2000));
    assert_eq!((folded.since, folded.path.len()), (minute(ONSET + 2), 1));
}

#[test]
fn where_the_cause_is_silent_the_nearest_alert_matters() {
    let story = failing(0.3).alert("web", "WebFails", ONSET + 1);
    let matters = answers(&story).fired.matters.unwrap();
    assert_eq!((matters.service.as_str(), matters.role), ("web", Role::Symptom));
    assert_eq!(matters.path[0].from, "orders");
}

#[test]
fn when_users_are_hurt_and_whether_it_goes_on_is_told_by_where_they_enter() {
    let story = story().metric_from("orders", "http_5xx_ratio", 0.001, 0.3, ONSET).metric_from(
        "web",
        "http_5xx_ratio",
        0.001,
        0.3,
        ONSET + 4,
    );
    let when = answers(&story).when;
    assert_eq!((when.first_sign, when.impact), (Some(minute(ONSET)), Some(minute(ONSET + 4))));
    assert_eq!(when.impact_on.as_deref(), Some("buy"));
    assert_eq!((when.ongoing, when.over_since), (Some(true), None));
    assert_eq!(when.trend, Some(Trend::Steady));
}

#[test]
fn what_is_over_is_over_since_then() {
    let mut story = failing(0.3);
    for series in &mut story.evidence.series {
        let pairs = (0..MINUTES).map(|m| {
            let bad = (ONSET..MINUTES - 6).contains(&m);
            (minute(m).unix_ms, if bad { 0.3 } else { 0.001 + 0.0001 * (m % 3) as f64 })
        });
        series.samples = Samples::from_pairs(pairs.collect());
    }
    let when = answers(&story).when;
    assert_eq!((when.ongoing, when.over_since), (Some(false), Some(minute(MINUTES - 6))));
}

#[test]
fn one_partner_of_three_is_hit_as_users_tell() {
    let story = PARTNERS
        .iter()
        .fold(failing(0.5), |it, (name, _)| users(it, name, f64::from(*name == "Dash")));
    let answers = answers(&story);
    let [hit] = answers.scope.cohorts.as_slice() else { panic!("{:#?}", answers.scope) };
    assert_eq!((hit.cohort.as_str(), hit.breadth, hit.told_by), ("partner", "one", "users"));
    assert_eq!((hit.hit[0].name.as_str(), hit.hit[0].share), ("Dash", Some(0.5)));
    assert_eq!(hit.spared, ["Own", "Uber"]);
    let rules: Vec<&str> = answers.scope.heuristics.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(rules, ["one partner"]);
    let [felt] = answers.scope.journeys.as_slice() else { panic!("{:#?}", answers.scope) };
    let share = felt.share.unwrap();
    assert!((0.3..=0.34).contains(&share), "a third of all attempts: {share}");
    let message = answers.message.unwrap();
    assert!(message.contains("only partner Dash"), "{message}");
}

#[test]
fn all_partners_alike_are_everybody() {
    let story = PARTNERS.iter().fold(failing(0.5), |it, (name, _)| users(it, name, 0.5));
    let answers = answers(&story);
    assert_eq!((answers.scope.cohorts[0].breadth, answers.scope.cohorts[0].of), ("all", 3));
    assert_eq!(answers.scope.heuristics[0].name, "many");
}

#[test]
fn users_who_fare_as_ever_are_not_hurt_by_a_busy_service() {
    let story = PARTNERS.iter().fold(failing(0.5), |it, (name, _)| users(it, name, 0.0));
    let answers = answers(&story);
    assert!(answers.scope.journeys.is_empty() && answers.scope.cohorts.is_empty());
    assert_eq!(answers.when.impact, None);
}

#[test]
fn alerts_that_name_a_partner_tell_who_is_hit() {
    let mut story = failing(0.3).alert("orders", "PartnerOrdersFail", ONSET + 1);
    let labels = &mut story.evidence.alerts[0].labels;
    labels.insert("partner".into(), "Uber".into());
    let hit = &answers(&story).scope.cohorts[0];
    assert_eq!((hit.told_by, hit.breadth, hit.of), ("alerts", "one", 3));
    assert_eq!((hit.hit[0].name.as_str(), hit.hit[0].harm), ("Uber", None));
}

#[test]
fn one_replica_of_the_cause_may_be_the_trouble() {
    let story = failing(0.3)
        .labelled("orders", "cpu_utilization", &[("pod", "orders-a")], 0.2, 1.0)
        .labelled("orders", "cpu_utilization", &[("pod", "orders-b")], 0.2, 0.2);
    let [part] = answers(&story).scope.parts.try_into().unwrap();
    assert_eq!(
        (part.by, part.hit, part.spared),
        ("pod", vec!["orders-a".to_owned()], vec!["orders-b".to_owned()])
    );
}

#[test]
fn teams_of_symptoms_stand_down_and_the_owner_does_not() {
    let answers = answers(&failing(0.3));
    let teams: Vec<&str> = answers.stand_down.iter().map(|it| it.team.as_str()).collect();
    assert_eq!(teams, ["storefront"]);
    assert_eq!(answers.stand_down[0].why, "web only suffers from orders");
}

#[test]
fn priority_money_and_message_follow_from_the_share() {
    let check = |share: f64, priority: Priority, words: &str| {
        let answers = answers(&failing(share));
        let urgency = answers.priority.unwrap();
        assert_eq!(urgency.priority, priority, "{share}: {}", urgency.because);
        let message = answers.message.unwrap();
        assert!(message.contains(words), "{message}");
        let service = ["orders ", "web"].iter().find(|name| message.contains(**name));
        assert_eq!(service, None, "{message}");
    };
    check(0.6, Priority::P1, "about 60 in 100 attempts at “buy” fail, some 600 an hour");
    check(0.2, Priority::P2, "about 2 000 USD an hour are at stake");
    check(0.03, Priority::P3, "about 3 in 100 attempts");
}

#[test]
fn who_acts_follows_from_the_cause_the_runbook_and_the_change() {
    let check = |story: Story, to: RouteTo, from: &str, first: &str| {
        let answers = answers(&story);
        let (route, action) = (answers.route.unwrap(), answers.first_action.unwrap());
        assert_eq!((route.to, action.from), (to, from), "{} / {}", route.why, action.text);
        assert!(action.text.contains(first), "{}", action.text);
    };
    check(failing(0.3), RouteTo::OwningTeam, "runbook", "Look at its pods.");
    let deployed = failing(0.3).change("orders", ChangeKind::Deploy, "v2", ONSET - 1);
    check(deployed, RouteTo::Development, "roll-back", "before v2");
    let flagged = failing(0.3).change("orders", ChangeKind::Flag, "new-tax", ONSET - 1);
    check(flagged, RouteTo::OwningTeam, "roll-back", "Take the flag new-tax of orders back");
    let outside = || failing(0.3).metric("payment", "http_5xx_ratio", 0.001, 0.6);
    check(outside(), RouteTo::Vendor, "call", "Call money (pager/money), and ask payment itself");
    let mut mended = failing(0.3);
    let undo = "kubectl rollout undo deployment/orders";
    mended.system = with_step(&mended.system, undo);
    check(mended, RouteTo::SelfFix, "runbook", "Look at its pods.");
}

/// The system with one more step in its runbook.
fn with_step(system: &System, step: &str) -> System {
    let mut builder = SystemBuilder::new(system.name());
    for team in system.teams() {
        builder.team(team.clone());
    }
    let mut runbook = system.runbooks()[0].clone();
    runbook.steps.push(step.to_owned());
    builder.runbook(runbook);
    for service in system.services() {
        builder.service(service.clone()).unwrap();
    }
    for dependency in system.dependencies() {
        builder.dependency(*dependency);
    }
    builder.build()
}

#[test]
fn rubbish_is_survived() {
    let mut storm = story();
    let web = storm.system.names().get("web").unwrap();
    storm.evidence.alerts.extend((0..20_000).map(|at| Alert {
        name: format!("A{}", at % 700),
        service: web,
        peer: None,
        severity: None,
        starts_at: minute(at % 60),
        ends_at: (at % 2 == 0).then(|| minute(70)),
        labels: Labels::new(),
        annotations: Labels::new(),
    }));
    let nothing = story();
    let only_changes = story().change("nobody", ChangeKind::Deploy, "v1", 3);
    let mut bare = failing(0.3);
    bare.system = crate::shop::shop();
    for (story, has_message) in
        [(storm, true), (nothing, false), (only_changes, false), (bare, true)]
    {
        let answers = answers(&story);
        assert_eq!(answers.message.is_some(), has_message, "{:?}", answers.message);
    }
    let mut users = users(story(), "Nobody", 1.0);
    for series in &mut users.evidence.users {
        series.samples = Samples::from_pairs(vec![(0, f64::MAX), (1, -1.0)]);
    }
    let scope = answers(&users).scope;
    assert!(scope.journeys.iter().all(|it| it.share.is_none_or(|it| (0.0..=1.0).contains(&it))));
}

/// Who is hit is evidence: the rule of thumb for one partner suspects the payment.
#[test]
fn what_the_model_suspects_when_one_member_is_hit_is_blamed() {
    let blamed = |harms: [f64; 3]| {
        let mut story = story();
        for ((partner, _), harm) in PARTNERS.iter().zip(harms) {
            story = users(story, partner, harm);
        }
        let incident = triage(&story.system, &story.evidence, Options::default());
        incident.causes.first().map(|cause| (cause.service.clone(), incident.certainty))
    };
    let one = blamed([0.8, 0.0, 0.0]);
    assert_eq!(one, Some(("payment".to_owned(), knockon_triage::Certainty::Clear)));
    assert_eq!(blamed([0.8, 0.8, 0.8]), None, "there is nobody to hold them against");
    assert_eq!(blamed([0.8, 0.2, 0.2]), None, "the others are hit as well");
}
