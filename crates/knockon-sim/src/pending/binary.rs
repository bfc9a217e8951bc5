use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Pending;

/// The standard library's binary heap, as the reference.
#[derive(Clone, Debug, Default)]
pub struct BinaryHeapQueue {
    keys: BinaryHeap<Reverse<u128>>,
}

impl Pending for BinaryHeapQueue {
    #[inline]
    fn push(&mut self, key: u128) {
        self.keys.push(Reverse(key));
    }

    #[inline]
    fn pop(&mut self) -> Option<u128> {
        self.keys.pop().map(|Reverse(key)| key)
    }

    #[inline]
    fn peek(&self) -> Option<u128> {
        self.keys.peek().map(|&Reverse(key)| key)
    }

    #[inline]
    fn len(&self) -> usize {
        self.keys.len()
    }

    #[inline]
    fn replace_top(&mut self, key: u128) {
        if let Some(mut top) = self.keys.peek_mut() {
            *top = Reverse(key);
        } else {
            self.keys.push(Reverse(key));
        }
    }
}
