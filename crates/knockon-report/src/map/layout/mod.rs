//! Places boxes in columns so that what uses is left of what is used, and leads lines around them.
//!
//! This is the method of Sugiyama, Tagawa and Toda (*Methods for Visual Understanding of
//! Hierarchical System Structures*, 1981) in its usual steps, one file each: turn the lines that
//! close a cycle ([`cycles`]), choose columns ([`columns`]), let long lines pass through every column
//! between their ends ([`chains`]), order each column so that few lines cross ([`order`]), and find
//! heights at which most lines are straight ([`heights`]). [`routes`] draws the lines, and
//! [`pieces`] treats what hangs together one after the other and puts the drawings on one sheet.
//!
//! No line runs through a box: between two columns it bends in the gap, and in a column it passes on
//! a height of its own. There is no recursion that an input could make deep, and everything is in the
//! order of the input, so that the same graph gives the same drawing.

mod chains;
mod columns;
mod cycles;
mod heights;
mod order;
mod pieces;
mod routes;

pub(crate) use pieces::lay_out;

/// What to place: boxes by size, and lines between them.
pub(crate) struct Graph {
    pub(crate) boxes: Vec<Size>,
    /// From and to, as places in `boxes`. A line from a box to itself is allowed.
    pub(crate) lines: Vec<(usize, usize)>,
    /// Whether a box is to stand in the first column if no line leads to it.
    pub(crate) first: Vec<bool>,
    /// Which box comes before which where lines go in a circle: the lower one.
    pub(crate) rank: Vec<usize>,
}

/// The size of a box.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// A point of the sheet; `y` grows downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// How a line goes: through all points in order, first to last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Route {
    pub(crate) points: Vec<Point>,
    /// For each point but the first, whether the way to it bends: it then leaves one point and
    /// reaches the next horizontally. Else it is straight.
    pub(crate) bends: Vec<bool>,
}

/// The finished drawing.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// The upper left corners of the boxes.
    pub(crate) corners: Vec<Point>,
    /// The routes of the lines. That of a line from a box to itself is empty.
    pub(crate) routes: Vec<Route>,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

#[cfg(test)]
mod tests;
