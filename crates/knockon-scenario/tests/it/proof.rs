//! Trials have the same users with the same luck, whatever runs them.

use std::sync::Mutex;

use knockon_scenario::Role;
use knockon_scenario::health::fared;
use knockon_scenario::load::Loaded;
use knockon_scenario::many::each;
use knockon_scenario::play::{Course, Failed, Watching, course};
use knockon_scenario::prove::{Proof, Trial, Tried, prove, without_cause};
use knockon_sim::Plan;
use knockon_sim::interval::Interval;

use crate::model::Pack;
use crate::stall::{RULES, STALL, scenario};

/// A fix that does nothing, and one that ends the outage in its middle.
const FIXES: &str = "
fixes:
  wait and see: { at: 90s, works: no, risk: None., do: [{ clear policy: queue / paid }] }
  mend the till: { at: 90s, summary: Mend it., do: [{ lift: cause }] }
  mend it later: { at: 90s, do: [{ restart: clock }, { lift: cause, at: 105s }] }
";

/// The stall with two variants: one that goes on without the till, and one that has no till.
fn stall(scenario: &str) -> Pack {
    let free = "variant: free\nsummary: Whoever cannot pay need not.\nchanges:\n  services: { web: { operations: { buy: { steps: [{ move: order to NEW }, { call: till / pay, timeout: 1s, fallback: skip }, { move: order to PAID }, { publish: queue / paid }] } } } }\n";
    Pack::of(&[
        ("system.yaml", STALL),
        ("monitors/rules.yaml", RULES),
        ("variants/free.yaml", free),
        ("scenarios/s.yaml", scenario),
    ])
}

fn proved(scenario: &str, replications: u64) -> (Loaded, Proof) {
    let (loaded, rules) = stall(scenario).load("s");
    let heard = Mutex::new(Vec::new());
    let proof = prove(&loaded, &rules, 1, replications, |done, of| {
        heard.lock().unwrap().push((done, of));
    });
    let mut heard = heard.into_inner().unwrap();
    heard.sort_unstable();
    let last = heard.len() as u64;
    assert!(heard.iter().copied().eq((1..=last).map(|done| (done, last))), "{heard:?}");
    (loaded, proof.unwrap())
}

fn tried<'p>(proof: &'p Proof, trial: &Trial) -> &'p Tried {
    proof.tried.iter().find(|it| it.trial == *trial).unwrap()
}

fn fix(name: &str) -> Trial {
    Trial::Fix(name.to_owned())
}

/// The outage of a minute with users every second: every figure is known.
#[test]
fn an_outage_that_is_known() {
    let expect = "
  - { journey: buy, failed: above 0 }
  - { alert: TillFails, by: end }
  - { alert: BuysFail, by: end }
  - { journey: buy, started: 300 }";
    let outage =
        "[{ at: 1min, errors: till, share: 100%, for: 1min }, { at: 4min, restart: clock }]";
    let (loaded, proof) = proved(&(scenario(outage, "till", expect) + FIXES), 2);
    assert_eq!((proof.seed, proof.replications, &proof.hurt[..]), (1, 2, &["buy".to_owned()][..]));
    assert_eq!(proof.currency.as_deref(), Some("EUR"));
    // `started` holds in any case; the others need the cause, and nothing but the cause.
    assert_eq!((proof.needed, proof.sufficed), ((3, 4), (4, 4)));
    assert!(proof.not_tried.is_empty());
    let rules = knockon_scenario::alerts::of_system(&loaded.system, &loaded.places);
    let without: Vec<bool> =
        without_cause(&loaded, &rules, 1).unwrap().iter().map(|it| it.held).collect();
    assert_eq!(without, [false, false, false, true]);
    let figures = |trial: Trial| {
        let it = tried(&proof, &trial);
        assert_eq!([it.doubled, it.lost, it.stuck].map(|it| it.mean), [0.0; 3]);
        assert_eq!(it.failed.half_width, 0.0, "every run is the same");
        let money = it.money_saved.unwrap().mean;
        (it.healthy, it.healthy_after_s.unwrap().mean, it.orders_saved.mean, money, it.failed.mean)
    };
    assert_eq!(figures(Trial::AsItWas), (2, 60.0, 0.0, 0.0, 60.0));
    assert_eq!(figures(Trial::WithoutCause), (2, 0.0, 60.0, 120.0, 0.0));
    assert_eq!(figures(Trial::OnlyCause), (2, 60.0, 0.0, 0.0, 60.0));
    assert_eq!(figures(fix("wait and see")), (2, 30.0, 0.0, 0.0, 60.0));
    assert_eq!(figures(fix("mend the till")), (2, 0.0, 30.0, 60.0, 30.0));
    // The second step has a moment of its own; what is counted begins with the first.
    assert_eq!(figures(fix("mend it later")), (2, 15.0, 15.0, 30.0, 45.0));
    assert_eq!(figures(Trial::Variant("free".into())), (2, 0.0, 60.0, 120.0, 0.0));
    let said = |name: &str| {
        let it = tried(&proof, &fix(name));
        (it.summary.as_deref(), it.risk.as_deref(), it.works)
    };
    assert_eq!(said("wait and see"), (None, Some("None."), Some(false)));
    assert_eq!(said("mend the till"), (Some("Mend it."), None, Some(true)));
}

/// An outage at random: half of the users of a minute, who come at random.
fn at_random() -> String {
    let outage = "[{ at: 1min, errors: till, share: 50%, for: 1min }]";
    let text = scenario(outage, "till", "  - { journey: buy, failed: above 0 }") + FIXES;
    text.replace("demand: { buy: { first: 500ms, every: 1s, count: 300 } }\n", "variants: []\n")
}

/// Plays a plan over the time of a scenario.
fn played(loaded: &Loaded, plan: Plan) -> Course {
    let scenario = &loaded.scenario;
    course(&loaded.system, plan, scenario.lasts, &[scenario.lasts], |_| ()).unwrap()
}

#[test]
fn a_fix_that_does_nothing_changes_nothing() {
    let (_, proof) = proved(&at_random(), 4);
    let was = tried(&proof, &Trial::AsItWas);
    let same = tried(&proof, &fix("wait and see"));
    let figures = |it: &Tried| {
        [it.doubled, it.lost, it.stuck, it.charged_unfulfilled, it.failed, it.orders_saved]
    };
    assert_eq!(figures(was), figures(same));
    assert_eq!((same.orders_saved.mean, same.orders_saved.half_width), (0.0, 0.0));
    assert!(was.failed.half_width > 0.0, "runs have other luck than each other");
    // Without the cause nobody fails, in any run.
    let without = tried(&proof, &Trial::WithoutCause);
    assert_eq!((without.failed.mean, without.failed.half_width, without.healthy), (0.0, 0.0, 4));
    assert_eq!(without.orders_saved, was.failed, "whoever does not fail completes");
}

#[test]
fn intervals_are_those_of_students_t() {
    let (loaded, proof) = proved(&at_random(), 4);
    let scenario = &loaded.scenario;
    let failed = |plan: Plan| played(&loaded, plan).run.truth().journeys[0].failed as f64;
    let plan = |seed| scenario.watched_plan(seed, Watching::Users, |_| true);
    let mend = scenario.fixes.iter().find(|it| it.name == "mend the till").unwrap();
    let was: Vec<f64> = (1..=4).map(|seed| failed(plan(seed))).collect();
    let mended = |seed| failed(Plan { timeline: scenario.with_fix(mend), ..plan(seed) });
    let mended: Vec<f64> = (1..=4).map(mended).collect();
    let check = |told: Interval, values: &[f64]| {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / (n - 1.0);
        // 0.975 of Student's t with three degrees of freedom.
        let half_width = 3.182_446 * (variance / n).sqrt();
        assert!((told.mean - mean).abs() < 1e-9, "{told:?} {values:?}");
        assert!((told.half_width - half_width).abs() < 1e-5, "{told:?} {half_width}");
        assert!(told.n == 4 && half_width > 0.1);
    };
    check(tried(&proof, &Trial::AsItWas).failed, &was);
    let it = tried(&proof, &fix("mend the till"));
    check(it.failed, &mended);
    // Seed by seed, so that luck cancels out.
    let saved: Vec<f64> = was.iter().zip(&mended).map(|(was, mended)| was - mended).collect();
    check(it.orders_saved, &saved);
    check(it.money_saved.unwrap(), &saved.iter().map(|it| it * 2.0).collect::<Vec<_>>());
}

#[test]
fn threads_do_not_matter() {
    let (loaded, _) = stall(&at_random()).load("s");
    let scenario = &loaded.scenario;
    let play = |seed: u64| {
        let of = |role: Option<Role>| {
            let wanted = |it: &knockon_scenario::Entry| role.is_none_or(|role| it.role == role);
            played(&loaded, scenario.watched_plan(seed, Watching::Users, wanted))
        };
        let (was, healthy) = (of(None), of(Some(Role::Background)));
        Ok::<_, Failed>((was.journeys.clone(), fared(&was, &healthy)))
    };
    let seeds: Vec<u64> = (1..=12).rev().collect();
    let one_by_one: Vec<_> = seeds.iter().map(|seed| play(*seed).unwrap()).collect();
    let done = Mutex::new(Vec::new());
    let at_once = each(&seeds, play, |count| done.lock().unwrap().push(count)).unwrap();
    assert_eq!(at_once, one_by_one);
    let mut done = done.into_inner().unwrap();
    done.sort_unstable();
    assert_eq!(done, (1..=12).collect::<Vec<_>>());
    assert_eq!(each(&[], play, |_| ()).unwrap(), []);
    // Of those that fail the first is told, whichever was done first.
    let fails = |seed: u64| {
        if !seed.is_multiple_of(5) {
            return Ok(seed);
        }
        let (what, help) = (seed.to_string(), String::new());
        let unplayable =
            knockon_sim::Unplayable { element: knockon_core::Element::System, what, help };
        Err(Failed::Unplayable(vec![unplayable]))
    };
    let Err(Failed::Unplayable(all)) = each(&seeds, fails, |_| ()) else { panic!("it fails") };
    assert_eq!(all[0].what, "10");
}

#[test]
fn a_variant_that_lacks_what_the_scenario_names_is_not_tried() {
    let outage = "[{ at: 1min, crash: clock, for: 1min }]";
    let text = scenario(outage, "clock", "  - { journey: buy, started: 300 }");
    let variant = "variant: no clock\nchanges: { services: { clock: null } }\n";
    let broken = "variant: broken\nchanges: { services: { clok: null } }\n";
    let pack = Pack::of(&[
        ("system.yaml", STALL),
        ("monitors/rules.yaml", RULES),
        ("variants/broken.yaml", broken),
        ("variants/no clock.yaml", variant),
        ("scenarios/s.yaml", &text),
    ]);
    let (loaded, rules) = pack.load("s");
    let proof = prove(&loaded, &rules, 1, 1, |_, _| ()).unwrap();
    let not_tried = proof.not_tried.iter().map(|it| match &it.trial {
        Trial::Variant(name) => format!("{name}: {}", it.why),
        trial => format!("{trial:?}"),
    });
    assert_eq!(
        not_tried.collect::<Vec<_>>(),
        ["broken: there is no `clok` to remove", "no clock: there is no service `clock`"]
    );
}
