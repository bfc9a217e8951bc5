//! Spans of traced requests.
//!
//! Only what is traced has an entry here, under the number of its frame or message; whatever uses the
//! number next and is not traced never looks. Ids follow from the luck of a request, so that they are
//! the same in every run.

use std::sync::Arc;

use knockon_core::ServiceKind;

use crate::engine::Run;
use crate::engine::frame::{Frame, Outcome, Role, TRACED};
use crate::pending::Pending;
use crate::plan::Plan;
use crate::program::{Program, Sort, Target};
use crate::random;

use super::data::{Attribute, Span, SpanId, SpanKind, TraceId};
use super::names;

/// So many spans are kept at most.
const SPANS_MAX: usize = 500_000;

/// A traced request in progress.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Traced {
    trace: u64,
    span: u64,
    parent: u64,
}

/// Everything traced that is in progress: of frames and of messages.
#[derive(Debug, Clone, Default)]
pub(super) struct Open {
    frames: Vec<Traced>,
    messages: Vec<Traced>,
    words: Words,
}

/// What spans say, made once.
#[derive(Debug, Clone, Default)]
struct Words {
    operations: Vec<OperationWords>,
    /// Whom each step asks, and each service's name.
    targets: Vec<Arc<str>>,
    peers: Vec<Arc<str>>,
    /// Of each way to end.
    statuses: Vec<Arc<str>>,
    errors: Vec<Arc<str>>,
}

#[derive(Debug, Clone)]
struct OperationWords {
    name: Arc<str>,
    method: Arc<str>,
    route: Arc<str>,
}

impl Words {
    fn of(program: &Program) -> Self {
        let sites = 0..u32::try_from(program.sites.len()).unwrap_or(0);
        Self {
            operations: (program.operations.iter())
                .map(|operation| {
                    let (method, route) = names::route(operation);
                    let name = operation.name.as_str().into();
                    OperationWords { name, method: method.into(), route: route.into() }
                })
                .collect(),
            targets: sites.map(|site| names::target(program, site).into()).collect(),
            peers: program.services.iter().map(|it| it.name.as_str().into()).collect(),
            statuses: Outcome::ALL.iter().map(|it| it.status().to_string().into()).collect(),
            errors: Outcome::ALL.iter().map(|it| super::services::error_type(*it).into()).collect(),
        }
    }

    fn add_error(&self, attributes: &mut Vec<Attribute>, outcome: Outcome) {
        if outcome != Outcome::Done {
            attributes.push(("error.type", Arc::clone(&self.errors[outcome as usize])));
        }
    }
}

impl Open {
    pub(super) fn new(program: &Program, plan: &Plan) -> Self {
        let is_on = plan.trace_one_in > 0;
        let words = if is_on { Words::of(program) } else { Words::default() };
        Self { words, ..Self::default() }
    }

    /// The trace that a traced frame belongs to.
    pub(super) fn trace(&self, frame: u32) -> TraceId {
        trace_id(self.frames.get(frame as usize).copied().unwrap_or_default().trace)
    }
}

fn put(list: &mut Vec<Traced>, at: u32, traced: Traced) {
    let at = at as usize;
    if list.len() <= at {
        list.resize(at + 1, Traced::default());
    }
    list[at] = traced;
}

fn trace_id(trace: u64) -> TraceId {
    TraceId(u128::from(random::mix(trace)) << 64 | u128::from(trace))
}

/// The span of an attempt: of whoever asks, where, and how often before.
fn attempt_span(asker: u64, key: u64, attempt: u8) -> u64 {
    random::hash(&[asker, key, u64::from(attempt)]).max(1)
}

impl<Q: Pending> Run<Q> {
    fn traced(&self, at: u32) -> Traced {
        self.records.spans.frames.get(at as usize).copied().unwrap_or_default()
    }

    fn own_span(&self, at: u32) -> u64 {
        let frame = &self.frames[at];
        random::hash(&[frame.luck, u64::from(frame.path), 0x59a4]).max(1)
    }

    fn attempt_of(&self, at: u32) -> u64 {
        let frame = &self.frames[at];
        let key = self.program.sites[frame.site as usize].key;
        attempt_span(self.traced(at).span, key, frame.attempt)
    }

    /// A traced user asks: a trace begins.
    #[cold]
    pub(crate) fn trace_begins(&mut self, at: u32) {
        let span = self.own_span(at);
        let trace = random::mix(span ^ self.seed).max(1);
        put(&mut self.records.spans.frames, at, Traced { trace, span, parent: 0 });
    }

    /// A traced frame asks another.
    #[cold]
    pub(crate) fn trace_call(&mut self, at: u32, child: u32) {
        let (trace, parent) = (self.traced(at).trace, self.attempt_of(at));
        let span = self.own_span(child);
        put(&mut self.records.spans.frames, child, Traced { trace, span, parent });
    }

    /// A branch of a traced frame is the same request.
    #[cold]
    pub(crate) fn trace_branch(&mut self, of: u32, branch: u32) {
        let traced = self.traced(of);
        put(&mut self.records.spans.frames, branch, traced);
    }

    /// A traced frame hands over a message.
    pub(crate) fn trace_message(&mut self, at: u32, message: u32) {
        if self.frames[at].has(TRACED) {
            let traced = Traced { span: self.attempt_of(at), ..self.traced(at) };
            put(&mut self.records.spans.messages, message, traced);
        }
    }

    /// A message is copied.
    pub(crate) fn trace_copy(&mut self, message: u32, copy: u32) {
        if let Some(traced) = self.records.spans.messages.get(message as usize).copied() {
            put(&mut self.records.spans.messages, copy, traced);
        }
    }

    /// A traced message is worked off.
    #[cold]
    pub(crate) fn trace_consumer(&mut self, at: u32, message: u32) {
        let from = self.records.spans.messages.get(message as usize).copied().unwrap_or_default();
        let span = self.own_span(at);
        let traced = Traced { trace: from.trace, span, parent: from.span };
        put(&mut self.records.spans.frames, at, traced);
    }

    /// An operation of a traced request ended. Databases and what runs elsewhere record no spans.
    pub(crate) fn record_span(&mut self, at: u32, frame: &Frame, outcome: Outcome) {
        let service = self.replicas[frame.replica as usize].service;
        let table = &self.program.services[service as usize];
        let operation = &self.program.operations[frame.operation as usize];
        let records = matches!(table.kind, ServiceKind::Service | ServiceKind::Client);
        if !records || operation.sort == Sort::Health {
            return;
        }
        let kind = match frame.role {
            Role::Consumer => SpanKind::Consumer,
            Role::Action if table.kind == ServiceKind::Client => SpanKind::Internal,
            _ => SpanKind::Server,
        };
        let (consumes, words) = (operation.consumes, &self.records.spans.words);
        let of = &words.operations[frame.operation as usize];
        let mut attributes = Vec::with_capacity(4);
        if kind == SpanKind::Server {
            attributes.push(("http.request.method", Arc::clone(&of.method)));
            attributes.push(("http.route", Arc::clone(&of.route)));
            let status = Arc::clone(&words.statuses[outcome as usize]);
            attributes.push(("http.response.status_code", status));
        }
        if let Some(queue) = self.program.queues.get(consumes as usize) {
            attributes.push(("messaging.destination.name", queue.name.as_str().into()));
        }
        words.add_error(&mut attributes, outcome);
        let name = Arc::clone(&of.name);
        let (traced, start_ns) = (self.traced(at), frame.started);
        self.keep_span(traced, frame, name, kind, start_ns, outcome, attributes);
    }

    /// An attempt of a traced request ended.
    #[cold]
    pub(crate) fn record_attempt(&mut self, at: u32, outcome: Outcome) {
        let frame = self.frames[at];
        let operation = &self.program.operations[frame.operation as usize];
        if operation.sort == Sort::Health || self.replicas.get(frame.replica as usize).is_none() {
            return;
        }
        let site = &self.program.sites[frame.site as usize];
        let words = &self.records.spans.words;
        let mut attributes = Vec::with_capacity(2);
        attributes.push(("peer.service", Arc::clone(&words.peers[site.to as usize])));
        if frame.attempt > 0 {
            attributes.push(("http.request.resend_count", frame.attempt.to_string().into()));
        }
        words.add_error(&mut attributes, outcome);
        let name = Arc::clone(&words.targets[frame.site as usize]);
        let is_message = matches!(site.target, Target::Channel { .. });
        let kind = if is_message { SpanKind::Producer } else { SpanKind::Client };
        let own = self.traced(at);
        let traced = Traced { span: self.attempt_of(at), parent: own.span, ..own };
        self.keep_span(traced, &frame, name, kind, frame.asked, outcome, attributes);
    }

    #[expect(clippy::too_many_arguments, reason = "a span has that many parts")]
    fn keep_span(
        &mut self,
        traced: Traced,
        frame: &Frame,
        operation: Arc<str>,
        kind: SpanKind,
        start_ns: u64,
        outcome: Outcome,
        attributes: Vec<Attribute>,
    ) {
        let records = &mut self.records;
        if records.observation.spans.len() >= SPANS_MAX {
            records.observation.spans_left_out += 1;
            return;
        }
        let service = self.replicas[frame.replica as usize].service;
        records.observation.spans.push(Span {
            trace_id: trace_id(traced.trace),
            span_id: SpanId(traced.span),
            parent_id: (traced.parent != 0).then_some(SpanId(traced.parent)),
            service: Arc::clone(&records.names[service as usize].service),
            pod: Arc::clone(&records.pods[frame.replica as usize].pod),
            operation,
            kind,
            start_ns,
            duration_ns: self.now - start_ns,
            is_error: outcome != Outcome::Done,
            attributes,
        });
    }
}
