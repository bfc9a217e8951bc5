//! The page of a run: its story with everything to look at.

mod signals;
mod states;

use knockon_report::{
    AlertPart, AlertRow, Check, Fact, IncidentPage, Interval, Mark, MarkKind, Moment, ProofRow,
    grouped, incident_html,
};
use knockon_scenario::Role;
use knockon_scenario::play::{EVERY, Played};
use knockon_scenario::prove::{Proof, Trial, Tried};
use knockon_scenario::story::{Kind, Part, Story};
use knockon_sim::timeline::What;
use knockon_triage::Finding;

use super::Ready;
use super::answers::{
    Group, cause, changes, clock, felt, first, groups, is_command, money, owner, percent, scope,
    since, triage, united, unstyled,
};
use crate::prove::name;

/// How long a stretch is, in milliseconds.
#[expect(clippy::cast_possible_truncation, reason = "some seconds")]
const EVERY_MS: i64 = EVERY.as_millis() as i64;

/// The page as one HTML document.
pub(crate) fn html(ready: &Ready, played: &Played, story: &Story, proof: Option<&Proof>) -> String {
    let (system, scenario) = (&ready.loaded.system, &ready.loaded.scenario);
    let page = IncidentPage {
        title: scenario.title.clone(),
        summary: scenario.summary.clone().unwrap_or_default(),
        lead: lead(story),
        priority: story.priority.as_ref().map(|it| it.priority.to_string()),
        facts: facts(story),
        lasts_s: scenario.lasts.as_secs_f64(),
        marks: marks(ready, story),
        map: states::map(system, played, story),
        charts: signals::charts(system, played, story),
        timeline: united(&story.moments).iter().map(moment).collect(),
        alerts: groups(&story.alerts).iter().map(alert).collect(),
        expectations: (story.judged.iter())
            .map(|(expectation, judged)| Check {
                text: expectation.text.clone(),
                held: judged.held,
                got: judged.observed.clone(),
            })
            .collect(),
        evidence: evidence(story),
        proof: proof.map(proved),
        footer: footer(ready, story),
        ..IncidentPage::new(system)
    };
    incident_html(&page)
}

fn lead(story: &Story) -> String {
    match &story.priority {
        Some(urgency) => format!("{}: {}", urgency.means, plain(&cause(story).join("; "))),
        None => "No incident: nobody was hurt and nothing fired.".to_owned(),
    }
}

/// Words without styles and marks of code.
fn plain(words: &str) -> String {
    unstyled(words).replace('`', "")
}

/// What is asked first. The first line of an answer is the answer, the others are beside it.
fn facts(story: &Story) -> Vec<Fact> {
    let fact = |label: &str, lines: Vec<String>| {
        let mut lines = lines.iter().map(|line| plain(line));
        let value = lines.next().unwrap_or_default();
        let note = lines.collect::<Vec<_>>().join("\n");
        Fact { label: label.to_owned(), value, note, command: None }
    };
    let mut facts = vec![
        fact("What", cause(story)),
        fact("Since", since(story).into_iter().collect()),
        fact("Felt", felt(story)),
        fact("Scope", scope(story)),
        fact("Recent change", changes(&story.changes)),
        fact("Owner", vec![owner(story)]),
    ];
    let (commands, words): (Vec<&str>, Vec<&str>) =
        story.first.iter().map(|step| step.trim()).partition(|step| is_command(step));
    let command = (!commands.is_empty()).then(|| commands.join("\n"));
    let words = if story.first.is_empty() { first(story) } else { vec![words.join(" ")] };
    facts.push(Fact { command, ..fact("First action", words) });
    facts.extend(story.priority.as_ref().map(|it| fact("At once", vec![it.action.clone()])));
    facts.extend(story.money.as_ref().map(|lost| fact("Money", vec![money(lost)])));
    facts.push(fact("Triage, from telemetry alone", vec![triage(story)]));
    facts.retain(|fact| !fact.value.is_empty() || fact.command.is_some());
    facts
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

fn marks(ready: &Ready, story: &Story) -> Vec<Mark> {
    let mut marks: Vec<Mark> = (ready.loaded.scenario.timeline.iter())
        .map(|entry| Mark {
            at_s: entry.happening.at.as_secs_f64(),
            until_s: entry.until().map(|until| until.as_secs_f64()),
            label: entry.text.clone(),
            kind: match (&entry.happening.what, entry.role) {
                (_, Role::Cause) | (What::Fault(_), _) => MarkKind::Fault,
                (What::Action(_), Role::Background) => MarkKind::Change,
            },
        })
        .collect();
    for felt in &story.users {
        let Some((from, until)) = felt.bad else { continue };
        marks.push(Mark {
            at_s: seconds(from),
            until_s: until.map(seconds),
            label: format!("{} hurt", felt.journey),
            kind: MarkKind::Harm,
        });
    }
    for told in story.alerts.iter().filter(|told| told.part == Part::Cause) {
        marks.push(Mark {
            at_s: seconds(told.fired.firing_ms),
            until_s: None,
            label: told.fired.name.clone(),
            kind: MarkKind::Alert,
        });
    }
    marks
}

fn moment(moment: &knockon_scenario::story::Moment) -> Moment {
    let kind = match moment.kind {
        Kind::Cause => MarkKind::Fault,
        Kind::Background | Kind::Cluster => MarkKind::Change,
        Kind::Users => MarkKind::Harm,
        Kind::Alert | Kind::Resolved => MarkKind::Alert,
    };
    Moment { at_s: seconds(moment.at_ms), text: plain(&moment.text), kind }
}

fn alert(group: &Group<'_>) -> AlertRow {
    let (told, fired) = (group.first, &group.first.fired);
    AlertRow {
        name: format!("{}{}", fired.name, group.times()),
        service: fired.service.clone().unwrap_or_default(),
        team: fired.team.clone().unwrap_or_default(),
        severity: fired.severity.map(|it| it.to_string()).unwrap_or_default(),
        fired_s: seconds(fired.firing_ms),
        resolved_s: group.resolved_ms.map(seconds),
        part: match told.part {
            Part::Cause => AlertPart::Cause,
            Part::Symptom => AlertPart::Symptom,
            Part::Unrelated => AlertPart::Unrelated,
        },
        why: group.way(),
    }
}

/// What triage has to say for its verdict.
fn evidence(story: &Story) -> Vec<(String, Vec<String>)> {
    let incident = &story.incident;
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for cause in incident.causes.iter().take(3) {
        let lines = cause.findings.iter().take(6).map(|finding| match finding {
            Finding::Metric { metric, labels, before, during, .. } => format!(
                "{metric}{labels}: {} → {}",
                knockon_report::significant(*before),
                knockon_report::significant(*during)
            ),
            Finding::Alert { name, .. } => format!("alert {name}"),
            Finding::Log { service, template, count, .. } => {
                format!("log of {service}: {template} ×{count}")
            }
        });
        let lines: Vec<String> = lines.collect();
        if !lines.is_empty() {
            let share = percent(cause.score);
            all.push((
                format!("{}, {share} of the blame by telemetry alone", cause.service),
                lines,
            ));
        }
    }
    all
}

fn footer(ready: &Ready, story: &Story) -> String {
    let scenario = &ready.loaded.scenario;
    format!(
        "{}/{}, seed {}, {} of virtual time. Played by knockon {}; the same scenario and seed give the same page.",
        ready.loaded.system.name(),
        scenario.name,
        story.seed,
        clock(i64::try_from(scenario.lasts.as_millis()).unwrap_or(i64::MAX)),
        env!("CARGO_PKG_VERSION")
    )
}

fn proved(proof: &Proof) -> knockon_report::Proof {
    knockon_report::Proof {
        rows: proof.tried.iter().map(|tried| row(proof, tried)).collect(),
        counts: if proof.currency.is_some() { "orders" } else { "journeys" }.to_owned(),
        currency: proof.currency.clone().unwrap_or_default(),
    }
}

fn row(proof: &Proof, tried: &Tried) -> ProofRow {
    let kind = match tried.trial {
        Trial::AsItWas => "as it was",
        Trial::WithoutCause => "cause taken away",
        Trial::OnlyCause => "nothing but the cause",
        Trial::Fix(_) => "fix",
        Trial::Variant(_) => "variant",
    };
    let counts = [
        (tried.failed, "failed"),
        (tried.lost, "lost"),
        (tried.stuck, "stuck"),
        (tried.doubled, "done twice"),
        (tried.charged_unfulfilled, "charged for nothing"),
    ];
    let side_effects = counts.into_iter().filter(|(count, _)| count.mean >= 0.05);
    let notes = [tried.summary.clone(), tried.risk.as_ref().map(|risk| format!("Risk: {risk}"))];
    let healthy = format!("Healthy in {} of {} replays.", tried.healthy, proof.replications);
    ProofRow {
        name: name(&tried.trial),
        kind: kind.to_owned(),
        worked: (tried.trial != Trial::AsItWas).then_some(tried.healthy * 2 > proof.replications),
        healthy_after_s: tried.healthy_after_s.map(interval),
        saved: interval(tried.orders_saved),
        money: tried.money_saved.map(interval).unwrap_or_default(),
        side_effects: side_effects
            .map(|(count, word)| format!("{} {word}", grouped(count.mean)))
            .collect(),
        note: notes.into_iter().flatten().chain([healthy]).collect::<Vec<_>>().join(" "),
    }
}

fn interval(of: knockon_sim::interval::Interval) -> Interval {
    let half = if of.half_width.is_finite() { of.half_width } else { 0.0 };
    Interval { low: of.mean - half, value: of.mean, high: of.mean + half }
}
