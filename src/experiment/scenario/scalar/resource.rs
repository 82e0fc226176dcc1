//! Amounts of vCPUs, memory and GPUs as AWS writes them: texts.
//!
//! Only pods and Fargate tasks take quarters of a vCPU; which amount may have a fraction is checked
//! where its resource is known.

use super::{Complaint, KEYWORD, Scalar, quote};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::borrow::Cow;

/// An amount in quarters: `2` or `0.25`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Amount {
    pub(in super::super) quarters: u64,
}
scalar!(Amount);

impl Amount {
    /// The amount, if it is whole.
    pub(in super::super) fn whole(self) -> Option<u64> {
        self.quarters.is_multiple_of(4).then_some(self.quarters / 4)
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fraction = ["", ".25", ".5", ".75"][(self.quarters % 4) as usize];
        write!(f, "{}{fraction}", self.quarters / 4)
    }
}

impl Scalar for Amount {
    const KIND: &'static str = "amount";

    fn read(value: &Value) -> Result<Self, Complaint> {
        let quarters = match value {
            Value::String(text) => quarters(text.trim()),
            Value::Number(number) => quarters(&number.to_string()),
            _ => None,
        };
        quarters.map(|quarters| Self { quarters }).ok_or_else(|| {
            Complaint::new(format!("{} is no amount", quote(value)))
                .accepted("a whole number such as \"2\"; of vCPUs on Fargate and EKS also quarters")
        })
    }

    fn write(&self) -> Value {
        Value::String(self.to_string())
    }

    fn schema() -> Schema {
        json_schema!({
            "type": ["string", "number"],
            "minimum": 0,
            "pattern": r"^[0-9]+(\.(0|00|25|5|50|75))?$",
        })
    }
}

/// Quarters of `2`, `2.0`, `0.25`, `0.5`, `0.75`; nothing for other fractions.
fn quarters(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let quarters = match fraction {
        "0" | "00" => 0,
        "25" => 1,
        "5" | "50" => 2,
        "75" => 3,
        _ => return None,
    };
    let digits = whole.bytes().all(|b| b.is_ascii_digit());
    let whole: u32 = whole.parse().ok().filter(|_| digits)?;
    Some(u64::from(whole) * 4 + quarters)
}

/// Memory of a pod in MiB: `512Mi` or `2Gi`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct PodMemory(pub(in super::super) u32);
scalar!(PodMemory);

impl Scalar for PodMemory {
    const KIND: &'static str = "podMemory";

    fn read(value: &Value) -> Result<Self, Complaint> {
        let text = value.as_str().unwrap_or_default().trim();
        let mib = match (text.strip_suffix("Mi"), text.strip_suffix("Gi")) {
            (Some(mib), _) => mib.parse::<u32>().ok(),
            (_, Some(gib)) => gib.parse::<u32>().ok().and_then(|gib| gib.checked_mul(1_024)),
            _ => None,
        };
        mib.map(Self).ok_or_else(|| {
            Complaint::new(format!("{} is no memory of a pod", quote(value)))
                .accepted("a whole number with its unit, such as 2048Mi or 2Gi")
        })
    }

    fn write(&self) -> Value {
        Value::String(format!("{}Mi", self.0))
    }

    fn schema() -> Schema {
        json_schema!({"type": "string", "pattern": "^[0-9]+(Mi|Gi)$"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_amount_is_whole_or_in_quarters() {
        for (value, quarters, written) in [
            (json!("2"), 8, "2"),
            (json!(2), 8, "2"),
            (json!("0.25"), 1, "0.25"),
            (json!(0.5), 2, "0.5"),
            (json!("1.75"), 7, "1.75"),
            (json!("4294967295"), 17_179_869_180, "4294967295"),
        ] {
            let amount = Amount::read(&value).unwrap();
            assert_eq!((amount.quarters, amount.write()), (quarters, json!(written)));
        }
        for bad in ["0.3", "-1", "", "two", "1e3", "+2", "0.", "4294967296", "1.2.3"] {
            assert!(Amount::read(&json!(bad)).is_err(), "{bad}");
        }
        assert!(Amount::read(&json!(-1)).is_err());
    }

    #[test]
    fn the_memory_of_a_pod_has_a_unit() {
        assert_eq!(PodMemory::read(&json!("512Mi")), Ok(PodMemory(512)));
        assert_eq!(PodMemory::read(&json!("2Gi")).unwrap().write(), json!("2048Mi"));
        for bad in [json!("512"), json!(512), json!("512M"), json!("0.5Gi"), json!("4194304Gi")] {
            assert!(PodMemory::read(&bad).is_err(), "{bad}");
        }
    }
}
