//! The catalog: every EC2 instance type with its size, zones and prices.
//!
//! Facts only; knows neither jobs nor markets. The embedded table is made from public data by a
//! committed step (`tests/catalog_table.rs`); its date and hash are printed in every report.
//! Invariant: names are unique, and a type's zones are ascending zones of the catalog.

mod import;
mod table;
mod tokens;

pub use import::{Import, ImportError, Imported};
pub use table::CatalogError;
pub use tokens::TokenError;

use super::money::Price;
use std::sync::OnceLock;

crate::define_id! {
    /// An instance type: its row in the [`Catalog`].
    pub struct TypeId = "type";
    /// An availability zone of the catalog's region.
    pub struct ZoneId = "zone";
}

/// The processor architecture of an instance type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Architecture {
    /// Intel and AMD.
    X86_64,
    /// Graviton.
    Arm64,
}

/// One row of the catalog.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceType {
    /// `c6i.4xlarge`
    pub name: String,
    /// `c6i`
    pub family: String,
    /// `4xlarge`
    pub size: String,
    /// vCPUs.
    pub vcpus: u32,
    /// Advertised memory in MiB; what a container instance registers is less.
    pub memory_mib: u32,
    /// Whole GPUs (a fraction of a GPU counts as none: a job can not ask for one).
    pub gpus: u32,
    /// `V100`, empty without GPUs.
    pub gpu_model: String,
    /// The processor architecture.
    pub architecture: Architecture,
    /// `metal` sizes are left out when a family is named.
    pub bare_metal: bool,
    /// Listed by EC2 as of the current generation.
    pub current_generation: bool,
    /// The zones that offer it, ascending; empty when the region does not offer it.
    pub zones: Vec<ZoneId>,
    /// Linux On-Demand price; `None` when unknown, which is an error only for a type that is used.
    pub on_demand: Option<Price>,
    /// Spot Advisor band 0..=4 (<5, 5-10, 10-15, 15-20, >20 % a month), when known.
    pub interruption_band: Option<u8>,
    /// Spot price as parts per million of the On-Demand price, when known.
    pub spot_ratio_ppm: Option<u32>,
    /// Network bandwidth of all its cards, when known.
    pub network: Option<Network>,
}

/// Network bandwidth in Mbit/s, as EC2 describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// What is always there.
    pub baseline_mbps: u32,
    /// What credits allow for a while, at least the baseline.
    pub burst_mbps: u32,
}

/// Which bandwidth a transfer gets: AWS promises the baseline, and says little of credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkBandwidth {
    /// What is always there.
    Baseline,
    /// As if credits never ran out.
    Burst,
}

impl InstanceType {
    /// Network bandwidth in Mbit/s, when known.
    #[must_use]
    pub fn network_mbps(&self, which: NetworkBandwidth) -> Option<u32> {
        self.network.map(|network| match which {
            NetworkBandwidth::Baseline => network.baseline_mbps,
            NetworkBandwidth::Burst => network.burst_mbps,
        })
    }

    /// Family and size of a type's name: `c6i` and `4xlarge` of `c6i.4xlarge`.
    #[must_use]
    pub fn split_name(name: &str) -> Option<(&str, &str)> {
        let (family, size) = name.split_once('.')?;
        let legal = |part: &str| {
            let letters = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            !part.is_empty() && part.bytes().all(letters)
        };
        (legal(family) && legal(size)).then_some((family, size))
    }
}

/// The instance types of one region.
///
/// Types keep their [`TypeId`] for the life of the catalog; a look-up by name is a binary search.
#[derive(Clone, Debug)]
pub struct Catalog {
    region: String,
    price_from: String,
    date: String,
    zones: Vec<String>,
    types: Vec<InstanceType>,
    /// All types, by name.
    by_name: Vec<TypeId>,
    /// Of the table as it is now; made when first asked for.
    hash: OnceLock<String>,
}

impl Catalog {
    /// The table of us-east-1 that comes with the program.
    #[must_use]
    pub fn embedded() -> Self {
        Self::from_csv(include_str!("catalog/us-east-1.csv"), "us-east-1.csv")
            .unwrap_or_else(|error| unreachable!("the embedded table is tested: {error}"))
    }

    /// A table of `region` without a type, as of `date`.
    fn of_region(region: &str, date: &str, zones: Vec<String>) -> Self {
        Self {
            region: region.to_owned(),
            price_from: region.to_owned(),
            date: date.to_owned(),
            zones,
            types: Vec::new(),
            by_name: Vec::new(),
            hash: OnceLock::new(),
        }
    }

    /// The region, `us-east-1` for instance.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The region whose prices these are; differs from the region after
    /// [`for_region`](Self::for_region).
    #[must_use]
    pub fn price_from(&self) -> &str {
        &self.price_from
    }

    /// The date of the prices, `2026-07-20` for instance.
    #[must_use]
    pub fn date(&self) -> &str {
        &self.date
    }

    /// The first 16 hexadecimal digits of the BLAKE3 hash of [`to_csv`](Self::to_csv): additions
    /// count, comments and the order in which types were added do not.
    #[must_use]
    pub fn hash(&self) -> &str {
        self.hash.get_or_init(|| blake3::hash(self.to_csv().as_bytes()).to_hex()[..16].to_owned())
    }

    /// How many types there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.types.len()
    }

    /// Whether there is no type at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }

    /// The type of that id. Panics on an id of another catalog that is longer.
    #[must_use]
    pub fn get(&self, id: TypeId) -> &InstanceType {
        &self.types[id.index()]
    }

    /// The type of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<TypeId> {
        self.position(name).ok().map(|at| self.by_name[at])
    }

    /// Every type, by id.
    pub fn iter(&self) -> impl Iterator<Item = (TypeId, &InstanceType)> {
        self.types.iter().enumerate().map(|(index, t)| (TypeId::from_index(index), t))
    }

    /// The zone ids, by [`ZoneId`]: `use1-az1` and so on.
    #[must_use]
    pub fn zones(&self) -> &[String] {
        &self.zones
    }

    /// Every zone, ascending.
    pub fn zone_ids(&self) -> impl Iterator<Item = ZoneId> + use<> {
        (0..self.zones.len()).map(ZoneId::from_index)
    }

    /// The zone of that id (`use1-az1`) or name (`us-east-1a`).
    ///
    /// Which zone a letter means differs from account to account; here `a` is the first zone of
    /// the catalog, `b` the second, and so on. Name zones by id where it matters.
    #[must_use]
    pub fn find_zone(&self, name: &str) -> Option<ZoneId> {
        let of_letter = || match name.strip_prefix(&self.region)?.as_bytes() {
            [letter @ b'a'..=b'z'] => Some(usize::from(letter - b'a')),
            _ => None,
        };
        let index = self.zones.iter().position(|zone| zone == name).or_else(of_letter)?;
        (index < self.zones.len()).then(|| ZoneId::from_index(index))
    }

    /// Adds a type, or replaces the one of that name; a replaced type keeps its id.
    pub fn add(&mut self, instance_type: InstanceType) -> TypeId {
        self.hash = OnceLock::new();
        match self.position(&instance_type.name) {
            Ok(at) => {
                let id = self.by_name[at];
                self.types[id.index()] = instance_type;
                id
            }
            Err(at) => self.insert(at, instance_type),
        }
    }

    /// Adds a type whose name is new and belongs at `at` among the names.
    fn insert(&mut self, at: usize, instance_type: InstanceType) -> TypeId {
        let id = TypeId::from_index(self.types.len());
        self.types.push(instance_type);
        self.by_name.insert(at, id);
        id
    }

    /// The same types in another region: prices stay those of
    /// [`price_from`](Self::price_from), zones become `<region>-az1` and so on.
    #[must_use]
    pub fn for_region(mut self, region: &str) -> Self {
        if region != self.region {
            self.zones = (1..=self.zones.len()).map(|n| format!("{region}-az{n}")).collect();
            region.clone_into(&mut self.region);
            self.hash = OnceLock::new();
        }
        self
    }

    /// The On-Demand price of a type that is going to be used.
    ///
    /// # Errors
    /// [`CatalogError::UnknownPrice`], which names the override to write.
    pub fn price(&self, id: TypeId) -> Result<Price, CatalogError> {
        let instance_type = self.get(id);
        instance_type.on_demand.ok_or_else(|| CatalogError::UnknownPrice {
            instance_type: instance_type.name.clone(),
            region: self.price_from.clone(),
            date: self.date.clone(),
        })
    }

    /// Where a name stands among the names, or where it would.
    fn position(&self, name: &str) -> Result<usize, usize> {
        let name_of = |id: &TypeId| self.types[id.index()].name.as_str();
        // A table in order of names is read without searching.
        if self.by_name.last().is_none_or(|last| name_of(last) < name) {
            return Err(self.by_name.len());
        }
        self.by_name.binary_search_by(|id| name_of(id).cmp(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_catalog_knows_a_type_with_its_price_and_zones() {
        let catalog = Catalog::embedded();
        let c6i = catalog.get(catalog.find("c6i.4xlarge").unwrap());
        assert_eq!((c6i.vcpus, c6i.memory_mib, c6i.gpus), (16, 32_768, 0));
        assert_eq!(c6i.on_demand, Some(Price::parse("0.68").unwrap()));
        assert!(c6i.zones.len() >= 5 && c6i.spot_ratio_ppm.is_some());
        assert!(catalog.len() > 1_400 && catalog.find("c6i.gigantic").is_none());
    }

    #[test]
    fn a_fraction_of_a_gpu_or_another_maker_s_counts_as_none() {
        let catalog = Catalog::embedded();
        let gpus = |name| catalog.get(catalog.find(name).unwrap()).gpus;
        assert_eq!([gpus("g6f.xlarge"), gpus("g4ad.xlarge"), gpus("p3.16xlarge")], [0, 0, 8]);
    }

    #[test]
    fn a_type_without_a_price_is_an_error_only_when_it_is_used() {
        let catalog = Catalog::embedded();
        let error = catalog.price(catalog.find("r9g.large").unwrap()).unwrap_err().to_string();
        let hint =
            "catalog.instanceTypes: [{instanceType: r9g.large, onDemandUsdPerHour: \"...\"}]";
        assert!(error.contains(hint), "{error}");
        assert!(catalog.price(catalog.find("c6i.large").unwrap()).is_ok());
    }

    #[test]
    fn an_addition_is_found_and_changes_the_hash_a_replacement_keeps_the_id() {
        let mut catalog = Catalog::embedded();
        let (hash, id) = (catalog.hash().to_owned(), catalog.find("r9g.large").unwrap());
        let mut priced = catalog.get(id).clone();
        priced.on_demand = Some(Price::parse("0.14").unwrap());
        assert_eq!(catalog.add(priced.clone()), id);
        assert_ne!(catalog.hash(), hash);
        priced.name = "r99g.large".to_owned();
        let added = catalog.add(priced);
        assert_eq!(catalog.find("r99g.large"), Some(added));
        assert_eq!(added.index(), catalog.len() - 1);
    }

    #[test]
    fn the_hash_does_not_depend_on_the_order_of_additions() {
        let named = |name: &str| {
            let base = Catalog::embedded();
            let t = base.get(TypeId::new(0)).clone();
            InstanceType { name: name.to_owned(), ..t }
        };
        let (mut one, mut other) = (Catalog::embedded(), Catalog::embedded());
        one.add(named("a0.large"));
        one.add(named("zz9.large"));
        other.add(named("zz9.large"));
        other.add(named("a0.large"));
        assert_eq!(one.hash(), other.hash());
    }

    #[test]
    fn a_zone_is_found_by_id_and_by_letter() {
        let catalog = Catalog::embedded();
        assert_eq!(catalog.find_zone("use1-az3"), Some(ZoneId::new(2)));
        assert_eq!(catalog.find_zone("us-east-1c"), Some(ZoneId::new(2)));
        assert_eq!([catalog.find_zone("us-east-1z"), catalog.find_zone("eu-west-1a")], [None; 2]);
    }

    #[test]
    fn another_region_keeps_the_prices_and_renames_the_zones() {
        let catalog = Catalog::embedded().for_region("eu-west-1");
        assert_eq!((catalog.region(), catalog.price_from()), ("eu-west-1", "us-east-1"));
        assert_eq!(catalog.find_zone("eu-west-1-az2"), catalog.find_zone("eu-west-1b"));
        assert_ne!(catalog.hash(), Catalog::embedded().hash());
    }
}
