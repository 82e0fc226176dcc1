//! On-Demand prices from a table: AWS's own price list of EC2, or any CSV with a type and a price.
//!
//! AWS's list has lines before its header and many rows per type: only those of Linux with shared
//! tenancy, without software and without a reservation are prices of an On-Demand instance.

use super::ImportError;
use crate::ec2::money::Price;
use csv::StringRecord;
use std::collections::BTreeMap;
use std::io::Read;

/// Names under which a column of types, or one of prices, may stand; in lower case.
const TYPE: [&str; 3] = ["instance type", "instance_type", "instancetype"];
const PRICE: [&str; 5] =
    ["priceperunit", "on_demand_usd_per_hour", "ondemand_linux_usd_hour", "usd_per_hour", "price"];
const REGION: [&str; 3] = ["region code", "region", "regioncode"];

/// What a row of AWS's list must say to be the price of a Linux instance by the hour.
const WANTED: [(&str, &str); 7] = [
    ("termtype", "OnDemand"),
    ("operating system", "Linux"),
    ("tenancy", "Shared"),
    ("pre installed s/w", "NA"),
    ("capacitystatus", "Used"),
    ("unit", "Hrs"),
    ("currency", "USD"),
];

/// Where the columns stand.
struct Columns {
    instance_type: usize,
    price: usize,
    region: Option<usize>,
    wanted: Vec<(usize, &'static str)>,
}

/// By type, the prices of `region`.
pub(super) fn read(
    reader: impl Read,
    region: &str,
    origin: &str,
) -> Result<BTreeMap<String, Price>, ImportError> {
    let mut rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(reader);
    let mut record = StringRecord::new();
    let mut columns = None;
    let mut prices: BTreeMap<String, Price> = BTreeMap::new();
    let mut other_regions = Vec::new();
    while next(&mut rows, &mut record, origin)? {
        let Some(columns) = &columns else {
            columns = Columns::find(&record);
            continue;
        };
        if !columns.is_wanted(&record) {
            continue;
        }
        let found = columns.region.and_then(|column| record.get(column));
        if let Some(other) = found.filter(|found| *found != region) {
            if !other_regions.iter().any(|known| known == other) {
                other_regions.push(other.to_owned());
            }
            continue;
        }
        let (name, price) = columns.price(&record, origin)?;
        if let Some(before) = prices.insert(name.clone(), price).filter(|before| *before != price) {
            let line = record.position().map_or(0, csv::Position::line);
            return Err(ImportError::Value {
                origin: origin.to_owned(),
                place: format!("line {line}"),
                value: format!("{name} for {price} and for {before}"),
                expected: "one price for a type: of Linux, On-Demand, with shared tenancy",
            });
        }
    }
    if columns.is_none() {
        let problem = "no line has a column of types and one of prices".to_owned();
        let hint = "a table with the columns instance_type and on_demand_usd_per_hour will do";
        return Err(ImportError::Unknown { origin: origin.to_owned(), problem, hint });
    }
    if prices.is_empty() {
        let (origin, region) = (origin.to_owned(), region.to_owned());
        if other_regions.is_empty() {
            let problem = "no row is a price of Linux by the hour".to_owned();
            let hint = "save the list whole, with its rows below the header";
            return Err(ImportError::Unknown { origin, problem, hint });
        }
        let has = format!("it has {}", other_regions.join(", "));
        return Err(ImportError::OtherRegion { origin, region, has });
    }
    Ok(prices)
}

fn next(
    rows: &mut csv::Reader<impl Read>,
    record: &mut StringRecord,
    origin: &str,
) -> Result<bool, ImportError> {
    rows.read_record(record).map_err(|error| ImportError::Unknown {
        origin: origin.to_owned(),
        problem: error.to_string(),
        hint: "save it as UTF-8 text, uncompressed",
    })
}

impl Columns {
    /// The columns, if a record is the header.
    fn find(record: &StringRecord) -> Option<Self> {
        let names: Vec<String> =
            record.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
        let at = |known: &[&str]| names.iter().position(|name| known.contains(&name.as_str()));
        Some(Self {
            instance_type: at(&TYPE)?,
            price: at(&PRICE)?,
            region: at(&REGION),
            wanted: WANTED
                .iter()
                .filter_map(|(name, value)| at(&[name]).map(|column| (column, *value)))
                .collect(),
        })
    }

    fn is_wanted(&self, record: &StringRecord) -> bool {
        let has_type = record.get(self.instance_type).is_some_and(|name| !name.is_empty());
        has_type && self.wanted.iter().all(|(column, value)| record.get(*column) == Some(value))
    }

    fn price(&self, record: &StringRecord, origin: &str) -> Result<(String, Price), ImportError> {
        let name = record.get(self.instance_type).unwrap_or_default().to_owned();
        let text = record.get(self.price).unwrap_or_default();
        let price = Price::parse(text.trim_start_matches('$')).map_err(|_| ImportError::Value {
            origin: origin.to_owned(),
            place: format!("line {}", record.position().map_or(0, csv::Position::line)),
            value: text.to_owned(),
            expected: "a price in USD an hour, such as 0.085",
        })?;
        Ok((name, price))
    }
}
