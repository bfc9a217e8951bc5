//! The verbs of the timeline: a table of actions here, of faults in `faults`.

use std::rc::Rc;

use knockon_core::{Bytes, Overflow, Share};
use knockon_format::quantities::{self, Bad};
use knockon_format::{Node, Span};
use knockon_sim::action::{Action, BreakerTo, Limit, Load, QueueLimits};

use super::body::{Body, Reader, did_you_mean};
use crate::codes;

/// A verb with the figures that it takes.
pub struct Verb<T: 'static> {
    /// The verb.
    pub word: &'static str,
    /// Its figures.
    pub figures: &'static [&'static str],
    pub(super) make: fn(&mut Told<'_, '_, '_>) -> Option<T>,
}

/// A verb of a scenario with what it is done to, while it is read.
pub(crate) struct Told<'r, 'a, 'n> {
    pub(super) reader: &'r mut Reader<'a>,
    pub(super) body: &'r Body<'n>,
    /// What stands after the verb.
    pub(super) on: &'n Rc<Node>,
}

macro_rules! verbs {
    ($(#[$doc:meta])* $table:ident: $of:ty { $($word:literal [$($figure:literal),*] $make:expr;)* }) => {
        $(#[$doc])*
        pub const $table: &[$crate::read::Verb<$of>] = &[$($crate::read::Verb {
            word: $word,
            figures: &[$($figure),*],
            make: $make,
        },)*];
    };
}
pub(super) use verbs;

const LIMITS: [&str; 4] = ["max_length", "max_bytes", "overflow", "ttl"];

verbs! {
    /// What people do.
    ACTIONS: Action {
        "scale" ["to"] |t| {
            let (service, replicas) = (t.service(), t.required("to", Reader::count));
            Some(Action::Scale { service: service?, replicas: replicas? })
        };
        "restart" [] |t| Some(Action::Restart { service: t.service()? });
        "deploy" ["version"] |t| {
            let (service, version) = (t.service(), t.version());
            Some(Action::Deploy { service: service?, version: version? })
        };
        "roll back" [] |t| Some(Action::RollBack { service: t.service()? });
        "limit" ["cpu", "memory", "workers", "connections", "pool_to", "size"] |t| {
            let (service, limit) = (t.service(), t.limit());
            Some(Action::Limit { service: service?, limit: limit? })
        };
        "set policy" ["max_length", "max_bytes", "overflow", "ttl"] |t| {
            let (queue, limits) = (t.queue(), t.queue_limits());
            Some(Action::SetPolicy { queue: queue?, limits: limits? })
        };
        "clear policy" [] |t| Some(Action::ClearPolicy { queue: t.queue()? });
        "hold breaker" ["step", "to"] |t| {
            let (step, to) = (t.step(), t.required("to", |reader, node| {
                reader.one_of(node, &[
                    ("open", BreakerTo::Open),
                    ("closed", BreakerTo::Closed),
                    ("reset", BreakerTo::Reset),
                ])
            }));
            Some(Action::Breaker { step: step?, to: to? })
        };
        "fail over" [] |t| Some(Action::FailOver { service: t.service()? });
        "shed" ["share"] |t| {
            let (load, share) = (t.load(), t.required("share", Reader::share));
            Some(Action::Shed { load: load?, share: share? })
        };
        "set timeout" ["step", "timeout"] |t| {
            let (step, timeout) = (t.step(), t.optional("timeout", Reader::duration));
            Some(Action::Timeout { step: step?, timeout: timeout? })
        };
        "purge" [] |t| Some(Action::Purge { queue: t.queue()? });
        "replay" [] |t| Some(Action::Replay { queue: t.queue()? });
        "pause consumers" [] |t| Some(Action::PauseConsumers { service: t.service()? });
        "resume consumers" [] |t| Some(Action::ResumeConsumers { service: t.service()? });
        "flush" [] |t| Some(Action::Flush { cache: t.service()? });
    }
}

impl<'a> Told<'_, 'a, '_> {
    /// A figure that has to be there.
    pub(super) fn required<T>(
        &mut self,
        key: &str,
        read: impl Fn(&mut Reader<'a>, &Node) -> Option<T>,
    ) -> Option<T> {
        let node = self.reader.required(self.body, key)?;
        read(self.reader, node)
    }

    /// A figure that may be there; nothing when it is wrong.
    #[expect(clippy::option_option, reason = "wrong, absent, and there are three things")]
    pub(super) fn optional<T>(
        &mut self,
        key: &str,
        read: impl Fn(&mut Reader<'a>, &Node) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.body.get(key) {
            Some(node) => read(self.reader, node).map(Some),
            None => Some(None),
        }
    }

    /// A figure, or what it is if it is not said.
    pub(super) fn figure<T>(
        &mut self,
        key: &str,
        default: T,
        read: impl Fn(&mut Reader<'a>, &Node) -> Option<T>,
    ) -> Option<T> {
        self.optional(key, read).map(|figure| figure.unwrap_or(default))
    }

    pub(super) fn service(&mut self) -> Option<knockon_core::ServiceId> {
        self.reader.service(self.on)
    }

    pub(super) fn queue(&mut self) -> Option<knockon_core::QueueId> {
        self.reader.queue(self.on)
    }

    pub(super) fn version(&mut self) -> Option<String> {
        self.required("version", |reader, node| reader.text(node).map(str::to_owned))
    }

    pub(super) fn share(&mut self, percent: f64) -> Option<Share> {
        self.figure("share", Share { percent }, Reader::share)
    }

    pub(super) fn step(&mut self) -> Option<knockon_core::StepId> {
        let operation = self.reader.operation(self.on)?;
        self.required("step", |reader, node| reader.step(operation, node))
    }

    pub(super) fn queue_limits(&mut self) -> Option<QueueLimits> {
        let count = |reader: &mut Reader<'a>, node: &Node| reader.quantity(node, quantities::count);
        let limits = QueueLimits {
            max_length: self.optional("max_length", count)?,
            max_bytes: self.optional("max_bytes", Reader::bytes)?,
            overflow: self.optional("overflow", |reader, node| {
                let words: Vec<_> = Overflow::ALL.iter().map(|it| (it.as_str(), *it)).collect();
                reader.one_of(node, &words)
            })?,
            ttl: self.optional("ttl", Reader::duration)?,
        };
        if limits == QueueLimits::default() {
            let help = format!("say one of `{}`", LIMITS.join("`, `"));
            let span = self.body.span;
            self.reader.refuse(codes::KEY, span, "the policy says nothing", &help);
            return None;
        }
        Some(limits)
    }

    fn limit(&mut self) -> Option<Limit> {
        if self.body.get("pool_to").is_some() {
            let to = self.required("pool_to", Reader::service);
            let size = self.required("size", Reader::count);
            return Some(Limit::Pool(to?, size?));
        }
        let none = |text: &str| text == "none";
        if let Some(cpu) = self.optional("cpu", |reader, node| {
            reader.quantity(node, |text| {
                if none(text) { Ok(None) } else { quantities::cpu(text).map(Some) }
            })
        })? {
            return Some(Limit::Cpu(cpu));
        }
        if let Some(memory) = self.optional("memory", Reader::bytes)? {
            return Some(Limit::Memory(Some(memory)));
        }
        if let Some(workers) = self.optional("workers", Reader::count)? {
            return Some(Limit::Workers(workers));
        }
        if let Some(connections) = self.optional("connections", Reader::count)? {
            return Some(Limit::Connections(connections));
        }
        let help = "say one of `cpu`, `memory`, `workers`, `connections`, or `pool_to` with `size`";
        let span = self.body.span;
        self.reader.refuse(codes::KEY, span, "it does not say what is limited", help);
        None
    }

    /// A journey, or an operation.
    fn load(&mut self) -> Option<Load> {
        let name = self.reader.text(self.on)?;
        let journeys = self.reader.system.journeys();
        if let Some(at) = journeys.iter().position(|journey| journey.name == name) {
            return Some(Load::Journey(at));
        }
        if name.contains(" / ") {
            return self.reader.operation(self.on).map(Load::Operation);
        }
        let names = journeys.iter().map(|journey| journey.name.as_str());
        self.reader.unknown("journey", name, self.on.span, names);
        None
    }
}

impl Reader<'_> {
    pub(super) fn share(&mut self, node: &Node) -> Option<Share> {
        self.quantity(node, |text| {
            let share = quantities::share(text)?;
            if share > Share::ALL {
                let message = format!("`{text}` is more than all");
                return Err(Bad { message, help: "write `100%` at most".to_owned() });
            }
            Ok(share)
        })
    }

    pub(super) fn bytes(&mut self, node: &Node) -> Option<Bytes> {
        self.quantity(node, quantities::bytes)
    }

    /// One of a few words.
    pub(super) fn one_of<T: Copy>(&mut self, node: &Node, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(node)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let help = did_you_mean(text, words.iter().map(|(word, _)| *word));
            self.no_such(node.span, text, &help);
        }
        found
    }

    fn no_such(&mut self, span: Span, text: &str, help: &str) {
        self.refuse(codes::VALUE, span, format!("`{text}` is none of what can stand here"), help);
    }
}
