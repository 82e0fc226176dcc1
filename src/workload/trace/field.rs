//! A field of a row: its bytes, and what happens to stand behind them.
//!
//! A number is read eight digits at a time, whatever its length: fields differ in length from row
//! to row, and a loop over bytes is a branch that the processor guesses wrong at its end. Knows no
//! format. Invariant: what stands behind a field never changes what it says.

const ONES: u64 = u64::from_le_bytes([1; 8]);
const ZEROS: u64 = ONES * b'0' as u64;
const POINTS: u64 = ONES * b'.' as u64;
const TOP_BITS: u64 = ONES * 0x80;

/// The longest text that is read at once: no number of so many digits overflows.
const LONGEST: usize = 12;

/// Powers of ten, for the digits behind a point.
const TEN_TO: [u64; LONGEST] = {
    let mut powers = [1; LONGEST];
    let mut index = 1;
    while index < LONGEST {
        powers[index] = 10 * powers[index - 1];
        index += 1;
    }
    powers
};

/// Part of a row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Field<'a> {
    /// From its start to the end of what may be read.
    bytes: &'a [u8],
    length: usize,
}

/// Digits with at most one point among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Digits {
    /// The number without its point.
    pub(super) value: u64,
    /// How many digits stand behind the point.
    pub(super) decimals: usize,
    pub(super) has_point: bool,
}

impl<'a> Field<'a> {
    /// `bytes[start..end]`, blanks included; empty where that is no range of `bytes`.
    #[inline(always)]
    pub(super) fn verbatim(bytes: &'a [u8], start: usize, end: usize) -> Self {
        if start > end || end > bytes.len() {
            return Self::default();
        }
        Self { bytes: &bytes[start..], length: end - start }
    }

    /// `bytes[start..end]` without blanks; empty where that is no range of `bytes`.
    #[inline(always)]
    pub(super) fn new(bytes: &'a [u8], start: usize, end: usize) -> Self {
        let field = Self::verbatim(bytes, start, end);
        match field.text() {
            [first, .., last] if *first > b' ' && *last > b' ' => field,
            [only] if *only > b' ' => field,
            text => Self::trimmed(text),
        }
    }

    /// All of `text`, without blanks around it.
    #[inline]
    pub(super) fn trimmed(text: &'a [u8]) -> Self {
        let bytes = text.trim_ascii();
        Self { bytes, length: bytes.len() }
    }

    #[inline(always)]
    pub(super) fn text(self) -> &'a [u8] {
        &self.bytes[..self.length]
    }

    #[inline(always)]
    pub(super) const fn is_empty(self) -> bool {
        self.length == 0
    }

    /// The field as digits; `None` is no verdict: it may be longer, or have a sign.
    #[inline(always)]
    pub(super) fn digits(self) -> Option<Digits> {
        if self.length == 0 || self.length > LONGEST {
            return None;
        }
        // A part of the field is read with what stands behind it: 8 bytes from anywhere in it.
        match self.bytes.first_chunk() {
            Some(window) => digits_of(window, self.length),
            None => {
                let mut window = [0; LONGEST + 8];
                window[..self.length].copy_from_slice(self.text());
                digits_of(&window, self.length)
            }
        }
    }
}

/// The digits in the first `length` bytes of `window`, 1 to 12.
#[inline(always)]
fn digits_of(window: &[u8; LONGEST + 8], length: usize) -> Option<Digits> {
    let word = |start: usize| window[start..].first_chunk().map_or(0, |c| u64::from_le_bytes(*c));
    let head = word(0);
    // The lowest set bit marks the first point; a borrow may set bits above it only.
    let unlike = head ^ POINTS;
    let points = unlike.wrapping_sub(ONES) & !unlike & TOP_BITS;
    let point = points.trailing_zeros() as usize / 8;
    let has_point = point < length.min(8);
    let (value, decimals) = match (has_point, length) {
        (false, 1..=8) => (eight(head, length)?, 0),
        (false, _) => (eight(head, length - 8)? * TEN_TO[8] + eight(word(length - 8), 8)?, 0),
        (true, 1) => return None,
        (true, _) => {
            let decimals = length - point - 1;
            let whole = if point == 0 { 0 } else { eight(head, point)? };
            let fraction = match decimals {
                0 => 0,
                1..=8 => eight(word(point + 1), decimals)?,
                _ => return None,
            };
            (whole * TEN_TO[decimals] + fraction, decimals)
        }
    };
    Some(Digits { value, decimals, has_point })
}

/// The first `count` bytes of a word, 1 to 8, as a number; `None` when one is no digit.
#[inline(always)]
const fn eight(word: u64, count: usize) -> Option<u64> {
    // They move to the end, and zeros take their place.
    let digits = (word ^ ZEROS) << (64 - 8 * count);
    if (digits.wrapping_add(ONES * 0x76) | digits) & TOP_BITS != 0 {
        return None;
    }
    let pairs = (digits.wrapping_mul(10) + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100) + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours.wrapping_mul(10_000) + (fours >> 32)) & 0x0000_0000_ffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Byte by byte.
    fn by_hand(text: &str) -> Option<Digits> {
        let decimals = text.find('.').map(|point| text.len() - point - 1);
        let digits = text.replacen('.', "", 1);
        let value = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())??;
        Some(Digits { value, decimals: decimals.unwrap_or(0), has_point: decimals.is_some() })
    }

    proptest! {
        #[test]
        fn digits_are_those_read_byte_by_byte(
            text in "[0-9]{0,12}[.]?[0-9]{0,12}|[ -~]{1,12}",
            before in "[ -~]{0,3}",
            behind in "[ -~é]{0,20}",
        ) {
            let trimmed = text.trim();
            let all = format!("{before}{text}{behind}");
            let field = Field::new(all.as_bytes(), before.len(), before.len() + text.len());
            prop_assert_eq!(field.text(), trimmed.as_bytes());
            prop_assert_eq!(field.is_empty(), trimmed.is_empty());
            let expected = by_hand(trimmed).filter(|_| trimmed.len() <= LONGEST);
            match field.digits() {
                // A longer one, or one with its point far behind, is left to the long way.
                None => prop_assert!(expected.is_none_or(|d| trimmed.len() > 8 && d.has_point)),
                found => prop_assert_eq!(found, expected),
            }
        }
    }

    #[test]
    fn what_is_no_range_is_empty() {
        assert!(Field::new(b"abc", 2, 9).is_empty() && Field::new(b"abc", 2, 1).is_empty());
        assert_eq!(Field::new(b"abc", 1, 3).text(), b"bc");
        assert_eq!(Field::new(b" x ", 0, 3).text(), b"x");
    }
}
