//! The story of a run: who was hurt, what was changed, whose alerts were whose, and how urgent it was.

use knockon_core::Priority;
use knockon_scenario::story::{Part, Story};

use crate::model::run;
use crate::stall::{RULES, STALL, five_minutes, scenario};

const OUTAGE: &str = "[{ at: 1min, errors: till, share: 100%, for: 1min }]";
const PAUSE: &str = "[{ at: 1min, consumers stopped: packer }]";
const EXPECT: &str = "  - { journey: buy, started: 300 }";

fn story(timeline: &str, cause: &str) -> Story {
    five_minutes(timeline, cause, EXPECT).story()
}

/// Alerts as `part NAME: why`, in the order in which they are told.
fn alerts(story: &Story) -> Vec<String> {
    let show = |it: &knockon_scenario::story::Told| {
        format!("{} {}: {}", it.part.as_str(), it.fired.name, it.why.join(" → "))
    };
    story.alerts.iter().map(show).collect()
}

#[test]
fn alerts_are_the_causes_symptoms_or_neither() {
    assert_eq!(
        alerts(&story(OUTAGE, "till")),
        ["cause TillFails: ", "symptom BuysFail: till → web", "unrelated Noon: "]
    );
    // A consumer that stops is felt in the queue; nobody fails.
    assert_eq!(
        alerts(&story(PAUSE, "packer")),
        ["symptom QueueLong: packer → queue", "unrelated Noon: "]
    );
    // So it is if nobody waits for longer than promised.
    assert_eq!(
        alerts(&story("[{ at: 62s, consumers stopped: packer, for: 29s }]", "packer")),
        ["symptom QueueLong: packer → queue", "unrelated Noon: "]
    );
    assert_eq!(alerts(&story("[{ at: 1min, restart: clock }]", "clock")), ["cause Noon: "]);
    // Nobody is to blame for what happens as well.
    let background = "[{ at: 1min, errors: till, share: 100%, for: 1min, part: background }]";
    let told = story(background, "none");
    assert!(told.alerts.iter().all(|it| it.part == Part::Unrelated), "{:?}", alerts(&told));
    assert_eq!(told.alerts.len(), 3);
}

#[test]
fn what_happened_is_told_in_order() {
    let timeline = "[{ at: 1min, errors: till, share: 100%, for: 1min }, { at: 90s, deploy: clock, version: v2 }]";
    let story = story(timeline, "till");
    let told = story.moments.iter().map(|it| {
        let (seconds, kind) = (it.at_ms / 1000, it.kind.as_str());
        format!("{seconds} {kind}: {}", it.text)
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "0 alert: P3 Noon of clock fires",
            "60 cause: `till` answers 100 % of requests with an error",
            "60 users: users of `buy` fare worse",
            "90 background: deploy clock, version v2",
            "90 alert: P2 TillFails of till fires",
            "105 alert: P1 BuysFail of web fires",
            "120 cause: errors till, share 100% is over",
            "120 users: `buy` is healthy again",
            "135 resolved: BuysFail of web is resolved",
            "135 resolved: TillFails of till is resolved",
        ]
    );
    assert_eq!(story.wrong, ["`till` answers 100 % of requests with an error"]);
    assert_eq!((story.begins_ms, &story.causes[..]), (Some(60_000), &["till".to_owned()][..]));
    let owner = story.owner.unwrap();
    assert_eq!((&*owner.team, owner.contact.as_deref()), ("tills", Some("#tills")));
    assert_eq!(owner.escalation.as_deref(), Some("pager/tills"));
}

#[test]
fn what_users_felt_and_what_it_cost() {
    let story = story(OUTAGE, "till");
    let felt = &story.users[0];
    assert_eq!((felt.started, felt.worse, felt.share), (240, 60, 1.0));
    assert_eq!((felt.bad, felt.ends.failed), (Some((60_000, Some(120_000))), 60));
    let lost = story.money.unwrap();
    assert_eq!((lost.amount, lost.per_hour, lost.at_stake), (120.0, 7200.0, 0.0));
    // Whoever waits longer than 30 s for what was bought is stuck: those of 60.5 s to 269.5 s.
    let story = super::story::story(PAUSE, "packer");
    let felt = &story.users[0];
    assert_eq!((felt.ends.stuck, felt.worse, felt.bad), (210, 210, Some((60_000, None))));
    let lost = story.money.unwrap();
    assert_eq!((lost.amount, lost.at_stake), (0.0, 420.0));
}

/// Changes as `seconds service`, the culprits with `!`.
fn changes(timeline: &str) -> Vec<String> {
    let story = story(timeline, "till");
    let show = |it: &knockon_scenario::story::Changed| {
        let culprit = if it.is_culprit { "!" } else { "" };
        format!("{} {}{culprit}", it.at_ms / 1000, it.service)
    };
    story.changes.iter().map(show).collect()
}

#[test]
fn the_change_that_was_it_comes_first() {
    let deploys = |till: &str| {
        changes(&format!(
            "[{{ at: 30s, deploy: clock, version: v2 }}, {{ at: 1min, deploy: packer, version: v2 }},
              {{ at: 1min, bad deploy: till, version: v2, errors: 100%{till} }}]"
        ))
    };
    assert_eq!(deploys(""), ["60 till!", "30 clock", "60 packer"]);
    assert_eq!(deploys(", for: 1min"), ["60 till!", "30 clock", "60 packer"]);
    assert_eq!(deploys(", part: background"), ["30 clock", "60 packer", "60 till"]);
    // What people do can be the cause as well.
    assert_eq!(changes("[{ at: 1min, limit: till, workers: 4, part: cause }]"), ["60 till!"]);
}

/// A ramp begins with nothing, and it is deployed all the same.
#[test]
fn a_deploy_that_gets_worse_and_worse_is_the_culprit() {
    let timeline = "[{ at: 1min, bad deploy: till, version: v2, errors: 100%, ramp: 30s }]";
    assert_eq!(changes(timeline), ["60 till!"]);
}

/// The stall with users of two regions.
fn regions() -> String {
    let system = STALL.replace(
        "services:",
        "cohorts: { region: { members: { north: 60%, south: 40% } } }\nservices:",
    );
    system.replace("    demand: 1/s\n", "    demand: 1/s\n    by: [region]\n")
}

#[test]
fn harm_is_told_along_cohorts() {
    let hit = |timeline: &str| {
        let ran = run(&regions(), RULES, &scenario(timeline, "web", EXPECT));
        ran.story().hit
    };
    let north = hit("[{ at: 1min, member offline: region / north, refused: yes }]");
    assert_eq!(north.len(), 1);
    assert_eq!((&*north[0].journey, &*north[0].cohort, north[0].of), ("buy", "region", 2));
    assert_eq!(north[0].members.len(), 1, "{north:?}");
    assert_eq!(north[0].members[0].0, "north");
    assert!(north[0].members[0].1 > 0.95, "{north:?}");
    // The part of those who came while it was so, however long that was.
    let for_a_while =
        hit("[{ at: 1min, member offline: region / north, refused: yes, for: 2min }]");
    assert!(for_a_while[0].members[0].1 > 0.95, "{for_a_while:?}");
    // Everybody alike: the cohort tells nothing.
    assert!(hit("[{ at: 1min, errors: till, share: 100% }]").is_empty());
    assert!(hit("[{ at: 1min, restart: clock, part: cause }]").is_empty());
}

#[test]
fn the_priority_follows_from_the_part_that_is_hurt() {
    let cheap = STALL.replace("    value: 2.00 EUR\n", "");
    let quiet = RULES.replace(
        "      - { alert: Noon, expr: vector(1), labels: { severity: P3, service: clock } }\n",
        "",
    );
    let check = |system: &str, rules: &str, timeline: &str, expected: Option<Priority>| {
        let story = run(system, rules, &scenario(timeline, "till", EXPECT)).story();
        let priority = story.priority.map(|it| it.priority);
        assert_eq!(priority, expected, "{timeline} {:?}", story.users);
    };
    let some = "[{ at: 1min, errors: till, share: 25%, for: 1min }]";
    let nothing = "[{ at: 1min, restart: clock }]";
    check(STALL, RULES, OUTAGE, Some(Priority::P1));
    check(STALL, RULES, some, Some(Priority::P2));
    check(&cheap, RULES, OUTAGE, Some(Priority::P2));
    check(&cheap, RULES, some, Some(Priority::P3));
    check(STALL, RULES, nothing, Some(Priority::P4));
    check(STALL, &quiet, nothing, None);
}

#[test]
fn triage_is_right_if_it_names_a_cause_first() {
    // An alert that always fires would be blamed as well.
    let quiet = RULES.replace("vector(1)", "vector(0) > 0");
    let is_right = |timeline: &str, cause: &str| {
        run(STALL, &quiet, &scenario(timeline, cause, EXPECT)).story().is_right
    };
    let slow = "[{ at: 2min, latency: till, adds: 400ms }]";
    assert!(is_right(slow, "till"));
    assert!(is_right(slow, "[clock, till]"));
    assert!(!is_right(slow, "clock"));
    // Where nobody is to blame it must not be sure.
    assert!(!is_right("[{ at: 2min, errors: till, share: 100% }]", "none"));
    assert!(is_right("[{ at: 2min, restart: clock }]", "none"));
    // Where somebody is to blame it must not find nothing.
    assert!(!is_right("[{ at: 2min, restart: clock, part: cause }]", "clock"));
}

/// The stall in forty towns, half of them in each of two regions; nobody else counts the towns.
fn towns() -> String {
    let system = STALL.replace(
        "services:",
        "cohorts:
  region: { members: { north: 50%, south: 50% } }
  town: { count: 40, within: region }
heuristics:
  one town:
    says: Trouble in one town is local.
    cohort: town
    breadth: one
    concerns: []
  one region:
    says: Several towns of a region share a network.
    cohort: town
    breadth: several
    within: region
    concerns: []
services:",
    );
    system.replace("    demand: 1/s\n", "    demand: 1/s\n    by: [region, town]\n")
}

/// One town of forty is too few users for the journey as a whole, and is told for itself.
#[test]
fn one_member_of_many_is_hurt_for_itself() {
    let story = |timeline: &str| run(&towns(), RULES, &scenario(timeline, "web", EXPECT)).story();
    let one = story("[{ at: 1min, member offline: town / 7, refused: yes }]");
    let buy = &one.users[0];
    assert!(buy.bad.is_some() && buy.worse >= 3, "{buy:?}");
    assert_eq!(one.hit.len(), 1, "{:?}", one.hit);
    assert_eq!((one.hit[0].cohort.as_str(), one.hit[0].members.len()), ("town", 1));
    assert!(one.hit[0].members[0].0.starts_with("7 ("), "{:?}", one.hit);
    assert_eq!(one.usual[0].says, "Trouble in one town is local.");
    let region = story("[{ at: 1min, member offline: region / north, refused: yes }]");
    assert_eq!(region.hit.len(), 1, "{:?}", region.hit);
    assert_eq!(region.hit[0].cohort, "region", "towns tell no more than their region");
    assert_eq!(region.usual[0].says, "Several towns of a region share a network.");
    // Bad luck that is spread over all towns is no town's.
    let few = story("[{ at: 1min, errors: till, share: 4% }]");
    assert!(few.hit.is_empty(), "{:?}", few.hit);
}
