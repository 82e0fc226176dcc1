//! The price model `history`: recorded Spot prices, as `aws ec2 describe-spot-price-history`
//! prints them or as a table.
//!
//! A price holds until the next one of the same type and zone; what was recorded before the start
//! gives the price at the start. Read once and shared by every replication.

use crate::ec2::catalog::{Catalog, TypeId, ZoneId};
use crate::ec2::money::Price;
use crate::ec2::price_series::PriceSeries;
use crate::sim::SimTime;
use std::sync::Arc;

/// The products whose prices are those of a Linux instance.
const LINUX: [&str; 2] = ["Linux/UNIX", "Linux/UNIX (Amazon VPC)"];
const COLUMNS: [&str; 4] = ["instance_type", "availability_zone", "timestamp", "spot_usd_hour"];

/// Recorded prices by pool.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PriceHistory {
    /// Ascending by pool.
    pools: Vec<(TypeId, ZoneId, Arc<PriceSeries>)>,
}

/// One row of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricePoint {
    /// `c6i.large`
    pub instance_type: String,
    /// An id or a name, such as `us-east-1a`.
    pub availability_zone: String,
    /// Wall time, ms since 1970.
    pub unix_ms: i64,
    /// USD per hour.
    pub price: Price,
}

/// Why a text is no price history. Nothing of it is used.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// JSON that is broken.
    #[error("it is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// CSV that is broken.
    #[error("it is not CSV: {0}")]
    Csv(#[from] csv::Error),
    /// JSON of another shape.
    #[error("it has no list SpotPriceHistory, as aws ec2 describe-spot-price-history prints it")]
    Shape,
    /// A header without a column.
    #[error(
        "it has no column {0}; expected instance_type, availability_zone, timestamp and \
         spot_usd_hour"
    )]
    Column(&'static str),
    /// A row that can not be read.
    #[error("row {row}: {value:?} is no {what}; expected {expected}")]
    Row {
        /// From 1, without the header.
        row: usize,
        /// What was found.
        value: String,
        /// What it should have been.
        what: &'static str,
        /// What would be accepted.
        expected: &'static str,
    },
}

impl PriceHistory {
    /// The prices of the catalog's pools on a clock that starts at `start_unix_ms`. Points of types
    /// and zones that the catalog does not have are left out.
    #[must_use]
    pub fn new(points: &[PricePoint], catalog: &Catalog, start_unix_ms: i64) -> Self {
        let pool = |point: &PricePoint| {
            let instance_type = catalog.find(&point.instance_type)?;
            Some((instance_type, catalog.find_zone(&point.availability_zone)?))
        };
        let mut rows: Vec<(TypeId, ZoneId, i64, Price)> = points
            .iter()
            .filter_map(|point| pool(point).map(|(t, z)| (t, z, point.unix_ms, point.price)))
            .collect();
        // Stable: of two prices of one instant the one that was written later counts.
        rows.sort_by_key(|(t, z, time, _)| (*t, *z, *time));
        let of_pool = rows.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1));
        let mut history = Self::default();
        for rows in of_pool {
            let steps = rows.iter().map(|(_, _, time, price)| {
                let ms = (i128::from(*time) - i128::from(start_unix_ms)).max(0);
                (SimTime::from_millis(ms as u64), *price)
            });
            if let Some(series) = PriceSeries::new(steps) {
                history.pools.push((rows[0].0, rows[0].1, Arc::new(series)));
            }
        }
        history
    }

    /// The same with prices of pools that it has none of.
    pub fn add(&mut self, instance_type: TypeId, zone: ZoneId, series: Arc<PriceSeries>) {
        let key = |(t, z, _): &(TypeId, ZoneId, Arc<PriceSeries>)| (*t, *z);
        if let Err(at) = self.pools.binary_search_by_key(&(instance_type, zone), key) {
            self.pools.insert(at, (instance_type, zone, series));
        }
    }

    /// The prices of a pool, if there are any.
    #[must_use]
    pub fn get(&self, instance_type: TypeId, zone: ZoneId) -> Option<&Arc<PriceSeries>> {
        let key = |(t, z, _): &(TypeId, ZoneId, Arc<PriceSeries>)| (*t, *z);
        let at = self.pools.binary_search_by_key(&(instance_type, zone), key).ok()?;
        Some(&self.pools[at].2)
    }

    /// Whether there is no pool with prices.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pools.is_empty()
    }

    /// Whether any price changes during a run.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.pools.iter().any(|(.., series)| series.steps().nth(1).is_some())
    }

    /// The lowest price of a type in any of its zones, and whether each of `zones` has prices.
    #[must_use]
    pub fn lowest(&self, instance_type: TypeId, zones: &[ZoneId]) -> (Option<Price>, bool) {
        let series = zones.iter().filter_map(|zone| self.get(instance_type, *zone));
        let lowest: Vec<Price> = series.map(|series| series.lowest()).collect();
        (lowest.iter().copied().min(), lowest.len() == zones.len())
    }
}

/// Reads what `aws ec2 describe-spot-price-history` prints (JSON) or a table (CSV), told apart by
/// the first character. Rows of other products than Linux are left out.
///
/// # Errors
/// [`HistoryError`] at the first row that can not be read.
pub fn read(text: &str) -> Result<Vec<PricePoint>, HistoryError> {
    if text.trim_start().starts_with(['{', '[']) { read_json(text) } else { read_csv(text) }
}

fn read_json(text: &str) -> Result<Vec<PricePoint>, HistoryError> {
    let document: serde_json::Value = serde_json::from_str(text)?;
    let list = document.get("SpotPriceHistory").unwrap_or(&document);
    let list = list.as_array().ok_or(HistoryError::Shape)?;
    let mut points = Vec::new();
    for (index, entry) in list.iter().enumerate() {
        let value = |key: &str| entry.get(key).and_then(serde_json::Value::as_str);
        let linux = value("ProductDescription").is_none_or(|product| LINUX.contains(&product));
        if linux {
            // A price may be written as a number; what else is no text is quoted as it stands.
            let cell = |key: &str| match entry.get(key) {
                None => String::new(),
                Some(serde_json::Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            };
            let cells = ["InstanceType", "AvailabilityZone", "Timestamp", "SpotPrice"].map(cell);
            points.push(point(index + 1, cells.each_ref().map(String::as_str))?);
        }
    }
    Ok(points)
}

fn read_csv(text: &str) -> Result<Vec<PricePoint>, HistoryError> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers()?.clone();
    let mut columns = [0; 4];
    for (column, name) in columns.iter_mut().zip(COLUMNS) {
        let found = header.iter().position(|cell| cell.trim() == name);
        *column = found.ok_or(HistoryError::Column(name))?;
    }
    let mut points = Vec::new();
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row)? {
        let cells = columns.map(|column| row.get(column).unwrap_or_default().trim());
        points.push(point(points.len() + 1, cells)?);
    }
    Ok(points)
}

fn point(row: usize, cells: [&str; 4]) -> Result<PricePoint, HistoryError> {
    let [instance_type, availability_zone, time, price] = cells;
    let wrong = |value: &str, what, expected| HistoryError::Row {
        row,
        value: value.to_owned(),
        what,
        expected,
    };
    for (value, what, expected) in [
        (instance_type, "instance type", "a name such as c6i.large"),
        (availability_zone, "availability zone", "a name such as us-east-1a"),
    ] {
        if value.is_empty() {
            return Err(wrong(value, what, expected));
        }
    }
    let expected = "RFC 3339 such as 2021-03-02T14:45:01Z";
    let timestamp: jiff::Timestamp = time.parse().map_err(|_| wrong(time, "time", expected))?;
    let expected = "a decimal of USD per hour such as 0.0671";
    Ok(PricePoint {
        instance_type: instance_type.to_owned(),
        availability_zone: availability_zone.to_owned(),
        unix_ms: timestamp.as_millisecond(),
        price: Price::parse(price).map_err(|_| wrong(price, "price", expected))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(text: &str) -> Result<Price, HistoryError> {
        let entry = format!(
            r#"[{{"InstanceType": "c6i.large", "AvailabilityZone": "us-east-1a",
            "Timestamp": "2026-11-01T00:00:00Z", "SpotPrice": {text}}}]"#
        );
        read(&entry).map(|points| points[0].price)
    }

    #[test]
    fn a_price_may_be_written_as_a_number() {
        assert_eq!(price("0.0671").unwrap(), price("\"0.0671\"").unwrap());
    }

    #[test]
    fn what_is_no_price_is_quoted_as_it_stands() {
        for text in ["null", "[1]", "-1", "true"] {
            let error = price(text).unwrap_err().to_string();
            assert!(error.contains(&format!("row 1: {text:?} is no price")), "{error}");
        }
    }
}
