//! The Spot market: models, presets and the parameters that differ from them, and recorded files.

mod prices;
mod traces;

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::Scenario;
use super::super::raw::market::SpotMarket;
use super::super::source::Files;
use crate::batch::compute_environment::ComputeEnvironment;
use crate::ec2::catalog::Catalog;
use crate::ec2::market::{
    CapacityConfig, MODELS, MarketModel, Number, PoolOnOffConfig, SIGNAL, Segments,
    SpotMarketConfig,
};
use crate::world::profile::BaseProfile;
use serde_json::Value;
use std::collections::BTreeMap;

/// The one flag among the parameters of `poolOnOff`.
pub(crate) const BAND_SCALING: &str = "bandScaling";

/// A file that the market was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketFile {
    /// As the scenario names it.
    pub file: String,
    /// `spot-trace` or `spot-prices`.
    pub format: &'static str,
    /// Of its bytes.
    pub hash: String,
    /// Intervals or prices in it.
    pub rows: u64,
}

/// What becomes of `spotMarket`.
pub(super) struct Market {
    /// Nothing where no instance is ever refused or taken back and prices are constant.
    pub(super) config: Option<SpotMarketConfig>,
    /// The same with everything said.
    pub(super) resolved: SpotMarket,
    /// What it was read from.
    pub(super) files: Vec<MarketFile>,
}

/// What a market is read with.
pub(super) struct Reader<'a> {
    pub(super) raw: &'a Scenario,
    pub(super) files: &'a Files,
    pub(super) catalog: &'a Catalog,
    /// Nothing where one of them is wrong.
    pub(super) environments: Option<&'a [ComputeEnvironment]>,
}

impl Reader<'_> {
    /// The market; mistakes go to the report.
    pub(super) fn read(&self, base: BaseProfile, report: &mut Report) -> Market {
        let raw = &self.raw.spot_market;
        let root = Path::default().key("spotMarket");
        let model = chosen_model(raw, base);
        let mut resolved =
            SpotMarket { model: Some(model.name.to_owned()), ..SpotMarket::default() };
        let mut files = Vec::new();
        foreign_keys(model, raw, &root, report);
        let capacity = match model.name {
            "trace" => self.traces(&mut resolved, &mut files, report).map(CapacityConfig::Trace),
            _ => preset(model, raw, &mut resolved, &root, report),
        };
        let mut config = SpotMarketConfig::new(capacity.unwrap_or(CapacityConfig::Unlimited));
        if model.name != "none" {
            let numbers = model.numbers.iter().chain(SIGNAL.into_iter().flatten());
            resolved.parameters = set_numbers(numbers, &raw.parameters, &mut config);
        }
        if let CapacityConfig::PoolOnOff(pools) = &mut config.capacity {
            pool_on_off(pools, raw, &mut resolved, &root, report);
        }
        self.prices(&mut config, &mut resolved, &mut files, report);
        let nothing = SpotMarketConfig::new(CapacityConfig::Unlimited);
        Market { config: (config != nothing).then_some(config), resolved, files }
    }
}

/// The model that is named or meant.
fn chosen_model(raw: &SpotMarket, base: BaseProfile) -> &'static MarketModel {
    let said = raw.preset.is_some() || !raw.parameters.is_empty() || !raw.segments.is_empty();
    let meant = match base {
        _ if !raw.traces.is_empty() => "trace",
        BaseProfile::Ideal if !said => "none",
        _ => "poolOnOff",
    };
    // The name of a model was checked against the registry before.
    MarketModel::find(raw.model.as_deref().unwrap_or(meant)).unwrap_or(&MODELS[0])
}

/// Keys that only other models have.
fn foreign_keys(model: &MarketModel, raw: &SpotMarket, root: &Path, report: &mut Report) {
    let mut said: Vec<&str> = raw.parameters.keys().map(String::as_str).collect();
    for (key, is_said) in [
        ("segments", !raw.segments.is_empty()),
        ("traces", !raw.traces.is_empty()),
        ("afterEnd", raw.after_end.is_some()),
        ("dropsInterrupt", raw.drops_interrupt.is_some()),
        ("untracedPools", raw.untraced_pools.is_some()),
    ] {
        said.extend(is_said.then_some(key));
    }
    if model.name == "none" {
        if raw.preset.is_some() || !said.is_empty() {
            let complaint = Complaint::new("model none has neither preset nor parameters");
            report.error(root, complaint.hint("leave them out, or write model: poolOnOff"));
        }
        return;
    }
    for key in said.into_iter().filter(|key| !model.keys().any(|own| own == *key)) {
        let others = MODELS.iter().filter(|other| other.keys().any(|own| own == key));
        let others: Vec<&str> = others.map(|other| other.name).collect();
        let complaint = Complaint::new(format!("model {} has no {key}", model.name))
            .accepted(model.keys().collect::<Vec<_>>().join(", "))
            .hint(format!("leave it out, or write model: {}", others.join(" or ")));
        report.key_error(&root.key(key), complaint);
    }
}

/// The parameters of a preset, the first unless one is named.
fn preset(
    model: &MarketModel,
    raw: &SpotMarket,
    resolved: &mut SpotMarket,
    root: &Path,
    report: &mut Report,
) -> Option<CapacityConfig> {
    let (first, default) = model.presets.first()?;
    let Some(named) = raw.preset.as_deref() else {
        resolved.preset = (!first.is_empty()).then(|| (*first).to_owned());
        return Some(default());
    };
    let Some((_, config)) = model.presets.iter().find(|(name, _)| *name == named) else {
        if model.name != "none" {
            let complaint = Complaint::new(format!("model {} has no preset {named}", model.name));
            let hint = "leave it out, or write model: poolOnOff";
            report.error(&root.key("preset"), complaint.hint(hint));
        }
        return Some(default());
    };
    resolved.preset = Some(named.to_owned());
    Some(config())
}

/// Sets what is said of `numbers`; returns what all of them are.
fn set_numbers<'a>(
    numbers: impl Iterator<Item = &'a Number>,
    said: &BTreeMap<String, Value>,
    config: &mut SpotMarketConfig,
) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for number in numbers {
        let Some(field) = (number.field)(config) else { continue };
        if let Some(value) = said.get(number.key).and_then(Value::as_f64) {
            *field = value;
        }
        all.insert(number.key.to_owned(), Value::from(*field));
    }
    all
}

/// What is no number of `poolOnOff`.
fn pool_on_off(
    config: &mut PoolOnOffConfig,
    raw: &SpotMarket,
    resolved: &mut SpotMarket,
    root: &Path,
    report: &mut Report,
) {
    if let Some(scaling) = raw.parameters.get(BAND_SCALING).and_then(Value::as_bool) {
        config.band_scaling = scaling;
    }
    resolved.parameters.insert(BAND_SCALING.to_owned(), Value::from(config.band_scaling));
    let path = root.key("segments");
    for (index, row) in raw.segments.iter().enumerate() {
        for (key, hours) in [("upHours", &row.up_hours), ("downHours", &row.down_hours)] {
            if hours.is_empty() || hours.iter().any(|hours| *hours <= 0.0) {
                let complaint = Complaint::new(format!("{key} has no value, or one that is 0"));
                let accepted = "at least one number of hours, each above 0";
                report.error(&path.index(index).key(key), complaint.accepted(accepted));
                return;
            }
        }
    }
    if !raw.segments.is_empty() {
        let row = |row: &super::super::raw::market::Segments| Segments {
            up_hours: row.up_hours.clone(),
            down_hours: row.down_hours.clone(),
        };
        config.segments = raw.segments.iter().map(row).collect();
        resolved.segments.clone_from(&raw.segments);
    }
    if config.own_means().is_none() {
        let complaint = Complaint::new(
            "the process of the region leaves nothing to the pools: it is up no longer than their \
             segments, or down as much",
        );
        let hint = "raise regionUpMeanHours or lower regionDownMeanHours; 1e7 and 0.001 leave \
                    everything to the pools";
        report.error(&path, complaint.hint(hint));
    }
}
