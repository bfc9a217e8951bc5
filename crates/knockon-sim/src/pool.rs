//! The connections that one replica keeps to one other service, and who waits for one.
//!
//! It is bounded like a pool of HikariCP (<https://github.com/brettwooldridge/HikariCP>): `size`
//! connections at most, used or not; a request that finds none waits its turn, first come, first
//! served; a connection older than `lifetime` is closed when it is not in use, never before. How many
//! stay open unused follows the pool of Go (<https://pkg.go.dev/database/sql#DB.SetMaxIdleConns>): one
//! that comes back when `idle` are there is closed at once, without the ten minutes that HikariCP
//! gives it. Connections are opened when they are needed, none beforehand. The one that came back
//! last is used first, so that those too many grow old. Lifetimes are exact: HikariCP shortens each at
//! random by up to 2.5 %.
//!
//! The pool keeps no time. When a wait is too long its user says so with [`Pool::time_out`]. Who
//! opens and closes is told each time, so that the other end's open connections can be counted.

use std::collections::VecDeque;

/// Stands in the queue for somebody who no longer waits.
const GONE: u32 = u32::MAX;

/// A connection in use. Not to be copied: it is given back once, by [`Pool::release`] or
/// [`Pool::close`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Connection {
    opened_ns: u64,
    epoch: u32,
}

/// What becomes of a request for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Acquire {
    /// There is one.
    Got {
        /// The connection.
        connection: Connection,
        /// Whether it has to be opened first.
        opened: bool,
        /// Whether an old one was closed to make room for it.
        closed: bool,
    },
    /// All are in use.
    Full,
}

/// What becomes of a connection that is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Released {
    /// It stays open.
    Kept,
    /// It is closed now.
    Closed,
    /// It had been closed by [`Pool::cut`].
    Gone,
}

/// A place in the queue for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket(u32);

/// A pool of connections. See the [module](self).
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    /// When each unused connection was opened, the one to be used next at the end.
    unused: Vec<u64>,
    waiters: VecDeque<u32>,
    lifetime_ns: u64,
    timeouts: u64,
    size: u32,
    most_unused: u32,
    in_use: u32,
    waiting: u32,
    /// The ticket of the first in the queue.
    first: u32,
    /// How often all connections were cut.
    epoch: u32,
}

impl Pool {
    /// A pool of at most `size` connections, none of them open.
    ///
    /// `idle` is how many stay open unused, all if it is not said; `lifetime_ns` after how long one is
    /// replaced, never if it is not said.
    pub(crate) fn new(size: u32, idle: Option<u32>, lifetime_ns: Option<u64>) -> Self {
        Self {
            unused: Vec::new(),
            waiters: VecDeque::new(),
            lifetime_ns: lifetime_ns.unwrap_or(u64::MAX),
            timeouts: 0,
            size,
            most_unused: idle.unwrap_or(u32::MAX),
            in_use: 0,
            waiting: 0,
            first: 0,
            epoch: 0,
        }
    }

    /// Asks for a connection, past those who wait: who comes new asks when nobody does.
    pub(crate) fn acquire(&mut self, now_ns: u64) -> Acquire {
        let unused = self.unused.pop();
        if unused.is_none() && self.in_use >= self.size {
            return Acquire::Full;
        }
        let fit = unused.filter(|&opened_ns| !self.is_old(opened_ns, now_ns));
        let closed = unused.is_some() && fit.is_none();
        self.in_use += 1;
        let opened_ns = fit.unwrap_or(now_ns);
        let connection = Connection { opened_ns, epoch: self.epoch };
        Acquire::Got { connection, opened: fit.is_none(), closed }
    }

    fn is_old(&self, opened_ns: u64, now_ns: u64) -> bool {
        now_ns.saturating_sub(opened_ns) >= self.lifetime_ns
    }

    /// Gives a connection back. After that, [`Pool::serve`] whoever waits.
    pub(crate) fn release(&mut self, now_ns: u64, connection: Connection) -> Released {
        let too_many = self.waiting == 0 && self.unused.len() >= self.most_unused as usize;
        if too_many || self.open() > self.size || self.is_old(connection.opened_ns, now_ns) {
            return self.close(connection);
        }
        if connection.epoch != self.epoch {
            return Released::Gone;
        }
        self.in_use -= 1;
        self.unused.push(connection.opened_ns);
        Released::Kept
    }

    /// Gives a connection back that is broken, or was closed at the other end.
    pub(crate) fn close(&mut self, connection: Connection) -> Released {
        if connection.epoch != self.epoch {
            return Released::Gone;
        }
        self.in_use -= 1;
        Released::Closed
    }

    /// Joins the queue. `token`, any number but [`u32::MAX`], is given back when it is its turn.
    pub(crate) fn wait(&mut self, token: u32) -> Ticket {
        let ticket = Ticket(self.first.wrapping_add(self.queued()));
        self.waiters.push_back(token);
        self.waiting += 1;
        ticket
    }

    /// Leaves the queue. Says whether it was still in it.
    pub(crate) fn cancel(&mut self, ticket: Ticket) -> bool {
        let place = ticket.0.wrapping_sub(self.first) as usize;
        let Some(waiter) = self.waiters.get_mut(place).filter(|waiter| **waiter != GONE) else {
            return false;
        };
        *waiter = GONE;
        self.waiting -= 1;
        while self.waiters.front() == Some(&GONE) {
            self.waiters.pop_front();
            self.first = self.first.wrapping_add(1);
        }
        true
    }

    /// The same as [`Pool::cancel`], because the wait was too long: it is counted.
    pub(crate) fn time_out(&mut self, ticket: Ticket) -> bool {
        let waited = self.cancel(ticket);
        self.timeouts += u64::from(waited);
        waited
    }

    /// Takes the first out of the queue.
    pub(crate) fn next_waiter(&mut self) -> Option<u32> {
        while let Some(waiter) = self.waiters.pop_front() {
            self.first = self.first.wrapping_add(1);
            if waiter != GONE {
                self.waiting -= 1;
                return Some(waiter);
            }
        }
        None
    }

    /// Gives a connection to the first in the queue, if there is one for it: its token, and what
    /// [`Pool::acquire`] says, which is never [`Acquire::Full`].
    ///
    /// To be called again and again after anything that may have made room: [`Pool::release`],
    /// [`Pool::close`], [`Pool::cut`], [`Pool::set_size`].
    pub(crate) fn serve(&mut self, now_ns: u64) -> Option<(u32, Acquire)> {
        if self.unused.is_empty() && self.in_use >= self.size {
            return None;
        }
        let waiter = self.next_waiter()?;
        Some((waiter, self.acquire(now_ns)))
    }

    /// Changes the size, and says how many unused connections are closed for it. Those in use that
    /// are too many are closed when they come back.
    pub(crate) fn set_size(&mut self, size: u32) -> u32 {
        self.size = size;
        let mut too_many = self.open().saturating_sub(size);
        self.close_unused(|_| {
            let keep = too_many == 0;
            too_many = too_many.saturating_sub(1);
            keep
        })
    }

    fn close_unused(&mut self, mut keep: impl FnMut(u64) -> bool) -> u32 {
        let before = self.idle();
        self.unused.retain(|&opened_ns| keep(opened_ns));
        before - self.idle()
    }

    /// Closes all connections, also those in use, and says how many. Who waits goes on waiting.
    pub(crate) fn cut(&mut self) -> u32 {
        let closed = self.open();
        self.unused.clear();
        self.in_use = 0;
        self.epoch = self.epoch.wrapping_add(1);
        closed
    }

    /// How many connections may be open.
    pub(crate) fn size(&self) -> u32 {
        self.size
    }

    /// How many connections are in use.
    pub(crate) fn in_use(&self) -> u32 {
        self.in_use
    }

    /// How many connections are open and not in use.
    #[expect(clippy::cast_possible_truncation, reason = "at most `size`")]
    pub(crate) fn idle(&self) -> u32 {
        self.unused.len() as u32
    }

    /// How many connections are open.
    pub(crate) fn open(&self) -> u32 {
        self.in_use + self.idle()
    }

    /// How many wait for a connection.
    pub(crate) fn waiting(&self) -> u32 {
        self.waiting
    }

    /// Waits that were too long (HikariCP's `hikaricp_connections_timeout_total`).
    pub(crate) fn timeouts(&self) -> u64 {
        self.timeouts
    }

    /// The length of the queue with the places of those who left it.
    #[expect(clippy::cast_possible_truncation, reason = "fewer than there are tokens")]
    fn queued(&self) -> u32 {
        self.waiters.len() as u32
    }
}

#[cfg(test)]
mod tests;
