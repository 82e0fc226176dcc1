//! Small values that have a syntax of their own: durations, instants, prices, counts in quotes.
//!
//! Each kind is read by one function, used both by the structural check (which reports) and by
//! serde (which can then not go wrong), and carries its own piece of the schema.

use super::error::{Complaint, quote};
use crate::ec2::money::Price;
use crate::sim::SimDuration;
use crate::world::profile::duration_text;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::borrow::Cow;

/// The schema keyword that names a scalar's kind.
pub(super) const KEYWORD: &str = "x-scalar";

/// A hundred years: longer than any run, and far from the end of the clock.
const LONGEST_SECS: f64 = 3_155_760_000.0;

const DURATION: &str = "a duration such as 90s, 5m, 1h30m, 7d, 500ms, or a number of seconds";

/// A value with a syntax of its own.
trait Scalar: Sized {
    const KIND: &'static str;
    fn read(value: &Value) -> Result<Self, Complaint>;
    fn write(&self) -> Value;
    fn schema() -> Schema;
}

/// Reads a value of the kind that a schema names, for its complaint only.
pub(super) fn check(kind: &str, value: &Value) -> Result<(), Complaint> {
    match kind {
        Duration::KIND => Duration::read(value).map(drop),
        Moment::KIND => Moment::read(value).map(drop),
        Instant::KIND => Instant::read(value).map(drop),
        Usd::KIND => Usd::read(value).map(drop),
        Whole::KIND => Whole::read(value).map(drop),
        Amount::KIND => Amount::read(value).map(drop),
        PodMemory::KIND => PodMemory::read(value).map(drop),
        _ => Ok(()),
    }
}

macro_rules! scalar {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.write().serialize(serializer)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = Value::deserialize(deserializer)?;
                Self::read(&value).map_err(|c| serde::de::Error::custom(c.message))
            }
        }
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let mut schema = Self::schema();
                schema.insert(KEYWORD.to_owned(), Value::from(Self::KIND));
                schema
            }
        }
    };
}

mod resource;

pub(super) use resource::{Amount, PodMemory};

/// A length of time, 0 or more.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Duration(pub(super) SimDuration);
scalar!(Duration);

impl Scalar for Duration {
    const KIND: &'static str = "duration";

    fn read(value: &Value) -> Result<Self, Complaint> {
        let wrong = |why: &str| {
            Complaint::new(format!("{} is {why}", quote(value))).accepted(DURATION.to_owned())
        };
        let secs = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => duration_secs(text),
            _ => None,
        };
        match secs {
            None => Err(wrong("not a duration")),
            Some(secs) if secs < 0.0 => Err(wrong("negative; a duration is 0 or more")),
            Some(secs) if secs > LONGEST_SECS => Err(wrong("longer than 100 years")),
            Some(secs) => Ok(Self(SimDuration::from_secs_f64(secs))),
        }
    }

    fn write(&self) -> Value {
        Value::String(duration_text(self.0))
    }

    fn schema() -> Schema {
        json_schema!({
            "type": ["string", "number"],
            "minimum": 0,
            "pattern": "^[0-9]",
            "description": DURATION,
        })
    }
}

/// Seconds of `1h30m`, `500ms`, `90`, `-5s`; nothing when the text is no duration.
fn duration_secs(text: &str) -> Option<f64> {
    let text = text.trim();
    let (sign, mut rest) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    if !rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if rest.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return rest.parse::<f64>().ok().map(|secs| sign * secs);
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        total += number * unit;
        rest = rest[letters..].trim_start();
    }
    Some(sign * total)
}

/// An instant of the calendar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Instant(pub(super) jiff::Timestamp);
scalar!(Instant);

impl Scalar for Instant {
    const KIND: &'static str = "instant";

    fn read(value: &Value) -> Result<Self, Complaint> {
        let parsed = value.as_str().and_then(|text| text.parse().ok());
        parsed.map(Self).ok_or_else(|| {
            Complaint::new(format!("{} is not an instant", quote(value)))
                .accepted("an RFC 3339 time such as 2026-01-01T00:00:00Z")
        })
    }

    fn write(&self) -> Value {
        Value::String(self.0.to_string())
    }

    fn schema() -> Schema {
        json_schema!({"type": "string", "format": "date-time"})
    }
}

/// An instant of a run: a time since its start, or of the calendar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Moment {
    SinceStart(SimDuration),
    Calendar(jiff::Timestamp),
}
scalar!(Moment);

impl Default for Moment {
    fn default() -> Self {
        Self::SinceStart(SimDuration::ZERO)
    }
}

impl Scalar for Moment {
    const KIND: &'static str = "moment";

    fn read(value: &Value) -> Result<Self, Complaint> {
        if let Ok(Instant(instant)) = Instant::read(value) {
            return Ok(Self::Calendar(instant));
        }
        Duration::read(value).map(|Duration(since)| Self::SinceStart(since)).map_err(|complaint| {
            complaint.accepted(format!("{DURATION}; or an RFC 3339 time, 2026-01-01T00:00:00Z"))
        })
    }

    fn write(&self) -> Value {
        match self {
            Self::SinceStart(since) => Duration(*since).write(),
            Self::Calendar(instant) => Instant(*instant).write(),
        }
    }

    fn schema() -> Schema {
        Duration::schema()
    }
}

/// A price in USD per hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Usd(pub(super) Price);
scalar!(Usd);

impl Scalar for Usd {
    const KIND: &'static str = "usd";

    fn read(value: &Value) -> Result<Self, Complaint> {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Price::parse(&text).map(Self).map_err(|error| {
            let message = error.to_string();
            let (what, accepted) = message.split_once("; ").unwrap_or((&message, ""));
            Complaint::new(what).accepted(accepted.trim_start_matches("write "))
        })
    }

    fn write(&self) -> Value {
        Value::String(self.0.to_string())
    }

    fn schema() -> Schema {
        json_schema!({
            "type": ["string", "number"],
            "minimum": 0,
            "pattern": "^[0-9.]+$",
            "description": "USD per hour, a decimal in quotes",
        })
    }
}

/// A whole number, in quotes or not: AWS writes the amounts of `resourceRequirements` as text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Whole(pub(super) u32);
scalar!(Whole);

impl Scalar for Whole {
    const KIND: &'static str = "whole";

    fn read(value: &Value) -> Result<Self, Complaint> {
        let number = match value {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_u64().and_then(|n| u32::try_from(n).ok()),
        };
        number.map(Self).ok_or_else(|| {
            Complaint::new(format!("{} is not a whole number", quote(value)))
                .accepted("a whole number, 0 or more, such as \"2\"")
        })
    }

    fn write(&self) -> Value {
        Value::String(self.0.to_string())
    }

    fn schema() -> Schema {
        json_schema!({"type": ["string", "integer"], "minimum": 0, "pattern": "^[0-9]+$"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_duration_has_units_or_is_in_seconds() {
        let ms = |v: Value| Duration::read(&v).map(|d| d.0.as_millis());
        for (value, expected) in [
            (json!("90s"), 90_000),
            (json!("1h30m"), 5_400_000),
            (json!("7d"), 604_800_000),
            (json!("500ms"), 500),
            (json!("1.5h"), 5_400_000),
            (json!("30"), 30_000),
            (json!(30), 30_000),
            (json!(0.25), 250),
        ] {
            assert_eq!(ms(value.clone()), Ok(expected), "{value}");
        }
        for bad in [json!("banana"), json!("5 parsecs"), json!("m"), json!(-1), json!([])] {
            assert!(ms(bad.clone()).is_err(), "{bad}");
        }
        assert!(ms(json!("-5s")).unwrap_err().message.contains("negative"));
        assert!(ms(json!(1e300)).unwrap_err().message.contains("100 years"));
    }

    #[test]
    fn a_duration_is_written_as_it_is_read() {
        for text in ["90s", "5m", "7d", "1500ms", "0s"] {
            assert_eq!(Duration::read(&json!(text)).unwrap().write(), json!(text));
        }
    }

    #[test]
    fn a_price_in_quotes_is_exact_and_a_huge_one_is_refused() {
        assert_eq!(Usd::read(&json!("0.0425")).unwrap().write(), json!("0.0425"));
        assert!(Usd::read(&json!(1e300)).unwrap_err().message.contains("e+300"));
    }
}
