//! The catalog as a table of text: reading it, and writing its canonical form.
//!
//! Lines that start with `#` come first; of these `region`, `priceFrom` (optional), `date` and
//! `zones` are read, the others are comments. Then the line of columns, then a type per line.
//! Fields are never quoted, and the two columns of the network may be left out. A type's zones are
//! digits: 1 is the first zone of the `zones` line.

use super::{Architecture, Catalog, InstanceType, Network, Price, ZoneId};
use std::fmt::Write as _;

const COLUMNS: [&str; 13] = [
    "instance_type",
    "vcpus",
    "memory_mib",
    "gpus",
    "gpu_model",
    "architecture",
    "current",
    "zones",
    "on_demand_usd_per_hour",
    "interruption_band",
    "spot_ratio_ppm",
    "network_baseline_mbps",
    "network_burst_mbps",
];
/// Tables from before networks were modelled end here; what they lack is not known.
const WITHOUT_NETWORK: usize = 11;

/// What is wrong with a catalog, or with what is asked of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// A field that can not be read. The table can not be used.
    #[error("{origin}:{line}: column {column} is {value:?}; {expected}")]
    Field {
        /// The table's file or name.
        origin: String,
        /// From 1.
        line: usize,
        /// The column's name.
        column: &'static str,
        /// What was found.
        value: String,
        /// What would be accepted.
        expected: String,
    },
    /// A line that is no row, or lacks its columns. The table can not be used.
    #[error("{origin}:{line}: {found:?} is no row; {expected}")]
    Line {
        /// The table's file or name.
        origin: String,
        /// From 1.
        line: usize,
        /// What was found.
        found: String,
        /// What would be accepted.
        expected: String,
    },
    /// A head line is missing or empty. The table can not be used.
    #[error("{origin}: there is no line `# {key}: ...` before the columns; write `{example}`")]
    MissingHead {
        /// The table's file or name.
        origin: String,
        /// The missing key.
        key: &'static str,
        /// A line that would be accepted.
        example: &'static str,
    },
    /// A used type has no price. The run can go on once the scenario names one.
    #[error(
        "the On-Demand price of {instance_type} is not known in {region} as of {date}\n\
         hint: name it in the scenario: catalog.instanceTypes: \
         [{{instanceType: {instance_type}, onDemandUsdPerHour: \"...\"}}]"
    )]
    UnknownPrice {
        /// The type.
        instance_type: String,
        /// The region whose prices are used.
        region: String,
        /// The date of the prices.
        date: String,
    },
}

impl Catalog {
    /// Reads a table in the columns of the embedded one.
    ///
    /// # Errors
    /// [`CatalogError`] with the place, the value and what would be accepted.
    pub fn from_csv(text: &str, origin: &str) -> Result<Self, CatalogError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines =
            text.lines().map(str::trim_end).zip(1..).filter(|(line, _)| !line.is_empty());
        let mut catalog = Self::of_region("", "", Vec::new());
        let mut columns = None;
        for (line, number) in lines.by_ref() {
            let Some(comment) = line.strip_prefix('#') else {
                columns = Some((line, number));
                break;
            };
            catalog.read_head(comment);
        }
        let width = catalog.check_head(columns, origin)?;
        for (line, number) in lines.filter(|(line, _)| !line.starts_with('#')) {
            let row = Row::new(line, width, origin, number)?;
            let instance_type = row.read(catalog.zones.len())?;
            match catalog.position(&instance_type.name) {
                Ok(_) => {
                    return Err(row.error(0, "a type that is not in the table yet is expected"));
                }
                Err(at) => catalog.insert(at, instance_type),
            };
        }
        Ok(catalog)
    }

    fn read_head(&mut self, comment: &str) {
        let Some((key, value)) = comment.split_once(':') else { return };
        let value = value.trim();
        match key.trim() {
            "region" => value.clone_into(&mut self.region),
            "priceFrom" => value.clone_into(&mut self.price_from),
            "date" => value.clone_into(&mut self.date),
            "zones" => self.zones = value.split_whitespace().map(str::to_owned).collect(),
            _ => {}
        }
    }

    fn check_head(
        &mut self,
        columns: Option<(&str, usize)>,
        origin: &str,
    ) -> Result<usize, CatalogError> {
        if self.price_from.is_empty() {
            self.region.clone_into(&mut self.price_from);
        }
        let head = [
            (self.region.is_empty(), "region", "# region: us-east-1"),
            (self.date.is_empty(), "date", "# date: 2026-07-20"),
            (self.zones.is_empty(), "zones", "# zones: use1-az1 use1-az2"),
        ];
        let origin = origin.to_owned();
        if let Some((_, key, example)) = head.into_iter().find(|(missing, ..)| *missing) {
            return Err(CatalogError::MissingHead { origin, key, example });
        }
        let (found, line) = columns.unwrap_or(("", 1));
        let widths = [COLUMNS.len(), WITHOUT_NETWORK];
        if let Some(width) = widths.into_iter().find(|w| found == COLUMNS[..*w].join(",")) {
            return Ok(width);
        }
        let expected = format!("the columns {} are expected", COLUMNS.join(","));
        Err(CatalogError::Line { origin, line, found: found.to_owned(), expected })
    }

    /// The canonical table, without comments: types by name, prices without trailing zeros.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut text = format!("# region: {}\n", self.region);
        if self.price_from != self.region {
            text += &format!("# priceFrom: {}\n", self.price_from);
        }
        text += &format!("# date: {}\n# zones: {}\n", self.date, self.zones.join(" "));
        text += &COLUMNS.join(",");
        text.push('\n');
        for id in &self.by_name {
            write_row(&mut text, self.get(*id));
        }
        text
    }
}

fn write_row(text: &mut String, t: &InstanceType) {
    let architecture = t.architecture.as_str();
    let current = u8::from(t.current_generation);
    // Writing to a String can not fail.
    let _ = write!(
        text,
        "{},{},{},{},{},{architecture},{current},",
        t.name, t.vcpus, t.memory_mib, t.gpus, t.gpu_model
    );
    for zone in &t.zones {
        let _ = write!(text, "{}", zone.raw() + 1);
    }
    let price = t.on_demand.map(|price| price.to_string()).unwrap_or_default();
    let band = t.interruption_band.map(|band| band.to_string()).unwrap_or_default();
    let ratio = t.spot_ratio_ppm.map(|ratio| ratio.to_string()).unwrap_or_default();
    let network = t.network.map(|n| [n.baseline_mbps, n.burst_mbps].map(|mbps| mbps.to_string()));
    let [baseline, burst] = network.unwrap_or_default();
    let _ = writeln!(text, ",{price},{band},{ratio},{baseline},{burst}");
}

/// A line of the table with its place.
struct Row<'a> {
    fields: [&'a str; COLUMNS.len()],
    origin: &'a str,
    line: usize,
}

impl<'a> Row<'a> {
    fn new(
        text: &'a str,
        width: usize,
        origin: &'a str,
        line: usize,
    ) -> Result<Self, CatalogError> {
        let mut fields = [""; COLUMNS.len()];
        let mut parts = text.split(',');
        let complete = fields[..width]
            .iter_mut()
            .all(|field| parts.next().map(|p| *field = p.trim()).is_some());
        if complete && parts.next().is_none() {
            return Ok(Self { fields, origin, line });
        }
        let expected = format!("{width} fields separated by commas are expected");
        Err(CatalogError::Line {
            origin: origin.to_owned(),
            line,
            found: text.to_owned(),
            expected,
        })
    }

    fn read(&self, zones: usize) -> Result<InstanceType, CatalogError> {
        let name = self.fields[0];
        let (family, size) = InstanceType::split_name(name)
            .ok_or_else(|| self.error(0, "a family and a size such as c6i.4xlarge are expected"))?;
        let architecture = Architecture::parse(self.fields[5])
            .ok_or_else(|| self.error(5, "x86_64 or arm64 is expected"))?;
        let current_generation = match self.fields[6] {
            "1" => true,
            "0" => false,
            _ => return Err(self.error(6, "1 or 0 is expected")),
        };
        let price =
            |text: &str| Price::parse(text).map_err(|error| self.error(8, &error.to_string()));
        let on_demand = self.known(8).map(price).transpose()?;
        let band = self.known(9).map(|_| self.number(9, 0, 4)).transpose()?;
        Ok(InstanceType {
            name: name.to_owned(),
            family: family.to_owned(),
            size: size.to_owned(),
            vcpus: self.number(1, 1, 1_000_000)?,
            memory_mib: self.number(2, 1, u32::MAX)?,
            gpus: self.number(3, 0, 1_000)?,
            gpu_model: self.fields[4].to_owned(),
            architecture,
            bare_metal: size.starts_with("metal"),
            current_generation,
            zones: self.zones(zones)?,
            on_demand,
            interruption_band: band.map(|band| band as u8),
            spot_ratio_ppm: self.known(10).map(|_| self.number(10, 0, 1_000_000)).transpose()?,
            network: self.known(11).map(|_| self.network()).transpose()?,
        })
    }

    fn network(&self) -> Result<Network, CatalogError> {
        let baseline_mbps = self.number(11, 1, u32::MAX)?;
        Ok(Network { baseline_mbps, burst_mbps: self.number(12, baseline_mbps, u32::MAX)? })
    }

    fn known(&self, column: usize) -> Option<&'a str> {
        Some(self.fields[column]).filter(|field| !field.is_empty())
    }

    fn number(&self, column: usize, least: u32, most: u32) -> Result<u32, CatalogError> {
        let number = self.fields[column].parse().ok().filter(|n| (least..=most).contains(n));
        number.ok_or_else(|| {
            self.error(column, &format!("a whole number from {least} to {most} is expected"))
        })
    }

    fn zones(&self, count: usize) -> Result<Vec<ZoneId>, CatalogError> {
        let digits = self.fields[7].bytes().map(|byte| usize::from(byte.wrapping_sub(b'1')));
        let ascending = digits.clone().is_sorted_by(|a, b| a < b);
        if ascending && digits.clone().all(|zone| zone < count.min(9)) {
            return Ok(digits.map(ZoneId::from_index).collect());
        }
        let most = count.min(9);
        Err(self.error(7, &format!("ascending digits from 1 to {most} are expected, or nothing")))
    }

    fn error(&self, column: usize, expected: &str) -> CatalogError {
        CatalogError::Field {
            origin: self.origin.to_owned(),
            line: self.line,
            column: COLUMNS[column],
            value: self.fields[column].to_owned(),
            expected: expected.to_owned(),
        }
    }
}

impl Architecture {
    /// `x86_64` or `arm64`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::X86_64, Self::Arm64].into_iter().find(|architecture| architecture.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "# region: r-1\n# date: 2026-01-01\n# zones: r1-az1 r1-az2\n";

    fn read(row: &str) -> Result<Catalog, CatalogError> {
        Catalog::from_csv(&format!("{HEAD}{}\n{row}\n", COLUMNS.join(",")), "mine.csv")
    }

    #[test]
    fn the_canonical_table_is_read_back_as_it_was() {
        let catalog = Catalog::embedded().for_region("eu-west-1");
        let again = Catalog::from_csv(&catalog.to_csv(), "again").unwrap();
        assert_eq!((again.hash(), again.price_from()), (catalog.hash(), "us-east-1"));
        assert!(again.iter().map(|(_, t)| t).eq(catalog.iter().map(|(_, t)| t)));
    }

    #[test]
    fn the_embedded_table_is_canonical() {
        let data = |text: &str| -> Vec<String> {
            text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
        };
        let embedded = include_str!("us-east-1.csv");
        assert_eq!(data(embedded), data(&Catalog::embedded().to_csv()));
    }

    #[test]
    fn a_bad_field_is_named_with_its_place_and_what_is_expected() {
        let message = |row| read(row).unwrap_err().to_string();
        assert_eq!(
            message("c6i.large,2,4096,0,,x86_64,1,13,0.085,,,,"),
            "mine.csv:5: column zones is \"13\"; \
             ascending digits from 1 to 2 are expected, or nothing"
        );
        assert_eq!(
            message("c6i.large,0,4096,0,,x86_64,1,12,0.085,,,,"),
            "mine.csv:5: column vcpus is \"0\"; a whole number from 1 to 1000000 is expected"
        );
        for row in [
            "c6i,2,4096,0,,x86_64,1,12,0.085,,,,",
            "c6i.large,2,4096,0,,i386,1,12,0.085,,,,",
            "c6i.large,2,4096,0,,x86_64,yes,12,0.085,,,,",
            "c6i.large,2,4096,0,,x86_64,1,21,0.085,,,,",
            "c6i.large,2,4096,0,,x86_64,1,12,cheap,,,,",
            "c6i.large,2,4096,0,,x86_64,1,12,0.085,5,,,",
            "c6i.large,2,4096,0,,x86_64,1,12,0.085,,1000001,,",
            "c6i.large,2,4096,0,,x86_64,1,12,0.085,,,0,10",
            "c6i.large,2,4096,0,,x86_64,1,12,0.085,,,781,780",
            "c6i.large,2,4096",
        ] {
            assert!(message(row).starts_with("mine.csv:5: "), "{row}");
        }
    }

    #[test]
    fn a_table_without_networks_does_not_know_them() {
        let table = |columns: usize, row: &str| {
            let text = format!("{HEAD}{}\n{row}\n", COLUMNS[..columns].join(","));
            Catalog::from_csv(&text, "mine.csv").unwrap().get(super::super::TypeId::new(0)).network
        };
        let row = "c6i.large,2,4096,0,,x86_64,1,12,0.085,,";
        assert_eq!(table(11, row), None);
        assert_eq!(table(13, &format!("{row},,")), None);
        let network = Network { baseline_mbps: 781, burst_mbps: 12_500 };
        assert_eq!(table(13, &format!("{row},781,12500")), Some(network));
    }

    #[test]
    fn a_type_is_listed_once() {
        let row = "c6i.large,2,4096,0,,x86_64,1,12,0.085,,,,";
        assert_eq!(read(row).unwrap().len(), 1);
        let error = read(&format!("{row}\n{row}")).unwrap_err().to_string();
        assert!(error.starts_with("mine.csv:6: column instance_type is \"c6i.large\""), "{error}");
    }

    #[test]
    fn a_table_without_its_head_says_which_line_to_write() {
        let error = Catalog::from_csv("# region: r-1\n", "mine.csv").unwrap_err().to_string();
        assert!(error.contains("# date: 2026-07-20"), "{error}");
        let error = Catalog::from_csv(HEAD, "mine.csv").unwrap_err().to_string();
        assert!(error.contains("the columns instance_type,vcpus"), "{error}");
    }
}
