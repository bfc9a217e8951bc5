//! In which column each box stands.

/// How often to go over all boxes to shorten lines.
const ROUNDS_MAX: usize = 16;

/// The columns of boxes from 0, each right of all whose lines lead to it: as far left as possible
/// (the longest path), then moved to where its lines are shorter in sum. `lines` must have no cycle.
pub(super) fn columns(count: usize, lines: &[(usize, usize)], first: &[bool]) -> Vec<usize> {
    let mut into = vec![Vec::new(); count];
    let mut out = vec![Vec::new(); count];
    for (from, to) in lines.iter().copied() {
        out[from].push(to);
        into[to].push(from);
    }
    let (order, mut column) = longest_path(&into, &out);
    for _ in 0..ROUNDS_MAX {
        let mut moved = false;
        for index in order.iter().rev().chain(&order).copied() {
            let earliest = into[index].iter().map(|at| column[*at] + 1).max().unwrap_or(0);
            let latest = out[index].iter().map(|at| column[*at].saturating_sub(1)).min();
            let stays = first[index] && into[index].is_empty();
            let better = match latest {
                Some(latest) if out[index].len() > into[index].len() && !stays => latest,
                Some(_) if out[index].len() == into[index].len() => column[index],
                _ => earliest,
            };
            moved |= std::mem::replace(&mut column[index], better) != better;
        }
        if !moved {
            break;
        }
    }
    without_gaps(&mut column);
    column
}

/// The boxes in an order in which every line leads forwards, and the length of the longest way to
/// each.
fn longest_path(into: &[Vec<usize>], out: &[Vec<usize>]) -> (Vec<usize>, Vec<usize>) {
    let mut column = vec![0; into.len()];
    let mut waits: Vec<usize> = into.iter().map(Vec::len).collect();
    let mut order: Vec<usize> = (0..into.len()).filter(|index| waits[*index] == 0).collect();
    let mut next = 0;
    while let Some(index) = order.get(next).copied() {
        next += 1;
        for to in out[index].iter().copied() {
            column[to] = column[to].max(column[index] + 1);
            waits[to] -= 1;
            if waits[to] == 0 {
                order.push(to);
            }
        }
    }
    (order, column)
}

/// Renumbers the columns so that the first is 0 and none is empty.
fn without_gaps(column: &mut [usize]) {
    let mut used = column.to_vec();
    used.sort_unstable();
    used.dedup();
    for value in column {
        *value = used.partition_point(|at| at < value);
    }
}
