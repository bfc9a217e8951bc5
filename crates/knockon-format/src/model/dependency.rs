//! Declared dependencies: `calls: [orders, promo: optional]` and its five relatives.

use std::rc::Rc;

use knockon_core::{
    Criticality, Dependency, DependencyDetails, DependencyKind, DurationRange, Element, Provenance,
    Rated, ServiceId, Source, System,
};

use crate::codec::{List, Text, TimeRange, Word, body_of, item_of, one_item, short, unknown_word};
use crate::codes;
use crate::context::Context;
use crate::findings::Finding;
use crate::keys::Form;
use crate::reader::Field;
use crate::record::{Codec, Record, record};
use crate::wording::quoted;
use crate::write::Yaml;

/// What is said of a declared dependency.
#[derive(Debug, Default)]
pub(crate) struct DependencyBody {
    pub(crate) criticality: Option<Criticality>,
    pub(crate) rated: Option<Rated>,
    pub(crate) risk: Option<String>,
    pub(crate) impact: Option<String>,
    pub(crate) workaround: Option<String>,
    pub(crate) recovery: Option<DurationRange>,
    pub(crate) known_from: Vec<Source>,
}

record! {
    DependencyBody: "dependency", "What is known of a dependency beyond that it is there.",
        short "criticality"
    {
        criticality: Word<Criticality>, derived("as the steps say, else `critical`"), "degrades",
            "What becomes of the service without it.", ["importance"];
        rated: Word<Rated>, optional, "high", "How bad people say it is when it is gone.",
            ["rating", "severity"];
        risk: Text, optional, "delayed or missing sync", "What can go wrong with it.",
            ["risk-type"];
        impact: Text, optional, "Carts cannot be opened.", "What users see when it is gone.",
            ["effect", "example"];
        workaround: Text, optional, "Carts from the database.", "What can be done meanwhile.",
            ["mitigation"];
        recovery: TimeRange, optional, "5min to 30min", "How long it takes until it is back.",
            ["recovery-time", "rto", "mttr"];
        known_from: List<SourceText>, several, "[manifest shop.yaml:12]",
            "Everything that shows it: `declared`, `manifest`, `trace`, `network-policy` or `catalog`, and where.",
            ["provenance", "source", "sources"];
    }
}

/// The kind of a source and where it is.
struct SourceText;

impl Codec for SourceText {
    type Out = Source;
    const FORM: Form = Form::Source;

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Source> {
        let text = field.text(Self::FORM, cx.findings)?;
        let (word, place) = text.split_once(' ').unwrap_or((text, ""));
        // That steps show it is found out, not said.
        let said = Provenance::parse(word).filter(|known| *known != Provenance::Steps);
        let Some(provenance) = said else {
            let message = format!("{} is not a sort of source", quoted(word));
            let said = Provenance::ALL.iter().filter(|known| **known != Provenance::Steps);
            let words = || said.clone().map(|word| word.as_str());
            let finding = unknown_word(message, word, field, words);
            cx.findings.push(finding.label("expected a sort of source first"));
            return None;
        };
        let place = Some(place.trim().to_owned()).filter(|place| !place.is_empty());
        Some(Source { provenance, place })
    }

    fn write(value: &Source, _: &System) -> Yaml {
        Yaml::text(match &value.place {
            Some(place) => format!("{} {place}", value.provenance),
            None => value.provenance.to_string(),
        })
    }
}

macro_rules! kinds {
    ($($codec:ident = $kind:ident;)+) => {$(
        /// A list of services used in one way.
        pub(crate) struct $codec;

        impl Codec for $codec {
            type Out = Vec<(ServiceId, DependencyBody)>;
            const FORM: Form = Form::Dependencies(DependencyKind::$kind);

            fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Self::Out> {
                read(DependencyKind::$kind, field, cx)
            }

            fn write(value: &Self::Out, system: &System) -> Yaml {
                let one = |(to, body): &(ServiceId, DependencyBody)| {
                    let body = short(body.write(system), DependencyBody::TABLE.short);
                    item_of(&system.service(*to).name, body)
                };
                Yaml::List(value.iter().map(one).collect())
            }
        }
    )+};
}

kinds! {
    Calls = Call;
    Reads = Read;
    Writes = Write;
    Publishes = Publish;
    Consumes = Consume;
    RunsOn = RunsOn;
}

fn read(
    kind: DependencyKind,
    field: Field<'_>,
    cx: &mut Context<'_>,
) -> Option<Vec<(ServiceId, DependencyBody)>> {
    let from = ServiceId::from_index(cx.service);
    for node in field.list(Form::Dependencies(kind), cx.findings)? {
        let item = field.item(node, field.span);
        let Some((name, span, body)) = one_item(item, "a service name or `name: criticality`", cx)
        else {
            continue;
        };
        let to = cx.refer_service(name.trim(), span);
        let body = body_of::<DependencyBody>(&name, span, &Rc::clone(&body), cx);
        let (Some(to), Some(body)) = (to, body) else {
            continue;
        };
        if to == from {
            let message = format!("{} depends on itself", quoted(&name));
            cx.findings.push(
                Finding::error(codes::SELF_DEPENDENCY, span, message)
                    .label("the service itself")
                    .related(cx.names.services.span(from.index()), "declared here")
                    .help("remove it, or name the service that is meant"),
            );
            continue;
        }
        let element = Element::Dependency((from, to, kind));
        if let Some(&first) = cx.places.get(&element) {
            let message = format!("{} is already among {}", quoted(&name), quoted(field.key.name));
            cx.findings.push(
                Finding::warning(codes::REPEATED, span, message)
                    .label("left out")
                    .related(first, "first written here; this one counts")
                    .help("remove one of the two"),
            );
            continue;
        }
        cx.places.insert(element, span);
        cx.check_target(kind, to, span, field.key.name);
        cx.dependencies.push(declared(from, to, kind, body));
    }
    Some(Vec::new())
}

fn declared(
    from: ServiceId,
    to: ServiceId,
    kind: DependencyKind,
    body: DependencyBody,
) -> (Dependency, DependencyDetails, bool) {
    let explicit = body.criticality.is_some();
    let mut known_from = body.known_from;
    if known_from.is_empty() {
        known_from.push(Source { provenance: Provenance::Declared, place: None });
    }
    let dependency = Dependency {
        from,
        to,
        kind,
        criticality: body.criticality.unwrap_or(Criticality::Critical),
        provenance: known_from[0].provenance,
    };
    let DependencyBody { rated, risk, impact, workaround, recovery, .. } = body;
    let details = DependencyDetails { known_from, rated, risk, impact, workaround, recovery };
    (dependency, details, explicit)
}
