//! Fixtures in the shapes of the known files, and what becomes of them.

use super::*;
use crate::ec2::catalog::{Architecture, Network};

const TYPES: &str = r#"{"InstanceTypes": [
  {"InstanceType": "c6i.large", "CurrentGeneration": true, "BareMetal": false,
   "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]}, "VCpuInfo": {"DefaultVCpus": 2},
   "MemoryInfo": {"SizeInMiB": 4096}, "NetworkInfo": {"NetworkPerformance": "Up to 12.5 Gigabit",
   "NetworkCards": [{"BaselineBandwidthInGbps": 0.781, "PeakBandwidthInGbps": 12.5}]}},
  {"InstanceType": "g5g.xlarge", "CurrentGeneration": true, "BareMetal": false,
   "ProcessorInfo": {"SupportedArchitectures": ["arm64"]}, "VCpuInfo": {"DefaultVCpus": 4},
   "MemoryInfo": {"SizeInMiB": 8192},
   "GpuInfo": {"Gpus": [{"Name": "T4g", "Manufacturer": "NVIDIA", "Count": 1}]}},
  {"InstanceType": "g4ad.xlarge", "VCpuInfo": {"DefaultVCpus": 4}, "MemoryInfo": {"SizeInMiB": 16384},
   "GpuInfo": {"Gpus": [{"Name": "Radeon Pro V520", "Manufacturer": "AMD", "Count": 1}]}}
]}"#;

const OFFERINGS: &str = r#"{"InstanceTypeOfferings": [
  {"InstanceType": "c6i.large", "LocationType": "availability-zone-id", "Location": "euw1-az2"},
  {"InstanceType": "c6i.large", "LocationType": "availability-zone-id", "Location": "euw1-az1"},
  {"InstanceType": "g5g.xlarge", "LocationType": "availability-zone-id", "Location": "euw1-az2"},
  {"InstanceType": "g5g.xlarge", "LocationType": "region", "Location": "eu-west-1"}
]}"#;

/// As the price list of EC2 begins, with rows that are no On-Demand price of Linux.
const PRICE_LIST: &str = "\
\"FormatVersion\",\"v1.0\"
\"Disclaimer\",\"This pricing list is for informational purposes only.\"
\"SKU\",\"TermType\",\"Unit\",\"PricePerUnit\",\"Currency\",\"Region Code\",\"Instance Type\",\"Tenancy\",\"Operating System\",\"Pre Installed S/W\",\"CapacityStatus\"
\"A\",\"OnDemand\",\"Hrs\",\"0.0962000000\",\"USD\",\"eu-west-1\",\"c6i.large\",\"Shared\",\"Linux\",\"NA\",\"Used\"
\"B\",\"OnDemand\",\"Hrs\",\"0.1882000000\",\"USD\",\"eu-west-1\",\"c6i.large\",\"Shared\",\"Windows\",\"NA\",\"Used\"
\"C\",\"OnDemand\",\"Hrs\",\"0.1058000000\",\"USD\",\"eu-west-1\",\"c6i.large\",\"Dedicated\",\"Linux\",\"NA\",\"Used\"
\"D\",\"Reserved\",\"Hrs\",\"0.0610000000\",\"USD\",\"eu-west-1\",\"c6i.large\",\"Shared\",\"Linux\",\"NA\",\"Used\"
\"E\",\"OnDemand\",\"Hrs\",\"0.0000000000\",\"USD\",\"eu-west-1\",\"c6i.large\",\"Shared\",\"Linux\",\"NA\",\"UnusedCapacityReservation\"
\"F\",\"OnDemand\",\"Hrs\",\"0.0850000000\",\"USD\",\"us-east-1\",\"c6i.large\",\"Shared\",\"Linux\",\"NA\",\"Used\"
";

const SPOT: &str = r#"{"SpotPriceHistory": [
  {"AvailabilityZone": "eu-west-1a", "InstanceType": "c6i.large", "ProductDescription": "Linux/UNIX",
   "SpotPrice": "0.030000", "Timestamp": "2026-11-01T00:00:00+00:00"},
  {"AvailabilityZone": "eu-west-1a", "InstanceType": "c6i.large", "ProductDescription": "Linux/UNIX",
   "SpotPrice": "0.040000", "Timestamp": "2026-11-02T00:00:00+00:00"},
  {"AvailabilityZone": "eu-west-1b", "InstanceType": "c6i.large", "ProductDescription": "Linux/UNIX",
   "SpotPrice": "0.056200", "Timestamp": "2026-10-01T00:00:00+00:00"},
  {"AvailabilityZone": "eu-west-1b", "InstanceType": "c6i.large", "ProductDescription": "Windows",
   "SpotPrice": "0.100000", "Timestamp": "2026-11-03T00:00:00+00:00"}
]}"#;

const ADVISOR: &str = r#"{"ranges": [], "instance_types": {}, "spot_advisor": {
  "eu-west-1": {"Linux": {"c6i.large": {"s": 60, "r": 1}, "g5g.xlarge": {"s": 70, "r": 3}},
                "Windows": {"c6i.large": {"s": 10, "r": 4}}},
  "us-east-1": {"Linux": {"c6i.large": {"s": 55, "r": 2}}}}}"#;

fn import(region: &str, files: &[&str]) -> Result<Imported, ImportError> {
    let mut import = Import::new(region, "2026-11-26")?;
    for (number, file) in files.iter().enumerate() {
        import.read(file.as_bytes(), &format!("file{number}"))?;
    }
    import.finish()
}

fn refused(files: &[&str]) -> String {
    import("eu-west-1", files).expect_err("a mistake").to_string()
}

#[test]
fn types_are_as_ec2_describes_them() {
    let catalog = import("eu-west-1", &[TYPES]).unwrap().catalog;
    let of = |name: &str| catalog.get(catalog.find(name).unwrap()).clone();
    let c6i = of("c6i.large");
    assert_eq!((c6i.vcpus, c6i.memory_mib, c6i.gpus, c6i.current_generation), (2, 4_096, 0, true));
    assert_eq!(c6i.network, Some(Network { baseline_mbps: 781, burst_mbps: 12_500 }));
    let g5g = of("g5g.xlarge");
    assert_eq!((g5g.gpus, g5g.gpu_model.as_str()), (1, "T4g"));
    assert_eq!((g5g.architecture, g5g.network), (Architecture::Arm64, None));
    assert_eq!(of("g4ad.xlarge").gpus, 0, "a job can not ask for one");
    assert_eq!((catalog.region(), catalog.date(), catalog.len()), ("eu-west-1", "2026-11-26", 3));
}

#[test]
fn a_type_is_in_the_zones_that_offer_it() {
    let catalog = import("eu-west-1", &[OFFERINGS, TYPES]).unwrap().catalog;
    assert_eq!(catalog.zones(), ["euw1-az1", "euw1-az2"]);
    let zones = |name: &str| catalog.get(catalog.find(name).unwrap()).zones.clone();
    let id = ZoneId::new;
    assert_eq!(
        [zones("c6i.large"), zones("g5g.xlarge"), zones("g4ad.xlarge")],
        [vec![id(0), id(1)], vec![id(1)], vec![]]
    );
}

#[test]
fn a_price_list_gives_linux_on_demand_prices_of_the_region_only() {
    let catalog = import("eu-west-1", &[TYPES, PRICE_LIST]).unwrap().catalog;
    let price = |name: &str| catalog.get(catalog.find(name).unwrap()).on_demand;
    assert_eq!(price("c6i.large"), Some(Price::parse("0.0962").unwrap()));
    assert_eq!(price("g5g.xlarge"), None);
    let simple = "instance_type,on_demand_usd_per_hour\nc6i.large,0.0962\n";
    let again = import("eu-west-1", &[TYPES, simple]).unwrap().catalog;
    assert_eq!(again.hash(), catalog.hash());
}

#[test]
fn spot_prices_count_as_the_mean_of_the_latest_by_zone_and_go_before_the_advisor() {
    let ratio = |files: &[&str]| {
        let catalog = import("eu-west-1", files).unwrap().catalog;
        let c6i = catalog.get(catalog.find("c6i.large").unwrap());
        (c6i.interruption_band, c6i.spot_ratio_ppm)
    };
    // (0.04 + 0.0562) / 2 / 0.0962
    assert_eq!(ratio(&[TYPES, PRICE_LIST, SPOT, ADVISOR]), (Some(1), Some(500_000)));
    assert_eq!(ratio(&[TYPES, PRICE_LIST, ADVISOR]), (Some(1), Some(400_000)));
    assert_eq!(ratio(&[TYPES, PRICE_LIST]), (None, None));
}

#[test]
fn what_no_file_says_is_that_of_the_embedded_catalog_of_the_same_region_and_is_noted() {
    let home = import("us-east-1", &["instance_type,price\nc6i.large,0.09\n"]).unwrap();
    let embedded = Catalog::embedded();
    let row = |catalog: &Catalog, name: &str| catalog.get(catalog.find(name).unwrap()).clone();
    let price = Price::parse("0.09").unwrap();
    let expected = InstanceType { on_demand: Some(price), ..row(&embedded, "c6i.large") };
    assert_eq!(row(&home.catalog, "c6i.large"), expected);
    assert_eq!(row(&home.catalog, "m5.large").on_demand, None, "the list is the price list");
    assert!(home.notes.iter().any(|note| note.contains("embedded")), "{:?}", home.notes);
    let away = import("eu-west-1", &[OFFERINGS]).unwrap();
    let c6i = row(&away.catalog, "c6i.large");
    assert_eq!((c6i.on_demand, c6i.interruption_band, c6i.vcpus), (None, None, 2));
    assert!(away.notes.iter().any(|note| note.contains("prices unknown")), "{:?}", away.notes);
}

#[test]
fn an_imported_table_is_read_back_as_it_was() {
    let imported = import("eu-west-1", &[TYPES, OFFERINGS, PRICE_LIST, SPOT, ADVISOR]).unwrap();
    let text = imported.to_csv();
    let again = Catalog::from_csv(&text, "again").unwrap();
    assert_eq!((again.hash(), again.date()), (imported.catalog.hash(), "2026-11-26"));
    assert!(text.contains("# file2: 1 On-Demand prices\n"), "{text}");
}

#[test]
fn what_can_not_be_imported_is_refused_with_a_way_out() {
    let wide: String = (0..10)
        .map(|n| format!(r#",{{"InstanceType": "c6i.large", "Location": "euw1-az{n}"}}"#))
        .collect();
    let ten_zones = format!("{{\"InstanceTypeOfferings\": [{}]}}", &wide[1..]);
    for (file, words) in [
        ("{\"Reservations\": []}", ["none of the known keys", "InstanceTypes"]),
        ("{\"InstanceTypes\": [", ["EOF", "--output json"]),
        ("a,b\n1,2\n", ["a column of types", "on_demand_usd_per_hour"]),
        ("instance_type,region,price\nc6i.large,us-east-1,1\n", ["it has us-east-1", "--region"]),
        ("instance_type,price\nc6i.large,cheap\n", ["line 2", "\"cheap\""]),
        ("instance_type,price\nc6i.large,1\nc6i.large,2\n", ["line 3", "one price for a type"]),
        (&TYPES.replace("c6i.large", "c6i"), ["\"c6i\"", "family.size"]),
        (&TYPES.replace("DefaultVCpus\": 2", "DefaultVCpus\": 0"), ["c6i.large", "at least one"]),
        (&SPOT.replace("0.040000", "dear"), ["\"dear\"", "0.0312"]),
        (&ADVISOR.replace("eu-west-1", "eu-west-9"), ["eu-west-9, us-east-1", "--region"]),
        (&ADVISOR.replace("\"r\": 1", "\"r\": 7"), ["r: 7", "0 to 4"]),
        (&ten_zones, ["10 zones", "at most 9"]),
        (&SPOT.replace("eu-west-1", "us-east-1"), ["us-east-1a, us-east-1b", "--region"]),
        (&OFFERINGS.replace("euw1", "use1"), ["use1-az1, use1-az2", "--region"]),
        ("instance_type,price\n", ["no row is a price", "below the header"]),
        (&TYPES.replace("T4g", "T,4g"), ["can not be read again", "fields separated by commas"]),
        (&TYPES.replace("T4g", "T\\n4g"), ["can not be read again", "fields separated"]),
        (&TYPES.replace("DefaultVCpus\": 2", "DefaultVCpus\": 2000000"), ["vcpus", "1000000"]),
        (&OFFERINGS.replace("euw1-az2", "euw1-az2 euw1-az3"), ["as another one", "zones"]),
    ] {
        let text = refused(&[file]);
        assert!(words.iter().all(|word| text.contains(word)), "{words:?}: {text}");
    }
}

#[test]
fn zones_of_other_regions_in_a_file_of_this_one_are_left_out() {
    let mixed = SPOT.replacen("eu-west-1a", "us-east-1a", 2);
    let catalog = import("eu-west-1", &[TYPES, PRICE_LIST, &mixed]).unwrap().catalog;
    let c6i = catalog.get(catalog.find("c6i.large").unwrap());
    // 0.0562 / 0.0962
    assert_eq!(c6i.spot_ratio_ppm, Some(584_200));
}

#[test]
fn a_byte_order_mark_before_a_file_changes_nothing() {
    let with_mark = |text: &str| format!("\u{feff}{text}");
    let files = [with_mark(TYPES), with_mark(PRICE_LIST)];
    let marked = import("eu-west-1", &[&files[0], &files[1]]).unwrap();
    let plain = import("eu-west-1", &[TYPES, PRICE_LIST]).unwrap();
    assert_eq!(marked.to_csv(), plain.to_csv());
}

#[test]
fn a_file_called_like_a_head_line_is_no_head_line() {
    let mut import = Import::new("eu-west-1", "2026-11-26").unwrap();
    import.read(PRICE_LIST.as_bytes(), "priceFrom").unwrap();
    let error = import.finish().unwrap_err();
    assert!(matches!(error, ImportError::Ambiguous), "{error}");
}

#[test]
fn what_is_no_region_is_refused() {
    for region in ["", "us-east-1\n# zones: a", "EU"] {
        let error = Import::new(region, "2026-11-26").unwrap_err().to_string();
        assert!(error.contains("is no region"), "{error}");
    }
}
