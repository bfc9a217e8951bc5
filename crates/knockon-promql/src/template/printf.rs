//! `printf`, as Go's `fmt` has it (<https://pkg.go.dev/fmt#hdr-Printing>).

use std::fmt::{self, Write};

use super::print::printed;
use super::value::Value;
use super::verbs::{Flags, formatted};

/// The largest width or precision that Go's `fmt` takes.
const WIDTH_MAX: usize = 1_000_000;

struct Printer<'a> {
    rest: &'a str,
    values: &'a [Value],
    next: usize,
    /// Whether values were named by number, in which case none is left over.
    was_numbered: bool,
    is_bad_number: bool,
    out: String,
}

/// Go's `Sprintf`; an error for what is not supported.
pub(super) fn printf(format: &str, values: &[Value]) -> Result<String, String> {
    let mut printer = Printer {
        rest: format,
        values,
        next: 0,
        was_numbered: false,
        is_bad_number: false,
        out: String::new(),
    };
    while let Some(at) = printer.rest.find('%') {
        printer.out.push_str(&printer.rest[..at]);
        printer.rest = &printer.rest[at + 1..];
        printer.verb()?;
    }
    printer.out.push_str(printer.rest);
    if !printer.was_numbered && printer.next < values.len() {
        let extra: Vec<_> = values[printer.next..]
            .iter()
            .map(|value| match value {
                Value::None => "<nil>".to_owned(),
                value => format!("{}={}", value.type_name(), printed(value)),
            })
            .collect();
        printer.put(format_args!("%!(EXTRA {})", extra.join(", ")));
    }
    Ok(printer.out)
}

impl Printer<'_> {
    fn put(&mut self, text: fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.out.write_fmt(text);
    }

    fn take(&mut self, letter: char) -> bool {
        let rest = self.rest.strip_prefix(letter);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn verb(&mut self) -> Result<(), String> {
        self.is_bad_number = false;
        let mut flags = self.flags();
        self.numbered();
        flags.width = self.size("WIDTH", &mut flags.minus);
        if self.take('.') {
            self.numbered();
            let mut is_negative = false;
            flags.precision = self.size("PREC", &mut is_negative).or(Some(0));
            if is_negative {
                flags.precision = None;
            }
        }
        self.numbered();
        let Some(verb) = self.rest.chars().next() else {
            self.out.push_str("%!(NOVERB)");
            return Ok(());
        };
        self.rest = &self.rest[verb.len_utf8()..];
        if verb == '%' {
            self.out.push('%');
            return Ok(());
        }
        if self.is_bad_number {
            self.put(format_args!("%!{verb}(BADINDEX)"));
            return Ok(());
        }
        let Some(value) = self.values.get(self.next) else {
            self.put(format_args!("%!{verb}(MISSING)"));
            return Ok(());
        };
        self.next += 1;
        let text = formatted(value, verb, flags)?;
        self.out.push_str(&text);
        Ok(())
    }

    fn flags(&mut self) -> Flags {
        let mut flags = Flags::default();
        loop {
            let Some(letter) = self.rest.chars().next() else { return flags };
            match letter {
                '+' => flags.plus = true,
                '-' => flags.minus = true,
                '#' => flags.sharp = true,
                ' ' => flags.space = true,
                '0' => flags.zero = true,
                _ => return flags,
            }
            self.rest = &self.rest[1..];
        }
    }

    /// `[2]`: which value is next.
    fn numbered(&mut self) {
        let Some(inside) = self.rest.strip_prefix('[') else { return };
        self.was_numbered = true;
        let Some((number, rest)) = inside.split_once(']') else {
            self.is_bad_number = true;
            self.rest = inside;
            return;
        };
        self.rest = rest;
        match number.parse::<usize>() {
            Ok(number) if (1..=self.values.len()).contains(&number) => self.next = number - 1,
            _ => self.is_bad_number = true,
        }
    }

    /// A width or a precision, written or from a value.
    fn size(&mut self, what: &str, is_negative: &mut bool) -> Option<usize> {
        if self.take('*') {
            let size = match self.values.get(self.next) {
                Some(Value::Int(size)) => {
                    *is_negative |= *size < 0;
                    usize::try_from(size.unsigned_abs()).ok().filter(|size| *size <= WIDTH_MAX)
                }
                _ => None,
            };
            self.next += usize::from(self.next < self.values.len());
            if size.is_none() {
                self.put(format_args!("%!(BAD{what})"));
            }
            return size;
        }
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        if digits.is_empty() {
            return None;
        }
        let size = digits.parse().ok().filter(|size| *size <= WIDTH_MAX);
        if size.is_none() {
            self.put(format_args!("%!(BAD{what})"));
        }
        size
    }
}
