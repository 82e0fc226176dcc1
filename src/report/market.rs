//! Spot markets as text: the models with their parameters, and the paths of pools.
//!
//! Pure: the registry or a sample in, text out.

use super::output_file::{OutputKind, start_of};
use super::plots::is_market_figure;
use crate::ec2::market::{
    CapacityConfig, MODELS, MarketModel, Number, PRICE_MODELS, Preset, PriceModel, SIGNAL, Setting,
    SpotMarketConfig,
};
use crate::experiment::market_sample::MarketSample;
use crate::sim::SimTime;
use std::fmt::Write as _;

const HEADER: &str = "instance_type,availability_zone,time_ms,instances,usd_per_hour,reclaim\n";

/// A figure is told by so many bytes: its title stands within.
const START: usize = 1024;

/// A sample as a file of its own: every change, or the figure of it.
pub static SAMPLE: OutputKind = OutputKind {
    name: "sample of Spot pools",
    option: "--out",
    is_earlier: |path| {
        let start = start_of(path, START)?;
        let start = String::from_utf8_lossy(&start);
        Ok(start.starts_with(HEADER) || is_market_figure(&start))
    },
};

/// Every model with its presets and parameters.
#[must_use]
pub fn list() -> String {
    let mut text = String::from("Spot capacity (spotMarket: {model: NAME, KEY: VALUE})\n");
    for model in MODELS {
        text += &capacity_model(model);
    }
    text += "\nOf every model but none\n";
    for number in SIGNAL.iter().copied().flatten() {
        let mut market = SpotMarketConfig::new(CapacityConfig::Unlimited);
        text += &number_line(number, &[(number.field)(&mut market).copied()]);
    }
    text += "\nSpot prices (spotMarket: {prices: {model: NAME, KEY: VALUE}})\n";
    for model in PRICE_MODELS {
        text += &price_model(model);
    }
    text
}

fn capacity_model(model: &MarketModel) -> String {
    let mut text = format!("\n{}: {}\n", model.name, model.summary);
    let presets: Vec<&str> =
        model.presets.iter().map(|(name, _)| *name).filter(|name| !name.is_empty()).collect();
    if !presets.is_empty() {
        let _ =
            writeln!(text, "  presets: {}; the numbers are of each in turn", presets.join(", "));
    }
    let _ = writeln!(text, "  hidden state, seen through the score: {}", model.hidden_state);
    for number in model.numbers {
        let of_preset =
            |(_, config): &Preset| (number.field)(&mut SpotMarketConfig::new(config())).copied();
        text += &number_line(number, &model.presets.iter().map(of_preset).collect::<Vec<_>>());
    }
    text + &settings(model.settings)
}

fn price_model(model: &PriceModel) -> String {
    let mut text = format!("\n{}: {}\n", model.name, model.summary);
    for number in model.numbers {
        let mut market = SpotMarketConfig::new(CapacityConfig::Unlimited);
        if let Some(config) = model.config() {
            market.prices.model = config;
        }
        text += &number_line(number, &[(number.field)(&mut market).copied()]);
    }
    text + &settings(model.settings)
}

/// `key = value: meaning`; one value where all presets have the same.
fn number_line(number: &Number, values: &[Option<f64>]) -> String {
    let mut texts: Vec<String> = values.iter().flatten().map(f64::to_string).collect();
    if texts.iter().all(|text| *text == texts[0]) {
        texts.truncate(1);
    }
    format!("  {} = {}: {}\n", number.key, texts.join(", "), number.meaning)
}

fn settings(settings: &[Setting]) -> String {
    let line = |setting: &Setting| {
        format!("  {} = {}: {}\n", setting.key, setting.default, setting.meaning)
    };
    settings.iter().map(line).collect()
}

/// Every change of every pool: `instance_type, availability_zone, time_ms, instances, usd_per_hour,
/// reclaim`. `instances` is what the pool holds at most from then on, 0 while it is closed, empty
/// without bounds; `reclaim` is the share of its instances that an event takes in the mean, where
/// one happens; of a full pool where a recorded pool shrinks.
#[must_use]
pub fn csv(sample: &MarketSample) -> String {
    let mut text = HEADER.to_owned();
    for pool in &sample.pools {
        let path = &pool.path;
        let rooms = path.room.iter().map(|(at, _)| *at);
        let prices = path.prices.iter().map(|(at, _)| *at);
        let mut times: Vec<SimTime> =
            rooms.chain(prices).chain(path.reclaims.iter().map(|(at, _)| *at)).collect();
        times.sort_unstable();
        times.dedup();
        for at in times {
            let room = path.room[..path.room.partition_point(|(since, _)| *since <= at)].last();
            let room = match room {
                Some((_, u32::MAX)) | None => String::new(),
                Some((_, room)) => room.to_string(),
            };
            let price =
                path.prices[..path.prices.partition_point(|(since, _)| *since <= at)].last();
            let price = price.map(|(_, price)| price.to_string()).unwrap_or_default();
            let reclaim = path.reclaims.iter().find(|(event, _)| *event == at);
            let reclaim = reclaim.map(|(_, share)| format!("{share:.6}")).unwrap_or_default();
            let (name, zone) = (&pool.instance_type, &pool.zone);
            let _ = writeln!(text, "{name},{zone},{},{room},{price},{reclaim}", at.as_millis());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_names_every_model_with_every_parameter() {
        let text = list();
        for model in MODELS {
            assert!(text.contains(&format!("\n{}: ", model.name)), "{}", model.name);
            for key in model.keys().chain(model.presets.iter().map(|(name, _)| *name)) {
                assert!(text.contains(key), "{} {key}", model.name);
            }
        }
        for model in PRICE_MODELS {
            assert!(model.keys().all(|key| text.contains(key)), "{}", model.name);
        }
        assert!(
            text.contains("  upMeanHours = 30, 300, 30: mean time a pool stays up\n"),
            "{text}"
        );
        assert!(text.contains("  spreadSeconds = 180: "), "equal values are said once");
    }
}
