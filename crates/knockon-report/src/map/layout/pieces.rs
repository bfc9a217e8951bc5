//! Drawings of what hangs together, put on one sheet.

use super::chains::Chains;
use super::heights::heights;
use super::order::order;
use super::routes::Placed;
use super::{Graph, Layout, Point, Size};
use super::{columns, cycles};

/// Between two pieces of the sheet.
const PIECE_GAP: f64 = 36.0;

/// Lays out a graph.
pub(crate) fn lay_out(graph: &Graph) -> Layout {
    let pieces: Vec<Drawn> = split(graph).into_iter().map(|piece| draw(graph, piece)).collect();
    let sheet = Sheet::new(&pieces);
    let mut layout = Layout {
        corners: vec![Point { x: 0.0, y: 0.0 }; graph.boxes.len()],
        routes: vec![super::Route::default(); graph.lines.len()],
        width: sheet.width,
        height: sheet.height,
    };
    for (piece, corner) in pieces.into_iter().zip(sheet.corners) {
        let part = piece.layout;
        for (index, at) in piece.boxes.into_iter().zip(part.corners) {
            layout.corners[index] = Point { x: at.x + corner.x, y: at.y + corner.y };
        }
        for (index, route) in piece.lines.into_iter().zip(part.routes) {
            layout.routes[index] = route.moved(corner);
        }
    }
    layout
}

/// What hangs together: boxes and lines by their places in the graph.
struct Piece {
    boxes: Vec<usize>,
    lines: Vec<usize>,
}

/// A piece with its own layout.
struct Drawn {
    boxes: Vec<usize>,
    lines: Vec<usize>,
    layout: Layout,
}

fn split(graph: &Graph) -> Vec<Piece> {
    let mut joined = vec![Vec::new(); graph.boxes.len()];
    for (from, to) in graph.lines.iter().copied() {
        joined[from].push(to);
        joined[to].push(from);
    }
    let mut piece_of: Vec<Option<usize>> = vec![None; graph.boxes.len()];
    let mut pieces = Vec::new();
    for start in 0..graph.boxes.len() {
        if piece_of[start].is_none() {
            let mut open = vec![start];
            while let Some(index) = open.pop() {
                if piece_of[index].replace(pieces.len()).is_none() {
                    open.extend(joined[index].iter().filter(|next| piece_of[**next].is_none()));
                }
            }
            pieces.push(Piece { boxes: Vec::new(), lines: Vec::new() });
        }
        if let Some(piece) = piece_of[start] {
            pieces[piece].boxes.push(start);
        }
    }
    for (index, (from, to)) in graph.lines.iter().enumerate() {
        if let Some(piece) = piece_of[*from].filter(|_| from != to) {
            pieces[piece].lines.push(index);
        }
    }
    pieces
}

fn draw(graph: &Graph, piece: Piece) -> Drawn {
    let Piece { boxes, lines } = piece;
    let sizes: Vec<Size> = boxes.iter().map(|index| graph.boxes[*index]).collect();
    let first: Vec<bool> = boxes.iter().map(|index| graph.first[*index]).collect();
    let rank: Vec<usize> = boxes.iter().map(|index| graph.rank[*index]).collect();
    let place = |index: usize| boxes.partition_point(|at| *at < index);
    let mut ends: Vec<(usize, usize)> = lines
        .iter()
        .map(|line| (place(graph.lines[*line].0), place(graph.lines[*line].1)))
        .collect();
    let turned = cycles::turned(&rank, &ends);
    for (end, _) in ends.iter_mut().zip(&turned).filter(|(_, turned)| **turned) {
        *end = (end.1, end.0);
    }
    let column = columns::columns(sizes.len(), &ends, &first);
    let mut chains = Chains::new(&column, &ends);
    order(&mut chains);
    let height_of = |element| sizes.get(element).map_or(0.0, |size: &Size| size.height);
    let height: Vec<f64> = (0..chains.len()).map(height_of).collect();
    let middle = heights(&chains, &height);
    let placed =
        Placed { chains: &chains, sizes: &sizes, lines: &ends, column: &column, middle: &middle };
    let bounds = placed.bounds();
    let bottom = middle.iter().zip(&height).map(|(at, height)| at + height / 2.0);
    let bottom = bottom.fold(0.0, f64::max);
    let routes: Vec<_> = placed.routes(&bounds, bottom).into_iter().zip(turned).collect();
    let lowest = routes.iter().flat_map(|(route, _)| &route.points).map(|point| point.y);
    let corners = sizes.iter().enumerate().map(|(index, size)| Point {
        x: bounds.centre(column[index]) - size.width / 2.0,
        y: middle[index] - size.height / 2.0,
    });
    let layout = Layout {
        corners: corners.collect(),
        width: bounds.right(),
        height: lowest.fold(bottom, f64::max),
        routes: routes
            .into_iter()
            .map(|(route, turned)| if turned { route.turned() } else { route })
            .collect(),
    };
    Drawn { boxes, lines, layout }
}

/// Where the pieces are.
struct Sheet {
    corners: Vec<Point>,
    width: f64,
    height: f64,
}

impl Sheet {
    /// The pieces in rows, the highest first, as wide as the widest of them, or so wide that all but
    /// the largest fill a sheet a little wider than high.
    fn new(pieces: &[Drawn]) -> Self {
        let areas = pieces
            .iter()
            .map(|piece| (piece.layout.width + PIECE_GAP) * (piece.layout.height + PIECE_GAP));
        let area = areas.clone().sum::<f64>() - areas.fold(0.0, f64::max);
        let widest = pieces.iter().map(|piece| piece.layout.width).fold(0.0, f64::max);
        let row_width = widest.max((area * 1.6).sqrt());
        let mut by_height: Vec<usize> = (0..pieces.len()).collect();
        by_height.sort_by(|a, b| pieces[*b].layout.height.total_cmp(&pieces[*a].layout.height));
        let mut sheet =
            Self { corners: vec![Point { x: 0.0, y: 0.0 }; pieces.len()], width: 0.0, height: 0.0 };
        let (mut x, mut y, mut row_height) = (0.0, 0.0, 0.0_f64);
        for index in by_height {
            let layout = &pieces[index].layout;
            if x > 0.0 && x + layout.width > row_width {
                (x, y, row_height) = (0.0, y + row_height + PIECE_GAP, 0.0);
            }
            sheet.corners[index] = Point { x, y };
            sheet.width = sheet.width.max(x + layout.width);
            sheet.height = sheet.height.max(y + layout.height);
            row_height = row_height.max(layout.height);
            x += layout.width + PIECE_GAP;
        }
        sheet
    }
}
