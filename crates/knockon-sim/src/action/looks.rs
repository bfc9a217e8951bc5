//! What an action is called, whether it can be done, and what a change log says of it.

use knockon_core::{Element, QueueId, ServiceId, ServiceKind, StepId, System};

use super::{Action, BreakerTo, Feature, Limit, Load, QueueLimits};
use crate::change::{Change, ChangeKind, owner_of};
use crate::fault::Check;

impl Action {
    /// Its name in scenarios and messages.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Scale { .. } => "scale",
            Self::Restart { .. } => "restart",
            Self::Deploy { .. } => "deploy",
            Self::RollBack { .. } => "roll back",
            Self::Limit { .. } => "limit",
            Self::SetPolicy { .. } => "set policy",
            Self::ClearPolicy { .. } => "clear policy",
            Self::Breaker { .. } => "breaker",
            Self::FailOver { .. } => "fail over",
            Self::Shed { .. } => "shed",
            Self::Toggle { .. } => "toggle",
            Self::Timeout { .. } => "timeout",
            Self::Purge { .. } => "purge",
            Self::Replay { .. } => "replay",
            Self::PauseConsumers { .. } => "pause consumers",
            Self::ResumeConsumers { .. } => "resume consumers",
            Self::Flush { .. } => "flush",
            Self::Lift { .. } => "lift",
        }
    }

    /// The service that it is done to, if it is one that the action names.
    pub fn service(&self) -> Option<ServiceId> {
        match self {
            Self::Scale { service, .. }
            | Self::Restart { service }
            | Self::Deploy { service, .. }
            | Self::RollBack { service }
            | Self::Limit { service, .. }
            | Self::FailOver { service }
            | Self::PauseConsumers { service }
            | Self::ResumeConsumers { service }
            | Self::Flush { cache: service } => Some(*service),
            Self::Shed { load: Load::Operation(id), .. } => Some(id.service),
            Self::SetPolicy { queue, .. }
            | Self::ClearPolicy { queue }
            | Self::Purge { queue }
            | Self::Replay { queue } => Some(queue.service),
            Self::Shed { .. }
            | Self::Breaker { .. }
            | Self::Toggle { .. }
            | Self::Timeout { .. }
            | Self::Lift { .. } => None,
        }
    }

    /// What people would find in a change log.
    pub fn change(&self, system: &System) -> Option<Change> {
        let name = |service: ServiceId| &system.service(service).name;
        let (kind, service, text) = match self {
            Self::Scale { service, replicas } => {
                (ChangeKind::Scale, *service, format!("{replicas} replicas"))
            }
            Self::Restart { service } => (ChangeKind::Deploy, *service, "restart".to_owned()),
            Self::Deploy { service, version } => return Some(Change::deploy(*service, version)),
            Self::RollBack { service } => (ChangeKind::Deploy, *service, "roll back".to_owned()),
            Self::Limit { service, limit } => {
                (ChangeKind::Configuration, *service, describe(*limit, system))
            }
            Self::SetPolicy { queue, limits } => {
                let text = format!("{}: {}", system.queue(*queue).name, limits.describe());
                (ChangeKind::Policy, queue.service, text)
            }
            Self::ClearPolicy { queue } => {
                let text = format!("{}: cleared", system.queue(*queue).name);
                (ChangeKind::Policy, queue.service, text)
            }
            Self::Breaker { step, to } => {
                let to = match to {
                    BreakerTo::Open => "held open",
                    BreakerTo::Closed => "held closed",
                    BreakerTo::Reset => "reset",
                };
                (ChangeKind::Configuration, owner_of(system, *step)?, format!("breaker {to}"))
            }
            Self::FailOver { service } => {
                let text = format!("{} fails over", name(*service));
                (ChangeKind::Configuration, *service, text)
            }
            Self::Shed { load, share } => {
                let (service, of) = match load {
                    Load::Journey(at) => {
                        let journey = &system.journeys()[*at];
                        (journey.enters, &journey.name)
                    }
                    Load::Operation(id) => (id.service, &system.operation(*id).name),
                };
                let text = format!("{} % of {of} refused", share.percent);
                (ChangeKind::Configuration, service, text)
            }
            Self::Toggle { step, arm, to } => {
                let to = match to {
                    Feature::Off => "off",
                    Feature::Everyone => "on for everyone",
                    Feature::AsDeclared => "as before",
                };
                (ChangeKind::Flag, owner_of(system, *step)?, format!("arm {arm} {to}"))
            }
            Self::Timeout { step, timeout } => {
                let text = timeout.map_or_else(
                    || "no timeout".to_owned(),
                    |it| format!("timeout {} s", it.as_secs_f64()),
                );
                (ChangeKind::Configuration, owner_of(system, *step)?, text)
            }
            Self::Purge { .. }
            | Self::Replay { .. }
            | Self::PauseConsumers { .. }
            | Self::ResumeConsumers { .. }
            | Self::Flush { .. }
            | Self::Lift { .. } => return None,
        };
        Some(Change::new(kind, service, text))
    }

    /// Says what of it a system cannot do. So many faults and actions have a number so far.
    pub(crate) fn check(&self, origins: usize, check: &mut Check<'_>) {
        match self {
            Self::Scale { service, .. }
            | Self::Restart { service }
            | Self::Deploy { service, .. }
            | Self::RollBack { service } => {
                check.process(*service);
            }
            Self::Limit { service, limit } => check_limit(*service, *limit, check),
            Self::SetPolicy { queue, limits } => {
                if check.queue(*queue) && *limits == QueueLimits::default() {
                    let what = format!("nothing is said of `{}`", name_of(check, *queue));
                    check.refuse(Element::Queue(*queue), what, "give it at least one limit");
                }
            }
            Self::ClearPolicy { queue } | Self::Purge { queue } => {
                check.queue(*queue);
            }
            Self::Replay { queue } => check.dead_letters(*queue),
            Self::Breaker { step, .. } => check_breaker(*step, check),
            Self::FailOver { service } => check_failover(*service, check),
            Self::Shed { load, share } => {
                check.share(*share);
                match load {
                    Load::Journey(journey) => check.journey(*journey),
                    Load::Operation(operation) => check.operation(*operation),
                };
            }
            Self::Toggle { step, arm, .. } => check.arm(*step, *arm),
            Self::Timeout { step, .. } => {
                check.asking_step(*step);
            }
            Self::PauseConsumers { service } | Self::ResumeConsumers { service } => {
                check.consumer(*service);
            }
            Self::Flush { cache } => {
                check.is(*cache, ServiceKind::Cache);
            }
            Self::Lift { origin } => {
                if *origin == 0 || *origin as usize > origins {
                    let what = format!("there is no fault or action {origin}");
                    check.refuse(Element::System, what, format!("there are {origins}"));
                }
            }
        }
    }
}

fn name_of(check: &Check<'_>, queue: QueueId) -> String {
    check.program.system.queue(queue).name.clone()
}

fn describe(limit: Limit, system: &System) -> String {
    match limit {
        Limit::Cpu(Some(cpu)) => format!("cpu {}m", cpu.millicores),
        Limit::Cpu(None) => "no cpu limit".to_owned(),
        Limit::Memory(Some(bytes)) => format!("memory {} bytes", bytes.count),
        Limit::Memory(None) => "no memory limit".to_owned(),
        Limit::Workers(count) => format!("{count} workers"),
        Limit::Pool(to, size) => {
            format!("pool to {}: {size} connections", system.service(to).name)
        }
        Limit::Connections(count) => format!("max_connections {count}"),
    }
}

fn check_limit(service: ServiceId, limit: Limit, check: &mut Check<'_>) {
    let is_nothing = match limit {
        Limit::Cpu(cpu) => cpu.is_some_and(|cpu| cpu.millicores == 0),
        Limit::Workers(count) => count == 0,
        Limit::Memory(_) | Limit::Pool(..) | Limit::Connections(_) => false,
    };
    if !check.service(service) {
        return;
    }
    if is_nothing {
        let what = format!("`{}` could do nothing at all", check.name(service));
        check.refuse(Element::Service(service), what, "leave it something");
    }
    match limit {
        Limit::Pool(to, _) => {
            check.pool(service, to);
        }
        Limit::Connections(_) => {
            check.is(service, ServiceKind::Database);
        }
        Limit::Cpu(_) | Limit::Memory(_) | Limit::Workers(_) => {
            check.process(service);
        }
    }
}

fn check_breaker(step: StepId, check: &mut Check<'_>) {
    if !check.asking_step(step) {
        return;
    }
    let mut sites = check.program.sites.iter();
    if !sites.any(|site| site.step == Some(step) && site.breaker.is_some()) {
        let what = format!("step {} has no breaker", step.index());
        check.refuse(Element::Step(step), what, "name a step with a `breaker`");
    }
}

fn check_failover(service: ServiceId, check: &mut Check<'_>) {
    if !check.service(service) {
        return;
    }
    let table = &check.program.services[service.index()];
    if table.failover.is_none() && table.copies.is_none() {
        let what = format!("nobody takes over for `{}`", table.name);
        check.refuse(Element::Service(service), what, "give it `failover` or `read_replicas`");
    }
}
