//! State machines with strict transitions.

use std::time::Duration;

use knockon_core::{MachineId, ServiceId, State, StateMachine, System};

use crate::closest::closest;
use crate::codec::{List, Named, Text, Time, body_of, push};
use crate::codes;
use crate::context::{Context, split};
use crate::findings::Finding;
use crate::keys::{Form, Referent};
use crate::reader::{Field, name_problem};
use crate::record::{Codec, Record, record, table};
use crate::source::Span;
use crate::wording::quoted;
use crate::write::Yaml;

/// Machines with more states are no work of a person, and no slip of one is looked for.
const MAX_COMPARED: usize = 200;

/// A body under `states`.
#[derive(Debug)]
pub(crate) struct MachineBody {
    name: String,
    moves: Vec<(String, Span, Vec<String>)>,
    stuck: Vec<(String, Span, Duration)>,
}

record! {
    MachineBody: "machine", "The states a thing can be in, and the only ways from one to the next.",
        named name
    {
        moves: Pairs<List<Text>>, required, "{ CREATED: [PAID, EXPIRED], PAID: [SHIPPED] }",
            "For each state those that may come next. The first is where a thing starts; one without any is an end.",
            ["transitions"];
        stuck: Pairs<Time>, several, "{ CREATED: 30min }",
            "A thing that stays in a state longer than this is stuck.", ["stuck-after"];
    }
}

impl Named for MachineBody {
    fn name(&self) -> &str {
        &self.name
    }
}

/// A mapping from state machines to their moves.
pub(crate) struct Machines;

impl Codec for Machines {
    type Out = Vec<StateMachine>;
    const FORM: Form = Form::Map(&Form::Body(table::<MachineBody>()));

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Vec<StateMachine>> {
        let mut machines = Some(Vec::new());
        for (at, entry) in field.bodies(Self::FORM, cx.findings)?.into_iter().enumerate() {
            let body = body_of::<MachineBody>(&entry.key, entry.key_span, &entry.value, cx);
            let machine = body.and_then(|body| machine(at, body, cx));
            push(&mut machines, machine);
        }
        machines
    }

    fn write(value: &Vec<StateMachine>, system: &System) -> Yaml {
        let one = |machine: &StateMachine| {
            let name = |at: &usize| machine.states[*at].name.clone();
            let moves = machine.states.iter();
            let body = MachineBody {
                name: machine.name.clone(),
                moves: moves
                    .map(|state| {
                        let next = state.next.iter().map(name).collect();
                        (state.name.clone(), Span::default(), next)
                    })
                    .collect(),
                stuck: (machine.states.iter())
                    .filter_map(|state| Some((state.name.clone(), Span::default(), state.stuck?)))
                    .collect(),
            };
            (machine.name.clone(), Yaml::Map(body.write(system)))
        };
        Yaml::Map(value.iter().map(one).collect())
    }
}

fn machine(at: usize, body: MachineBody, cx: &mut Context<'_>) -> Option<StateMachine> {
    let states = cx.names.members.get_mut(cx.service)?.states.get_mut(at)?;
    let mut made: Vec<State> = states
        .listed()
        .into_iter()
        .map(|name| State { name: name.to_owned(), next: Vec::new(), stuck: None })
        .collect();
    for (from, _, next) in &body.moves {
        let from = states.find(from)?;
        made[from].next = next.iter().filter_map(|name| states.find(name)).collect();
    }
    // A state that nothing starts from may be an end, or a slip of the pen.
    let keys: Vec<&str> = body.moves.iter().map(|(name, ..)| name.as_str()).collect();
    for (name, span) in states.with_spans().skip(keys.len()) {
        if let Some(problem) = name_problem(name) {
            let message = format!("{} cannot be a name", quoted(name));
            cx.findings.push(Finding::error(codes::EMPTY_OR_UNNAMED, span, message).label(problem));
        } else if keys.len() > MAX_COMPARED {
            break;
        } else if let Some(near) = closest(name, keys.iter().copied()) {
            let message = format!("{} is an end, and much like {}", quoted(name), quoted(near));
            cx.findings.push(
                Finding::warning(codes::LIKELY_SLIP, span, message)
                    .label("no moves start from it")
                    .help(format!("write {}, or `{name}: []` if it is an end", quoted(near))),
            );
        }
    }
    for (name, span, limit) in &body.stuck {
        made[states.refer(name, *span, cx.findings)?].stuck = Some(*limit);
    }
    Some(StateMachine { name: body.name, states: made })
}

/// A mapping from names to values of one form.
struct Pairs<C>(std::marker::PhantomData<C>);

impl<C: Codec> Codec for Pairs<C> {
    type Out = Vec<(String, Span, C::Out)>;
    const FORM: Form = Form::Map(&C::FORM);

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Self::Out> {
        let mut pairs = Some(Vec::new());
        for entry in field.bodies(Self::FORM, cx.findings)? {
            let value = C::read(field.item(&entry.value, entry.key_span), cx);
            push(&mut pairs, value.map(|value| (entry.key.to_string(), entry.key_span, value)));
        }
        pairs
    }

    fn write(value: &Self::Out, system: &System) -> Yaml {
        Yaml::Map(value.iter().map(|(key, _, v)| (key.clone(), C::write(v, system))).collect())
    }
}

/// `machine to STATE`, of the service that is read.
pub(crate) struct MoveTo;

impl Codec for MoveTo {
    type Out = (MachineId, usize);
    const FORM: Form = Form::Move;

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<(MachineId, usize)> {
        let text = field.text(Self::FORM, cx.findings)?;
        let span = field.node.span;
        let service = cx.service;
        let members = cx.names.members.get_mut(service)?;
        let machines = members.of(Referent::Machine);
        let Some((machine, state)) = split(text, " to ", |name| machines.find(name).is_some())
        else {
            let message = format!("{} does not say what moves to which state", quoted(text));
            cx.findings.push(
                Finding::error(codes::UNKNOWN_MEMBER, span, message)
                    .label("expected `machine to STATE`")
                    .help("write a machine of `states`, `to`, and one of its states"),
            );
            return None;
        };
        let machine = machines.refer(machine, span, cx.findings)?;
        let state = members.states.get_mut(machine)?.refer(state, span, cx.findings)?;
        Some((MachineId::new(ServiceId::from_index(service), machine), state))
    }

    fn write(value: &(MachineId, usize), system: &System) -> Yaml {
        let (id, state) = *value;
        let machine = &system.service(id.service).states[id.index()];
        Yaml::text(format!("{} to {}", machine.name, machine.states[state].name))
    }
}
