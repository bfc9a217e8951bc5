//! The worst shapes: none takes long, none takes the stack down.

use knockon_audit::{Calls, weaknesses};
use knockon_core::*;

use crate::model::*;

/// Operations, one a service, of which each calls others, with so many attempts.
fn shape(count: usize, attempts: u32, calls: impl Fn(usize) -> Vec<usize>) -> System {
    let mut model = Model::new();
    for at in 0..count {
        let service = model.service(&format!("s{at}"));
        let steps = calls(at).into_iter().map(|to| {
            let call = call(OperationId::new(ServiceId::from_index(to), 0)).retry(attempts, 10);
            if at % 2 == 0 { call.no_timeout() } else { call }
        });
        let steps = steps.collect();
        model.operation(service, "do", steps);
    }
    let first = OperationId::new(ServiceId::from_index(0), 0);
    let journey = model.journey("all", first);
    let p99 = Some(ms(1));
    journey.slo = Some(Slo { success: None, p50: None, p95: None, p99, within: p99 });
    model.build()
}

fn of(system: &System, code: &str) -> usize {
    weaknesses(system).iter().filter(|weakness| weakness.code.id == code).count()
}

#[test]
fn a_cycle_of_a_thousand_is_one_cycle() {
    let system = shape(1_000, 3, |at| vec![(at + 1) % 1_000]);
    assert_eq!(of(&system, "K0407"), 1);
}

#[test]
fn a_mesh_of_a_hundred_is_one_cycle() {
    let system = shape(100, 3, |at| (0..100).filter(|to| *to != at).collect());
    assert_eq!(of(&system, "K0407"), 1);
    assert_eq!(
        Calls::of(&system).reach(&[OperationId::new(ServiceId::from_index(7), 0)]).len(),
        100
    );
}

#[test]
fn a_chain_of_ten_thousand_is_told_once() {
    let system = shape(10_000, 3, |at| if at + 1 < 10_000 { vec![at + 1] } else { Vec::new() });
    assert_eq!((of(&system, "K0406"), of(&system, "K0407")), (1, 0));
    let found = weaknesses(&system);
    let chain = found.iter().find(|weakness| weakness.code.id == "K0406").unwrap();
    assert_eq!(
        chain.message,
        "one `s0 / do` may become 3 × 3 × 3 × … (on 9,999 levels) = more than 1,000,000,000 attempts \
         at `s9999 / do`"
    );
    assert!(
        found.iter().all(|weakness| weakness.message.len() < 300 && weakness.related.len() < 8)
    );
}

/// Rungs of two, each of which calls both of the next: 2⁵⁰⁰ paths.
#[test]
fn a_ladder_with_too_many_paths_to_walk_is_survived() {
    let system = shape(1_000, 3, |at| {
        let next = at - at % 2 + 2;
        if next < 1_000 { vec![next, next + 1] } else { Vec::new() }
    });
    assert_eq!(of(&system, "K0406"), 2);
    assert_eq!(of(&system, "K0407"), 0);
}

#[test]
fn reach_follows_what_is_waited_for() {
    let mut model = Model::new();
    let [front, middle, back] = ["a", "b", "c"].map(|name| model.service(name));
    let leaf = model.operation(front, "x", Vec::new());
    let above = model.operation(middle, "y", vec![call(leaf)]);
    let top =
        model.operation(back, "z", vec![call(above), step(Action::Background(vec![call(leaf)]))]);
    let unknown = step(Action::Call(Callee { service: middle, operation: None }));
    let unsure = model.operation(back, "w", vec![unknown.timeout(1)]);
    let aside = model.operation(back, "v", vec![step(Action::Background(vec![call(leaf)]))]);
    let system = model.build();
    let calls = Calls::of(&system);
    let reach = |from: &[OperationId]| calls.reach(from).into_iter().collect::<Vec<_>>();
    assert_eq!(reach(&[top]), [leaf, above, top]);
    assert_eq!(reach(&[above, leaf]), [leaf, above]);
    assert_eq!(reach(&[unsure]), [leaf, above, unsure]);
    assert_eq!(reach(&[aside]), [aside]);
    assert_eq!(reach(&[]), []);
}
