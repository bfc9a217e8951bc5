//! Teams, runbooks, heuristics, priorities and allowances.

use knockon_core::{
    Allowance, Heuristic, MoneyRate, Priority, PriorityRule, Runbook, Share, System, Team,
};

use crate::codec::{
    AmountPerTime, CohortName, List, Named, Page, Percent, ServiceName, TeamName, Text, Word,
    body_of, push, unknown_word,
};
use crate::context::Context;
use crate::keys::Form;
use crate::reader::Field;
use crate::record::{Codec, Record, record, table};
use crate::wording::quoted;
use crate::write::Yaml;

record! {
    Team: "team", "Who owns services.", named name {
        summary: Text, optional, "Everything a customer sees.", "What it is for, in one sentence.",
            ["description", "about"];
        contact: Text, optional, "\"#shop-storefront\"",
            "Where to reach it in working hours: a channel, a mail address.",
            ["channel", "slack", "email"];
        escalation: Text, optional, "pagerduty/storefront",
            "Where to wake it at night: an escalation policy, a pager.",
            ["pager", "pagerduty", "oncall"];
    }
}

record! {
    Runbook: "runbook", "What to do when something is broken.", named name {
        title: Text, optional, "Orders are slow", "What it is for, in one sentence.",
            ["summary", "description"];
        page: Page, optional, "runbooks/slow-orders.md", "The page with the whole of it.",
            ["url", "link", "file"];
        steps: List<Text>, several, "[kubectl rollout undo deployment/orders]",
            "What to do first, in the order to try it: plain words or a command line.",
            ["actions", "commands"];
    }
}

record! {
    Heuristic: "heuristic", "A rule of thumb for judging how wide an incident is.", named name {
        says: Text, required, "One store alone is most often local.",
            "The rule, in one sentence.", ["text", "rule", "summary"];
        cohort: CohortName, optional, "store", "Along which cohort it counts what is hit.",
            ["along", "dimension"];
        breadth: Word<knockon_core::Breadth>, optional, "one", "How many members are hit.",
            ["hits", "how-many"];
        within: CohortName, optional, "region", "When all that is hit is in one member of this cohort.",
            ["inside"];
        service: ServiceName, optional, "front-end", "When this service is in trouble.", ["when"];
        scope: Word<knockon_core::Scope>, optional, "local", "How wide it is, then.", ["reach"];
        risk: Word<knockon_core::Risk>, optional, "low", "How much there is to fear, then.",
            ["danger"];
        suspects: List<ServiceName>, several, "[front-end]", "What to suspect, then.",
            ["causes", "suspect"];
        concerns: List<TeamName>, several, "[storefront]", "Whom to get, then.",
            ["teams", "engage", "owner"];
    }
}

record! {
    Allowance: "allowance", "A weakness that is known and accepted." {
        code: Text, required, "K0401", "The code of the weakness.", ["id", "lint"];
        at: Text, derived("everywhere"), "front-end",
            "Where it is accepted: a service, a journey, a monitor, or `service / operation`.",
            ["where", "in", "on", "service"];
        reason: Text, required, "The page is being written.", "Why it is accepted.",
            ["because", "why"];
    }
}

/// A body under `priorities`.
#[derive(Debug)]
pub(crate) struct PriorityBody {
    means: Option<String>,
    action: Option<String>,
    users: Option<Share>,
    any_users: Option<Share>,
    money: Option<MoneyRate>,
    worse: Option<Priority>,
}

record! {
    PriorityBody: "priority", "What a priority means here; its name is P1, P2, P3 or P4." {
        means: Text, optional, "Total outage or critical loss.", "What it means.",
            ["definition", "meaning", "description"];
        action: Text, optional, "Page everybody, keep the executives informed.",
            "What is done at once.", ["actions", "immediate-action", "response"];
        users: Percent, derived("P1 50%, P2 5%, P3 0.1%"), "20%",
            "It is reached when so many of the users of a journey that is worth money are hurt.",
            ["share", "affected"];
        any_users: Percent, derived("P2 50%, P3 0.1%"), "80%",
            "The same for any journey.", ["any"];
        money: AmountPerTime, optional, "10000 USD/h",
            "It is reached when so much money is at stake.", ["cost", "loss"];
        worse: Word<Priority>, derived("P2 for P3"), "P1",
            "What it becomes while it gets worse.", ["rising", "when-worse"];
    }
}

/// A mapping from priorities to what they mean.
pub(crate) struct Priorities;

impl Codec for Priorities {
    type Out = Vec<PriorityRule>;
    const FORM: Form = Form::Map(&Form::Body(table::<PriorityBody>()));

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Vec<PriorityRule>> {
        let mut rules = Some(Vec::new());
        for entry in field.bodies(Self::FORM, cx.findings)? {
            let body = body_of::<PriorityBody>(&entry.key, entry.key_span, &entry.value, cx);
            let priority = Priority::parse(&entry.key);
            if priority.is_none() {
                let message = format!("{} is not a priority", quoted(&entry.key));
                let words = || Priority::ALL.iter().map(|word| word.as_str());
                let finding = unknown_word(message, &entry.key, field, words);
                cx.findings.push(finding.moved(entry.key_span));
            }
            let rule = priority.zip(body);
            push(
                &mut rules,
                rule.map(|(priority, body)| PriorityRule {
                    priority,
                    means: body.means,
                    action: body.action,
                    users: body.users,
                    any_users: body.any_users,
                    money: body.money,
                    worse: body.worse,
                }),
            );
        }
        rules
    }

    fn write(value: &Vec<PriorityRule>, system: &System) -> Yaml {
        let one = |rule: &PriorityRule| {
            let body = PriorityBody {
                means: rule.means.clone(),
                action: rule.action.clone(),
                users: rule.users,
                any_users: rule.any_users,
                money: rule.money,
                worse: rule.worse,
            };
            (rule.priority.as_str().to_owned(), Yaml::Map(body.write(system)))
        };
        Yaml::Map(value.iter().map(one).collect())
    }
}

macro_rules! named {
    ($($named:ty),+ $(,)?) => {$(
        impl Named for $named {
            fn name(&self) -> &str {
                &self.name
            }
        }
    )+};
}

named!(
    Team,
    Runbook,
    Heuristic,
    knockon_core::Operation,
    knockon_core::Query,
    knockon_core::CacheEntry,
    knockon_core::Queue,
    knockon_core::Topic,
    knockon_core::Stage,
);
