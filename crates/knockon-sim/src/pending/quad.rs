use super::Pending;

/// What fills the slots of the last line that hold no key. It is never smaller than a key.
const NONE: u128 = u128::MAX;

/// Where the root is: the last slot of the first line, so that the four children of any node fill
/// exactly one line.
const ROOT: usize = 3;

/// Four siblings, in one line of the cache.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Line([u128; 4]);

/// A heap in which each node has four children (Johnson 1975, "Priority queues with update and
/// finding minimum spanning trees"): half as deep as a binary one, and the four children, which are
/// compared at once, come from memory together.
///
/// Slots are numbered through the lines. The root is slot 3 (slots 0 to 2 hold nothing); the children
/// of slot `s` are line `s - 2`, that is slots `4(s - 2)` to `4(s - 2) + 3`.
#[derive(Clone, Debug)]
pub struct QuadHeap {
    lines: Vec<Line>,
    len: usize,
    /// Whether the key at the root was taken and nothing has taken its place: what is pushed next
    /// does, which most events do at once.
    popped: bool,
}

impl Default for QuadHeap {
    fn default() -> Self {
        Self { lines: vec![Line([NONE; 4])], len: 0, popped: false }
    }
}

impl QuadHeap {
    /// Room for `capacity` keys without allocating.
    pub fn with_capacity(capacity: usize) -> Self {
        let mut heap = Self::default();
        heap.lines.reserve(capacity / 4 + 1);
        heap
    }

    /// The key that is in a slot.
    #[inline]
    fn at(&self, slot: usize) -> u128 {
        self.lines[slot >> 2].0[slot & 3]
    }

    #[inline]
    fn set(&mut self, slot: usize, key: u128) {
        self.lines[slot >> 2].0[slot & 3] = key;
    }

    /// Puts `key` in at the root, whose key is gone, and moves it down to its place.
    #[inline]
    fn sift_down(&mut self, key: u128) {
        let mut hole = ROOT;
        while let Some(line) = self.lines.get(hole - 2) {
            let (least, at) = least(line);
            if key <= least {
                break;
            }
            let child = (hole - 2) * 4 + at;
            self.set(hole, least);
            hole = child;
        }
        self.set(hole, key);
    }
}

/// The smallest of four, and which it is, without a branch on what cannot be predicted.
#[inline]
fn least(line: &Line) -> (u128, usize) {
    let [a, b, c, d] = line.0;
    let left = if b < a { (b, 1) } else { (a, 0) };
    let right = if d < c { (d, 3) } else { (c, 2) };
    if right.0 < left.0 { right } else { left }
}

impl QuadHeap {
    /// Fills the root that a pop left open with the last key.
    #[inline]
    fn settle(&mut self) {
        if !self.popped {
            return;
        }
        self.popped = false;
        let last = ROOT + self.len;
        let key = self.at(last);
        self.set(last, NONE);
        if last.is_multiple_of(4) {
            self.lines.pop();
        }
        if self.len > 0 {
            self.sift_down(key);
        }
    }

    /// Adds a key at the end and moves it up to its place.
    fn append(&mut self, key: u128) {
        let mut hole = ROOT + self.len;
        self.len += 1;
        if hole >> 2 == self.lines.len() {
            self.lines.push(Line([NONE; 4]));
        }
        while hole > ROOT {
            let parent = (hole >> 2) + 2;
            let above = self.at(parent);
            if above <= key {
                break;
            }
            self.set(hole, above);
            hole = parent;
        }
        self.set(hole, key);
    }
}

impl Pending for QuadHeap {
    #[inline]
    fn push(&mut self, key: u128) {
        if self.popped {
            self.popped = false;
            self.len += 1;
            self.sift_down(key);
        } else {
            self.append(key);
        }
    }

    #[inline]
    fn pop(&mut self) -> Option<u128> {
        self.pop_below(NONE)
    }

    #[inline]
    fn pop_below(&mut self, bound: u128) -> Option<u128> {
        self.settle();
        // Where there is no key there is `NONE`, which is below nothing.
        let top = self.lines[0].0[ROOT];
        if top >= bound {
            return None;
        }
        self.len -= 1;
        self.popped = true;
        Some(top)
    }

    #[inline]
    fn peek(&self) -> Option<u128> {
        if self.len == 0 {
            return None;
        }
        if !self.popped {
            return Some(self.at(ROOT));
        }
        self.lines.get(ROOT - 2).map(|line| least(line).0)
    }

    #[inline]
    fn len(&self) -> usize {
        self.len
    }
}
