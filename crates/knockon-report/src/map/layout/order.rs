//! In which order the elements of a column stand, so that few lines cross.
//!
//! Columns are sorted by the mean place of what their elements are joined to, forwards and backwards
//! in turn (Sugiyama et al. 1981); in small drawings neighbours are exchanged after each turn where
//! that helps (Gansner et al., *A Technique for Drawing Directed Graphs*, 1993). The best order that
//! was met is kept. Crossings are counted after Barth, Mutzel and Jünger, *Simple and Efficient
//! Bilayer Cross Counting*, 2004.

use super::chains::Chains;

/// How often to sort without getting better before it is enough.
const PATIENCE: usize = 6;
/// How often to sort at the most: often in small drawings, a few times in huge ones.
const SWEEPS: std::ops::RangeInclusive<usize> = 8..=48;
/// How many joints to look at in all when sorting.
const EFFORT: usize = 1_500_000;
/// Up to how many elements neighbours are exchanged.
const EXCHANGED_MAX: usize = 2_500;

/// Orders every column.
pub(super) fn order(chains: &mut Chains) {
    let mut sorting = Sorting::new(chains);
    let joints: usize = chains.after.iter().map(Vec::len).sum();
    let sweeps = (EFFORT / (joints + 1)).clamp(*SWEEPS.start(), *SWEEPS.end());
    let mut best = (sorting.crossings(chains), sorting.columns.clone());
    let mut tries = 0;
    for sweep in 0..sweeps {
        if best.0 == 0 || tries == PATIENCE {
            break;
        }
        sorting.sweep(chains, sweep % 2 == 0, sweep % 4 >= 2);
        if chains.len() <= EXCHANGED_MAX {
            sorting.exchange(chains);
        }
        let crossings = sorting.crossings(chains);
        tries += 1;
        if crossings < best.0 {
            best = (crossings, sorting.columns.clone());
            tries = 0;
        }
    }
    chains.columns = best.1;
}

struct Sorting {
    columns: Vec<Vec<usize>>,
    /// The place of each element in its column.
    place: Vec<usize>,
}

impl Sorting {
    /// The order in which a walk from the first columns meets the elements: what hangs together is
    /// together.
    fn new(chains: &Chains) -> Self {
        let mut columns = vec![Vec::new(); chains.columns.len()];
        let mut column = vec![0; chains.len()];
        for (at, elements) in chains.columns.iter().enumerate() {
            for element in elements {
                column[*element] = at;
            }
        }
        let mut met = vec![false; chains.len()];
        for start in chains.columns.iter().flatten().copied() {
            let mut open = vec![start];
            while let Some(element) = open.pop() {
                if std::mem::replace(&mut met[element], true) {
                    continue;
                }
                columns[column[element]].push(element);
                open.extend(chains.after[element].iter().rev().filter(|next| !met[**next]));
            }
        }
        let mut sorting = Self { columns, place: vec![0; chains.len()] };
        (0..sorting.columns.len()).for_each(|at| sorting.renumber(at));
        sorting
    }

    fn renumber(&mut self, at: usize) {
        for (place, element) in self.columns[at].iter().enumerate() {
            self.place[*element] = place;
        }
    }

    /// Sorts every column by what the one before it (or after it) has settled. Elements that are
    /// joined to nothing there keep their places.
    fn sweep(&mut self, chains: &Chains, forwards: bool, ties_turned: bool) {
        let count = self.columns.len();
        for step in 1..count {
            let (at, joints) =
                if forwards { (step, &chains.before) } else { (count - 1 - step, &chains.after) };
            let mut movable: Vec<(f64, usize)> = self.columns[at]
                .iter()
                .filter_map(|element| Some((self.mean(&joints[*element])?, *element)))
                .collect();
            if ties_turned {
                movable.reverse();
            }
            movable.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut sorted = movable.into_iter().map(|(_, element)| element);
            let mut column = std::mem::take(&mut self.columns[at]);
            for slot in column.iter_mut().filter(|element| !joints[**element].is_empty()) {
                *slot = sorted.next().unwrap_or(*slot);
            }
            self.columns[at] = column;
            self.renumber(at);
        }
    }

    fn mean(&self, joints: &[usize]) -> Option<f64> {
        let sum: usize = joints.iter().map(|element| self.place[*element]).sum();
        (!joints.is_empty()).then(|| sum as f64 / joints.len() as f64)
    }

    /// Exchanges neighbours as long as fewer lines cross then, a few rounds at the most.
    fn exchange(&mut self, chains: &Chains) {
        for _ in 0..4 {
            let mut better = false;
            for at in 0..self.columns.len() {
                for upper in 1..self.columns[at].len() {
                    let (a, b) = (self.columns[at][upper - 1], self.columns[at][upper]);
                    let (mut now, mut then) = (0, 0);
                    for joints in [&chains.before, &chains.after] {
                        now += self.pair_crossings(&joints[a], &joints[b]);
                        then += self.pair_crossings(&joints[b], &joints[a]);
                    }
                    if then < now {
                        self.columns[at].swap(upper - 1, upper);
                        self.place[a] = upper;
                        self.place[b] = upper - 1;
                        better = true;
                    }
                }
            }
            if !better {
                break;
            }
        }
    }

    /// How many lines of an element cross those of the one below it.
    fn pair_crossings(&self, above: &[usize], below: &[usize]) -> usize {
        if above.is_empty() || below.is_empty() {
            return 0;
        }
        let places = |joints: &[usize]| {
            let mut places: Vec<usize> = joints.iter().map(|at| self.place[*at]).collect();
            places.sort_unstable();
            places
        };
        let below = places(below);
        places(above).iter().map(|place| below.partition_point(|at| at < place)).sum()
    }

    fn crossings(&self, chains: &Chains) -> usize {
        self.columns
            .windows(2)
            .map(|pair| self.crossings_between(chains, &pair[0], pair[1].len()))
            .sum()
    }

    fn crossings_between(&self, chains: &Chains, left: &[usize], right: usize) -> usize {
        let leaves = right.next_power_of_two();
        let mut tree = vec![0_usize; 2 * leaves];
        let mut crossings = 0;
        for element in left {
            let mut ends: Vec<usize> =
                chains.after[*element].iter().map(|at| self.place[*at]).collect();
            ends.sort_unstable();
            for end in ends {
                let mut at = end + leaves;
                tree[at] += 1;
                while at > 1 {
                    if at.is_multiple_of(2) {
                        crossings += tree[at + 1];
                    }
                    at /= 2;
                    tree[at] += 1;
                }
            }
        }
        crossings
    }
}
