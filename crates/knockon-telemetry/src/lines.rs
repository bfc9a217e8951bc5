//! Text files, a line at a time.
//!
//! One buffer is used again for every line, so that a file of any size is read in the memory of its
//! longest line; and a line has a limit, so that a file without line breaks is not read whole.

use std::io::{self, BufRead, Read};
use std::ops::Range;

use knockon_core::{Diagnostic, Place};

use crate::codes;
use crate::file_log::FileLog;
use crate::place;

/// How long a line may be, in bytes: room for a hundred thousand columns.
pub(crate) const LINE_BYTES_MAX: u64 = 16 << 20;

/// The lines of a text file.
pub(crate) struct Lines<R> {
    input: R,
    text: String,
    number: usize,
    /// Whether bytes that are no text are replaced, not refused.
    is_lossy: bool,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, text: String::new(), number: 0, is_lossy: false }
    }

    /// Lines of which bytes that are not UTF-8 are replaced: what programs print is not always text.
    pub(crate) fn lossy(input: R) -> Self {
        Self { is_lossy: true, ..Self::new(input) }
    }

    /// The current line, without its line break.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The place of a range of bytes of the current line.
    pub(crate) fn place(&self, file: &str, bytes: Range<usize>) -> Place {
        place::in_line(file, self.number, &self.text, bytes)
    }

    /// Goes on to the next line that is text. False at the end of the file, also when it ends in a
    /// mistake, which is then in the log.
    pub(crate) fn advance(&mut self, log: &mut FileLog) -> bool {
        loop {
            match self.read_line() {
                Ok(0) => return false,
                Ok(bytes) if bytes as u64 > LINE_BYTES_MAX => {
                    log.error(|file| {
                        Diagnostic::error(
                            codes::NOT_TEXT,
                            format!("a line is longer than {} MiB", LINE_BYTES_MAX >> 20),
                        )
                        .at(Place::new(file, self.number, 1, 1, ""))
                        .help("check that the file is a text file with line breaks")
                    });
                    return false;
                }
                Ok(_) => return true,
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    log.error(|file| {
                        Diagnostic::error(codes::NOT_TEXT, "the line is not UTF-8 text")
                            .at(place::in_line(file, self.number, &self.text, 0..self.text.len()))
                            .help("save the file as UTF-8")
                    });
                }
                Err(error) => {
                    log.unreadable(&error);
                    return false;
                }
            }
        }
    }

    /// Reads a line into `text`; gives the number of bytes, 0 at the end of the file.
    fn read_line(&mut self) -> io::Result<usize> {
        let mut bytes = std::mem::take(&mut self.text).into_bytes();
        bytes.clear();
        let mut limited = (&mut self.input).take(LINE_BYTES_MAX + 1);
        let count = limited.read_until(b'\n', &mut bytes)?;
        self.number += usize::from(count > 0);
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
        }
        if self.number == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        match String::from_utf8(bytes) {
            Ok(text) => {
                self.text = text;
                Ok(count)
            }
            Err(error) => {
                self.text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                if self.is_lossy {
                    return Ok(count);
                }
                Err(io::ErrorKind::InvalidData.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lose_their_breaks_and_the_byte_order_mark() {
        let check = |input: &[u8], expected: &[&str], errors: &[&str]| {
            let mut log = FileLog::new("f");
            let mut lines = Lines::new(input);
            let mut found = Vec::new();
            while lines.advance(&mut log) {
                found.push(lines.text().to_owned());
            }
            assert_eq!(found, expected);
            assert_eq!(log.error_lines(), errors);
        };
        check(b"", &[], &[]);
        check(b"a\r\nb\n\nc", &["a", "b", "", "c"], &[]);
        check(b"\xef\xbb\xbfa\n", &["a"], &[]);
        check(b"a\n\xff\xfe\nb", &["a", "b"], &["f:2:1: error[K0205]: the line is not UTF-8 text"]);
    }

    #[test]
    fn a_file_without_line_breaks_is_not_read_whole() {
        let mut log = FileLog::new("f");
        let mut lines = Lines::new(io::BufReader::new(io::repeat(b'a')));
        assert!(!lines.advance(&mut log));
        assert_eq!(log.error_lines(), ["f:1:1: error[K0205]: a line is longer than 16 MiB"]);
    }
}
