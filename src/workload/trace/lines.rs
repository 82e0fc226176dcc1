//! Lines of a byte stream, through one reused buffer.
//!
//! No copy per line and no allocation after the first: the buffer grows only for a line longer than
//! itself, up to the limit. Knows no format. Invariant: a line never includes its line break.

use memchr::memchr;
use std::io::{self, Read};

/// Longest line, in bytes, without its line break.
pub(super) const LONGEST_LINE: usize = 1 << 20;
const FIRST_CAPACITY: usize = 1 << 18;

/// Why there is no next line.
#[derive(Debug)]
pub(super) enum LineError {
    /// The stream broke.
    Io(io::Error),
    /// The line exceeds [`LONGEST_LINE`].
    TooLong,
}

/// A cursor over lines.
pub(super) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    number: u64,
    /// Where the last line ends, in the buffer.
    last_end: usize,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: vec![0; FIRST_CAPACITY],
            start: 0,
            end: 0,
            ended: false,
            number: 0,
            last_end: 0,
        }
    }

    /// Number of the last line, counted from 1; 0 before the first.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next line without its `\n` or `\r\n`; a last line needs none.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, LineError> {
        let mut searched = self.start;
        loop {
            let found = memchr(b'\n', &self.buffer[searched..self.end]);
            let (line_end, next_start) = match found {
                Some(offset) => (searched + offset, searched + offset + 1),
                None if !self.ended => {
                    searched = self.fill()?;
                    continue;
                }
                None if self.start < self.end => (self.end, self.end),
                None => return Ok(None),
            };
            let line = &self.buffer[self.start..line_end];
            if line.len() > LONGEST_LINE {
                return Err(LineError::TooLong);
            }
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            self.last_end = self.start + line.len();
            self.start = next_start;
            self.number += 1;
            return Ok(Some(line));
        }
    }

    /// The last `length` bytes of the line that [`next`](Self::next) has just given, with whatever
    /// stands behind them in the buffer: for readers that look at many bytes together.
    #[inline]
    pub(super) fn last(&self, length: usize) -> &[u8] {
        &self.buffer[self.last_end - length..]
    }

    /// Reads more behind an unfinished line; returns where to go on searching.
    fn fill(&mut self) -> Result<usize, LineError> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end > LONGEST_LINE {
            return Err(LineError::TooLong);
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(2 * self.buffer.len(), 0);
        }
        let searched = self.end;
        loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(count) => {
                    self.end += count;
                    self.ended = count == 0;
                    return Ok(searched);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(LineError::Io(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that hands out a few bytes at a time.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(out.len());
            out[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn all(text: &[u8], step: usize) -> Vec<String> {
        let mut lines = Lines::new(Drip(text, step));
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push(String::from_utf8(line.to_vec()).unwrap());
        }
        assert_eq!(lines.number(), found.len() as u64);
        found
    }

    #[test]
    fn lines_do_not_depend_on_how_the_bytes_arrive() {
        let text = b"one\r\n\ntwo\nlast";
        for step in 1..text.len() {
            assert_eq!(all(text, step), ["one", "", "two", "last"]);
        }
        assert_eq!(all(b"", 7), [""; 0]);
        assert_eq!(all(b"a\n", 7), ["a"]);
    }

    #[test]
    fn a_line_of_the_limit_is_read_and_a_longer_one_is_not() {
        let mut text = vec![b'x'; LONGEST_LINE];
        text.extend_from_slice(b"\nafter\n");
        assert_eq!(all(&text, 100_000).len(), 2);
        text.insert(0, b'x');
        let mut lines = Lines::new(text.as_slice());
        assert!(matches!(lines.next(), Err(LineError::TooLong)));
    }
}
