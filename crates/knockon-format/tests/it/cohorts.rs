//! What can be wrong with cohorts.

use crate::check;

#[test]
fn shares_of_a_cohort_are_at_most_all() {
    check(
        "system: a\ncohorts:\n  region: { members: { north: 60%, south: 50% } }\n  store: { members: { one: 0.5, two: 120% }, count: -3, within: regoin }\n  brand: { members: [a, b] }\nservices: { b: {} }\n",
        "
s.yaml:3:13: error[K0120]: the members are 110% together
  help: let the shares add up to 100% at most
s.yaml:4:28: error[K0120]: `0.5` is not a share in percent
  help: write `50%`
s.yaml:4:38: error[K0120]: `120%` is more than all
  help: write `100%` at most
s.yaml:4:53: error[K0116]: `-3` is negative
  help: write a whole number in digits, as in `3`
s.yaml:4:65: error[K0128]: unknown cohort `regoin`
  help: did you mean `region`?
s.yaml:5:21: error[K0112]: `members` takes a mapping from names, each to a share in percent, found a list
  help: write `members: { jakarta: 60%, bali: 40% }`",
    );
}

#[test]
fn journeys_and_heuristics_name_cohorts() {
    check(
        "system: a\ncohorts: { region: { members: { north: 60% } } }\nservices: { b: {} }\njourneys:\n  j: { through: [b], by: [region, store] }\nheuristics:\n  h: { says: x, cohort: sites, breadth: many, within: region, service: c, scope: galactic, risk: none, suspects: [b, d], concerns: [shop] }\n  i: { cohort: region }\n",
        "
s.yaml:5:35: error[K0128]: unknown cohort `store`
  help: declare it under `cohorts:`, or write `region`
s.yaml:7:25: error[K0128]: unknown cohort `sites`
  help: declare it under `cohorts:`, or write `region`
s.yaml:7:41: error[K0115]: `many` is not a breadth
  help: write `one`, `several` or `all`
s.yaml:7:72: error[K0121]: unknown service `c`
  help: declare it under `services:`, or write `b`
s.yaml:7:82: error[K0115]: `galactic` is not a scope
  help: write `local`, `regional` or `global`
s.yaml:7:98: error[K0115]: `none` is not a risk
  help: write `low`, `medium` or `high`
s.yaml:7:118: error[K0121]: unknown service `d`
  help: declare it under `services:`, or write `b`
s.yaml:7:133: error[K0122]: unknown team `shop`
  help: declare it under `teams:`; there is none yet
s.yaml:8:3: error[K0114]: heuristic `i` has no `says`
  help: add `says: One store alone is most often local.`",
    );
}
