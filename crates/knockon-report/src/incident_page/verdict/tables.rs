//! Who is hurt, what fired and what was changed, as tables.

use knockon_triage::{AlertGroup, ChangeRelation, CohortHit, Incident, JourneyFelt, Role};

use super::super::alerts::cell;
use super::super::element::Element;
use crate::incident_words::{clock, cohort_words, percent};
use crate::number::grouped;

/// A longer table is folded, and cut where nobody reads on.
const OPEN_MAX: usize = 15;
const ROWS_MAX: usize = 200;

/// A table that a telephone shows row by row.
fn table(label: &str, heads: &[&str], rows: &[Vec<String>]) -> Element {
    let head = heads.iter().map(|head| Element::new("th").attr("scope", "col").text(head));
    let row = |row: &Vec<String>| {
        let cells = heads.iter().zip(row).map(|(head, text)| cell(head, text));
        Element::new("tr").all(cells)
    };
    Element::of("table", "stacked")
        .attr("aria-label", label)
        .with(Element::new("thead").with(Element::new("tr").all(head)))
        .with(Element::new("tbody").all(rows.iter().take(ROWS_MAX).map(row)))
}

/// Journeys with what their users feel, and who is hit and who is not.
pub(super) fn hurt(incident: &Incident) -> Option<Element> {
    let scope = &incident.answers.scope;
    let journeys: Vec<Vec<String>> = scope.journeys.iter().map(journey).collect();
    let cohorts: Vec<Vec<String>> = scope.cohorts.iter().map(cohort).collect();
    if journeys.is_empty() && cohorts.is_empty() {
        return None;
    }
    let mut card = Element::of("div", "card");
    if !journeys.is_empty() {
        let heads = ["Journey", "Users", "An hour", "Feel", "Since", "Over", "Source"];
        card = card.with(table("Journeys", &heads, &journeys));
    }
    if !cohorts.is_empty() {
        card = card.with(table("Cohorts", &["Cohort", "Who", "Source"], &cohorts));
    }
    Some(card)
}

fn journey(felt: &JourneyFelt) -> Vec<String> {
    vec![
        felt.name.clone(),
        felt.share.map_or_else(|| "not known".to_owned(), percent),
        felt.per_hour.map(grouped).unwrap_or_default(),
        felt.feel.to_owned(),
        felt.since.map(clock).unwrap_or_default(),
        felt.over_since.map_or_else(|| "no".to_owned(), clock),
        felt.told_by.to_owned(),
    ]
}

fn cohort(hit: &CohortHit) -> Vec<String> {
    vec![hit.cohort.clone(), cohort_words(hit), hit.told_by.to_owned()]
}

/// What fired, sorted by what it has to do with the cause.
pub(super) fn alerts(incident: &Incident) -> Option<Element> {
    let fired = &incident.answers.fired;
    let all: Vec<&AlertGroup> = fired.matters.iter().chain(&fired.folded).collect();
    let group = |(role, name, class): (Role, &str, &str)| {
        let groups: Vec<&AlertGroup> = all.iter().copied().filter(|it| it.role == role).collect();
        (!groups.is_empty()).then(|| part(name, class, &groups))
    };
    let parts = [
        (Role::Cause, "Cause", "is-cause"),
        (Role::Symptom, "Symptoms", "is-symptom"),
        (Role::Unexplained, "Not explained by it", "is-unrelated"),
        (Role::Background, "Fired before it", "is-unrelated"),
    ];
    let parts: Vec<Element> = parts.into_iter().filter_map(group).collect();
    (!parts.is_empty()).then(|| Element::of("div", "alerts card").all(parts))
}

fn part(name: &str, class: &str, groups: &[&AlertGroup]) -> Element {
    let count: usize = groups.iter().map(|group| group.count).sum();
    let summary = Element::new("summary")
        .with(Element::new("b").text(name))
        .text(" ")
        .with(Element::of("span", "count").text(&grouped(count as f64)));
    let heads = ["Fired", "Alert", "Service", "How many", "Severity", "Over", "Why"];
    let rows: Vec<Vec<String>> = groups.iter().map(|group| alert(group)).collect();
    let details = Element::of("details", class);
    let is_open = groups.len() <= OPEN_MAX;
    let details = if is_open { details.attr("open", "open") } else { details };
    details.with(summary).with(table(&format!("Alerts: {name}"), &heads, &rows))
}

fn alert(group: &AlertGroup) -> Vec<String> {
    let mut why: Vec<String> = group.path.first().map(|hop| hop.from.clone()).into_iter().collect();
    why.extend(group.path.iter().map(|hop| format!("{} ({})", hop.to, hop.dependency)));
    vec![
        clock(group.since),
        group.name.clone(),
        group.service.clone(),
        grouped(group.count as f64),
        group.severity.clone().unwrap_or_default(),
        if group.firing == 0 { "yes" } else { "no" }.to_owned(),
        why.join(" → "),
    ]
}

/// What was changed, the likeliest culprit first.
pub(super) fn changes(incident: &Incident) -> Option<Element> {
    let rows: Vec<Vec<String>> = (incident.changes.iter())
        .map(|change| {
            let part = match change.relation {
                ChangeRelation::OnCause => "on the cause",
                ChangeRelation::Upstream => "next to the cause",
                ChangeRelation::Elsewhere => "elsewhere",
                ChangeRelation::After => "after it began",
            };
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            vec![
                clock(change.time),
                change.kind.clone(),
                change.service.clone(),
                text(&change.version),
                text(&change.summary),
                text(&change.by),
                part.to_owned(),
            ]
        })
        .collect();
    let heads = ["Time", "Kind", "Service", "Version", "What", "By", "Where"];
    let table = || Element::of("div", "card").with(table("Changes", &heads, &rows));
    (!rows.is_empty()).then(table)
}
