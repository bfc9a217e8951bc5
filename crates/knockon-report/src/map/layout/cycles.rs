//! Which lines to turn so that no cycle is left.

use std::cmp::Reverse;
use std::collections::BTreeSet;

/// For each line, whether it is to be turned. Few are: this is the heuristic of Eades, Lin and Smyth
/// (*A fast and effective heuristic for the feedback arc set problem*, 1993). It lines the boxes
/// up, those without lines into them first, those without lines out of them last, and of the rest the
/// one of the lowest rank, then with the most lines out over lines in; what runs against that order is
/// turned.
pub(super) fn turned(rank: &[usize], lines: &[(usize, usize)]) -> Vec<bool> {
    let count = rank.len();
    let mut into = vec![Vec::new(); count];
    let mut out = vec![Vec::new(); count];
    for (from, to) in lines.iter().copied().filter(|(from, to)| from != to) {
        out[from].push(to);
        into[to].push(from);
    }
    let mut left = Left::new(rank, &into, &out);
    let (mut front, mut back) = (Vec::new(), Vec::new());
    loop {
        if let Some(sink) = left.sinks.first().copied() {
            left.take(sink, &into, &out);
            back.push(sink);
        } else if let Some(source) = left.sources.first().copied() {
            left.take(source, &into, &out);
            front.push(source);
        } else if let Some((_, _, next)) = left.others.first().copied() {
            left.take(next, &into, &out);
            front.push(next);
        } else {
            break;
        }
    }
    let mut place = vec![0; count];
    for (at, index) in front.into_iter().chain(back.into_iter().rev()).enumerate() {
        place[index] = at;
    }
    lines.iter().map(|(from, to)| place[*from] > place[*to]).collect()
}

/// The boxes that are not lined up yet.
struct Left<'r> {
    rank: &'r [usize],
    into: Vec<usize>,
    out: Vec<usize>,
    sinks: BTreeSet<usize>,
    sources: BTreeSet<usize>,
    /// Neither of both: the lowest rank first, then the most lines out over lines in.
    others: BTreeSet<(usize, Reverse<i64>, usize)>,
    taken: Vec<bool>,
}

impl<'r> Left<'r> {
    fn new(rank: &'r [usize], into: &[Vec<usize>], out: &[Vec<usize>]) -> Self {
        let mut left = Self {
            rank,
            into: into.iter().map(Vec::len).collect(),
            out: out.iter().map(Vec::len).collect(),
            sinks: BTreeSet::new(),
            sources: BTreeSet::new(),
            others: BTreeSet::new(),
            taken: vec![false; into.len()],
        };
        (0..into.len()).for_each(|index| left.file(index));
        left
    }

    fn key(&self, index: usize) -> (usize, Reverse<i64>, usize) {
        let signed = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let surplus = signed(self.out[index]) - signed(self.into[index]);
        (self.rank[index], Reverse(surplus), index)
    }

    fn file(&mut self, index: usize) {
        if self.out[index] == 0 {
            self.sinks.insert(index);
        } else if self.into[index] == 0 {
            self.sources.insert(index);
        } else {
            self.others.insert(self.key(index));
        }
    }

    fn unfile(&mut self, index: usize) {
        self.sinks.remove(&index);
        self.sources.remove(&index);
        self.others.remove(&self.key(index));
    }

    fn take(&mut self, index: usize, into: &[Vec<usize>], out: &[Vec<usize>]) {
        self.unfile(index);
        self.taken[index] = true;
        for to in out[index].iter().copied().filter(|to| !self.taken[*to]).collect::<Vec<_>>() {
            self.unfile(to);
            self.into[to] -= 1;
            self.file(to);
        }
        for from in into[index].iter().copied().filter(|at| !self.taken[*at]).collect::<Vec<_>>() {
            self.unfile(from);
            self.out[from] -= 1;
            self.file(from);
        }
    }
}
