//! What happens seldom: each is remembered until it is due.

use crate::pending::Pending;

use super::{Run, TICK};

/// Something that is due at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Tick {
    /// A process has started.
    Started { replica: u32, incarnation: u32 },
    /// A replica is started again.
    Restart { replica: u32, incarnation: u32 },
    /// A probe asks.
    Probe { replica: u32, incarnation: u32, kind: u8 },
    /// A probe has waited long enough.
    ProbeTimeout { replica: u32, incarnation: u32, kind: u8, asked: u32 },
    /// An autoscaler looks.
    Autoscale { service: u32 },
    /// A rollout goes on.
    Rollout { service: u32 },
    /// Somebody takes over for a service that is gone.
    Failover { service: u32 },
    /// The head of a queue expires.
    Expire { queue: u32 },
    /// An outbox tries again.
    Relay { site: u32 },
    /// An operation that is done on its own.
    Periodic { operation: u32, number: u32 },
    /// A user of a closed population comes back.
    Return { generator: u32 },
    /// A thing may have been in a state for too long.
    Stuck { thing: u32, moves: u32 },
    /// Metrics are read.
    Scrape,
    /// An entry of the timeline is due, or changes its strength.
    Happening { entry: u32, step: u32 },
    /// The memory of a replica is used up.
    OutOfMemory { replica: u32, incarnation: u32 },
    /// A probe failed so often that the replica is killed.
    Killed { replica: u32, incarnation: u32, kind: u8 },
    /// A stopping replica is done with what it had.
    Idle { replica: u32, incarnation: u32 },
    /// A stopping replica has had its time.
    Grace { replica: u32, incarnation: u32 },
    /// The memory of a replica leaks.
    Leak { replica: u32, incarnation: u32 },
    /// A process has run as long as it does before it crashes.
    Crash { replica: u32, incarnation: u32 },
    /// All that a cache lost in a flush would be gone by now anyway.
    Forgiven { service: u32, origin: u32 },
}

impl<Q: Pending> Run<Q> {
    pub(crate) fn tick_at(&mut self, at_ns: u64, tick: Tick) {
        if let Ok(handle) = self.ticks.insert(tick) {
            self.schedule(at_ns, TICK, handle.index);
        } else {
            self.too_much("timers", u64::from(self.ticks.limit()));
        }
    }

    pub(crate) fn tick_after(&mut self, delay_ns: u64, tick: Tick) {
        let at_ns = self.now.saturating_add(delay_ns);
        if at_ns < crate::clock::END_OF_TIME {
            self.tick_at(at_ns, tick);
        }
    }

    pub(super) fn tick(&mut self, index: u32) {
        let tick = self.ticks[index];
        let handle = self.ticks.handle(index);
        self.ticks.remove(handle);
        match tick {
            Tick::Started { replica, incarnation } => self.started(replica, incarnation),
            Tick::Restart { replica, incarnation } => self.restart_due(replica, incarnation),
            Tick::Probe { replica, incarnation, kind } => self.probe(replica, incarnation, kind),
            Tick::ProbeTimeout { replica, incarnation, kind, asked } => {
                self.probe_timed_out(replica, incarnation, kind, asked);
            }
            Tick::Idle { replica, incarnation } => self.idle(replica, incarnation),
            Tick::OutOfMemory { replica, incarnation } => self.out_of_memory(replica, incarnation),
            Tick::Killed { replica, incarnation, kind } => {
                self.killed_by_probe(replica, incarnation, kind);
            }
            Tick::Autoscale { service } => self.autoscale(service),
            Tick::Rollout { service } => self.roll_on(service),
            Tick::Failover { service } => self.fail_over(service),
            Tick::Expire { queue } => self.expire(queue),
            Tick::Relay { site } => self.relay(site),
            Tick::Periodic { operation, number } => self.periodic(operation, number),
            Tick::Return { generator } => self.returns(generator),
            Tick::Stuck { thing, moves } => self.may_be_stuck(thing, moves),
            Tick::Scrape => self.scrape(),
            Tick::Happening { entry, step } => self.happening(entry, step),
            Tick::Grace { replica, incarnation } => self.grace_over(replica, incarnation),
            Tick::Leak { replica, incarnation } => self.leak(replica, incarnation),
            Tick::Crash { replica, incarnation } => self.crash_due(replica, incarnation),
            Tick::Forgiven { service, origin } => self.forgiven(service, origin),
        }
    }
}
