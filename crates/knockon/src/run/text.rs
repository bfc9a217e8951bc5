//! The story of a run on one screen, in the order in which somebody on call needs it.

use std::fmt::Write as _;
use std::time::Duration;

use anstream::adapter::strip_str;
use knockon_core::AlertSeverity;
use knockon_format::quantities::{show_duration, show_moment};
use knockon_report::paint::{BAD, CARE, GOOD, HEADLINE, QUIET, paint};
use knockon_report::{Page, grouped, significant};
use knockon_scenario::story::{Changed, Felt, Hit, Kind, Lost, Moment, Part, Story, Told};
use knockon_triage::Certainty;

use super::Ran;

/// So many entries of the timeline fit on a screen.
const MOMENTS_MAX: usize = 16;

/// So many members of a cohort are named.
const MEMBERS_MAX: usize = 4;

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
    page.section("Alerts", story.alerts.iter().map(alert).collect());
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

/// Of which system the run was, how long it lasted, and its seed.
pub(super) fn head_words(ran: &Ran) -> String {
    let scenario = &ran.ready.loaded.scenario;
    let pack = ran.ready.loaded.system.name();
    let variant = scenario.variant.as_ref().map(|it| format!(", {it}")).unwrap_or_default();
    let lasts = show_duration(scenario.lasts);
    format!("{pack}{variant}; {lasts} of virtual time, seed {}", ran.story.seed)
}

/// Words without their styles, for what is no terminal.
pub(super) fn unstyled(words: &str) -> String {
    strip_str(words).to_string()
}

pub(super) fn cause(story: &Story) -> Vec<String> {
    let names = match story.causes.as_slice() {
        [] => "nobody is to blame".to_owned(),
        causes => paint(BAD, causes.join(" and ")),
    };
    let wrong = if story.wrong.is_empty() {
        String::new()
    } else {
        format!(": {}", story.wrong.join("; "))
    };
    vec![format!("{names}{wrong}")]
}

pub(super) fn since(story: &Story) -> Option<String> {
    let begins = story.begins_ms?;
    let bad = story.users.iter().filter_map(|felt| felt.bad);
    let first = bad.clone().map(|(from, _)| from).min();
    let mut text = clock(begins);
    match first {
        Some(first) => {
            let _ = write!(text, ", users hurt first at {}", clock(first));
            let is_over = bad.clone().all(|(_, until)| until.is_some());
            let until = bad.filter_map(|(_, until)| until).max().filter(|_| is_over);
            match until {
                Some(until) => {
                    let _ = write!(text, ", all well again at {}", clock(until));
                }
                None => text.push_str(", still ongoing at the end"),
            }
        }
        None => text.push_str(", and no user was hurt"),
    }
    Some(text)
}

pub(super) fn felt(story: &Story) -> Vec<String> {
    let hurt = story.users.iter().filter(|felt| felt.bad.is_some());
    let lines: Vec<String> = hurt.map(sentence).collect();
    if lines.is_empty() { vec!["nothing".to_owned()] } else { lines }
}

/// What users of a journey felt, in one sentence.
pub(crate) fn sentence(felt: &Felt) -> String {
    let ends = &felt.ends;
    let counts = [
        (ends.failed, "failed"),
        (ends.slow, "waited too long"),
        (ends.lost, "lost without a word"),
        (ends.stuck, "stuck"),
        (ends.late, "late"),
        (ends.doubled, "done twice"),
        (ends.charged_unfulfilled, "charged for nothing"),
    ];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> =
        counts.map(|(count, word)| format!("{} {word}", grouped(count as f64))).collect();
    let counts = if counts.is_empty() { "nobody failed".to_owned() } else { counts.join(", ") };
    let hurts = felt.hurts.as_ref().map(|hurts| format!(" ({hurts})")).unwrap_or_default();
    format!(
        "{}: {} of users hurt; {counts} of {}{hurts}",
        felt.journey,
        percent(felt.share),
        grouped(ends.started as f64)
    )
}

pub(super) fn scope(story: &Story) -> Vec<String> {
    let hurt = story.users.iter().filter(|felt| felt.bad.is_some()).count();
    if hurt == 0 {
        return Vec::new();
    }
    let mut lines: Vec<String> = story.hit.iter().map(hit).collect();
    if lines.is_empty() {
        lines.push(format!("{hurt} of {} journeys, everybody alike", story.users.len()));
    }
    lines
}

fn hit(hit: &Hit) -> String {
    let shown = hit.members.iter().take(MEMBERS_MAX);
    let mut members: Vec<String> =
        shown.map(|(name, share)| format!("{name} {}", percent(*share))).collect();
    if hit.members.len() > MEMBERS_MAX {
        members.push(format!("{} more", hit.members.len() - MEMBERS_MAX));
    }
    let how = match hit.members.len() {
        1 => "one",
        all if all == hit.of => "every",
        _ => "some",
    };
    format!("{}: {how} {} of {}: {}", hit.journey, hit.cohort, hit.of, members.join(", "))
}

pub(super) fn changes(changes: &[Changed]) -> Vec<String> {
    if changes.is_empty() {
        return vec!["none".to_owned()];
    }
    let shown = changes.iter().take(3).map(|change| {
        let part =
            if change.is_culprit { paint(BAD, "the culprit") } else { paint(QUIET, "not it") };
        format!(
            "{} {} of {}: {} ({part})",
            clock(change.at_ms),
            change.kind,
            change.service,
            change.text
        )
    });
    shown.collect()
}

pub(super) fn owner(story: &Story) -> String {
    match &story.owner {
        Some(owner) => {
            let parts = [Some(&owner.team), owner.contact.as_ref(), owner.escalation.as_ref()];
            parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(", ")
        }
        None if story.causes.is_empty() => "nobody need be woken".to_owned(),
        None => paint(CARE, "nobody: give the cause a `team` in the model"),
    }
}

pub(super) fn first(story: &Story) -> Vec<String> {
    let steps = story.first.iter().take(4).enumerate();
    let steps = steps.map(|(at, step)| format!("{}. {}", at + 1, step.trim()));
    let steps: Vec<String> =
        steps.flat_map(|step| step.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    if steps.is_empty() && !story.causes.is_empty() {
        return vec![paint(CARE, "no runbook: give the cause one in the model")];
    }
    steps
}

pub(super) fn money(lost: &Lost) -> String {
    let stake = if lost.at_stake > 0.0 {
        format!(
            "; {} {} more if nobody finishes what is stuck",
            grouped(lost.at_stake),
            lost.currency
        )
    } else {
        String::new()
    };
    let per_hour = if lost.per_hour > 0.0 {
        format!(", {} an hour", grouped(lost.per_hour))
    } else {
        String::new()
    };
    format!("{} {} lost{per_hour}{stake}", grouped(lost.amount), lost.currency)
}

fn timeline(page: &mut Page, story: &Story) {
    page.gap();
    page.line(&paint(HEADLINE, "What happened"));
    let shown = told(&story.moments);
    let left = story.moments.len() - shown.len();
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

fn alert(told: &Told) -> String {
    let fired = &told.fired;
    let style = match told.part {
        Part::Cause => BAD,
        Part::Symptom => CARE,
        Part::Unrelated => QUIET,
    };
    let grave = fired.severity.map_or_else(|| "--".to_owned(), |it: AlertSeverity| it.to_string());
    let service = fired.service.as_ref().map(|it| format!(" of {it}")).unwrap_or_default();
    let until = match fired.resolved_ms {
        Some(at) => format!("to {}", clock(at)),
        None => "and still".to_owned(),
    };
    let why =
        if told.why.len() > 1 { format!(": {}", told.why.join(" → ")) } else { String::new() };
    format!(
        "{} {grave} {}{service}, {} {until}{why}",
        paint(style, format!("{:<9}", told.part.as_str())),
        fired.name,
        clock(fired.firing_ms)
    )
}

pub(super) fn triage(story: &Story) -> String {
    let incident = &story.incident;
    let says = match (incident.certainty, incident.causes.as_slice()) {
        (Certainty::Clear, [first, ..]) => {
            format!("{}, {} of the blame", first.service, percent(first.score))
        }
        (Certainty::Close, [first, second, ..]) => {
            format!("{} or {}, not provable", first.service, second.service)
        }
        (Certainty::Weak, [first, ..]) => format!("perhaps no incident; {} strays", first.service),
        _ => "no incident".to_owned(),
    };
    let mark = if story.is_right { paint(GOOD, "right") } else { paint(BAD, "wrong") };
    format!("{says} ({mark})")
}

fn expected(page: &mut Page, ran: &Ran) {
    let runs = ran.judged.len();
    page.gap();
    let held = ran.judged.iter().filter(|judged| judged.iter().all(|it| it.held)).count();
    let title = if runs == 1 {
        "Expected".to_owned()
    } else {
        format!("Expected, in {runs} runs ({held} as expected)")
    };
    page.line(&paint(HEADLINE, title));
    for (at, (expectation, _)) in ran.story.judged.iter().enumerate() {
        let all: Vec<_> = ran.judged.iter().map(|judged| &judged[at]).collect();
        let held = all.iter().filter(|judged| judged.held).count();
        let mark = if held == runs { paint(GOOD, "held") } else { paint(BAD, "not ") };
        let mut seen: Vec<&str> = all.iter().map(|judged| judged.observed.as_str()).collect();
        seen.sort_unstable();
        seen.dedup();
        let more = seen.len().saturating_sub(MEMBERS_MAX);
        seen.truncate(MEMBERS_MAX);
        let more = if more > 0 { format!(" and {more} others") } else { String::new() };
        let of = if runs == 1 { String::new() } else { format!(" {held}/{runs}") };
        page.line(&format!(
            "  {mark}{of}  {}: {}{more}",
            expectation.text,
            paint(QUIET, seen.join(", "))
        ));
    }
}

/// A part of a whole in percent.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 99.0 && percent < 100.0 {
        format!("{percent:.1}%")
    } else {
        format!("{}%", significant(percent))
    }
}

/// A moment of a run: `5:45`, `1:02:30`.
pub(crate) fn clock(ms: i64) -> String {
    show_moment(Duration::from_secs(u64::try_from(ms / 1000).unwrap_or(0)))
}
