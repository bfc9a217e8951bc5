//! What fired, sorted by what it has to do with the incident.

use super::element::Element;
use super::input::{AlertPart, AlertRow};
use super::marks::moment;
use super::span::clock;

/// A longer table of what is not the cause is folded.
const OPEN_MAX: usize = 15;

const COLUMNS: [&str; 7] = ["Fired", "Alert", "Service", "Team", "Severity", "Over", "Why"];

pub(super) fn alerts(alerts: &[AlertRow]) -> Element {
    let groups = [
        (AlertPart::Cause, "Cause", "about what is to blame"),
        (AlertPart::Symptom, "Symptoms", "about what suffers from it"),
        (AlertPart::Unrelated, "Unrelated", "about something else"),
    ];
    let group = |(part, name, about)| {
        let mut rows: Vec<&AlertRow> = alerts.iter().filter(|it| it.part == part).collect();
        rows.sort_by(|a, b| a.fired_s.total_cmp(&b.fired_s).then_with(|| a.name.cmp(&b.name)));
        (!rows.is_empty()).then(|| table(part, name, about, &rows))
    };
    Element::of("div", "alerts card").all(groups.into_iter().filter_map(group))
}

fn table(part: AlertPart, name: &str, about: &str, rows: &[&AlertRow]) -> Element {
    let summary = Element::new("summary")
        .with(Element::new("b").text(name))
        .text(" ")
        .with(Element::of("span", "count").text(&rows.len().to_string()))
        .with(Element::of("span", "note").text(&format!(" {about}")));
    let heads = COLUMNS.iter().map(|head| Element::new("th").attr("scope", "col").text(head));
    let table = Element::of("table", "stacked")
        .attr("aria-label", format!("Alerts: {name}"))
        .with(Element::new("thead").with(Element::new("tr").all(heads)))
        .with(Element::new("tbody").all(rows.iter().map(|it| row(it))));
    let class = match part {
        AlertPart::Cause => "is-cause",
        AlertPart::Symptom => "is-symptom",
        AlertPart::Unrelated => "is-unrelated",
    };
    let details = Element::of("details", class);
    let details = if part == AlertPart::Cause || rows.len() <= OPEN_MAX {
        details.attr("open", "open")
    } else {
        details
    };
    details.with(summary).with(table)
}

fn row(alert: &AlertRow) -> Element {
    let over = alert.resolved_s.map_or_else(|| "still firing".to_owned(), clock);
    let texts = [&alert.name, &alert.service, &alert.team, &alert.severity, &over, &alert.why];
    let cells = COLUMNS[1..].iter().zip(texts).map(|(column, text)| cell(column, text));
    Element::new("tr").with(cell(COLUMNS[0], "").with(moment(alert.fired_s))).all(cells)
}

/// A cell that says of which column it is where columns do not fit.
pub(super) fn cell(column: &str, text: &str) -> Element {
    let class = column.to_lowercase();
    Element::of("td", &class).attr("data-label", column).text(text)
}
