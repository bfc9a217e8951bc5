//! Journeys, as their users play them.

use knockon_core::{Action, Element, Fallback, Journey as JourneyOf, Step, System};

use super::Unplayable;
use super::compile::Index;
use super::reach::reached;
use super::tables::{Journey, NONE, Program, StageOf};
use crate::clock::{END_OF_TIME, HOUR, nanos};

/// One table for each journey, in the order of the model.
pub(super) fn tables(
    system: &System,
    index: &Index,
    program: &Program,
    unplayable: &mut Vec<Unplayable>,
) -> Vec<Journey> {
    let mut tables = Vec::new();
    for (at, journey) in system.journeys().iter().enumerate() {
        if journey.stages.len() > 64 {
            unplayable.push(Unplayable {
                element: Element::Journey(at),
                what: format!("journey `{}` has more than 64 stages", journey.name),
                help: "make two journeys of it".to_owned(),
            });
        }
        tables.push(table(journey, index, program));
    }
    tables
}

fn table(journey: &JourneyOf, index: &Index, program: &Program) -> Journey {
    let slo = journey.slo;
    let (actions, needs) = actions(journey, index, program);
    let slow = slo.and_then(|slo| slo.p95.or(slo.p99).or(slo.p50));
    Journey {
        name: journey.name.clone(),
        actions,
        needs,
        stages: journey.stages.iter().map(|stage| stage.name.clone()).collect(),
        completes: journey.completes.map_or(NONE, |id| index.operation(id)),
        think_ns: journey.think.map_or(0, nanos),
        rate_per_ns: journey.demand.map_or(0.0, |rate| rate.per_hour / HOUR as f64),
        slow_ns: slow.map_or(END_OF_TIME, nanos),
        within_ns: slo.and_then(|slo| slo.within).map_or(END_OF_TIME, nanos),
        cohorts: journey.by.iter().map(|id| u32::try_from(id.index()).unwrap_or(NONE)).collect(),
        value: journey.value.map_or(0.0, |money| money.amount),
    }
}

/// What its users do themselves: where they enter, then every stage that does not come by itself; and
/// for each the stages before it that do.
fn actions(journey: &JourneyOf, index: &Index, program: &Program) -> (Vec<u32>, Vec<u64>) {
    let entry = knockon_core::Callee { service: journey.enters, operation: journey.entry };
    let first = index.callee(entry);
    let (mut actions, mut needs, mut by_itself) = (vec![first], vec![0], 0);
    let mut comes = reached(program, first);
    for (stage, it) in journey.stages.iter().enumerate().take(64) {
        let Some(operation) = it.operation.map(|id| index.operation(id)) else { continue };
        if comes[operation as usize] {
            by_itself |= u64::from(operation != first) << stage;
            continue;
        }
        actions.push(operation);
        needs.push(by_itself);
        for (known, new) in comes.iter_mut().zip(reached(program, operation)) {
            *known |= new;
        }
    }
    (actions, needs)
}

/// Tells each operation which stages it brings its users to.
pub(super) fn mark_stages(system: &System, index: &Index, program: &mut Program) {
    for (journey, of) in system.journeys().iter().enumerate() {
        let number = u32::try_from(journey).unwrap_or(NONE);
        let completes = program.journeys[journey].completes;
        for (stage, it) in of.stages.iter().enumerate() {
            let Some(operation) = it.operation.map(|id| index.operation(id)) else { continue };
            let mark = StageOf {
                journey: number,
                stage: u32::try_from(stage).unwrap_or(NONE),
                completes: operation == completes,
                charges: it.charges,
                refunds: false,
            };
            let table = &mut program.operations[operation as usize];
            table.kept = true;
            table.stages.push(mark);
        }
        // One that completes without being a stage.
        if completes != NONE {
            let table = &mut program.operations[completes as usize];
            if !table.stages.iter().any(|it| it.journey == number && it.completes) {
                let mark = StageOf {
                    journey: number,
                    stage: NONE,
                    completes: true,
                    charges: false,
                    refunds: false,
                };
                table.kept = true;
                table.stages.push(mark);
            }
        }
    }
    for id in system.operation_ids() {
        mark_refunds(&system.operation(id).steps, index, program);
    }
}

/// What takes back a part of a saga that charges is a refund, and so is what a saga does last of all
/// when it is taken back.
fn mark_refunds(steps: &[Step], index: &Index, program: &mut Program) {
    for step in steps {
        match &step.action {
            Action::Saga(saga) => {
                let parts = saga.steps.iter().filter_map(|part| Some((part.action, part.undo?)));
                for (action, undo) in parts {
                    let stages = &program.operations[index.callee(action) as usize].stages;
                    let charges = stages.iter().filter(|mark| mark.charges);
                    let journeys = charges.map(|mark| mark.journey).collect();
                    mark_refund(index.callee(undo), journeys, program);
                }
                if let Some(undo) = saga.undo {
                    let stages = program.operations.iter().flat_map(|it| &it.stages);
                    let charges = stages.filter(|mark| mark.charges);
                    let journeys = charges.map(|mark| mark.journey).collect();
                    mark_refund(index.callee(undo), journeys, program);
                }
            }
            Action::Get { miss, .. } => mark_refunds(miss, index, program),
            Action::Background(steps) => mark_refunds(steps, index, program),
            Action::Parallel(branches) => {
                for branch in branches {
                    mark_refunds(&branch.steps, index, program);
                }
            }
            Action::Branch(arms) => {
                for arm in arms {
                    mark_refunds(&arm.steps, index, program);
                }
            }
            _ => {}
        }
        if let Some(Fallback::Steps(steps)) = &step.policies.fallback {
            mark_refunds(steps, index, program);
        }
    }
}

fn mark_refund(operation: u32, mut journeys: Vec<u32>, program: &mut Program) {
    journeys.sort_unstable();
    journeys.dedup();
    let table = &mut program.operations[operation as usize];
    for journey in journeys {
        if !table.stages.iter().any(|mark| mark.refunds && mark.journey == journey) {
            table.kept = true;
            let (stage, completes, charges, refunds) = (NONE, false, false, true);
            table.stages.push(StageOf { journey, stage, completes, charges, refunds });
        }
    }
}
