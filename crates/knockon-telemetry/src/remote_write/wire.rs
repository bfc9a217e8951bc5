//! The wire format of Protocol Buffers (<https://protobuf.dev/programming-guides/encoding/>), as far
//! as remote write has it: fields one after the other, each a number, a type and a value.
//!
//! Messages are walked and never built, so that a request takes the memory of its samples, whatever
//! its bytes; and a mistake names the message, the field and the byte.

use std::fmt;

/// What is wrong with bytes that should be a message, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WireError {
    pub(super) at: usize,
    pub(super) message: String,
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.message, self.at)
    }
}

/// A message whose fields are read one by one.
#[derive(Debug, Clone)]
pub(super) struct Message<'a> {
    /// What it is called, for the words of a mistake.
    name: &'static str,
    /// What is left of it.
    rest: &'a [u8],
    /// Where that begins in the whole request.
    at: usize,
}

/// A field of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    of: &'static str,
    pub(super) number: u64,
    pub(super) at: usize,
    value: Value<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Value<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    /// A text, a message, or packed numbers; and where it begins.
    Bytes(&'a [u8], usize),
    Fixed32,
}

impl<'a> Message<'a> {
    /// The message that bytes are.
    pub(super) fn new(name: &'static str, bytes: &'a [u8]) -> Self {
        Self { name, rest: bytes, at: 0 }
    }

    /// The next field; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<Field<'a>>, WireError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let at = self.at;
        let key = self.varint()?;
        let number = key >> 3;
        if number == 0 {
            return Err(self.error(at, "a field has the number 0"));
        }
        let value = match key & 7 {
            0 => Value::Varint(self.varint()?),
            1 => {
                let mut bytes = [0; 8];
                bytes.copy_from_slice(self.take(8)?);
                Value::Fixed64(bytes)
            }
            2 => {
                let length = self.varint()?;
                let begin = self.at;
                // What is longer than memory is longer than the message as well.
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                Value::Bytes(self.take(length)?, begin)
            }
            5 => self.take(4).map(|_| Value::Fixed32)?,
            other => return Err(self.error(at, &format!("field {number} has the type {other}"))),
        };
        Ok(Some(Field { of: self.name, number, at, value }))
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], WireError> {
        let Some((taken, rest)) = self.rest.split_at_checked(count) else {
            return Err(self.error(self.at, "a field is longer than the message"));
        };
        self.rest = rest;
        self.at += count;
        Ok(taken)
    }

    fn varint(&mut self) -> Result<u64, WireError> {
        let at = self.at;
        let mut value = 0;
        for shift in (0..70).step_by(7) {
            let Some((byte, rest)) = self.rest.split_first() else {
                return Err(self.error(at, "a number is cut off"));
            };
            self.rest = rest;
            self.at += 1;
            let bits = u64::from(byte & 0x7f);
            // Ten bytes hold 70 bits; the last may have only the 64th.
            if shift == 63 && bits > 1 {
                break;
            }
            value |= bits << shift;
            if *byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.error(at, "a number is longer than 64 bits"))
    }

    fn error(&self, at: usize, problem: &str) -> WireError {
        WireError { at, message: format!("{}: {problem}", self.name) }
    }
}

impl<'a> Field<'a> {
    fn bytes(&self, expected: &str) -> Result<(&'a [u8], usize), WireError> {
        match self.value {
            Value::Bytes(bytes, at) => Ok((bytes, at)),
            _ => Err(self.mistyped(expected)),
        }
    }

    /// The message that it is.
    pub(super) fn message(&self, name: &'static str) -> Result<Message<'a>, WireError> {
        let (rest, at) = self.bytes("a message")?;
        Ok(Message { name, rest, at })
    }

    /// The text that it is.
    pub(super) fn text(&self) -> Result<&'a str, WireError> {
        let (bytes, at) = self.bytes("a text")?;
        std::str::from_utf8(bytes).map_err(|error| WireError {
            at: at + error.valid_up_to(),
            message: format!("{}: field {} is not UTF-8 text", self.of, self.number),
        })
    }

    /// The floating-point number that it is, with all its bits.
    pub(super) fn double(&self) -> Result<f64, WireError> {
        match self.value {
            Value::Fixed64(bytes) => Ok(f64::from_le_bytes(bytes)),
            _ => Err(self.mistyped("a double")),
        }
    }

    /// The whole number that it is.
    pub(super) fn uint(&self) -> Result<u64, WireError> {
        match self.value {
            Value::Varint(number) => Ok(number),
            _ => Err(self.mistyped("a whole number")),
        }
    }

    /// The whole number that it is, which may be negative.
    pub(super) fn int(&self) -> Result<i64, WireError> {
        self.uint().map(u64::cast_signed)
    }

    /// The whole numbers that it is: one, or many that are packed.
    pub(super) fn uints(&self, mut take: impl FnMut(u64)) -> Result<(), WireError> {
        let Value::Bytes(rest, at) = self.value else {
            return self.uint().map(take);
        };
        let mut packed = Message { name: self.of, rest, at };
        while !packed.rest.is_empty() {
            take(packed.varint()?);
        }
        Ok(())
    }

    fn mistyped(&self, expected: &str) -> WireError {
        let message = format!("{}: field {} is not {expected}", self.of, self.number);
        WireError { at: self.at, message }
    }
}

/// Writes a field that is a text or a message; an empty one too.
pub(super) fn put_bytes(out: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    put_varint(out, number << 3 | 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Writes a field that is a whole number; zero is what a field that is not there has.
pub(super) fn put_int(out: &mut Vec<u8>, number: u64, value: i64) {
    if value != 0 {
        put_varint(out, number << 3);
        put_varint(out, value.cast_unsigned());
    }
}

/// Writes a field that is a floating-point number, with all its bits.
pub(super) fn put_double(out: &mut Vec<u8>, number: u64, value: f64) {
    if value.to_bits() != 0 {
        put_varint(out, number << 3 | 1);
        out.extend_from_slice(&value.to_le_bytes());
    }
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(bytes: &[u8]) -> Result<Vec<u64>, WireError> {
        let mut message = Message::new("M", bytes);
        let mut numbers = Vec::new();
        while let Some(field) = message.next()? {
            numbers.push(field.number);
        }
        Ok(numbers)
    }

    #[test]
    fn mistakes_say_what_and_where() {
        let check = |bytes: &[u8], expected: &str| {
            assert_eq!(walk(bytes).unwrap_err().to_string(), expected);
        };
        check(b"\x0a", "M: a number is cut off at byte 1");
        check(b"\x0a\x05ab", "M: a field is longer than the message at byte 2");
        check(
            b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            "M: a field is longer than the message at byte 11",
        );
        check(
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
            "M: a number is longer than 64 bits at byte 1",
        );
        check(b"\x08\x01\x03", "M: a field has the number 0 at byte 2");
        check(b"\x0b", "M: field 1 has the type 3 at byte 0");
        check(b"\x09\x01\x02", "M: a field is longer than the message at byte 1");
        assert_eq!(walk(b"\x0a\x00\x10\x05\x1d\x00\x00\x00\x00").unwrap(), [1, 2, 3]);
    }

    #[test]
    fn numbers_of_any_size_read_back() {
        for value in [0, 1, -1, 127, 128, i64::MAX, i64::MIN, 1_700_000_000_000] {
            let mut out = Vec::new();
            put_int(&mut out, 2, value);
            let field = Message::new("M", &out).next().unwrap();
            assert_eq!(field.map_or(0, |field| field.int().unwrap()), value);
        }
    }
}
