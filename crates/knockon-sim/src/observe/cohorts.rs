//! Reading what is counted of users by who they are.

use std::borrow::Cow;
use std::sync::Arc;

use crate::engine::Run;
use crate::pending::Pending;
use crate::program::NONE;

use super::Records;
use super::bank::Writer;
use super::catalogue::Id;
use super::data::Label;
use super::members::Members;

/// What browsers and apps of users tell, and what those tell who serve them.
pub(super) fn read_members<Q: Pending>(run: &Run<Q>, records: &mut Records, scrape: usize) {
    let mut members = std::mem::take(&mut records.members);
    for at in 0..members.journeys.len() {
        read_journey(run, records, &mut members, scrape, at);
    }
    for at in 0..members.fleets.len() {
        read_fleet(run, records, &mut members, scrape, at);
    }
    records.members = members;
}

fn read_journey<Q: Pending>(
    run: &Run<Q>,
    records: &mut Records,
    members: &mut Members,
    scrape: usize,
    journey: usize,
) {
    let table = &run.program.journeys[journey];
    let (names, counts) = (&members.labels, &mut members.journeys[journey]);
    for combination in 0..counts.started.len() {
        let of = counts.members(combination);
        let is_whole = of.iter().all(|(_, member)| member.is_some());
        if !is_whole && counts.started[combination] == 0 {
            continue;
        }
        let labels = |stage: &str| {
            let mut labels: Vec<Label> = vec![
                (Cow::Borrowed("journey"), Arc::from(table.name.as_str())),
                (Cow::Borrowed("stage"), Arc::from(stage)),
            ];
            let known = of.iter().filter_map(|(cohort, member)| Some((*cohort, (*member)?)));
            labels.extend(known.map(|(cohort, member)| label(run, names, cohort, member)));
            labels
        };
        let bank = &mut counts.banks[combination];
        let mut writer = Writer::new(&mut records.observation, scrape, bank);
        writer.count(Id::Attempts, counts.started[combination], || labels(""));
        writer.count(Id::JourneyFailures, counts.gave_up[combination], || labels(""));
        for (stage, name) in table.stages.iter().enumerate() {
            let at = combination * counts.stages + stage;
            writer.count(Id::JourneyStages, counts.reached[at], || labels(name));
            writer.count(Id::StageFailures, counts.failed[at], || labels(name));
        }
    }
}

fn read_fleet<Q: Pending>(
    run: &Run<Q>,
    records: &mut Records,
    members: &mut Members,
    scrape: usize,
    fleet: usize,
) {
    let (names, fleet) = (&members.labels, &mut members.fleets[fleet]);
    let name = &run.program.cohorts[fleet.cohort].name;
    let place_of = |place: usize| {
        let mut labels = vec![(Cow::Borrowed("cohort"), Arc::from(name.as_str()))];
        let place = u32::try_from(place).unwrap_or(NONE);
        let within = run.program.around(fleet.cohort, place);
        labels.extend(within.into_iter().map(|(cohort, at)| label(run, names, cohort, at)));
        labels
    };
    for (journey, row) in fleet.rows.iter().enumerate().filter(|(_, row)| **row != NONE) {
        let table = &run.program.journeys[journey];
        let labels = |stage: &str, place: usize| {
            let mut labels: Vec<Label> = vec![
                (Cow::Borrowed("journey"), Arc::from(table.name.as_str())),
                (Cow::Borrowed("stage"), Arc::from(stage)),
            ];
            labels.extend(place_of(place));
            labels
        };
        for place in 0..fleet.places {
            // A place is known from the first thing that is tried there.
            let at = journey * fleet.places + place;
            let Some(is_up) = fleet.up[at] else { continue };
            let mut writer = Writer::new(&mut records.observation, scrape, &mut fleet.up_banks[at]);
            writer.count(Id::MemberUp, u64::from(is_up), || labels("", place));
        }
        for (stage, name) in table.stages.iter().enumerate() {
            for place in 0..fleet.places {
                let at = (*row as usize + stage) * fleet.places + place;
                if fleet.failed[at] == 0 {
                    continue;
                }
                let mut writer =
                    Writer::new(&mut records.observation, scrape, &mut fleet.failed_banks[at]);
                let failed = u64::from(fleet.failed[at]);
                writer.count(Id::MemberFailures, failed, || labels(name, place));
            }
        }
    }
}

/// A member as a label: its cohort, and its name or number.
fn label<Q: Pending>(run: &Run<Q>, names: &[Arc<str>], cohort: usize, member: u32) -> Label {
    let of = &run.program.system.practice().cohorts[cohort];
    let name = of.members.get(member as usize).map(|member| Arc::from(member.name.as_str()));
    let value = name.unwrap_or_else(|| member.to_string().into());
    (Cow::Owned(names[cohort].to_string()), value)
}
