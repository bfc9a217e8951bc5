//! The answers that a responder needs, in words. They carry ANSI styles; [`unstyled`] takes them off.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use anstream::adapter::strip_str;
use knockon_format::quantities::{show_duration, show_moment};
use knockon_report::paint::{BAD, CARE, GOOD, QUIET, paint};
use knockon_report::{grouped, hit_words, significant};
use knockon_scenario::story::{Changed, Felt, Hit, Lost, Moment, Story, Told};
use knockon_triage::Certainty;
pub(super) use knockon_triage::is_command;

use super::Ran;

/// So many lines of a runbook are.
const STEPS_MAX: usize = 7;

/// So many members of a cohort are named.
pub(super) const MEMBERS_MAX: usize = 4;

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
    let bad = story.hurt().filter_map(|felt| felt.bad);
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
    let lines: Vec<String> = story.hurt().map(sentence).collect();
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
    let hurt: Vec<&Felt> = story.hurt().collect();
    if hurt.is_empty() {
        return Vec::new();
    }
    let mut lines: Vec<String> = story.hit.iter().map(hit).collect();
    if lines.is_empty() {
        let alike = if hurt.iter().any(|it| it.has_cohorts) { ", everybody alike" } else { "" };
        lines.push(format!("{} of {} journeys{alike}", hurt.len(), story.users.len()));
    }
    lines.extend(story.usual.iter().map(|usual| {
        let concerns = if usual.concerns.is_empty() {
            String::new()
        } else {
            format!(" ({})", usual.concerns.join(", "))
        };
        paint(QUIET, format!("{}{concerns}", usual.says))
    }));
    lines
}

fn hit(hit: &Hit) -> String {
    let members = hit.members.iter().take(MEMBERS_MAX);
    let members: Vec<String> =
        members.map(|(name, share)| format!("{name} {}", percent(*share))).collect();
    let who = hit_words(&hit.cohort, &members, hit.members.len(), hit.of);
    format!("{}: {who}", hit.journey)
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
        None => {
            let teams: BTreeSet<&str> =
                story.alerts.iter().filter_map(|told| told.fired.team.as_deref()).collect();
            let alerted = if teams.is_empty() {
                String::new()
            } else {
                format!("; its alerts go to {}", teams.into_iter().collect::<Vec<_>>().join(", "))
            };
            format!("{}{alerted}", paint(CARE, "not in the model"))
        }
    }
}

/// The first steps of the runbook, as many as fit on a screen beside the rest.
pub(super) fn first(story: &Story) -> Vec<String> {
    let mut lines = Vec::new();
    let mut number = 0;
    for step in story.first.iter().map(|step| step.trim()) {
        let is_typed = is_command(step);
        number += u32::from(!is_typed);
        for (at, line) in step.lines().enumerate() {
            let is_first = at == 0 && !is_typed;
            lines.push(if is_first { format!("{number}. {line}") } else { format!("   {line}") });
        }
    }
    if lines.is_empty() && !story.causes.is_empty() {
        return vec![paint(CARE, "no runbook: give the cause one in the model")];
    }
    if lines.len() > STEPS_MAX {
        lines.truncate(STEPS_MAX - 1);
        lines.push(paint(QUIET, "… the runbook goes on"));
    }
    lines
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

/// The alerts of one rule on one service that play the same part.
pub(super) struct Group<'a> {
    /// The one that fired first.
    pub(super) first: &'a Told,
    count: usize,
    /// When the last of them was resolved; nothing if one still fires.
    pub(super) resolved_ms: Option<i64>,
}

impl Group<'_> {
    /// How many there are, if there are several.
    pub(super) fn times(&self) -> String {
        if self.count > 1 { format!(" ×{}", self.count) } else { String::new() }
    }

    /// How the trouble came to it, hop by hop; nothing where that is not known.
    pub(super) fn way(&self) -> String {
        let why = &self.first.why;
        if why.len() > 1 { why.join(" → ") } else { String::new() }
    }
}

/// Alerts, those that belong together in one group.
pub(super) fn groups(all: &[Told]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for told in all {
        let fired = &told.fired;
        let same = |group: &&mut Group<'_>| {
            let first = &group.first.fired;
            group.first.part == told.part
                && first.name == fired.name
                && first.service == fired.service
        };
        if let Some(group) = groups.iter_mut().find(same) {
            group.count += 1;
            group.resolved_ms = group.resolved_ms.zip(fired.resolved_ms).map(|(a, b)| a.max(b));
        } else {
            groups.push(Group { first: told, count: 1, resolved_ms: fired.resolved_ms });
        }
    }
    groups
}

/// What happens again in the same words is told once, when it happened first.
pub(super) fn united(moments: &[Moment]) -> Vec<Moment> {
    let mut united: Vec<(Moment, usize, i64)> = Vec::new();
    for moment in moments {
        let same =
            |(it, ..): &&mut (Moment, usize, i64)| it.kind == moment.kind && it.text == moment.text;
        match united.iter_mut().find(same) {
            Some((_, count, last)) => (*count, *last) = (*count + 1, moment.at_ms),
            None => united.push((moment.clone(), 1, moment.at_ms)),
        }
    }
    let tell = |(moment, count, last): (Moment, usize, i64)| {
        if count == 1 {
            return moment;
        }
        let text = format!("{} ({count} times until {})", moment.text, clock(last));
        Moment { text, ..moment }
    };
    united.into_iter().map(tell).collect()
}
