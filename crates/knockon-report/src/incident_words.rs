//! The answers of an incident in plain words, for every form in which it is shown.

use std::fmt::Write as _;

use knockon_core::Timestamp;
use knockon_telemetry::format_time;
use knockon_triage::{
    AlertGroup, Certainty, CohortHit, FirstAction, Incident, JourneyFelt, Role, Trend,
};

use crate::number::grouped;

/// So many members, versions or names are spelled out.
const NAMED_MAX: usize = 4;

/// So many groups of alerts of each part are told one by one.
const GROUPS_MAX: usize = 3;

/// The verdict in one sentence.
pub fn verdict_words(incident: &Incident) -> String {
    match (incident.certainty, incident.causes.as_slice()) {
        (Certainty::Clear, [cause, ..]) => match named_words(incident) {
            Some(names) => format!("{names} are the likeliest causes, each of its own trouble"),
            None => format!("{} is the likeliest cause", cause.service),
        },
        (Certainty::Close, [first, second, ..]) => format!(
            "{} or {}: which of them is not provable from this evidence",
            first.service, second.service
        ),
        _ if is_felt_unexplained(incident) => {
            let who = incident.answers.scope.cohorts.first().map(members_words);
            let who = who.map(|who| format!(" ({who})")).unwrap_or_default();
            format!("Users are hurt{who}, and no service shows why")
        }
        (Certainty::Weak, [cause, ..]) => format!(
            "Perhaps no incident: no alert fired, and {} strays only a little",
            cause.service
        ),
        _ => "Nothing strays and no alert fired: no incident in this evidence".to_owned(),
    }
}

/// The causes that are named, where they are several.
pub(crate) fn named_words(incident: &Incident) -> Option<String> {
    let names: Vec<&str> =
        incident.causes.iter().take(incident.named).map(|it| it.service.as_str()).collect();
    let (last, others) = names.split_last()?;
    (!others.is_empty()).then(|| format!("{} and {last}", others.join(", ")))
}

/// What to look at next to decide, one line each.
pub fn look_words(incident: &Incident) -> Vec<String> {
    let words = |look: &knockon_triage::Look| match look.kind {
        "command" => look.text.clone(),
        _ => format!("{}: {}", look.service, look.text),
    };
    incident.look_next.iter().map(words).collect()
}

/// Whether users are hurt and no service strays enough to be blamed for it.
fn is_felt_unexplained(incident: &Incident) -> bool {
    let is_blamed = matches!(incident.certainty, Certainty::Clear | Certainty::Close);
    !is_blamed && !incident.answers.scope.journeys.is_empty()
}

/// How urgent it is, and why.
pub fn priority_words(incident: &Incident) -> Option<String> {
    let urgency = incident.answers.priority.as_ref()?;
    let means = urgency.means.trim_end_matches('.');
    Some(format!("{means}: {}. {}.", urgency.because, urgency.action.trim_end_matches('.')))
}

/// The alert that matters.
pub fn matters_words(incident: &Incident) -> String {
    let Some(group) = &incident.answers.fired.matters else {
        return "no alert fired".to_owned();
    };
    let part = match group.role {
        Role::Cause => "on the cause".to_owned(),
        Role::Symptom => {
            format!("the cause is silent; this is the nearest to it: {}", way_words(group))
        }
        _ => "which the cause does not explain".to_owned(),
    };
    format!("{}, {part}", alerts_words(group))
}

/// The alerts that fold under it, a few lines for however many there are.
pub fn folded_words(incident: &Incident) -> Vec<String> {
    let folded = &incident.answers.fired.folded;
    let mut lines = Vec::new();
    for (role, part) in [
        (Role::Cause, "on the cause as well"),
        (Role::Symptom, "symptoms"),
        (Role::Unexplained, "not explained by it"),
        (Role::Background, "fired before it"),
    ] {
        let groups: Vec<&AlertGroup> = folded.iter().filter(|it| it.role == role).collect();
        let shown = if role == Role::Background { 0 } else { GROUPS_MAX };
        lines.extend(groups.iter().take(shown).map(|group| match role {
            Role::Symptom => format!("{}: {}", alerts_words(group), way_words(group)),
            _ => format!("{}, {part}", alerts_words(group)),
        }));
        let rest = groups.get(shown..).unwrap_or_default();
        if !rest.is_empty() {
            let count: usize = rest.iter().map(|group| group.count).sum();
            let mut services: Vec<&str> = rest.iter().map(|it| it.service.as_str()).collect();
            services.sort_unstable();
            services.dedup();
            let alerts = counted(count, if shown == 0 { "alert" } else { "more alert" });
            let services = counted(services.len(), "service");
            lines.push(format!("{alerts} on {services}, {part}"));
        }
    }
    lines
}

fn alerts_words(group: &AlertGroup) -> String {
    let severity = group.severity.as_ref().map(|it| format!(" [{it}]")).unwrap_or_default();
    let times =
        if group.count > 1 { format!(" ×{}", grouped(group.count as f64)) } else { String::new() };
    let over = if group.firing == 0 { ", over" } else { "" };
    format!(
        "{}{severity} on {}{times} since {}{over}",
        group.name,
        group.service,
        clock(group.since)
    )
}

/// How the trouble came there, hop by hop.
fn way_words(group: &AlertGroup) -> String {
    let mut text = group.path.first().map(|hop| hop.from.clone()).unwrap_or_default();
    let left = group.path.len().saturating_sub(NAMED_MAX);
    if left > 0 {
        let _ = write!(text, " → … {left} more");
    }
    for hop in &group.path[left..] {
        let _ = write!(text, " → {}", hop.to);
    }
    let mut kinds: Vec<&str> = group.path.iter().map(|hop| hop.dependency).collect();
    kinds.dedup();
    kinds.truncate(NAMED_MAX);
    format!("{text} ({})", kinds.join(", "))
}

/// Since when, and whether it is over.
pub fn when_words(incident: &Incident) -> Vec<String> {
    let when = &incident.answers.when;
    let mut lines = Vec::new();
    if let Some(began) = incident.began.map(to_the_second) {
        let mut text = format!(
            "{}, {} before the end of the evidence",
            format_time(began),
            to_the_second(incident.at) - began
        );
        if let (Some(sign), Some(cause)) = (when.first_sign, incident.causes.first()) {
            let _ = write!(text, "; first sign at {} {}", cause.service, clock(sign));
        }
        lines.push(text);
    }
    let mut felt = match (when.impact, &when.impact_on) {
        (Some(impact), Some(journey)) => {
            format!("users first hurt {} on “{journey}”", clock(impact))
        }
        _ => "no user is known to be hurt".to_owned(),
    };
    match (when.ongoing, when.over_since) {
        (Some(false), Some(since)) => {
            let _ = write!(felt, "; over since {}", clock(since));
        }
        (Some(false), None) => felt.push_str("; over"),
        (Some(true), _) => felt.push_str("; still ongoing"),
        (None, _) => felt.push_str("; whether it goes on cannot be told"),
    }
    if let Some(trend) = when.trend {
        felt.push_str(match trend {
            Trend::Worse => ", getting worse",
            Trend::Steady => ", steady",
            Trend::Better => ", getting better",
        });
    }
    lines.push(felt);
    lines
}

/// How wide it is: journeys, money, and who is hit.
pub fn scope_words(incident: &Incident) -> Vec<String> {
    let scope = &incident.answers.scope;
    let mut lines: Vec<String> = scope.journeys.iter().take(GROUPS_MAX).map(felt_words).collect();
    if !scope.journeys.is_empty() {
        let costs = scope.money.iter();
        let costs = costs.map(|it| format!("; {} {} an hour", grouped(it.amount), it.currency));
        let hurt =
            format!("{} of {} hurt", scope.journeys.len(), counted(scope.of_journeys, "journey"));
        lines.push(hurt + &costs.collect::<String>());
    }
    lines.extend(crossing_words(incident));
    lines.extend(scope.cohorts.iter().take(GROUPS_MAX).map(cohort_words));
    lines.extend(scope.parts.iter().map(|part| {
        let well = named(part.spared.iter().map(String::as_str), part.spared.len());
        let hit = named(part.hit.iter().map(String::as_str), part.hit.len());
        format!("{} of {}: only {hit}; not {well}", part.by, part.service)
    }));
    lines
}

/// The rules of thumb that apply, with whom they concern.
pub fn rule_words(incident: &Incident) -> Vec<String> {
    let told = incident.answers.scope.heuristics.iter().map(|rule| {
        let concerns = if rule.concerns.is_empty() {
            String::new()
        } else {
            format!(" ({})", rule.concerns.join(", "))
        };
        format!("{}{concerns}", rule.says)
    });
    told.collect()
}

fn felt_words(felt: &JourneyFelt) -> String {
    let what = match felt.feel {
        "slowness" => "wait too long",
        "silence" => "do not get to the end",
        _ => "fail",
    };
    let many = match felt.share {
        Some(share) => format!("{} of users", percent(share)),
        None => "users, nobody knows how many,".to_owned(),
    };
    let an_hour = felt.per_hour.filter(|count| *count >= 0.5);
    let an_hour = an_hour.map(|count| format!(", {} an hour", grouped(count))).unwrap_or_default();
    let told = match felt.told_by {
        "entry" => " at the service they touch first".to_owned(),
        "monitor" => " as a monitor tells".to_owned(),
        _ => String::new(),
    };
    let over = felt.over_since.map(|at| format!(", over since {}", clock(at))).unwrap_or_default();
    format!("{}: {many} {what}{told}{an_hour}{over}", felt.name)
}

/// Journeys that cross the trouble and of which no user is known to be hurt.
fn crossing_words(incident: &Incident) -> Option<String> {
    let felt = &incident.answers.scope.journeys;
    let is_felt = |name: &str| felt.iter().any(|it| it.name == name);
    let crossing: Vec<_> = incident.journeys.iter().filter(|it| !is_felt(&it.name)).collect();
    let first = crossing.first()?;
    let stake = first.at_stake_per_hour.zip(first.currency.as_ref());
    let stake = stake
        .map(|(amount, currency)| format!(", {} {currency} an hour at stake", grouped(amount)));
    let names = named(crossing.iter().map(|it| it.name.as_str()), crossing.len());
    let verb = if crossing.len() == 1 { "crosses" } else { "cross" };
    Some(format!(
        "{names} {verb} it ({}{}), not known to be hurt",
        first.crosses.join(", "),
        stake.unwrap_or_default()
    ))
}

/// Who is hit along a cohort, and who is not.
pub fn cohort_words(hit: &CohortHit) -> String {
    let mut text = members_words(hit);
    if let Some(within) = &hit.within {
        let _ = write!(text, ", in {} {}", within.cohort, within.member);
    }
    match hit.of.saturating_sub(hit.hit_count) {
        0 => {}
        few if few <= NAMED_MAX => {
            let _ = write!(text, "; not {}", hit.spared.join(", "));
        }
        many => {
            let _ = write!(text, "; not the other {}", grouped(many as f64));
        }
    }
    text
}

fn members_words(hit: &CohortHit) -> String {
    let member = |it: &knockon_triage::MemberHit| match it.harm {
        Some(harm) => format!("{} {}", it.name, percent(harm)),
        None => it.name.clone(),
    };
    let members: Vec<String> = hit.hit.iter().map(member).collect();
    hit_words(&hit.cohort, &members, hit.hit_count, hit.of)
}

/// Which members of a cohort are hit, the first of them as they are to be written, how many they are,
/// and of how many.
pub fn hit_words(cohort: &str, members: &[String], count: usize, of: usize) -> String {
    let mut shown: Vec<String> = members.iter().take(NAMED_MAX).cloned().collect();
    if count > NAMED_MAX {
        shown.push(format!("{} more", count - NAMED_MAX));
    }
    let how = match count {
        1 => "one",
        all if all == of => "every",
        _ => "some",
    };
    format!("{how} {cohort} of {of}: {}", shown.join(", "))
}

/// Who owns the cause.
pub fn owner_words(incident: &Incident) -> Option<String> {
    let owner = incident.causes.first()?.owner.as_ref()?;
    let parts = [Some(&owner.team), owner.contact.as_ref(), owner.escalation.as_ref()];
    Some(parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(", "))
}

/// Who can stand down, and why.
pub fn stand_down_words(incident: &Incident) -> Vec<String> {
    let teams = &incident.answers.stand_down;
    let one = |it: &knockon_triage::StandDown| format!("{} can stand down: {}", it.team, it.why);
    let mut lines: Vec<String> = teams.iter().take(GROUPS_MAX).map(one).collect();
    if let Some(rest) = teams.get(GROUPS_MAX..).filter(|rest| !rest.is_empty()) {
        let names = named(rest.iter().map(|it| it.team.as_str()), rest.len());
        lines.push(format!("{names} can stand down as well"));
    }
    lines
}

/// Who acts, and why.
pub fn route_words(incident: &Incident) -> Option<String> {
    let route = incident.answers.route.as_ref()?;
    Some(format!("{}: {}", route.to.as_str(), route.why))
}

/// What else there is to know of the first action.
pub fn risk_words(action: &FirstAction) -> Vec<String> {
    let risk = action.risk.as_ref().map(|risk| format!("risk: {risk}"));
    let page = action.page.as_ref().map(|page| format!("runbook: {page}"));
    risk.into_iter().chain(page).collect()
}

/// A few of many names.
fn named<'a>(names: impl Iterator<Item = &'a str>, count: usize) -> String {
    let shown: Vec<&str> = names.take(NAMED_MAX).collect();
    match count.saturating_sub(NAMED_MAX) {
        0 => shown.join(", "),
        more => format!("{} and {} more", shown.join(", "), grouped(more as f64)),
    }
}

/// `1 alert`, `2 alerts`.
pub(crate) fn counted(count: usize, word: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {word}{ending}", grouped(count as f64))
}

/// A part of a whole, with as many digits as say something.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 99.0 && percent < 100.0 {
        return format!("{percent:.1}%");
    }
    let places = match percent {
        _ if percent == 0.0 || percent >= 9.95 => 0,
        _ if percent >= 0.095 => 1,
        _ => 2,
    };
    format!("{percent:.places$}%").replace(".0%", "%")
}

/// The time of day in UTC, to the second.
pub(crate) fn clock(time: Timestamp) -> String {
    let full = format_time(to_the_second(time));
    match full.split_once('T') {
        Some((_, clock)) => clock.trim_end_matches('Z').to_owned(),
        None => full,
    }
}

/// Nobody reads milliseconds at night; the JSON has them.
pub(crate) fn to_the_second(time: Timestamp) -> Timestamp {
    Timestamp::from_unix_ms(time.unix_ms.div_euclid(1000) * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_in_as_many_digits_as_say_something() {
        let check = |share: f64, expected: &str| assert_eq!(percent(share), expected);
        check(0.0, "0%");
        check(0.000_83, "0.08%");
        check(0.0083, "0.8%");
        check(0.05, "5%");
        check(0.172, "17%");
        check(0.998, "99.8%");
        check(1.0, "100%");
    }
}
