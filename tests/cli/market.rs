//! `market list` and `market sample`, and the page that shows them.

use super::home::Home;
use crate::markdown::{commands, read};

#[test]
fn the_models_are_listed_with_their_parameters() {
    let home = Home::new("market-list");
    let list = home.run(&["market", "list"]).ends_with(0).stdout;
    for model in ["poolOnOff", "band", "poisson", "trace", "none", "history", "randomWalk"] {
        assert!(list.contains(&format!("\n{model}: ")), "{list}");
    }
    assert!(list.contains("presets: normal, abundant, scarceGpu"), "{list}");
    assert!(list.contains("reclaimPerInstanceHour = 0.005, 0.002, 0.02: "), "{list}");
}

#[test]
fn a_sample_is_a_line_a_pool_or_every_change_or_a_figure() {
    let home = Home::new("market-sample");
    let pools = ["market", "sample", "spot-first", "--until", "2d", "--pools", "c6i.large"];
    let table = home.run(&pools).ends_with(0).stdout;
    assert!(table.starts_with("Spot pools of spot-first in replication 0, 2.0 days"), "{table}");
    assert_eq!(table.lines().filter(|line| line.contains("c6i.large use1-az")).count(), 5);
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    let write = |file| home.run(&[&pools[..], &["--out", file]].concat()).ends_with(0);
    write("pools.csv").says(&["wrote pools.csv"]);
    write("pools.svg");
    write("again.csv");
    let twice = [&pools[..], &["--pools", "c6i.large/use1-az1", "--out", "twice.csv", "-q"]];
    assert_eq!(home.run(&twice.concat()).ends_with(0).stderr, "", "quiet says nothing on stderr");
    let files = home.files("");
    assert_eq!(files["pools.csv"], files["again.csv"], "the same scenario, the same market");
    assert_eq!(files["pools.csv"], files["twice.csv"], "a pool that is named twice is one pool");
    let csv = String::from_utf8(files["pools.csv"].clone()).unwrap();
    let header = "instance_type,availability_zone,time_ms,instances,usd_per_hour,reclaim";
    assert_eq!(csv.lines().next(), Some(header));
    let mut rows = csv.lines().skip(1);
    assert!(rows.next().is_some_and(|row| row.starts_with("c6i.large,use1-az1,0,")), "{csv}");
    assert!(rows.all(|row| row.split(',').count() == 6), "{csv}");
    let svg = String::from_utf8(files["pools.svg"].clone()).unwrap();
    assert!(svg.starts_with("<svg ") && svg.contains("c6i.large use1-az1"), "{svg}");
}

#[test]
fn a_sample_replaces_an_earlier_sample_and_nothing_else() {
    let home = Home::new("market-places");
    home.write("scenario.yaml", include_str!("../../scenarios/spot-first/scenario.yaml"));
    let prices = "timestamp,instance_type,availability_zone,spot_usd_hour\n\
                  2026-01-01T00:00:00Z,c6i.large,us-east-1a,0.04\n";
    home.write("prices.csv", prices);
    home.write("other.svg", "<svg width=\"9\"><text x=\"1\">Sport</text></svg>");
    let market = "spotMarket={prices: {model: history, file: prices.csv, origin: first}}";
    let sample = |out| {
        let pool = ["--pools", "c6i.large/use1-az1", "--until", "1h", "--set", market];
        home.run(&[&["market", "sample", "scenario.yaml", "--out", out], &pool[..]].concat())
    };
    home.write("empty.csv", "");
    for out in ["pools.csv", "pools.csv", "pools.svg", "pools.svg", "empty.csv"] {
        sample(out).ends_with(0);
    }
    std::fs::create_dir(home.path().join("folder.csv")).unwrap();
    let before = home.files("");
    for (out, expected) in [
        ("./prices.csv", "prices.csv: is what the sample of Spot pools is made from"),
        ("other.svg", "other.svg: is no sample of Spot pools"),
        ("folder.csv", "folder.csv: is no sample of Spot pools"),
    ] {
        sample(out).ends_with(2).says(&[expected, "hint: choose another name with --out"]);
        assert!(before == home.files(""), "{out}: nothing is touched");
    }
    sample("no/pools.csv").ends_with(1).says(&["no/pools.csv: can not be written"]);
}

#[test]
fn a_sample_without_pools_is_of_those_that_spot_environments_use() {
    let home = Home::new("market-default");
    let table = home.run(&["market", "sample", "spot-first", "--until", "1h"]).ends_with(0).stdout;
    assert!(table.lines().count() > 10, "{table}");
    home.run(&["market", "sample", "fcfs-oracle"]).ends_with(3).says(&["buys Spot", "--pools"]);
    let unlimited = ["market", "sample", "fcfs-oracle", "--pools", "c6i.large/use1-az1"];
    let table = home.run(&unlimited).ends_with(0).stdout;
    assert!(table.contains("100.0%"), "{table}");
}

#[test]
fn a_sample_of_no_time_has_no_shares_and_no_prices() {
    let home = Home::new("market-no-time");
    let none = ["market", "sample", "spot-first", "--until", "0s", "--pools", "c6i.large/use1-az1"];
    let table = home.run(&none).ends_with(0).stdout;
    let row = table.lines().find(|line| line.contains("c6i.large use1-az1")).unwrap();
    let cells: Vec<&str> = row.split_whitespace().skip(2).collect();
    assert_eq!(cells, ["-", "0", "-", "-", "0", "-"], "{table}");
}

#[test]
fn a_recorded_reclaim_says_which_share_of_a_full_pool_it_takes() {
    let home = Home::new("market-drops");
    home.write("pools.csv", "time,pool,capacity\n0,a,5\n900,a,2\n1800,a,0\n2700,a,3\n");
    let market = "spotMarket={model: trace, traces: [{file: pools.csv, trace: a, \
                  instanceType: c6i.large, availabilityZone: use1-az1}]}";
    let study = include_str!("../../scenarios/spot-first/scenario.yaml");
    home.write("scenario.yaml", study);
    let pool = ["--pools", "c6i.large/use1-az1", "--until", "40m", "--out", "x.csv"];
    home.run(&[&["market", "sample", "scenario.yaml", "--set", market], &pool[..]].concat())
        .ends_with(0);
    let csv = String::from_utf8(home.files("")["x.csv"].clone()).unwrap();
    let column = |n: usize| csv.lines().skip(1).map(move |row| row.split(',').nth(n).unwrap());
    assert!(column(3).eq(["5", "2", "0"]), "{csv}");
    assert!(column(5).eq(["", "0.600000", "1.000000"]), "{csv}");
}

#[test]
fn a_sample_of_what_is_no_pool_says_what_one_is() {
    let home = Home::new("market-errors");
    let pool = |name| home.run(&["market", "sample", "spot-first", "--pools", name]);
    for name in ["c6i.lagre", "c6i.large/use1-az9", "", "/"] {
        pool(name).ends_with(2).says(&["is no pool of us-east-1", "c6i.large/use1-az1"]);
    }
    let out = ["market", "sample", "spot-first", "--out", "pools.png"];
    home.run(&out).ends_with(2).says(&[".csv or .svg"]);
    home.run(&["market", "sample", "spot-frist"]).ends_with(3).says(&["spot-first"]);
}

#[test]
fn the_page_on_traces_shows_what_is_printed_and_scenarios_that_are_read() {
    let page = include_str!("../../docs/how-to/replay-a-spot-trace.md");
    let home = Home::new("market-page");
    let (blocks, _) = read(page);
    let mut shown = 0;
    for block in &blocks {
        for command in commands(block) {
            let words: Vec<&str> = command.split_whitespace().collect();
            let printed = home.run(&words).ends_with(0).stdout;
            for line in block.text.lines().filter(|line| !line.starts_with("$ ")) {
                assert!(printed.lines().any(|l| l == line), "{line}\n{printed}");
                shown += 1;
            }
        }
    }
    assert!(shown > 0, "the page shows what is printed");
    home.write("probes.json", r#"{"metadata": {"gap_seconds": 600}, "data": [0, 1, 1]}"#);
    home.write("pools.csv.gz", "time,pool,capacity\n0,g5-b,3\n900000,g5-b,0\n");
    let prices = r#"{"SpotPriceHistory": [{"AvailabilityZone": "us-east-1a", "InstanceType":
        "m5.large", "SpotPrice": "0.04", "Timestamp": "2021-03-01T00:00:00Z"}]}"#;
    home.write("prices.json", prices);
    for block in blocks.iter().filter(|block| block.language == "yaml") {
        let study = include_str!("../../scenarios/spot-first/scenario.yaml");
        let own = |line: &&str| !line.starts_with("spotMarket:") && !line.starts_with("start:");
        let study: Vec<&str> = study.lines().filter(own).collect();
        home.write("scenario.yaml", format!("{}\n{}", study.join("\n"), block.text));
        home.run(&["validate", "scenario.yaml"]).ends_with(0);
    }
}
