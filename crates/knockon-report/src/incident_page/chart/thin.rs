//! Fewer points for the same picture.

use super::scale::is_drawn;
use crate::incident_page::span::Span;

/// A line with more points than this is thinned.
const POINTS_MAX: usize = 320;
/// So many columns, each with its lowest and its highest value.
const COLUMNS: usize = POINTS_MAX / 2;

/// The pieces of a line that lie within the span: a value that is no number ends a piece. Of many
/// points only the lowest and the highest of every column stay, so that no peak is lost.
pub(super) fn pieces(points: &[(f64, f64)], span: Span) -> Vec<Vec<(f64, f64)>> {
    let mut pieces = vec![Vec::new()];
    for point in points.iter().filter(|(at_s, _)| span.has(*at_s)) {
        if !is_drawn(point.1) {
            pieces.push(Vec::new());
        } else if let Some(piece) = pieces.last_mut() {
            piece.push(*point);
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    let count: usize = pieces.iter().map(Vec::len).sum();
    if count > POINTS_MAX {
        pieces = pieces.iter().map(|piece| thinned(piece, span)).collect();
    }
    pieces
}

fn thinned(piece: &[(f64, f64)], span: Span) -> Vec<(f64, f64)> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to COLUMNS")]
    let column = |point: &(f64, f64)| (span.share(point.0) * COLUMNS as f64) as usize;
    let mut kept = Vec::new();
    for column in piece.chunk_by(|a, b| column(a) == column(b)) {
        let by_value = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let low = column.iter().min_by(by_value);
        let high = column.iter().max_by(by_value);
        let mut both: Vec<(f64, f64)> = low.into_iter().chain(high).copied().collect();
        both.sort_by(|a, b| a.0.total_cmp(&b.0));
        both.dedup();
        kept.extend(both);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: Span = Span { lasts_s: 1000.0 };

    #[test]
    fn a_value_that_is_no_number_makes_a_gap() {
        let points = [(-1.0, 5.0), (0.0, 1.0), (1.0, 2.0), (2.0, f64::NAN), (3.0, 4.0), (2e3, 9.0)];
        assert_eq!(pieces(&points, SPAN), [vec![(0.0, 1.0), (1.0, 2.0)], vec![(3.0, 4.0)]]);
    }

    #[test]
    fn no_peak_is_lost() {
        let mut points: Vec<(f64, f64)> =
            (0..10_000).map(|index| (f64::from(index) / 10.0, f64::from(index % 7))).collect();
        points[4321].1 = 100.0;
        points[8765].1 = -100.0;
        let kept = pieces(&points, SPAN).concat();
        assert!(kept.len() <= POINTS_MAX, "{}", kept.len());
        assert!(kept.contains(&points[4321]) && kept.contains(&points[8765]));
        assert!(kept.is_sorted_by(|a, b| a.0 < b.0));
    }
}
