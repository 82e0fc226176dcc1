//! A catalog from what users have: EC2's own answers, the Spot Advisor's feed, a price list.
//!
//! Each file is told by its content, in any order and in as many pages as there are. What no file
//! says is taken from the embedded catalog where that is of the same region, is left unknown
//! otherwise, and is noted either way.

mod answers;
mod price_list;

mod region;

use super::super::money::Price;
use super::{Catalog, CatalogError, InstanceType, ZoneId};
use answers::{Answer, Offering, SpotPrice};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Read};

/// What is wrong with a file that is to be imported, or with all of them together.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file can not be read.
    #[error("{origin}: {source}")]
    Read {
        /// The file.
        origin: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file is neither of the known answers nor a table of prices.
    #[error(
        "{origin}: {problem}; expected the JSON of `aws ec2 describe-instance-types`, \
         `describe-instance-type-offerings` or `describe-spot-price-history`, the Spot Advisor's \
         JSON, or a price list as CSV\n  hint: {hint}"
    )]
    Unknown {
        /// The file.
        origin: String,
        /// What was found.
        problem: String,
        /// What to do.
        hint: &'static str,
    },
    /// A value that can not be used.
    #[error("{origin}, {place}: {value:?}; expected {expected}")]
    Value {
        /// The file.
        origin: String,
        /// The type or the line.
        place: String,
        /// What was found.
        value: String,
        /// What would be accepted.
        expected: &'static str,
    },
    /// No file says anything of the region.
    #[error("{origin}: there is nothing of region {region}; {has}\n  hint: name it with --region")]
    OtherRegion {
        /// The file.
        origin: String,
        /// The region.
        region: String,
        /// What there is.
        has: String,
    },
    /// More zones than a table has digits for.
    #[error(
        "there are {count} zones in the offerings; expected at most 9\n  hint: ask with \
             --filters Name=location,Values=... for those that you use"
    )]
    Zones {
        /// How many.
        count: usize,
    },
    /// What is no region.
    #[error("{region:?} is no region; expected one such as eu-west-1")]
    Region {
        /// As given.
        region: String,
    },
    /// A table that this program could not read again.
    #[error("the table can not be read again: {0}\n  hint: mend or leave out what it came from")]
    Unreadable(#[from] CatalogError),
    /// A table that would be read as another one.
    #[error(
        "the table would be read as another one\n  hint: mind commas, blanks and line breaks in \
         the names of zones, GPUs and files"
    )]
    Ambiguous,
}

/// What some editors put before a text in UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A catalog in the making.
#[derive(Clone, Debug)]
pub struct Import {
    region: String,
    date: String,
    types: BTreeMap<String, InstanceType>,
    /// By type: the zones that offer it.
    offered: BTreeMap<String, BTreeSet<String>>,
    prices: BTreeMap<String, Price>,
    /// By type and zone: the latest Spot price and its instant.
    spot: BTreeMap<(String, String), (String, Price)>,
    /// By type: band and saved percent.
    advice: BTreeMap<String, (u8, u32)>,
    sources: Vec<String>,
}

/// A finished import.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The catalog.
    pub catalog: Catalog,
    /// What was read from where, and what was assumed where nothing was.
    pub notes: Vec<String>,
}

impl Imported {
    /// The table as a file: where it comes from as comments, then the canonical form.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let comments: String = self.notes.iter().map(|note| format!("# {note}\n")).collect();
        format!("{comments}{}", self.catalog.to_csv())
    }

    /// Whether the file is read as what it was written from: the table has no quotes, and a file
    /// of any name may stand in a comment.
    fn check(&self) -> Result<(), ImportError> {
        let again = Catalog::from_csv(&self.to_csv(), "table")?;
        let is_same = again.hash() == self.catalog.hash() && again.zones() == self.catalog.zones();
        if is_same { Ok(()) } else { Err(ImportError::Ambiguous) }
    }
}

impl Import {
    /// Of `region`, as of `date` (`2026-11-26`): nothing has been read.
    ///
    /// # Errors
    /// [`ImportError::Region`] when that is no region.
    pub fn new(region: &str, date: &str) -> Result<Self, ImportError> {
        if !region::is_region(region) {
            return Err(ImportError::Region { region: region.to_owned() });
        }
        Ok(Self {
            region: region.to_owned(),
            date: date.to_owned(),
            types: BTreeMap::new(),
            offered: BTreeMap::new(),
            prices: BTreeMap::new(),
            spot: BTreeMap::new(),
            advice: BTreeMap::new(),
            sources: Vec::new(),
        })
    }

    /// Reads a file; `origin` is its name in messages and notes.
    ///
    /// # Errors
    /// When it can not be read, is none of the known files, or has a value that can not be used.
    pub fn read(&mut self, reader: impl Read, origin: &str) -> Result<(), ImportError> {
        let mut reader = BufReader::with_capacity(1 << 16, reader);
        let failed = |source| ImportError::Read { origin: origin.to_owned(), source };
        if reader.fill_buf().map_err(failed)?.starts_with(BYTE_ORDER_MARK) {
            reader.consume(BYTE_ORDER_MARK.len());
        }
        let start = reader.fill_buf().map_err(failed)?;
        let is_json = start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        let what = if is_json {
            let answer: Answer = serde_json::from_reader(reader).map_err(|error| {
                let hint = "save the answer with --output json, whole";
                ImportError::Unknown { origin: origin.to_owned(), problem: error.to_string(), hint }
            })?;
            self.answer(answer, origin)?
        } else {
            let prices = price_list::read(reader, &self.region, origin)?;
            let count = prices.len();
            self.prices.extend(prices);
            format!("{count} On-Demand prices")
        };
        self.sources.push(format!("{origin}: {what}"));
        Ok(())
    }

    fn answer(&mut self, answer: Answer, origin: &str) -> Result<String, ImportError> {
        let Answer { instance_types, offerings, spot_prices, spot_advisor } = answer;
        let mut found = Vec::new();
        if let Some(types) = instance_types {
            found.push(format!("{} instance types", types.len()));
            for described in types {
                let instance_type = described.instance_type(origin)?;
                self.types.insert(instance_type.name.clone(), instance_type);
            }
        }
        if let Some(offerings) = offerings {
            found.push(format!("{} offerings", offerings.len()));
            let is_of_a_zone = |offering: &Offering| offering.is_of_a_zone();
            let zone = |offering: &Offering| offering.location.clone();
            let offerings = offerings.into_iter().filter(is_of_a_zone).collect();
            for offering in region::own(offerings, zone, &self.region, origin)? {
                self.offered.entry(offering.instance_type).or_default().insert(offering.location);
            }
        }
        if let Some(prices) = spot_prices {
            found.push(format!("{} Spot prices", prices.len()));
            let zone = |point: &SpotPrice| point.availability_zone.clone();
            let prices = region::own(prices, zone, &self.region, origin)?;
            for point in prices.iter().filter(|point| point.is_linux()) {
                let price = point.price(origin)?;
                let key = (point.instance_type.clone(), point.availability_zone.clone());
                let last = self.spot.entry(key).or_insert((String::new(), price));
                // RFC 3339 of one offset orders as text.
                if point.timestamp > last.0 {
                    *last = (point.timestamp.clone(), price);
                }
            }
        }
        if let Some(advisor) = spot_advisor {
            let advice = answers::advice(advisor, &self.region, origin)?;
            found.push(format!("Spot Advisor of {} types", advice.len()));
            self.advice.extend(advice);
        }
        if found.is_empty() {
            let problem = "none of the known keys is there".to_owned();
            let hint = "the first keys of the files are InstanceTypes, InstanceTypeOfferings, \
                        SpotPriceHistory and spot_advisor";
            return Err(ImportError::Unknown { origin: origin.to_owned(), problem, hint });
        }
        Ok(found.join(", "))
    }

    /// Puts together what has been read.
    ///
    /// # Errors
    /// When there are more zones than a table can name, or when the table could not be read again.
    pub fn finish(mut self) -> Result<Imported, ImportError> {
        let embedded = Catalog::embedded();
        let is_home = embedded.region() == self.region;
        let mut notes = vec![format!("Instance types of {}, imported.", self.region)];
        notes.append(&mut self.sources);
        let base = embedded.for_region(&self.region);
        let zones = self.zones(&base, &mut notes)?;
        let types: Vec<InstanceType> = if self.types.is_empty() {
            notes.push("no describe-instance-types: sizes as in the embedded catalog".to_owned());
            base.iter().map(|(_, t)| t.clone()).collect()
        } else {
            std::mem::take(&mut self.types).into_values().collect()
        };
        if self.prices.is_empty() {
            let of = format!("as in the embedded catalog of {}", base.date());
            let whose = if is_home { &of } else { "unknown" };
            notes.push(format!("no price list: On-Demand prices {whose}"));
        }
        let mut table = Catalog::of_region(&self.region, &self.date, zones.clone());
        let mut unpriced = 0;
        for mut instance_type in types {
            let known = base.find(&instance_type.name).map(|id| base.get(id));
            instance_type.zones = self.zones_of(&instance_type, known, &zones);
            self.price(&mut instance_type, known.filter(|_| is_home));
            unpriced += u32::from(instance_type.on_demand.is_none());
            table.add(instance_type);
        }
        if unpriced > 0 {
            notes.push(format!("{unpriced} types without a price: an error once they are used"));
        }
        let imported = Imported { catalog: table, notes };
        imported.check()?;
        Ok(imported)
    }

    fn zones(&self, base: &Catalog, notes: &mut Vec<String>) -> Result<Vec<String>, ImportError> {
        let named: BTreeSet<&String> = self.offered.values().flatten().collect();
        if named.len() > 9 {
            return Err(ImportError::Zones { count: named.len() });
        }
        if named.is_empty() {
            let count = base.zones().len();
            notes.push(format!("no offerings by zone: {count} zones, offers as in us-east-1"));
            return Ok(base.zones().to_vec());
        }
        Ok(named.into_iter().cloned().collect())
    }

    /// Where a type is offered: where the offerings say, else as in the embedded catalog, else in
    /// every zone.
    fn zones_of(
        &self,
        instance_type: &InstanceType,
        known: Option<&InstanceType>,
        zones: &[String],
    ) -> Vec<ZoneId> {
        let all = || (0..zones.len()).map(ZoneId::from_index);
        if !self.offered.is_empty() {
            let offered = self.offered.get(&instance_type.name);
            let is_offered =
                |id: &ZoneId| offered.is_some_and(|names| names.contains(&zones[id.index()]));
            return all().filter(is_offered).collect();
        }
        known.map_or_else(|| all().collect(), |known| known.zones.clone())
    }

    /// Sets what a type costs; `home` is the embedded row of the same region.
    fn price(&self, t: &mut InstanceType, home: Option<&InstanceType>) {
        t.on_demand = match self.prices.get(&t.name) {
            Some(price) => Some(*price),
            None if self.prices.is_empty() => home.and_then(|home| home.on_demand),
            None => None,
        };
        let advice = self.advice.get(&t.name);
        let own = |field: fn(&InstanceType) -> Option<u32>| {
            home.filter(|_| self.advice.is_empty()).and_then(field)
        };
        let band = advice.map(|(band, _)| u32::from(*band));
        t.interruption_band =
            band.or_else(|| own(|home| home.interruption_band.map(u32::from))).map(|b| b as u8);
        let saved = advice.and_then(|(_, saved)| (*saved > 0).then_some((100 - saved) * 10_000));
        t.spot_ratio_ppm = self.spot_ratio(t).or(saved).or_else(|| own(|home| home.spot_ratio_ppm));
    }

    /// The mean of the latest Spot prices of all zones, as a share of the On-Demand price.
    fn spot_ratio(&self, t: &InstanceType) -> Option<u32> {
        let on_demand = t.on_demand?.nano_usd_per_hour();
        let of_type = (t.name.clone(), String::new())..;
        let prices: Vec<u64> = self
            .spot
            .range(of_type)
            .take_while(|((name, _), _)| *name == t.name)
            .map(|(_, (_, price))| price.nano_usd_per_hour())
            .collect();
        if prices.is_empty() || on_demand == 0 {
            return None;
        }
        let sum: u128 = prices.iter().map(|price| u128::from(*price)).sum();
        let whole = u128::from(on_demand) * prices.len() as u128;
        Some(((sum * 1_000_000 + whole / 2) / whole).min(1_000_000) as u32)
    }
}

#[cfg(test)]
mod tests;
