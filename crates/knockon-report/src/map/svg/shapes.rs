//! One outline for each kind of service. All fill the same rectangle, and their left and right sides
//! are straight where lines may touch them.

use knockon_core::ServiceKind;

use crate::map::layout::{Point, Size};
use crate::words::number;

/// How high the lid of a cylinder is, in half.
const LID: f64 = 6.0;
/// How far corners are cut or rounded.
const CORNER: f64 = 8.0;

/// How much room the outline of a kind takes at the top (and below, where a kind is not a cylinder).
pub(super) fn head_room(kind: ServiceKind) -> f64 {
    match kind {
        ServiceKind::Database => 2.0 * LID,
        _ => 0.0,
    }
}

/// How much room the outline of a kind takes on the right.
pub(super) fn side_room(kind: ServiceKind) -> f64 {
    match kind {
        ServiceKind::Broker => 2.0 * LID,
        ServiceKind::Cache => CORNER,
        _ => 0.0,
    }
}

/// The closed outline.
pub(super) fn outline(kind: ServiceKind, corner: Point, size: Size) -> String {
    let path = Pen { corner, size };
    let (w, h) = (size.width, size.height);
    match kind {
        ServiceKind::Database => {
            let (rx, ry) = (number(w / 2.0), number(LID));
            format!(
                "M{} A{rx} {ry} 0 0 1 {} V{} A{rx} {ry} 0 0 1 {} Z",
                path.at(0.0, LID),
                path.at(w, LID),
                number(corner.y + h - LID),
                path.at(0.0, h - LID),
            )
        }
        ServiceKind::Broker => {
            let (rx, ry) = (number(LID), number(h / 2.0));
            format!(
                "M{} H{} A{rx} {ry} 0 0 1 {} H{} A{rx} {ry} 0 0 1 {} Z",
                path.at(LID, 0.0),
                number(corner.x + w - LID),
                path.at(w - LID, h),
                number(corner.x + LID),
                path.at(LID, 0.0),
            )
        }
        ServiceKind::Platform => {
            let c = (CORNER + 2.0).min(h / 3.0);
            let corners = [
                (c, 0.0),
                (w - c, 0.0),
                (w, c),
                (w, h - c),
                (w - c, h),
                (c, h),
                (0.0, h - c),
                (0.0, c),
            ];
            let points: Vec<String> = corners.iter().map(|(x, y)| path.at(*x, *y)).collect();
            format!("M{} Z", points.join(" L"))
        }
        ServiceKind::Client => path.rounded((h * 0.22).max(12.0).min(h / 2.0)),
        ServiceKind::Cache => path.rounded(2.0),
        ServiceKind::Service | ServiceKind::External => path.rounded(CORNER.min(h / 3.0)),
    }
}

/// Lines inside the outline that belong to the shape.
pub(super) fn detail(kind: ServiceKind, corner: Point, size: Size) -> Option<String> {
    let path = Pen { corner, size };
    let (w, h) = (size.width, size.height);
    match kind {
        ServiceKind::Database => {
            let (rx, ry) = (number(w / 2.0), number(LID));
            Some(format!("M{} A{rx} {ry} 0 0 0 {}", path.at(0.0, LID), path.at(w, LID)))
        }
        ServiceKind::Broker => {
            let (rx, ry) = (number(LID), number(h / 2.0));
            Some(format!("M{} A{rx} {ry} 0 0 0 {}", path.at(w - LID, 0.0), path.at(w - LID, h)))
        }
        ServiceKind::Cache => {
            let x = w - CORNER;
            Some(format!("M{} V{}", path.at(x, 0.0), number(corner.y + h)))
        }
        _ => None,
    }
}

struct Pen {
    corner: Point,
    size: Size,
}

impl Pen {
    fn at(&self, x: f64, y: f64) -> String {
        format!("{} {}", number(self.corner.x + x), number(self.corner.y + y))
    }

    fn rounded(&self, radius: f64) -> String {
        let Size { width, height } = self.size;
        let r = number(radius);
        format!(
            "M{} H{} A{r} {r} 0 0 1 {} V{} A{r} {r} 0 0 1 {} H{} A{r} {r} 0 0 1 {} V{} \
             A{r} {r} 0 0 1 {} Z",
            self.at(radius, 0.0),
            number(self.corner.x + width - radius),
            self.at(width, radius),
            number(self.corner.y + height - radius),
            self.at(width - radius, height),
            number(self.corner.x + radius),
            self.at(0.0, height - radius),
            number(self.corner.y + radius),
            self.at(radius, 0.0),
        )
    }
}
