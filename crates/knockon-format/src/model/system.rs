//! The file itself.

use knockon_core::{Allowance, Heuristic, Practice, PriorityRule, Runbook, Service, System, Team};

use super::cohort::CohortBody;
use super::journey::{JourneyBody, Journeys};
use super::practice::Priorities;
use super::service::Services;
use crate::codec::{Bodies, List, One, Page, Text};
use crate::codes;
use crate::context::Context;
use crate::findings::Finding;
use crate::keys::Form;
use crate::reader::{Field, name_problem};
use crate::record::{Codec, record};
use crate::wording::quoted;
use crate::write::Yaml;

/// The whole of a model.
pub(crate) struct SystemBody {
    pub(crate) name: String,
    pub(crate) summary: Option<String>,
    pub(crate) teams: Vec<Team>,
    pub(crate) cohorts: Vec<CohortBody>,
    pub(crate) services: Vec<Service>,
    pub(crate) journeys: Vec<JourneyBody>,
    pub(crate) runbooks: Vec<Runbook>,
    pub(crate) monitors: Vec<String>,
    pub(crate) metrics: Vec<String>,
    pub(crate) heuristics: Vec<Heuristic>,
    pub(crate) priorities: Vec<PriorityRule>,
    pub(crate) allow: Vec<Allowance>,
}

record! {
    SystemBody: "system", "A model: who owns what, what needs what, what users do with it." {
        name as "system": SystemName, required, "sock-shop", "Its name.", ["name"];
        summary: Text, optional, "Socks are sold and shipped.", "What it does, in one sentence.",
            ["description", "about"];
        teams: Bodies<Team>, several, "{ storefront: {} }", "Who owns services.",
            ["owners", "groups"];
        cohorts: Bodies<CohortBody>, several, "{ region: { members: { north: 60%, south: 40% } } }",
            "Along what users and sites differ.", ["dimensions", "segments"];
        services: Services, required, "{ front-end: {} }",
            "What runs and can fail on its own. At least one.", ["components"];
        journeys: Journeys, several, "{ buy: { through: [front-end] } }",
            "The paths that users take.", ["flows"];
        runbooks: Bodies<Runbook>, several, "{ slow-orders: { steps: [restart it] } }",
            "What to do when something is broken; a pack has a page for each instead.", ["playbooks"];
        monitors: List<Page>, several,
            "[alerts.yaml]", "Prometheus rule files beside this one.", ["alerts", "rules"];
        metrics: List<Page>, several, "[counters.yaml]",
            "Rule files that record what the applications count themselves, for runs that are simulated.",
            ["application-metrics", "recordings"];
        heuristics: Bodies<Heuristic>, several, "{ one shop: { says: Most often local. } }",
            "Rules of thumb for judging how wide an incident is.", ["rules-of-thumb"];
        priorities: Priorities, several, "{ P1: { means: Total outage. } }",
            "What each priority means, and what is done at once.", ["severities"];
        allow: List<One<Allowance>>, several, "[{ code: K0401, reason: The page is being written. }]",
            "Weaknesses that are known and accepted.", ["ignore", "suppress", "exceptions"];
    }
}

/// The name of a system.
struct SystemName;

impl Codec for SystemName {
    type Out = String;
    const FORM: Form = Form::Text;

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<String> {
        let name = field.text(Self::FORM, cx.findings)?;
        if let Some(problem) = name_problem(name) {
            let message = format!("{} cannot be a name", quoted(name));
            cx.findings.push(
                Finding::error(codes::EMPTY_OR_UNNAMED, field.node.span, message).label(problem),
            );
            return None;
        }
        Some(name.to_owned())
    }

    fn write(value: &String, _: &System) -> Yaml {
        Yaml::text(value)
    }
}

impl SystemBody {
    /// What people do with the system.
    pub(crate) fn of(system: &System) -> Self {
        let Practice { cohorts, heuristics, priorities, allow, .. } = system.practice().clone();
        let journeys = system.journeys().iter();
        Self {
            name: system.name().to_owned(),
            summary: system.summary().map(str::to_owned),
            teams: system.teams().to_vec(),
            cohorts: cohorts.iter().map(CohortBody::of).collect(),
            services: system.services().to_vec(),
            journeys: journeys.map(|journey| JourneyBody::of(journey, system)).collect(),
            runbooks: system.runbooks().to_vec(),
            monitors: Vec::new(),
            metrics: Vec::new(),
            heuristics,
            priorities,
            allow,
        }
    }
}
