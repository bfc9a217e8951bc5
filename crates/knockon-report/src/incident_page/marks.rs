//! Signs for what happened, in words, on the track of the slider, and below it.

use std::collections::BTreeSet;

use super::element::Element;
use super::input::{Mark, MarkKind};
use super::span::{Span, clock};

/// How many marks are told in words below the track.
const TOLD_MAX: usize = 12;

/// The sign of a kind, hidden from those to whom the page is read: the word is beside it.
pub(super) fn sign(kind: MarkKind) -> Element {
    let sign = match kind {
        MarkKind::Fault => "▼",
        MarkKind::Change => "◆",
        MarkKind::Alert => "●",
        MarkKind::Harm => "▬",
        MarkKind::Fix => "✚",
    };
    Element::of("span", &format!("kind-sign {}", class(kind))).attr("aria-hidden", true).text(sign)
}

/// The class of a kind in the style sheet.
pub(super) fn class(kind: MarkKind) -> String {
    format!("is-{}", kind.as_str())
}

/// A moment. A script can make a button of it that goes there.
pub(super) fn moment(at_s: f64) -> Element {
    let moment = Element::of("span", "at").text(&clock(at_s));
    if at_s.is_finite() { moment.attr("data-at", at_s) } else { moment }
}

/// Signs and bands over the track: what people and faults did above, what it led to below. Signs that
/// would lie on each other are shown once.
pub(super) fn over_track(marks: &[Mark], span: Span) -> Element {
    let mut places = BTreeSet::new();
    let mut track = Element::of("div", "marks").attr("aria-hidden", true);
    for mark in marks.iter().filter(|mark| span.has(mark.at_s)) {
        let left = span.percent(mark.at_s);
        if let Some(until_s) = mark.until_s.filter(|until_s| *until_s > mark.at_s) {
            let width = span.share(until_s) - span.share(mark.at_s);
            let style = format!("left:{left};width:{:.1}%", width * 100.0);
            let band = Element::of("span", &format!("band {}", class(mark.kind)));
            track = track.with(band.attr("style", style).attr("title", words(mark)));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 200")]
        let place = (span.share(mark.at_s) * 200.0) as u8;
        if places.insert((mark.kind, place)) && mark.kind != MarkKind::Harm {
            let sign = sign(mark.kind).attr("style", format!("left:{left}"));
            track = track.with(sign.attr("title", words(mark)));
        }
    }
    track
}

fn words(mark: &Mark) -> String {
    format!("{} {}: {}", times(mark), mark.kind.as_str(), mark.label)
}

fn times(mark: &Mark) -> String {
    match mark.until_s {
        Some(until_s) => format!("{}–{}", clock(mark.at_s), clock(until_s)),
        None => clock(mark.at_s),
    }
}

/// The marks in words, alerts only as a number: each has a row of its own further down.
pub(super) fn in_words(marks: &[Mark]) -> Element {
    let (alerts, others): (Vec<&Mark>, Vec<&Mark>) =
        marks.iter().partition(|mark| mark.kind == MarkKind::Alert);
    let told = others.len().min(TOLD_MAX);
    let mut list = Element::of("ul", "told");
    for mark in &others[..told] {
        let until = mark.until_s.map(|until_s| format!("–{}", clock(until_s))).unwrap_or_default();
        list = list.with(
            Element::new("li")
                .with(sign(mark.kind))
                .with(moment(mark.at_s))
                .text(&format!("{until} "))
                .with(Element::of("span", "hidden").text(&format!("{}: ", mark.kind.as_str())))
                .text(&mark.label),
        );
    }
    if others.len() > told {
        let rest = format!("and {} more", others.len() - told);
        list = list.with(Element::new("li").text(&rest));
    }
    if !alerts.is_empty() {
        let plural = if alerts.len() == 1 { "" } else { "s" };
        let words = format!(" {} alert{plural}", alerts.len());
        list = list.with(Element::new("li").with(sign(MarkKind::Alert)).text(&words));
    }
    list
}
