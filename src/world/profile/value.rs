//! The value of a parameter, whatever its kind, and its text.
//!
//! The text is what a scenario file would say; reading it back is the file reader's business.

use super::{HeadOfLine, InstanceSizing, NetworkBandwidth, Overshoot, PlacementRule, UsageKernel};
use crate::sim::{SimDuration, sampler::LatencyModel};
use std::fmt;

/// Every placement rule with its name in scenario files.
pub const PLACEMENT_RULES: [(&str, PlacementRule); 2] =
    [("binpack", PlacementRule::Binpack), ("spread", PlacementRule::Spread)];

/// Every rule of instance sizes with its name in scenario files.
pub const SIZINGS: [(&str, InstanceSizing); 3] = [
    ("half_demand", InstanceSizing::HalfDemand),
    ("smallest_fit", InstanceSizing::SmallestFit),
    ("largest", InstanceSizing::Largest),
];

/// Every rule of overshoot with its name in scenario files.
pub const OVERSHOOTS: [(&str, Overshoot); 2] =
    [("one_instance", Overshoot::OneInstance), ("never", Overshoot::Never)];

/// Every usage kernel with its name in scenario files.
pub const KERNELS: [(&str, UsageKernel); 3] = [
    ("linear", UsageKernel::Linear),
    ("exp", UsageKernel::Exponential),
    ("window", UsageKernel::Window),
];

/// Every choice of a network bandwidth with its name in scenario files.
pub const BANDWIDTHS: [(&str, NetworkBandwidth); 2] =
    [("baseline", NetworkBandwidth::Baseline), ("burst", NetworkBandwidth::Burst)];

/// The value of one parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParameterValue {
    /// A length of time.
    Duration(SimDuration),
    /// A lognormal latency.
    Latency(LatencyModel),
    /// A limit; `None` is unlimited.
    Limit(Option<u32>),
    /// A number, 0 or more.
    Number(f64),
    /// A share or probability, 0 to 1.
    Share(f64),
    /// A whole number.
    Count(u32),
    /// Yes or no.
    Flag(bool),
    /// What a blocked head does.
    HeadOfLine(HeadOfLine),
    /// Where jobs are placed.
    Placement(PlacementRule),
    /// Which size is requested.
    Sizing(InstanceSizing),
    /// How far maxvCpus may be exceeded.
    Overshoot(Overshoot),
    /// How usage fades.
    Kernel(UsageKernel),
    /// How fast a network is.
    Bandwidth(NetworkBandwidth),
}

/// The shortest text of a duration in one unit: `90s`, `5m`, `36h`, `500ms`.
///
/// ```
/// use batchcast::sim::SimDuration;
/// use batchcast::world::profile::duration_text;
/// assert_eq!(duration_text(SimDuration::from_secs(90)), "90s");
/// assert_eq!(duration_text(SimDuration::from_secs(300)), "5m");
/// assert_eq!(duration_text(SimDuration::from_millis(1_500)), "1500ms");
/// ```
#[must_use]
pub fn duration_text(duration: SimDuration) -> String {
    let millis = duration.as_millis();
    if millis == 0 {
        return "0s".to_owned();
    }
    for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)] {
        if millis.is_multiple_of(size) {
            return format!("{}{unit}", millis / size);
        }
    }
    format!("{millis}ms")
}

fn name_of<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> &'static str {
    names.iter().find(|(_, v)| v == value).map_or("", |(name, _)| name)
}

/// As a scenario file would say it.
impl fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duration(d) => f.write_str(&duration_text(*d)),
            Self::Latency(LatencyModel { median, sigma }) => {
                write!(f, "{{median: {}, sigma: {sigma}}}", duration_text(*median))
            }
            Self::Limit(None) => f.write_str("unlimited"),
            Self::Limit(Some(n)) | Self::Count(n) => write!(f, "{n}"),
            Self::Number(x) | Self::Share(x) => write!(f, "{x}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::HeadOfLine(HeadOfLine::Fcfs) => f.write_str("fcfs"),
            Self::HeadOfLine(HeadOfLine::Strict) => f.write_str("strict"),
            Self::HeadOfLine(HeadOfLine::Lookahead(n)) => write!(f, "{{lookahead: {n}}}"),
            Self::Placement(rule) => f.write_str(name_of(&PLACEMENT_RULES, rule)),
            Self::Sizing(rule) => f.write_str(name_of(&SIZINGS, rule)),
            Self::Overshoot(rule) => f.write_str(name_of(&OVERSHOOTS, rule)),
            Self::Kernel(rule) => f.write_str(name_of(&KERNELS, rule)),
            Self::Bandwidth(rule) => f.write_str(name_of(&BANDWIDTHS, rule)),
        }
    }
}
