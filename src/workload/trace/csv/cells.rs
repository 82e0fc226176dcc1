//! The records of a CSV stream as cells: split by hand where no quote stands, else by the crate.
//!
//! Nearly every row of a trace is digits and commas, and splitting it costs a fifth of what a full
//! CSV parser does. A row with a quote in it goes through the parser, with the lines that it spans.
//! Invariant: no allocation per row; what is held of a record never exceeds the longest line.

use crate::workload::WorkloadError;
use crate::workload::input::{self, Input};
use crate::workload::trace::bits;
use crate::workload::trace::field::Field;
use crate::workload::trace::lines::{LONGEST_LINE, LineError, Lines};
use std::path::{Path, PathBuf};

/// One record: its bytes, perhaps with more behind them, and where each cell begins and ends.
#[derive(Clone, Copy, Default)]
pub(super) struct Cells<'a> {
    bytes: &'a [u8],
    bounds: &'a [(u32, u32)],
}

impl<'a> Cells<'a> {
    /// A cell without blanks around it; empty where there is none.
    #[inline(always)]
    pub(super) fn field(&self, index: usize) -> Field<'a> {
        let (start, end) = self.bounds.get(index).copied().unwrap_or_default();
        Field::new(self.bytes, start as usize, end as usize)
    }

    /// A cell as it stands; empty where there is none.
    #[inline(always)]
    pub(super) fn verbatim(&self, index: usize) -> Field<'a> {
        let (start, end) = self.bounds.get(index).copied().unwrap_or_default();
        Field::verbatim(self.bytes, start as usize, end as usize)
    }

    pub(super) fn len(&self) -> usize {
        self.bounds.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &'a [u8]> {
        let Self { bytes, bounds } = *self;
        bounds.iter().map(move |(start, end)| &bytes[*start as usize..*end as usize])
    }
}

/// A cursor over records.
pub(super) struct Records {
    lines: Lines<Input>,
    path: PathBuf,
    bounds: Vec<(u32, u32)>,
    /// A record with quotes: as it stands, then its cells one behind the other.
    quoted: Vec<u8>,
    parsed: csv::ByteRecord,
}

impl Records {
    pub(super) fn new(reader: Input, path: &Path) -> Self {
        Self {
            lines: Lines::new(reader),
            path: path.into(),
            bounds: Vec::new(),
            quoted: Vec::new(),
            parsed: csv::ByteRecord::new(),
        }
    }

    /// The next record that is not an empty line, with the number of its first line.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<(u64, Cells<'_>)>, WorkloadError> {
        self.bounds.clear();
        loop {
            let before = self.lines.number();
            let line = match self.lines.next() {
                Ok(Some(line)) => line,
                Ok(None) => return Ok(None),
                Err(error) => return Err(broken(&self.path, before, error)),
            };
            let line = if before == 0 { line.strip_prefix(BOM).unwrap_or(line) } else { line };
            if line.is_empty() {
                continue;
            }
            // Looked up anew: the line must not stay borrowed on the way to the next one.
            let length = line.len();
            if split(self.lines.last(length), length, &mut self.bounds) {
                let bytes = self.lines.last(length);
                return Ok(Some((before + 1, Cells { bytes, bounds: &self.bounds })));
            }
            self.quoted.clear();
            self.quoted.extend_from_slice(&self.lines.last(length)[..length]);
            return self.parse(before + 1).map(Some);
        }
    }

    /// Parses a record that begins with the line in `quoted`.
    #[cold]
    fn parse(&mut self, first: u64) -> Result<(u64, Cells<'_>), WorkloadError> {
        let mut quotes = Quotes::default();
        quotes.read(&self.quoted);
        while quotes.open {
            match self.lines.next() {
                Ok(Some(line)) => {
                    quotes.read(b"\n");
                    quotes.read(line);
                    self.quoted.push(b'\n');
                    self.quoted.extend_from_slice(line);
                }
                Ok(None) => break,
                Err(error) => return Err(broken(&self.path, first - 1, error)),
            }
            if self.quoted.len() > LONGEST_LINE {
                return Err(broken(&self.path, first - 1, LineError::TooLong));
            }
        }
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(self.quoted.as_slice());
        if let Err(error) = reader.read_byte_record(&mut self.parsed) {
            let error = std::io::Error::other(error);
            return Err(input::read_error(&self.path, first - 1, error));
        }
        self.bounds.clear();
        for index in 0..self.parsed.len() {
            let range = self.parsed.range(index).unwrap_or_default();
            self.bounds.push((range.start as u32, range.end as u32));
        }
        Ok((first, Cells { bytes: self.parsed.as_slice(), bounds: &self.bounds }))
    }
}

/// Some programs begin a text with this mark.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// How many bytes are looked at together: nearly every row is no longer.
const BLOCK: usize = 32;

/// Splits the line of `length` bytes at the start of `bytes` at its commas; `false` when it has a
/// quote.
#[inline]
fn split(bytes: &[u8], length: usize, bounds: &mut Vec<(u32, u32)>) -> bool {
    let mut start = 0;
    let mut base = 0;
    while base < length {
        let mut padded = [0; BLOCK];
        let block = match bytes[base..].first_chunk() {
            Some(block) => block,
            None => {
                padded[..bytes.len() - base].copy_from_slice(&bytes[base..]);
                &padded
            }
        };
        let within = u64::MAX >> (64 - (length - base).min(BLOCK));
        if bits::equal(block, b'"') & within != 0 {
            return false;
        }
        let mut commas = bits::equal(block, b',') & within;
        while commas != 0 {
            let end = base as u32 + commas.trailing_zeros();
            bounds.push((start, end));
            start = end + 1;
            commas &= commas - 1;
        }
        base += BLOCK;
    }
    bounds.push((start, length as u32));
    true
}

/// Whether a quote is open after what has been read: the record goes on in the next line.
struct Quotes {
    open: bool,
    /// Whether a quote here would open: at the beginning of a cell, or to double one just closed.
    opens: bool,
}

impl Default for Quotes {
    fn default() -> Self {
        Self { open: false, opens: true }
    }
}

impl Quotes {
    fn read(&mut self, text: &[u8]) {
        for byte in text {
            let was_open = self.open;
            self.open = match byte {
                b'"' if was_open => false,
                b'"' => self.opens,
                _ => was_open,
            };
            let begins = matches!(byte, b',' | b'\n') || (*byte == b'"' && was_open);
            self.opens = !self.open && begins;
        }
    }
}

#[cold]
fn broken(path: &Path, before: u64, error: LineError) -> WorkloadError {
    match error {
        LineError::Io(error) => input::read_error(path, before, error),
        LineError::TooLong => {
            WorkloadError::LineTooLong { path: path.into(), line: before + 1, limit: LONGEST_LINE }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    fn by_hand(text: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let input = input::decompress(Cursor::new(text.to_vec()), Path::new("t.csv")).unwrap();
        let mut records = Records::new(input, Path::new("t.csv"));
        let mut found = Vec::new();
        while let Some((_, cells)) = records.next().unwrap() {
            found.push(cells.iter().map(<[u8]>::to_vec).collect());
        }
        found
    }

    fn by_the_crate(text: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
        let records = reader.byte_records().map(Result::unwrap);
        records.map(|record| record.iter().map(<[u8]>::to_vec).collect()).collect()
    }

    #[test]
    fn quotes_commas_and_line_breaks_within_quotes_are_kept() {
        let text = b"\xef\xbb\xbfa,b\r\n\n\"x,\"\"1\"\"\",2\n\"two\nlines\",3\nq\"uote,4\n";
        assert_eq!(by_hand(text), by_the_crate(text));
        assert_eq!(by_hand(text).len(), 4);
    }

    proptest! {
        #[test]
        fn records_are_those_of_the_csv_crate(text in "([a-c,\"\n]{0,12}\n){0,6}") {
            // A quote that is never closed is a mistake either way; only its last break may differ.
            let mut quotes = Quotes::default();
            quotes.read(text.as_bytes());
            prop_assume!(!quotes.open);
            prop_assert_eq!(by_hand(text.as_bytes()), by_the_crate(text.as_bytes()));
        }
    }
}
