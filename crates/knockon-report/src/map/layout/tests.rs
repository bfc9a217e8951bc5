use proptest::prelude::*;

use super::*;

const SIZE: Size = Size { width: 120.0, height: 44.0 };

fn graph(count: usize, lines: Vec<(usize, usize)>) -> Graph {
    Graph { boxes: vec![SIZE; count], lines, first: vec![false; count], rank: vec![0; count] }
}

/// Points on a route, near enough to each other to find every box that it runs through.
fn points(route: &Route) -> Vec<Point> {
    let mut points = route.points[..1].to_vec();
    for (pair, bends) in route.points.windows(2).zip(&route.bends) {
        let (from, to) = (pair[0], pair[1]);
        for step in 1..=16 {
            let t = f64::from(step) / 16.0;
            // The cubic of Bézier whose inner points are half-way in x and at the heights of the
            // ends in y, as the drawing has it.
            let x = if *bends { 1.5 * t * (1.0 - t) + t * t * t } else { t };
            let y = if *bends { t * t * (3.0 - 2.0 * t) } else { t };
            points.push(Point { x: from.x + x * (to.x - from.x), y: from.y + y * (to.y - from.y) });
        }
    }
    points
}

/// Boxes are at least so far apart.
const APART: f64 = 23.9;

fn check_drawing(graph: &Graph) -> Layout {
    let layout = lay_out(graph);
    let inside = |at: Point, index: usize| {
        let (corner, size) = (layout.corners[index], graph.boxes[index]);
        at.x > corner.x + 0.1
            && at.x < corner.x + size.width - 0.1
            && at.y > corner.y + 0.1
            && at.y < corner.y + size.height - 0.1
    };
    for (a, (corner, size)) in layout.corners.iter().zip(&graph.boxes).enumerate() {
        assert!(corner.x >= -0.1 && corner.x + size.width <= layout.width + 0.1, "off the sheet");
        assert!(corner.y >= -0.1 && corner.y + size.height <= layout.height + 0.1, "off the sheet");
        for (b, (other, other_size)) in layout.corners.iter().zip(&graph.boxes).enumerate() {
            let apart = corner.x + size.width + APART <= other.x
                || other.x + other_size.width + APART <= corner.x
                || corner.y + size.height + APART <= other.y
                || other.y + other_size.height + APART <= corner.y;
            assert!(a == b || apart, "box {a} is too near to box {b}");
        }
    }
    for ((from, to), route) in graph.lines.iter().copied().zip(&layout.routes) {
        assert_eq!(route.points.is_empty(), from == to);
        let (Some(first), Some(last)) = (route.points.first(), route.points.last()) else {
            continue;
        };
        assert_eq!(route.bends.len() + 1, route.points.len());
        for (end, index) in [(first, from), (last, to)] {
            let (corner, size) = (layout.corners[index], graph.boxes[index]);
            let off = (end.x - corner.x).abs().min((end.x - corner.x - size.width).abs());
            assert!(off < 0.1, "line {from} to {to} does not touch the side of box {index}");
            assert!(end.y > corner.y && end.y < corner.y + size.height);
        }
        for at in points(route) {
            let crossed = (0..graph.boxes.len()).find(|index| inside(at, *index));
            assert_eq!(crossed, None, "line {from} to {to} runs through a box at {at:?}");
        }
    }
    layout
}

#[test]
fn a_chain_is_one_straight_line() {
    let layout = lay_out(&graph(4, vec![(0, 1), (1, 2), (2, 3)]));
    let places: Vec<_> = layout.corners.iter().map(|at| (at.x, at.y)).collect();
    assert_eq!(places, [(0.0, 0.0), (192.0, 0.0), (384.0, 0.0), (576.0, 0.0)]);
    assert_eq!((layout.width, layout.height), (696.0, 44.0));
}

#[test]
fn what_uses_is_left_of_what_is_used_but_where_a_cycle_closes() {
    let lines = vec![(0, 1), (1, 2), (2, 3), (3, 1), (0, 3)];
    let layout = lay_out(&graph(4, lines.clone()));
    let backwards = |(from, to): &&(usize, usize)| layout.corners[*from].x > layout.corners[*to].x;
    assert_eq!(lines.iter().filter(backwards).collect::<Vec<_>>(), [&(3, 1)]);
}

#[test]
fn lines_that_need_not_cross_do_not() {
    // As written, the lines of both pairs cross.
    let lines = vec![(0, 5), (1, 4), (2, 3), (0, 4), (1, 3)];
    let layout = lay_out(&graph(6, lines.clone()));
    let y = |index: usize| layout.corners[index].y;
    for (a, b) in lines.iter().flat_map(|a| lines.iter().map(move |b| (a, b))) {
        assert!((y(a.0) - y(b.0)) * (y(a.1) - y(b.1)) >= 0.0, "{a:?} crosses {b:?}");
    }
}

#[test]
fn a_first_box_stays_left() {
    let mut graph = graph(5, vec![(0, 1), (1, 2), (2, 3), (4, 3)]);
    let is_left = |graph: &Graph| lay_out(graph).corners[4].x < lay_out(graph).corners[1].x;
    assert!(!is_left(&graph));
    graph.first[4] = true;
    assert!(is_left(&graph));
}

#[test]
fn graphs_of_bad_shapes_are_drawn() {
    let check = |count: usize, lines: Vec<(usize, usize)>| {
        let layout = lay_out(&graph(count, lines));
        assert!(layout.width.is_finite() && layout.height.is_finite());
        assert_eq!(layout.corners.len(), count);
    };
    check(0, vec![]);
    check(1, vec![(0, 0)]);
    check(1_000, vec![]);
    check(1_000, (1..1_000).map(|to| (to - 1, to)).collect());
    check(1_000, (0..1_000).map(|from| (from, (from + 1) % 1_000)).collect());
    check(1_000, (1..1_000).map(|to| (0, to)).collect());
    check(1_000, (1..1_000).map(|from| (from, 0)).collect());
    check(40, (0..1_600).map(|at| (at / 40, at % 40)).collect());
}

#[test]
fn lines_without_room_are_led_around() {
    // A chain of 250 boxes with 300 lines along all of it: 75,000 columns to pass.
    let mut lines: Vec<(usize, usize)> = (1..250).map(|to| (to - 1, to)).collect();
    lines.extend((0..300).map(|at| (at % 10, 249 - at / 30)));
    let layout = check_drawing(&graph(250, lines));
    let lowest: Vec<&Route> = layout
        .routes
        .iter()
        .filter(|route| route.points.iter().any(|at| at.y > layout.height - 5.0))
        .collect();
    assert!(!lowest.is_empty() && lowest.iter().all(|route| route.points.len() <= 6));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn boxes_lie_apart_and_no_line_runs_through_one(
        sizes in prop::collection::vec((20_u8..200, 20_u8..120), 1..24),
        ends in prop::collection::vec((0_usize..24, 0_usize..24), 0..50),
        first in 0_usize..24,
    ) {
        let count = sizes.len();
        let size = |(width, height): (u8, u8)| Size { width: width.into(), height: height.into() };
        check_drawing(&Graph {
            boxes: sizes.into_iter().map(size).collect(),
            lines: ends.into_iter().map(|(from, to)| (from % count, to % count)).collect(),
            first: (0..count).map(|index| index == first).collect(),
            rank: vec![0; count],
        });
    }
}
