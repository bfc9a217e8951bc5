//! One service of all its sightings, and where they contradict each other.

use std::collections::BTreeMap;
use std::fmt::Debug;

use knockon_core::{
    CpuBounds, Diagnostic, MemoryBounds, Overflow, Queue, Runs, Service, ServiceId, ServiceKind,
    SystemBuilder, TeamId,
};

use super::groups::Groups;
use crate::codes;
use crate::gathered::{Gathered, Seen, kind_of};

/// Adds every group as a service; the ids are in the order of the groups.
pub(super) fn add(
    gathered: &mut Gathered,
    groups: &Groups,
    teams: &BTreeMap<String, TeamId>,
    builder: &mut SystemBuilder,
) -> Vec<Option<ServiceId>> {
    let mut ids = Vec::new();
    for number in 0..groups.list.len() {
        let group = &groups.list[number];
        let members: Vec<&Seen> = group.members.iter().map(|id| &gathered.services[*id]).collect();
        let mut united = United { members: &members, name: &group.name, said: Vec::new() };
        let mut service = united.service(teams);
        service.aliases = groups.aliases(number);
        let said = united.said;
        gathered.diagnostics.extend(said);
        // Names and aliases are free: the groups saw to it.
        ids.push(builder.service(service).ok());
    }
    ids
}

struct United<'a> {
    members: &'a [&'a Seen],
    name: &'a str,
    said: Vec<Diagnostic>,
}

impl United<'_> {
    fn service(&mut self, teams: &BTreeMap<String, TeamId>) -> Service {
        self.agreed("kind", Seen::sure_kind, ToString::to_string);
        let kind = kind_of(self.members.iter().copied());
        let mut service = Service::new(self.name, kind);
        let first = |what: fn(&Seen) -> Option<&String>| {
            self.members.iter().find_map(|seen| what(seen)).cloned()
        };
        service.summary = first(|seen| seen.summary.as_ref());
        service.repository = first(|seen| seen.repository.as_ref());
        service.version = first(|seen| seen.version.as_ref());
        let owner = first(|seen| seen.owner.as_ref());
        service.team = owner.and_then(|owner| teams.get(&owner)).copied();
        let products = self.members.iter().filter_map(|seen| seen.product);
        // The product of another kind than was agreed on is somebody's mistake.
        let mut fitting = products.clone().filter(|product| product.kind == service.kind);
        service.engine = fitting.find_map(|product| product.engine).map(str::to_owned);
        if products.clone().any(|product| product.is_telemetry) {
            service.role = Some("gathers telemetry".into());
        }
        service.runs = self.runs();
        for seen in self.members {
            let probes = &mut service.probes;
            probes.liveness = probes.liveness.take().or_else(|| seen.probes.liveness.clone());
            probes.readiness = probes.readiness.take().or_else(|| seen.probes.readiness.clone());
            probes.startup = probes.startup.take().or_else(|| seen.probes.startup.clone());
            service.autoscaler = service.autoscaler.take().or_else(|| seen.autoscaler.clone());
        }
        if service.kind == ServiceKind::Broker {
            let mut names: Vec<&String> =
                self.members.iter().flat_map(|seen| &seen.queues).collect();
            names.sort();
            names.dedup();
            service.broker.queues = names.into_iter().map(|name| queue(name)).collect();
        }
        service
    }

    fn runs(&mut self) -> Option<Runs> {
        let count = |number: &u32| number.to_string();
        let replicas = self.agreed("replicas", |seen| seen.runs.replicas, count);
        let cores = |cpu: &knockon_core::Cpu| format!("{}m", cpu.millicores);
        let bytes = |bytes: &knockon_core::Bytes| format!("{} bytes", bytes.count);
        let cpu = CpuBounds {
            limit: self.agreed("CPU limit", |seen| seen.runs.cpu_limit, cores),
            request: self.agreed("CPU request", |seen| seen.runs.cpu_request, cores),
        };
        let memory = MemoryBounds {
            limit: self.agreed("memory limit", |seen| seen.runs.memory_limit, bytes),
            request: self.agreed("memory request", |seen| seen.runs.memory_request, bytes),
            idle: None,
            per_request: None,
        };
        let rollout = self.members.iter().find_map(|seen| seen.runs.rollout);
        let restart = self.members.iter().find_map(|seen| seen.runs.restart);
        let has_cpu = cpu.limit.is_some() || cpu.request.is_some();
        let has_memory = memory.limit.is_some() || memory.request.is_some();
        let is_known = replicas.is_some() || has_cpu || has_memory || rollout.is_some();
        let otherwise = Runs::default();
        (is_known || restart.is_some()).then(|| Runs {
            replicas: replicas.unwrap_or(otherwise.replicas),
            cpu: has_cpu.then_some(cpu),
            memory: has_memory.then_some(memory),
            restart: restart.unwrap_or(otherwise.restart),
            rollout,
            ..otherwise
        })
    }

    /// What the first source says that says anything; another that says otherwise is told.
    fn agreed<T: PartialEq + Copy + Debug>(
        &mut self,
        what: &str,
        of: impl Fn(&Seen) -> Option<T>,
        shown: impl Fn(&T) -> String,
    ) -> Option<T> {
        let mut said = self.members.iter().filter_map(|seen| Some((of(seen)?, &seen.place)));
        let (first, place) = said.next()?;
        if let Some((other, other_place)) = said.find(|(other, _)| *other != first) {
            let message = format!(
                "the {what} of `{}` is {} here and {} elsewhere",
                self.name,
                shown(&first),
                shown(&other)
            );
            let elsewhere = other_place.clone().labelled(format!("{} here", shown(&other)));
            self.said.push(
                Diagnostic::warning(codes::CONTRADICTION, message)
                    .at(place.clone().labelled("this is taken"))
                    .related(elsewhere),
            );
        }
        Some(first)
    }
}

/// A queue of which only the name is known.
fn queue(name: &str) -> Queue {
    Queue {
        name: name.to_owned(),
        max_length: None,
        max_bytes: None,
        overflow: Overflow::DropHead,
        ttl: None,
        dead_letter: None,
        delivery_limit: None,
        durable: true,
        manual: false,
    }
}
