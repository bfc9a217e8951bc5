//! The truth about a run: what became of every order, and why. It is sealed: for grading, never for a
//! verdict.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::Run;
use crate::engine::frame::Role;
use crate::engine::state::{CHARGED, COMPLETED, NOBODY, User, UserState};
use crate::pending::Pending;
use crate::program::NONE;
use crate::story::Story;
use crate::trouble::{Harm, Toll, Troubles};
use crate::truth::{Effect, NOTHING, Part, Reasons};

/// What sort of part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartKind {
    /// A service.
    Service,
    /// A queue.
    Queue,
    /// The demand of a journey.
    Journey,
}

/// A part of the system, by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// What sort of part.
    pub kind: PartKind,
    /// Its name; of a queue, `broker / queue`.
    pub name: String,
}

/// Something that went wrong somewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// Where.
    pub place: Place,
    /// What.
    pub effect: Effect,
    /// The number of the fault or action, from 1, where it set in.
    pub origin: Option<u32>,
}

/// How much harm of one sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Harmed {
    /// What sort.
    pub harm: Harm,
    /// How often, from when to when.
    pub toll: Toll,
}

/// One thing went wrong because of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// What went wrong, by its place in [`Truth::nodes`].
    pub node: usize,
    /// Because of what.
    pub because: usize,
    /// The harm that came along it, each sort once.
    pub harm: Vec<Harmed>,
}

/// A fault, an action, or chance and load, and the harm that leads back to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The number of the fault or action, from 1; none for chance and load.
    pub origin: Option<u32>,
    /// Where it set in; for chance and load, where the chains begin.
    pub places: Vec<Place>,
    /// The harm, each sort once.
    pub harm: Vec<Harmed>,
    /// How often anything was harmed, in all.
    pub total: u64,
}

/// What became of the users of a journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JourneyTruth {
    /// Its name.
    pub name: String,
    /// Users who began.
    pub started: u64,
    /// Users who were told to the end that all is well: accepted orders.
    pub served: u64,
    /// Users who saw an error and left.
    pub failed: u64,
    /// Users who waited longer than promised for some answer.
    pub slow: u64,
    /// Journeys that were completed: shipped orders.
    pub completed: u64,
    /// Those that were completed later than promised.
    pub late: u64,
    /// Accepted, and nothing is left that could complete them.
    pub lost: u64,
    /// Accepted and not completed, still somewhere at the end of the run: in a queue, with people, in a
    /// state for too long; and older than the promise, if there is one.
    pub stuck: u64,
    /// Of all users, those whose work waits in a queue for people.
    pub with_people: u64,
    /// Completed more than once.
    pub doubled: u64,
    /// Charged more than once.
    pub double_charged: u64,
    /// Charged, and lost, stuck, or told that it failed.
    pub charged_unfulfilled: u64,
    /// Accepted and neither completed, lost nor stuck: on their way.
    pub under_way: u64,
}

/// The truth about a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// What became of users, journey by journey.
    pub journeys: Vec<JourneyTruth>,
    /// Everything that went wrong and harmed somebody.
    pub nodes: Vec<Node>,
    /// What because of what.
    pub edges: Vec<Edge>,
    /// What it all leads back to, the worst first.
    pub origins: Vec<Origin>,
    /// The same harm as chains, the most frequent first.
    pub stories: Vec<Story>,
}

impl Truth {
    /// The place of a node.
    pub fn node(&self, kind: PartKind, name: &str, effect: Effect) -> Option<usize> {
        let is = |node: &Node| {
            node.place.kind == kind && node.place.name == name && node.effect == effect
        };
        self.nodes.iter().position(is)
    }

    /// The edge between two nodes, if harm came along it.
    pub fn edge(&self, node: usize, because: usize) -> Option<&Edge> {
        self.edges.iter().find(|edge| edge.node == node && edge.because == because)
    }
}

impl<Q: Pending> Run<Q> {
    /// The truth about the run so far.
    pub fn truth(&self) -> Truth {
        let mut reasons = self.reasons.clone();
        let mut troubles = self.troubles.clone();
        let ends = self.ends(&mut reasons, &mut troubles);
        let journeys = self.journeys_truth(&ends);
        let mut graph = Graph::default();
        for (harm, _, reason, toll) in troubles.tolls() {
            graph.add(&reasons, harm, reason, toll);
        }
        let (nodes, edges) = graph.resolve(self);
        let origins = self.origins(&reasons, &troubles);
        let stories = self.stories(&reasons, &troubles);
        Truth { journeys, nodes, edges, origins, stories }
    }

    fn journeys_truth(&self, ends: &[End]) -> Vec<JourneyTruth> {
        let all = self.program.journeys.iter().zip(&self.journeys).zip(ends);
        all.map(|((table, stats), end)| JourneyTruth {
            name: table.name.clone(),
            started: stats.started,
            served: stats.served,
            failed: stats.gave_up,
            slow: stats.slow,
            completed: stats.completed,
            late: stats.late,
            lost: stats.lost,
            stuck: end.stuck,
            with_people: end.with_people,
            doubled: stats.doubled,
            double_charged: stats.double_charged,
            charged_unfulfilled: stats.charged_unfulfilled + end.charged_stuck,
            under_way: end.under_way,
        })
        .collect()
    }

    /// Users who are neither done nor gone: what they wait in, and why.
    fn ends(&self, reasons: &mut Reasons, troubles: &mut Troubles) -> Vec<End> {
        let mut ends = vec![End::default(); self.program.journeys.len()];
        let places = self.places_of_users(reasons);
        for (handle, user) in self.users.iter() {
            let (at, journey) = (handle.index, user.journey as usize);
            let end = &mut ends[journey];
            let place = places.get(&at);
            end.with_people += u64::from(place.is_some_and(|place| place.with_people));
            let table = &self.program.journeys[journey];
            if user.flags & COMPLETED != 0 || table.completes == NONE {
                continue;
            }
            let is_somewhere = self.is_stuck(at, user, place);
            if is_somewhere && user.flags & CHARGED != 0 {
                end.charged_stuck += 1;
            }
            if user.state != UserState::Served {
                continue;
            }
            if !is_somewhere {
                end.under_way += 1;
                continue;
            }
            end.stuck += 1;
            let reason = place.map_or(NOTHING, |place| place.reason);
            let reason = if reason == NOTHING { user.blame } else { reason };
            troubles.stuck(user.journey, reason, user.started, self.now);
        }
        ends
    }

    /// Whether what a user wants is somewhere, for longer than promised.
    fn is_stuck(&self, at: u32, user: &User, place: Option<&Waiting>) -> bool {
        let machines = self.program.machines.len();
        let things = &self.things_of[at as usize * machines..(at as usize + 1) * machines];
        let in_state = things.iter().any(|it| *it != NONE && self.things[*it].stuck);
        let within_ns = self.program.journeys[user.journey as usize].within_ns;
        let is_promised = within_ns < crate::clock::END_OF_TIME;
        // Where nothing is promised, what a consumer has is on its way.
        let is_in_place = place.is_some_and(|place| is_promised || place.waits);
        let is_late = !is_promised || self.now - user.started > within_ns;
        (is_in_place || in_state) && is_late
    }

    /// The users, by their place, of whom what they want is somewhere for longer than promised.
    pub(crate) fn users_stuck(&self) -> BTreeSet<u32> {
        let places = self.places_of_users(&mut self.reasons.clone());
        let users = self.users.iter().map(|(handle, user)| (handle.index, user));
        let stuck = users.filter(|(at, user)| self.is_stuck(*at, user, places.get(at)));
        stuck.map(|(at, _)| at).collect()
    }

    /// The users whose work waits in a queue or an outbox.
    fn places_of_users(&self, reasons: &mut Reasons) -> BTreeMap<u32, Waiting> {
        let mut places = BTreeMap::new();
        let mut put = |user: u32, waiting: Waiting| {
            let known = places.entry(user).or_insert(waiting);
            known.with_people |= waiting.with_people;
        };
        for (at, state) in self.queues.iter().enumerate() {
            let number = u32::try_from(at).unwrap_or(NONE);
            let with_people = self.program.queues[at].manual;
            for entry in state.queue.entries() {
                let message = &self.messages[entry.message];
                let because = if message.blame == NOTHING { state.trouble } else { message.blame };
                let because = if because == NOTHING { self.blame_behind(at) } else { because };
                let reason = match because {
                    NOTHING => NOTHING,
                    because => reasons.because(Part::Queue(number), Effect::Backlog, because),
                };
                put(message.user, Waiting { reason, waits: true, with_people });
            }
        }
        // What a consumer works on has the reason of the request that it became.
        for (_, frame) in self.frames.iter().filter(|(_, frame)| frame.role == Role::Consumer) {
            put(frame.user, Waiting { reason: frame.blame, waits: false, with_people: false });
        }
        for (_, message) in self.messages.iter() {
            let reason = message.blame;
            put(message.user, Waiting { reason, waits: false, with_people: false });
        }
        places.remove(&NOBODY);
        places
    }

    /// Why a queue does not move: what its consumers were last held up by.
    fn blame_behind(&self, queue: usize) -> u32 {
        let consumers = self.queues[queue].consumers.iter();
        let blames = consumers.map(|(id, _)| {
            let replica = &self.replicas[*id as usize];
            if replica.trouble == NOTHING { replica.last_blame } else { replica.trouble }
        });
        blames.max().unwrap_or(NOTHING)
    }

    pub(crate) fn place(&self, part: Part) -> Place {
        match part {
            Part::Service(service) => Place {
                kind: PartKind::Service,
                name: self.program.service_name(service).to_owned(),
            },
            Part::Queue(queue) => {
                let table = &self.program.queues[queue as usize];
                let broker = self.program.service_name(table.broker);
                Place { kind: PartKind::Queue, name: format!("{broker} / {}", table.name) }
            }
            Part::Journey(journey) => {
                let table = self.program.journeys.get(journey as usize);
                let name = table.map_or_else(String::new, |table| table.name.clone());
                Place { kind: PartKind::Journey, name }
            }
        }
    }

    fn origins(&self, reasons: &Reasons, troubles: &Troubles) -> Vec<Origin> {
        let mut by_origin: BTreeMap<u32, (BTreeSet<Place>, BTreeMap<Harm, Toll>)> = BTreeMap::new();
        for (harm, _, reason, toll) in troubles.tolls() {
            let mut first = reason;
            while reasons.get(first).because != NOTHING {
                first = reasons.get(first).because;
            }
            let entry = by_origin.entry(reasons.get(reason).origin).or_default();
            if reason != NOTHING {
                entry.0.insert(self.place(reasons.get(first).part));
            }
            merge(&mut entry.1, harm, toll);
        }
        let mut origins: Vec<Origin> = by_origin
            .into_iter()
            .map(|(origin, (places, harm))| Origin {
                origin: (origin != 0).then_some(origin),
                places: places.into_iter().collect(),
                total: harm.values().map(|toll| toll.count).sum(),
                harm: harmed(harm),
            })
            .collect();
        origins.sort_by_key(|origin| (std::cmp::Reverse(origin.total), origin.origin));
        origins
    }
}

/// What a user waits in.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    reason: u32,
    /// In a queue, and no consumer has it.
    waits: bool,
    with_people: bool,
}

/// What is known of a journey's users only now.
#[derive(Debug, Clone, Copy, Default)]
struct End {
    stuck: u64,
    with_people: u64,
    charged_stuck: u64,
    under_way: u64,
}

fn merge(tolls: &mut BTreeMap<Harm, Toll>, harm: Harm, toll: Toll) {
    let sum = tolls.entry(harm).or_insert(Toll { count: 0, ..toll });
    sum.count += toll.count;
    sum.first_ns = sum.first_ns.min(toll.first_ns);
    sum.last_ns = sum.last_ns.max(toll.last_ns);
}

fn harmed(tolls: BTreeMap<Harm, Toll>) -> Vec<Harmed> {
    tolls.into_iter().map(|(harm, toll)| Harmed { harm, toll }).collect()
}

/// A node before it has names: its part, its effect, and the origin if it is one.
type Key = (Part, Effect, u32);

/// The graph of propagation, while it is put together.
#[derive(Debug, Default)]
struct Graph {
    nodes: BTreeSet<Key>,
    edges: BTreeMap<(Key, Key), BTreeMap<Harm, Toll>>,
}

impl Graph {
    /// Harm along the whole chain of a reason.
    fn add(&mut self, reasons: &Reasons, harm: Harm, reason: u32, toll: Toll) {
        let key = |at: u32| {
            let of = reasons.get(at);
            (of.part, of.effect, if of.effect == Effect::Origin { of.origin } else { 0 })
        };
        let mut at = reason;
        while at != NOTHING {
            let because = reasons.get(at).because;
            self.nodes.insert(key(at));
            if because != NOTHING {
                merge(self.edges.entry((key(at), key(because))).or_default(), harm, toll);
            }
            at = because;
        }
    }

    fn resolve<Q: Pending>(self, run: &Run<Q>) -> (Vec<Node>, Vec<Edge>) {
        let keys: Vec<Key> = self.nodes.into_iter().collect();
        let place = |key: &Key| keys.binary_search(key).unwrap_or(0);
        let edges = self.edges.into_iter().map(|((node, because), tolls)| Edge {
            node: place(&node),
            because: place(&because),
            harm: harmed(tolls),
        });
        let edges = edges.collect();
        let nodes = keys.iter().map(|(part, effect, origin)| Node {
            place: run.place(*part),
            effect: *effect,
            origin: (*origin != 0).then_some(*origin),
        });
        (nodes.collect(), edges)
    }
}
