//! The Spot market: presets and the parameters that differ from them.

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::model::SpotMarket;
use crate::ec2::market::{PoolOnOffConfig, SpotMarketConfig};
use crate::world::profile::BaseProfile;
use serde_json::{Map, Value, json};

const PRESETS: [(&str, PoolOnOffConfig); 3] = [
    ("abundant", PoolOnOffConfig::ABUNDANT),
    ("normal", PoolOnOffConfig::NORMAL),
    ("scarceGpu", PoolOnOffConfig::SCARCE_GPU),
];

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
    ($($key:literal $field:ident $([$index:literal])? in [$least:expr, $most:expr]
        $meaning:literal;)+) => {
        const NUMBERS: &[Number] = &[$(Number {
            key: $key,
            least: $least,
            most: $most,
            field: |c| &mut c.$field$([$index])?,
            meaning: $meaning,
        }),+];
    };
}

numbers! {
    "upMeanHours" up_mean_hours in [SHORTEST_HOURS, LONGEST_HOURS] "mean time a pool stays up";
    "upCv" up_cv in [0.0, 20.0] "coefficient of variation of up times";
    "downMeanHours" down_mean_hours in [SHORTEST_HOURS, LONGEST_HOURS] "mean time it stays down";
    "downCv" down_cv in [0.0, 20.0] "coefficient of variation of down times";
    "regionUpMeanHours" region_up_mean_hours in [SHORTEST_HOURS, LONGEST_HOURS]
        "mean up time of the region-and-family process";
    "regionDownMeanHours" region_down_mean_hours in [SHORTEST_HOURS, LONGEST_HOURS]
        "mean down time of the region-and-family process";
    "reclaimPerInstanceHour" reclaim_per_instance_hour in [0.0, 1_000.0]
        "reclaims per instance-hour of a type in Spot Advisor band 2";
    "wholePoolProbability" whole_pool_probability in [0.0, 1.0]
        "probability that a reclaim takes the whole pool";
    "poolVcpusMedian" pool_vcpus_median in [0.0, 1e9] "median vCPUs of a pool without GPUs";
    "gpuPoolVcpusMedian" gpu_pool_vcpus_median in [0.0, 1e9] "median vCPUs of a pool with GPUs";
    "poolVcpusSigma" pool_vcpus_sigma in [0.0, 10.0] "sigma of the pools' sizes";
    "band0Factor" band_factors[0] in [0.0, 1_000.0] "reclaim rate of band 0 (<5 %) against band 2";
    "band1Factor" band_factors[1] in [0.0, 1_000.0] "reclaim rate of band 1 (5-10 %)";
    "band2Factor" band_factors[2] in [0.0, 1_000.0] "reclaim rate of band 2 (10-15 %)";
    "band3Factor" band_factors[3] in [0.0, 1_000.0] "reclaim rate of band 3 (15-20 %)";
    "band4Factor" band_factors[4] in [0.0, 1_000.0] "reclaim rate of band 4 (>20 %)";
    "fractionAlpha" fraction_alpha in [0.01, 1_000.0]
        "alpha of the Beta-distributed share that a reclaim takes of an open pool";
    "fractionBeta" fraction_beta in [0.01, 1_000.0] "beta of that share";
    "spreadSeconds" spread_seconds in [0.0, 86_400.0]
        "the instances of one reclaim go within this time";
    "scoreCorrelation" score_correlation in [0.0, 1.0]
        "correlation of the public placement score with the pool's hidden state";
    "scorePeriodSeconds" score_period_seconds in [1.0, 1e6]
        "how often the noise of the score is redrawn";
    "unknownSpotRatio" unknown_spot_ratio in [0.0, 1.0]
        "Spot price of a type whose own share of the On-Demand price is unknown";
}

const BAND_SCALING: &str = "bandScaling";

/// The schema of the parameters, by key.
pub(crate) fn schema_of_parameters() -> Map<String, Value> {
    let mut normal = PoolOnOffConfig::NORMAL;
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
    let mut config = known.map_or(PoolOnOffConfig::NORMAL, |(_, config)| config.clone());
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
