//! How a request ends: who is told, and what it gives back.

use crate::pending::Pending;
use crate::program::{NONE, Sort};
use crate::truth::{Effect, NOTHING, Part};

use super::Run;
use super::frame::{
    At, BRANCH_FAILED, COUNTED, DEGRADED, Frame, HOLDS, HOLDS_CONNECTION, HOLDS_WORKER, Hold,
    Outcome, Role,
};
use super::state::{NOBODY, Phase};
use super::steps::Next;

impl Frame {
    /// What its further requests are tainted with from the beginning: only what is not a delay of its
    /// own.
    pub(super) fn tainted(&self) -> u32 {
        if self.excess == 0 { self.blame } else { NOTHING }
    }
}

impl<Q: Pending> Run<Q> {
    /// A frame is done, or fails. The frame that goes on with it, if there is one.
    pub(super) fn finish(&mut self, at: u32, outcome: Outcome) -> Option<u32> {
        self.finish_here(at, outcome)
    }

    /// The same, where it happens for every request. What it held is free before anybody hears of the
    /// end: whoever asks again at once finds it.
    #[inline(always)]
    pub(super) fn finish_here(&mut self, at: u32, outcome: Outcome) -> Option<u32> {
        let frame = &self.frames[at];
        let (role, flags, operation) = (frame.role, frame.flags, frame.operation as usize);
        let is_whole = !matches!(role, Role::Branch | Role::Detached);
        if flags & COUNTED != 0 && is_whole {
            self.count(at, outcome);
        }
        if outcome == Outcome::Done && is_whole && self.program.operations[operation].kept {
            self.keep(at);
        }
        let (waiting, next) = match role {
            Role::Call => {
                let answer = Answer::of(&self.frames[at], outcome);
                (self.give_back(at), self.answer(&answer))
            }
            Role::Action => {
                let (user, blame) = (self.frames[at].user, self.frames[at].blame);
                let waiting = self.give_back(at);
                self.action_ends(user, outcome, blame);
                (waiting, None)
            }
            _ => {
                let frame = self.frames[at];
                if role == Role::Detached {
                    // It may be the last that anybody does for the user.
                    self.note_failure(&frame, outcome);
                }
                (self.give_back(at), self.ends_otherwise(&frame, outcome))
            }
        };
        match (next, waiting) {
            (None, waiting) => waiting,
            (next, None) => next,
            (next, Some(waiting)) => {
                self.ready.push(waiting);
                next
            }
        }
    }

    /// The ends that are not those of a user's request, or of a call.
    fn ends_otherwise(&mut self, frame: &Frame, outcome: Outcome) -> Option<u32> {
        match frame.role {
            Role::Branch => return self.join(frame, outcome),
            Role::Consumer => self.message_done(frame, outcome),
            Role::Probe => self.probe_ends(frame, outcome == Outcome::Done),
            Role::Call | Role::Action | Role::Detached => {}
        }
        None
    }

    /// Counts it at its service, and records its span.
    #[inline(always)]
    fn count(&mut self, at: u32, outcome: Outcome) {
        let frame = &self.frames[at];
        let (operation, flags, replica) = (frame.operation, frame.flags, frame.replica);
        let took = self.now - frame.started;
        self.records.served(replica, operation, outcome, took);
        let operation = operation as usize;
        let stats = &mut self.operations[operation];
        stats.ended[outcome as usize] += 1;
        let sort = self.program.operations[operation].sort;
        if outcome == Outcome::Done {
            stats.done.record(took);
            stats.done_at = self.now;
            if matches!(sort, Sort::Read | Sort::Write) {
                let frame = self.frames[at];
                self.queried(&frame);
            }
        } else {
            stats.failed.record(took);
            let frame = self.frames[at];
            self.log_failure(&frame, outcome);
        }
        if flags & super::frame::TRACED != 0 {
            let frame = self.frames[at];
            self.record_span(at, &frame, outcome);
        }
    }

    /// Gives back the place of a frame, and what it had of its replica. The frame that gets its worker.
    #[inline(always)]
    fn give_back(&mut self, at: u32) -> Option<u32> {
        let frame = &self.frames[at];
        let (flags, id, blame) = (frame.flags, frame.replica, frame.blame);
        let mut waiting = None;
        if flags & COUNTED != 0 {
            let replica = &mut self.replicas[id as usize];
            replica.live -= 1;
            replica.last_blame = blame;
            if flags & HOLDS_WORKER != 0 {
                if replica.queue.is_empty() || replica.frozen {
                    replica.free_workers += 1;
                } else {
                    waiting = self.hand_worker_on(id);
                }
            }
            let replica = &self.replicas[id as usize];
            if replica.phase == Phase::Stopping && replica.live == 0 {
                self.stopped_gracefully(id);
            }
        }
        if flags & HOLDS_CONNECTION != 0 {
            self.close_connection(self.replicas[id as usize].service);
        }
        self.release(at);
        waiting
    }

    /// A worker goes to the first in line.
    fn hand_worker_on(&mut self, id: u32) -> Option<u32> {
        while let Some(at) = self.replicas[id as usize].queue.pop_front() {
            if self.frames[at].at == At::Dropped {
                self.release(at);
                continue;
            }
            self.takes_worker(at, id);
            return Some(at);
        }
        self.replicas[id as usize].free_workers += 1;
        None
    }

    /// What it waited for is the last one's fault that had it, or that of what ails the replica.
    #[inline(always)]
    fn takes_worker(&mut self, at: u32, id: u32) {
        let replica = &self.replicas[id as usize];
        let mut because =
            if replica.trouble == NOTHING { replica.last_blame } else { replica.trouble };
        let part = Part::Service(replica.service);
        let own = self.frames[at].blame;
        if own != NOTHING && self.reasons.get(because).origin == 0 {
            // One that would not be here at all without a fault waits because of that.
            because = own;
        }
        let blame = self.reasons.because(part, Effect::Overloaded, because);
        let frame = &mut self.frames[at];
        frame.delayed(self.now - frame.since, blame);
        frame.flags |= HOLDS_WORKER;
        frame.at = At::Running;
    }

    /// Free workers take on those that wait.
    pub(super) fn next_in_line(&mut self, id: u32) {
        loop {
            let replica = &mut self.replicas[id as usize];
            if replica.free_workers == 0 || replica.frozen {
                return;
            }
            let Some(at) = replica.queue.pop_front() else { return };
            if self.frames[at].at == At::Dropped {
                self.release(at);
                continue;
            }
            replica.free_workers -= 1;
            self.takes_worker(at, id);
            self.ready.push(at);
        }
    }

    /// The place of a frame is free again.
    #[inline(always)]
    pub(super) fn release(&mut self, at: u32) {
        let frame = &mut self.frames[at];
        // While a user does something, the user carries it itself.
        let user = if frame.role == Role::Action { NOBODY } else { frame.user };
        frame.wake = 0;
        frame.timer = 0;
        frame.awaits = 0;
        frame.ticket = 0;
        frame.at = At::Dropped;
        if frame.has(HOLDS) {
            self.holds[at as usize] = Hold::default();
        }
        self.frames.free(at);
        self.put_down(user);
    }

    /// The caller hears of it, if it still listens.
    #[inline(always)]
    pub(super) fn answer(&mut self, answer: &Answer) -> Option<u32> {
        let parent = answer.parent;
        let frame = &self.frames[parent];
        if frame.awaits != answer.ticket || answer.ticket == 0 {
            let wasted = u64::from(answer.flags & COUNTED != 0);
            self.operations[answer.operation as usize].wasted += wasted;
            return None;
        }
        if answer.outcome == Outcome::Done {
            if answer.excess > frame.excess {
                self.inherit(parent, answer.excess, answer.blame);
            }
            self.attempt_succeeds(parent);
            return Some(parent);
        }
        let service = self.program.sites[frame.site as usize].service;
        let blame = self.reasons.because(Part::Service(service), Effect::Failed, answer.blame);
        match self.attempt_ends(parent, answer.seen(), blame) {
            Next::Same => Some(parent),
            Next::Other(next) => next,
        }
    }

    /// A delay of what was asked becomes one of who asked.
    fn inherit(&mut self, parent: u32, excess: u64, blame: u32) {
        let service = self.program.sites[self.frames[parent].site as usize].service;
        let blame = self.reasons.because(Part::Service(service), Effect::Slow, blame);
        let frame = &mut self.frames[parent];
        frame.excess = excess;
        frame.blame = blame;
    }

    /// One of several branches has ended; the frame goes on when all have.
    fn join(&mut self, branch: &Frame, outcome: Outcome) -> Option<u32> {
        let parent = branch.parent;
        let frame = &mut self.frames[parent];
        if frame.awaits != branch.ticket || branch.ticket == 0 {
            return None;
        }
        frame.branches -= 1;
        if branch.excess > frame.excess {
            frame.excess = branch.excess;
            frame.blame = branch.blame;
        }
        frame.flags |= branch.flags & DEGRADED;
        if outcome != Outcome::Done && !frame.has(BRANCH_FAILED) {
            frame.flags |= BRANCH_FAILED;
            frame.suspect = branch.blame;
        }
        if frame.branches > 0 {
            return None;
        }
        frame.awaits = 0;
        frame.at = At::Running;
        if frame.has(BRANCH_FAILED) {
            frame.flags &= !BRANCH_FAILED;
            frame.blame = frame.suspect;
            return self.finish(parent, Outcome::Failed);
        }
        Some(parent)
    }

    /// Why what a frame waits for takes so long.
    pub(super) fn suspicion(&mut self, at: u32) -> u32 {
        let mut line = [NONE; 32];
        let (mut depth, mut leaf) = (0, at);
        loop {
            let frame = &self.frames[leaf];
            let child = frame.child;
            let is_asking = frame.at == At::Asking && child != NONE;
            if !is_asking || depth == line.len() || self.frames[child].ticket != frame.awaits {
                break;
            }
            line[depth] = leaf;
            depth += 1;
            leaf = child;
        }
        let mut reason = self.suspicion_here(leaf);
        for above in line[..depth].iter().rev().filter(|above| **above != at) {
            let service = self.program.operations[self.frames[*above].operation as usize].service;
            reason = self.reasons.because(Part::Service(service), Effect::Slow, reason);
        }
        reason
    }

    /// Why a frame that asks nobody is where it is.
    fn suspicion_here(&mut self, at: u32) -> u32 {
        let frame = self.frames[at];
        let Some(replica) = self.replicas.get(frame.replica as usize) else { return frame.blame };
        let part = Part::Service(replica.service);
        let own = if replica.trouble == NOTHING { replica.last_blame } else { replica.trouble };
        let (effect, because) = match frame.at {
            _ if replica.frozen => (Effect::Down, replica.trouble),
            At::Queued => (Effect::Overloaded, own),
            At::Computing if replica.cpu.is_some() => (Effect::Throttled, own),
            At::Pooled => (Effect::OutOfConnections, replica.pool_blame),
            At::Crowded => (Effect::Crowded, frame.blame),
            At::Limited => (Effect::Limited, frame.blame),
            At::Travelling => return frame.blame,
            _ if frame.suspect != NOTHING => return frame.suspect,
            _ => (Effect::Slow, frame.blame),
        };
        self.reasons.because(part, effect, because)
    }

    /// With abandoned work dropped: what nobody waits for any more is taken back where it is, the last
    /// in the chain first, so that nothing is handed to one that is about to go.
    pub(super) fn abandon(&mut self, at: u32) {
        let mut chain = vec![at];
        let mut looked = 0;
        while let Some(at) = chain.get(looked).copied() {
            looked += 1;
            let frame = &self.frames[at];
            let ticket = frame.awaits;
            if frame.at == At::Asking && frame.child != NONE {
                let child = frame.child;
                chain.extend((self.frames[child].ticket == ticket).then_some(child));
            }
            if frame.at == At::Joining {
                let branches = self.frames.iter().filter(|(_, branch)| {
                    branch.role == Role::Branch && branch.parent == at && branch.ticket == ticket
                });
                chain.extend(branches.map(|(handle, _)| handle.index));
            }
        }
        // None of them is handed anything that another of them gives back.
        chain.retain(|at| self.leaves_lines(*at));
        for at in chain.into_iter().rev() {
            self.take_back(at);
        }
    }

    /// A request is to leave: it waits for nothing any more. False for one that is let go when its turn
    /// for a worker comes.
    fn leaves_lines(&mut self, at: u32) -> bool {
        let frame = &mut self.frames[at];
        let id = frame.replica as usize;
        match frame.at {
            At::Queued => {
                frame.at = At::Dropped;
                frame.ticket = 0;
                self.forget_queued(at);
                return false;
            }
            At::Crowded => self.leave_crowd(at),
            At::Pooled => {
                if let Some(ticket) = self.holds[at as usize].in_line.take() {
                    let pool = self.program.sites[frame.site as usize].pool as usize;
                    self.replicas[id].pools[pool].cancel(ticket);
                }
            }
            At::Computing => {
                let id = frame.replica;
                if let Some(cpu) = &mut self.replicas[id as usize].cpu {
                    cpu.remove(self.now, at);
                    self.look_at_cpu(id);
                }
            }
            _ => {}
        }
        if let Some(replica) = self.replicas.get_mut(id) {
            replica.held.retain(|held| *held != at);
        }
        true
    }

    /// A request leaves with all that it holds: its connection, its place under a bulkhead, its worker.
    fn take_back(&mut self, at: u32) {
        let frame = self.frames[at];
        if frame.site != NONE {
            self.let_go_of_hold(at, Outcome::Crowded, frame.blame);
        }
        if let Some(waiting) = self.give_back(at) {
            self.ready.push(waiting);
        }
    }

    /// A frame in line that was dropped no longer counts.
    fn forget_queued(&mut self, at: u32) {
        let frame = &mut self.frames[at];
        if frame.has(COUNTED) {
            frame.flags &= !COUNTED;
            self.replicas[frame.replica as usize].live -= 1;
        }
        if frame.has(HOLDS_CONNECTION) {
            frame.flags &= !HOLDS_CONNECTION;
            let service = self.replicas[frame.replica as usize].service;
            self.close_connection(service);
        }
    }

    /// Work that nobody waits for has failed: nobody but the truth hears of it.
    pub(super) fn note_failure(&mut self, frame: &Frame, outcome: Outcome) {
        if outcome == Outcome::Done {
            return;
        }
        if frame.user == NOBODY {
            self.troubles.background(frame.blame, self.now);
        } else {
            self.lose_for(frame.user, frame.blame);
        }
    }
}

/// What a caller is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer {
    parent: u32,
    ticket: u32,
    operation: u32,
    blame: u32,
    excess: u64,
    flags: u8,
    outcome: Outcome,
}

impl Answer {
    #[inline(always)]
    pub(super) fn of(frame: &Frame, outcome: Outcome) -> Self {
        Self {
            parent: frame.parent,
            ticket: frame.ticket,
            operation: frame.operation,
            blame: frame.blame,
            excess: frame.excess,
            flags: frame.flags,
            outcome,
        }
    }

    /// How the caller sees its request end: what was taken on and then failed is an error.
    fn seen(&self) -> Outcome {
        match self.outcome {
            Outcome::Done | Outcome::Failed | Outcome::Reset | Outcome::Limited => self.outcome,
            _ if self.flags & COUNTED != 0 => Outcome::Failed,
            other => other,
        }
    }
}
