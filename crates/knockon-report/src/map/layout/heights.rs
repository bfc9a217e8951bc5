//! At which height each element stands, so that most lines are straight.
//!
//! After Brandes and Köpf, *Fast and Simple Horizontal Coordinate Assignment*, 2001: elements are
//! joined to blocks with their middle neighbours in four ways (from the left and from the right, in
//! favour of the upper and of the lower neighbour), every block becomes one straight run, and the
//! mean of the middle two of the four results is taken. The blocks are set apart by longest paths
//! through the graph of blocks and then drawn together again, as dagre does, instead of by the
//! classes of the paper, which its erratum (Brandes, Walter and Zink, 2020) had to correct.

use super::chains::Chains;

/// How much stays free below a box, and below a stop.
const BOX_GAP: f64 = 24.0;
const STOP_GAP: f64 = 11.0;

/// The middle of each element, counted downwards, and how high it is.
pub(super) fn heights(chains: &Chains, height: &[f64]) -> Vec<f64> {
    let place = places(chains);
    let crossed = crossed_runs(chains, &place);
    let mut results: Vec<Vec<f64>> = Vec::new();
    for from_right in [false, true] {
        for from_below in [false, true] {
            let view = View { chains, place: &place, crossed: &crossed, from_right, from_below };
            let (root, order) = view.blocks();
            results.push(view.set_apart(&root, &order, height));
        }
    }
    balance(&results, height)
}

fn places(chains: &Chains) -> Vec<usize> {
    let mut place = vec![0; chains.len()];
    for column in &chains.columns {
        for (at, element) in column.iter().enumerate() {
            place[*element] = at;
        }
    }
    place
}

/// For each element, the elements before it to which its line must not be made straight, since the
/// straight middle part of a long line crosses it (a conflict of type 1 in the paper).
fn crossed_runs(chains: &Chains, place: &[usize]) -> Vec<Vec<usize>> {
    let mut crossed = vec![Vec::new(); chains.len()];
    for pair in chains.columns.windows(2) {
        let (left, right) = (&pair[0], &pair[1]);
        let (mut free_from, mut scanned) = (0, 0);
        for (at, element) in right.iter().copied().enumerate() {
            let run = chains.before[element]
                .iter()
                .find(|before| chains.is_stop(element) && chains.is_stop(**before));
            if run.is_none() && at + 1 < right.len() {
                continue;
            }
            let free_to = run.map_or(left.len(), |before| place[*before]);
            for other in right[scanned..=at].iter().copied() {
                for before in chains.before[other].iter().copied() {
                    let is_run = chains.is_stop(other) && chains.is_stop(before);
                    if !is_run && (place[before] < free_from || place[before] > free_to) {
                        crossed[other].push(before);
                    }
                }
            }
            (free_from, scanned) = (free_to, at + 1);
        }
    }
    crossed
}

/// The columns, seen from one of four sides.
struct View<'a> {
    chains: &'a Chains,
    place: &'a [usize],
    crossed: &'a [Vec<usize>],
    from_right: bool,
    from_below: bool,
}

impl View<'_> {
    fn columns(&self) -> Vec<Vec<usize>> {
        let mut columns = self.chains.columns.clone();
        if self.from_right {
            columns.reverse();
        }
        if self.from_below {
            for column in &mut columns {
                column.reverse();
            }
        }
        columns
    }

    /// The first element of the block of each element, and the columns as seen from here.
    fn blocks(&self) -> (Vec<usize>, Vec<Vec<usize>>) {
        let columns = self.columns();
        let mut root: Vec<usize> = (0..self.chains.len()).collect();
        let mut continued = vec![false; self.chains.len()];
        let mut seen = vec![0; self.chains.len()];
        for column in &columns {
            let mut free_from = 0;
            for element in column.iter().copied() {
                let neighbours = self.neighbours(element, &seen);
                let middle = neighbours.len().saturating_sub(1);
                for at in middle / 2..=middle.div_ceil(2) {
                    let Some(other) = neighbours.get(at).copied() else { continue };
                    let is_free = root[element] == element && !continued[other];
                    if is_free && seen[other] >= free_from && !self.is_crossed(element, other) {
                        root[element] = root[other];
                        continued[other] = true;
                        free_from = seen[other] + 1;
                    }
                }
            }
            for (at, element) in column.iter().enumerate() {
                seen[*element] = at;
            }
        }
        (root, columns)
    }

    fn neighbours(&self, element: usize, seen: &[usize]) -> Vec<usize> {
        let joints = if self.from_right { &self.chains.after } else { &self.chains.before };
        let mut neighbours = joints[element].clone();
        neighbours.sort_by_key(|other| (seen[*other], self.place[*other]));
        neighbours
    }

    fn is_crossed(&self, element: usize, other: usize) -> bool {
        if self.from_right {
            self.crossed[other].contains(&element)
        } else {
            self.crossed[element].contains(&other)
        }
    }

    /// Heights at which no block comes too near to the one before it.
    fn set_apart(&self, root: &[usize], columns: &[Vec<usize>], height: &[f64]) -> Vec<f64> {
        let mut out: Vec<Vec<(usize, f64)>> = vec![Vec::new(); root.len()];
        let mut waits = vec![0_usize; root.len()];
        for pair in columns.iter().flat_map(|column| column.windows(2)) {
            let apart = self.apart(pair[0], pair[1], height);
            out[root[pair[0]]].push((root[pair[1]], apart));
            waits[root[pair[1]]] += 1;
        }
        let mut order: Vec<usize> =
            (0..root.len()).filter(|at| root[*at] == *at && waits[*at] == 0).collect();
        let mut at = vec![0.0_f64; root.len()];
        let mut next = 0;
        while let Some(block) = order.get(next).copied() {
            next += 1;
            for (other, apart) in out[block].iter().copied() {
                at[other] = at[other].max(at[block] + apart);
                waits[other] -= 1;
                if waits[other] == 0 {
                    order.push(other);
                }
            }
        }
        for block in order.into_iter().rev() {
            let limits = out[block].iter().map(|(other, apart)| at[*other] - apart);
            let limit = limits.fold(f64::INFINITY, f64::min);
            if limit.is_finite() {
                at[block] = at[block].max(limit);
            }
        }
        let sign = if self.from_below { -1.0 } else { 1.0 };
        root.iter().map(|block| sign * at[*block]).collect()
    }

    fn apart(&self, a: usize, b: usize, height: &[f64]) -> f64 {
        let gap = |element| if self.chains.is_stop(element) { STOP_GAP } else { BOX_GAP };
        (height[a] + height[b] + gap(a) + gap(b)) / 2.0
    }
}

/// Moves the four results over the narrowest of them and takes the mean of the middle two.
fn balance(results: &[Vec<f64>], height: &[f64]) -> Vec<f64> {
    let range = |at: &[f64]| {
        let ends = at.iter().zip(height).map(|(at, height)| (at - height / 2.0, at + height / 2.0));
        ends.fold((f64::INFINITY, f64::NEG_INFINITY), |a, b| (a.0.min(b.0), a.1.max(b.1)))
    };
    let ranges: Vec<(f64, f64)> = results.iter().map(|result| range(result)).collect();
    let narrowest = ranges.iter().copied().min_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)));
    let (top, bottom) = narrowest.unwrap_or_default();
    let shift = |result: usize| {
        // Every second result grew from below.
        if result.is_multiple_of(2) { top - ranges[result].0 } else { bottom - ranges[result].1 }
    };
    let middle = |element: usize| {
        let mut all: Vec<f64> =
            results.iter().enumerate().map(|(at, result)| result[element] + shift(at)).collect();
        all.sort_by(f64::total_cmp);
        f64::midpoint(all[1], all[2])
    };
    let middles: Vec<f64> = (0..height.len()).map(middle).collect();
    let (top, _) = range(&middles);
    middles.into_iter().map(|at| at - top).collect()
}
