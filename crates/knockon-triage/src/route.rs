//! Who acts, who can stand down, and what is done first.

use std::collections::{BTreeMap, BTreeSet};

use knockon_core::{Runbook, ServiceId, ServiceKind, System};

use crate::answers::{FirstAction, Route, RouteTo, RuleOfThumb, StandDown};
use crate::incident::{Certainty, ChangeRelation, ChangeRole, Incident};
use crate::steps::{is_change, is_command, is_roll_back};

/// What taking a change back costs, whatever it was.
const ROLL_BACK_RISK: &str = "Takes back all else that came with it; if it changed stored data, ask \
                              its makers first";

/// The change that is blamed: the likeliest one on the first cause.
pub(crate) fn blamed(incident: &Incident) -> Option<&ChangeRole> {
    incident.changes.iter().find(|change| change.relation == ChangeRelation::OnCause)
}

/// Who acts. The first that holds: the cause is somebody else's; the runbook has a command that mends
/// something; a change that brought code is blamed; else whoever owns it.
pub(crate) fn route(system: &System, cause: ServiceId, incident: &Incident) -> Route {
    let service = system.service(cause);
    let name = &service.name;
    if service.kind == ServiceKind::External {
        let why = format!("{name} is run by somebody else, and nothing of ours mends it");
        return Route { to: RouteTo::Vendor, why };
    }
    let mends = system.runbook(cause).and_then(mending);
    if let Some(command) = mends {
        // What follows only looks whether it worked.
        let command = command.split(" && ").next().unwrap_or(command);
        let why = format!("the runbook of {name} has a command for it: {command}");
        return Route { to: RouteTo::SelfFix, why };
    }
    let code = blamed(incident).filter(|it| matches!(it.kind.as_str(), "deploy" | "migration"));
    if let Some(change) = code {
        let version = change.version.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
        let why = format!("a {} of {name}{version} is blamed, which is new code", change.kind);
        return Route { to: RouteTo::Development, why };
    }
    let why = match system.owner(cause) {
        Some(team) => format!("{name} is {}'s, and no command of a runbook mends it", team.name),
        None => format!("no command of a runbook mends {name}, and nobody owns it: find its owner"),
    };
    Route { to: RouteTo::OwningTeam, why }
}

/// Where the evidence names no cause: whom a rule of thumb concerns.
pub(crate) fn route_by_rule(rules: &[RuleOfThumb]) -> Option<Route> {
    let rule = rules.iter().find(|rule| !rule.concerns.is_empty())?;
    let why = format!("by a rule of thumb it concerns {}", rule.concerns.join(", "));
    Some(Route { to: RouteTo::OwningTeam, why })
}

/// The first command of a runbook that changes something.
fn mending(runbook: &Runbook) -> Option<&str> {
    let lines = runbook.steps.iter().flat_map(|step| step.lines()).map(str::trim);
    lines.filter(|line| is_command(line)).find(|line| is_change(line))
}

/// What to do first: take back the change that is blamed, or else what the runbook says first, or else
/// call whoever can act.
pub(crate) fn first_action(system: &System, cause: ServiceId, incident: &Incident) -> FirstAction {
    let runbook = system.runbook(cause);
    if let Some(change) = blamed(incident).filter(|it| it.kind != "scale") {
        return roll_back(system, cause, change, runbook);
    }
    match runbook {
        Some(runbook) => begin(runbook),
        None => call(system, cause),
    }
}

fn call(system: &System, cause: ServiceId) -> FirstAction {
    let service = system.service(cause);
    let is_outside = service.kind == ServiceKind::External;
    let outside =
        if is_outside { format!(", and ask {} itself", service.name) } else { String::new() };
    let text = match system.owner(cause) {
        Some(team) => {
            let at = team.escalation.as_ref().or(team.contact.as_ref());
            let at = at.map(|at| format!(" ({at})")).unwrap_or_default();
            format!("Call {}{at}{outside}: there is no runbook for {}", team.name, service.name)
        }
        None if is_outside => format!("Call {}: no team of ours owns it", service.name),
        None => format!("Find out who owns {}: it has neither team nor runbook", service.name),
    };
    FirstAction { from: "call", text, commands: Vec::new(), risk: None, page: None }
}

/// How a runbook begins.
fn begin(runbook: &Runbook) -> FirstAction {
    let mut steps = runbook.steps.iter().map(|step| step.trim()).peekable();
    let words = steps.next_if(|step| !is_command(step));
    let mut commands = Vec::new();
    while let Some(command) = steps.next_if(|step| is_command(step)) {
        commands.extend(command.lines().map(str::to_owned));
    }
    let typed = "As the runbook begins:";
    let named = runbook.title.as_deref().unwrap_or(&runbook.name);
    let text = words.unwrap_or(if commands.is_empty() { named } else { typed });
    let looks = !commands.is_empty() && !commands.iter().any(|command| is_change(command));
    FirstAction {
        from: "runbook",
        text: text.to_owned(),
        commands,
        risk: looks.then(|| "None: it only looks".to_owned()),
        page: runbook.page.clone(),
    }
}

fn roll_back(
    system: &System,
    cause: ServiceId,
    change: &ChangeRole,
    runbook: Option<&Runbook>,
) -> FirstAction {
    let service = system.service(cause);
    let text = match (change.kind.as_str(), &change.version) {
        ("deploy" | "migration", Some(version)) => {
            format!("Roll {} back to the version before {version}", service.name)
        }
        (kind @ ("deploy" | "migration"), None) => {
            format!("Roll {} back to the version before its last {kind}", service.name)
        }
        (kind, version) => {
            let version = version.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
            format!("Take the {kind}{version} of {} back", service.name)
        }
    };
    let lines = runbook.iter().flat_map(|it| &it.steps).flat_map(|step| step.lines());
    let known = lines.map(str::trim).find(|line| is_command(line) && is_roll_back(line));
    let usual = || {
        let runs = service.runs.is_some() && change.kind == "deploy";
        let name = service.job.as_ref().unwrap_or(&service.name);
        let is_plain = name.chars().all(|it| it.is_ascii_alphanumeric() || it == '-');
        (runs && is_plain).then(|| format!("kubectl rollout undo deployment/{name}"))
    };
    FirstAction {
        from: "roll-back",
        text,
        commands: known.map(str::to_owned).or_else(usual).into_iter().collect(),
        risk: Some(ROLL_BACK_RISK.to_owned()),
        page: runbook.and_then(|runbook| runbook.page.clone()),
    }
}

/// The teams that need not act: all of their services in trouble suffer from the first cause, which is
/// not theirs, nor may be.
pub(crate) fn stand_down(
    system: &System,
    incident: &Incident,
    rules: &[RuleOfThumb],
) -> Vec<StandDown> {
    let possible = match incident.certainty {
        Certainty::Clear => 1,
        Certainty::Close => 2,
        Certainty::Weak | Certainty::Nothing => return Vec::new(),
    };
    let causes = incident.causes.iter().take(possible);
    let services = causes.map(|cause| cause.service.as_str());
    let unexplained = incident.unexplained.iter().map(|state| state.service.as_str());
    let owners = services.chain(unexplained).filter_map(|name| system.names().get(name));
    let mut busy: BTreeSet<&str> = owners.flat_map(|id| teams(system, id)).collect();
    busy.extend(rules.iter().flat_map(|rule| &rule.concerns).map(String::as_str));
    let mut suffering: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for symptom in &incident.symptoms {
        let team = symptom.state.team.as_deref().filter(|team| !busy.contains(team));
        if let Some(team) = team {
            suffering.entry(team).or_default().push(symptom.state.service.clone());
        }
    }
    let cause = incident.causes.first().map(|cause| cause.service.as_str()).unwrap_or_default();
    let stand_down = |(team, services): (&str, Vec<String>)| {
        let verb = if services.len() == 1 { "suffers" } else { "suffer" };
        let why = format!("{} only {verb} from {cause}", listed(&services));
        StandDown { team: team.to_owned(), services, why }
    };
    suffering.into_iter().map(stand_down).collect()
}

fn teams(system: &System, service: ServiceId) -> impl Iterator<Item = &str> {
    let service = system.service(service);
    let all = service.team.iter().chain(&service.co_owners);
    all.map(|team| system.teams()[team.index()].name.as_str())
}

/// `a`, `a and b`, `a, b and c`; a few of many.
fn listed(names: &[String]) -> String {
    const MOST: usize = 3;
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] if names.len() <= MOST => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and {} more", names[..MOST].join(", "), names.len() - MOST),
    }
}
