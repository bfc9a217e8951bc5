//! Messages that consumers have and did not answer for.

use super::{Delivery, Entry};

/// A message with its place in the order of publishing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    pub(super) entry: Entry,
    pub(super) place: u64,
}

#[derive(Debug, Clone, Copy)]
struct Held {
    placed: Placed,
    serial: u32,
}

/// The unacknowledged messages of a queue, found by their deliveries.
#[derive(Debug, Clone, Default)]
pub(super) struct Unacked {
    slots: Vec<Option<Held>>,
    free: Vec<u32>,
    serial: u32,
    bytes: u64,
}

impl Unacked {
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn hold(&mut self, placed: Placed) -> Delivery {
        self.serial = self.serial.wrapping_add(1);
        let held = Some(Held { placed, serial: self.serial });
        self.bytes += u64::from(placed.entry.bytes);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        self.slots[slot as usize] = held;
        Delivery { entry: placed.entry, slot, serial: self.serial }
    }

    /// Gives it back; `None` if it is no longer there, as after a restart.
    pub(super) fn release(&mut self, delivery: Delivery) -> Option<Placed> {
        let slot = self.slots.get_mut(delivery.slot as usize)?;
        let held = slot.take_if(|held| held.serial == delivery.serial)?;
        self.free.push(delivery.slot);
        self.bytes -= u64::from(held.placed.entry.bytes);
        Some(held.placed)
    }

    /// Gives all back, in no particular order.
    pub(super) fn release_all(&mut self) -> impl Iterator<Item = Placed> {
        self.free.clear();
        self.bytes = 0;
        self.slots.drain(..).flatten().map(|held| held.placed)
    }
}
