//! The pending event set: what will happen, the earliest first.
//!
//! An event is one `u128`: its time, then a sequence number that keeps events of the same time in
//! the order in which they were made, then what it is. One comparison of integers therefore orders
//! events fully, and a run never depends on how a queue treats equals.
//!
//! [`Tournament`] is the engine's. The others are there to be measured against and to be tested with:
//! [`BinaryHeapQueue`] is the standard library's heap, [`QuadHeap`] a flatter one, and [`RadixHeap`]
//! makes use of time going only forwards, which pays from a hundred thousand pending events on.

mod binary;
mod quad;
mod radix;
#[cfg(test)]
mod tests;
mod tournament;

pub use binary::BinaryHeapQueue;
pub use quad::QuadHeap;
pub use radix::RadixHeap;
pub use tournament::Tournament;

/// A set of distinct keys from which the smallest is taken.
///
/// No key may be smaller than the last that was popped: nothing happens in the past. `u128::MAX` is
/// no key: nothing happens at the end of time.
pub trait Pending: Default {
    /// Adds a key.
    fn push(&mut self, key: u128);

    /// Takes the smallest key.
    fn pop(&mut self) -> Option<u128>;

    /// The smallest key.
    fn peek(&self) -> Option<u128>;

    /// Takes the smallest key, if it is below a bound.
    #[inline]
    fn pop_below(&mut self, bound: u128) -> Option<u128> {
        if self.peek()? >= bound {
            return None;
        }
        self.pop()
    }

    /// How many keys there are.
    fn len(&self) -> usize;

    /// Whether there is no key.
    #[inline]
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the smallest key, if there is one, and adds another, in one step: an event that causes
    /// exactly one.
    #[inline]
    fn replace_top(&mut self, key: u128) {
        self.pop();
        self.push(key);
    }
}

/// The key of an event at `time_ns`; `seq` is its place among the events of that time, `payload`
/// what it is.
#[inline]
pub const fn key(time_ns: u64, seq: u32, payload: u32) -> u128 {
    (time_ns as u128) << 64 | (seq as u128) << 32 | payload as u128
}

/// When the event with this key happens, in ns.
#[inline]
pub const fn time_ns(key: u128) -> u64 {
    (key >> 64) as u64
}

/// The place among the events of the same time.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the middle 32 bits are asked for")]
pub const fn seq(key: u128) -> u32 {
    (key >> 32) as u32
}

/// What the event with this key is.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the low 32 bits are asked for")]
pub const fn payload(key: u128) -> u32 {
    key as u32
}
