//! Values at fixed places, which are used again: requests, calls, connections in flight.
//!
//! A [`Handle`] names a value for its life only: it carries the generation of the place, so that a
//! late answer or a timeout of a request that is gone finds nothing instead of its successor. Where
//! the caller knows that the value is alive, `slab[index]` finds it without that question.

use std::ops::{Index, IndexMut};

/// Ends the list of free places.
const END: u32 = u32::MAX;

/// Names a value of a [`Slab`] until it is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle {
    /// The place.
    pub index: u32,
    /// How often the place had been taken and left when the value came; odd for every value.
    pub generation: u32,
}

/// A place.
#[derive(Clone, Debug)]
struct Slot<T> {
    /// Odd while the place is taken.
    generation: u32,
    /// The place that becomes free after this one, if it is free.
    next_free: u32,
    value: T,
}

/// Values at fixed places. The place that was left last is taken first, since it is still in the
/// cache.
#[derive(Clone, Debug)]
pub struct Slab<T> {
    slots: Vec<Slot<T>>,
    first_free: u32,
    len: u32,
    limit: u32,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self::with_limit(END)
    }
}

impl<T> Slab<T> {
    /// An empty slab that holds at most `limit` values.
    pub fn with_limit(limit: u32) -> Self {
        Self { slots: Vec::new(), first_free: END, len: 0, limit }
    }

    /// How many values there are.
    #[inline]
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether there is no value.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many values there may be.
    #[inline]
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// Takes a place, whose value is whatever was there last: the caller writes it. None when there
    /// are as many values as there may be.
    #[inline]
    pub fn claim(&mut self) -> Option<u32>
    where
        T: Default,
    {
        if self.len >= self.limit {
            return None;
        }
        self.len += 1;
        let index = self.first_free;
        if let Some(slot) = self.slots.get_mut(index as usize) {
            self.first_free = slot.next_free;
            slot.generation = slot.generation.wrapping_add(1);
            return Some(index);
        }
        self.slots.push(Slot { generation: 1, next_free: END, value: T::default() });
        Some(self.len - 1)
    }

    /// Frees a place that is known to be taken.
    #[inline]
    pub fn free(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        debug_assert!(slot.generation & 1 == 1, "the place is taken");
        slot.generation = slot.generation.wrapping_add(1);
        slot.next_free = self.first_free;
        self.first_free = index;
        self.len -= 1;
    }

    /// Adds a value. Beyond the limit it is handed back.
    #[inline]
    pub fn insert(&mut self, value: T) -> Result<Handle, T> {
        if self.len >= self.limit {
            return Err(value);
        }
        self.len += 1;
        let index = self.first_free;
        if let Some(slot) = self.slots.get_mut(index as usize) {
            self.first_free = slot.next_free;
            slot.generation = slot.generation.wrapping_add(1);
            slot.value = value;
            return Ok(Handle { index, generation: slot.generation });
        }
        // Every place is taken, so there are as many as there were values: below the limit, a `u32`.
        let index = self.len - 1;
        self.slots.push(Slot { generation: 1, next_free: END, value });
        Ok(Handle { index, generation: 1 })
    }

    /// The value, unless it has been removed.
    #[inline]
    pub fn get(&self, handle: Handle) -> Option<&T> {
        let slot = self.slots.get(handle.index as usize)?;
        (slot.generation == handle.generation).then_some(&slot.value)
    }

    /// The value to change, unless it has been removed.
    #[inline]
    pub fn get_mut(&mut self, handle: Handle) -> Option<&mut T> {
        let slot = self.slots.get_mut(handle.index as usize)?;
        (slot.generation == handle.generation).then_some(&mut slot.value)
    }

    /// Whether the value has not been removed.
    #[inline]
    pub fn contains(&self, handle: Handle) -> bool {
        self.get(handle).is_some()
    }

    /// Removes a value and shows it once more; nothing if it has been removed before.
    ///
    /// It is dropped only when its place is taken again, so what it owns should be taken from it.
    #[inline]
    pub fn remove(&mut self, handle: Handle) -> Option<&mut T> {
        let slot = self.slots.get_mut(handle.index as usize)?;
        if slot.generation != handle.generation {
            return None;
        }
        slot.generation = slot.generation.wrapping_add(1);
        slot.next_free = self.first_free;
        self.first_free = handle.index;
        self.len -= 1;
        Some(&mut slot.value)
    }

    /// The handle of the value that is at a place, or of the last that was there; the latter finds
    /// nothing.
    #[inline]
    pub fn handle(&self, index: u32) -> Handle {
        Handle { index, generation: self.slots[index as usize].generation | 1 }
    }

    /// The values, by place.
    pub fn iter(&self) -> impl Iterator<Item = (Handle, &T)> {
        (0..)
            .zip(&self.slots)
            .filter(|(_, slot)| slot.generation & 1 == 1)
            .map(|(index, slot)| (Handle { index, generation: slot.generation }, &slot.value))
    }
}

/// The value at a place that the caller knows to be taken; of a place that has been left, the value
/// that was there last.
impl<T> Index<u32> for Slab<T> {
    type Output = T;

    #[inline]
    fn index(&self, index: u32) -> &T {
        &self.slots[index as usize].value
    }
}

impl<T> IndexMut<u32> for Slab<T> {
    #[inline]
    fn index_mut(&mut self, index: u32) -> &mut T {
        &mut self.slots[index as usize].value
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_handle_finds_its_value_and_no_other(
            limit in 0..12_u32,
            actions in prop::collection::vec(prop_oneof![Just(None), (0..40_usize).prop_map(Some)], 0..200),
        ) {
            let mut slab = Slab::with_limit(limit);
            let mut alive = BTreeMap::new();
            let mut given: Vec<(Handle, usize)> = Vec::new();
            for (value, action) in actions.into_iter().enumerate() {
                match action {
                    None => match slab.insert(value) {
                        Ok(handle) => {
                            prop_assert!(alive.len() < limit as usize);
                            prop_assert_eq!(alive.insert(handle, value), None);
                            given.push((handle, value));
                            prop_assert_eq!(slab[handle.index], value);
                        }
                        Err(back) => {
                            prop_assert_eq!(back, value);
                            prop_assert_eq!(alive.len(), limit as usize);
                        }
                    },
                    Some(nth) if !given.is_empty() => {
                        let (handle, _) = given[nth % given.len()];
                        prop_assert_eq!(slab.remove(handle).copied(), alive.remove(&handle));
                    }
                    Some(_) => {}
                }
                prop_assert_eq!(slab.len() as usize, alive.len());
                for &(handle, _) in &given {
                    prop_assert_eq!(slab.get(handle), alive.get(&handle));
                }
                prop_assert!(slab.iter().eq(alive.iter().map(|(&handle, value)| (handle, value))));
            }
        }
    }

    #[test]
    fn the_place_left_last_is_taken_first() {
        let mut slab = Slab::default();
        let handles: Vec<Handle> = (0..3).filter_map(|n| slab.insert(n).ok()).collect();
        slab.remove(handles[0]);
        slab.remove(handles[2]);
        slab.remove(handles[1]);
        let places: Vec<u32> =
            (0..4).filter_map(|n| slab.insert(n).ok()).map(|handle| handle.index).collect();
        assert_eq!(places, [1, 2, 0, 3]);
    }
}
