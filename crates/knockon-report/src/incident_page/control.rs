//! The slider that sets the time of the whole page, with what happened above its track. Without
//! scripts it is a ruler that shows when the page was opened at.

use super::element::Element;
use super::input::Mark;
use super::marks::over_track;
use super::span::{Span, clock};
use crate::words::number;

/// How many ticks fit on a telephone.
const TICKS_MAX: f64 = 6.0;

pub(super) fn control(marks: &[Mark], span: Span, at_s: f64) -> Element {
    let play = Element::new("button")
        .attr("type", "button")
        .attr("id", "play")
        .attr("class", "play")
        .attr("hidden", "hidden")
        .text("▶ Play");
    let now = Element::of("span", "now")
        .with(Element::new("b").attr("id", "now").text(&clock(at_s)))
        .text(&format!(" of {}", clock(span.lasts_s)));
    let slider = Element::new("input")
        .attr("type", "range")
        .attr("id", "time")
        .attr("hidden", "hidden")
        .attr("aria-label", "Time since the start of the run")
        .attr("aria-valuetext", clock(at_s))
        .attr("min", 0)
        .attr("max", span.lasts_s)
        .attr("step", span.step_s())
        .attr("value", at_s)
        .attr("autocomplete", "off");
    let track = Element::of("div", "track")
        .with(over_track(marks, span))
        .with(Element::of("div", "rail"))
        .with(slider)
        .with(cursor(span, at_s))
        .with(axis(span));
    Element::of("div", "control by-time")
        .attr("role", "group")
        .attr("aria-label", "Time")
        .with(Element::of("div", "player").with(play).with(now))
        .with(track)
}

/// What the page shows where no slider can be moved.
pub(super) fn without_scripts(at_s: f64) -> Element {
    let words = format!(
        "This is the run at {}. Where scripts are allowed, a slider moves through it.",
        clock(at_s)
    );
    Element::new("noscript").with(Element::of("p", "quiet").text(&words))
}

/// The line at the time that the page shows. The script moves every one of them.
pub(super) fn cursor(span: Span, at_s: f64) -> Element {
    let left = number(span.share(at_s) * 100.0);
    Element::of("div", "cursor").attr("style", format!("left:{left}%")).attr("aria-hidden", true)
}

/// The moments under a track.
pub(super) fn axis(span: Span) -> Element {
    let tick = |at_s: f64| {
        let style = format!("left:{}", span.percent(at_s));
        Element::new("span").attr("style", style).text(&clock(at_s))
    };
    Element::of("div", "axis")
        .attr("aria-hidden", true)
        .all(span.ticks(TICKS_MAX).into_iter().map(tick))
}
