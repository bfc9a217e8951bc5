//! Every incident of the packs: it goes as its file says under twenty seeds, its symptoms do not survive
//! without its cause, and its fixes do what is said of them.

use std::path::PathBuf;

use knockon_scenario::Cause;
use knockon_scenario::alerts::{self, Groups};
use knockon_scenario::judge::judge;
use knockon_scenario::load::{Listed, Loaded, list, load};
use knockon_scenario::many::each;
use knockon_scenario::play::{Failed, play};
use knockon_scenario::prove::{healthy, prove, quiet, without_cause};
use knockon_scenario::story::{Part, tell};

use crate::run::{knockon, root};

const SEEDS: std::ops::RangeInclusive<u64> = 1..=20;

/// Under the first of them the cause is taken away as well, and under fewer every fix is tried.
const SEEDS_WITHOUT: u64 = 5;
const SEEDS_OF_FIXES: u64 = 3;

fn scenarios(pack: &str) -> Vec<Listed> {
    let listed = list(&root().join("packs").join(pack));
    assert!(!listed.is_empty(), "{pack} has no scenario");
    listed
}

fn ready(listed: &Listed) -> (Loaded, Groups) {
    let loaded = load(&listed.path);
    assert!(loaded.is_ok(), "{}: {:?}", listed.name, loaded.err());
    let loaded = loaded.unwrap();
    let rules = alerts::of_system(&loaded.system, &loaded.places);
    (loaded, rules)
}

/// What is wrong with a scenario under one seed.
fn wrong(loaded: &Loaded, rules: &Groups, seed: u64) -> Vec<String> {
    let scenario = &loaded.scenario;
    let played = play(&loaded.system, scenario, rules, seed, |_| ()).unwrap();
    let healthy = healthy(loaded, seed).unwrap();
    let judged = judge(scenario, &played, &healthy);
    let mut wrong: Vec<String> = (scenario.expect.iter().zip(&judged))
        .filter(|(_, judged)| !judged.held)
        .map(|(expectation, judged)| {
            format!("seed {seed}: {}: {}", expectation.text, judged.observed)
        })
        .collect();
    if scenario.cause == Cause::Nobody {
        let story = tell(&loaded.system, scenario, seed, &played, &healthy, Vec::new);
        let hurt = story.users.iter().filter(|felt| felt.bad.is_some());
        wrong.extend(hurt.map(|felt| format!("seed {seed}: {} is hurt by nobody", felt.journey)));
    } else if seed <= SEEDS_WITHOUT {
        let without = without_cause(loaded, rules, seed).unwrap();
        if without.iter().all(|judged| judged.held) {
            wrong.push(format!("seed {seed}: everything holds without the cause"));
        }
    }
    wrong
}

fn all_hold(pack: &str) {
    let seeds: Vec<u64> = SEEDS.collect();
    let mut wrongs = Vec::new();
    for listed in scenarios(pack) {
        let (loaded, rules) = ready(&listed);
        let found =
            each(&seeds, |seed| Ok::<_, Failed>(wrong(&loaded, &rules, seed)), |_| ()).unwrap();
        wrongs.extend(found.into_iter().flatten().map(|it| format!("{}: {it}", listed.name)));
    }
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
}

fn fixes_do_what_is_said(pack: &str) {
    let mut wrongs = Vec::new();
    for listed in scenarios(pack) {
        let (loaded, rules) = ready(&listed);
        let proof = prove(&loaded, &rules, 1, SEEDS_OF_FIXES, |_, _| ()).unwrap();
        let unlike = proof.tried.iter().filter(|tried| !tried.is_as_said());
        wrongs.extend(unlike.map(|it| format!("{}: {:?}", listed.name, it.trial)));
        wrongs.extend(proof.not_tried.iter().map(|it| format!("{}: {}", listed.name, it.why)));
    }
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
}

macro_rules! packs {
    ($($module:ident: $pack:literal,)*) => {
        const PACKS: &[&str] = &[$($pack),*];
        $(mod $module {
            #[test]
            fn every_scenario_goes_as_its_file_says_and_needs_its_cause() {
                super::all_hold($pack);
            }

            #[test]
            fn every_fix_does_what_is_said_of_it() {
                super::fixes_do_what_is_said($pack);
            }
        })*
    };
}

packs! {
    checkout: "checkout",
    connect: "connect",
    order_orchestrator: "order-orchestrator",
    pos: "pos",
    sock_shop: "sock-shop",
}

#[test]
fn every_pack_with_scenarios_is_tried() {
    let with = std::fs::read_dir(root().join("packs")).unwrap().map(|entry| entry.unwrap().path());
    let mut with: Vec<PathBuf> = with.filter(|path| path.join("scenarios").is_dir()).collect();
    with.sort();
    let names: Vec<&str> =
        with.iter().map(|it| it.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, PACKS);
}

/// An improvement that no incident tries is a claim.
#[test]
fn every_variant_is_tried_on_an_incident() {
    let mut left = Vec::new();
    for pack in PACKS {
        let mut named: Vec<String> = Vec::new();
        let mut variants: Vec<String> = Vec::new();
        for listed in scenarios(pack) {
            let (loaded, _) = ready(&listed);
            variants = loaded.pack.variants.iter().map(|(it, _)| it.name.clone()).collect();
            named.extend(loaded.scenario.variants.map_or_else(
                || variants.clone(),
                |all| all.into_iter().map(|(it, _)| it).collect(),
            ));
            named.extend(loaded.scenario.variant);
        }
        left.extend(variants.into_iter().filter(|it| !named.contains(it)));
    }
    assert_eq!(left, Vec::<String>::new());
}

/// Alerts of the services to blame are the cause's, and nobody's fault has none.
#[test]
fn alerts_are_sorted_by_what_is_to_blame() {
    for pack in PACKS {
        for listed in scenarios(pack) {
            let (loaded, rules) = ready(&listed);
            let played = play(&loaded.system, &loaded.scenario, &rules, 1, |_| ()).unwrap();
            let healthy = healthy(&loaded, 1).unwrap();
            let story = tell(&loaded.system, &loaded.scenario, 1, &played, &healthy, || {
                quiet(&loaded, &rules, 1)
            });
            for told in &story.alerts {
                let of = told.fired.service.as_ref().is_some_and(|it| story.causes.contains(it));
                if told.part == Part::Cause {
                    assert!(of, "{}: {} is no cause's", listed.name, told.fired.name);
                }
                if story.causes.is_empty() {
                    assert_eq!(told.part, Part::Unrelated, "{}: {}", listed.name, told.fired.name);
                }
            }
        }
    }
}

/// One incident of each pack, the ones with the most in them.
const RICHEST: [&str; 5] = [
    "packs/checkout/payment-errors-after-deploy",
    "packs/connect/coredns-nxdomain",
    "packs/order-orchestrator/2-database-connection-failure",
    "packs/pos/regional-network-down",
    "packs/sock-shop/7-autoscaler-on-memory",
];

#[test]
fn the_same_seed_prints_the_same_bytes() {
    for scenario in RICHEST {
        let run = |seed: &str| knockon(&["run", scenario, "--json", "--seed", seed]);
        let (first, again, other) = (run("7"), run("7"), run("8"));
        assert_eq!(first.stdout, again.stdout, "{scenario}");
        assert!(first.stdout != other.stdout, "{scenario}: the seed does not matter");
    }
}

/// FNV-1a, 64 bits.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// What runs print is the same on every machine, in a debug build and in a release build. What changes
/// it on purpose rewrites the digests with `KNOCKON_UPDATE=1`.
#[test]
fn runs_print_what_they_printed_elsewhere() {
    let path = root().join("crates/knockon/tests/it/scenarios.digests");
    let lines = RICHEST.map(|scenario| {
        let story = digest(&knockon(&["run", scenario, "--json"]).stdout);
        let proof = digest(&knockon(&["prove", scenario, "--json", "--replications", "2"]).stdout);
        format!("{story:016x} {proof:016x} {scenario}\n")
    });
    let found = lines.concat();
    if std::env::var_os("KNOCKON_UPDATE").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    assert_eq!(found, std::fs::read_to_string(&path).unwrap_or_default());
}
