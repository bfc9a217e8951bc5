use super::Pending;

/// One bucket for each bit in which a key can first differ from the last popped, and one for none.
const BUCKETS: usize = 129;

/// A radix heap (Ahuja, Mehlhorn, Orlin, Tarjan 1990, "Faster algorithms for the shortest path
/// problem"): keys lie in buckets by the highest bit in which they differ from the last popped key.
///
/// Taking the smallest empties the first bucket that is not empty into those before it; since no key
/// is ever smaller than the last popped, a key only moves towards the front.
#[derive(Clone, Debug)]
pub struct RadixHeap {
    buckets: Vec<Vec<u128>>,
    /// The smallest key of each bucket, `u128::MAX` of an empty one.
    least: Vec<u128>,
    /// Bit `b` is set if bucket `b + 1` holds a key.
    filled: u128,
    last: u128,
    len: usize,
    /// Holds the keys of a bucket while they move.
    moving: Vec<u128>,
}

impl Default for RadixHeap {
    fn default() -> Self {
        Self {
            buckets: vec![Vec::new(); BUCKETS],
            least: vec![u128::MAX; BUCKETS],
            filled: 0,
            last: 0,
            len: 0,
            moving: Vec::new(),
        }
    }
}

impl RadixHeap {
    #[inline]
    fn place(&mut self, key: u128) {
        let bucket = (128 - (key ^ self.last).leading_zeros()) as usize;
        self.buckets[bucket].push(key);
        self.least[bucket] = self.least[bucket].min(key);
        if bucket > 0 {
            self.filled |= 1 << (bucket - 1);
        }
    }

    /// The first bucket that is not empty.
    #[inline]
    fn first(&self) -> usize {
        if self.buckets[0].is_empty() { self.filled.trailing_zeros() as usize + 1 } else { 0 }
    }
}

impl Pending for RadixHeap {
    #[inline]
    fn push(&mut self, key: u128) {
        self.len += 1;
        self.place(key);
    }

    #[inline]
    fn pop(&mut self) -> Option<u128> {
        if self.len == 0 {
            return None;
        }
        self.len -= 1;
        let bucket = self.first();
        if bucket == 0 {
            self.least[0] = u128::MAX;
            return self.buckets[0].pop();
        }
        let least = self.least[bucket];
        self.last = least;
        self.least[bucket] = u128::MAX;
        self.filled &= !(1 << (bucket - 1));
        let mut moving = std::mem::take(&mut self.moving);
        std::mem::swap(&mut moving, &mut self.buckets[bucket]);
        for key in moving.drain(..) {
            if key != least {
                self.place(key);
            }
        }
        self.moving = moving;
        Some(least)
    }

    #[inline]
    fn peek(&self) -> Option<u128> {
        (self.len > 0).then(|| self.least[self.first()])
    }

    #[inline]
    fn len(&self) -> usize {
        self.len
    }
}
