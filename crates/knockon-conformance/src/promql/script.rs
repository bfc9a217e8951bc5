//! A file as its commands.

use super::eval::{self, Eval};
use super::load::{self, Load};

/// A command of a file.
pub(super) enum Command {
    /// Takes all samples away.
    Clear,
    /// Adds samples.
    Load(Load),
    /// Asks a query.
    Eval(Box<Eval>),
}

/// The lines of a file without the white space around them. A comment is an empty line, so that it
/// ends a block as one does.
pub(super) struct Lines<'a> {
    lines: Vec<&'a str>,
    next: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        let content = |line: &'a str| {
            let line = line.trim();
            if line.starts_with('#') { "" } else { line }
        };
        Self { lines: text.split('\n').map(content).collect(), next: 0 }
    }

    /// The next line and its number, from 1.
    fn line(&mut self) -> Option<(usize, &'a str)> {
        let line = *self.lines.get(self.next)?;
        self.next += 1;
        Some((self.next, line))
    }

    /// The next line of a block, unless it is over.
    pub(super) fn in_block(&mut self) -> Option<(usize, &'a str)> {
        let is_over = self.lines.get(self.next).is_none_or(|line| line.is_empty());
        if is_over { None } else { self.line() }
    }
}

/// Reads all commands. `Err`: the first mistake, with its line.
pub(super) fn read(text: &str) -> Result<Vec<Command>, String> {
    let mut lines = Lines::new(text);
    let mut commands = Vec::new();
    while let Some((number, line)) = lines.line() {
        let word = line.split([' ', '\t']).next().unwrap_or_default().to_lowercase();
        let command = match word.as_str() {
            "" => continue,
            "clear" => Command::Clear,
            _ if word.starts_with("load") => Command::Load(load::read(number, line, &mut lines)?),
            _ if word.starts_with("eval") => {
                Command::Eval(Box::new(eval::read(number, line, &mut lines)?))
            }
            _ => return Err(at(number)(format!("`{line}` is no command"))),
        };
        commands.push(command);
    }
    Ok(commands)
}

/// Puts the line before what is wrong with it.
pub(super) fn at(line: usize) -> impl Fn(String) -> String {
    move |what| format!("line {line}: {what}")
}
