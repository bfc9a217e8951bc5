//! Long lines, cut into one stop in every column that they pass.

/// How many stops may be made in all. Beyond, the longest lines are led around below the drawing, so
/// that no graph takes more than moments.
const STOPS_MAX: usize = 60_000;

/// The columns with all that stands in them: boxes, and the stops of the lines that pass.
pub(super) struct Chains {
    /// What is in each column, by place in the lists below.
    pub(super) columns: Vec<Vec<usize>>,
    /// The box that an element is; none for a stop. Boxes come first and keep their places.
    pub(super) boxes: usize,
    /// The elements of the column before that an element is joined to, and of the one after.
    pub(super) before: Vec<Vec<usize>>,
    pub(super) after: Vec<Vec<usize>>,
    /// For each line its elements from its left end to its right; none for a line that is led
    /// around.
    pub(super) ways: Vec<Option<Vec<usize>>>,
}

impl Chains {
    /// `lines` lead from a column to a later one.
    pub(super) fn new(column: &[usize], lines: &[(usize, usize)]) -> Self {
        let count = column.iter().max().map_or(0, |last| last + 1);
        let mut columns = vec![Vec::new(); count];
        for (index, at) in column.iter().enumerate() {
            columns[*at].push(index);
        }
        let around = led_around(column, lines);
        let mut chains = Self {
            columns,
            boxes: column.len(),
            before: vec![Vec::new(); column.len()],
            after: vec![Vec::new(); column.len()],
            ways: Vec::with_capacity(lines.len()),
        };
        for ((from, to), around) in lines.iter().copied().zip(around) {
            let way = (!around).then(|| chains.way(from, to, column[from] + 1..column[to]));
            chains.ways.push(way);
        }
        chains
    }

    fn way(&mut self, from: usize, to: usize, passes: std::ops::Range<usize>) -> Vec<usize> {
        let mut way = vec![from];
        for at in passes {
            let stop = self.before.len();
            self.columns[at].push(stop);
            self.before.push(Vec::new());
            self.after.push(Vec::new());
            way.push(stop);
        }
        way.push(to);
        for pair in way.windows(2) {
            self.after[pair[0]].push(pair[1]);
            self.before[pair[1]].push(pair[0]);
        }
        way
    }

    /// Whether an element is the stop of a line.
    pub(super) fn is_stop(&self, element: usize) -> bool {
        element >= self.boxes
    }

    /// How many elements there are.
    pub(super) fn len(&self) -> usize {
        self.before.len()
    }
}

/// For each line, whether there is no room for its stops.
fn led_around(column: &[usize], lines: &[(usize, usize)]) -> Vec<bool> {
    let length = |index: usize| column[lines[index].1] - column[lines[index].0];
    let mut by_length: Vec<usize> = (0..lines.len()).collect();
    by_length.sort_by_key(|index| length(*index));
    let mut around = vec![false; lines.len()];
    let mut stops = 0;
    for index in by_length {
        stops += length(index) - 1;
        around[index] = stops > STOPS_MAX;
    }
    around
}
