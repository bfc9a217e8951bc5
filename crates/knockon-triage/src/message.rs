//! What the business is told: two sentences in attempts and money, without the names of services, and
//! with what is not known.

use std::fmt::Write as _;

use knockon_core::{ServiceKind, System, Timestamp};
use knockon_telemetry::format_time;

use crate::answers::{Answers, CohortHit, JourneyFelt};
use crate::incident::{Certainty, Incident};
use crate::route::blamed;

/// So many members of a cohort are named.
const NAMED_MAX: usize = 3;

/// The message; nothing if there is no incident.
pub(crate) fn message(system: &System, incident: &Incident, answers: &Answers) -> Option<String> {
    if incident.certainty == Certainty::Nothing && answers.scope.journeys.is_empty() {
        return None;
    }
    Some(format!("{} {}", harm(system, incident, answers), cause(system, incident, answers)))
}

fn harm(system: &System, incident: &Incident, answers: &Answers) -> String {
    let Some(worst) = answers.scope.journeys.first() else {
        let since = incident.began.map(|began| format!(" since {}", clock(began)));
        let since = since.unwrap_or_default();
        let customers = if answers.scope.of_journeys == 0 {
            "whether customers are affected cannot be told"
        } else {
            "no customer is known to be affected"
        };
        return match incident.certainty {
            Certainty::Weak => {
                format!("Something strays a little{since} and may be nothing; {customers}.")
            }
            _ => format!("Our systems show trouble{since}; {customers}."),
        };
    };
    let since = match (answers.when.impact, answers.when.over_since) {
        (Some(from), Some(until)) => format!("From {} to {}", clock(from), clock(until)),
        (Some(from), None) => format!("Since {}", clock(from)),
        (None, _) => "At present".to_owned(),
    };
    let is_over = answers.when.over_since.is_some();
    let mut text = format!("{since} {}", felt(worst, is_over));
    if let Some(only) = answers.scope.cohorts.iter().find_map(only) {
        let _ = write!(text, " ({only})");
    }
    let money = answers.scope.money.first();
    match worst.per_hour.filter(|count| *count >= 1.0) {
        Some(count) => {
            let _ = write!(text, ", some {} an hour", about(count));
        }
        None if worst.share.is_none() => text.push_str(&unknown(system, worst)),
        None => {}
    }
    if let Some(money) = money {
        let _ =
            write!(text, "; about {} {} an hour are at stake", about(money.amount), money.currency);
    }
    match answers.scope.journeys.len() - 1 {
        0 => {}
        1 => text.push_str("; one other journey of users suffers as well"),
        more => {
            let _ = write!(text, "; {more} other journeys of users suffer as well");
        }
    }
    text + "."
}

/// What they feel, as what becomes of attempts.
fn felt(journey: &JourneyFelt, is_over: bool) -> String {
    let what = match (journey.feel, is_over) {
        ("slowness", false) => "slow",
        ("slowness", true) => "were slow",
        ("silence", false) => "do not get through to the end",
        ("silence", true) => "did not get through to the end",
        (_, false) => "fail",
        (_, true) => "failed",
    };
    let what = if what == "slow" { "are slow" } else { what };
    let many = match journey.share {
        None => "some".to_owned(),
        Some(share) if share >= 0.95 => "nearly all".to_owned(),
        Some(share) if share < 0.01 => "fewer than 1 in 100".to_owned(),
        Some(share) => format!("about {:.0} in 100", share * 100.0),
    };
    format!("{many} attempts at “{}” {what}", journey.name)
}

/// What is at stake where nobody knows how many are hurt.
fn unknown(system: &System, worst: &JourneyFelt) -> String {
    let journey = system.journeys().iter().find(|journey| journey.name == worst.name);
    let stake = journey.and_then(|journey| Some((journey.demand?, journey.value?)));
    match stake {
        Some((demand, value)) => format!(
            "; how many is not known, and at most {} {} an hour are at stake",
            about(demand.per_hour * value.amount),
            value.currency
        ),
        None => "; how many is not known".to_owned(),
    }
}

/// Who alone is hit, if somebody is spared.
fn only(hit: &CohortHit) -> Option<String> {
    if hit.breadth == "all" || hit.hit.is_empty() || hit.told_by == "alerts" {
        return None;
    }
    if let Some(within) = hit.within.as_ref().filter(|_| hit.hit_count > NAMED_MAX) {
        return Some(format!("only {}", called(&within.cohort, &within.member)));
    }
    let names: Vec<&str> = hit.hit.iter().take(NAMED_MAX).map(|it| it.name.as_str()).collect();
    match hit.hit_count.saturating_sub(NAMED_MAX) {
        0 => Some(format!("only {}", called(&hit.cohort, &names.join(", ")))),
        _ => Some(format!("only {} of {} of the kind “{}”", hit.hit_count, hit.of, hit.cohort)),
    }
}

/// A member with what it is, unless its name says that.
fn called(cohort: &str, name: &str) -> String {
    if name.starts_with(cohort) { name.to_owned() } else { format!("{cohort} {name}") }
}

fn cause(system: &System, incident: &Incident, answers: &Answers) -> String {
    let is_over = answers.when.ongoing == Some(false);
    let end = if is_over {
        "; it is over, and we watch whether it stays so"
    } else {
        "; when it will be over is not known yet"
    };
    let first = incident.causes.first().and_then(|it| system.names().get(&it.service));
    let is_outside = |id| system.service(id).kind == ServiceKind::External;
    let what = match (incident.certainty, first) {
        (Certainty::Clear, Some(id)) if is_outside(id) => {
            format!("The likeliest cause lies with {}, outside our house", system.service(id).name)
        }
        (Certainty::Clear, Some(_)) => match blamed(incident) {
            Some(change) => format!(
                "The likeliest cause is a change that we made at {} and can take back",
                clock(change.time)
            ),
            None => "We know the part of our systems where it most likely begins".to_owned(),
        },
        (Certainty::Close, _) => "Of two possible causes we do not know yet which it is".to_owned(),
        _ => "What causes it is not known yet".to_owned(),
    };
    format!("{what}{end}.")
}

/// The time of day, which people outside read with its zone.
fn clock(time: Timestamp) -> String {
    let full = format_time(time);
    let of_day = full.split_once('T').map_or(full.as_str(), |(_, clock)| clock);
    format!("{} UTC", of_day.get(..5).unwrap_or(of_day))
}

/// Two significant digits, with spaces between thousands: more would claim to know more.
fn about(value: f64) -> String {
    if !value.is_finite() || value < 1.0 {
        return format!("{:.0}", value.max(0.0));
    }
    let size = 10_f64.powf((value.log10().floor() - 1.0).max(0.0));
    let digits = format!("{:.0}", (value / size).round() * size);
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_told_in_two_digits() {
        let check = |value: f64, expected: &str| assert_eq!(about(value), expected);
        check(0.2, "0");
        check(7.4, "7");
        check(153.0, "150");
        check(8_942.0, "8 900");
        check(1_234_567.0, "1 200 000");
    }
}
