//! Reckons the value of a pipeline, and checks what functions are given.

use super::exec::{BYTES_PER_STEP, Exec, LENGTH_MAX, Run};
use super::functions::{self, Signature, Takes};
use super::tree::{Command, Part, Pipe, What, Word};
use super::value::Value;
use crate::go;

impl<'t> Run<'t> {
    pub(super) fn pipe(&mut self, dot: &Value, pipe: &'t Pipe) -> Exec<Value> {
        self.step()?;
        self.at = Some(Part::Pipe(pipe));
        let mut value = None;
        for command in &pipe.commands {
            value = Some(self.command(dot, command, value)?);
        }
        let value = value.unwrap_or(Value::None);
        for name in &pipe.variables {
            if !pipe.is_assignment {
                self.variables.push((name, value.clone()));
                continue;
            }
            match self.variables.iter_mut().rev().find(|(known, _)| known == name) {
                Some(known) => known.1 = value.clone(),
                None => return self.wrong(format!("undefined variable: {name}")),
            }
        }
        Ok(value)
    }

    /// A command; what the one before it answered is its last argument.
    fn command(&mut self, dot: &Value, command: &'t Command, last: Option<Value>) -> Exec<Value> {
        let Some((first, arguments)) = command.words.split_first() else { return Ok(Value::None) };
        match &first.what {
            What::Function(name) => {
                self.at = Some(Part::Word(first));
                self.call(dot, name, Part::Command(command), arguments, last)
            }
            What::Field(names) => {
                self.at = Some(Part::Word(first));
                self.fields(dot, dot.clone(), names, first, arguments, last)
            }
            What::Chain(head, names) => {
                self.at = Some(Part::Word(first));
                let value = self.argument(dot, head, Takes::Any)?;
                self.fields(dot, value, names, first, arguments, last)
            }
            What::Variable(name, names) if !names.is_empty() => {
                self.at = Some(Part::Word(first));
                let value = self.variable(name)?;
                self.fields(dot, value, names, first, arguments, last)
            }
            What::Pipe(pipe) => {
                self.check_value(first, arguments, last.as_ref())?;
                self.pipe(dot, pipe)
            }
            What::Nil => {
                self.at = Some(Part::Word(first));
                self.check_value(first, arguments, last.as_ref())?;
                self.wrong("nil is not a command")
            }
            _ => {
                self.at = Some(Part::Word(first));
                self.check_value(first, arguments, last.as_ref())?;
                self.argument(dot, first, Takes::Any)
            }
        }
    }

    /// A value is given no arguments.
    fn check_value(&self, word: &Word, arguments: &[Word], last: Option<&Value>) -> Exec<()> {
        if arguments.is_empty() && last.is_none() {
            return Ok(());
        }
        self.wrong(format!("can't give argument to non-function {word}"))
    }

    fn variable(&self, name: &str) -> Exec<Value> {
        match self.variables.iter().rev().find(|(known, _)| *known == name) {
            Some((_, value)) => Ok(value.clone()),
            None => self.wrong(format!("undefined variable: {name}")),
        }
    }

    /// `.a.b`, where the last one may be a method that is given arguments.
    fn fields(
        &mut self,
        dot: &Value,
        mut value: Value,
        names: &'t [String],
        word: &'t Word,
        arguments: &'t [Word],
        last: Option<Value>,
    ) -> Exec<Value> {
        let Some((final_name, names)) = names.split_last() else { return Ok(value) };
        for name in names {
            value = self.field(dot, &value, name, word, &[], None)?;
        }
        self.field(dot, &value, final_name, word, arguments, last)
    }

    fn field(
        &mut self,
        dot: &Value,
        value: &Value,
        name: &str,
        word: &'t Word,
        arguments: &'t [Word],
        last: Option<Value>,
    ) -> Exec<Value> {
        if let Some(signature) = functions::method(value, name) {
            let values = self.arguments(dot, name, signature, arguments, last)?;
            return functions::call_method(value, name, &values).or_else(|error| {
                self.at = Some(Part::Word(word));
                self.wrong(format!("error calling {name}: {error}"))
            });
        }
        let is_called = !arguments.is_empty() || last.is_some();
        let Some(found) = value.field(name) else {
            return self
                .wrong(format!("can't evaluate field {name} in type {}", value.type_name()));
        };
        match value {
            Value::Texts(_) | Value::Map(_) if is_called => {
                self.wrong(format!("{name} is not a method but has arguments"))
            }
            Value::Sample(_) | Value::Data(_) if is_called => {
                self.wrong(format!("{name} has arguments but cannot be invoked as function"))
            }
            _ => Ok(found),
        }
    }

    fn call(
        &mut self,
        dot: &Value,
        name: &str,
        part: Part<'t>,
        arguments: &'t [Word],
        last: Option<Value>,
    ) -> Exec<Value> {
        let Some(signature) = functions::signature(name) else {
            return self.wrong(format!("{} is not a defined function", go::quoted(name)));
        };
        if matches!(name, "and" | "or") {
            self.check_count(name, signature, arguments.len(), last.is_some())?;
            return self.logic(dot, name == "or", arguments, last);
        }
        let values = self.arguments(dot, name, signature, arguments, last)?;
        let result = functions::call(name, &values, self.scope).and_then(|value| match &value {
            Value::String(text) if text.len() > LENGTH_MAX => {
                Err(format!("exceeded maximum length of {LENGTH_MAX} bytes"))
            }
            _ => Ok(value),
        });
        match result {
            Ok(value) => {
                if let Value::String(text) = &value {
                    self.steps(text.len() / BYTES_PER_STEP)?;
                }
                Ok(value)
            }
            Err(error) => {
                self.at = Some(part);
                self.wrong(format!("error calling {name}: {error}"))
            }
        }
    }

    /// `and` and `or` look at no more arguments than they need.
    fn logic(
        &mut self,
        dot: &Value,
        is_or: bool,
        arguments: &'t [Word],
        last: Option<Value>,
    ) -> Exec<Value> {
        let mut value = Value::None;
        for word in arguments {
            value = self.argument(dot, word, Takes::Any)?;
            if value.is_true() == is_or {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    fn check_count(
        &self,
        name: &str,
        signature: Signature,
        written: usize,
        has_last: bool,
    ) -> Exec<()> {
        let count = written + usize::from(has_last);
        let wanted = signature.first.len();
        match signature.more {
            Some(_) if count < wanted => self.wrong(format!(
                "wrong number of args for {name}: want at least {wanted} got {written}"
            )),
            None if count != wanted => {
                self.wrong(format!("wrong number of args for {name}: want {wanted} got {count}"))
            }
            _ => Ok(()),
        }
    }

    fn arguments(
        &mut self,
        dot: &Value,
        name: &str,
        signature: Signature,
        arguments: &'t [Word],
        last: Option<Value>,
    ) -> Exec<Vec<Value>> {
        self.check_count(name, signature, arguments.len(), last.is_some())?;
        let takes = |index: usize| {
            signature.first.get(index).copied().or(signature.more).unwrap_or(Takes::Any)
        };
        let mut values = Vec::with_capacity(arguments.len() + 1);
        for (index, word) in arguments.iter().enumerate() {
            values.push(self.argument(dot, word, takes(index))?);
        }
        if let Some(last) = last {
            values.push(self.checked(last, takes(arguments.len()))?);
        }
        Ok(values)
    }

    /// The value of a word, if it is of the kind that is wanted.
    fn argument(&mut self, dot: &Value, word: &'t Word, takes: Takes) -> Exec<Value> {
        self.at = Some(Part::Word(word));
        let value = match &word.what {
            What::Dot => dot.clone(),
            What::Nil if takes.takes_nothing() => return Ok(Value::None),
            What::Nil => return self.wrong(format!("cannot assign nil to {}", takes.type_name())),
            What::Field(names) => self.fields(dot, dot.clone(), names, word, &[], None)?,
            What::Variable(name, names) => {
                let value = self.variable(name)?;
                self.fields(dot, value, names, word, &[], None)?
            }
            What::Pipe(pipe) => self.pipe(dot, pipe)?,
            What::Function(name) => self.call(dot, name, Part::Word(word), &[], None)?,
            What::Chain(head, names) => {
                let value = self.argument(dot, head, Takes::Any)?;
                self.fields(dot, value, names, word, &[], None)?
            }
            What::Bool(value) => return self.literal(Value::Bool(*value), word, takes),
            What::String { text, .. } => {
                return self.literal(Value::string(text.as_str()), word, takes);
            }
            What::Number(number) => {
                let value = match number.int {
                    Some(int) if !number.is_float => Value::Int(int),
                    _ => Value::Float(number.float),
                };
                return self.literal(value, word, takes);
            }
        };
        self.checked(value, takes)
    }

    fn literal(&self, value: Value, word: &Word, takes: Takes) -> Exec<Value> {
        match takes {
            _ if takes.takes(&value) => Ok(value),
            Takes::Text => self.wrong(format!("expected string; found {word}")),
            _ => self.wrong(format!("can't handle {word} for arg of type {}", takes.type_name())),
        }
    }

    fn checked(&self, value: Value, takes: Takes) -> Exec<Value> {
        if takes.takes(&value) {
            return Ok(value);
        }
        match value {
            Value::None if takes.takes_nothing() => Ok(value),
            Value::None => self.wrong(format!("invalid value; expected {}", takes.type_name())),
            value => {
                let expected = takes.type_name();
                self.wrong(format!(
                    "wrong type for value; expected {expected}; got {}",
                    value.type_name()
                ))
            }
        }
    }
}
