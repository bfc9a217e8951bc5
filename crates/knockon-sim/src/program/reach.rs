//! What an operation leads to: by calls, and through queues to those who consume.

use knockon_core::{Element, OperationId, System};

use super::Unplayable;
use super::compile::Index;
use super::tables::{Instruction, NONE, Program, Target};

/// The operations that an operation leads to, itself included.
pub(super) fn reached(program: &Program, from: u32) -> Vec<bool> {
    let mut seen = vec![false; program.operations.len()];
    let mut next = vec![from];
    while let Some(at) = next.pop() {
        if std::mem::replace(&mut seen[at as usize], true) {
            continue;
        }
        for site in program.sites.iter().filter(|site| site.operation == at) {
            match &site.target {
                Target::Operation(operation) => next.push(*operation),
                Target::Channel { queues, .. } => {
                    next.extend(queues.iter().flat_map(|queue| consumers(program, *queue)));
                }
                Target::Entry(_) => {}
            }
        }
    }
    seen
}

/// Who consumes from a queue, or from where its dead letters go.
fn consumers(program: &Program, queue: u32) -> Vec<u32> {
    let (mut consumers, mut at, mut hops) = (Vec::new(), queue, 0);
    while at != NONE && hops <= program.queues.len() {
        consumers.extend(&program.queues[at as usize].consumers);
        at = program.queues[at as usize].dead_letter;
        hops += 1;
    }
    consumers
}

/// Operations that call themselves in the end, whatever happens: one request would never stop.
pub(super) fn endless_calls(system: &System, program: &Program, index: &Index) -> Vec<Unplayable> {
    let mut unplayable = Vec::new();
    let calls: Vec<Vec<u32>> = (program.operations.iter())
        .map(|operation| certain_calls(program, operation.entry))
        .collect();
    for id in system.operation_ids() {
        let start = index.operation(id);
        if returns_to(&calls, start) {
            unplayable.push(endless(system, id));
        }
    }
    unplayable
}

fn endless(system: &System, id: OperationId) -> Unplayable {
    let (service, operation) = (&system.service(id.service).name, &system.operation(id).name);
    Unplayable {
        element: Element::Operation(id),
        what: format!("`{service} / {operation}` calls itself without end"),
        help: "put the call into a `branch` with a share, or a `background`".to_owned(),
    }
}

fn returns_to(calls: &[Vec<u32>], start: u32) -> bool {
    let (mut seen, mut next) = (vec![false; calls.len()], calls[start as usize].clone());
    while let Some(at) = next.pop() {
        if at == start {
            return true;
        }
        if !std::mem::replace(&mut seen[at as usize], true) {
            next.extend(&calls[at as usize]);
        }
    }
    false
}

/// What an operation asks when everything goes well and no branch is taken.
fn certain_calls(program: &Program, entry: u32) -> Vec<u32> {
    let (mut calls, mut starts) = (Vec::new(), vec![entry]);
    while let Some(mut at) = starts.pop() {
        // Jumps lead forward but for fallbacks, which are not on this way.
        for _ in 0..program.code.len() {
            match program.code[at as usize] {
                Instruction::End => break,
                Instruction::Jump(to) | Instruction::Detach(to) => at = to,
                Instruction::Get(site) => at = program.sites[site as usize].hit,
                Instruction::Choose(choice) => at = program.choices[choice as usize].otherwise,
                Instruction::Fork(fork) => {
                    starts.extend(&program.forks[fork as usize]);
                    at += 1;
                }
                Instruction::Ask(site) => {
                    if let Target::Operation(operation) = program.sites[site as usize].target {
                        calls.push(operation);
                    }
                    at += 1;
                }
                _ => at += 1,
            }
        }
    }
    calls
}
