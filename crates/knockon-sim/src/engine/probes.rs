//! Probes: a real request through the same line as all others.

use crate::observe::{Involved, Kind};
use crate::pending::Pending;
use crate::program::{NONE, Probe};
use crate::random;
use crate::truth::{Effect, NOTHING, Part};

use super::Run;
use super::frame::{Frame, Role};
use super::state::{Phase, ProbeState};
use super::ticks::Tick;

pub(crate) const LIVENESS: u8 = 0;
pub(crate) const READINESS: u8 = 1;
pub(crate) const STARTUP: u8 = 2;

const NAMES: [&str; 3] = ["Liveness", "Readiness", "Startup"];

impl<Q: Pending> Run<Q> {
    pub(super) fn probe_table(&self, service: u32, kind: u8) -> Option<Probe> {
        let table = &self.program.services[service as usize];
        match kind {
            LIVENESS => table.liveness,
            READINESS => table.readiness,
            _ => table.startup,
        }
    }

    /// Begins the probes of a process that begins, or of one that has run for long.
    pub(super) fn begin_probes(&mut self, id: u32, is_old: bool) {
        let replica = &mut self.replicas[id as usize];
        let (service, incarnation) = (replica.service, replica.incarnation);
        replica.probes = [ProbeState { passed: is_old, ..ProbeState::default() }; 3];
        for kind in [LIVENESS, READINESS, STARTUP] {
            let Some(probe) = self.probe_table(service, kind) else { continue };
            if is_old && kind == STARTUP {
                continue;
            }
            let part = random::hash(&[self.seed, u64::from(id), u64::from(kind), 0x960b]);
            let delay = if is_old { random::below(part, probe.every_ns) } else { probe.delay_ns };
            self.tick_after(delay, Tick::Probe { replica: id, incarnation, kind });
        }
    }

    /// A probe asks, and will ask again.
    pub(super) fn probe(&mut self, id: u32, incarnation: u32, kind: u8) {
        let replica = &self.replicas[id as usize];
        let Some(probe) = self.probe_table(replica.service, kind) else { return };
        let is_over = kind == STARTUP && replica.probes[STARTUP as usize].passed;
        if replica.incarnation != incarnation || replica.phase == Phase::Gone || is_over {
            return;
        }
        self.tick_after(probe.every_ns, Tick::Probe { replica: id, incarnation, kind });
        let replica = &mut self.replicas[id as usize];
        let has_startup = self.program.services[replica.service as usize].startup.is_some();
        if kind != STARTUP && has_startup && !replica.probes[STARTUP as usize].passed {
            return;
        }
        let asked = replica.probes[kind as usize].asked.wrapping_add(1);
        replica.probes[kind as usize].asked = asked;
        if replica.phase != Phase::Up {
            self.probe_result(id, kind, false);
            return;
        }
        if probe.operation == NONE {
            // Opening a connection succeeds as long as there is a process.
            self.probe_result(id, kind, true);
            return;
        }
        let timeout = Tick::ProbeTimeout { replica: id, incarnation, kind, asked };
        self.tick_after(probe.timeout_ns, timeout);
        self.send_probe(id, probe, kind, asked);
    }

    fn send_probe(&mut self, id: u32, probe: Probe, kind: u8, asked: u32) {
        let luck = random::hash(&[self.seed, u64::from(id), u64::from(kind), u64::from(asked)]);
        let frame = Frame {
            ip: self.program.operations[probe.operation as usize].entry,
            operation: probe.operation,
            replica: id,
            role: Role::Probe,
            extra: u32::from(kind) | asked << 2,
            started: self.now,
            since: self.now,
            luck,
            ..Frame::EMPTY
        };
        let Some(at) = self.insert(frame) else { return };
        let arrival = self.arrives(at);
        if let Some(next) = self.arrived(at, arrival) {
            self.follow(next);
        }
    }

    /// A probe was answered, if anybody still waits for the answer.
    pub(super) fn probe_ends(&mut self, frame: &Frame, passed: bool) {
        let (kind, asked) = ((frame.extra & 3) as u8, frame.extra >> 2);
        let state = &mut self.replicas[frame.replica as usize].probes[kind as usize];
        if state.asked & (u32::MAX >> 2) != asked {
            return;
        }
        // The timeout finds another number now.
        state.asked = state.asked.wrapping_add(1);
        if !passed {
            self.replicas[frame.replica as usize].probe_blame = frame.blame;
        }
        self.probe_result(frame.replica, kind, passed);
    }

    pub(super) fn probe_timed_out(&mut self, id: u32, incarnation: u32, kind: u8, asked: u32) {
        let replica = &mut self.replicas[id as usize];
        if replica.incarnation != incarnation || replica.probes[kind as usize].asked != asked {
            return;
        }
        self.events += 1;
        let because = if replica.trouble == NOTHING { replica.last_blame } else { replica.trouble };
        let part = Part::Service(replica.service);
        let blame = self.reasons.because(part, Effect::TimedOut, because);
        self.replicas[id as usize].probe_blame = blame;
        self.probe_result(id, kind, false);
    }

    /// What follows from an answer, or from none.
    fn probe_result(&mut self, id: u32, kind: u8, passed: bool) {
        let service = self.replicas[id as usize].service;
        let Some(probe) = self.probe_table(service, kind) else { return };
        let replica = &mut self.replicas[id as usize];
        let state = &mut replica.probes[kind as usize];
        if passed {
            state.failures = 0;
            state.successes = state.successes.saturating_add(1);
            if state.successes >= probe.successes {
                state.passed = true;
                if kind == READINESS {
                    self.set_ready(id, true);
                }
            }
            return;
        }
        state.successes = 0;
        state.failures = state.failures.saturating_add(1);
        let failures = state.failures;
        if replica.phase == Phase::Up {
            let message = format!("{} probe failed", NAMES[kind as usize]);
            self.record_event(Kind::Warning, "Unhealthy", Involved::Replica(id), message);
        }
        if failures < probe.failures {
            return;
        }
        match kind {
            READINESS => {
                self.replicas[id as usize].probes[READINESS as usize].passed = false;
                self.set_ready(id, false);
            }
            _ if self.replicas[id as usize].phase == Phase::Up
                || self.replicas[id as usize].phase == Phase::Starting =>
            {
                // Once this instant is over: it may be an answer that is just being given.
                let incarnation = self.replicas[id as usize].incarnation;
                self.tick_after(0, Tick::Killed { replica: id, incarnation, kind });
            }
            _ => {}
        }
    }

    pub(super) fn killed_by_probe(&mut self, id: u32, incarnation: u32, kind: u8) {
        let replica = &self.replicas[id as usize];
        if replica.incarnation != incarnation {
            return;
        }
        let part = Part::Service(replica.service);
        let because =
            if replica.probe_blame == NOTHING { replica.trouble } else { replica.probe_blame };
        let blame = self.reasons.because(part, Effect::Killed, because);
        let name = NAMES[kind as usize].to_lowercase();
        let message = format!("Container failed {name} probe, will be restarted");
        self.record_event(Kind::Normal, "Killing", Involved::Replica(id), message);
        self.end_process(id, "Error", true, blame);
    }
}
