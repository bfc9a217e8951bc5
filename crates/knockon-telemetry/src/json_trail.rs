//! Where in a JSON file a value is.
//!
//! `serde_json` streams values but hands on no places. It reads byte by byte, though, and at most one
//! byte ahead; so a reader that remembers the end of what it has handed out knows the place of the
//! value just read, and what follows it on the line is in the buffer still.

use std::cell::RefCell;
use std::io::{self, BufRead, Read};

use knockon_core::Place;

use crate::place::{self, TEXT_CHARS_MAX};

/// How many bytes before the place are remembered: enough characters of any length.
const REMEMBERED_BYTES: usize = TEXT_CHARS_MAX * 4;

/// An input and the place it has been read to.
#[derive(Debug)]
pub(crate) struct Trail<R> {
    state: RefCell<State<R>>,
}

/// Reading a byte does nothing but move on in the chunk; lines are counted when they are asked for.
#[derive(Debug)]
struct State<R> {
    input: R,
    /// The end of what was read before, then what came in last.
    chunk: Vec<u8>,
    /// How much of the chunk has been read.
    read: usize,
    /// How many line breaks lie before the chunk.
    lines_before: usize,
    /// How many bytes of the chunk's first line lie before it.
    line_bytes_before: usize,
}

impl<R: BufRead> Trail<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            state: RefCell::new(State {
                input,
                chunk: Vec::new(),
                read: 0,
                lines_before: 0,
                line_bytes_before: 0,
            }),
        }
    }

    /// The place of the `length` characters that were read last.
    pub(crate) fn place(&self, file: &str, length: usize) -> Place {
        let state = self.state.borrow();
        state.place(file, state.read, length)
    }

    /// The place of the byte that `serde_json` counts as this column (from 1) of this line. Having
    /// found a mistake it may read on for a few bytes.
    pub(crate) fn place_of_column(&self, file: &str, line: usize, column: usize) -> Place {
        let state = self.state.borrow();
        match state.end_of_column(line, column) {
            Some(end) => state.place(file, end, 1),
            None => Place::new(file, line, 1, 1, ""),
        }
    }
}

impl<R> State<R> {
    /// The number of the line that the byte before `end` is on, and where in the chunk it starts.
    fn line(&self, end: usize) -> (usize, usize) {
        let read = &self.chunk[..end];
        // A line break belongs to the line it ends.
        let read = read.strip_suffix(b"\n").unwrap_or(read);
        let start = read.iter().rposition(|byte| *byte == b'\n');
        let breaks = line_breaks(read);
        (self.lines_before + breaks + 1, start.map_or(0, |at| at + 1))
    }

    /// Where in the chunk a column of a line ends, if it is in the chunk still.
    fn end_of_column(&self, line: usize, column: usize) -> Option<usize> {
        let read = &self.chunk[..self.read];
        let end = match line.checked_sub(self.lines_before + 1)? {
            0 => column.checked_sub(self.line_bytes_before)?,
            index => {
                let mut breaks = read.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
                breaks.nth(index - 1)?.0 + 1 + column
            }
        };
        (end <= read.len()).then_some(end)
    }

    /// The place of the `length` characters before `end`.
    fn place(&self, file: &str, end: usize, length: usize) -> Place {
        let (line, start) = self.line(end);
        let text = &self.chunk[start..];
        let line_end = text.iter().position(|byte| *byte == b'\n');
        let text = &text[..line_end.unwrap_or(text.len())];
        let (before, after) = text.split_at((end - start).min(text.len()));
        let after = &after[..after.len().min(REMEMBERED_BYTES)];

        let before = String::from_utf8_lossy(before);
        let before = before.trim_start_matches('\u{fffd}');
        let after = String::from_utf8_lossy(after);
        let after = after.trim_end_matches(['\r', '\u{fffd}']);
        let count = before.chars().count();
        // Half a window for what precedes the end of the value, the rest for what follows.
        let from = count.saturating_sub((TEXT_CHARS_MAX / 2).max(length.min(TEXT_CHARS_MAX)));
        let column = count.saturating_sub(length.max(1)).max(from) - from;
        let chars = before.chars().skip(from).chain(after.chars());
        let length = (count - from).min(length);
        // What is gone is known in bytes only; in ASCII that is the same.
        let skipped = from + if start == 0 { self.line_bytes_before } else { 0 };
        place::window(file, line, skipped, chars, column, length)
    }
}

impl<R: BufRead> State<R> {
    /// Takes in what comes next, and lets go of what lies far back.
    fn fill(&mut self) -> io::Result<()> {
        let surplus = self.chunk.len().saturating_sub(REMEMBERED_BYTES);
        let gone = &self.chunk[..surplus];
        self.lines_before += line_breaks(gone);
        match gone.iter().rposition(|byte| *byte == b'\n') {
            Some(at) => self.line_bytes_before = surplus - at - 1,
            None => self.line_bytes_before += surplus,
        }
        self.chunk.drain(..surplus);
        self.read = self.chunk.len();
        let available = self.input.fill_buf()?;
        self.chunk.extend_from_slice(available);
        let count = available.len();
        self.input.consume(count);
        Ok(())
    }
}

fn line_breaks(bytes: &[u8]) -> usize {
    bytes.split(|byte| *byte == b'\n').count() - 1
}

/// Reads on, and leaves the trail.
impl<R: BufRead> Read for &Trail<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = self.state.borrow_mut();
        if state.read == state.chunk.len() {
            state.fill()?;
        }
        let rest = &state.chunk[state.read..];
        // `serde_json` asks for every byte on its own; a call to copy it would cost more than it.
        if let (Some(next), [byte]) = (rest.first(), &mut *buffer) {
            *byte = *next;
            state.read += 1;
            return Ok(1);
        }
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        state.read += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_that_of_the_bytes_read_last() {
        let check = |before: &str, after: &str, length: usize, expected: (usize, &str)| {
            let text = format!("{before}{after}");
            let trail = Trail::new(text.as_bytes());
            let mut bytes = vec![0; before.len()];
            (&trail).read_exact(&mut bytes).unwrap();
            let place = trail.place("f", length);
            let marked: String = place.marked();
            assert_eq!((place.line, marked.as_str()), expected, "{place:?}");
            assert!(place.text.chars().count() <= TEXT_CHARS_MAX + 2);
        };
        check("{\n  \"a\": \"soon\"", ",\n}", 6, (2, "\"soon\""));
        check("{\n  \"a\": 5\n", "}", 1, (2, "5"));
        check(&format!("{}WRONG", " ".repeat(5000)), &"x".repeat(5000), 5, (1, "WRONG"));
        check(&format!("{}WRONG", "é".repeat(5001)), "", 5, (1, "WRONG"));
        check("ab\ncd", "\nef", 2, (2, "cd"));
    }
}
