//! How each form of value is read and written.

use std::marker::PhantomData;
use std::rc::Rc;
use std::time::Duration;

use knockon_core::{
    Bytes, CohortId, Cpu, DurationRange, Money, MoneyRate, Rate, RunbookId, ServiceId, Share,
    Spread, System, TeamId,
};

use crate::closest::closest;
use crate::codes;
use crate::context::Context;
use crate::findings::Finding;
use crate::keys::{Form, Referent};
use crate::quantities as q;
use crate::reader::{Body, Field, Subject, name_problem};
use crate::record::{Codec, Record, table};
use crate::wording::{quoted, series};
use crate::write::Yaml;
use crate::yaml::{Content, Node};

/// Any text.
pub(crate) struct Text;

impl Codec for Text {
    type Out = String;
    const FORM: Form = Form::Text;

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<String> {
        field.text(Self::FORM, cx.findings).map(str::to_owned)
    }

    fn write(value: &String, _: &System) -> Yaml {
        Yaml::text(value)
    }
}

/// `true` or `false`.
pub(crate) struct Flag;

impl Codec for Flag {
    type Out = bool;
    const FORM: Form = Form::Flag;

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<bool> {
        let text = field.figure(Self::FORM, cx)?;
        match text {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                let message = format!("{} is neither `true` nor `false`", quoted(text));
                cx.findings.push(unknown_word(message, text, field, || ["true", "false"]));
                None
            }
        }
    }

    fn write(value: &bool, _: &System) -> Yaml {
        Yaml::Plain(if *value { "true" } else { "false" })
    }
}

/// One of a few words; implemented for each by [`words`].
pub(crate) struct Word<T>(PhantomData<T>);

macro_rules! words {
    ($($word:ty, $what:literal;)+) => {$(
        impl Codec for Word<$word> {
            type Out = $word;
            const FORM: Form = Form::Word(|| <$word>::ALL.iter().map(|w| w.as_str()).collect());

            fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<$word> {
                let text = field.figure(Self::FORM, cx)?;
                let word = <$word>::parse(text);
                if word.is_none() {
                    let message = format!("{} is not {}", quoted(text), $what);
                    let words = || <$word>::ALL.iter().map(|w| w.as_str());
                    cx.findings.push(unknown_word(message, text, field, words));
                }
                word
            }

            fn write(value: &$word, _: &System) -> Yaml {
                Yaml::text(value.as_str())
            }
        }
    )+};
}

words! {
    knockon_core::Access, "a sort of access";
    knockon_core::Acks, "a time to acknowledge";
    knockon_core::Breadth, "a breadth";
    knockon_core::Criticality, "a criticality";
    knockon_core::Eviction, "an eviction policy";
    knockon_core::Excess, "something to do with excess requests";
    knockon_core::Jitter, "a jitter";
    knockon_core::Overflow, "an overflow policy";
    knockon_core::Priority, "a priority";
    knockon_core::Rated, "a rating";
    knockon_core::RestartPolicy, "a restart policy";
    knockon_core::RetryOn, "a reason to try again";
    knockon_core::Risk, "a risk";
    knockon_core::Scan, "a way to find rows";
    knockon_core::ScalingSelect, "a choice of scaling policies";
    knockon_core::Scope, "a scope";
    knockon_core::ServiceKind, "a kind of service";
    knockon_core::StoreCopy, "a copy of a database";
    knockon_core::Tier, "a tier";
}

/// What is said of a word that is none of the few that fit.
pub(crate) fn unknown_word<I: IntoIterator<Item = &'static str>>(
    message: String,
    written: &str,
    field: Field<'_>,
    words: impl Fn() -> I,
) -> Finding {
    let all = series(words(), "or");
    let finding =
        Finding::error(codes::UNKNOWN_WORD, field.node.span, message).label("unknown word");
    match closest(written, words().into_iter()) {
        Some(near) => finding.help(format!("did you mean `{near}`? The words are {all}")),
        None => finding.help(format!("write {all}")),
    }
}

macro_rules! quantities {
    ($($(#[$doc:meta])* $codec:ident: $out:ty, $form:expr, $code:ident, $read:path, $write:path;)+) => {$(
        $(#[$doc])*
        pub(crate) struct $codec;

        impl Codec for $codec {
            type Out = $out;
            const FORM: Form = $form;

            fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<$out> {
                field.quantity(Self::FORM, cx, codes::$code, $read)
            }

            fn write(value: &$out, _: &System) -> Yaml {
                Yaml::Text($write(*value))
            }
        }
    )+};
}

quantities! {
    /// A length of time.
    Time: Duration, Form::Duration, BAD_DURATION, q::duration, q::show_duration;
    /// From a shortest to a longest time.
    TimeRange: DurationRange, Form::DurationRange, BAD_DURATION, q::duration_range,
        q::show_duration_range;
    /// Processor time.
    CpuAmount: Cpu, Form::Cpu, BAD_AMOUNT, q::cpu, q::show_cpu;
    /// Memory.
    Memory: Bytes, Form::Memory, BAD_AMOUNT, q::bytes, q::show_bytes;
    /// A part of a whole, up to all of it.
    Percent: Share, Form::Share, BAD_AMOUNT, whole_share, q::show_share;
    /// A part of something, which may be more than all of it.
    Ratio: Share, Form::Share, BAD_AMOUNT, q::share, q::show_share;
    /// How often.
    PerTime: Rate, Form::Rate, BAD_RATE, q::rate, q::show_rate;
    /// An amount of money.
    Amount: Money, Form::Money, BAD_MONEY, q::money, q::show_money;
    /// What time costs.
    AmountPerTime: MoneyRate, Form::MoneyRate, BAD_MONEY, q::money_rate, q::show_money_rate;
    /// A number.
    Factor: f64, Form::Factor, BAD_NUMBER, q::factor, q::show_number;
    /// How much a time varies.
    SpreadOf: Spread, Form::Spread, BAD_AMOUNT, q::spread, q::show_spread;
}

fn whole_share(text: &str) -> Result<Share, q::Bad> {
    q::share(text).and_then(|share| q::at_most_all(share, text))
}

/// A whole number of some type, from a least one to a largest.
pub(crate) struct Count<T, const LEAST: u64, const MOST: u64>(PhantomData<T>);

/// A number of things of which there may be none.
pub(crate) type Any = Count<u32, 0, { u32::MAX as u64 }>;
/// A number of things of which there is at least one.
pub(crate) type Positive = Count<u32, 1, { u32::MAX as u64 }>;
/// A large number of things.
pub(crate) type Many = Count<u64, 0, { u64::MAX }>;
/// A port.
pub(crate) type Port = Count<u16, 1, 65_535>;

impl<T: TryFrom<u64> + Into<u64> + Copy, const LEAST: u64, const MOST: u64> Codec
    for Count<T, LEAST, MOST>
{
    type Out = T;
    const FORM: Form = Form::Count(LEAST, if MOST >= u32::MAX as u64 { u64::MAX } else { MOST });

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<T> {
        field.quantity(Self::FORM, cx, codes::BAD_NUMBER, |text| {
            let count = q::count(text)?;
            let fits = (LEAST..=MOST).contains(&count).then(|| T::try_from(count).ok());
            fits.flatten().ok_or_else(|| q::out_of_range(text, field.key, Self::FORM))
        })
    }

    fn write(value: &T, _: &System) -> Yaml {
        Yaml::text((*value).into().to_string())
    }
}

/// A path beside the system file, or a URL.
pub(crate) struct Page;

impl Codec for Page {
    type Out = String;
    const FORM: Form = Form::Page;

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<String> {
        let page = field.text(Self::FORM, cx.findings)?;
        let is_url = page.starts_with("https://") || page.starts_with("http://");
        let path = page.split_once('#').map_or(page, |(path, _section)| path);
        if !is_url && !(cx.page_exists)(path) {
            let message = format!("there is no page {}", quoted(path));
            cx.findings.push(
                Finding::warning(codes::PAGE_MISSING, field.node.span, message)
                    .label("not beside the system file")
                    .help("write a path relative to the system file, or a URL with `https://`"),
            );
        }
        Some(page.to_owned())
    }

    fn write(value: &String, _: &System) -> Yaml {
        Yaml::text(value)
    }
}

macro_rules! names {
    ($($(#[$doc:meta])* $codec:ident: $out:ty, $referent:ident, $declared:ident, $name:expr;)+) => {$(
        $(#[$doc])*
        pub(crate) struct $codec;

        impl Codec for $codec {
            type Out = $out;
            const FORM: Form = Form::Name(Referent::$referent);

            fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<$out> {
                let name = field.text(Self::FORM, cx.findings)?;
                let at = cx.names.$declared.refer(name, field.node.span, cx.findings)?;
                Some(<$out>::from_index(at))
            }

            fn write(value: &$out, system: &System) -> Yaml {
                let name: fn(&System, usize) -> &str = $name;
                Yaml::text(name(system, value.index()))
            }
        }
    )+};
}

names! {
    /// The name of a service.
    ServiceName: ServiceId, Service, services, |s, at| &s.services()[at].name;
    /// The name of a team.
    TeamName: TeamId, Team, teams, |s, at| &s.teams()[at].name;
    /// The name of a runbook.
    RunbookName: RunbookId, Runbook, runbooks, |s, at| &s.runbooks()[at].name;
    /// The name of a cohort.
    CohortName: CohortId, Cohort, cohorts, |s, at| &s.practice().cohorts[at].name;
}

/// A list of one form.
pub(crate) struct List<C>(PhantomData<C>);

impl<C: Codec> Codec for List<C> {
    type Out = Vec<C::Out>;
    const FORM: Form = Form::List(&C::FORM);

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Self::Out> {
        let items = field.list(Self::FORM, cx.findings)?;
        // Every item is read, so that all mistakes are told.
        let read: Vec<_> =
            items.iter().map(|item| C::read(field.item(item, field.span), cx)).collect();
        read.into_iter().collect()
    }

    fn write(value: &Self::Out, system: &System) -> Yaml {
        Yaml::List(value.iter().map(|item| C::write(item, system)).collect())
    }
}

/// A mapping with the keys of a record, or the value its short form stands for.
pub(crate) struct One<R>(PhantomData<R>);

impl<R: Record> Codec for One<R> {
    type Out = R;
    const FORM: Form = Form::Body(table::<R>());

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<R> {
        let name = if field.item { "" } else { field.key.name };
        let subject = Subject { name: Some(name), span: field.place_of_body() };
        let body = Body::open(field.node, subject, table::<R>(), cx.findings);
        R::read(&body, cx)
    }

    fn write(value: &R, system: &System) -> Yaml {
        short(R::write(value, system), R::TABLE.short)
    }
}

/// A mapping from names to bodies.
pub(crate) struct Bodies<R>(PhantomData<R>);

/// Something that has a name of its own.
pub(crate) trait Named {
    fn name(&self) -> &str;
}

impl<R: Record + Named> Codec for Bodies<R> {
    type Out = Vec<R>;
    const FORM: Form = Form::Map(&Form::Body(table::<R>()));

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Vec<R>> {
        let mut all = Some(Vec::new());
        for entry in field.bodies(Self::FORM, cx.findings)? {
            let one = body_of::<R>(&entry.key, entry.key_span, &entry.value, cx);
            push(&mut all, one);
        }
        all
    }

    fn write(value: &Vec<R>, system: &System) -> Yaml {
        let one = |r: &R| (r.name().to_owned(), short(r.write(system), R::TABLE.short));
        Yaml::Map(value.iter().map(one).collect())
    }
}

/// Adds what was read to the rest; when one of them is wrong, there are none.
pub(crate) fn push<T>(all: &mut Option<Vec<T>>, one: Option<T>) {
    match (all.as_mut(), one) {
        (Some(all), Some(one)) => all.push(one),
        _ => *all = None,
    }
}

/// The body below a name.
pub(crate) fn body_of<R: Record>(
    name: &str,
    span: crate::source::Span,
    node: &Rc<Node>,
    cx: &mut Context<'_>,
) -> Option<R> {
    let subject = Subject { name: Some(name), span };
    let body = Body::open(node, subject, table::<R>(), cx.findings);
    R::read(&body, cx)
}

/// The mapping, or its one value if its short form says the same.
pub(crate) fn short(entries: Vec<(String, Yaml)>, key: Option<&str>) -> Yaml {
    match entries.as_slice() {
        [(name, value)] if Some(name.as_str()) == key && !matches!(value, Yaml::Map(_)) => {
            value.clone()
        }
        _ => Yaml::Map(entries),
    }
}

/// A list of names, each with a body where there is more to say: `[browse, cart: front-end / add]`.
pub(crate) struct Items<R>(PhantomData<R>);

impl<R: Record + Named> Codec for Items<R> {
    type Out = Vec<R>;
    const FORM: Form = Form::Items(table::<R>());

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Vec<R>> {
        let mut all = Some(Vec::new());
        for item in field.list(Self::FORM, cx.findings)? {
            let one = one_item(field.item(item, field.span), "a name, alone or with a value", cx);
            let one = one.and_then(|(name, span, node)| {
                if let Some(problem) = name_problem(&name) {
                    let message = format!("{} cannot be a name", quoted(&name));
                    let finding = Finding::error(codes::EMPTY_OR_UNNAMED, span, message);
                    cx.findings.push(finding.label(problem));
                }
                body_of::<R>(&name, span, &node, cx)
            });
            push(&mut all, one);
        }
        all
    }

    fn write(value: &Vec<R>, system: &System) -> Yaml {
        let one = |r: &R| item_of(r.name(), short(r.write(system), R::TABLE.short));
        Yaml::List(value.iter().map(one).collect())
    }
}

/// A name alone, or with what is said of it.
pub(crate) fn item_of(name: &str, body: Yaml) -> Yaml {
    if body.is_empty() { Yaml::text(name) } else { Yaml::Map(vec![(name.to_owned(), body)]) }
}

/// An item that is a name, or a name with a value or a body.
pub(crate) fn one_item(
    field: Field<'_>,
    expected: &str,
    cx: &mut Context<'_>,
) -> Option<(Rc<str>, crate::source::Span, Rc<Node>)> {
    match &field.node.content {
        Content::Text { text, .. } if !text.trim().is_empty() => {
            let nothing = Node::leaf(field.node.span, Content::Nothing { commented: false });
            Some((Rc::from(text.trim()), field.node.span, Rc::new(nothing)))
        }
        Content::Mapping(entries) => match entries.as_slice() {
            [entry] if matches!(entry.value.content, Content::Nothing { .. }) => {
                let name = quoted(&entry.key);
                cx.findings.push(
                    Finding::error(
                        codes::WRONG_TYPE,
                        entry.key_span,
                        format!("{name} has no value"),
                    )
                    .label("nothing after the `:`")
                    .help(format!("write {name} alone")),
                );
                None
            }
            [entry] => Some((Rc::clone(&entry.key), entry.key_span, Rc::clone(&entry.value))),
            [_, second, ..] => {
                let message = format!("one item of {} names two things", quoted(field.key.name));
                cx.findings.push(
                    Finding::error(codes::WRONG_TYPE, second.key_span, message)
                        .label("a second name")
                        .help("write each as an item of its own"),
                );
                None
            }
            [] => {
                cx.findings.push(field.wrong_item(expected));
                None
            }
        },
        Content::Broken => None,
        _ => {
            cx.findings.push(field.wrong_item(expected));
            None
        }
    }
}
