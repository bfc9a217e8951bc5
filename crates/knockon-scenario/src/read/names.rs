//! Names of parts of the system.

use knockon_core::{CohortId, CohortMember, OperationId, QueueId, ServiceId};
use knockon_format::{Node, Span};
use knockon_sim::fault::Traffic;

use super::body::{Reader, did_you_mean};
use crate::codes;

/// What can be named by two words: a service with a member, and which members those are.
pub(super) struct Pair<'n> {
    pub(super) service: ServiceId,
    pub(super) member: &'n str,
    pub(super) span: Span,
}

impl Reader<'_> {
    pub(super) fn unknown<'k>(
        &mut self,
        what: &str,
        name: &str,
        span: Span,
        known: impl Iterator<Item = &'k str> + Clone,
    ) {
        let help = did_you_mean(name, known);
        self.refuse(codes::NOT_IN_PACK, span, format!("there is no {what} `{name}`"), &help);
    }

    pub(super) fn service(&mut self, node: &Node) -> Option<ServiceId> {
        let name = self.text(node)?;
        self.service_named(name, node.span)
    }

    pub(super) fn service_named(&mut self, name: &str, span: Span) -> Option<ServiceId> {
        let system = self.system;
        let found = system.names().get(name);
        if found.is_none() {
            let names = system.services().iter().map(|service| service.name.as_str());
            self.unknown("service", name, span, names);
        }
        found
    }

    /// Services: a list of them, or one.
    pub(super) fn services(&mut self, node: &Node) -> Option<Vec<ServiceId>> {
        if node.items().is_empty() {
            return self.service(node).map(|service| vec![service]);
        }
        let all: Vec<_> = node.items().iter().map(|item| self.service(item)).collect();
        all.into_iter().collect()
    }

    /// `service / member`.
    pub(super) fn pair<'n>(&mut self, node: &'n Node, member: &str) -> Option<Pair<'n>> {
        let text = self.text(node)?;
        let places = text.match_indices(" / ").map(|(at, _)| (&text[..at], &text[at + 3..]));
        let known = |(service, _): &(&str, &str)| self.system.names().get(service.trim()).is_some();
        let Some((service, name)) = places.clone().find(known).or_else(|| places.clone().next())
        else {
            let message = format!("`{text}` does not say which {member} of which service");
            let help = format!("write `service / {member}`");
            self.refuse(codes::NOT_IN_PACK, node.span, message, &help);
            return None;
        };
        let service = self.service_named(service.trim(), node.span)?;
        Some(Pair { service, member: name.trim(), span: node.span })
    }

    /// Which of the names of a service a member is.
    pub(super) fn member_of<'k>(
        &mut self,
        pair: &Pair<'_>,
        what: &str,
        names: impl Iterator<Item = &'k str> + Clone,
    ) -> Option<usize> {
        let at = names.clone().position(|name| name == pair.member);
        if at.is_none() {
            let service = &self.system.service(pair.service).name;
            let message = format!("`{service}` has no {what} `{}`", pair.member);
            let help = did_you_mean(pair.member, names);
            self.refuse(codes::NOT_IN_PACK, pair.span, message, &help);
        }
        at
    }

    pub(super) fn operation(&mut self, node: &Node) -> Option<OperationId> {
        let pair = self.pair(node, "operation")?;
        let operations = &self.system.service(pair.service).operations;
        let names = operations.iter().map(|it| it.name.as_str());
        let at = self.member_of(&pair, "operation", names)?;
        Some(OperationId::new(pair.service, at))
    }

    pub(super) fn queue(&mut self, node: &Node) -> Option<QueueId> {
        let pair = self.pair(node, "queue")?;
        let queues = &self.system.service(pair.service).broker.queues;
        let at = self.member_of(&pair, "queue", queues.iter().map(|it| it.name.as_str()))?;
        Some(QueueId::new(pair.service, at))
    }

    /// A service, or one of its operations.
    pub(super) fn traffic(&mut self, node: &Node, from: Option<&Node>) -> Option<Traffic> {
        let text = self.text(node)?;
        let is_service = self.system.names().get(text).is_some() || !text.contains(" / ");
        let on = if is_service {
            self.service(node).map(Traffic::to)
        } else {
            self.operation(node).map(Traffic::of)
        };
        let from = from.map(|node| self.service(node));
        let mut on = on?;
        if let Some(from) = from {
            on.from = Some(from?);
        }
        Some(on)
    }

    /// The index of a journey.
    pub(super) fn journey(&mut self, name: &str, span: Span) -> Option<usize> {
        let journeys = self.system.journeys();
        let names = journeys.iter().map(|journey| journey.name.as_str());
        let at = names.clone().position(|known| known == name);
        if at.is_none() {
            self.unknown("journey", name, span, names);
        }
        at
    }

    /// `cohort / member`; members without names are numbers.
    pub(super) fn member(&mut self, node: &Node) -> Option<CohortMember> {
        let text = self.text(node)?;
        let (name, member) = text.split_once(" / ").unwrap_or((text, ""));
        let (name, member) = (name.trim(), member.trim());
        let cohorts = &self.system.practice().cohorts;
        let names = cohorts.iter().map(|cohort| cohort.name.as_str());
        let Some(at) = names.clone().position(|known| known == name) else {
            self.unknown("cohort", name, node.span, names);
            return None;
        };
        let cohort = &cohorts[at];
        let known = cohort.members.iter().map(|member| member.name.as_str());
        let by_number = || member.parse().ok().filter(|_| cohort.members.is_empty());
        let found = known.clone().position(|known| known == member).or_else(by_number);
        if found.is_none() {
            let message = format!("cohort `{name}` has no member `{member}`");
            let help = if cohort.members.is_empty() {
                format!("its members are numbered from 0: write `{name} / 0`")
            } else {
                did_you_mean(member, known)
            };
            self.refuse(codes::NOT_IN_PACK, node.span, message, &help);
        }
        Some(CohortMember { cohort: CohortId::from_index(at), member: found? })
    }
}
