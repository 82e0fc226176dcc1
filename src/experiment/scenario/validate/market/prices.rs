//! Where Spot prices come from.

use super::super::catalog::OLDEST_DAYS;
use super::{MarketFile, Reader, set_numbers};
use crate::ec2::catalog::{TypeId, ZoneId};
use crate::ec2::fleet::PurchaseOption;
use crate::ec2::market::prices::history::PricePoint;
use crate::ec2::market::prices::{PriceHistory, PriceModelConfig, history};
use crate::ec2::market::{CapacityConfig, PriceModel, SpotMarketConfig};
use crate::experiment::scenario::error::{Complaint, Report};
use crate::experiment::scenario::path::Path;
use crate::experiment::scenario::raw::market::{SpotMarket, SpotPrices};
use std::collections::BTreeSet;
use std::sync::Arc;

const MS_PER_DAY: i64 = 86_400_000;

impl Reader<'_> {
    /// Reads the prices into a market; mistakes go to the report.
    pub(super) fn prices(
        &self,
        config: &mut SpotMarketConfig,
        resolved: &mut SpotMarket,
        files: &mut Vec<MarketFile>,
        report: &mut Report,
    ) {
        let Some(raw) = &self.raw.spot_market.prices else { return };
        let path = Path::default().key("spotMarket").key("prices");
        let Some(model) = PriceModel::find(&raw.model) else { return };
        foreign_keys(model, raw, &path, report);
        let mut said = SpotPrices { parameters: Default::default(), ..raw.clone() };
        let chosen = match model.config() {
            Some(chosen) => chosen,
            None => {
                said.origin.get_or_insert_with(|| "none".to_owned());
                let Some(history) = self.history(raw, config, &path, files, report) else { return };
                PriceModelConfig::History(Arc::new(history))
            }
        };
        config.prices.model = chosen;
        said.parameters = set_numbers(model.numbers.iter(), &raw.parameters, config);
        if let PriceModelConfig::RandomWalk(walk) = &mut config.prices.model {
            walk.steps = raw.steps.unwrap_or(walk.steps);
            said.steps = Some(walk.steps);
            if walk.floor > walk.ceiling {
                let complaint = Complaint::new("the floor of prices is above their ceiling");
                report.error(&path.key("floor"), complaint.hint("lower floor, or raise ceiling"));
            }
        }
        resolved.prices = Some(said);
    }

    /// The prices of a file, or those of the market's traces.
    fn history(
        &self,
        raw: &SpotPrices,
        config: &SpotMarketConfig,
        path: &Path,
        files: &mut Vec<MarketFile>,
        report: &mut Report,
    ) -> Option<PriceHistory> {
        let Some(file) = &raw.file else {
            let history = of_traces(config);
            if history.is_empty() {
                let complaint = Complaint::new("history needs a file of prices");
                let hint = "write file: prices.json, made by aws ec2 describe-spot-price-history, \
                            or use model trace with traces that have prices";
                report.error(path, complaint.hint(hint));
                return None;
            }
            return Some(history);
        };
        let path = path.key("file");
        let (text, hash) = report.ok(&path, self.files.inflated_text(file))?;
        let points = history::read(&text).map_err(|error| {
            let hint = "write what aws ec2 describe-spot-price-history prints, or CSV";
            Complaint::new(format!("{file}: {error}")).hint(hint)
        });
        let points = report.ok(&path, points)?;
        let first = points.iter().map(|point| point.unix_ms).min();
        let start = match (raw.origin.as_deref(), first) {
            (Some("first"), Some(first)) => first,
            _ => self.raw.start.0.as_millisecond(),
        };
        let history = PriceHistory::new(&points, self.catalog, start);
        if history.is_empty() {
            let text = format!("{file} has no price of a type and zone of this region");
            let complaint = Complaint::new(text).accepted(format!(
                "prices of instance types of the catalog in {}",
                self.catalog.zones().join(", ")
            ));
            report.error(&path, complaint);
            return None;
        }
        if let Some(text) = of_age(&points, start) {
            report.warn(&path, &format!("the newest price of {file} is of {text}"));
        } else if let Some(text) = from_later(&points, start) {
            report.warn(&path, &format!("the oldest price of {file} is of {text}"));
        } else if !history.changes() && points.len() > 1 {
            let text = "no price changes after the start; set start to an instant of the record, \
                        or origin: first";
            report.warn(&path, text);
        }
        self.warn_of_gaps(file, &history, &path, report);
        let rows = points.len() as u64;
        files.push(MarketFile { file: file.clone(), format: "spot-prices", hash, rows });
        Some(history)
    }

    /// Pools that SPOT environments may use and the record does not have.
    fn warn_of_gaps(&self, file: &str, history: &PriceHistory, path: &Path, report: &mut Report) {
        let spot = self
            .environments
            .unwrap_or_default()
            .iter()
            .filter(|of| of.purchase == PurchaseOption::Spot);
        let pools = spot.flat_map(|of| {
            let types = of.instance_types.iter().map(|listed| listed.id);
            types.flat_map(|id| of.zones.iter().map(move |zone| (id, *zone)))
        });
        // Several environments may use one pool.
        let missing: BTreeSet<(TypeId, ZoneId)> = pools
            .filter(|(id, zone)| self.catalog.get(*id).zones.contains(zone))
            .filter(|(id, zone)| history.get(*id, *zone).is_none())
            .collect();
        let Some((id, zone)) = missing.first() else { return };
        let (name, zone) = (&self.catalog.get(*id).name, &self.catalog.zones()[zone.index()]);
        let count = missing.len();
        let pools = if count == 1 { "pool" } else { "pools" };
        let text = format!(
            "{file} has no price of {count} {pools} of SPOT environments, such as of {name} in \
             {zone}; what has none costs its ratio to On-Demand"
        );
        report.warn(path, &text);
    }
}

/// How old a record is at the start, in ms since 1970, where that is worth a word: prices change as
/// those of a catalog do.
fn of_age(points: &[PricePoint], start: i64) -> Option<String> {
    let newest = points.iter().map(|point| point.unix_ms).max()?;
    let days = start.saturating_sub(newest) / MS_PER_DAY;
    let date = date(newest)?;
    (days > OLDEST_DAYS).then(|| {
        format!(
            "{date}, {days} days before the start; `aws ec2 describe-spot-price-history` writes \
             those of today, or set start to an instant of the record, or origin: first"
        )
    })
}

/// How long after the start a record begins, where that is more than a day: its first prices hold
/// until then, which is hardly what it was recorded for.
fn from_later(points: &[PricePoint], start: i64) -> Option<String> {
    let oldest = points.iter().map(|point| point.unix_ms).min()?;
    let ms = oldest.saturating_sub(start);
    let (date, days) = (date(oldest)?, ms / MS_PER_DAY);
    let unit = if days == 1 { "day" } else { "days" };
    (ms > MS_PER_DAY).then(|| {
        format!(
            "{date}, {days} {unit} after the start, and holds from the start on; set start to an \
             instant of the record, or origin: first"
        )
    })
}

fn date(unix_ms: i64) -> Option<String> {
    Some(jiff::Timestamp::from_millisecond(unix_ms).ok()?.strftime("%Y-%m-%d").to_string())
}

/// Keys that only other price models have.
fn foreign_keys(model: &PriceModel, raw: &SpotPrices, path: &Path, report: &mut Report) {
    let mut said: Vec<&str> = raw.parameters.keys().map(String::as_str).collect();
    said.extend(raw.file.is_some().then_some("file"));
    said.extend(raw.origin.is_some().then_some("origin"));
    said.extend(raw.steps.is_some().then_some("steps"));
    for key in said.into_iter().filter(|key| !model.keys().any(|own| own == *key)) {
        let complaint = Complaint::new(format!("prices of model {} have no {key}", model.name));
        let keys: Vec<&str> = model.keys().collect();
        let complaint = match keys.is_empty() {
            true => complaint.hint("leave it out"),
            false => complaint.accepted(keys.join(", ")),
        };
        report.key_error(&path.key(key), complaint);
    }
}

/// The prices that traces were recorded with.
fn of_traces(config: &SpotMarketConfig) -> PriceHistory {
    let mut history = PriceHistory::default();
    if let CapacityConfig::Trace(traces) = &config.capacity {
        for pool in &traces.pools {
            if let Some(prices) = &pool.prices {
                history.add(pool.instance_type, pool.zone, Arc::clone(prices));
            }
        }
    }
    history
}
