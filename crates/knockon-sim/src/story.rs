//! Why users were hurt, told as chains: harm of one sort to one journey, what went wrong next to its
//! users, and behind each thing what it came of, back to a fault, an action, or chance and load.
//!
//! The truth about a run keeps the same as a graph; a graph cannot say any more which users came along
//! which way. What is told here is sealed as well.

use std::cmp::Reverse;

use crate::engine::Run;
use crate::pending::Pending;
use crate::sealed::{Node, Place};
use crate::trouble::{Harm, Toll, Troubles};
use crate::truth::{Effect, NOTHING, Part, Reasons};

/// Harm of one sort, for one chain of reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// What sort.
    pub harm: Harm,
    /// The journey or the queue that it hit; none for work that belongs to no journey.
    pub whose: Option<Place>,
    /// What went wrong: first what the users met, then what each thing came of. Nothing for harm that
    /// is as planned, such as a step that fails now and then.
    pub links: Vec<Node>,
    /// How often, from when to when.
    pub toll: Toll,
}

impl<Q: Pending> Run<Q> {
    /// All harm with its chains, the most frequent first.
    pub(crate) fn stories(&self, reasons: &Reasons, troubles: &Troubles) -> Vec<Story> {
        let tolls = troubles.tolls();
        let mut stories: Vec<Story> = tolls
            .map(|(harm, whose, reason, toll)| Story {
                harm,
                whose: match harm {
                    Harm::Background => None,
                    Harm::MessageLost => Some(self.place(Part::Queue(whose))),
                    _ => Some(self.place(Part::Journey(whose))),
                },
                links: self.links(reasons, reason),
                toll,
            })
            .collect();
        stories.sort_by(|a, b| {
            let key = |of: &Story| (Reverse(of.toll.count), of.harm, of.whose.clone());
            key(a).cmp(&key(b)).then_with(|| a.links.cmp(&b.links))
        });
        stories
    }

    fn links(&self, reasons: &Reasons, reason: u32) -> Vec<Node> {
        let mut links = Vec::new();
        let mut at = reason;
        while at != NOTHING {
            let of = reasons.get(at);
            let is_origin = of.effect == Effect::Origin && of.origin != 0;
            links.push(Node {
                place: self.place(of.part),
                effect: of.effect,
                origin: is_origin.then_some(of.origin),
            });
            at = of.because;
        }
        links
    }
}
