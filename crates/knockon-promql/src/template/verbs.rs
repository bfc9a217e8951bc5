//! The verbs of `printf`: a value written as one asks for it
//! (<https://pkg.go.dev/fmt#hdr-Printing>).

use super::print::{plain, printed};
use super::value::Value;
use crate::go::{self, Form};

/// What stands between `%` and the letter.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a letter that may be there")]
pub(super) struct Flags {
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

/// Writes a value; an error for what is not supported.
pub(super) fn formatted(value: &Value, verb: char, flags: Flags) -> Result<String, String> {
    let text = match (value, verb) {
        (_, 'T') => pad(value.type_name(), flags, false),
        (_, 'p') => return Err("printf: %p is not supported".to_owned()),
        (Value::None, 'v') => pad("<nil>", flags, false),
        (Value::None, _) => format!("%!{verb}(<nil>)"),
        (Value::Bool(value), 't' | 'v') => pad(&value.to_string(), flags, false),
        (Value::Int(value), _) => integer(*value, verb, flags),
        (Value::Float(value), _) => float(*value, verb, flags)?,
        (Value::String(text), _) => string(text, verb, flags),
        (Value::Time(_) | Value::Duration(_), 's' | 'v' | 'q') => {
            string(&plain(value), verb, flags)
        }
        (Value::Duration(duration), 'd') => integer(duration.0, verb, flags),
        (_, 'v') => pad(&printed(value), flags, false),
        (Value::Texts(_) | Value::Map(_) | Value::Sample(_) | Value::Vector(_), 's') => {
            pad(&printed(value), flags, false)
        }
        (Value::Bool(_), _) => bad(value, verb),
        _ => return Err(format!("printf: %{verb} of {} is not supported", value.type_name())),
    };
    Ok(text)
}

fn bad(value: &Value, verb: char) -> String {
    format!("%!{verb}({}={})", value.type_name(), plain(value))
}

/// Fills up to the width: left of the text, right of it, or with zeros after a sign.
fn pad(text: &str, flags: Flags, is_number: bool) -> String {
    let missing = flags.width.unwrap_or(0).saturating_sub(text.chars().count());
    if missing == 0 {
        return text.to_owned();
    }
    if flags.minus {
        return format!("{text}{}", " ".repeat(missing));
    }
    if !flags.zero {
        return format!("{}{text}", " ".repeat(missing));
    }
    let digits = if is_number { text.trim_start_matches(['+', '-', ' ']) } else { text };
    let sign = &text[..text.len() - digits.len()];
    format!("{sign}{}{digits}", "0".repeat(missing))
}

fn signed(text: String, flags: Flags) -> String {
    match (text.starts_with('-') || text.starts_with('+'), flags) {
        (false, Flags { plus: true, .. }) => format!("+{text}"),
        (false, Flags { space: true, .. }) => format!(" {text}"),
        _ => text,
    }
}

fn integer(value: i64, verb: char, flags: Flags) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let size = value.unsigned_abs();
    let prefix = |prefix: &'static str| if flags.sharp { prefix } else { "" };
    let digits = match verb {
        'd' | 'v' => size.to_string(),
        'b' => format!("{}{size:b}", prefix("0b")),
        'o' => format!("{}{size:o}", prefix("0")),
        'O' => format!("0o{size:o}"),
        'x' => format!("{}{size:x}", prefix("0x")),
        'X' => format!("{}{size:X}", prefix("0X")),
        'c' | 'q' | 'U' => {
            let letter = u32::try_from(value).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
            let text = match verb {
                'c' => letter.to_string(),
                'U' => format!("U+{size:04X}"),
                _ => {
                    let mut quoted = "'".to_owned();
                    go::push_escaped(&mut quoted, letter, '\'');
                    quoted + "'"
                }
            };
            return pad(&text, flags, false);
        }
        _ => return bad(&Value::Int(value), verb),
    };
    let wanted = flags.precision.unwrap_or(0);
    let zeros = "0".repeat(wanted.saturating_sub(digits.len()));
    let flags = Flags { zero: flags.zero && flags.precision.is_none(), ..flags };
    pad(&signed(format!("{sign}{zeros}{digits}"), flags), flags, true)
}

fn float(value: f64, verb: char, flags: Flags) -> Result<String, String> {
    let (form, precision) = match verb {
        'v' | 'g' | 'G' => (Form::General, flags.precision),
        'f' | 'F' => (Form::Plain, flags.precision.or(Some(6))),
        'e' | 'E' => (Form::Exponent, flags.precision.or(Some(6))),
        'b' | 'x' | 'X' => {
            return Err(format!("printf: %{verb} of float64 is not supported"));
        }
        _ => return Ok(bad(&Value::Float(value), verb)),
    };
    let mut text = go::formatted(value, form, precision);
    if matches!(verb, 'G' | 'E') && value.is_finite() {
        text = text.to_uppercase();
    }
    // Only with `+` has infinity a sign of its own.
    if value == f64::INFINITY && !flags.plus {
        text = if flags.space { " Inf".to_owned() } else { "+Inf".to_owned() };
    }
    let flags = Flags { zero: flags.zero && value.is_finite(), ..flags };
    Ok(pad(&signed(text, flags), flags, true))
}

fn string(text: &str, verb: char, flags: Flags) -> String {
    let cut: String = match flags.precision {
        Some(most) => text.chars().take(most).collect(),
        None => text.to_owned(),
    };
    match verb {
        'v' if flags.sharp => pad(&go::quoted(&cut), flags, false),
        's' | 'v' => pad(&cut, flags, false),
        'q' if flags.sharp && !cut.contains(['`', '\n']) => pad(&format!("`{cut}`"), flags, false),
        'q' => pad(&go::quoted(&cut), flags, false),
        'x' | 'X' => {
            let bytes = cut.bytes().map(|byte| match verb {
                'x' => format!("{byte:02x}"),
                _ => format!("{byte:02X}"),
            });
            let between = if flags.space { " " } else { "" };
            pad(&bytes.collect::<Vec<_>>().join(between), flags, false)
        }
        _ => bad(&Value::string(text), verb),
    }
}
