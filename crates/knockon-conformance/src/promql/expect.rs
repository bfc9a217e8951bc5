//! What an `eval` demands besides values: `expect fail`, `expect warn msg: …`, `expect ordered`.

use regex::Regex;

/// What an `eval` demands besides values.
#[derive(Default)]
pub(super) struct Demands {
    /// That the series come in the order of the file.
    pub(super) ordered: bool,
    /// That the query fails; its message matches each.
    pub(super) fail: Vec<Pattern>,
    /// What is said of warnings.
    pub(super) warn: Notes,
    /// What is said of infos.
    pub(super) info: Notes,
}

/// What is said of warnings or infos.
#[derive(Default)]
pub(super) struct Notes {
    /// If any: each matches a note, and each note matches one.
    pub(super) some: Vec<Pattern>,
    /// That there is none.
    pub(super) none: bool,
}

/// What a message must be.
pub(super) enum Pattern {
    /// Whatever it is.
    Any,
    /// Exactly this.
    Exact(String),
    /// A match, anywhere in it.
    Match(Regex),
}

impl Pattern {
    /// Whether a message is as demanded.
    pub(super) fn is_match(&self, message: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => exact == message,
            Self::Match(regex) => regex.is_match(message),
        }
    }

    /// As it is said in a disagreement.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Any => "any".to_owned(),
            Self::Exact(exact) => format!("“{exact}”"),
            Self::Match(regex) => format!("a match of `{regex}`"),
        }
    }

    fn regex(pattern: &str) -> Result<Self, String> {
        let wrong = |_| format!("`{pattern}` is no regular expression");
        Regex::new(pattern).map(Self::Match).map_err(wrong)
    }
}

impl Demands {
    /// What the old forms of the command demand: `eval_fail`, `eval_warn`.
    pub(super) fn of_command(suffix: &str) -> Self {
        let mut demands = Self::default();
        match suffix {
            "fail" => demands.fail.push(Pattern::Any),
            "warn" => demands.warn.some.push(Pattern::Any),
            "info" => demands.info.some.push(Pattern::Any),
            "ordered" => demands.ordered = true,
            _ => {}
        }
        demands
    }

    /// Reads the old forms of the line after `eval_fail`; whether it was one.
    pub(super) fn read_old(&mut self, line: &str) -> Result<bool, String> {
        if let Some(message) = line.strip_prefix("expected_fail_message") {
            let message = message.trim();
            if !message.is_empty() {
                self.fail.push(Pattern::Exact(message.to_owned()));
            }
            return Ok(true);
        }
        let Some(pattern) = line.strip_prefix("expected_fail_regexp") else { return Ok(false) };
        self.fail.push(Pattern::regex(pattern.trim())?);
        Ok(true)
    }

    /// Reads what comes after `expect`.
    pub(super) fn read(&mut self, line: &str) -> Result<(), String> {
        let (kind, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        let rest = rest.trim();
        let pattern = match rest.split_once(':') {
            Some(("msg", text)) if !text.is_empty() => Pattern::Exact(text.trim().to_owned()),
            Some(("regex", text)) if !text.is_empty() => Pattern::regex(text.trim())?,
            _ if rest.is_empty() => Pattern::Any,
            _ => return Err(format!("`{rest}` is not `msg: …` or `regex: …`")),
        };
        match kind {
            "ordered" => self.ordered = true,
            "fail" => self.fail.push(pattern),
            "warn" => self.warn.some.push(pattern),
            "info" => self.info.some.push(pattern),
            "no_warn" => self.warn.none = true,
            "no_info" => self.info.none = true,
            _ => return Err(format!("`expect {kind}` is not known")),
        }
        Ok(())
    }

    /// Whether the demands can all be met.
    pub(super) fn validate(&self, fail_lines: usize) -> Result<(), String> {
        for (word, notes) in [("warn", &self.warn), ("info", &self.info)] {
            if notes.none && !notes.some.is_empty() {
                return Err(format!("`expect {word}` and `expect no_{word}` exclude each other"));
            }
        }
        if fail_lines > 1 {
            return Err("`expect fail` comes twice".to_owned());
        }
        Ok(())
    }
}
