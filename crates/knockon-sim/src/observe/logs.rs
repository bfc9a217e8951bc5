//! Lines of logs: what a service says itself, in the words that such services use. It knows whom it
//! asked and what came of it, never why.

use std::sync::Arc;

use knockon_core::ServiceKind;

use crate::clock::MILLISECOND;
use crate::engine::Run;
use crate::engine::frame::{Frame, Outcome, TRACED};
use crate::pending::Pending;
use crate::plan::Plan;
use crate::program::{NONE, Program, Site, Sort, Target};

use super::cells::WAYS;
use super::data::{Level, LogLine, TraceId};
use super::{Records, names};

/// How many lines of each sort were kept in this interval, and the last of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    most: u32,
    /// Of each step by how it ended, then of each operation.
    sorts: Vec<(u32, u32)>,
    operations_at: usize,
}

impl Kept {
    pub(super) fn new(program: &Program, plan: &Plan) -> Self {
        let (sites, operations) = (program.sites.len() * WAYS, program.operations.len() * WAYS);
        Self {
            most: plan.logs_per_scrape,
            sorts: vec![(0, NONE); sites + operations],
            operations_at: sites,
        }
    }

    /// The metrics were read: as many lines as before may follow.
    pub(super) fn next_interval(&mut self) {
        self.sorts.fill((0, NONE));
    }
}

impl Records {
    /// Whether one more line of a sort is kept; counts it if it is not.
    fn may_log(&mut self, sort: usize) -> bool {
        let (kept, last) = self.logs.sorts[sort];
        if kept < self.logs.most {
            return true;
        }
        if let Some(line) = self.observation.logs.get_mut(last as usize) {
            line.left_out += 1;
        }
        false
    }

    fn log(&mut self, sort: usize, line: LogLine) {
        let place = u32::try_from(self.observation.logs.len()).unwrap_or(NONE);
        self.logs.sorts[sort] = (self.logs.sorts[sort].0 + 1, place);
        self.observation.logs.push(line);
    }
}

/// Whether anybody reads the log of a replica's service.
fn has_log<Q: Pending>(run: &Run<Q>, frame: &Frame) -> bool {
    let Some(replica) = run.replicas.get(frame.replica as usize) else { return false };
    run.table(replica.service).kind == ServiceKind::Service
        && run.program.operations[frame.operation as usize].sort != Sort::Health
}

fn line<Q: Pending>(run: &Run<Q>, frame: &Frame, level: Level, message: String) -> LogLine {
    let service = run.replicas[frame.replica as usize].service;
    LogLine {
        at_ms: run.now_ms(),
        service: Arc::clone(&run.records.names[service as usize].service),
        pod: Arc::clone(&run.records.pods[frame.replica as usize].pod),
        level,
        message,
        trace_id: None,
        left_out: 0,
    }
}

/// An attempt to ask somebody did not end well.
pub(super) fn failed_attempt<Q: Pending>(run: &mut Run<Q>, at: u32, outcome: Outcome) {
    let frame = run.frames[at];
    let sort = frame.site as usize * WAYS + outcome as usize;
    if !has_log(run, &frame) || !run.records.may_log(sort) {
        return;
    }
    let site = &run.program.sites[frame.site as usize];
    let message = words(run, &frame, site, outcome);
    let goes_on = u32::from(frame.attempt) + 1 < u32::from(site.attempts);
    let level = if goes_on { Level::Warn } else { Level::Error };
    let mut line = line(run, &frame, level, message);
    line.trace_id = trace_of(run, at, &frame);
    run.records.log(sort, line);
}

fn trace_of<Q: Pending>(run: &Run<Q>, at: u32, frame: &Frame) -> Option<TraceId> {
    frame.has(TRACED).then(|| run.records.spans.trace(at))
}

fn words<Q: Pending>(run: &Run<Q>, frame: &Frame, site: &Site, outcome: Outcome) -> String {
    let target = names::target(&run.program, frame.site);
    let to = run.program.service_name(site.to);
    let waited_ms = (run.now - frame.asked) / MILLISECOND;
    let is_publish = matches!(site.target, Target::Channel { .. });
    match outcome {
        Outcome::Failed if is_publish => format!("message not confirmed by {target}: basic.nack"),
        Outcome::Failed if matches!(site.target, Target::Entry(_)) => {
            format!("OOM command not allowed when used memory > 'maxmemory': SET {target}")
        }
        Outcome::Failed if run.table(site.to).kind == ServiceKind::Database => {
            format!("query failed: {target}")
        }
        Outcome::Done | Outcome::Failed => format!("upstream answered 500 calling {target}"),
        Outcome::Refused => format!("connection refused calling {target}"),
        Outcome::TimedOut if frame.deadline != 0 && site.in_saga => {
            format!("deadline exceeded calling {target}")
        }
        Outcome::TimedOut => {
            format!("upstream request timeout after {waited_ms}ms calling {target}")
        }
        Outcome::Reset => format!("connection reset by peer calling {target}"),
        Outcome::NotFound => format!("lookup {to}: no such host, calling {target}"),
        Outcome::Limited => format!("429 too many requests calling {target}"),
        Outcome::BreakerOpen => {
            format!("circuit breaker open: call to {target} is not permitted")
        }
        Outcome::Crowded => format!("bulkhead full: call to {target} is not permitted"),
        Outcome::NoConnection => no_connection(run, site, to, waited_ms),
    }
}

/// Either the pool gave none in time, or the server takes no more.
fn no_connection<Q: Pending>(run: &Run<Q>, site: &Site, to: &str, waited_ms: u64) -> String {
    let pool = run.table(site.service).pools.get(site.pool as usize);
    let waits = pool.and_then(|pool| pool.wait_ns);
    if waits.is_some_and(|wait_ns| waited_ms >= wait_ns / MILLISECOND) {
        return format!(
            "pool exhausted: timed out waiting for a connection to {to} after {waited_ms}ms"
        );
    }
    format!("{to}: too many connections")
}

/// An operation ended with an error.
pub(super) fn failed_operation<Q: Pending>(run: &mut Run<Q>, frame: &Frame, outcome: Outcome) {
    let sort = run.records.logs.operations_at + frame.operation as usize * WAYS + outcome as usize;
    if !has_log(run, frame) || !run.records.may_log(sort) {
        return;
    }
    let operation = &run.program.operations[frame.operation as usize];
    let took = crate::clock::seconds((run.now - frame.started) / MILLISECOND * MILLISECOND);
    let status = outcome.status();
    let message = if let Some(queue) = run.program.queues.get(operation.consumes as usize) {
        format!("could not process a message of {} after {took}s", queue.name)
    } else if operation.every_ns > 0 {
        format!("job {} failed after {took}s", operation.name)
    } else {
        match &operation.route {
            Some(route) => format!("{route} {status} {took}s"),
            None => format!("{} {status} {took}s", operation.name),
        }
    };
    let level = if status < 500 { Level::Warn } else { Level::Error };
    let line = line(run, frame, level, message);
    run.records.log(sort, line);
}
