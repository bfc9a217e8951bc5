//! What users do.

use std::rc::Rc;
use std::time::Duration;

use knockon_core::Rate;
use knockon_format::quantities::{self, Bad};
use knockon_format::{Content, Node};
use knockon_sim::plan::Demand;

use super::body::{Body, Reader};
use crate::codes;

/// Most users at once, and most single users that are listed.
const USERS_MAX: u64 = 2_000_000;

const FORMS: &str = "write a rate (`1200/h`), `3 times`, `none`, `{ users: 50, think: 10s }` or \
                     `{ first: 1min, every: 10s, count: 7 }`";

impl Reader<'_> {
    pub(super) fn demand(&mut self, node: Option<&Rc<Node>>) -> Vec<Option<Demand>> {
        let mut demand = vec![None; self.system.journeys().len()];
        let Some(node) = node else { return demand };
        if !matches!(node.content, Content::Mapping(_)) {
            let help = "write a line for each journey, as in `buy: 1200/h`";
            self.refuse(codes::VALUE, node.span, "the demand is a mapping of journeys", help);
            return demand;
        }
        for entry in node.entries() {
            let at = self.journey(entry.key.trim(), entry.key_span);
            let told = at.and_then(|at| self.demand_of(at, &entry.value));
            if let (Some(at), Some(told)) = (at, told) {
                demand[at] = Some(told);
            }
        }
        demand
    }

    fn demand_of(&mut self, journey: usize, node: &Node) -> Option<Demand> {
        if let Content::Mapping(_) = node.content {
            return if node.get("users").is_some() {
                self.closed(journey, node)
            } else {
                self.at_times(node)
            };
        }
        let known = self.system.journeys()[journey].demand;
        self.quantity(node, |text| {
            if text == "none" {
                return Ok(Demand::None);
            }
            let Some(times) = text.strip_suffix("times") else {
                let rate = quantities::rate(text).map(Demand::Rate);
                return rate.map_err(|bad| Bad { help: FORMS.to_owned(), ..bad });
            };
            let times = quantities::factor(times.trim())?;
            let rate = known.map(|rate| Rate { per_hour: rate.per_hour * times });
            rate.map(Demand::Rate).ok_or_else(|| Bad {
                message: "the model says no demand that could be taken so many times".to_owned(),
                help: "write a rate, as in `1200/h`".to_owned(),
            })
        })
    }

    fn closed(&mut self, journey: usize, node: &Node) -> Option<Demand> {
        let body = self.body(node, "a demand of users", &["users", "think"])?;
        self.population(journey, &body)
    }

    /// So many users, and how long each thinks: as the journey says if nothing is said.
    pub(super) fn population(&mut self, journey: usize, body: &Body<'_>) -> Option<Demand> {
        let users = self.required(body, "users").and_then(|node| self.count(node));
        let think = match body.get("think") {
            Some(node) => self.duration(node),
            None => self.system.journeys()[journey].think,
        };
        let Some(think) = think.filter(|think| !think.is_zero()) else {
            let help = "say it here, as in `think: 10s`, or give the journey `think`";
            self.refuse(codes::VALUE, body.span, "it does not say how long its users think", help);
            return None;
        };
        Some(Demand::Closed { users: users?, think })
    }

    fn at_times(&mut self, node: &Node) -> Option<Demand> {
        let body = self.body(node, "a demand at fixed moments", &["first", "every", "count"])?;
        let first = self.required(&body, "first").and_then(|node| self.moment(node));
        let every = self.required(&body, "every").and_then(|node| self.duration(node));
        let count = self.required(&body, "count").and_then(|node| self.count(node));
        let (first, every) = (first?, every?);
        let at = |number: u32| first.saturating_add(every.saturating_mul(number));
        let lasts = self.lasts;
        let times: Vec<Duration> = (0..count?).map(at).take_while(|at| *at <= lasts).collect();
        Some(Demand::Times(times))
    }

    /// A count that fits.
    pub(super) fn count(&mut self, node: &Node) -> Option<u32> {
        self.quantity(node, |text| {
            let count = quantities::count(text)?;
            u32::try_from(count).ok().filter(|_| count <= USERS_MAX).ok_or_else(|| Bad {
                message: format!("{count} are too many"),
                help: format!("there can be {USERS_MAX} at most"),
            })
        })
    }
}
