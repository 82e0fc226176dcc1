//! Numbers and times of traces, parsed from bytes into integers.
//!
//! Decimal seconds never pass through a float: 0.1 s is 100 ms exactly, and a tie rounds half to
//! even on its decimal digits. No exponents: no trace writes them.

use super::field::Field;
use crate::workload::Reason;

/// Above it no number of a trace makes sense: 35,000 years in milliseconds.
const LARGEST: u64 = 1 << 50;

/// Powers of ten, for the decimals that a number does not write out.
const TEN_TO: [u64; 7] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/// A field times ten to the power `digits` (at most 6), rounded half to even.
#[inline(always)]
pub(super) fn scaled(field: Field<'_>, digits: u32) -> Result<i64, Reason> {
    match short(field, digits) {
        Some(value) if value <= LARGEST => Ok(value as i64),
        _ => scaled_any(field.text(), digits),
    }
}

/// The common case: at most 12 characters, no sign, no decimal beyond the kept ones. Nothing can
/// overflow and nothing is rounded. `None` is no verdict.
#[inline(always)]
fn short(field: Field<'_>, digits: u32) -> Option<u64> {
    let found = field.digits()?;
    let missing = (digits as usize).checked_sub(found.decimals)?;
    Some(found.value * TEN_TO[missing])
}

/// The general case.
fn scaled_any(text: &[u8], digits: u32) -> Result<i64, Reason> {
    let (negative, unsigned) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (whole, rest) = leading_digits(unsigned, 0, usize::MAX);
    let mut digits_seen = unsigned.len() - rest.len();
    let mut value = whole;
    let mut missing = digits;
    let mut tail = rest;
    let mut round_up = false;
    if let [b'.', fraction @ ..] = rest {
        let (kept, dropped) = leading_digits(fraction, value, digits as usize);
        missing -= (fraction.len() - dropped.len()) as u32;
        value = kept;
        let (_, after) = leading_digits(dropped, 0, usize::MAX);
        round_up = rounds_up(&dropped[..dropped.len() - after.len()], value);
        digits_seen += fraction.len() - after.len();
        tail = after;
    }
    if digits_seen == 0 || !tail.is_empty() {
        return Err(Reason::NotANumber);
    }
    value = value.saturating_mul(TEN_TO[missing as usize]).saturating_add(u64::from(round_up));
    if value > LARGEST {
        return Err(Reason::OutOfRange);
    }
    Ok(if negative { -(value as i64) } else { value as i64 })
}

/// A whole number; `4.0` is one, `4.5` is not.
#[inline(always)]
pub(super) fn whole(field: Field<'_>) -> Result<i64, Reason> {
    match short(field, 0) {
        Some(value) => Ok(value as i64),
        None => whole_any(field.text()),
    }
}

fn whole_any(text: &[u8]) -> Result<i64, Reason> {
    let whole = match text.iter().position(|byte| *byte == b'.') {
        Some(point) if text[point + 1..].iter().all(|byte| *byte == b'0') => &text[..point],
        Some(_) => {
            scaled_any(text, 0)?;
            return Err(Reason::NotWhole);
        }
        None => text,
    };
    scaled_any(whole, 0)
}

/// A number that prints back as it is written; `None` is no verdict.
#[inline(always)]
pub(super) fn canonical(field: Field<'_>) -> Option<u64> {
    let found = field.digits().filter(|found| !found.has_point)?;
    let no_leading_zero = field.text()[0] != b'0' || field.text().len() == 1;
    no_leading_zero.then_some(found.value)
}

/// An RFC 3339 time as Unix milliseconds, rounded half to even.
pub(super) fn instant(text: &[u8]) -> Result<i64, Reason> {
    let text = std::str::from_utf8(text).map_err(|_| Reason::NotATime)?;
    let timestamp: jiff::Timestamp = text.parse().map_err(|_| Reason::NotATime)?;
    let nanos = timestamp.as_nanosecond();
    let (millis, rest) = (nanos.div_euclid(1_000_000), nanos.rem_euclid(1_000_000));
    let up = rest > 500_000 || (rest == 500_000 && millis % 2 != 0);
    i64::try_from(millis + i128::from(up)).map_err(|_| Reason::OutOfRange)
}

/// Whether a field looks like a date rather than a number.
#[inline(always)]
pub(super) fn is_date(text: &[u8]) -> bool {
    text.len() > 10 && text[4] == b'-'
}

/// Appends at most `limit` leading digits to `value`; returns it with what follows them.
fn leading_digits(text: &[u8], mut value: u64, limit: usize) -> (u64, &[u8]) {
    let mut count = 0;
    while count < limit && count < text.len() && text[count].is_ascii_digit() {
        value = value.saturating_mul(10).saturating_add(u64::from(text[count] - b'0'));
        count += 1;
    }
    (value, &text[count..])
}

/// Whether the dropped decimals round the kept value up.
fn rounds_up(dropped: &[u8], kept: u64) -> bool {
    let Some((first, others)) = dropped.split_first() else { return false };
    let more = others.iter().any(|digit| *digit != b'0');
    *first > b'5' || (*first == b'5' && (more || kept % 2 == 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimal_seconds_become_milliseconds_half_to_even() {
        for (text, millis) in [
            ("0", 0),
            ("12", 12_000),
            ("12.", 12_000),
            (".5", 500),
            ("+1.25", 1_250),
            ("-1", -1_000),
            ("0.0005", 0),
            ("0.0015", 2),
            ("0.0025", 2),
            ("0.00250000001", 3),
            ("0.0025000", 2),
            ("-0.0015", -2),
            ("1.0004999999999999999999999", 1_000),
            // As a float this is 1117.0105 minus a little, and would round down.
            ("1117.0115", 1_117_012),
            ("000012", 12_000),
        ] {
            assert_eq!(scaled(Field::trimmed(text.as_bytes()), 3), Ok(millis), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_short_way_and_the_long_way_agree(
            text in "[0-9]{0,9}[.]?[0-9]{0,7}",
            digits in 0_u32..=6,
        ) {
            let text = text.as_bytes();
            let value = short(Field::trimmed(text), digits);
            if let Some(value) = value.filter(|value| *value <= LARGEST) {
                prop_assert_eq!(scaled_any(text, digits), Ok(value as i64));
            }
        }
    }

    #[test]
    fn what_is_no_number_is_said_to_be_none() {
        for text in ["", ".", "-", "1e3", "1,5", "abc", "1.2.3", "--1", "0x10", "1 1", "NaN"] {
            assert_eq!(
                scaled(Field::trimmed(text.as_bytes()), 3),
                Err(Reason::NotANumber),
                "{text}"
            );
        }
        for text in ["99999999999999999999999999", "1125899906843"] {
            assert_eq!(
                scaled(Field::trimmed(text.as_bytes()), 3),
                Err(Reason::OutOfRange),
                "{text}"
            );
        }
    }

    #[test]
    fn whole_numbers_may_be_written_with_a_zero_fraction() {
        assert_eq!(whole(Field::trimmed(b"4")), Ok(4));
        assert_eq!(whole(Field::trimmed(b"4.0")), Ok(4));
        assert_eq!(whole(Field::trimmed(b"-1.00")), Ok(-1));
        assert_eq!(whole(Field::trimmed(b"4.5")), Err(Reason::NotWhole));
        assert_eq!(whole(Field::trimmed(b".0")), Err(Reason::NotANumber));
        assert_eq!(whole(Field::trimmed(b"4.x")), Err(Reason::NotANumber));
    }

    #[test]
    fn dates_become_unix_milliseconds() {
        assert_eq!(instant(b"1970-01-02T00:00:00Z"), Ok(86_400_000));
        assert_eq!(instant(b"1970-01-01T01:00:00.0015+01:00"), Ok(2));
        assert_eq!(instant(b"1969-12-31T23:59:59.9995Z"), Ok(0));
        assert_eq!(instant(b"1970-13-01T00:00:00Z"), Err(Reason::NotATime));
        assert_eq!(instant(b"1970-01-01T00:00:00"), Err(Reason::NotATime));
    }
}
