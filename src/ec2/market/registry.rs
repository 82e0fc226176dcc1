//! The models that a scenario can name, with their parameters: what `spotMarket` accepts, what is
//! listed, and what the tests of every model run over.

use super::prices::{PriceConfig, PriceModelConfig, RandomWalkConfig};
use super::{BandConfig, CapacityConfig, PoissonConfig, PoolOnOffConfig, SpotMarketConfig};

/// A capacity model.
#[derive(Debug)]
pub struct MarketModel {
    /// As in a scenario: `spotMarket: {model: NAME}`.
    pub name: &'static str,
    /// What it does, in half a line.
    pub summary: &'static str,
    /// What its public placement score is a noisy sight of.
    pub hidden_state: &'static str,
    /// Its named parameter sets, the default first; a set without a name is the only one.
    pub presets: &'static [Preset],
    /// Its numbers.
    pub numbers: &'static [Number],
    /// Its other parameters.
    pub settings: &'static [Setting],
}

/// A named parameter set, and what makes it.
pub type Preset = (&'static str, fn() -> CapacityConfig);

/// A price model.
#[derive(Debug)]
pub struct PriceModel {
    /// As in a scenario: `spotMarket: {prices: {model: NAME}}`.
    pub name: &'static str,
    /// What it does, in half a line.
    pub summary: &'static str,
    /// Its numbers.
    pub numbers: &'static [Number],
    /// Its other parameters.
    pub settings: &'static [Setting],
}

/// A numeric parameter: its key, its least and greatest value, what it means, where it is kept.
#[derive(Debug)]
pub struct Number {
    /// The key in the scenario.
    pub key: &'static str,
    /// The least value.
    pub least: f64,
    /// The greatest value.
    pub most: f64,
    /// What it means, with its unit.
    pub meaning: &'static str,
    /// Where a market has it; nothing for a market of another model.
    pub field: fn(&mut SpotMarketConfig) -> Option<&mut f64>,
}

/// A parameter that is no number.
#[derive(Debug)]
pub struct Setting {
    /// The key in the scenario.
    pub key: &'static str,
    /// Its default, as it is written.
    pub default: &'static str,
    /// What it means and what it accepts.
    pub meaning: &'static str,
}

/// Below this a mean time is a mistake of units: a tenth of a second.
const SHORTEST_HOURS: f64 = 1.0 / 36_000.0;
const LONGEST_HOURS: f64 = 1e7;

macro_rules! numbers {
    ($table:ident of $market:pat => $c:ident {
        $($key:literal $field:ident $([$index:literal])? in [$least:expr, $most:expr]
            $meaning:literal;)+
    }) => {
        static $table: &[Number] = &[$(Number {
            key: $key,
            least: $least,
            most: $most,
            meaning: $meaning,
            field: |market| match market {
                $market => Some(&mut $c.$field$([$index])?),
                #[allow(unreachable_patterns, reason = "every market has a signal and prices")]
                _ => None,
            },
        }),+];
    };
}

numbers! { POOL_ON_OFF of SpotMarketConfig { capacity: CapacityConfig::PoolOnOff(c), .. } => c {
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
}}

numbers! { BAND of SpotMarketConfig { capacity: CapacityConfig::Band(c), .. } => c {
    "band0MonthlyShare" monthly_shares[0] in [0.0, 0.999]
        "share of instances of band 0 (<5 %) that is interrupted within a month";
    "band1MonthlyShare" monthly_shares[1] in [0.0, 0.999] "the same of band 1 (5-10 %)";
    "band2MonthlyShare" monthly_shares[2] in [0.0, 0.999] "the same of band 2 (10-15 %)";
    "band3MonthlyShare" monthly_shares[3] in [0.0, 0.999] "the same of band 3 (15-20 %)";
    "band4MonthlyShare" monthly_shares[4] in [0.0, 0.999] "the same of band 4 (>20 %)";
    "poolSigma" pool_sigma in [0.0, 5.0]
        "sigma of the lognormal factor, of mean 1, by which pools' rates differ";
}}

numbers! { POISSON of SpotMarketConfig { capacity: CapacityConfig::Poisson(c), .. } => c {
    "interruptionsPerInstanceHour" interruptions_per_instance_hour in [0.0, 1_000.0]
        "interruptions per instance-hour, in the mean over the pools";
    "poolSigma" pool_sigma in [0.0, 5.0]
        "sigma of the lognormal factor, of mean 1, by which pools' rates differ";
}}

numbers! { SIGNAL_NUMBERS of SpotMarketConfig { signal: c, .. } => c {
    "scoreCorrelation" correlation in [0.0, 1.0]
        "correlation of the public placement score with the pool's hidden state";
    "scorePeriodSeconds" period_seconds in [1.0, 1e6]
        "how often the noise of the score is redrawn";
}}

numbers! { RATIO_NUMBERS of SpotMarketConfig { prices: c, .. } => c {
    "unknownSpotRatio" unknown_ratio in [0.0, 1.0]
        "Spot price of a type whose own share of the On-Demand price is unknown";
}}

numbers! { WALK of SpotMarketConfig {
    prices: PriceConfig { model: PriceModelConfig::RandomWalk(c), .. }, ..
} => c {
    "sigma" sigma in [0.0, 1.0] "standard deviation of the logarithm of a step";
    "stepHours" step_hours in [0.1, 8_760.0] "hours between two steps";
    "floor" floor in [0.0, 1.0] "lowest price, as a share of the On-Demand price";
    "ceiling" ceiling in [0.0, 1.0] "highest price, as a share of the On-Demand price";
}}

/// What every market has besides: the numbers of its signal and of its constant prices.
pub static SIGNAL: [&[Number]; 2] = [SIGNAL_NUMBERS, RATIO_NUMBERS];

/// Every capacity model, the default first.
pub static MODELS: &[MarketModel] = &[
    MarketModel {
        name: "poolOnOff",
        summary: "pools that come and go, and reclaims that hit many instances at once",
        hidden_state: "how long the pool will stay open",
        presets: &[
            ("normal", || CapacityConfig::PoolOnOff(PoolOnOffConfig::NORMAL)),
            ("abundant", || CapacityConfig::PoolOnOff(PoolOnOffConfig::abundant())),
            ("scarceGpu", || CapacityConfig::PoolOnOff(PoolOnOffConfig::scarce_gpu())),
        ],
        numbers: POOL_ON_OFF,
        settings: &[
            Setting {
                key: "bandScaling",
                default: "true",
                meaning: "whether the type's Spot Advisor band scales the reclaim rate",
            },
            Setting {
                key: "segments",
                default: "[]",
                meaning: "recorded stays of pools instead of lognormal ones, a row a zone in turn: \
                    [{upHours: [...], downHours: [...]}]",
            },
        ],
    },
    MarketModel {
        name: "band",
        summary: "each instance by itself, at the rate of its type's Spot Advisor band",
        hidden_state: "how far the pool's rate is below that of band 2",
        presets: &[("", || CapacityConfig::Band(BandConfig::DEFAULT))],
        numbers: BAND,
        settings: &[],
    },
    MarketModel {
        name: "poisson",
        summary: "each instance by itself, at one rate per instance-hour",
        hidden_state: "how far the pool's rate is below the mean",
        presets: &[("", || CapacityConfig::Poisson(PoissonConfig::DEFAULT))],
        numbers: POISSON,
        settings: &[],
    },
    MarketModel {
        name: "trace",
        summary: "pools hold what was recorded of them, second by second",
        hidden_state: "how long the pool will hold any instance",
        presets: &[],
        numbers: &[],
        settings: &[
            Setting {
                key: "traces",
                default: "required",
                meaning: "the records: [{file, trace, instanceType, availabilityZone, from}]",
            },
            Setting {
                key: "afterEnd",
                default: "repeat",
                meaning: "what a pool holds after the end of its trace: repeat, or hold the last",
            },
            Setting {
                key: "dropsInterrupt",
                default: "true",
                meaning: "whether instances above a number that falls are interrupted",
            },
            Setting {
                key: "untracedPools",
                default: "closed",
                meaning: "what pools without a trace are: closed, or open without bounds",
            },
        ],
    },
    MarketModel {
        name: "none",
        summary: "always open, without bounds, never taken back",
        hidden_state: "none: every pool has the best score",
        presets: &[("", || CapacityConfig::Unlimited)],
        numbers: &[],
        settings: &[],
    },
];

/// Every price model, the default first.
pub static PRICE_MODELS: &[PriceModel] = &[
    PriceModel {
        name: "ratio",
        summary: "constant: each type costs its share of the On-Demand price",
        numbers: &[],
        settings: &[],
    },
    PriceModel {
        name: "history",
        summary: "as recorded by DescribeSpotPriceHistory, or with the traces of model trace",
        numbers: &[],
        settings: &[
            Setting {
                key: "file",
                default: "the traces",
                meaning: "JSON of aws ec2 describe-spot-price-history, or CSV; may be gzipped",
            },
            Setting {
                key: "origin",
                default: "none",
                meaning: "which instant is the start of the run: none is the scenario's start on \
                    the file's own clock, first is the earliest price",
            },
        ],
    },
    PriceModel {
        name: "randomWalk",
        summary: "steps up and down from the ratio, between a floor and a ceiling",
        numbers: WALK,
        settings: &[Setting {
            key: "steps",
            default: "1461",
            meaning: "how many steps are made before the price stays",
        }],
    },
];

impl MarketModel {
    /// The model of a name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        MODELS.iter().find(|model| model.name == name)
    }

    /// Its keys in a scenario, those of every market included.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> + use<> {
        let numbers = self.numbers.iter().chain(SIGNAL.iter().copied().flatten());
        let settings = self.settings.iter().map(|setting| setting.key);
        numbers.map(|number| number.key).chain(settings)
    }
}

impl PriceModel {
    /// The model of a name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        PRICE_MODELS.iter().find(|model| model.name == name)
    }

    /// Its keys in a scenario.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> + use<> {
        let settings = self.settings.iter().map(|setting| setting.key);
        self.numbers.iter().map(|number| number.key).chain(settings)
    }

    /// The model's defaults; nothing for `history`, which needs a file.
    #[must_use]
    pub fn config(&self) -> Option<PriceModelConfig> {
        match self.name {
            "ratio" => Some(PriceModelConfig::Ratio),
            "randomWalk" => Some(PriceModelConfig::RandomWalk(RandomWalkConfig::DEFAULT)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_within_its_bounds_and_belongs_to_its_model() {
        for model in MODELS {
            for (preset, config) in model.presets {
                let mut market = SpotMarketConfig::new(config());
                for number in model.numbers.iter().chain(SIGNAL.iter().copied().flatten()) {
                    let value = *(number.field)(&mut market).expect("a number of this model");
                    assert!(
                        (number.least..=number.most).contains(&value),
                        "{} {preset}: {} is {value}",
                        model.name,
                        number.key
                    );
                }
                for other in MODELS.iter().filter(|other| other.name != model.name) {
                    let fields = other.numbers.iter().filter(|n| (n.field)(&mut market).is_some());
                    assert_eq!(fields.count(), 0, "{} has numbers of {}", model.name, other.name);
                }
            }
        }
    }

    #[test]
    fn a_key_that_two_models_share_means_the_same_and_has_the_same_bounds() {
        let all: Vec<&Number> = MODELS.iter().flat_map(|model| model.numbers).collect();
        for a in &all {
            for b in all.iter().filter(|b| b.key == a.key) {
                assert_eq!((a.meaning, a.least, a.most), (b.meaning, b.least, b.most), "{}", a.key);
            }
        }
    }
}
