//! Cohorts: along what users and sites differ.

use knockon_core::{Cohort, CohortId, CohortMember, Member, Share, System};

use crate::codec::{CohortName, Many, Named, Percent, Text, push};
use crate::codes;
use crate::context::{Context, split};
use crate::findings::Finding;
use crate::keys::{Form, Referent};
use crate::quantities::show_number;
use crate::reader::Field;
use crate::record::{Codec, record};
use crate::wording::quoted;
use crate::write::Yaml;

/// A body under `cohorts`.
#[derive(Debug)]
pub(crate) struct CohortBody {
    name: String,
    summary: Option<String>,
    members: Vec<Member>,
    count: Option<u64>,
    within: Option<CohortId>,
}

record! {
    CohortBody: "cohort", "A dimension along which users or sites differ.", named name {
        summary: Text, optional, "Shops, each with its own till.", "What it is, in one sentence.",
            ["description", "about"];
        members: Members, several, "{ jakarta: 60%, bali: 40% }",
            "Its members by name, each with its part of the demand.", ["values", "parts"];
        count: Many, optional, "1200", "How many members there are, when they are not named.",
            ["size", "number"];
        within: CohortName, optional, "region",
            "The cohort that each of its members belongs to one of.", ["parent", "of"];
    }
}

impl Named for CohortBody {
    fn name(&self) -> &str {
        &self.name
    }
}

impl CohortBody {
    pub(crate) fn into_core(self) -> Cohort {
        let Self { name, summary, members, count, within } = self;
        Cohort { name, summary, members, count, within }
    }

    pub(crate) fn of(cohort: &Cohort) -> Self {
        let Cohort { name, summary, members, count, within } = cohort.clone();
        Self { name, summary, members, count, within }
    }
}

/// A mapping from the members of a cohort to their parts.
struct Members;

impl Codec for Members {
    type Out = Vec<Member>;
    const FORM: Form = Form::Map(&Form::Share);

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Vec<Member>> {
        let mut members = Some(Vec::new());
        for entry in field.bodies(Self::FORM, cx.findings)? {
            let share = Percent::read(field.item(&entry.value, entry.key_span), cx);
            push(&mut members, share.map(|share| Member { name: entry.key.to_string(), share }));
        }
        let members = members?;
        let sum: f64 = members.iter().map(|member| member.share.percent).sum();
        if sum > Share::ALL.percent + 1e-6 {
            let message = format!("the members are {}% together", show_number(sum));
            cx.findings.push(
                Finding::error(codes::BAD_AMOUNT, field.span, message)
                    .label("more than all")
                    .help("let the shares add up to 100% at most"),
            );
            return None;
        }
        Some(members)
    }

    fn write(value: &Vec<Member>, system: &System) -> Yaml {
        let one = |member: &Member| (member.name.clone(), Percent::write(&member.share, system));
        Yaml::Map(value.iter().map(one).collect())
    }
}

/// `cohort / member`.
pub(crate) struct MemberName;

impl Codec for MemberName {
    type Out = CohortMember;
    const FORM: Form = Form::Member(&[Referent::Member]);

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<CohortMember> {
        let text = field.text(Self::FORM, cx.findings)?;
        let span = field.node.span;
        let cohorts = &mut cx.names.cohorts;
        let Some((cohort, member)) = split(text, " / ", |name| cohorts.find(name).is_some()) else {
            let message = format!("{} does not say which member of which cohort", quoted(text));
            cx.findings.push(
                Finding::error(codes::UNKNOWN_MEMBER, span, message)
                    .label("expected `cohort / member`")
                    .help("write the cohort, ` / ` with spaces, and the member"),
            );
            return None;
        };
        let cohort = cohorts.refer(cohort, span, cx.findings)?;
        let members = &mut cx.names.cohort_members[cohort];
        let member = members.refer(member, span, cx.findings)?;
        Some(CohortMember { cohort: CohortId::from_index(cohort), member })
    }

    fn write(value: &CohortMember, system: &System) -> Yaml {
        let cohort = &system.practice().cohorts[value.cohort.index()];
        Yaml::text(format!("{} / {}", cohort.name, cohort.members[value.member].name))
    }
}
