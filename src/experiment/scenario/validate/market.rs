//! The Spot market: presets and the parameters that differ from them.

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::model::SpotMarket;
use crate::ec2::market::{PoolOnOffConfig, SpotMarketConfig};
use crate::world::profile::BaseProfile;
use serde_json::{Map, Value, json};

/// The preset `normal` (behaviour 9.6). The coefficient of variation of down times and the
/// region-and-family process are assumptions of ours: 300 h up and half an hour down.
const NORMAL: PoolOnOffConfig = PoolOnOffConfig {
    up_mean_hours: 30.0,
    up_cv: 2.0,
    down_mean_hours: 0.5,
    down_cv: 2.0,
    region_up_mean_hours: 300.0,
    region_down_mean_hours: 0.5,
    reclaim_per_instance_hour: 0.005,
    band_scaling: true,
    whole_pool_probability: 0.08,
    pool_vcpus_median: 2_000.0,
    gpu_pool_vcpus_median: 200.0,
    pool_vcpus_sigma: 1.0,
};

/// The preset `abundant` (behaviour 9.6).
const ABUNDANT: PoolOnOffConfig = PoolOnOffConfig {
    up_mean_hours: 300.0,
    region_up_mean_hours: 3_000.0,
    reclaim_per_instance_hour: 0.002,
    ..NORMAL
};

/// The preset `scarceGpu`: the zones of us-east-1 in behaviour 9.5 together (available 0.42 of the
/// time, any zone 0.71), with durations of the same mean instead of resampled ones.
const SCARCE_GPU: PoolOnOffConfig = PoolOnOffConfig {
    up_mean_hours: 2.0,
    down_mean_hours: 1.4,
    region_up_mean_hours: 3.0,
    region_down_mean_hours: 1.2,
    reclaim_per_instance_hour: 0.02,
    band_scaling: false,
    ..NORMAL
};

const PRESETS: [(&str, PoolOnOffConfig); 3] =
    [("abundant", ABUNDANT), ("normal", NORMAL), ("scarceGpu", SCARCE_GPU)];

/// A numeric parameter: its key, its least and greatest value, and where it is kept.
struct Number {
    key: &'static str,
    least: f64,
    most: f64,
    field: fn(&mut PoolOnOffConfig) -> &mut f64,
    meaning: &'static str,
}

/// Below this a mean time is a mistake of units: a tenth of a second.
const SHORTEST_HOURS: f64 = 1.0 / 36_000.0;
const LONGEST_HOURS: f64 = 1e7;

macro_rules! numbers {
    ($($key:literal $field:ident [$least:expr, $most:expr] $meaning:literal;)+) => {
        const NUMBERS: &[Number] = &[$(Number {
            key: $key, least: $least, most: $most, field: |c| &mut c.$field, meaning: $meaning,
        }),+];
    };
}

numbers! {
    "upMeanHours" up_mean_hours [SHORTEST_HOURS, LONGEST_HOURS] "mean time a pool stays up";
    "upCv" up_cv [0.0, 20.0] "coefficient of variation of up times";
    "downMeanHours" down_mean_hours [SHORTEST_HOURS, LONGEST_HOURS] "mean time it stays down";
    "downCv" down_cv [0.0, 20.0] "coefficient of variation of down times";
    "regionUpMeanHours" region_up_mean_hours [SHORTEST_HOURS, LONGEST_HOURS]
        "mean up time of the region-and-family process";
    "regionDownMeanHours" region_down_mean_hours [SHORTEST_HOURS, LONGEST_HOURS]
        "mean down time of the region-and-family process";
    "reclaimPerInstanceHour" reclaim_per_instance_hour [0.0, 1_000.0]
        "reclaims per instance-hour of a type in Spot Advisor band 2";
    "wholePoolProbability" whole_pool_probability [0.0, 1.0]
        "probability that a reclaim takes the whole pool";
    "poolVcpusMedian" pool_vcpus_median [0.0, 1e9] "median vCPUs of a pool without GPUs";
    "gpuPoolVcpusMedian" gpu_pool_vcpus_median [0.0, 1e9] "median vCPUs of a pool with GPUs";
    "poolVcpusSigma" pool_vcpus_sigma [0.0, 10.0] "sigma of the pools' sizes";
}

const BAND_SCALING: &str = "bandScaling";

/// The schema of the parameters, by key.
pub(crate) fn schema_of_parameters() -> Map<String, Value> {
    let mut normal = NORMAL;
    let mut map = Map::new();
    for Number { key, least, most, field, meaning } in NUMBERS {
        let description = format!("{meaning}; preset normal: {}", field(&mut normal));
        let schema = json!({
            "type": "number", "minimum": least, "maximum": most, "description": description,
        });
        map.insert((*key).to_owned(), schema);
    }
    let description = "whether the type's Spot Advisor band scales the reclaim rate";
    map.insert(BAND_SCALING.to_owned(), json!({"type": "boolean", "description": description}));
    map
}

/// The market, and the same with everything said.
pub(super) fn read(
    raw: &SpotMarket,
    base: BaseProfile,
    report: &mut Report,
) -> (Option<SpotMarketConfig>, SpotMarket) {
    let ideal = base == BaseProfile::Ideal && raw.preset.is_none() && raw.parameters.is_empty();
    let model = raw.model.clone().unwrap_or(if ideal { "none" } else { "poolOnOff" }.to_owned());
    let mut resolved = SpotMarket { model: Some(model.clone()), ..SpotMarket::default() };
    if model == "none" {
        if raw.preset.is_some() || !raw.parameters.is_empty() {
            let path = Path::default().key("spotMarket");
            let complaint = Complaint::new("model none has neither preset nor parameters");
            report.error(&path, complaint.hint("leave them out, or write model: poolOnOff"));
        }
        return (None, resolved);
    }
    let preset = raw.preset.clone().unwrap_or_else(|| "normal".to_owned());
    let known = PRESETS.iter().find(|(name, _)| *name == preset);
    let mut config = known.map_or(NORMAL, |(_, config)| config.clone());
    for Number { key, field, .. } in NUMBERS {
        if let Some(value) = raw.parameters.get(*key).and_then(Value::as_f64) {
            *field(&mut config) = value;
        }
        resolved.parameters.insert((*key).to_owned(), Value::from(*field(&mut config)));
    }
    if let Some(scaling) = raw.parameters.get(BAND_SCALING).and_then(Value::as_bool) {
        config.band_scaling = scaling;
    }
    resolved.parameters.insert(BAND_SCALING.to_owned(), Value::from(config.band_scaling));
    resolved.preset = Some(preset);
    resolved.prices.clone_from(&raw.prices);
    (Some(SpotMarketConfig { model: config }), resolved)
}
