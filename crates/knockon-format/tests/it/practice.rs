//! What can be wrong with priorities and allowances.

use crate::check;

#[test]
fn a_priority_is_one_of_four() {
    check(
        "system: a\nservices: { b: {} }\npriorities: { P1: { means: all }, P0: {}, p2: {}, P5: { means: x }, urgent: { action: y } }\n",
        "
s.yaml:3:35: error[K0115]: `P0` is not a priority
  help: did you mean `P1`? The words are `P1`, `P2`, `P3` or `P4`
s.yaml:3:43: error[K0115]: `p2` is not a priority
  help: did you mean `P2`? The words are `P1`, `P2`, `P3` or `P4`
s.yaml:3:51: error[K0115]: `P5` is not a priority
  help: did you mean `P1`? The words are `P1`, `P2`, `P3` or `P4`
s.yaml:3:69: error[K0115]: `urgent` is not a priority
  help: write `P1`, `P2`, `P3` or `P4`",
    );
}

#[test]
fn what_is_allowed_has_a_reason() {
    check(
        "system: a\nservices: { b: {} }\nallow:\n  - { code: K0401 }\n  - { code: K0402, at: b, reason: ' ' }\n  - K0403\n  - { reason: because, until: 2030-01-01 }\n",
        "
s.yaml:4:5: error[K0114]: an allowance has no `reason`
  help: add `reason: The page is being written.`
s.yaml:5:35: error[K0119]: `reason` is empty
  help: write a value, or remove the key
s.yaml:6:5: error[K0112]: an allowance is a mapping of keys, found text
  help: write `code: K0401` and the like below it
s.yaml:7:5: error[K0114]: an allowance has no `code`
  help: add `code: K0401`
s.yaml:7:24: error[K0113]: unknown key `until`
  help: an allowance has `code`, `at` and `reason`",
    );
}

#[test]
fn the_bounds_of_a_priority_are_read() {
    let text = "system: a\nservices: { b: {} }\npriorities:\n  P2: { users: 20%, any_users: 80%, money: 500 EUR/h, worse: P1 }\n";
    let reading = knockon_format::read_system("s.yaml", text.as_bytes(), &|_| true);
    let system = reading.system.unwrap();
    let [rule] = system.practice().priorities.as_slice() else { panic!("one rule") };
    assert_eq!(rule.users.map(|it| it.percent), Some(20.0));
    assert_eq!(rule.any_users.map(|it| it.percent), Some(80.0));
    assert_eq!(rule.money.map(|it| it.per_hour.amount), Some(500.0));
    assert_eq!(rule.worse, Some(knockon_core::Priority::P1));
    let written: String = knockon_format::print(&system).into_iter().map(|it| it.text).collect();
    assert!(written.contains("worse: P1"), "{written}");
}
