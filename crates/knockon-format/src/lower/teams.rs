//! Teams.

use knockon_core::Team;

use super::{Context, open, text};
use crate::keys::team;
use crate::yaml::Entry;

pub(super) fn lower(entries: &[&Entry], context: &mut Context<'_, '_>) -> Vec<Team> {
    let findings = &mut *context.findings;
    let mut teams = Vec::with_capacity(entries.len());
    for entry in entries {
        let body = open(entry, &team::TABLE, findings);
        teams.push(Team {
            name: entry.key.to_string(),
            summary: None,
            contact: text(&body, &team::CONTACT, findings),
            escalation: text(&body, &team::ESCALATION, findings),
        });
    }
    teams
}
