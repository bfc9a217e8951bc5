//! One page about one incident that was played: what it was, what to do first, how it spread, what
//! could be seen, and what would have helped, in the order in which somebody on call needs it.
//!
//! The page is a single file that fetches nothing, and its policy forbids browsers to try. It is HTML
//! and well-formed XML at once. It can be read without scripts, when it shows the worst moment, on paper,
//! on a telephone, on light and on dark, and no meaning is in a colour alone. The script only moves
//! through time: everything it shows at a moment is worked out here. The same input gives the same
//! bytes.

mod alerts;
mod chart;
mod control;
mod element;
mod head;
mod input;
mod map;
mod marks;
mod over_time;
mod proof;
mod script;
mod span;
mod spread;
mod story;
mod verdict;

pub use self::verdict::verdict_html;

pub use self::input::{
    AlertPart, AlertRow, Chart, Check, Fact, IncidentPage, Interval, Line, MapOverTime, Mark,
    MarkKind, Moment, Proof, ProofRow, Unit,
};

use self::chart::Readings;
use self::element::Element;
use self::span::Span;

/// Nothing may be fetched, whatever is on the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      img-src data:; base-uri 'none'; form-action 'none'";

/// The page of an incident, as one HTML document.
pub fn incident_html(page: &IncidentPage<'_>) -> String {
    let span = Span::new(page);
    let at_s = over_time::opening_moment(page, span);
    let (parts, readings) = parts(page, span, at_s);
    let contents: Vec<(&str, &str)> = parts.iter().map(|part| (part.id, part.name)).collect();

    let mut main =
        Element::new("main").attr("id", "main").with(head::header(page, span, &contents));
    if !page.facts.is_empty() {
        main = main.with(head::facts(&page.facts));
    }
    main = main.all(parts.into_iter().map(Part::element));
    if !page.footer.is_empty() {
        main = main.with(Element::new("footer").text(&page.footer));
    }
    let body = Element::new("body").with(main).all(script::script(page, &readings, span, at_s));
    let title = match page.title.as_str() {
        "" => page.system.name().to_owned(),
        title => format!("{title} · {}", page.system.name()),
    };
    document(&title, body)
}

/// A body as a document of its own.
fn document(title: &str, body: Element) -> String {
    let html = Element::new("html").attr("lang", "en").with(document_head(title)).with(body);
    format!("<!DOCTYPE html>{}\n", html.finish())
}

fn document_head(title: &str) -> Element {
    let meta = |name: &str, content: &str| {
        Element::new("meta").attr("name", name).attr("content", content)
    };
    Element::new("head")
        .with(Element::new("meta").attr("charset", "utf-8"))
        .with(
            Element::new("meta")
                .attr("http-equiv", "Content-Security-Policy")
                .attr("content", POLICY),
        )
        .with(meta("viewport", "width=device-width, initial-scale=1"))
        .with(meta("color-scheme", "light dark"))
        .with(meta("generator", concat!("knockon ", env!("CARGO_PKG_VERSION"))))
        .with(Element::new("link").attr("rel", "icon").attr("href", "data:,"))
        .with(Element::new("title").text(title))
        .with(Element::new("style").markup(script::STYLE))
}

/// A part of the page with a heading that can be linked to.
struct Part {
    id: &'static str,
    name: &'static str,
    /// What stands beside the heading.
    aside: String,
    content: Vec<Element>,
}

impl Part {
    fn new(id: &'static str, name: &'static str, content: Vec<Element>) -> Self {
        Self { id, name, aside: String::new(), content }
    }

    fn beside(self, aside: String) -> Self {
        Self { aside, ..self }
    }

    fn element(self) -> Element {
        let mut heading = Element::new("h2").text(self.name);
        if !self.aside.is_empty() {
            heading = heading.with(Element::of("span", "aside").text(&format!(" {}", self.aside)));
        }
        Element::of("section", "part").attr("id", self.id).with(heading).all(self.content)
    }
}

/// The parts that have something to show, and what the script is to know of the charts.
fn parts(page: &IncidentPage<'_>, span: Span, at_s: f64) -> (Vec<Part>, Vec<Vec<Readings>>) {
    let (played, readings) = played(page, span, at_s);
    let mut parts = Vec::new();
    if !played.is_empty() {
        parts.push(Part::new("over-time", "Over time", played));
    }
    if !page.timeline.is_empty() {
        parts.push(Part::new("timeline", "Timeline", vec![story::timeline(&page.timeline)]));
    }
    if !page.alerts.is_empty() {
        let part = Part::new("alerts", "Alerts", vec![alerts::alerts(&page.alerts)]);
        parts.push(part.beside(format!("{} fired", page.alerts.len())));
    }
    if !page.expectations.is_empty() {
        let content = vec![story::expectations(&page.expectations)];
        let part = Part::new("expectations", "Expectations", content);
        parts.push(part.beside(story::held(&page.expectations)));
    }
    if let Some(proof) = page.proof.as_ref().filter(|proof| !proof.rows.is_empty()) {
        let part = Part::new("proof", "Proof", vec![proof::proof(proof)]);
        parts.push(part.beside("the same run with one thing changed".to_owned()));
    }
    if !page.evidence.is_empty() {
        parts.push(Part::new("evidence", "Evidence", vec![story::evidence(&page.evidence)]));
    }
    (parts, readings)
}

/// Everything that the slider moves: the map, the spread and the charts.
fn played(page: &IncidentPage<'_>, span: Span, at_s: f64) -> (Vec<Element>, Vec<Vec<Readings>>) {
    let mut content = Vec::new();
    let has_states = !page.map.times_s.is_empty();
    if has_states || !page.charts.is_empty() || !page.marks.is_empty() {
        content.push(control::control(&page.marks, span, at_s));
        content.push(control::without_scripts(at_s));
    }
    if !page.marks.is_empty() {
        content.push(marks::in_words(&page.marks));
    }
    if !page.system.services().is_empty() {
        let mut card = Element::of("div", "card").with(map::map(page, at_s));
        if has_states {
            card = card.with(map::status(page, at_s));
        }
        content.push(card);
    }
    if has_states {
        content.push(Element::new("h3").text("How it spread"));
        content.push(spread::spread(page, span, at_s));
    }
    let (charts, readings) = chart::charts(&page.charts, &page.marks, span, at_s);
    if !page.charts.is_empty() {
        content.push(Element::new("h3").text("Signals"));
        content.push(charts);
    }
    (content, readings)
}
