//! The same system with some things changed.

use knockon_core::{Action, System};
use knockon_format::print;

use crate::packs::{Loaded, check_pack};

const BASE: &str = "\
system: shop
services:
  shop:
    tier: 1
    calls: [pay, promo: degrades, news]
    runs: { replicas: 2, cpu: 500m }
    operations:
      take:
        - compute: 4ms
        - call: pay
        - parallel:
            a:
              - call: pay
                fallback: [{ branch: { b: { share: 10%, steps: [{ call: pay }] } } }]
            b: [{ get: cache / cart, miss: [{ call: promo }] }]
        - saga: book
          steps: [{ do: pay, undo: promo }]
      ask:
        summary: Asks.
        steps: [{ call: promo, retry: 3, timeout: 1s }]
  pay: {}
  promo: {}
  news: {}
  cache: { kind: cache, entries: { cart: 15min } }
  mq: { kind: broker, queues: { a: {}, b: {} }, topics: { t: [a, b] } }
journeys:
  buy: { stages: [seen, taken: shop / take] }
";

fn load(files: &[(&str, &str)]) -> Loaded {
    let mut all = vec![("system.yaml", BASE.as_bytes())];
    all.extend(files.iter().map(|(name, text)| (*name, text.as_bytes())));
    Loaded::of(&all)
}

/// The variant that the changes make, and what is said of it.
fn changed(changes: &str) -> (Option<System>, String) {
    let text = format!("variant: v\nchanges:\n{changes}");
    let loaded = load(&[("variants/v.yaml", &text)]);
    assert_eq!(loaded.said(&loaded.pack.base), "", "{text}");
    let reading = &loaded.pack.variants[0].1;
    (reading.system.clone(), loaded.said(reading))
}

/// Checks which lines a variant takes out of the printed system and which it puts in.
#[track_caller]
fn check_change(changes: &str, expected: &[&str]) {
    let (system, told) = changed(changes);
    let lines = |system: &System| -> Vec<String> {
        print(system)[0].text.lines().map(|line| line.trim().to_owned()).collect()
    };
    let before = lines(&load(&[]).pack.base.system.unwrap());
    let after = lines(&system.unwrap_or_else(|| panic!("{told}")));
    let mut found = Vec::new();
    let mut rest = after.clone();
    for line in &before {
        match rest.iter().position(|other| other == line) {
            Some(at) => drop(rest.remove(at)),
            None => found.push(format!("- {line}")),
        }
    }
    found.extend(rest.into_iter().filter(|line| !line.is_empty()).map(|line| format!("+ {line}")));
    assert_eq!(found, expected, "{changes}");
}

#[track_caller]
fn check_told(changes: &str, expected: &str) {
    let (_, told) = changed(changes);
    assert_eq!(told.trim(), expected.trim(), "{changes}\n{told}");
}

#[test]
fn keys_are_added_replaced_and_removed() {
    check_change("  summary: Changed.\n", &["+ summary: Changed."]);
    check_change(
        "  services: { shop: { tier: 2, runs: { replicas: 5, workers: 9 } } }\n",
        &[
            "- tier: 1",
            "- runs: { replicas: 2, cpu: 500m }",
            "+ tier: 2",
            "+ runs: { replicas: 5, cpu: 500m, workers: 9 }",
        ],
    );
    check_change("  services: { shop: { runs: null } }\n", &["- runs: { replicas: 2, cpu: 500m }"]);
    check_change("  services: { mail: {} }\n", &["+ mail: {}"]);
}

#[test]
fn one_step_changes_wherever_it_is() {
    // Once at the top, once in parallel, once in a branch in a fallback.
    let (system, told) = changed(
        "  services: { shop: { operations: { take: { steps: { call pay: { timeout: 3s } } } } } }\n",
    );
    let text = print(&system.unwrap_or_else(|| panic!("{told}")))[0].text.clone();
    assert_eq!(text.matches("call: pay").count(), 3, "{text}");
    assert_eq!(text.matches("timeout: 3s").count(), 3, "{text}");
    check_change(
        "  services: { shop: { operations: { take: { call promo: { timeout: 3s } } } } }\n",
        &["- miss: [{ call: promo }]", "+ miss: [{ call: promo, timeout: 3s }]"],
    );
    check_change(
        "  services: { shop: { operations: { take: { steps: { do pay: { timeout: 3s } } } } } }\n",
        &[
            "- steps: [{ do: pay, undo: promo }]",
            "+ steps: [{ do: pay, undo: promo, timeout: 3s }]",
        ],
    );
    check_change(
        "  services: { shop: { operations: { take: { steps: { get cache / cart: { miss: null } } } } } }\n",
        &[
            "- b:",
            "- - get: cache / cart",
            "- miss: [{ call: promo }]",
            "+ b: [{ get: cache / cart }]",
        ],
    );
}

#[test]
fn a_step_is_removed_and_a_list_replaced() {
    let (system, _) = changed(
        "  services: { shop: { operations: { take: { steps: { compute 4ms: null, call pay: null } } } } }\n",
    );
    let system = system.unwrap();
    let shop = system.names().get("shop").unwrap();
    let steps = &system.service(shop).operations[0].steps;
    assert_eq!(steps.len(), 2);
    assert!(matches!(&steps[0].action, Action::Parallel(branches) if branches[0].steps.is_empty()));
    check_change(
        "  services: { shop: { operations: { ask: { steps: [{ compute: 1ms }] } } } }\n",
        &["- steps: [{ call: promo, timeout: 1s, retry: 3 }]", "+ steps: [{ compute: 1ms }]"],
    );
}

#[test]
fn a_short_form_counts_as_what_it_stands_for() {
    check_change(
        "  services: { shop: { operations: { ask: { steps: { call promo: { retry: { backoff: 1s } } } } } } }\n",
        &[
            "- steps: [{ call: promo, timeout: 1s, retry: 3 }]",
            "+ steps:",
            "+ - { call: promo, timeout: 1s, retry: { attempts: 3, backoff: 1s } }",
        ],
    );
    check_change(
        "  services: { shop: { calls: { promo: { rated: high } } } }\n",
        &[
            "- calls: [pay: critical, promo: degrades, news]",
            "+ calls:",
            "+ - pay: critical",
            "+ - promo: { criticality: degrades, rated: high }",
            "+ - news",
        ],
    );
    check_change(
        "  services: { mq: { topics: { t: { to: [a] } } } }\n",
        &["- topics: { t: [a, b] }", "+ topics: { t: [a] }"],
    );
    check_change(
        "  services: { cache: { entries: { cart: { keys: 5 } } } }\n",
        &[
            "- cache: { kind: cache, entries: { cart: 15min } }",
            "+ cache:",
            "+ kind: cache",
            "+ entries: { cart: { ttl: 15min, keys: 5 } }",
        ],
    );
    let (system, told) = changed(
        "  services: { shop: { operations: { take: { rate_limit: 5/s, steps: { compute 4ms: { compute: 5ms } } } } } }\n",
    );
    let system = system.unwrap_or_else(|| panic!("{told}"));
    let take = &system.service(system.names().get("shop").unwrap()).operations[0];
    assert!(take.rate_limit.is_some());
    assert_eq!(take.steps.len(), 4);
}

#[test]
fn items_of_a_list_are_changed_by_name() {
    check_change(
        "  services: { shop: { calls: { pay: optional, promo: critical, news: null, mq: degrades } } }\n",
        &[
            "- calls: [pay: critical, promo: degrades, news]",
            "+ calls:",
            "+ - pay: optional",
            "+ - promo: critical",
            "+ - mq: degrades",
        ],
    );
    check_change(
        "  journeys: { buy: { stages: { asked: shop / ask, seen: null } } }\n",
        &[
            "- stages: [seen, taken: shop / take]",
            "+ stages:",
            "+ - taken: shop / take",
            "+ - asked: shop / ask",
        ],
    );
}

#[test]
fn a_variant_changes_another_further() {
    let loaded = load(&[
        ("variants/a.yaml", "variant: third\nextends: second\nchanges: { summary: third }\n"),
        (
            "variants/b.yaml",
            "variant: second\nsummary: The second.\nextends: first\nchanges: { services: { shop: { tier: 3 } } }\n",
        ),
        (
            "variants/c.yaml",
            "variant: first\nchanges: { summary: first, services: { shop: { tier: 2 } } }\n",
        ),
    ]);
    let found: Vec<_> = (loaded.pack.variants.iter())
        .map(|(variant, reading)| {
            let system = reading.system.as_ref().unwrap();
            let tier = system.services()[0].tier.unwrap().as_str();
            (variant.name.as_str(), variant.summary.as_deref(), system.summary(), tier)
        })
        .collect();
    let expected = [
        ("third", None, Some("third"), "3"),
        ("second", Some("The second."), Some("first"), "3"),
        ("first", None, Some("first"), "2"),
    ];
    assert_eq!(found, expected);
    let path = &loaded.pack.variants[0].0.path;
    assert!(path.ends_with("variants/a.yaml"), "{path}");
}

#[test]
fn variants_that_lead_nowhere() {
    check_pack(
        &[
            ("system.yaml", BASE),
            ("variants/a.yaml", "variant: a\nextends: a\nchanges: {}\n"),
            ("variants/b.yaml", "variant: b\nextends: c\nchanges: {}\n"),
            ("variants/c.yaml", "variant: c\nextends: b\nchanges: {}\n"),
            ("variants/d.yaml", "variant: d\nextends: e\nchanges: {}\n"),
            ("variants/e.yaml", "variant: e\nextends: f\nchanges: {}\n"),
            ("variants/f.yaml", "variant: f\nextends: d\nchanges: {}\n"),
            (
                "variants/g.yaml",
                "variant: reviewed timeouts\nextends: reviewd timeouts\nchanges: {}\n",
            ),
            ("variants/h.yaml", "variant: h\nextends: nothing like it\nchanges: {}\n"),
            ("variants/i.yaml", "variant: h\nchanges: {}\n"),
            ("variants/j.yaml", "variant: j\nextends: b\nchanges: {}\n"),
        ],
        "
variants/a.yaml:2:10: error[K0145]: `a` extends itself
  help: take the `extends` out
variants/b.yaml:2:10: error[K0145]: `b` extends itself
  help: `b`, `c` extend each other: take one `extends` out
variants/c.yaml:2:10: error[K0145]: `c` extends itself
  help: `c`, `b` extend each other: take one `extends` out
variants/d.yaml:2:10: error[K0145]: `d` extends itself
  help: `d`, `e`, `f` extend each other: take one `extends` out
variants/e.yaml:2:10: error[K0145]: `e` extends itself
  help: `e`, `f`, `d` extend each other: take one `extends` out
variants/f.yaml:2:10: error[K0145]: `f` extends itself
  help: `f`, `d`, `e` extend each other: take one `extends` out
variants/g.yaml:2:10: error[K0144]: unknown variant `reviewd timeouts`
  help: did you mean `reviewed timeouts`?
variants/h.yaml:2:10: error[K0144]: unknown variant `nothing like it`
  help: name a variant as its file does after `variant:`
variants/i.yaml:1:10: error[K0143]: two variants are called `h`
  see variants/h.yaml:1:10: first here
  help: give each a name of its own",
    );
}

#[test]
fn variants_of_another_shape() {
    check_pack(
        &[
            ("system.yaml", BASE),
            ("variants/a.yaml", "- a\n"),
            ("variants/b.yaml", "variant: b\nchanges: [a]\n"),
            ("variants/c.yaml", "variant: c\nchanges:\n"),
            ("variants/d.yaml", "variant: d\nchange: {}\n"),
            ("variants/e.yaml", "variant: [e]\nchanges: text\n"),
            ("variants/f.yaml", ""),
            ("variants/g.yaml", "text\n"),
        ],
        "
variants/f.yaml:1:1: error[K0106]: the file is empty
  help: begin with `system: name`, then `services:` and a line for each
variants/a.yaml:1:1: error[K0112]: a variant is a mapping of keys, found a list
  help: write `variant: with circuit breakers` and the like below it
variants/b.yaml:2:10: error[K0112]: `changes` takes a mapping in the shape of a system file, found a list
  help: write `changes: { services: { orders: { runs: { replicas: 3 } } } }`
variants/c.yaml:2:1: error[K0112]: `changes` has no value
  help: write `changes: { services: { orders: { runs: { replicas: 3 } } } }`, or remove the key
variants/d.yaml:2:1: error[K0113]: unknown key `change`
  help: did you mean `changes`?
variants/e.yaml:1:10: error[K0112]: `variant` takes text, found a list
  help: write `variant: with circuit breakers`
variants/e.yaml:2:10: error[K0112]: `changes` takes a mapping in the shape of a system file, found text
  help: write `changes: { services: { orders: { runs: { replicas: 3 } } } }`
variants/g.yaml:1:1: error[K0112]: a variant is a mapping of keys, found text
  help: write `variant: with circuit breakers` and the like below it",
    );
}

#[test]
fn there_is_nothing_to_change_or_remove() {
    check_told(
        "  services: { shp: null, shop: { calls: { nws: null }, operations: { take: { steps: { call pey: { timeout: 1s }, query db / x: null } } } } }\n  teams: null\n",
        "
variants/v.yaml:3:15: error[K0146]: there is no `shp` to remove
  help: did you mean `shop`?
variants/v.yaml:3:43: error[K0146]: there is no `nws` to remove
  help: did you mean `news`?
variants/v.yaml:3:87: error[K0146]: there is no `call pey` to change
  help: did you mean `call pay`?
variants/v.yaml:3:114: error[K0146]: there is no `query db / x` to remove
  help: write it as the system does: a step as `verb target`, anything else by its name
variants/v.yaml:4:3: error[K0146]: there is no `teams` to remove
  help: write it as the system does: a step as `verb target`, anything else by its name",
    );
}

#[test]
fn what_a_variant_breaks_is_told_in_the_variant() {
    let (system, told) = changed("  services: { promo: null }\n");
    assert!(system.is_none());
    let places: Vec<_> = told.lines().filter(|line| line.contains("error")).collect();
    // Each use is told once, at its place in the base.
    assert_eq!(
        places,
        [
            "system.yaml:5:18: error[K0121]: unknown service `promo`",
            "system.yaml:15:53: error[K0121]: unknown service `promo`",
            "system.yaml:17:36: error[K0121]: unknown service `promo`",
            "system.yaml:20:25: error[K0121]: unknown service `promo`",
        ]
    );
    check_told(
        "  services:\n    shop: { tier: 9, colour: red }\n    mail: { kind: databse }\n    pay: text\n",
        "
variants/v.yaml:4:19: error[K0115]: `9` is not a tier
  help: write `1`, `2`, `3`, `4` or `infra`
variants/v.yaml:4:22: error[K0113]: unknown key `colour`
  help: a service has `kind`, `team`, `co_owners`, `tier`, `role`, `summary`, `aliases`, `job`, `runbook`, `repository`, `version`, `engine`, `runs`, `probes`, `autoscaler`, `pools` and 16 more: docs/reference/keys.md
variants/v.yaml:5:19: error[K0115]: `databse` is not a kind of service
  help: did you mean `database`? The words are `service`, `database`, `cache`, `broker`, `client`, `external` or `platform`
variants/v.yaml:6:10: error[K0112]: service `pay` is a mapping of keys, found text
  help: write `kind: …` and the like below it, or `{}` for nothing",
    );
}

#[test]
fn what_is_odd_in_the_base_is_not_told_again() {
    let base = format!("{BASE}teams: {{ nobody: {{}} }}\n");
    let loaded = check_pack(
        &[
            ("system.yaml", &base),
            (
                "variants/v.yaml",
                "variant: v\nchanges: { summary: x, runbooks: { r: { steps: [sit] } } }\n",
            ),
        ],
        "system.yaml:28:10: note[K0135]: team `nobody` owns no service",
    );
    let (_, reading) = &loaded.pack.variants[0];
    assert_eq!(
        loaded.said(reading).lines().next(),
        Some("variants/v.yaml:2:36: warning[K0134]: no service uses runbook `r`")
    );
    assert!(reading.system.is_some());
}

#[test]
fn odd_changes_are_answered() {
    for changes in [
        "  services: null\n",
        "  services: [a]\n",
        "  services: text\n",
        "  system: null\n",
        "  services: { shop: null, pay: null, promo: null, news: null, cache: null, mq: null }\n",
        "  services: { shop: { operations: { take: text } } }\n",
        "  services: { shop: { operations: { take: { steps: text } } } }\n",
        "  services: { shop: { operations: { take: { steps: { call pay: [] } } } } }\n",
        "  services: { shop: { operations: { take: { steps: { call pay: { call: null } } } } } }\n",
        "  services: { shop: { operations: { take: { steps: { call pay: { query: x / y } } } } } }\n",
        "  services: { shop: { operations: { take: { steps: { parallel: null } } } } }\n",
        "  services: { shop: { calls: { pay: { promo: null } } } }\n",
        "  variant: w\n",
    ] {
        let (system, told) = changed(changes);
        assert!(system.is_none() && told.contains("error["), "{changes}{told}");
    }
}

#[test]
fn variants_that_grow_without_end_are_stopped() {
    let names = (0..9).map(|at| format!("  b{at}: {{}}\n")).collect::<Vec<_>>().concat();
    let base =
        format!("system: a\nservices:\n{names}  s: {{ operations: {{ o: [{{ call: b0 }}] }} }}\n");
    let mut files = vec![("system.yaml".to_owned(), base)];
    for at in 0..8 {
        let ten = vec![format!("{{ call: b{} }}", at + 1); 10].join(", ");
        let extends = if at == 0 { String::new() } else { format!("extends: v{}\n", at - 1) };
        let text = format!(
            "variant: v{at}\n{extends}changes: {{ services: {{ s: {{ operations: {{ o: {{ steps: {{ call b{at}: {{ fallback: [{ten}] }} }} }} }} }} }} }}\n"
        );
        files.push((format!("variants/{at:02}.yaml"), text));
    }
    let files: Vec<_> = files.iter().map(|(name, text)| (&**name, text.as_bytes())).collect();
    let loaded = Loaded::of(&files);
    assert!(loaded.pack.base.system.is_some());
    let told = loaded.said(&loaded.pack.variants[7].1);
    assert!(told.contains("error[K0103]: the system with these changes is too large or too deep"));
}

#[test]
fn a_new_name_that_is_much_like_another_is_told() {
    let (system, told) = changed("  services:\n    promo2: { tier: 1 }\n    newz: { tier: 1 }\n");
    assert!(system.is_some());
    assert_eq!(
        told,
        "variants/v.yaml:4:5: warning[K0137]: `promo2` is new in this variant, and much like `promo`\n  \
         help: write `promo`, if that is to be changed\n\
         variants/v.yaml:5:5: warning[K0137]: `newz` is new in this variant, and much like `news`\n  \
         help: write `news`, if that is to be changed\n"
    );
    let (_, told) = changed("  services:\n    warehouse: { tier: 1 }\n");
    assert_eq!(told, "");
}

#[test]
fn a_broken_variant_does_not_keep_anybody_from_the_system() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("variants")).unwrap();
    std::fs::write(directory.path().join("system.yaml"), BASE).unwrap();
    std::fs::write(directory.path().join("variants/v.yaml"), "variant: [\n").unwrap();
    assert!(knockon_format::load_system(directory.path()).system.is_some());
    assert!(knockon_format::load_pack(directory.path()).base.system.is_none());
}
