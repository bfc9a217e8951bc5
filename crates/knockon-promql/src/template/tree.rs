//! A template as a tree.

use std::fmt;

/// Text and actions, in order.
pub(super) type List = Vec<Node>;

#[derive(Debug, Clone)]
pub(super) enum Node {
    Text(String),
    /// `{{ pipeline }}`.
    Action(Pipe),
    If(Branch),
    With(Branch),
    Range(Branch),
    /// `{{ template "name" pipeline }}`.
    Template(Call),
    Break,
    Continue,
}

#[derive(Debug, Clone)]
pub(super) struct Branch {
    pub(super) pipe: Pipe,
    pub(super) then: List,
    pub(super) otherwise: List,
}

#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) at: usize,
    pub(super) name: String,
    pub(super) data: Option<Pipe>,
}

/// `$x := command | command`.
#[derive(Debug, Clone)]
pub(super) struct Pipe {
    pub(super) at: usize,
    /// The variables that it sets.
    pub(super) variables: Vec<String>,
    /// Whether they were there before: `=` instead of `:=`.
    pub(super) is_assignment: bool,
    pub(super) commands: Vec<Command>,
}

/// A value or a function with arguments.
#[derive(Debug, Clone)]
pub(super) struct Command {
    pub(super) at: usize,
    /// Never empty.
    pub(super) words: Vec<Word>,
}

#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) at: usize,
    pub(super) what: What,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    String {
        written: String,
        text: String,
    },
    /// `.a.b`.
    Field(Vec<String>),
    /// `$x.a.b`.
    Variable(String, Vec<String>),
    /// The name of a function.
    Function(String),
    /// In parentheses.
    Pipe(Pipe),
    /// `(…).a.b`.
    Chain(Box<Word>, Vec<String>),
}

#[derive(Debug, Clone)]
pub(super) struct Number {
    pub(super) written: String,
    /// If it is a whole number.
    pub(super) int: Option<i64>,
    pub(super) float: f64,
    /// Whether it is written as one with a fraction.
    pub(super) is_float: bool,
}

/// A part of a template that an error points at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'t> {
    Pipe(&'t Pipe),
    Command(&'t Command),
    Word(&'t Word),
    Call(&'t Call),
}

impl Part<'_> {
    pub(super) fn at(self) -> usize {
        match self {
            Self::Pipe(pipe) => pipe.at,
            Self::Command(command) => command.at,
            Self::Word(word) => word.at,
            Self::Call(call) => call.at,
        }
    }
}

impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pipe(pipe) => pipe.fmt(f),
            Self::Command(command) => command.fmt(f),
            Self::Word(word) => word.fmt(f),
            Self::Call(call) => {
                write!(f, "{{{{template {}", crate::labels::Quoted(&call.name))?;
                if let Some(data) = &call.data {
                    write!(f, " {data}")?;
                }
                f.write_str("}}")
            }
        }
    }
}

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.variables.is_empty() {
            let sign = if self.is_assignment { "=" } else { ":=" };
            write!(f, "{} {sign} ", self.variables.join(", "))?;
        }
        for (index, command) in self.commands.iter().enumerate() {
            write!(f, "{}{command}", if index > 0 { " | " } else { "" })?;
        }
        Ok(())
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.words.iter().enumerate() {
            f.write_str(if index > 0 { " " } else { "" })?;
            match &word.what {
                What::Pipe(pipe) => write!(f, "({pipe})")?,
                _ => word.fmt(f)?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = |f: &mut fmt::Formatter<'_>, names: &[String]| {
            names.iter().try_for_each(|name| write!(f, ".{name}"))
        };
        match &self.what {
            What::Dot => f.write_str("."),
            What::Nil => f.write_str("nil"),
            What::Bool(value) => write!(f, "{value}"),
            What::Number(number) => f.write_str(&number.written),
            What::String { written, .. } => f.write_str(written),
            What::Field(names) => fields(f, names),
            What::Variable(name, names) => {
                f.write_str(name)?;
                fields(f, names)
            }
            What::Function(name) => f.write_str(name),
            What::Pipe(pipe) => pipe.fmt(f),
            What::Chain(head, names) => {
                match &head.what {
                    What::Pipe(pipe) => write!(f, "({pipe})")?,
                    _ => head.fmt(f)?,
                }
                fields(f, names)
            }
        }
    }
}
