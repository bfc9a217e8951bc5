//! What holds single replicas: down, frozen, crashing, short of processor time, leaking.

use crate::clock::SECOND;
use crate::cpu::{Cpu, PERIOD_NS};
use crate::pending::Pending;
use crate::program::NONE;
use crate::random;
use crate::truth::{Effect, NOTHING, Part};

use super::super::Run;
use super::super::frame::At;
use super::super::state::Phase;
use super::super::ticks::Tick;

/// Somebody's hold on replicas of a service.
#[derive(Debug, Clone)]
pub(crate) struct Grip {
    pub(crate) origin: u32,
    pub(crate) service: u32,
    /// Why, in the truth; nothing for what does no harm.
    pub(crate) reason: u32,
    pub(crate) hold: Hold,
    /// The replicas, each with its process at the time; all, also those to come, when it is not
    /// said.
    pub(crate) on: Option<Vec<(u32, u32)>>,
}

/// What a grip does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// Its process has ended and is not started.
    Down,
    /// Its process is stopped where it is. Only that process: one that is started anew runs.
    Frozen,
    /// Its process ends so long after it could serve, again and again.
    Crashing(u64),
    /// Its processor time in thousandths of a core; none for as much as it wants.
    Cpu(Option<u64>),
    /// So many bytes a second are never freed.
    Leak(u64),
    /// Nothing but that it is to blame.
    Blamed,
}

impl Grip {
    fn holds(&self, id: u32, incarnation: u32) -> bool {
        let only_process = self.hold == Hold::Frozen;
        self.on.as_ref().is_none_or(|on| {
            on.iter().any(|(of, process)| *of == id && (!only_process || *process == incarnation))
        })
    }
}

impl<Q: Pending> Run<Q> {
    /// A share of a service's replicas, rounded up, the lowest numbers first; `None` for all of
    /// them
    /// and those to come.
    pub(crate) fn first_replicas(&self, service: u32, share: f64) -> Option<Vec<(u32, u32)>> {
        (share < 1.0).then(|| {
            let mut all = self.current_replicas(service);
            all.sort_by_key(|id| self.replicas[*id as usize].ordinal);
            let count = part_of(all.len(), share);
            all.truncate(count);
            self.with_processes(&all)
        })
    }

    /// Each with the number of its process.
    pub(crate) fn with_processes(&self, ids: &[u32]) -> Vec<(u32, u32)> {
        ids.iter().map(|id| (*id, self.replicas[*id as usize].incarnation)).collect()
    }

    /// Takes hold of replicas; the same origin's last hold of that sort on that service is let go.
    pub(crate) fn grip(&mut self, mut grip: Grip) {
        let service = grip.service;
        if grip.hold == Hold::Frozen && grip.on.is_none() {
            grip.on = Some(self.with_processes(&self.current_replicas(service)));
        }
        let sort = std::mem::discriminant(&grip.hold);
        self.levers.grips.retain(|it| {
            it.origin != grip.origin
                || it.service != service
                || std::mem::discriminant(&it.hold) != sort
        });
        self.levers.grips.push(grip);
        self.settle_replicas(service);
    }

    pub(super) fn release_grips(&mut self, origin: u32) {
        let before = std::mem::take(&mut self.levers.grips);
        let (gone, left): (Vec<_>, Vec<_>) = before.into_iter().partition(|it| it.origin == origin);
        self.levers.grips = left;
        for grip in gone {
            self.settle_replicas(grip.service);
        }
    }

    /// Nobody holds a service down any more.
    pub(crate) fn let_up(&mut self, service: u32) {
        let is_down = |it: &Grip| it.service == service && it.hold == Hold::Down;
        self.levers.grips.retain(|it| !is_down(it));
        for id in self.current_replicas(service) {
            self.replicas[id as usize].held_down = false;
        }
    }

    fn settle_replicas(&mut self, service: u32) {
        for id in self.services[service as usize].replicas.clone() {
            self.settle_replica(id);
        }
        self.look_at_service(service);
    }

    /// Brings a replica into the state that all grips together want.
    pub(crate) fn settle_replica(&mut self, id: u32) {
        let replica = &self.replicas[id as usize];
        let (service, incarnation) = (replica.service, replica.incarnation);
        let mine = |it: &&Grip| it.service == service && it.holds(id, incarnation);
        let grips = self.levers.grips.iter().filter(mine);
        let (mut down, mut frozen, mut leak) = (false, false, 0);
        let mut cpu = self.services[service as usize].cpu_limit_m;
        let mut reason = NOTHING;
        for grip in grips {
            match grip.hold {
                Hold::Down => down = true,
                Hold::Frozen => frozen = true,
                Hold::Cpu(limit) => cpu = limit,
                Hold::Leak(bytes) => leak += bytes,
                Hold::Crashing(_) | Hold::Blamed => {}
            }
            if grip.reason != NOTHING {
                reason = grip.reason;
            }
        }
        let replica = &mut self.replicas[id as usize];
        let before = replica.trouble;
        if reason != NOTHING || matches!(replica.phase, Phase::Up | Phase::Stopping) {
            let before = std::mem::replace(&mut replica.trouble, reason);
            if reason == NOTHING && before != NOTHING {
                // What waits still waits because of it.
                replica.last_blame = before;
            }
        }
        let leaks = std::mem::replace(&mut replica.leak_per_s, leak) > 0;
        if leak > 0 && !leaks && replica.phase == Phase::Up {
            self.begin_leak(id);
        }
        self.limit_cpu(id, cpu);
        self.freeze(id, frozen, before);
        self.hold_down(id, down, reason);
    }

    fn hold_down(&mut self, id: u32, down: bool, reason: u32) {
        let replica = &mut self.replicas[id as usize];
        let was = std::mem::replace(&mut replica.held_down, down);
        if down && !was {
            self.end_process(id, "Error", true, reason);
        } else if was && !down && self.replicas[id as usize].phase == Phase::Ended {
            self.start_process(id);
        }
    }

    /// What is wrong with a replica whose process has come up.
    pub(crate) fn reason_of_grips(&self, id: u32) -> u32 {
        let replica = &self.replicas[id as usize];
        let mine = |it: &&Grip| {
            it.service == replica.service
                && it.reason != NOTHING
                && it.holds(id, replica.incarnation)
        };
        self.levers.grips.iter().rev().find(mine).map_or(NOTHING, |grip| grip.reason)
    }

    /// How long the process of a replica runs before it crashes, and why, if it does.
    pub(crate) fn crashes_after(&self, id: u32) -> Option<(u64, u32)> {
        let replica = &self.replicas[id as usize];
        self.levers.grips.iter().find_map(|grip| match grip.hold {
            Hold::Crashing(after_ns)
                if grip.service == replica.service && grip.holds(id, replica.incarnation) =>
            {
                Some((after_ns, grip.reason))
            }
            _ => None,
        })
    }

    /// A crashing process has run as long as it does.
    pub(crate) fn crash_due(&mut self, id: u32, incarnation: u32) {
        let replica = &self.replicas[id as usize];
        if replica.incarnation != incarnation || replica.phase != Phase::Up {
            return;
        }
        if let Some((_, reason)) = self.crashes_after(id) {
            self.events += 1;
            self.end_process(id, "Error", true, reason);
        }
    }

    /// Stops a process where it is, or lets it go on. `trouble` is what ailed it until now.
    fn freeze(&mut self, id: u32, frozen: bool, trouble: u32) {
        let now = self.now;
        let replica = &self.replicas[id as usize];
        if replica.frozen == frozen || !matches!(replica.phase, Phase::Up | Phase::Stopping) {
            return;
        }
        let service = replica.service;
        if frozen {
            self.ever_frozen = true;
            self.need_cpu(id);
        }
        let replica = &mut self.replicas[id as usize];
        replica.frozen = frozen;
        if let Some(cpu) = &mut replica.cpu {
            if frozen {
                cpu.freeze(now);
            } else {
                cpu.thaw(now);
            }
        }
        self.look_at_cpu(id);
        if frozen {
            return;
        }
        let held = std::mem::take(&mut self.replicas[id as usize].held);
        // What stood still is late for that, and what waited for a worker because of it.
        let blame = self.reasons.because(Part::Service(service), Effect::Down, trouble);
        self.replicas[id as usize].last_blame = blame;
        for at in &held {
            let frame = &mut self.frames[*at];
            frame.delayed(now - frame.since, blame);
        }
        // What is pushed last goes on first.
        self.ready.extend(held.iter().rev());
        self.next_in_line(id);
        self.feed_consumers(id);
        self.ready_again(service);
    }

    /// Limits the processor time of a replica; what runs goes on at the new pace.
    fn limit_cpu(&mut self, id: u32, limit_m: Option<u64>) {
        let workers = self.program.services[self.replicas[id as usize].service as usize].workers;
        let can_matter =
            limit_m.is_some_and(|limit| u64::from(workers).saturating_mul(1000) > limit);
        if can_matter {
            self.need_cpu(id);
        }
        let quota_m = limit_m.filter(|_| can_matter);
        let now = self.now;
        let replica = &mut self.replicas[id as usize];
        replica.cpu_limit_m = limit_m;
        if replica.cpu_quota_m == quota_m {
            return;
        }
        replica.cpu_quota_m = quota_m;
        if let Some(cpu) = &mut replica.cpu {
            cpu.set_limit(now, quota_m);
        }
        self.look_at_cpu(id);
    }

    /// Gives a replica without a limit a processor to count on, and moves what runs there.
    fn need_cpu(&mut self, id: u32) {
        if self.replicas[id as usize].cpu.is_some() {
            return;
        }
        let now = self.now;
        let luck = random::hash(&[self.seed, u64::from(id), 0xc9]);
        let mut cpu = Cpu::new(None, luck % PERIOD_NS);
        let running: Vec<(u64, u32)> = (self.frames.iter())
            .filter(|(_, frame)| frame.replica == id && frame.at == At::Computing)
            .map(|(handle, frame)| {
                let left = frame.asked.saturating_sub(now - frame.since);
                (left, handle.index)
            })
            .collect();
        for (left, at) in running {
            self.frames[at].wake = 0;
            // It was counted when it began.
            let used = &mut self.replicas[id as usize].used_ns;
            *used = used.saturating_sub(left);
            cpu.start(now, left, at);
        }
        self.replicas[id as usize].cpu = Some(cpu);
        self.look_at_cpu(id);
    }

    /// The memory of a replica begins to leak, if it does.
    pub(crate) fn begin_leak(&mut self, id: u32) {
        let replica = &self.replicas[id as usize];
        if replica.leak_per_s > 0 {
            let incarnation = replica.incarnation;
            self.tick_after(SECOND, Tick::Leak { replica: id, incarnation });
        }
    }

    /// One more second's leak. Above its limit the process is killed.
    pub(crate) fn leak(&mut self, id: u32, incarnation: u32) {
        let replica = &mut self.replicas[id as usize];
        if replica.incarnation != incarnation || replica.leak_per_s == 0 {
            return;
        }
        self.events += 1;
        replica.leaked = replica.leaked.saturating_add(replica.leak_per_s);
        let service = replica.service;
        self.set_live_max(id);
        let memory = self.services[service as usize].memory;
        let used = self.replicas[id as usize].memory_bytes(&memory);
        if memory.limit.is_some_and(|limit| used > limit) {
            let incarnation = self.replicas[id as usize].incarnation;
            self.out_of_memory(id, incarnation);
            return;
        }
        self.begin_leak(id);
    }

    /// Ends the processes of a share of replicas once; what becomes of them is their policy's
    /// affair.
    pub(crate) fn kill(&mut self, service: u32, share: f64, how: &'static str, reason: u32) {
        let all = || self.with_processes(&self.current_replicas(service));
        let hit = self.first_replicas(service, share).unwrap_or_else(all);
        for (id, _) in hit {
            self.end_process(id, how, true, reason);
        }
        self.look_at_service(service);
    }

    /// The lowest number that is not among a share of the replicas; [`NONE`] for all.
    pub(crate) fn ordinals_below(&self, service: u32, share: f64) -> u32 {
        let Some(hit) = self.first_replicas(service, share) else { return NONE };
        let last = hit.last().map(|(id, _)| self.replicas[*id as usize].ordinal);
        last.map_or(0, |ordinal| ordinal.saturating_add(1))
    }

    /// Nothing but blame: what is slow at a service is put down to that.
    pub(crate) fn blame_replicas(&mut self, service: u32, (origin, reason): (u32, u32)) {
        self.grip(Grip { origin, service, reason, hold: Hold::Blamed, on: None });
        self.blame(Part::Service(service), origin, reason);
    }
}

/// So many of `count` are a share of them, rounded up.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and count")]
fn part_of(count: usize, share: f64) -> usize {
    // A share that was reckoned may be a hair above what was meant.
    ((count as f64 * share - 1e-9).ceil().max(0.0) as usize).min(count)
}
