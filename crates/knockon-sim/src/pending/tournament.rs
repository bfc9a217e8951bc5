use super::Pending;

/// What stands in a place without a key; larger than every key.
const NONE: u128 = u128::MAX;

/// A tournament tree (Knuth, "The Art of Computer Programming", volume 3, section 5.4.1, "tree
/// selection"): every key has a place among the leaves of a complete binary tree, and each inner node
/// shows the smaller of the two keys below it, so that the root shows the smallest.
///
/// A heap stops sifting as soon as a key fits, which no processor can foretell: nearly every event
/// pays for a mispredicted branch. Here a change replays the games from its leaf to the root, always
/// all of them, by arithmetic instead of branches, and none waits for memory that another names.
/// With 100 pending events that takes half the time of a heap.
///
/// The place of a popped key stays as it is until the next step: nearly always a push, which takes
/// that place, so that an event that causes exactly one costs one replay.
#[derive(Clone, Debug)]
pub struct Tournament {
    /// The root is node 1, the nodes below node `n` are `2n` and `2n + 1`, the leaves are the upper
    /// half.
    keys: Vec<u128>,
    /// At which place the key of each node is.
    places: Vec<u32>,
    /// Places without a key; the one that was left last is taken first.
    free: Vec<u32>,
    len: usize,
    /// The key at the root has been popped.
    popped: bool,
}

impl Default for Tournament {
    /// Four places.
    fn default() -> Self {
        Self {
            keys: vec![NONE; 8],
            places: vec![0, 0, 0, 2, 0, 1, 2, 3],
            free: vec![3, 2, 1, 0],
            len: 0,
            popped: false,
        }
    }
}

impl Tournament {
    /// Puts a key, or [`NONE`], at a place.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "a mask is all ones or all zeros")]
    fn put(&mut self, mut place: u32, mut key: u128) {
        let keys = self.keys.as_mut_slice();
        let places = &mut self.places[..keys.len()];
        let mut node = keys.len() / 2 + place as usize;
        keys[node] = key;
        while node > 1 {
            let rival = keys[node ^ 1];
            // All ones if the rival wins. Each word is chosen by itself: of an `if`, or of a choice
            // between whole keys, the compiler makes a branch.
            let mask = 0_u64.wrapping_sub(u64::from(rival < key));
            let (time, rest) = halves(key);
            let (rival_time, rival_rest) = halves(rival);
            let time = time ^ ((time ^ rival_time) & mask);
            let rest = rest ^ ((rest ^ rival_rest) & mask);
            key = u128::from(time) << 64 | u128::from(rest);
            place ^= (place ^ places[node ^ 1]) & (mask as u32);
            node /= 2;
            keys[node] = key;
            places[node] = place;
        }
    }

    /// Clears the place of the popped key, which has not been taken.
    #[inline]
    fn settle(&mut self) {
        if self.popped {
            self.popped = false;
            let place = self.places[1];
            self.free.push(place);
            self.put(place, NONE);
        }
    }

    /// Twice as many places.
    #[cold]
    fn grow(&mut self) {
        let nodes = self.keys.len();
        let mut keys = vec![NONE; nodes];
        keys.extend_from_slice(&self.keys[nodes / 2..]);
        keys.resize(nodes * 2, NONE);
        let mut places: Vec<u32> = vec![0; nodes];
        places.extend((0..).take(nodes));
        for node in (1..nodes).rev() {
            let winner = 2 * node + usize::from(keys[2 * node + 1] < keys[2 * node]);
            keys[node] = keys[winner];
            places[node] = places[winner];
        }
        self.free.extend(places[nodes + nodes / 2..].iter().rev());
        self.keys = keys;
        self.places = places;
    }
}

/// The upper and the lower half of a key.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the halves are asked for")]
const fn halves(key: u128) -> (u64, u64) {
    ((key >> 64) as u64, key as u64)
}

impl Pending for Tournament {
    #[inline]
    fn push(&mut self, key: u128) {
        self.len += 1;
        if self.popped {
            self.popped = false;
            self.put(self.places[1], key);
            return;
        }
        loop {
            if let Some(place) = self.free.pop() {
                self.put(place, key);
                return;
            }
            self.grow();
        }
    }

    #[inline]
    fn pop(&mut self) -> Option<u128> {
        self.settle();
        if self.len == 0 {
            return None;
        }
        self.len -= 1;
        self.popped = true;
        Some(self.keys[1])
    }

    #[inline]
    fn pop_below(&mut self, bound: u128) -> Option<u128> {
        self.settle();
        if self.len == 0 || self.keys[1] >= bound {
            return None;
        }
        self.len -= 1;
        self.popped = true;
        Some(self.keys[1])
    }

    #[inline]
    fn peek(&self) -> Option<u128> {
        if self.len == 0 {
            return None;
        }
        if !self.popped {
            return Some(self.keys[1]);
        }
        // The smallest of those that the popped key beat.
        let mut node = self.keys.len() / 2 + self.places[1] as usize;
        let mut least = NONE;
        while node > 1 {
            least = least.min(self.keys[node ^ 1]);
            node /= 2;
        }
        Some(least)
    }

    #[inline]
    fn len(&self) -> usize {
        self.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_used_again() {
        let mut tree = Tournament::default();
        for turn in 0..1_000 {
            for key in 0..8 {
                tree.push(turn * 8 + key);
            }
            while tree.pop().is_some() {}
        }
        assert_eq!(tree.keys.len(), 2 * 8);
    }
}
