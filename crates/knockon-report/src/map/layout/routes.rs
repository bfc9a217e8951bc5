//! How lines go between the boxes of one piece.

use super::chains::Chains;
use super::{Point, Route, Size};

/// The least space between two columns, and the most.
const GAP: std::ops::RangeInclusive<f64> = 72.0..=210.0;
/// How far lines stand apart at a box, at the most.
const PORT_GAP: f64 = 9.0;
/// Which part of the side of a box lines may touch.
const SIDE: f64 = 0.56;
/// Nearer points are one.
const NEAR: f64 = 0.01;
/// Between the lowest box and the lines that are led around below it.
const AROUND: f64 = 18.0;

/// A piece with heights settled.
pub(super) struct Placed<'a> {
    pub(super) chains: &'a Chains,
    pub(super) sizes: &'a [Size],
    /// Lines by left and right end.
    pub(super) lines: &'a [(usize, usize)],
    /// The column of each box.
    pub(super) column: &'a [usize],
    /// The middle of each element.
    pub(super) middle: &'a [f64],
}

/// The left and the right end of each column.
pub(super) struct Bounds(Vec<(f64, f64)>);

impl Bounds {
    /// Where each column ends on the right.
    pub(super) fn right(&self) -> f64 {
        self.0.last().map_or(0.0, |(_, right)| *right)
    }

    /// The middle of a column.
    pub(super) fn centre(&self, column: usize) -> f64 {
        let (left, right) = self.0[column];
        f64::midpoint(left, right)
    }
}

impl Placed<'_> {
    /// Columns as wide as their widest box, and between them the wider gaps the more the lines bend
    /// there.
    pub(super) fn bounds(&self) -> Bounds {
        let mut left = 0.0;
        let mut bounds = Vec::new();
        for elements in &self.chains.columns {
            let boxes = elements.iter().filter(|element| !self.chains.is_stop(**element));
            let width = boxes.map(|at| self.sizes[*at].width).fold(0.0, f64::max);
            bounds.push((left, left + width));
            left += width + self.gap(elements);
        }
        Bounds(bounds)
    }

    fn gap(&self, elements: &[usize]) -> f64 {
        let joints = elements.iter().flat_map(|from| {
            self.chains.after[*from].iter().map(|to| (self.middle[*from] - self.middle[*to]).abs())
        });
        let (mut steepest, mut bent) = (0.0_f64, 0.0);
        for climb in joints {
            steepest = steepest.max(climb);
            bent += f64::from(climb > 12.0);
        }
        (56.0 + bent * 2.5 + steepest * 0.14).clamp(*GAP.start(), *GAP.end())
    }

    /// The routes of all lines, from their left ends to their right ends.
    pub(super) fn routes(&self, bounds: &Bounds, bottom: f64) -> Vec<Route> {
        let ports = self.ports(bounds);
        let route = |(index, (leaves, arrives)): (usize, (Point, Point))| {
            let mut route = Route { points: vec![leaves], bends: Vec::new() };
            let (from, to) = self.lines[index];
            route.straight(Point { x: bounds.0[self.column[from]].1, y: leaves.y });
            if let Some(way) = &self.chains.ways[index] {
                for (passed, stop) in way[1..way.len() - 1].iter().enumerate() {
                    let (left, right) = bounds.0[self.column[from] + 1 + passed];
                    route.bend(Point { x: left, y: self.middle[*stop] });
                    route.straight(Point { x: right, y: self.middle[*stop] });
                }
            } else {
                let below = bottom + AROUND;
                route.bend(Point { x: bounds.0[self.column[from] + 1].0, y: below });
                route.straight(Point { x: bounds.0[self.column[to] - 1].1, y: below });
            }
            route.bend(Point { x: bounds.0[self.column[to]].0, y: arrives.y });
            route.straight(arrives);
            route
        };
        ports.into_iter().enumerate().map(route).collect()
    }

    /// Where each line leaves its left box and reaches its right one: spread over the sides of the
    /// boxes in the order in which the lines arrive there, so that they do not cross at once.
    fn ports(&self, bounds: &Bounds) -> Vec<(Point, Point)> {
        let mut leaving = vec![Vec::new(); self.sizes.len()];
        let mut arriving = vec![Vec::new(); self.sizes.len()];
        for (index, (from, to)) in self.lines.iter().copied().enumerate() {
            let (next, last) = match &self.chains.ways[index] {
                Some(way) => (self.middle[way[1]], self.middle[way[way.len() - 2]]),
                None => (f64::INFINITY, f64::INFINITY),
            };
            leaving[from].push((next, index));
            arriving[to].push((last, index));
        }
        let mut ports =
            vec![(Point { x: 0.0, y: 0.0 }, Point { x: 0.0, y: 0.0 }); self.lines.len()];
        for ends in leaving.iter_mut().chain(&mut arriving) {
            ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        for (index, size) in self.sizes.iter().enumerate() {
            let (x, y) = (bounds.centre(self.column[index]), self.middle[index]);
            for (shift, line) in spread(&leaving[index], size.height) {
                ports[line].0 = Point { x: x + size.width / 2.0, y: y + shift };
            }
            for (shift, line) in spread(&arriving[index], size.height) {
                ports[line].1 = Point { x: x - size.width / 2.0, y: y + shift };
            }
        }
        ports
    }
}

/// How far from the middle of a side of that height each of these lines touches it.
fn spread(ends: &[(f64, usize)], height: f64) -> impl Iterator<Item = (f64, usize)> + '_ {
    let gaps = ends.len().saturating_sub(1) as f64;
    let gap = if gaps > 0.0 { PORT_GAP.min(height * SIDE / gaps) } else { 0.0 };
    ends.iter().enumerate().map(move |(at, (_, line))| ((at as f64 - gaps / 2.0) * gap, *line))
}

impl Route {
    fn straight(&mut self, to: Point) {
        self.go(to, false);
    }

    fn bend(&mut self, to: Point) {
        self.go(to, true);
    }

    fn go(&mut self, to: Point, bends: bool) {
        let is_there = |at: &Point| (at.x - to.x).abs() < NEAR && (at.y - to.y).abs() < NEAR;
        if !self.points.last().is_some_and(is_there) {
            self.points.push(to);
            self.bends.push(bends);
        }
    }

    /// The same way in the other direction.
    pub(super) fn turned(mut self) -> Self {
        self.points.reverse();
        self.bends.reverse();
        self
    }

    /// The same way elsewhere.
    pub(super) fn moved(mut self, by: Point) -> Self {
        for point in &mut self.points {
            *point = Point { x: point.x + by.x, y: point.y + by.y };
        }
        self
    }
}
