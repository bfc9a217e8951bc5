//! The style sheet of the drawing, and its arrow heads.

use std::fmt::Write as _;

use super::lines::{family_class, path_class};
use super::palette;
use crate::map::picture::{Family, Path};
use crate::words::FONTS;

/// Every colour that is not a team's, on a light sheet and on a dark one.
struct Theme {
    sheet: &'static str,
    ink: &'static str,
    muted: &'static str,
    fill: &'static str,
    line: &'static str,
    strong: &'static str,
    tour: &'static str,
}

const LIGHT: Theme = Theme {
    sheet: "#ffffff",
    ink: "#1b2330",
    muted: "#566072",
    fill: "#f7f8fa",
    line: "#8b94a3",
    strong: "#39424f",
    tour: palette::TOUR,
};

const DARK: Theme = Theme {
    sheet: "#12161d",
    ink: "#eef1f5",
    muted: "#a8b2c1",
    fill: "#1d232d",
    line: "#717c8c",
    strong: "#c9d1dc",
    tour: "#ff6db0",
};

/// The style sheet. Its rules begin with the class of the drawing, so that they reach nothing else
/// on a page that includes it.
pub(super) fn sheet() -> String {
    let mut css = format!(
        "\
.knockon-map text {{ font-family: {FONTS}; font-size: 12px; }}
.knockon-map .title {{ font-size: 20px; font-weight: 700; }}
.knockon-map .name {{ font-size: 13px; font-weight: 600; text-anchor: middle; }}
.knockon-map .facts {{ font-size: 10.5px; text-anchor: middle; }}
.knockon-map .heading {{ font-weight: 600; }}
.knockon-map .step {{ font-size: 11px; font-weight: 700; text-anchor: middle; fill: #fff; }}
.knockon-map .edge {{ fill: none; stroke-width: 1.5; }}
.knockon-map .tier1 .edge {{ stroke-width: 2.6; }}
.knockon-map .tier4 .edge {{ stroke-width: 1; }}
.knockon-map .external .edge {{ stroke-dasharray: 5 3; }}
.knockon-map .touch {{ fill: none; stroke: transparent; stroke-width: 10; }}
.knockon-map .way {{ fill: none; stroke-width: 1.6; }}
.knockon-map .data .way {{ stroke-width: 2; stroke-dasharray: 0.1 4; stroke-linecap: round; }}
.knockon-map .message .way {{ stroke-dasharray: 7 4; }}
.knockon-map .ground .way {{ stroke-width: 1; stroke-dasharray: 2 2; }}
.knockon-map .degrades {{ opacity: 0.75; }}
.knockon-map .optional {{ opacity: 0.45; }}
.knockon-map .tour .way {{ stroke-width: 3; }}
.knockon-map .tour.data .way {{ stroke-width: 3.4; stroke-dasharray: 0.1 5.5; }}
.knockon-map .tour.message .way {{ stroke-dasharray: 10 5; }}
.knockon-map .tour {{ opacity: 1; }}
.knockon-map .line.aside {{ opacity: 0.5; }}
.knockon-map .aside .edge, .knockon-map .aside .band {{ opacity: 0.45; }}
.knockon-map .aside text {{ opacity: 0.6; }}
.knockon-map .line:hover .way {{ stroke-width: 4; }}
"
    );
    css += &colours(&LIGHT, "");
    css += "@media (prefers-color-scheme: dark) {\n";
    css += &colours(&DARK, "  ");
    css + "}\n"
}

fn colours(theme: &Theme, indent: &str) -> String {
    let Theme { sheet, ink, muted, fill, line, strong, tour } = theme;
    let rules = [
        (".sheet", format!("fill: {sheet}")),
        ("text", format!("fill: {ink}")),
        (".facts", format!("fill: {muted}")),
        (".quiet", format!("fill: {muted}")),
        (".step", "fill: #fff".to_owned()),
        (".shape", format!("fill: {fill}")),
        (".sample", format!("stroke: {muted}; fill: none; stroke-width: 1.5")),
        (".way", format!("stroke: {line}")),
        (".head-off", format!("fill: {line}; stroke: {line}")),
        (".head-aside", format!("fill: {line}; stroke: {line}")),
        (".some .way", format!("stroke: {strong}")),
        (".head-some", format!("fill: {strong}; stroke: {strong}")),
        (".tour .way", format!("stroke: {tour}")),
        (".head-tour", format!("fill: {tour}; stroke: {tour}")),
        (".badge, .knockon-map .flag", format!("fill: {}; stroke: {sheet}", palette::TOUR)),
        (".flagged", "fill: #fff".to_owned()),
        (".stages", format!("fill: {tour}")),
    ];
    let mut css = String::new();
    for (selector, rule) in rules {
        let _ = writeln!(css, "{indent}.knockon-map {selector} {{ {rule}; }}");
    }
    css
}

/// Arrow heads: full for a call, round for data, open for messages. A head has the colour of its
/// line, which not every viewer can take from the line, so there is one for each of both.
pub(super) fn heads(used: impl Fn(Family, Path) -> bool) -> String {
    let mut text = String::new();
    for (family, shape, reach) in [
        (
            Family::Call,
            "<path d=\"M1 1 L9 5 L1 9 Z\" stroke-width=\"1\" stroke-linejoin=\"round\"/>",
            9,
        ),
        (Family::Data, "<circle cx=\"6\" cy=\"5\" r=\"3.4\" stroke=\"none\"/>", 9),
        (
            Family::Message,
            "<path d=\"M1.5 1 L9 5 L1.5 9\" style=\"fill:none\" stroke-width=\"1.8\"/>",
            9,
        ),
    ] {
        for path in [Path::Aside, Path::Off, Path::Some, Path::Tour] {
            if used(family, path) {
                let size = if path == Path::Tour { 13 } else { 9 };
                let _ = writeln!(
                    text,
                    "<marker id=\"knockon-{}-{}\" class=\"head-{}\" viewBox=\"0 0 10 10\" \
                     refX=\"{reach}\" refY=\"5\" markerWidth=\"{size}\" markerHeight=\"{size}\" \
                     markerUnits=\"userSpaceOnUse\" orient=\"auto\">{shape}</marker>",
                    family_class(family),
                    path_class(path),
                    path_class(path),
                );
            }
        }
    }
    text
}
