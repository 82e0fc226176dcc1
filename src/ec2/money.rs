//! Money: integers of a nano-dollar, so that sums are exact whatever their order.
//!
//! A sum that would be more than [`NanoUsd::MAX`] stays there, and is none any more: whoever adds
//! up bills knows by it that they can not be told ([`NanoUsd::from_nano`]).

use std::fmt;

/// A price in nano-USD per hour, at most [`Price::MAX`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(u64);

/// An amount of money in nano-USD; credits are negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NanoUsd(pub i64);

/// Why a text is no price.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// Not a plain decimal number such as `0.0425`.
    #[error("{0:?} is not a price; write a plain decimal of USD per hour such as \"0.0425\"")]
    NotADecimal(String),
    /// Below zero.
    #[error("{0:?} is negative; a price is 0 or more USD per hour")]
    Negative(String),
    /// More than nine decimals, or above one million USD per hour.
    #[error("{0:?} is out of range; a price is 0 to 1000000 USD per hour with at most 9 decimals")]
    OutOfRange(String),
}

impl Price {
    /// One million USD per hour.
    pub const MAX: Self = Self(1_000_000 * 1_000_000_000);

    /// A price of `nano_usd_per_hour`, clamped to [`Price::MAX`].
    #[must_use]
    pub const fn from_nano_usd_per_hour(nano_usd_per_hour: u64) -> Self {
        if nano_usd_per_hour > Self::MAX.0 { Self::MAX } else { Self(nano_usd_per_hour) }
    }

    /// Nano-USD per hour.
    #[must_use]
    pub const fn nano_usd_per_hour(self) -> u64 {
        self.0
    }

    /// Reads a decimal of USD per hour exactly.
    ///
    /// # Errors
    /// [`PriceError`] when the text is no plain decimal, negative, or out of range.
    pub fn parse(text: &str) -> Result<Self, PriceError> {
        let trimmed = text.trim();
        let decimal = || PriceError::NotADecimal(text.to_owned());
        if trimmed.starts_with('-') {
            return Err(PriceError::Negative(text.to_owned()));
        }
        let (whole, fraction) = trimmed.split_once('.').unwrap_or((trimmed, ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) {
            return Err(decimal());
        }
        let range = || PriceError::OutOfRange(text.to_owned());
        let fraction = fraction.trim_end_matches('0');
        let whole = whole.trim_start_matches('0');
        if fraction.len() > 9 || whole.len() > 7 {
            return Err(range());
        }
        let mut nano: u64 = 0;
        for byte in whole.bytes().chain(format!("{fraction:0<9}").bytes()) {
            nano = nano * 10 + u64::from(byte - b'0');
        }
        if nano > Self::MAX.0 { Err(range()) } else { Ok(Self(nano)) }
    }

    /// This price times `parts_per_million`, rounded half up: a Spot price from its ratio.
    #[must_use]
    pub fn scaled_ppm(self, parts_per_million: u32) -> Self {
        let nano = (u128::from(self.0) * u128::from(parts_per_million) + 500_000) / 1_000_000;
        Self::from_nano_usd_per_hour(nano as u64)
    }
}

impl NanoUsd {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// About 9.2 thousand million USD: the most that can be told.
    pub const MAX: Self = Self(i64::MAX);

    /// An amount; [`NanoUsd::MAX`] where it is more.
    #[must_use]
    pub const fn from_nano(nano: u64) -> Self {
        if nano > Self::MAX.0 as u64 { Self::MAX } else { Self(nano as i64) }
    }

    /// The amount in USD, for statistics only.
    #[must_use]
    pub fn as_usd(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl std::ops::Add for NanoUsd {
    type Output = Self;
    fn add(self, rhs: Self) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}

impl std::ops::AddAssign for NanoUsd {
    fn add_assign(&mut self, rhs: Self) {
        *self = *self + rhs;
    }
}

impl std::ops::Neg for NanoUsd {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl std::iter::Sum for NanoUsd {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, |a, b| a + b)
    }
}

/// A decimal of USD with nine digits after the point.
impl fmt::Display for NanoUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let nano = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:09}", nano / 1_000_000_000, nano % 1_000_000_000)
    }
}

/// USD per hour, without trailing zeros.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:09}", self.0 / 1_000_000_000, self.0 % 1_000_000_000);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_read_exactly_and_printed_back() {
        for text in ["0.0425", "12", "1000000", "0.000000001"] {
            assert_eq!(Price::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Price::parse("0.10000000000").unwrap().nano_usd_per_hour(), 100_000_000);
    }

    #[test]
    fn a_sum_stays_at_the_most_that_can_be_told() {
        let most = NanoUsd::from_nano(u64::MAX);
        assert_eq!((most, most + NanoUsd(1)), (NanoUsd::MAX, NanoUsd::MAX));
        assert_eq!([NanoUsd::MAX, NanoUsd::MAX].into_iter().sum::<NanoUsd>(), NanoUsd::MAX);
        assert!(-most + -most < NanoUsd::ZERO, "a credit never becomes money");
        assert_eq!(NanoUsd::from_nano(7), NanoUsd(7));
    }

    #[test]
    fn what_is_no_price_is_refused_with_the_reason() {
        assert!(matches!(Price::parse("1e300"), Err(PriceError::NotADecimal(_))));
        assert!(matches!(Price::parse("-1"), Err(PriceError::Negative(_))));
        assert!(matches!(Price::parse("1000001"), Err(PriceError::OutOfRange(_))));
        assert!(matches!(Price::parse("0.1234567891"), Err(PriceError::OutOfRange(_))));
        assert!(Price::parse("").is_err() && Price::parse(".").is_err());
    }
}
