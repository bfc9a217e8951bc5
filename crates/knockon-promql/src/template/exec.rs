//! Fills a template in: texts, conditions and loops. Values are reckoned in `pipeline.rs`.

use super::parser::Parsed;
use super::tree::{Branch, Call, List, Node, Part};
use super::value::Value;
use super::{Scope, print};
use crate::go;

/// How deep templates may call one another, and how many nodes may be walked in all; Go allows more of
/// both, and no end of it where templates call themselves.
const DEPTH_MAX: usize = 100;
const STEPS_MAX: usize = 1_000_000;

/// How long a text takes as long as a node.
pub(super) const BYTES_PER_STEP: usize = 64;

/// The longest text that a template or a value in it may be.
pub(super) const LENGTH_MAX: usize = 1 << 20;

/// The state of a template while it is filled in.
pub(super) struct Run<'t> {
    all: &'t str,
    parsed: &'t Parsed,
    pub(super) scope: &'t Scope<'t>,
    pub(super) variables: Vec<(&'t str, Value)>,
    /// What an error would point at.
    pub(super) at: Option<Part<'t>>,
    /// The name of the template that runs.
    name: &'t str,
    out: String,
    depth: usize,
    steps: usize,
}

/// What is to be done after a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Break,
    Continue,
}

/// Why it could not be filled in, as Go words it.
pub(super) type Exec<T> = Result<T, String>;

pub(super) fn execute(
    all: &str,
    parsed: &Parsed,
    data: &Value,
    scope: &Scope<'_>,
) -> Result<String, String> {
    let mut run = Run {
        all,
        parsed,
        scope,
        variables: vec![("$", data.clone())],
        at: None,
        name: scope.name,
        out: String::new(),
        depth: 0,
        steps: 0,
    };
    run.list(data, &parsed.main)?;
    Ok(run.out)
}

impl<'t> Run<'t> {
    /// An error at the node that was reached last.
    pub(super) fn wrong<T>(&self, message: impl AsRef<str>) -> Exec<T> {
        let message = message.as_ref();
        let Some(part) = self.at else {
            return Err(format!("template: {}: {message}", self.name));
        };
        let before = &self.all[..part.at().min(self.all.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
        Err(format!(
            "template: {}:{line}:{column}: executing {} at <{part}>: {message}",
            self.scope.name,
            go::quoted(self.name)
        ))
    }

    pub(super) fn step(&mut self) -> Exec<()> {
        self.steps(1)
    }

    /// Something that takes as long as so many nodes.
    pub(super) fn steps(&mut self, count: usize) -> Exec<()> {
        self.steps = self.steps.saturating_add(count);
        if self.steps > STEPS_MAX {
            return self.wrong(format!("exceeded maximum of {STEPS_MAX} steps"));
        }
        Ok(())
    }

    fn write(&mut self, text: &str) -> Exec<()> {
        if self.out.len() + text.len() > LENGTH_MAX {
            return self.wrong(format!("exceeded maximum length of {LENGTH_MAX} bytes"));
        }
        self.out.push_str(text);
        Ok(())
    }

    fn list(&mut self, dot: &Value, list: &'t List) -> Exec<Flow> {
        for node in list {
            let flow = self.node(dot, node)?;
            if flow != Flow::On {
                return Ok(flow);
            }
        }
        Ok(Flow::On)
    }

    fn node(&mut self, dot: &Value, node: &'t Node) -> Exec<Flow> {
        self.step()?;
        match node {
            Node::Text(text) => self.write(text)?,
            Node::Action(pipe) => {
                // Its variables stay until the block ends.
                let value = self.pipe(dot, pipe)?;
                if pipe.variables.is_empty() {
                    self.write(&print::shown(&value))?;
                }
            }
            Node::If(branch) => return self.condition(dot, branch, false),
            Node::With(branch) => return self.condition(dot, branch, true),
            Node::Range(branch) => return self.range(dot, branch),
            Node::Template(call) => self.template(dot, call)?,
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::On)
    }

    fn condition(&mut self, dot: &Value, branch: &'t Branch, moves_dot: bool) -> Exec<Flow> {
        let known = self.variables.len();
        let value = self.pipe(dot, &branch.pipe)?;
        let flow = match (value.is_true(), moves_dot) {
            (true, true) => self.list(&value, &branch.then),
            (true, false) => self.list(dot, &branch.then),
            (false, _) => self.list(dot, &branch.otherwise),
        }?;
        self.variables.truncate(known);
        Ok(flow)
    }

    fn range(&mut self, dot: &Value, branch: &'t Branch) -> Exec<Flow> {
        let known = self.variables.len();
        let value = self.pipe(dot, &branch.pipe)?;
        let number = |index: usize| Value::Int(i64::try_from(index).unwrap_or(i64::MAX));
        let items: Vec<(Value, Value)> = match &value {
            Value::None => Vec::new(),
            Value::Vector(samples) => {
                let samples = samples.iter().enumerate();
                samples.map(|(index, it)| (number(index), Value::Sample(it.clone()))).collect()
            }
            Value::Texts(texts) => {
                let pair = |(name, text): (&String, &String)| {
                    (Value::string(name.as_str()), Value::string(text.as_str()))
                };
                texts.iter().map(pair).collect()
            }
            Value::Map(values) => {
                let pair = |(name, value): (&String, &Value)| {
                    (Value::string(name.as_str()), value.clone())
                };
                values.iter().map(pair).collect()
            }
            Value::Int(count) => {
                let count = usize::try_from(*count).unwrap_or(0);
                self.steps(count)?;
                (0..count).map(|index| (number(index), number(index))).collect()
            }
            other => {
                return self.wrong(format!("range can't iterate over {}", print::plain(other)));
            }
        };
        let mut flow = Flow::On;
        if items.is_empty() {
            flow = self.list(dot, &branch.otherwise)?;
        }
        for (key, item) in items {
            self.step()?;
            self.set_range_variables(branch, key, &item);
            let inside = self.variables.len();
            let after = self.list(&item, &branch.then)?;
            self.variables.truncate(inside);
            if after == Flow::Break {
                break;
            }
        }
        self.variables.truncate(known);
        Ok(flow)
    }

    /// One variable is the item; of two the first is its index or its key.
    fn set_range_variables(&mut self, branch: &Branch, key: Value, item: &Value) {
        let names = &branch.pipe.variables;
        let mut values = match names.len() {
            0 => return,
            1 => vec![item.clone()],
            _ => vec![key, item.clone()],
        };
        for name in names.iter().rev() {
            let Some(value) = values.pop() else { return };
            if let Some(known) = self.variables.iter_mut().rev().find(|(it, _)| it == name) {
                known.1 = value;
            }
        }
    }

    fn template(&mut self, dot: &Value, call: &'t Call) -> Exec<()> {
        self.at = Some(Part::Call(call));
        let Some((name, list)) = self.parsed.defined.get_key_value(&call.name) else {
            return self.wrong(format!("template {} not defined", go::quoted(&call.name)));
        };
        if self.depth == DEPTH_MAX {
            return self.wrong(format!("exceeded maximum template depth ({DEPTH_MAX})"));
        }
        let data = match &call.data {
            Some(pipe) => self.pipe(dot, pipe)?,
            None => Value::None,
        };
        let around = std::mem::replace(&mut self.variables, vec![("$", data.clone())]);
        let name_around = std::mem::replace(&mut self.name, name);
        self.depth += 1;
        self.list(&data, list)?;
        self.depth -= 1;
        self.variables = around;
        self.name = name_around;
        Ok(())
    }
}
