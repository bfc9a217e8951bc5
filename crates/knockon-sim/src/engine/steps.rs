//! Following a request through its instructions.

use crate::cpu::Cpu;
use crate::pending::Pending;
use crate::program::{Instruction, NONE, Time};
use crate::random;
use crate::truth::{Effect, NOTHING, Part};

use super::Run;
use super::frame::{At, BRANCH_FAILED, Frame, Outcome, Role, TRACED};

impl<Q: Pending> Run<Q> {
    /// Follows a frame until it waits; what it hands over to goes on instead.
    #[inline(always)]
    pub(super) fn go_on(&mut self, at: u32) -> Option<u32> {
        if self.ever_frozen && self.is_held(at) {
            return None;
        }
        loop {
            let frame = &mut self.frames[at];
            let instruction = self.program.code[frame.ip as usize];
            frame.ip += 1;
            match instruction {
                Instruction::Compute(time) => {
                    let work = self.draw(at, time);
                    self.compute(at, work);
                    return None;
                }
                Instruction::Wait(time) => {
                    let length = self.draw(at, time);
                    self.frames[at].at = At::Waiting;
                    self.wake_after(at, length);
                    return None;
                }
                Instruction::Ask(site) => match self.ask(at, site) {
                    Next::Same => {}
                    Next::Other(next) => return next,
                },
                Instruction::End => return self.finish_here(at, Outcome::Done),
                Instruction::Jump(to) => frame.ip = to,
                other => match self.seldom(at, other) {
                    Next::Same => {}
                    Next::Other(next) => return next,
                },
            }
        }
    }

    /// A frame at a frozen replica goes on when that is thawed.
    #[cold]
    fn is_held(&mut self, at: u32) -> bool {
        let replica = &mut self.replicas[self.frames[at].replica as usize];
        if replica.frozen {
            replica.held.push(at);
        }
        replica.frozen
    }

    /// The instructions that are not in every operation.
    fn seldom(&mut self, at: u32, instruction: Instruction) -> Next {
        match instruction {
            Instruction::Get(site) => {
                let hit = self.program.sites[site as usize].hit;
                self.get(at, site, hit)
            }
            Instruction::Fill(entry) => {
                self.fill(at, entry);
                Next::Same
            }
            Instruction::Put(site) | Instruction::Drop(site) | Instruction::Publish(site) => {
                // A lookup that failed may have left its own.
                self.frames[at].after_miss = NONE;
                self.ask(at, site)
            }
            Instruction::Move(table) => {
                let (machine, to) = self.program.moves[table as usize];
                self.make_move(at, machine, to)
            }
            Instruction::Fork(fork) => self.fork(at, fork),
            Instruction::Detach(next) => {
                let ip = self.frames[at].ip;
                let frame = self.frames[at];
                self.note_delay(&frame);
                if let Some(branch) = self.branch(at, ip, Role::Detached) {
                    self.ready.push(branch);
                }
                self.frames[at].ip = next;
                Next::Same
            }
            Instruction::Choose(choice) => {
                self.frames[at].ip = self.choose(at, choice);
                Next::Same
            }
            Instruction::Fail(fail) => self.fail_by_chance(at, fail),
            Instruction::SagaBegin(saga) => self.saga_begin(at, saga),
            Instruction::SagaDone => self.saga_done(at),
            Instruction::SagaAgain(saga) => self.saga_again(at, saga),
            Instruction::SagaManual(saga) => self.saga_manual(at, saga),
            Instruction::SagaFailed(_) => Next::Other(self.saga_failed(at)),
            Instruction::Compute(_)
            | Instruction::Wait(_)
            | Instruction::Ask(_)
            | Instruction::Jump(_)
            | Instruction::End => Next::Same,
        }
    }

    /// A length of time of the table, by the luck of the frame.
    #[inline(always)]
    fn draw(&self, at: u32, time: u32) -> u64 {
        let of = self.program.times[time as usize];
        match of.time {
            Time::Constant(ns) => ns,
            varies => varies.draw(self.frames[at].luck ^ of.salt),
        }
    }

    /// Uses the processor of its replica.
    #[inline(always)]
    fn compute(&mut self, at: u32, work_ns: u64) {
        let frame = &mut self.frames[at];
        frame.at = At::Computing;
        frame.since = self.now;
        // What the work would take alone, for telling what came on top, or what is left of it.
        frame.asked = work_ns;
        let id = frame.replica;
        let replica = &mut self.replicas[id as usize];
        match &mut replica.cpu {
            None => {
                replica.used_ns += work_ns;
                self.wake_after(at, work_ns);
            }
            Some(cpu) => {
                cpu.advance(self.now);
                cpu.start(self.now, work_ns, at);
                self.look_at_cpu(id);
            }
        }
    }

    /// Sees to it that an event is out for the next thing that happens at a processor.
    pub(super) fn look_at_cpu(&mut self, id: u32) {
        let replica = &mut self.replicas[id as usize];
        let Some(cpu) = &replica.cpu else { return };
        let Some(due) = cpu.next_end(self.now) else {
            replica.cpu_seq = 0;
            return;
        };
        if replica.cpu_seq != 0 && replica.cpu_due == due {
            return;
        }
        let seq = self.schedule(due, super::CPU, id);
        let replica = &mut self.replicas[id as usize];
        (replica.cpu_seq, replica.cpu_due) = (seq, due);
    }

    /// Work at a processor may be done.
    pub(super) fn cpu_event(&mut self, id: u32, seq: u32) {
        let now = self.now;
        let replica = &mut self.replicas[id as usize];
        if replica.cpu_seq != seq {
            return;
        }
        self.events += 1;
        replica.cpu_seq = 0;
        let Some(cpu) = &mut replica.cpu else { return };
        cpu.advance(now);
        while let Some(at) = self.replicas[id as usize].cpu.as_mut().and_then(Cpu::pop_finished) {
            self.computed(at);
        }
        self.look_at_cpu(id);
    }

    /// What came on top of the work itself is a delay: somebody else used the processor.
    fn computed(&mut self, at: u32) {
        let frame = &self.frames[at];
        let late = (self.now - frame.since).saturating_sub(frame.asked);
        if late > 0 {
            let replica = &self.replicas[frame.replica as usize];
            let because =
                if replica.trouble == NOTHING { replica.last_blame } else { replica.trouble };
            let part = Part::Service(replica.service);
            let blame = self.reasons.because(part, Effect::Throttled, because);
            self.frames[at].delayed(late, blame);
        }
        self.frames[at].at = At::Running;
        self.ready.push(at);
    }

    /// A time that a frame let pass is over.
    #[inline(always)]
    pub(super) fn wake(&mut self, at: u32, seq: u32) {
        let frame = &mut self.frames[at];
        if frame.wake != seq {
            return;
        }
        self.events += 1;
        frame.wake = 0;
        match frame.at {
            At::Computing | At::Waiting => {
                frame.at = At::Running;
                self.follow_here(at);
            }
            #[expect(clippy::collapsible_match, reason = "a guard should not do anything")]
            At::Travelling => {
                if self.arrive(at) {
                    self.follow(at);
                }
            }
            At::BackingOff | At::Limited => {
                if let Some(next) = self.asks_again(at) {
                    self.follow(next);
                }
            }
            At::Pooled => self.pool_wait_ends(at),
            At::Fetching => self.fetched(at),
            At::Admitting => self.admitted(at),
            _ => {}
        }
    }

    /// A branch of a frame: the same request, at another instruction.
    pub(super) fn branch(&mut self, of: u32, ip: u32, role: Role) -> Option<u32> {
        let parent = self.frames[of];
        let frame = Frame {
            ip,
            operation: parent.operation,
            replica: parent.replica,
            user: parent.user,
            parent: if role == Role::Branch { of } else { NONE },
            ticket: if role == Role::Branch { parent.awaits } else { 0 },
            extra: NONE,
            blame: parent.blame,
            path: parent.path,
            flags: parent.flags & TRACED,
            at: At::Running,
            role,
            started: self.now,
            since: self.now,
            luck: random::mix(parent.luck ^ u64::from(ip)),
            ..Frame::EMPTY
        };
        let at = self.insert(frame)?;
        if parent.has(TRACED) {
            self.trace_branch(of, at);
        }
        self.carry(parent.user);
        Some(at)
    }

    fn fork(&mut self, at: u32, fork: u32) -> Next {
        let ticket = self.next_ticket();
        let branches = self.program.forks[fork as usize].len();
        let frame = &mut self.frames[at];
        if branches == 0 {
            return Next::Same;
        }
        frame.awaits = ticket;
        frame.branches = u16::try_from(branches).unwrap_or(u16::MAX);
        frame.flags &= !BRANCH_FAILED;
        frame.at = At::Joining;
        for index in (0..branches).rev() {
            let ip = self.program.forks[fork as usize][index];
            match self.branch(at, ip, Role::Branch) {
                Some(branch) => self.ready.push(branch),
                None => self.frames[at].branches -= 1,
            }
        }
        Next::Other(None)
    }

    fn choose(&self, at: u32, choice: u32) -> u32 {
        let frame = &self.frames[at];
        let choice = &self.program.choices[choice as usize];
        let member = |cohort: u32| self.member(frame.user, cohort);
        let mine = |of: Option<(u32, u32)>| of.is_some_and(|(cohort, it)| member(cohort) == it);
        if let Some(arm) = choice.arms.iter().find(|arm| mine(arm.of)) {
            return arm.entry;
        }
        let luck = random::mix(frame.luck ^ choice.salt);
        let by_share = choice.arms.iter().find(|arm| arm.of.is_none() && luck < arm.share);
        by_share.map_or(choice.otherwise, |arm| arm.entry)
    }

    fn fail_by_chance(&mut self, at: u32, fail: u32) -> Next {
        let of = self.program.fails[fail as usize];
        let frame = &self.frames[at];
        let is_certain = of.below == u64::MAX;
        if !is_certain && random::mix(frame.luck ^ of.salt) >= of.below {
            return Next::Same;
        }
        let service = self.replicas[frame.replica as usize].service;
        // What it went without before may be why it fails now: a cache that missed, say. A delay is not.
        let because = frame.suspect;
        let blame = self.reasons.because(Part::Service(service), Effect::Failed, because);
        self.frames[at].blame = blame;
        Next::Other(self.finish(at, Outcome::Failed))
    }
}

/// Whether the same frame goes on, or which other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Same,
    Other(Option<u32>),
}
