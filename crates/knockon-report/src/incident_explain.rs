//! The reckoning behind a verdict: what each family of evidence says of each candidate, and how the
//! score and the confidence come of it.

use std::fmt::Write as _;

use knockon_triage::{Cause, Incident};

use crate::page::{Page, printable};
use crate::paint::{HEADLINE, QUIET, paint};

/// How the score comes of the columns before it.
const SCORE: [&str; 4] = [
    "  blamed = Σ trust × share / Σ trust; score = blamed × covers × kept.",
    "  covers is ½ for a candidate that explains none of the services with alerts, 1 for one that",
    "  explains all of them; kept is what is left for one that a named cause explains, unless it was",
    "  changed itself.",
];

/// So many letters of a candidate's name.
const NAME_MAX: usize = 24;

/// The reckoning as text with ANSI styles; nothing where there is no candidate.
pub fn explain_text(incident: &Incident) -> String {
    let mut page = Page::default();
    if incident.causes.is_empty() {
        return page.finish();
    }
    page.gap();
    page.line(&paint(HEADLINE, "The reckoning"));
    page.line(
        "  Each family of evidence shares out its blame; the shares count as far as it is trusted.",
    );
    let families = families(incident);
    table(&mut page, incident, &families);
    page.gap();
    for line in SCORE {
        page.line(line);
    }
    confidence(&mut page, incident);
    for cause in incident.causes.iter().take(3) {
        for_and_against(&mut page, cause);
    }
    page.finish()
}

/// Each family that says anything, with how far it is trusted.
fn families(incident: &Incident) -> Vec<(&'static str, f64)> {
    let mut families: Vec<(&'static str, f64)> = Vec::new();
    for share in incident.causes.iter().flat_map(|cause| &cause.families) {
        if !families.iter().any(|(name, _)| *name == share.family) {
            families.push((share.family, share.weight));
        }
    }
    families.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    families
}

fn table(page: &mut Page, incident: &Incident, families: &[(&str, f64)]) {
    let row = |name: &str, cells: Vec<String>, rest: [String; 4]| {
        let cells = cells.iter().fold(String::new(), |mut text, cell| {
            let _ = write!(text, "{cell:>10}");
            text
        });
        let [blamed, covers, kept, score] = rest;
        format!("  {name:<NAME_MAX$}{cells}{blamed:>8}{covers:>8}{kept:>6}{score:>7}")
    };
    let words = |text: &str| text.to_owned();
    let names = families.iter().map(|(name, _)| words(name)).collect();
    let heads = ["blamed", "covers", "kept", "score"].map(words);
    page.line(&paint(QUIET, row("", names, heads)));
    let trust = families.iter().map(|(_, weight)| format!("{weight:.2}")).collect();
    page.line(&paint(QUIET, row("trust", trust, ["", "", "", ""].map(words))));
    let all: f64 = families.iter().map(|(_, weight)| weight).sum();
    for cause in &incident.causes {
        let share = |name: &str| {
            let said = cause.families.iter().find(|it| it.family == name);
            said.map_or_else(|| "·".to_owned(), |it| format!("{:.2}", it.share))
        };
        let cells = families.iter().map(|(name, _)| share(name)).collect();
        let said: f64 = cause.families.iter().map(|it| it.weight * it.share).sum();
        let blamed = if all > 0.0 { said / all } else { 0.0 };
        let whole = blamed * cause.covers;
        let kept = if whole > 0.0 { cause.score / whole } else { 1.0 };
        let rest = [blamed, cause.covers, kept, cause.score].map(|it| format!("{it:.2}"));
        let name: String = printable(&cause.service).chars().take(NAME_MAX - 1).collect();
        page.line(&row(&name, cells, rest));
    }
}

fn confidence(page: &mut Page, incident: &Incident) {
    let first = &incident.causes[0].service;
    let sure = incident.confidence * 100.0;
    let than = incident.causes.get(incident.named).map(|cause| cause.service.as_str());
    let against = than.map_or_else(|| "anything else".to_owned(), str::to_owned);
    page.line(&format!(
        "  confidence {sure:.0}%: the odds that it is {first} and not {against}, by how much more"
    ));
    page.line("  each family blames it, times how likely it is that any of them is right at all.");
    if incident.named > 1 {
        let others: Vec<&str> =
            incident.causes[1..incident.named].iter().map(|it| it.service.as_str()).collect();
        page.line(&format!(
            "  {} named too: alerts fired that {first} does not explain.",
            others.join(" and ")
        ));
    }
}

fn for_and_against(page: &mut Page, cause: &Cause) {
    page.gap();
    page.line(&paint(HEADLINE, format!("{}. {}", cause.rank, printable(&cause.service))));
    for said in &cause.families {
        let points = said.weight * said.share;
        if points >= 0.005 {
            page.line(&format!(
                "  + {points:.2}  {:.0}% of the trouble with {} begins there (trust {:.2})",
                said.share * 100.0,
                said.family,
                said.weight
            ));
        }
    }
    for finding in cause.findings.iter().take(5) {
        page.line(&format!("          {}", crate::incident_text::finding_text(finding)));
    }
    for doubt in &cause.against {
        page.line(&format!("  −       {}", printable(&doubt.text)));
    }
}
