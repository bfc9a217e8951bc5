//! What processes of the organisation's own code count, and what is counted of journeys.

use std::sync::Arc;

use knockon_core::ServiceKind;

use crate::breaker::State;
use crate::engine::Run;
use crate::engine::frame::Outcome;
use crate::pending::Pending;
use crate::program::{NONE, Target};

use super::bank::{Known, Writer};
use super::catalogue::Id;
use super::cells::{BOUNDS_NS, WAYS};
use super::names::{self, Names};
use super::pods::PodSeen;
use super::{Records, Slot, scrape};

/// The labels of a process: who it is.
fn process(names: &Names, seen: &PodSeen) -> Vec<Known> {
    vec![
        ("job", Arc::clone(&names.job)),
        ("service", Arc::clone(&names.service)),
        ("instance", Arc::clone(&seen.instance)),
        ("pod", Arc::clone(&seen.pod)),
    ]
}

/// Reads what the process of a replica counts.
pub(super) fn read_inside<Q: Pending>(run: &Run<Q>, records: &mut Records, scrape: usize, id: u32) {
    let at = id as usize;
    let service = run.replicas[at].service as usize;
    read_cells(run, records, scrape, id);
    let names = &records.names[service];
    let seen = &mut records.pods[at];
    let labels = process(names, seen);
    let mut writer = Writer::new(&mut records.observation, scrape, &mut seen.inside);
    write_pools(run, &mut writer, id, &labels);
    write_breakers(run, records, scrape, id, &labels);
}

fn read_cells<Q: Pending>(run: &Run<Q>, records: &mut Records, scrape: usize, id: u32) {
    let at = id as usize;
    let service = run.replicas[at].service as usize;
    let (names, seen, bounds) = (&records.names[service], &records.pods[at], &records.bounds);
    let slots = &records.slots[service];
    for cell in &mut records.cells[at].made {
        let outcome = Outcome::ALL[cell.slot as usize % WAYS];
        let slot = slots[cell.slot as usize / WAYS];
        let mut bank = super::bank::Bank::at(cell.series);
        let mut writer = Writer::new(&mut records.observation, scrape, &mut bank);
        cell.series = bank.place();
        let labels = || {
            let mut labels = process(names, seen);
            labels.extend(match slot {
                Slot::Operation(operation) => operation_labels(run, operation, outcome),
                Slot::Site(site) => site_labels(run, site, outcome),
            });
            labels
        };
        writer.cell(id_of(run, slot), cell, bounds, labels);
    }
}

fn id_of<Q: Pending>(run: &Run<Q>, slot: Slot) -> Id {
    match slot {
        Slot::Operation(operation) => {
            let operation = &run.program.operations[operation as usize];
            match () {
                () if operation.consumes != NONE => Id::Consumer,
                () if operation.every_ns > 0 => Id::Job,
                () => Id::HttpServer,
            }
        }
        Slot::Site(site) => {
            let site = &run.program.sites[site as usize];
            match (&site.target, run.table(site.to).kind) {
                (Target::Channel { .. }, _) => Id::MessagingClient,
                (_, ServiceKind::Database | ServiceKind::Cache) => Id::DbClient,
                _ => Id::HttpClient,
            }
        }
    }
}

fn operation_labels<Q: Pending>(run: &Run<Q>, operation: u32, outcome: Outcome) -> Vec<Known> {
    let operation = &run.program.operations[operation as usize];
    if operation.consumes == NONE && operation.every_ns == 0 {
        let (method, route) = names::route(operation);
        return vec![
            ("http_route", route.into()),
            ("http_request_method", method.into()),
            ("http_response_status_code", outcome.status().to_string().into()),
            ("error_type", error_type(outcome).into()),
        ];
    }
    let mut labels: Vec<Known> = vec![("operation", operation.name.as_str().into())];
    if let Some(queue) = run.program.queues.get(operation.consumes as usize) {
        labels.push(("messaging_destination_name", queue.name.as_str().into()));
    }
    labels.push(("error_type", error_type(outcome).into()));
    labels
}

fn site_labels<Q: Pending>(run: &Run<Q>, site: u32, outcome: Outcome) -> Vec<Known> {
    let site = &run.program.sites[site as usize];
    let mut labels: Vec<Known> = vec![
        ("server_address", run.program.service_name(site.to).into()),
        ("operation", names::part_of(&run.program, &site.target).into()),
        ("caller", run.program.operations[site.operation as usize].name.as_str().into()),
        ("error_type", error_type(outcome).into()),
    ];
    let answered = matches!(outcome, Outcome::Done | Outcome::Failed | Outcome::Limited);
    if answered && matches!(site.target, Target::Operation(_)) {
        labels.push(("http_response_status_code", outcome.status().to_string().into()));
    }
    labels
}

/// What OpenTelemetry's conventions call `error.type`: empty when nothing went wrong.
pub(super) fn error_type(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "",
        Outcome::Failed => "server_error",
        Outcome::Refused => "connection_refused",
        Outcome::TimedOut => "timeout",
        Outcome::Reset => "connection_reset",
        Outcome::NotFound => "host_not_found",
        Outcome::Limited => "too_many_requests",
        Outcome::BreakerOpen => "call_not_permitted",
        Outcome::Crowded => "bulkhead_full",
        Outcome::NoConnection => "no_connection",
    }
}

fn write_pools<Q: Pending>(run: &Run<Q>, writer: &mut Writer<'_>, id: u32, process: &[Known]) {
    let replica = &run.replicas[id as usize];
    let tables = &run.table(replica.service).pools;
    for (pool, table) in replica.pools.iter().zip(tables) {
        let labels = || {
            let mut labels = process.to_vec();
            labels.push(("pool", run.program.service_name(table.to).into()));
            labels
        };
        writer.count(Id::Pool, u64::from(pool.open()), labels);
        writer.count(Id::PoolActive, u64::from(pool.in_use()), labels);
        writer.count(Id::PoolIdle, u64::from(pool.idle()), labels);
        writer.count(Id::PoolPending, u64::from(pool.waiting()), labels);
        writer.count(Id::PoolMax, u64::from(pool.size()), labels);
        writer.count(Id::PoolTimeout, pool.timeouts(), labels);
    }
}

/// Breakers follow the pools in the bank of the process.
fn write_breakers<Q: Pending>(
    run: &Run<Q>,
    records: &mut Records,
    scrape: usize,
    id: u32,
    process: &[Known],
) {
    let replica = &run.replicas[id as usize];
    let cells = &records.cells[id as usize];
    let bank = &mut records.pods[id as usize].breakers;
    let mut writer = Writer::new(&mut records.observation, scrape, bank);
    let mut known: Vec<String> = Vec::new();
    for guard in &replica.guards {
        let Some(breaker) = &guard.breaker else { continue };
        let target = names::target(&run.program, guard.site);
        let same = known.iter().filter(|other| **other == target).count();
        known.push(target.clone());
        let name = if same == 0 { target } else { format!("{target} #{}", same + 1) };
        // Asking a breaker for its state may change when it forgets; this one is a copy.
        let state = match guard.forced {
            Some(true) => State::Open,
            Some(false) => State::Closed,
            None => breaker.clone().state(run.now),
        };
        let labels = |key: &'static str, value: &'static str| {
            let mut labels = process.to_vec();
            labels.extend([("name", Arc::from(name.as_str())), (key, Arc::from(value))]);
            labels
        };
        for (of, word) in
            [(State::Closed, "closed"), (State::Open, "open"), (State::HalfOpen, "half_open")]
        {
            writer.count(Id::Breaker, u64::from(state == of), || labels("state", word));
        }
        let slot = records.site_slots[guard.site as usize];
        let count = |outcome: Outcome| match slot {
            NONE => 0,
            slot => cells.count(slot as usize + outcome as usize),
        };
        let ignored = count(Outcome::Limited) + count(Outcome::Crowded);
        let refused = count(Outcome::BreakerOpen);
        let all: u64 = Outcome::ALL.into_iter().map(count).sum();
        let done = count(Outcome::Done);
        let kinds = [
            ("successful", done),
            ("failed", all - done - ignored - refused),
            ("ignored", ignored),
        ];
        for (kind, value) in kinds {
            writer.count(Id::BreakerCalls, value, || labels("kind", kind));
        }
        writer.count(Id::NotPermitted, refused, || labels("kind", "not_permitted"));
    }
}

/// What the mesh counts of calls: it is in no process, and forgets nothing.
pub(super) fn read_calls<Q: Pending>(run: &Run<Q>, records: &mut Records, scrape: usize) {
    let mut sums = vec![(0, 0, 0); run.program.sites.len()];
    for (stats, leader) in run.sites.iter().zip(&records.site_leaders) {
        if let Some((retries, fallbacks, done_at)) = sums.get_mut(*leader as usize) {
            *retries += stats.retries;
            *fallbacks += stats.fallbacks;
            *done_at = stats.done_at.max(*done_at);
        }
    }
    for (at, table) in run.program.sites.iter().enumerate() {
        let (retries, fallbacks, done_at) = sums[at];
        let has_retry = table.attempts > 1;
        let has_fallback = table.on_fail != crate::program::FAILS;
        let is_own = run.table(table.service).kind == ServiceKind::Service;
        let leads = records.site_leaders[at] as usize == at;
        if !is_own || !leads || !is_read(run, table.service) {
            continue;
        }
        let names = &records.names[table.service as usize];
        let bank = &mut records.banks.sites[at];
        let mut writer = Writer::new(&mut records.observation, scrape, bank);
        let labels = |key: &'static str| {
            vec![
                ("job", Arc::clone(&names.job)),
                ("service", Arc::clone(&names.service)),
                (key, Arc::from(run.program.service_name(table.to))),
                ("operation", Arc::from(names::part_of(&run.program, &table.target))),
                (
                    "caller",
                    Arc::from(run.program.operations[table.operation as usize].name.as_str()),
                ),
            ]
        };
        let value = |has: bool, count: u64| has.then_some(count as f64);
        writer.put(Id::Retries, value(has_retry, retries), || labels("envoy_cluster_name"));
        writer.put(Id::Fallbacks, value(has_fallback, fallbacks), || labels("server_address"));
        writer.put(Id::LastSuccess, moment(done_at), || labels("server_address"));
    }
}

/// When something was done, in seconds; nothing if it never was.
fn moment(at_ns: u64) -> Option<f64> {
    (at_ns > 0).then(|| crate::clock::seconds(at_ns))
}

/// Whether a process of a service answers a scrape.
fn is_read<Q: Pending>(run: &Run<Q>, service: u32) -> bool {
    let replicas = &run.services[service as usize].replicas;
    replicas.iter().any(|id| scrape::answers(&run.replicas[*id as usize]))
}

/// When what is done on its own was last done.
pub(super) fn read_jobs<Q: Pending>(run: &Run<Q>, records: &mut Records, scrape: usize) {
    for (at, table) in run.program.operations.iter().enumerate() {
        if table.every_ns == 0 || !is_read(run, table.service) {
            continue;
        }
        let names = &records.names[table.service as usize];
        let mut writer = Writer::new(&mut records.observation, scrape, &mut records.banks.jobs[at]);
        writer.put(Id::JobLastSuccess, moment(run.operations[at].done_at), || {
            vec![
                ("job", Arc::clone(&names.job)),
                ("service", Arc::clone(&names.service)),
                ("operation", Arc::from(table.name.as_str())),
            ]
        });
    }
}

/// How long users waited, as their browsers and apps tell.
pub(super) fn read_journeys<Q: Pending>(run: &Run<Q>, records: &mut Records, scrape: usize) {
    for (at, table) in run.program.journeys.iter().enumerate() {
        let stats = &run.journeys[at];
        let bank = &mut records.banks.journeys[at];
        let mut writer = Writer::new(&mut records.observation, scrape, bank);
        let labels = || vec![("journey", Arc::from(table.name.as_str()))];
        let mut cumulative = [0; BOUNDS_NS.len() + 1];
        stats.answers.cumulative(&BOUNDS_NS, &mut cumulative);
        cumulative[BOUNDS_NS.len()] = stats.answers.count();
        let sum_ns = stats.answers.sum_ns() as f64;
        writer.histogram(Id::JourneyDuration, &cumulative, &records.bounds, sum_ns, labels);
    }
}

/// State machines and sagas are read from the services that keep them.
pub(super) fn read_machines<Q: Pending>(run: &Run<Q>, records: &mut Records, scrape: usize) {
    let machines = run.program.machines.iter().enumerate();
    for (at, table) in machines.filter(|(_, it)| is_read(run, it.service)) {
        let names = &records.names[table.service as usize];
        let bank = &mut records.banks.machines[at];
        let mut writer = Writer::new(&mut records.observation, scrape, bank);
        for (state, of) in table.states.iter().enumerate() {
            let labels = || {
                vec![
                    ("job", Arc::clone(&names.job)),
                    ("service", Arc::clone(&names.service)),
                    ("machine", Arc::from(table.name.as_str())),
                    ("state", Arc::from(of.name.as_str())),
                ]
            };
            writer.count(Id::InState, run.in_state[at][state], labels);
            let is_bounded = of.stuck_ns < crate::clock::END_OF_TIME;
            let stuck = is_bounded.then(|| run.stuck[at][state] as f64);
            writer.put(Id::StuckIn, stuck, labels);
        }
    }
    let sagas = run.program.sagas.iter().enumerate();
    for (at, table) in sagas.filter(|(_, it)| is_read(run, it.service)) {
        let names = &records.names[table.service as usize];
        let stats = run.sagas[at];
        let mut writer =
            Writer::new(&mut records.observation, scrape, &mut records.banks.sagas[at]);
        let results = [
            ("begun", stats.begun),
            ("done", stats.done),
            ("tried_again", stats.again),
            ("taken_back", stats.taken_back),
            ("manual", stats.manual),
        ];
        for (result, count) in results {
            writer.count(Id::Saga, count, || {
                vec![
                    ("job", Arc::clone(&names.job)),
                    ("service", Arc::clone(&names.service)),
                    ("saga", Arc::from(table.name.as_str())),
                    ("result", Arc::from(result)),
                ]
            });
        }
    }
}

/// Each attempt to ask a service asks for its name first.
pub(super) fn write_dns<Q: Pending>(
    run: &Run<Q>,
    writer: &mut Writer<'_>,
    labels: impl Fn() -> Vec<Known>,
) {
    let all: u64 = run.sites.iter().map(|site| site.attempts).sum();
    let missing: u64 = run.sites.iter().map(|site| site.ended[Outcome::NotFound as usize]).sum();
    for (rcode, count) in [("NOERROR", all.saturating_sub(missing)), ("NXDOMAIN", missing)] {
        writer.count(Id::Dns, count, || {
            let mut labels = labels();
            labels.push(("rcode", rcode.into()));
            labels
        });
    }
}
