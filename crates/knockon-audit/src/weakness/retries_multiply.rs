//! Retries on several levels, each of which multiplies those below.

use std::collections::BTreeSet;

use knockon_core::Element;

use super::Weakness;
use crate::codes::RETRIES_MULTIPLY;
use crate::uses::{Purpose, Use};
use crate::view::View;
use crate::wording;

/// Three attempts on each of two levels.
const PRODUCT_MIN: u64 = 9;

/// Two levels or more of a call chain try again, and one request at the top may become 9 attempts or
/// more at the bottom. A retry with a `budget` or behind a breaker does not multiply for long and
/// counts once. A level only multiplies those below it whose failure reaches it: a step with a
/// fallback or in the background begins a new chain. A chain is told where it ends, and of those that
/// end at one service the largest.
pub(super) fn find(view: &View<'_>) -> Vec<Weakness> {
    let chains = Chains::of(view);
    let goes_on = goes_on(view);
    let mut ends: Vec<(Chain, usize)> = view
        .uses
        .iter()
        .enumerate()
        .filter(|(_, used)| multiplier(used) > 1)
        .filter(|(_, used)| used.target.operation().is_none_or(|it| !goes_on[view.calls.node(it)]))
        .map(|(index, used)| (chains.through(view, used), index))
        .filter(|(chain, _)| chain.product >= PRODUCT_MIN && chain.levels > 1)
        .collect();
    ends.sort_by_key(|(chain, index)| (std::cmp::Reverse((chain.product, chain.levels)), *index));
    let mut targets = BTreeSet::new();
    ends.retain(|(_, index)| targets.insert(view.uses[*index].target.service()));
    let mut found: Vec<(usize, Weakness)> = ends
        .into_iter()
        .filter_map(|(chain, index)| {
            let members = chains.members(view, index);
            Some((*members.first()?, weakness(view, &members, chain)))
        })
        .collect();
    found.sort_by_key(|(first, _)| *first);
    found.into_iter().map(|(_, weakness)| weakness).collect()
}

/// By node, whether a chain that arrives at the operation multiplies further below.
fn goes_on(view: &View<'_>) -> Vec<bool> {
    let mut goes_on = vec![false; view.longest.len()];
    for id in view.calls.callees_first() {
        let from = view.calls.node(id);
        let further = |used: &Use<'_>| {
            let to = used.target.operation().map(|callee| view.calls.node(callee));
            let is_cycle =
                to.is_some_and(|to| view.calls.component(to) == view.calls.component(from));
            !is_cycle && (multiplier(used) > 1 || to.is_some_and(|to| goes_on[to]))
        };
        goes_on[from] = view.uses_of(id).iter().any(|used| used.place.critical && further(used));
    }
    goes_on
}

/// The largest chain that arrives somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Chain {
    product: u64,
    /// How many of its steps try again.
    levels: u32,
    /// The last step of it, an index into the uses.
    last: Option<usize>,
}

const START: Chain = Chain { product: 1, levels: 0, last: None };

/// By node, the largest chain that arrives there.
struct Chains(Vec<Chain>);

impl Chains {
    /// Callers before their callees, so that each operation is looked at once. A call inside of a
    /// cycle arrives nowhere: cycles are a weakness of their own.
    fn of(view: &View<'_>) -> Self {
        let mut chains = Self(vec![START; view.longest.len()]);
        let (mut waited, background): (Vec<_>, Vec<_>) =
            (0..view.uses.len()).partition(|index| view.uses[*index].place.waits);
        for index in background {
            chains.arrive(view, index);
        }
        // The uses of each operation, in the order of the operations.
        let mut order = vec![0; view.longest.len()];
        for (at, id) in view.calls.callees_first().rev().enumerate() {
            order[view.calls.node(id)] = at;
        }
        waited.sort_by_key(|index| (order[view.calls.node(view.uses[*index].by)], *index));
        for index in waited {
            chains.arrive(view, index);
        }
        chains
    }

    fn arrive(&mut self, view: &View<'_>, index: usize) {
        let used = &view.uses[index];
        let Some(callee) = used.target.operation() else { return };
        let (from, to) = (view.calls.node(used.by), view.calls.node(callee));
        let is_cycle = view.calls.component(from) == view.calls.component(to);
        let chain = Chain { last: Some(index), ..self.through(view, used) };
        let known = self.0[to];
        if !is_cycle && (chain.product, chain.levels) > (known.product, known.levels) {
            self.0[to] = chain;
        }
    }

    /// The chain that arrives at the operation of a step, and then this step.
    fn through(&self, view: &View<'_>, used: &Use<'_>) -> Chain {
        let before = if used.place.critical { self.0[view.calls.node(used.by)] } else { START };
        let times = multiplier(used);
        Chain {
            product: before.product.saturating_mul(times),
            levels: before.levels + u32::from(times > 1),
            last: before.last,
        }
    }

    /// The steps of the chain that ends with this one, from the first that tries again.
    fn members(&self, view: &View<'_>, end: usize) -> Vec<usize> {
        let mut members = vec![end];
        let mut at = end;
        while view.uses[at].place.critical {
            let Some(last) = self.0[view.calls.node(view.uses[at].by)].last else { break };
            members.push(last);
            at = last;
        }
        members.retain(|index| multiplier(&view.uses[*index]) > 1);
        members.reverse();
        members
    }
}

/// How often a step may be done for each time that it is asked for.
fn multiplier(used: &Use<'_>) -> u64 {
    let has_breaker = used.policies.is_some_and(|policies| policies.breaker.is_some());
    let has_budget = used.retry.is_some_and(|retry| retry.budget.is_some());
    if has_breaker || has_budget || used.purpose == Purpose::Undo {
        return 1;
    }
    let saga = used.saga.map_or(1, |saga| u64::from(saga.attempts.max(1)));
    used.attempts().saturating_mul(saga)
}

fn weakness(view: &View<'_>, members: &[usize], chain: Chain) -> Weakness {
    const SHOWN: usize = 5;
    const COUNTABLE: u64 = 1_000_000_000;
    let uses: Vec<&Use<'_>> = members.iter().map(|index| &view.uses[*index]).collect();
    let (first, last) = (uses[0], uses[uses.len() - 1]);
    let factors: Vec<String> = uses.iter().map(|it| multiplier(it).to_string()).collect();
    let factors = match factors.len() {
        0..=SHOWN => factors.join(" × "),
        levels => {
            let levels = wording::count(levels as u64);
            format!("{} × … (on {levels} levels)", factors[..3].join(" × "))
        }
    };
    let product = match chain.product {
        0..=COUNTABLE => format!("= {}", wording::count(chain.product)),
        _ => format!("= more than {}", wording::count(COUNTABLE)),
    };
    let message = format!(
        "one {} may become {factors} {product} attempts at {}",
        wording::operation(view.system, first.by),
        wording::target(view.system, last.target)
    );
    let label = format!("{} attempts, each of which tries again below", multiplier(first));
    let element = Element::Step(first.step);
    let mut weakness = Weakness::new(RETRIES_MULTIPLY, element, message, label);
    for used in uses.iter().skip(1).take(SHOWN) {
        let target = wording::target(view.system, used.target);
        let says = format!("{} attempts at {target}", multiplier(used));
        weakness = weakness.related(Element::Step(used.step), says);
    }
    weakness
        .help(format!(
            "try again on one level only, next to {}: take the other `retry` away",
            wording::service(view.system, last.target.service())
        ))
        .help("or let each try again only while most succeed: `retry: { budget: 10% }`")
}
