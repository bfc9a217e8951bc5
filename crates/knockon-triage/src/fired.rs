//! What fired: the alert that matters, and the others folded under it.

use std::collections::BTreeMap;

use crate::answers::{AlertGroup, Fired};
use crate::incident::{AlertRole, Hop, Incident, Role};

/// What fired in an incident.
pub(crate) fn fired(incident: &Incident) -> Fired {
    let mut groups = groups(incident);
    groups.sort_by(|a, b| key(a).cmp(&key(b)));
    let matters = groups.iter().position(|it| it.role != Role::Background);
    let matters = matters.map(|index| groups.remove(index));
    Fired { matters, folded: groups }
}

/// The cause before what suffers from it, the near before the far, the grave before the mild.
fn key(group: &AlertGroup) -> (u8, usize, u8, knockon_core::Timestamp, &str, &str) {
    let severity = gravity(group.severity.as_deref());
    let (name, service) = (&group.name, &group.service);
    (group.role as u8, group.path.len(), severity, group.since, name, service)
}

fn groups(incident: &Incident) -> Vec<AlertGroup> {
    let paths: BTreeMap<&str, &Vec<Hop>> =
        incident.symptoms.iter().map(|it| (it.state.service.as_str(), &it.path)).collect();
    let mut groups: BTreeMap<(u8, &str, &str), Vec<&AlertRole>> = BTreeMap::new();
    for alert in &incident.alerts {
        let key = (alert.role as u8, alert.service.as_str(), alert.name.as_str());
        groups.entry(key).or_default().push(alert);
    }
    let group = |((_, service, _), alerts): ((u8, &str, &str), Vec<&AlertRole>)| {
        let first = alerts.iter().min_by_key(|alert| alert.since)?;
        let gravest = alerts.iter().min_by_key(|alert| gravity(alert.severity.as_deref()));
        let path = paths.get(service).filter(|_| first.role == Role::Symptom);
        Some(AlertGroup {
            name: first.name.clone(),
            service: first.service.clone(),
            severity: gravest.and_then(|alert| alert.severity.clone()),
            role: first.role,
            count: alerts.len(),
            firing: alerts.iter().filter(|alert| alert.firing).count(),
            since: first.since,
            path: path.map(|path| (*path).clone()).unwrap_or_default(),
        })
    };
    groups.into_iter().filter_map(group).collect()
}

/// How grave a severity is by the words that people use: 0 is the gravest.
fn gravity(severity: Option<&str>) -> u8 {
    match severity.map(str::to_lowercase).as_deref() {
        Some("p0" | "sev0" | "critical" | "emergency" | "disaster" | "fatal" | "page") => 0,
        Some("p1" | "sev1" | "high" | "error" | "major" | "alert") => 1,
        Some("p2" | "sev2" | "warning" | "warn" | "medium" | "average" | "minor") => 2,
        Some(_) => 3,
        None => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_are_compared_by_the_words_people_use() {
        let order = [Some("P0"), Some("P1"), Some("Warning"), Some("info"), None];
        assert_eq!(order.map(gravity), [0, 1, 2, 3, 4]);
        assert_eq!(gravity(Some("critical")), gravity(Some("page")));
    }
}
