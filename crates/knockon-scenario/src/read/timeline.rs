//! The timeline: entries with a moment, a verb and its figures.

use std::time::Duration;

use knockon_core::Share;
use knockon_format::{Entry as Line, Node};
use knockon_sim::fault::{Fault, Flap, Shape};
use knockon_sim::timeline::{Happening, What};

use super::body::{Body, Reader, did_you_mean, listed};
use super::faults::FAULTS;
use super::verbs::{ACTIONS, Told};
use crate::codes;
use crate::scenario::{Entry, Role};

/// What every entry of a timeline may say.
const OF_ENTRY: &[&str] = &["at", "part"];

/// What every fault may say as well.
const OF_FAULT: &[&str] = &["for", "ramp", "flap", "replicas", "member"];

impl Reader<'_> {
    pub(super) fn timeline(&mut self, node: &Node) -> Vec<Entry> {
        if node.items().is_empty() && !node.found().contains("list") && node.found() != "nothing" {
            let message = format!("the timeline is a list, and this is {}", node.found());
            let help = "write its entries as in `- { at: 5min, crash: orders, for: 3min }`";
            self.refuse(codes::VALUE, node.span, message, help);
        }
        // Every entry is read, so that all mistakes are told.
        node.items().iter().filter_map(|item| self.entry(item)).collect()
    }

    fn entry(&mut self, node: &Node) -> Option<Entry> {
        let is_fault = has_verb(node, FAULTS);
        if !is_fault && !has_verb(node, ACTIONS) {
            self.no_verb(node, OF_ENTRY, false);
            return None;
        }
        let (what, body, text) = if is_fault {
            let (kind, body, text) = self.verb(node, FAULTS, &[OF_ENTRY, OF_FAULT].concat())?;
            let shape = self.shape(&body);
            (kind.zip(shape).map(|(kind, shape)| What::Fault(Fault { kind, shape })), body, text)
        } else {
            let (action, body, text) = self.verb(node, ACTIONS, OF_ENTRY)?;
            (action.map(What::Action), body, text)
        };
        let at = self.required(&body, "at").and_then(|node| self.moment(node));
        let usual = if is_fault { Role::Cause } else { Role::Background };
        let words = [("cause", Role::Cause), ("background", Role::Background)];
        let role = match body.get("part") {
            Some(node) => self.one_of(node, &words),
            None => Some(usual),
        };
        let happening = Happening { at: at?, what: what? };
        Some(Entry { happening, role: role?, text, place: self.place(node.span) })
    }

    /// The verb of a mapping with what it makes, the mapping, and its words.
    pub(super) fn verb<'n, T>(
        &mut self,
        node: &'n Node,
        verbs: &'static [super::Verb<T>],
        more: &[&str],
    ) -> Option<(Option<T>, Body<'n>, String)> {
        let found = verbs.iter().filter_map(|verb| Some((verb, node.entry(verb.word)?)));
        let found: Vec<_> = found.collect();
        // `errors` is a fault, and a figure of `bad deploy`.
        let takes_others = |(verb, _): &&(&super::Verb<T>, &Line)| {
            let mut others = found.iter().filter(|(other, _)| other.word != verb.word);
            others.all(|(other, _)| verb.figures.contains(&other.word))
        };
        let (verb, entry) = found.iter().find(takes_others).or_else(|| found.first())?;
        let is_other = |line: &&Line| {
            let key = &*line.key;
            key != verb.word && !verb.figures.contains(&key) && words().any(|word| word == key)
        };
        if let Some(other) = node.entries().iter().find(is_other) {
            let message = format!("it says `{}` and `{}`", verb.word, other.key);
            let help = "write an entry of its own for each";
            self.refuse(codes::NO_VERB, other.key_span, message, help);
            return None;
        }
        let known = [more, verb.figures, &[verb.word]].concat();
        let body = self.body(node, "an entry", &known)?;
        let mut told = Told { reader: self, body: &body, on: &entry.value };
        let made = (verb.make)(&mut told);
        let on = match entry.value.items() {
            [] => entry.value.text().unwrap_or_default().trim().to_owned(),
            items => {
                let names: Vec<_> = items.iter().filter_map(|item| item.text()).collect();
                names.join(" and ")
            }
        };
        let figures = body.entries().iter().filter(|of| verb.figures.contains(&&*of.key));
        let figures: Vec<String> = figures
            .filter_map(|of| {
                Some(format!("{} {}", of.key.replace('_', " "), of.value.text()?.trim()))
            })
            .collect();
        let separator = if figures.is_empty() { "" } else { ", " };
        let text = format!("{} {on}{separator}{}", verb.word, figures.join(", "));
        Some((made, body, text))
    }

    /// Tells that a mapping has no verb, or one that has no place in a timeline or in a fix.
    pub(super) fn no_verb(&mut self, node: &Node, more: &[&str], is_fix: bool) {
        let is_figure = |key: &str| {
            let faults = FAULTS.iter().flat_map(|verb| verb.figures);
            let mut figures = faults.chain(ACTIONS.iter().flat_map(|verb| verb.figures));
            more.contains(&key) || OF_FAULT.contains(&key) || figures.any(|figure| *figure == key)
        };
        let other = node.entries().iter().find(|line| !is_figure(&line.key));
        let (message, help) = match other.map(|other| &*other.key) {
            Some(key) if has_verb(node, FAULTS) => (
                format!("`{key}` is a fault, and a fix takes actions"),
                format!("there is {}", listed(of_fixes())),
            ),
            Some("lift") => (
                "`lift` is for fixes only".to_owned(),
                "say with `for` how long the fault is there".to_owned(),
            ),
            Some(key) if is_fix => {
                (format!("there is no action `{key}`"), did_you_mean(key, of_fixes()))
            }
            Some(key) => {
                (format!("there is no fault or action `{key}`"), did_you_mean(key, words()))
            }
            None if node.found() == "nothing" => return,
            None => (
                "it does not say what happens".to_owned(),
                "write a fault or an action, as in `{ at: 5min, crash: orders }`".to_owned(),
            ),
        };
        let span = other.map_or(node.span, |other| other.key_span);
        self.refuse(codes::NO_VERB, span, message, &help);
    }

    fn shape(&mut self, body: &Body<'_>) -> Option<Shape> {
        let lasts = body.get("for").map(|node| self.duration(node));
        let ramp = body.get("ramp").map(|node| self.duration(node));
        let flap = body.get("flap").map(|node| self.flap(node));
        let replicas = body.get("replicas").map(|node| self.share(node));
        let member = body.get("member").map(|node| self.member(node));
        Some(Shape {
            lasts: transposed(lasts)?,
            ramp: transposed(ramp)?.unwrap_or(Duration::ZERO),
            flap: transposed(flap)?,
            replicas: transposed(replicas)?.unwrap_or(Share::ALL),
            member: transposed(member)?,
        })
    }

    fn flap(&mut self, node: &Node) -> Option<Flap> {
        let body = self.body(node, "a `flap`", &["on", "off"])?;
        let on = self.required(&body, "on").and_then(|node| self.duration(node));
        let off = self.required(&body, "off").and_then(|node| self.duration(node));
        Some(Flap { on: on?, off: off? })
    }
}

/// Whether a mapping has one of the verbs.
pub(super) fn has_verb<T>(node: &Node, verbs: &[super::Verb<T>]) -> bool {
    verbs.iter().any(|verb| node.entry(verb.word).is_some())
}

/// Every verb of the timeline.
fn words() -> impl Iterator<Item = &'static str> + Clone {
    let faults = FAULTS.iter().map(|verb| verb.word);
    faults.chain(ACTIONS.iter().map(|verb| verb.word))
}

/// Every verb of fixes.
fn of_fixes() -> impl Iterator<Item = &'static str> + Clone {
    ACTIONS.iter().map(|verb| verb.word).chain(["lift"])
}

/// What was said: nothing if it was wrong.
#[expect(clippy::option_option, reason = "wrong, absent, and there are three things")]
fn transposed<T>(told: Option<Option<T>>) -> Option<Option<T>> {
    match told {
        None => Some(None),
        Some(read) => read.map(Some),
    }
}
