//! Operations that nobody wrote down: queries, health checks, and what a service does of which only
//! the dependencies are known.

use knockon_core::{
    Criticality, Dependency, DependencyKind, Policies, Probe, Query, Scan, ServiceId, Spread,
};

use super::code::Emitter;
use super::tables::{Instruction, NONE, Sort, Target};
use std::time::Duration;

/// What a service takes for a request when nothing says what it does.
pub(crate) const SERVICE_ASSUMED: Duration = Duration::from_millis(1);
/// The processor time of a health check.
pub(crate) const PROBE_ASSUMED: Duration = Duration::from_millis(1);

impl<'a> Emitter<'a> {
    /// A query uses the database's processor, then waits for its disks.
    pub(super) fn query(&mut self, query: &'a Query) {
        let writes = query.does == knockon_core::Access::Write;
        let at = self.begin(&query.name, if writes { Sort::Write } else { Sort::Read });
        let table = &mut self.program.operations[at];
        table.rows = query.rows.unwrap_or(1);
        table.full_scan = query.scan == Scan::Full;
        self.time(query.cpu, query.spread, Instruction::Compute);
        if let Some(io) = query.io {
            self.time(io, query.spread, Instruction::Wait);
        }
        self.end();
    }

    /// A service of which no operation is known asks everything that it is known to depend on.
    pub(super) fn implicit(&mut self, service: ServiceId) {
        self.begin("request", Sort::Implicit);
        self.time(SERVICE_ASSUMED, Spread::Exponential, Instruction::Wait);
        let system = self.system;
        if system.service(service).operations.is_empty() {
            for dependency in system.dependencies().iter().filter(|it| it.from == service) {
                self.dependency(*dependency);
            }
        }
        self.end();
    }

    /// One that leads back to where it came from is left out: such a circle is known to be no call.
    fn dependency(&mut self, dependency: Dependency) {
        let asks = matches!(
            dependency.kind,
            DependencyKind::Call | DependencyKind::Read | DependencyKind::Write
        );
        let to = self.system.service(dependency.to);
        if !asks || leads_back(self, dependency) {
            return;
        }
        let policies =
            Policies { criticality: Some(dependency.criticality), ..Policies::default() };
        let callee = knockon_core::Callee { service: dependency.to, operation: None };
        let known = !to.operations.is_empty();
        let operation =
            if known { self.index.ping[dependency.to.index()] } else { self.index.callee(callee) };
        let site = self.site(dependency.to, Target::Operation(operation), "call", &policies);
        self.emit(Instruction::Ask(site));
        if dependency.criticality != Criticality::Critical {
            self.program.sites[site as usize].on_fail = self.here();
        }
    }

    /// What another service asks to see whether this one answers.
    pub(super) fn ping(&mut self, _service: ServiceId) {
        self.begin("health check", Sort::Health);
        self.end();
    }

    /// The operations that a service's own probes ask.
    pub(super) fn probes(&mut self, service: ServiceId) {
        let system = self.system;
        let probes = &system.service(service).probes;
        let tables = [&probes.liveness, &probes.readiness, &probes.startup];
        let operations = tables.map(|probe| probe.as_ref().map(|it| self.probe(service, it)));
        let table = &mut self.program.services[self.service as usize];
        let probes = [&mut table.liveness, &mut table.readiness, &mut table.startup];
        for (probe, operation) in probes.into_iter().zip(operations) {
            if let (Some(probe), Some(operation)) = (probe, operation) {
                probe.operation = operation;
            }
        }
    }

    /// A probe that only opens a connection asks nothing. One that gets the path of an operation asks
    /// that; any other takes the time assumed, and then looks at what it `checks`.
    fn probe(&mut self, service: ServiceId, probe: &'a Probe) -> u32 {
        let is_open = probe.get.is_none() && probe.exec.is_none() && probe.grpc.is_none();
        if is_open && probe.tcp.is_some() && probe.checks.is_empty() {
            return NONE;
        }
        let of = self.system.service(service);
        let route = probe.get.as_ref().map(|path| format!("GET {path}"));
        let own = of.operations.iter().position(|it| it.route.is_some() && it.route == route);
        let at = self.begin("probe", Sort::Health);
        match own {
            Some(own) => self.steps(&of.operations[own].steps),
            None => self.time(PROBE_ASSUMED, Spread::None, Instruction::Compute),
        }
        for check in &probe.checks {
            let policies = Policies { timeout: Some(probe.timeout), ..Policies::default() };
            let target = Target::Operation(self.index.ping[check.index()]);
            let site = self.site(*check, target, "check", &policies);
            self.emit(Instruction::Ask(site));
        }
        self.end();
        u32::try_from(at).unwrap_or(NONE)
    }
}

/// Whether what a dependency leads to asks its way back, over services of which no operation is known.
fn leads_back(emitter: &Emitter<'_>, dependency: Dependency) -> bool {
    let system = emitter.system;
    let (mut seen, mut next) = (vec![false; system.services().len()], vec![dependency.to]);
    while let Some(at) = next.pop() {
        if at == dependency.from {
            return true;
        }
        if std::mem::replace(&mut seen[at.index()], true) {
            continue;
        }
        if system.service(at).operations.is_empty() {
            next.extend(system.dependencies().iter().filter(|it| it.from == at).map(|it| it.to));
        }
    }
    false
}
