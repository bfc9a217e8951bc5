//! The story of a run on one screen, in the order in which somebody on call needs it.

use knockon_core::AlertSeverity;
use knockon_report::Page;
use knockon_report::paint::{BAD, CARE, GOOD, HEADLINE, QUIET, paint};
use knockon_scenario::story::{Kind, Moment, Part, Story};

use super::Ran;
use super::answers::{
    Group, MEMBERS_MAX, cause, changes, clock, felt, first, groups, head_words, money, owner,
    scope, since, triage, united,
};

/// So many entries of the timeline fit on a screen.
const MOMENTS_MAX: usize = 16;

/// The story as text with ANSI styles.
pub(super) fn text(ran: &Ran) -> String {
    let mut page = Page::default();
    let story = &ran.story;
    head(&mut page, ran);
    page.field("cause", cause(story));
    page.field("since", since(story));
    page.field("felt", felt(story));
    page.field("scope", scope(story));
    page.field("change", changes(&story.changes));
    page.field("owner", [owner(story)]);
    page.field("do first", first(story));
    page.field("money", story.money.as_ref().map(money));
    timeline(&mut page, story);
    page.section("Alerts", groups(&story.alerts).iter().map(alert).collect());
    page.gap();
    page.line(&format!("{} {}", paint(HEADLINE, "Triage, from telemetry alone:"), triage(story)));
    expected(&mut page, ran);
    page.finish()
}

fn head(page: &mut Page, ran: &Ran) {
    let (scenario, story) = (&ran.ready.loaded.scenario, &ran.story);
    page.line(&format!("{} ({})", paint(HEADLINE, &scenario.title), head_words(ran)));
    if let Some(summary) = &scenario.summary {
        page.line(summary);
    }
    page.gap();
    page.line(&match &story.priority {
        Some(urgency) => format!(
            "{} {}. {}.",
            paint(BAD, urgency.priority),
            paint(HEADLINE, &urgency.means),
            urgency.action
        ),
        None => paint(GOOD, "No incident: nobody was hurt and nothing fired."),
    });
}

fn timeline(page: &mut Page, story: &Story) {
    page.gap();
    page.line(&paint(HEADLINE, "What happened"));
    let moments = united(&story.moments);
    let shown = told(&moments);
    let left = moments.len() - shown.len();
    for moment in shown {
        let style = match moment.kind {
            Kind::Cause => BAD,
            Kind::Users | Kind::Alert => CARE,
            _ => QUIET,
        };
        let kind = paint(style, format!("{:<10}", moment.kind.as_str()));
        page.line(&format!("  {:>7}  {kind} {}", clock(moment.at_ms), moment.text));
    }
    if left > 0 {
        page.line(&paint(QUIET, format!("  … and {left} more (`--json` has all)")));
    }
}

/// The entries that are shown: what is resolved goes first where there are too many, then what the
/// cluster tells.
fn told(moments: &[Moment]) -> Vec<&Moment> {
    let mut shown: Vec<&Moment> = moments.iter().collect();
    for kind in [Kind::Resolved, Kind::Cluster] {
        if shown.len() > MOMENTS_MAX {
            shown.retain(|moment| moment.kind != kind);
        }
    }
    shown.truncate(MOMENTS_MAX);
    shown
}

fn alert(group: &Group<'_>) -> String {
    let (told, fired) = (group.first, &group.first.fired);
    let style = match told.part {
        Part::Cause => BAD,
        Part::Symptom => CARE,
        Part::Unrelated => QUIET,
    };
    let grave = fired.severity.map_or_else(|| "--".to_owned(), |it: AlertSeverity| it.to_string());
    let service = fired.service.as_ref().map(|it| format!(" of {it}")).unwrap_or_default();
    let times = group.times();
    let until = match group.resolved_ms {
        Some(at) => format!("to {}", clock(at)),
        None => "and still".to_owned(),
    };
    let way = group.way();
    let why = if way.is_empty() { way } else { format!(": {way}") };
    format!(
        "{} {grave} {}{service}{times}, {} {until}{why}",
        paint(style, format!("{:<9}", told.part.as_str())),
        fired.name,
        clock(fired.firing_ms)
    )
}

/// What did not hold; with several runs everything, and how often.
fn expected(page: &mut Page, ran: &Ran) {
    let runs = ran.judged.len();
    let all = ran.story.judged.len();
    let held = |at: usize| ran.judged.iter().filter(|judged| judged[at].held).count();
    page.gap();
    let title = if runs == 1 {
        let count = (0..all).filter(|at| held(*at) == 1).count();
        format!("{count} of {all} expectations held")
    } else {
        let count = ran.judged.iter().filter(|judged| judged.iter().all(|it| it.held)).count();
        format!("Expected, in {runs} runs ({count} as expected)")
    };
    page.line(&paint(HEADLINE, title));
    for (at, (expectation, _)) in ran.story.judged.iter().enumerate() {
        let held = held(at);
        if runs == 1 && held == 1 {
            continue;
        }
        let mark = if held == runs { paint(GOOD, "held") } else { paint(BAD, "not ") };
        let mut seen: Vec<&str> = Vec::new();
        for observed in ran.judged.iter().map(|judged| judged[at].observed.as_str()) {
            if !seen.contains(&observed) {
                seen.push(observed);
            }
        }
        let more = seen.len().saturating_sub(MEMBERS_MAX);
        seen.truncate(MEMBERS_MAX);
        let more = match more {
            0 => String::new(),
            1 => " and 1 other".to_owned(),
            _ => format!(" and {more} others"),
        };
        let of = if runs == 1 { String::new() } else { format!(" {held}/{runs}") };
        page.line(&format!(
            "  {mark}{of}  {}: {}{more}",
            expectation.text,
            paint(QUIET, seen.join(", "))
        ));
    }
}
