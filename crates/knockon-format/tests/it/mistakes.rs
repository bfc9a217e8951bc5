//! One mistake at a time, each with the words it is told in; then many at once.

use crate::{check, check_below};

#[test]
fn a_key_twice() {
    check(
        "system: a\nservices:\n  b: {}\n  c: { tier: 1, tier: 2 }\n  b: { kind: cache }\nsystem: z\n",
        "
s.yaml:4:17: error[K0111]: `tier` is written twice in the same mapping
  see s.yaml:4:8: first written here
  help: merge the two, or rename one
s.yaml:5:3: error[K0111]: `b` is written twice in the same mapping
  see s.yaml:3:3: first written here
  help: merge the two, or rename one
s.yaml:6:1: error[K0111]: `system` is written twice in the same mapping
  see s.yaml:1:1: first written here
  help: merge the two, or rename one",
    );
}

#[test]
fn values_of_the_wrong_type() {
    check(
        "system: [a]\nservices:\n  b: { calls: b }\n  c: { tier: '1', team: { x: y } }\n  d: text\n  e: { calls: { b: optional } }\n  f: { aliases: [[x], '', k: v] }\n",
        "
s.yaml:1:9: error[K0112]: `system` takes text, found a list
  help: write `system: sock-shop`
s.yaml:3:15: error[K0112]: `calls` takes a list of services, found text
  help: write `calls: [b]`
s.yaml:4:25: error[K0112]: `team` takes the name of a team, found a mapping
  help: write `team: storefront`
s.yaml:5:6: error[K0112]: service `d` is a mapping of keys, found text
  help: write `kind: …` and the like below it, or `{}` for nothing
s.yaml:6:15: error[K0112]: `calls` takes a list of services, found a mapping
  help: write `calls: [payment, promo: optional]`
s.yaml:7:18: error[K0112]: an item of `aliases` is text, found a list
s.yaml:7:23: error[K0112]: an item of `aliases` is text, found empty text
s.yaml:7:27: error[K0112]: an item of `aliases` is text, found a mapping
  help: put text that contains a colon and a space in double quotes",
    );
}

#[test]
fn a_file_of_another_shape() {
    check(
        "- a\n- b\n",
        "
s.yaml:1:1: error[K0112]: a system file is a mapping of keys, found a list
  help: begin with `system: name`, then `services:`",
    );
    check(
        "system\n",
        "
s.yaml:1:1: error[K0112]: a system file is a mapping of keys, found text
  help: begin with `system: name`, then `services:`",
    );
}

#[test]
fn a_key_without_a_value() {
    check_below(
        "teams:\n  t:\n    contact: #shop\n    escalation:\njourneys:\n",
        "
s.yaml:8:5: error[K0112]: `contact` has no value
  help: a `#` starts a comment: write text that begins with one in double quotes, `contact: \"#text\"`
s.yaml:9:5: error[K0112]: `escalation` has no value
  help: write `escalation: pagerduty/storefront`, or remove the key
s.yaml:10:1: error[K0112]: `journeys` has no value
  help: write `journeys: { buy: { through: [front-end] } }`, or remove the key",
    );
}

#[test]
fn unknown_keys() {
    check(
        "system: a\nservice: {}\nservices:\n  b: { teem: x, depends_on: [b], owner: y, runsOn: [z], colour: red }\n",
        "
s.yaml:2:1: error[K0113]: unknown key `service`
  help: did you mean `services`?
s.yaml:4:8: error[K0113]: unknown key `teem`
  help: did you mean `team`?
s.yaml:4:17: error[K0113]: unknown key `depends_on`
  help: did you mean `calls`?
s.yaml:4:34: error[K0113]: unknown key `owner`
  help: did you mean `team`?
s.yaml:4:44: error[K0113]: unknown key `runsOn`
  help: did you mean `runs_on`?
s.yaml:4:57: error[K0113]: unknown key `colour`
  help: a service has `kind`, `team`, `co_owners`, `tier`, `role`, `summary`, `aliases`, `job`, `runbook`, `repository`, `version`, `engine`, `runs`, `probes`, `autoscaler`, `pools` and 16 more: docs/reference/keys.md",
    );
}

#[test]
fn missing_keys() {
    check(
        "# nothing but\nsummary: a summary\n",
        "
s.yaml:2:1: error[K0114]: the file has no `system`
  help: add `system: sock-shop`
s.yaml:2:1: error[K0114]: the file has no `services`
  help: add `services: { front-end: {} }`",
    );
    check_below(
        "journeys:\n  buy: { demand: 1/h }\n",
        "
s.yaml:7:3: error[K0114]: journey `buy` has no `through`
  help: add `through: [front-end, orders]`, or an operation to each stage",
    );
}

#[test]
fn unknown_words() {
    check(
        "system: a\nservices:\n  b: { kind: databse }\n  c: { kind: lambda, calls: [b: soft, d: optinal] }\n  d: { calls: [b: , c: [x]] }\n",
        "
s.yaml:3:14: error[K0115]: `databse` is not a kind of service
  help: did you mean `database`? The words are `service`, `database`, `cache`, `broker`, `client`, `external` or `platform`
s.yaml:4:14: error[K0115]: `lambda` is not a kind of service
  help: write `service`, `database`, `cache`, `broker`, `client`, `external` or `platform`
s.yaml:4:33: error[K0115]: `soft` is not a criticality
  help: write `critical`, `degrades` or `optional`
s.yaml:4:42: error[K0115]: `optinal` is not a criticality
  help: did you mean `optional`? The words are `critical`, `degrades` or `optional`
s.yaml:5:16: error[K0112]: `b` has no value
  help: write `b` alone
s.yaml:5:24: error[K0112]: `criticality` takes one of `critical`, `degrades` or `optional`, found a list
  help: write `criticality: degrades`",
    );
}

#[test]
fn tiers_that_are_none() {
    check(
        "system: a\nservices:\n  b: { tier: 5 }\n  c: { tier: one }\n  d: { tier: -1 }\n",
        "
s.yaml:3:14: error[K0115]: `5` is not a tier
  help: write `1`, `2`, `3`, `4` or `infra`
s.yaml:4:14: error[K0115]: `one` is not a tier
  help: write `1`, `2`, `3`, `4` or `infra`
s.yaml:5:14: error[K0115]: `-1` is not a tier
  help: did you mean `1`? The words are `1`, `2`, `3`, `4` or `infra`",
    );
}

#[test]
fn rates_and_money() {
    check_below(
        "journeys:\n  a: { through: [orders], demand: 1200, value: 42 }\n  b: { through: [orders], demand: -3/h, value: $42 }\n  c: { through: [orders], demand: 3/week, value: [42] }\n",
        "
s.yaml:7:35: error[K0117]: `1200` does not say per what
  help: write `1200/h`, or `/s`, `/min` or `/d`
s.yaml:7:48: error[K0118]: `42` is not an amount and a currency
  help: say in which currency, as in `42 USD`
s.yaml:8:35: error[K0117]: `-3` is negative
  help: write a number, `/` and one of `s`, `min`, `h` or `d`, as in `1200/h`
s.yaml:8:48: error[K0118]: `$42` is not an amount and a currency
  help: write an amount and an ISO 4217 currency code, as in `42.00 USD`
s.yaml:9:35: error[K0117]: `week` is not a unit of a rate
  help: write a number, `/` and one of `s`, `min`, `h` or `d`, as in `1200/h`
s.yaml:9:50: error[K0112]: `value` takes an amount and an ISO 4217 currency, found a list
  help: write `value: 42.00 USD`",
    );
}

#[test]
fn empty_values_and_unusable_names() {
    check(
        "system: ''\nservices:\n  ' b': {}\n  \"c\\nd\": {}\n  e: {}\njourneys:\n  j: { through: [] }\n",
        r"
s.yaml:1:9: error[K0119]: `system` is empty
  help: write a value, or remove the key
s.yaml:3:3: error[K0119]: ` b` cannot be a name
s.yaml:4:3: error[K0119]: `c\nd` cannot be a name
s.yaml:7:8: error[K0119]: `through` is empty
  help: name the services that the journey crosses, in order",
    );
    check(
        "system: a\nservices: {}\n",
        "s.yaml:2:1: error[K0119]: a system needs at least one service",
    );
}

#[test]
fn unknown_references() {
    check(
        "system: a\nteams:\n  shop: {}\nservices:\n  b: { calls: [bb, dd], team: shpo, runbook: r }\n  dog: { aliases: [hound] }\n  e: { calls: [hound, cat: optional], team: kitchen }\njourneys:\n  j: { through: [b, x-y-z], enters: nowhere }\n",
        "
s.yaml:5:16: error[K0121]: unknown service `bb`
  help: did you mean `b`?
s.yaml:5:20: error[K0121]: unknown service `dd`
  help: declare it under `services:`, or write `b`, `dog` or `e`
s.yaml:5:31: error[K0122]: unknown team `shpo`
  help: did you mean `shop`?
s.yaml:5:46: error[K0123]: unknown runbook `r`
  help: declare it under `runbooks:`; there is none yet
s.yaml:7:16: error[K0121]: unknown service `hound`
  help: `hound` is an alias of `dog`: write `dog`
s.yaml:7:23: error[K0121]: unknown service `cat`
  help: declare it under `services:`, or write `b`, `dog` or `e`
s.yaml:7:45: error[K0122]: unknown team `kitchen`
  help: declare it under `teams:`, or write `shop`
s.yaml:9:21: error[K0121]: unknown service `x-y-z`
  help: declare it under `services:`, or write `b`, `dog` or `e`
s.yaml:9:37: error[K0121]: unknown service `nowhere`
  help: declare it under `services:`, or write `b`, `dog` or `e`",
    );
}

#[test]
fn references_to_a_section_that_could_not_be_read_are_not_mistakes() {
    check(
        "system: a\nteams: [shop]\nservices:\n  b: { team: shop }\n",
        "
s.yaml:2:8: error[K0112]: `teams` takes a mapping from names to teams, found a list
  help: write `teams: { storefront: {} }`",
    );
}

#[test]
fn a_name_of_two_services() {
    check(
        "system: a\nservices:\n  b: { aliases: [c, web] }\n  c: {}\n  d: { aliases: [web] }\n",
        "
s.yaml:3:18: error[K0124]: `c` already names `c`
  see s.yaml:4:3: first written here
  help: a name or alias leads to one service: remove it from one of the two
s.yaml:5:18: error[K0124]: `web` already names `b`
  see s.yaml:3:21: first written here
  help: a name or alias leads to one service: remove it from one of the two",
    );
}

#[test]
fn a_service_that_needs_itself() {
    check(
        "system: a\nservices:\n  b: { calls: [b] }\n",
        "
s.yaml:3:16: error[K0125]: `b` depends on itself
  see s.yaml:3:3: declared here
  help: remove it, or name the service that is meant",
    );
}

#[test]
fn two_services_in_one_item() {
    check(
        "system: a\nservices:\n  b: { calls: [{ c: optional, d: critical }, {}] }\n  c: {}\n  d: {}\n",
        "
s.yaml:3:31: error[K0112]: one item of `calls` names two things
  help: write each as an item of its own
s.yaml:3:46: error[K0112]: an item of `calls` is a service name or `name: criticality`, found a mapping",
    );
}

#[test]
fn a_journey_that_enters_elsewhere() {
    check_below(
        "journeys:\n  j: { through: [orders, orders-db], enters: front-end }\n",
        "
s.yaml:7:46: error[K0126]: journey `j` enters at `front-end`, which is not among `through`
  help: add `front-end` to `through`",
    );
}

#[test]
fn many_mistakes_come_all_at_once_in_the_order_of_the_file() {
    let source = "\
sistem: petshop
teams:
  storefront: { contact: \"#shop\", phone: 1 }
services:
  front-end:
    kind: web
    team: storefrunt
    tier: 9
    calls: orders
  orders:
    aliases: [front-end]
    calls: [orders, promo]
    calls: []
journeys:
  buy:
    through: [front-end, ordrs]
    demand: 10/fortnight
    value: 3 usd
runbooks:
  r: { steps: [1, { a: b }], pages: x }
";
    let reading = crate::read(source);
    let codes: Vec<_> = reading
        .diagnostics
        .iter()
        .map(|d| (d.place.as_ref().map_or(0, |p| p.line), d.code.id))
        .collect();
    let expected = [
        (1, "K0113"),
        (1, "K0114"),
        (3, "K0113"),
        (6, "K0115"),
        (7, "K0122"),
        (8, "K0115"),
        (9, "K0112"),
        (11, "K0124"),
        (12, "K0125"),
        (12, "K0121"),
        (13, "K0111"),
        (16, "K0121"),
        (17, "K0117"),
        (18, "K0118"),
        (20, "K0112"),
        (20, "K0113"),
    ];
    assert_eq!(codes, expected);
}

#[test]
fn a_place_shows_its_line_and_says_at_the_caret_what_was_expected() {
    let reading = crate::read("system: a\nservices:\n  b: { tier: 12 }\n");
    let place = reading.diagnostics[0].place.clone().unwrap();
    assert_eq!(place.text, "  b: { tier: 12 }");
    assert_eq!((place.column, place.length), (14, 2));
    assert_eq!(place.label, "unknown word");
}

#[test]
fn more_mistakes_than_anybody_reads_are_counted() {
    use std::fmt::Write as _;
    let mut source = String::from("system: a\nservices:\n");
    for at in 0..1500 {
        let _ = writeln!(source, "  s{at}: {{ tier: 9 }}");
    }
    let reading = crate::read(source);
    assert_eq!(reading.diagnostics.len(), 1001);
    assert_eq!(reading.diagnostics[1000].to_string(), "note[K0108]: 500 more are not shown");
}

#[test]
fn a_key_of_another_kind_is_told_beside_other_mistakes_of_the_service() {
    check(
        "system: a\nservices:\n  b: { tier: 9, queues: { q: {} } }\n  c: { kind: brokr, queues: { q: {} } }\n  d: { kind: ~broker, queues: { q: {} } }\n",
        "
s.yaml:3:14: error[K0115]: `9` is not a tier
  help: write `1`, `2`, `3`, `4` or `infra`
s.yaml:3:17: error[K0129]: `queues` belongs to a broker, and `b` is of kind service
  help: write `kind: broker`, or take the key out
s.yaml:4:14: error[K0115]: `brokr` is not a kind of service
  help: did you mean `broker`? The words are `service`, `database`, `cache`, `broker`, `client`, `external` or `platform`",
    );
}

/// A report would show what follows it backwards.
#[test]
fn a_name_that_turns_text_around_is_refused() {
    check(
        "system: a\nservices:\n  b: {}\n  \"x\u{202e}y\": {}\n",
        "s.yaml:4:3: error[K0119]: `x\u{202e}y` cannot be a name",
    );
}
