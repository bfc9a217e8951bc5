//! What can be wrong with state machines.

use crate::check_in_shop;

#[test]
fn a_move_is_declared() {
    check_in_shop(
        "  shop:\n    states: { order: { moves: { NEW: [PAID] } } }\n    operations:\n      o: [{ move: order to PAYD }, { move: ordr to PAID }, { move: PAID }, { move: to PAID }, { move: order to NEW }]\n",
        "
s.yaml:12:19: error[K0127]: unknown state `PAYD` of `order`
  help: did you mean `PAID`?
s.yaml:12:44: error[K0127]: unknown machine `ordr` of `shop`
  help: did you mean `order`?
s.yaml:12:68: error[K0127]: `PAID` does not say what moves to which state
  help: write a machine of `states`, `to`, and one of its states
s.yaml:12:84: error[K0127]: `to PAID` does not say what moves to which state
  help: write a machine of `states`, `to`, and one of its states",
    );
}

#[test]
fn an_end_much_like_a_state_is_a_likely_slip() {
    check_in_shop(
        "  shop: { states: { order: { moves: { CREATED: [PAID], PAID: [CREATD, SHIPPED] } } } }\n",
        "
s.yaml:9:63: warning[K0137]: `CREATD` is an end, and much like `CREATED`
  help: write `CREATED`, or `CREATD: []` if it is an end",
    );
    check_in_shop(
        "  shop: { states: { order: { moves: { CREATED: [PAID], PAID: [CREATD, SHIPPED], CREATD: [] } } } }\n",
        "",
    );
}

#[test]
fn a_machine_has_moves_and_times() {
    check_in_shop(
        "  shop:\n    states:\n      a: {}\n      b: { moves: { A: B, '': [] }, stuck: { A: soon } }\n      c: { moves: { A: [\"x\\ny\"] }, stuck: { B: 5min } }\n      d: { moves: [A] }\n      e:\n",
        r"
s.yaml:11:7: error[K0114]: machine `a` has no `moves`
  help: add `moves: { CREATED: [PAID, EXPIRED], PAID: [SHIPPED] }`
s.yaml:12:24: error[K0112]: an item of `moves` is a list of texts, found text
  help: write it in brackets, `[…]`
s.yaml:12:27: error[K0119]: `` cannot be a name
s.yaml:12:49: error[K0110]: `soon` is not a length of time
  help: write a number and one of `us`, `ms`, `s`, `min`, `h` or `d`, as in `5s`
s.yaml:13:25: error[K0119]: `x\ny` cannot be a name
s.yaml:13:45: error[K0127]: unknown state `B` of `c`
  help: declare it under `moves:` of `c`, or write `A` or `x\ny`
s.yaml:14:19: error[K0112]: `moves` takes a mapping from names, each to a list of texts, found a list
  help: write `moves: { CREATED: [PAID, EXPIRED], PAID: [SHIPPED] }`
s.yaml:15:7: error[K0114]: machine `e` has no `moves`
  help: add `moves: { CREATED: [PAID, EXPIRED], PAID: [SHIPPED] }`",
    );
}

#[test]
fn a_state_has_a_name_of_one_line() {
    check_in_shop(
        "  shop: { states: { c: { moves: { A: [\"x\\ny\"] } } } }\n",
        r"
s.yaml:9:39: error[K0119]: `x\ny` cannot be a name",
    );
}
