//! The profile: a base and the parameters that differ from it.

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::model::Latency;
use super::super::scalar::Duration;
use crate::sim::SimDuration;
use crate::sim::sampler::LatencyModel;
use crate::world::profile::{
    BANDWIDTHS, BaseProfile, HeadOfLine, KERNELS, OVERSHOOTS, PARAMETERS, PLACEMENT_RULES,
    ParameterValue, Profile, SIZINGS, duration_text,
};
use serde_json::{Map, Value, json};

/// What keeps the number of requests of a pool that never has capacity within bounds.
const SHORTEST_BACK_OFF: SimDuration = SimDuration::from_secs(1);

/// The profile that a checked value says.
fn read(value: &Value) -> Profile {
    let base = value.as_str().or_else(|| value.get("base")?.as_str()).unwrap_or("aws");
    let base = BaseProfile::ALL.into_iter().find(|known| known.as_str() == base);
    let mut profile = Profile::of(base.unwrap_or(BaseProfile::Aws));
    for parameter in PARAMETERS {
        if let Some(given) = value.get(parameter.key)
            && let Some(given) = value_like(parameter.aws, given)
        {
            (parameter.set)(&mut profile, given);
        }
    }
    profile
}

/// The same; parameters that do not go together are mistakes in the report.
pub(super) fn checked(value: &Value, report: &mut Report) -> Profile {
    let profile = read(value);
    check(&profile, report);
    profile
}

fn check(profile: &Profile, report: &mut Report) {
    let path = |key: &str| Path::default().key("profile").key(key);
    if profile.ice_backoff_first < SHORTEST_BACK_OFF {
        let complaint = Complaint::new("a refused pool would be asked again at once");
        let complaint = complaint.accepted("1s or more");
        report.error(&path("iceBackoffFirst"), complaint);
    } else if profile.ice_backoff_max < profile.ice_backoff_first {
        let first = duration_text(profile.ice_backoff_first);
        let complaint = Complaint::new("the greatest back-off is shorter than the first one");
        let complaint = complaint.accepted(format!("{first} or more"));
        let hint = format!("iceBackoffFirst is {first}; set both to have one back-off");
        report.error(&path("iceBackoffMax"), complaint.hint(hint));
    }
}

/// The base and every parameter, as a scenario file would say them.
pub(super) fn write(profile: &Profile) -> Value {
    let mut map = Map::new();
    map.insert("base".to_owned(), Value::from(profile.base.as_str()));
    for parameter in PARAMETERS {
        map.insert(parameter.key.to_owned(), json_of((parameter.get)(profile)));
    }
    Value::Object(map)
}

/// A boot or other latency of the file.
pub(super) fn latency(raw: Latency) -> LatencyModel {
    LatencyModel { median: raw.median.0, sigma: raw.sigma }
}

fn value_like(kind: ParameterValue, value: &Value) -> Option<ParameterValue> {
    let count = || value.as_u64().and_then(|n| u32::try_from(n).ok());
    let duration = || serde_json::from_value::<Duration>(value.clone()).ok();
    Some(match kind {
        ParameterValue::Duration(_) => ParameterValue::Duration(duration()?.0),
        ParameterValue::Latency(_) => {
            ParameterValue::Latency(latency(serde_json::from_value(value.clone()).ok()?))
        }
        ParameterValue::Limit(_) => ParameterValue::Limit(count()),
        ParameterValue::Number(_) => ParameterValue::Number(value.as_f64()?),
        ParameterValue::Share(_) => ParameterValue::Share(value.as_f64()?),
        ParameterValue::Count(_) => ParameterValue::Count(count()?),
        ParameterValue::Flag(_) => ParameterValue::Flag(value.as_bool()?),
        ParameterValue::HeadOfLine(_) => ParameterValue::HeadOfLine(head_of_line(value)?),
        ParameterValue::Placement(_) => ParameterValue::Placement(named(&PLACEMENT_RULES, value)?),
        ParameterValue::Sizing(_) => ParameterValue::Sizing(named(&SIZINGS, value)?),
        ParameterValue::Overshoot(_) => ParameterValue::Overshoot(named(&OVERSHOOTS, value)?),
        ParameterValue::Kernel(_) => ParameterValue::Kernel(named(&KERNELS, value)?),
        ParameterValue::Bandwidth(_) => ParameterValue::Bandwidth(named(&BANDWIDTHS, value)?),
    })
}

fn named<T: Copy>(table: &[(&str, T)], value: &Value) -> Option<T> {
    let name = value.as_str()?;
    table.iter().find(|(known, _)| *known == name).map(|(_, rule)| *rule)
}

fn head_of_line(value: &Value) -> Option<HeadOfLine> {
    match value.as_str() {
        Some("fcfs") => Some(HeadOfLine::Fcfs),
        Some(_) => Some(HeadOfLine::Strict),
        None => {
            let ahead = value.get("lookahead")?.as_u64()?;
            u32::try_from(ahead).ok().map(HeadOfLine::Lookahead)
        }
    }
}

fn json_of(value: ParameterValue) -> Value {
    match value {
        ParameterValue::Latency(LatencyModel { median, sigma }) => {
            json!({"median": Duration(median), "sigma": sigma})
        }
        ParameterValue::Limit(Some(n)) | ParameterValue::Count(n) => Value::from(n),
        ParameterValue::Number(x) | ParameterValue::Share(x) => Value::from(x),
        ParameterValue::Flag(flag) => Value::from(flag),
        ParameterValue::HeadOfLine(HeadOfLine::Lookahead(n)) => json!({"lookahead": n}),
        word => Value::from(word.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read_as_it_is_written() {
        for profile in [Profile::aws(), Profile::ideal()] {
            assert_eq!(read(&write(&profile)), profile);
        }
        let changed = read(&json!({"base": "ideal", "hol": {"lookahead": 100}, "submitTps": 7}));
        assert_eq!((changed.hol, changed.submit_tps), (HeadOfLine::Lookahead(100), Some(7)));
        let changed = read(&json!({"fsKernel": "exp", "fsMaxActiveShares": 3}));
        assert_eq!(changed.fs_kernel, crate::world::profile::UsageKernel::Exponential);
        assert_eq!(read(&write(&changed)), changed);
    }
}
