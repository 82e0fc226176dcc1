//! The Spot market and On-Demand capacity as scenarios say them: what is read, and what is refused,
//! with its place.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use batchcast::ec2::catalog::ZoneId;
use batchcast::ec2::market::prices::PriceModelConfig;
use batchcast::ec2::market::{CapacityConfig, MODELS, PRICE_MODELS, SpotMarketConfig};
use batchcast::experiment::scenario::{
    LoadOptions, Scenario, ScenarioErrors, ScenarioSource, load,
};
use batchcast::sim::SimTime;
use std::path::Path;

const GOOD: &str = r#"name: spot
start: 2021-03-02T12:00:00Z
computeEnvironments:
  - computeEnvironmentName: ce
    computeResources: {type: SPOT, allocationStrategy: SPOT_CAPACITY_OPTIMIZED, maxvCpus: 64, instanceTypes: [m5.large], subnets: [use1-az1, use1-az2]}
jobQueues:
  - jobQueueName: q
    computeEnvironmentOrder: [{order: 1, computeEnvironment: ce}]
jobDefinitions:
  - {jobDefinitionName: sim, containerProperties: {vcpus: 1, memory: 1024}}
jobModels:
  sim: {runtime: 10m}
workload:
  - submit: {jobName: a, jobQueue: q, jobDefinition: sim}
"#;

const INTERVALS: &str = "trace_id,start_s,end_s,nodes_available,spot_price\n\
    a,0,600,1,0.05\na,600,1200,0,\nb,0,600,2,\n";
const TICKS: &str = r#"{"metadata": {"gap_seconds": 300}, "data": [1, 0, 1]}"#;
const PRICED: &str = "time,pool,capacity,price\n0,a,5,0.1\n3600,a,5,0.5\n7200,a,0,9\n";
const PRICES: &str = "instance_type,availability_zone,timestamp,spot_usd_hour\n\
    m5.large,us-east-1a,2021-03-02T10:00:00Z,0.03\n\
    m5.large,us-east-1a,2021-03-02T11:00:00Z,0.04\n\
    m5.large,us-east-1a,2021-03-02T12:00:10Z,0.05\n\
    m5.large,us-east-1z,2021-03-02T12:00:10Z,9\n\
    none.large,us-east-1a,2021-03-02T12:00:10Z,9\n";
const DESCRIBED: &str = r#"{"SpotPriceHistory": [
    {"AvailabilityZone": "us-east-1a", "InstanceType": "m5.large",
     "ProductDescription": "Linux/UNIX", "SpotPrice": "0.050000", "Timestamp": "2021-03-02T12:00:10+00:00"},
    {"AvailabilityZone": "us-east-1a", "InstanceType": "m5.large",
     "ProductDescription": "Windows", "SpotPrice": "7", "Timestamp": "2021-03-02T12:00:00+00:00"},
    {"AvailabilityZone": "us-east-1a", "InstanceType": "m5.large",
     "ProductDescription": "Linux/UNIX", "SpotPrice": "0.040000", "Timestamp": "2021-03-02T11:00:00+00:00"}]}"#;

fn read(market: &str) -> Result<Scenario, ScenarioErrors> {
    read_with(GOOD, market)
}

fn read_with(account: &str, market: &str) -> Result<Scenario, ScenarioErrors> {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let files = vec![
        file("intervals.csv", INTERVALS),
        file("ticks.json", TICKS),
        file("priced.csv", PRICED),
        file("prices.csv", PRICES),
        file("prices.json", DESCRIBED),
        file("bad.csv", "a,b\n1,2\n"),
        file("empty.csv", "instance_type,availability_zone,timestamp,spot_usd_hour\n"),
    ];
    let text = format!("{account}{market}\n");
    let source = ScenarioSource::Embedded { name: "spot".to_owned(), text, files };
    load(&source, &LoadOptions::default())
}

fn market(text: &str) -> SpotMarketConfig {
    let scenario = read(text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
    scenario.model.spot_market.clone().expect("a market")
}

/// The first mistake: its path and words of its rendering.
#[track_caller]
fn refuses(text: &str, path: &str, words: &[&str]) {
    let errors = read(text).expect_err(text);
    let rendered = errors.render_plain();
    assert_eq!(errors.errors[0].path, path, "{rendered}");
    for word in words {
        assert!(rendered.contains(word), "{word} is not in:\n{rendered}");
    }
}

#[test]
fn every_model_can_be_named_and_is_read_back_as_itself() {
    let traces = "traces: [{file: ticks.json, instanceType: m5.large}]";
    for model in MODELS {
        for prices in PRICE_MODELS {
            let prices = match prices.name {
                "history" => "{model: history, file: prices.csv}".to_owned(),
                name => format!("{{model: {name}}}"),
            };
            let more = if model.name == "trace" { traces } else { "preset: null" };
            let text = format!("spotMarket: {{model: {}, prices: {prices}, {more}}}", model.name);
            let scenario = read(&text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
            let said = &scenario.resolved["spotMarket"];
            assert_eq!(said["model"], model.name);
            let again = read(&format!("spotMarket: {said}")).expect("it was written by us");
            assert_eq!(again.model.spot_market, scenario.model.spot_market, "{said}");
            assert_eq!(again.resolved, scenario.resolved);
        }
    }
}

#[test]
fn every_number_of_a_model_is_read_into_its_place() {
    for model in MODELS.iter().filter(|model| !model.presets.is_empty()) {
        for number in model.numbers {
            let value = number.least + (number.most - number.least).min(1.0) / 2.0;
            // Of what bounds what: a region that outlasts anything.
            let text = format!("spotMarket: {{model: {}, {}: {value}}}", model.name, number.key);
            let mut config = market(&text);
            assert_eq!((number.field)(&mut config).copied(), Some(value), "{text}");
        }
    }
}

#[test]
fn a_trace_is_of_the_pools_that_it_names() {
    let text = "spotMarket: {model: trace, afterEnd: hold, untracedPools: open, traces: [\
        {file: intervals.csv, trace: a, instanceType: m5.large, availabilityZone: use1-az1, from: 5m}, \
        {file: ticks.json, instanceType: m5.large, availabilityZone: us-east-1b}]}";
    let scenario = read(text).unwrap();
    let config = scenario.model.spot_market.clone().unwrap();
    let CapacityConfig::Trace(config) = config.capacity else { panic!("{config:?}") };
    let zones: Vec<u32> = config.pools.iter().map(|pool| pool.zone.raw()).collect();
    assert_eq!(zones, [0, 1]);
    assert!(config.untraced_open && config.drops_interrupt);
    let prices = config.pools[0].prices.clone().expect("they were recorded");
    assert_eq!(prices.at(SimTime::ZERO).to_string(), "0.05");
    let files: Vec<(&str, u64)> =
        scenario.market_files.iter().map(|file| (file.file.as_str(), file.rows)).collect();
    assert_eq!(files, [("intervals.csv", 3), ("ticks.json", 3)]);
    let everywhere = "spotMarket: {traces: [{file: ticks.json, instanceType: m5.large}]}";
    let CapacityConfig::Trace(config) = market(everywhere).capacity else { panic!("no trace") };
    assert!(config.pools.len() > 2, "every zone that offers it, and model: trace is meant");
}

#[test]
fn a_price_history_is_read_from_json_and_csv_on_the_scenario_s_clock() {
    for file in ["prices.csv", "prices.json"] {
        let text = format!("spotMarket: {{prices: {{model: history, file: {file}}}}}");
        let scenario = read(&text).unwrap();
        let config = scenario.model.spot_market.clone().unwrap();
        let PriceModelConfig::History(history) = config.prices.model else { panic!("{config:?}") };
        let id = scenario.model.catalog.find("m5.large").unwrap();
        let series = history.get(id, ZoneId::new(0)).expect("prices of zone a");
        let prices: Vec<(u64, String)> =
            series.steps().map(|(at, price)| (at.as_millis(), price.to_string())).collect();
        assert_eq!(prices, [(0, "0.04".to_owned()), (10_000, "0.05".to_owned())], "{file}");
        let warnings = scenario.warnings.join("\n");
        assert!(
            warnings.contains("has no price of") && warnings.contains("m5.large"),
            "{warnings}"
        );
    }
    let first = "spotMarket: {prices: {model: history, file: prices.csv, origin: first}}";
    let scenario = read(first).unwrap();
    let config = scenario.model.spot_market.clone().unwrap();
    let PriceModelConfig::History(history) = config.prices.model else { panic!("{config:?}") };
    let id = scenario.model.catalog.find("m5.large").unwrap();
    let steps: Vec<u64> =
        history.get(id, ZoneId::new(0)).unwrap().steps().map(|(at, _)| at.as_millis()).collect();
    assert_eq!(steps, [0, 3_600_000, 7_210_000], "the earliest price is at the start");
    let late = read("spotMarket: {prices: {model: history, file: prices.csv}}\nregion: us-east-1");
    assert!(late.is_ok());
}

/// The newest price of the record is of noon on 2021-03-02.
#[test]
fn a_record_whose_newest_price_is_more_than_90_days_before_the_start_is_warned_of() {
    let warns = |start: &str, origin: &str| {
        let account = GOOD.replace("2021-03-02T12:00:00Z", start);
        let text = format!("spotMarket: {{prices: {{model: history, file: prices.csv{origin}}}}}");
        let scenario = read_with(&account, &text).unwrap_or_else(|errors| panic!("{errors}"));
        let warnings = scenario.warnings.join("\n");
        warnings.contains("the newest price of prices.csv is of 2021-03-02, 91 days before")
    };
    assert!(!warns("2021-06-01T12:00:00Z", ""), "91 days less ten seconds");
    assert!(warns("2021-06-01T12:00:10Z", ""));
    assert!(!warns("2021-06-01T12:00:10Z", ", origin: first"), "it starts with the record");
}

/// The oldest price of the record is of 10:00 on 2021-03-02.
#[test]
fn a_record_that_begins_more_than_a_day_after_the_start_is_warned_of() {
    let warnings = |start: &str, origin: &str| {
        let account = GOOD.replace("2021-03-02T12:00:00Z", start);
        let text = format!("spotMarket: {{prices: {{model: history, file: prices.csv{origin}}}}}");
        let scenario = read_with(&account, &text).unwrap_or_else(|errors| panic!("{errors}"));
        scenario.warnings.join("\n")
    };
    let late = "the oldest price of prices.csv is of 2021-03-02, 1 day after the start";
    assert!(!warnings("2021-03-01T10:00:00Z", "").contains("after the start"));
    let warned = warnings("2021-03-01T09:59:59Z", "");
    assert!(warned.contains(late) && warned.contains("origin: first"), "{warned}");
    assert!(!warnings("2021-03-01T09:59:59Z", ", origin: first").contains("after the start"));
}

/// The record has prices of m5.large in the first zone only.
#[test]
fn a_gap_in_a_record_is_a_pool_that_a_spot_environment_may_use() {
    let warnings = |from: &str, to: &str| {
        let text = "spotMarket: {prices: {model: history, file: prices.csv}}";
        let scenario = read_with(&GOOD.replacen(from, to, 1), text);
        scenario.unwrap_or_else(|errors| panic!("{errors}")).warnings.join("\n")
    };
    let one = "has no price of 1 pool of SPOT environments, such as of m5.large in use1-az2;";
    assert!(warnings("", "").contains(one), "{}", warnings("", ""));
    assert!(!warnings("[use1-az1, use1-az2]", "[use1-az1]").contains("has no price"));
    let other = "jobQueues:\n  - jobQueueName: r\n    computeEnvironmentOrder: \
                 [{order: 1, computeEnvironment: other}]\n";
    let twice = "  - computeEnvironmentName: other\n    computeResources: {type: SPOT, \
                 allocationStrategy: SPOT_CAPACITY_OPTIMIZED, maxvCpus: 64, instanceTypes: \
                 [m5.large], subnets: [use1-az2]}\n";
    assert!(warnings("jobQueues:\n", &format!("{twice}{other}")).contains(one), "counted once");
}

#[test]
fn prices_may_be_those_that_traces_were_recorded_with() {
    let traced = "spotMarket: {traces: [{file: intervals.csv, trace: a, instanceType: m5.large}], \
        prices: {model: history}}";
    assert!(matches!(market(traced).prices.model, PriceModelConfig::History(_)));
    let path = "spotMarket.prices";
    refuses("spotMarket: {prices: {model: history}}", path, &["needs a file", "hint"]);
    let unpriced = "spotMarket: {traces: [{file: ticks.json, instanceType: m5.large}], \
        prices: {model: history}}";
    refuses(unpriced, path, &["needs a file"]);
}

#[test]
fn recorded_prices_start_again_with_their_trace() {
    let prices = |more: &str| {
        let market = market(&format!(
            "spotMarket: {{traces: [{{file: priced.csv, instanceType: m5.large{more}, \
             prices: {{model: history}}}}"
        ));
        let PriceModelConfig::History(history) = market.prices.model else { panic!("no prices") };
        let CapacityConfig::Trace(config) = market.capacity else { panic!("no trace") };
        let id = config.pools[0].instance_type;
        let series = history.get(id, ZoneId::new(0)).expect("prices of zone a").clone();
        [30, 90, 150, 210]
            .map(|minutes| series.at(SimTime::from_millis(minutes * 60_000)))
            .map(|price| price.to_string())
    };
    assert_eq!(prices("}]"), ["0.1", "0.5", "0.1", "0.5"]);
    assert_eq!(prices(", from: 1h}]"), ["0.5", "0.1", "0.5", "0.1"]);
    assert_eq!(prices("}], afterEnd: hold"), ["0.1", "0.5", "0.5", "0.5"]);
}

#[test]
fn a_gzipped_file_is_read_like_a_plain_one() {
    use std::io::Write;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scenario_market");
    std::fs::create_dir_all(&folder).unwrap();
    let file = std::fs::File::create(folder.join("prices.csv.gz")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::default());
    gzip.write_all(PRICES.as_bytes()).unwrap();
    gzip.finish().unwrap();
    let of = |name: &str| {
        let text = format!("{GOOD}spotMarket: {{prices: {{model: history, file: {name}}}}}\n");
        std::fs::write(folder.join("scenario.yaml"), text).unwrap();
        load(&ScenarioSource::path(&folder), &LoadOptions::default())
    };
    let scenario = of("prices.csv.gz").unwrap();
    assert_eq!(
        scenario.model.spot_market,
        Some(market("spotMarket: {prices: {model: history, file: prices.csv}}"))
    );
    std::fs::write(folder.join("cut.csv.gz"), [0x1f, 0x8b, 8, 0, 0]).unwrap();
    let error = of("cut.csv.gz").unwrap_err().to_string();
    assert!(error.contains("cut.csv.gz is a damaged gzip"), "{error}");
}

#[test]
fn what_a_market_can_not_be_says_what_it_can() {
    let at = |key: &str| format!("spotMarket.{key}");
    refuses(
        "spotMarket: {model: bands}",
        &at("model"),
        &["bands", "poisson", "did you mean band?"],
    );
    refuses(
        "spotMarket: {model: poisson, upMeanHours: 3}",
        &at("upMeanHours"),
        &["model poisson has no upMeanHours", "interruptionsPerInstanceHour", "model: poolOnOff"],
    );
    refuses("spotMarket: {model: band, preset: normal}", &at("preset"), &["has no preset normal"]);
    refuses("spotMarket: {model: none, upCv: 1}", "spotMarket", &["neither preset nor parameters"]);
    refuses("spotMarket: {upCv: 21}", &at("upCv"), &["21", "0.0 to 20.0"]);
    refuses("spotMarket: {model: trace}", "spotMarket", &["needs traces", "hint"]);
    refuses(
        "spotMarket: {segments: [{upHours: [1], downHours: []}]}",
        &at("segments[0].downHours"),
        &["downHours has no value", "above 0"],
    );
    refuses(
        "spotMarket: {segments: [{upHours: [400], downHours: [1]}]}",
        &at("segments"),
        &["leaves nothing to the pools", "raise regionUpMeanHours"],
    );
}

#[test]
fn what_a_trace_can_not_be_says_what_it_can() {
    let trace = |entry: &str| format!("spotMarket: {{model: trace, traces: [{{{entry}}}]}}");
    let at = |key: &str| format!("spotMarket.traces[0].{key}");
    let file = "file: intervals.csv, instanceType: m5.large";
    refuses(&trace(file), &at("trace"), &["holds 2 traces", "a, b", "trace: NAME"]);
    refuses(&trace(&format!("{file}, trace: c")), &at("trace"), &["has no trace c", "a, b"]);
    let of_type = |name: &str| trace(&format!("file: ticks.json, instanceType: {name}"));
    refuses(&of_type("m5.lagre"), &at("instanceType"), &["m5.lagre", "m5.large"]);
    refuses(&of_type("p3.2xlarge"), &at("instanceType"), &["offers p3.2xlarge", "zones:"]);
    let zone = |zone: &str| {
        trace(&format!("file: ticks.json, instanceType: m5.large, availabilityZone: {zone}"))
    };
    refuses(&zone("use1-az9"), &at("availabilityZone"), &["use1-az9", "use1-az1"]);
    refuses(&trace("file: bad.csv, instanceType: m5.large"), &at("file"), &["columns are a, b"]);
    refuses(
        &trace("file: no.csv, instanceType: m5.large"),
        &at("file"),
        &["no.csv does not exist"],
    );
    let twice = "spotMarket: {model: trace, traces: [{file: ticks.json, instanceType: m5.large}, \
        {file: ticks.json, instanceType: m5.large, availabilityZone: use1-az1}]}";
    refuses(twice, "spotMarket.traces[1]", &["m5.large in use1-az1 has two traces"]);
}

#[test]
fn what_prices_can_not_be_says_what_they_can() {
    let prices = |entry: &str| format!("spotMarket: {{prices: {{{entry}}}}}");
    let at = |key: &str| format!("spotMarket.prices.{key}");
    refuses(&prices("model: walk"), &at("model"), &["walk", "randomWalk"]);
    refuses(&prices("model: ratio, sigma: 0.1"), &at("sigma"), &["have no sigma", "leave it out"]);
    refuses(&prices("model: randomWalk, file: a"), &at("file"), &["have no file", "stepHours"]);
    refuses(&prices("model: randomWalk, floor: 0.5, ceiling: 0.4"), &at("floor"), &["above"]);
    let file = |name: &str| prices(&format!("model: history, file: {name}"));
    refuses(&file("bad.csv"), &at("file"), &["no column instance_type"]);
    refuses(&file("empty.csv"), &at("file"), &["has no price of a type and zone", "use1-az1"]);
    refuses(&file("ticks.json"), &at("file"), &["SpotPriceHistory"]);
}

#[test]
fn on_demand_capacity_is_read_and_its_mistakes_have_a_place() {
    let text = "onDemandCapacity: {poolVcpus: 64, refusalProbability: 0.1, closed: [\
        {instanceType: m5.large, availabilityZone: use1-az2, from: 1h, until: 2021-03-02T14:00:00Z}, \
        {from: 5m, until: 6m}]}";
    let scenario = read(text).unwrap();
    let config = &scenario.model.on_demand;
    assert_eq!((config.pool_vcpus, config.refusal_probability), (Some(64), 0.1));
    let [first, second] = config.closed.as_slice() else { panic!("{config:?}") };
    assert_eq!(first.instance_type, scenario.model.catalog.find("m5.large"));
    assert_eq!(first.zone, Some(ZoneId::new(1)));
    assert_eq!((first.from.as_millis(), first.until.as_millis()), (3_600_000, 7_200_000));
    assert_eq!((second.instance_type, second.zone), (None, None));
    let closed = |entry: &str| format!("onDemandCapacity: {{closed: [{{{entry}}}]}}");
    let at = |key: &str| format!("onDemandCapacity.closed[0].{key}");
    refuses(&closed("from: 2h, until: 1h"), &at("until"), &["ends before it begins"]);
    refuses(
        &closed("from: 0s, until: 1h, instanceType: m5.huge"),
        &at("instanceType"),
        &["m5.huge"],
    );
    refuses(
        &closed("from: 0s, until: 1h, availabilityZone: x"),
        &at("availabilityZone"),
        &["use1-az1"],
    );
    refuses(
        "onDemandCapacity: {refusalProbability: 1.5}",
        "onDemandCapacity.refusalProbability",
        &["1.5", "0.0 to 1.0"],
    );
}
