//! `batchcast compare`: what it compares, what it writes, how it refuses, how it ends.

use crate::home::{Ended, Home, TINY, assert_same};

const CLUSTER: &str = "computeEnvironments[cluster].computeResources";

const FILES: [&str; 10] = [
    "alternatives/baseline/scenario.resolved.json",
    "alternatives/baseline/summary.json",
    "alternatives/wider/scenario.resolved.json",
    "alternatives/wider/summary.json",
    "comparison.csv",
    "comparison.json",
    "manifest.json",
    "plots/cost_latency.svg",
    "plots/differences.svg",
    "replications.csv",
];

const TYPE: &str = "catalog.instanceTypes=[{instanceType: cluster.100, vcpus: 120, \
                    memoryMib: 1048576, onDemandUsdPerHour: \"1.00\"}]";

/// 120 vCPUs instead of 100.
fn wider() -> String {
    format!("wider:{CLUSTER}.maxvCpus=120,{CLUSTER}.minvCpus=120,{TYPE}")
}

/// Compares variants of the oracle study, small enough for a test.
fn compare(home: &Home, options: &[&str]) -> Ended {
    home.run(&[&["compare"], &TINY[1..], options].concat())
}

fn json(bytes: &[u8]) -> serde_json::Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn a_comparison_writes_every_file_and_says_the_verdict_first() {
    let home = Home::new("compare-files");
    let run = compare(&home, &["--variant", &wider(), "--replications", "4"]).ends_with(0);
    let verdict = run.stdout.lines().find(|line| line.starts_with("wider: ")).unwrap();
    assert!(verdict.contains("cost") && verdict.contains("p95 queue latency"), "{}", run.stdout);
    let plan = format!("  ~ {CLUSTER}.maxvCpus 100 -> 120\n");
    assert!(run.stdout.contains(&plan), "{}", run.stdout);
    assert!(run.stdout.ends_with("Results: results/fcfs-oracle-compare\n"), "{}", run.stdout);
    assert_eq!(run.stderr, "");
    let files = home.files("results/fcfs-oracle-compare");
    assert_eq!(files.keys().map(String::as_str).collect::<Vec<_>>(), FILES);
    let manifest = json(&files["manifest.json"]);
    assert_eq!(manifest["schema"], "batchcast.result/1");
    assert_eq!(manifest["alternatives"][0]["name"], "baseline");
    assert_eq!(manifest["alternatives"][1]["replications"].as_array().unwrap().len(), 4);
    // A run can take the place of a comparison, and the other way round: both are ours.
    home.run(&[TINY, &["--out", "results/fcfs-oracle-compare"]].concat()).ends_with(0);
}

#[test]
fn threads_change_no_byte_of_a_comparison() {
    let home = Home::new("compare-threads");
    let with = |out: &str, jobs: &str| {
        let options = ["--replications", "5", "--out", out, "--jobs", jobs];
        compare(&home, &[&["--variant", &wider()], &options[..]].concat()).ends_with(0);
        home.promised_files(out)
    };
    assert_same(&with("one", "1"), &with("two", "2"));
}

#[test]
fn the_alternatives_are_the_runs_they_stand_for() {
    let home = Home::new("compare-runs");
    compare(&home, &["--variant", "same:horizon=1d", "--replications", "2"]).ends_with(0);
    let options = ["--replications", "2", "--set", "horizon=1d", "--records", "none"];
    home.run(&[TINY, &options].concat()).ends_with(0);
    let summary = |path: &str| home.files("results").remove(path).unwrap();
    let alternative = summary("fcfs-oracle-compare/alternatives/same/summary.json");
    assert!(alternative == summary("fcfs-oracle/summary.json"));
}

#[test]
fn stdout_is_the_comparison_in_the_format_that_was_asked_for() {
    let home = Home::new("compare-format");
    for (format, file) in [("json", "comparison.json"), ("csv", "comparison.csv")] {
        let options = ["--variant", "same:horizon=1d", "--format", format, "--out", "out"];
        let run = compare(&home, &options).ends_with(0);
        assert_eq!(run.stdout.as_bytes(), home.files("out")[file]);
        run.says(&["note: one replication has no intervals", "Results: out\n"]);
    }
    let comparison = json(&home.files("out")["comparison.json"]);
    let cost = &comparison["variants"][0]["metrics"]["cost.total"];
    assert_eq!(
        (&cost["verdict"], cost["difference"].as_f64()),
        (&"one replication".into(), Some(0.0))
    );
}

#[test]
fn variants_of_the_study_are_compared_unless_others_are_given() {
    let home = Home::new("compare-study");
    let study = format!(
        "study={{variants: {{wide: {{\"{CLUSTER}.maxvCpus\": 300}}, day: {{horizon: 1d}}}}}}"
    );
    let names = |options: &[&str]| {
        let options = [&["--set", &study, "--out", "out", "--replications", "2"], options].concat();
        compare(&home, &options).ends_with(0);
        let comparison = json(&home.files("out")["comparison.json"]);
        let variants = comparison["variants"].as_array().unwrap().clone();
        variants.iter().map(|v| v["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&[]), ["day", "wide"]);
    assert_eq!(names(&["--variant", "hour:horizon=1h"]), ["hour"]);
}

#[test]
fn a_mistake_in_a_variant_is_shown_where_it_was_made() {
    let home = Home::new("compare-mistakes");
    let max = format!("x:{CLUSTER}.maxvCpus");
    for (variant, code, expected) in [
        (format!("{max}=many"), 3, &["--> --variant x:computeEnv", "many", "a whole number"][..]),
        ("x:horizn=1d".to_owned(), 3, &["--> --variant x:horizn=1d", "did you mean horizon?"]),
        (format!("{max}=[1"), 3, &["--> --variant x:", "\"[1\" is no value"]),
        ("x:computeEnvironments[clutter].state=ENABLED".to_owned(), 3, &["did you mean cluster?"]),
        (format!("{CLUSTER}.maxvCpus=5"), 2, &["expected NAME:PATH=VALUE"]),
        ("x:horizon".to_owned(), 2, &["variant x: expected PATH=VALUE"]),
        ("../x:horizon=1d".to_owned(), 2, &["\"../x\" is no name of a variant", "letters"]),
        ("baseline:horizon=1d".to_owned(), 2, &["called baseline", "hint: name the variant"]),
    ] {
        compare(&home, &["--variant", &variant]).ends_with(code).says(expected);
    }
    let twice = ["--variant", "x:horizon=1d", "--variant", "x:horizon=2d"];
    compare(&home, &twice).ends_with(2).says(&["two variants are called x", "hint:"]);
    let study = "study={variants: {bad: {seed: [1]}}}";
    compare(&home, &["--set", study]).ends_with(3).says(&["--> --set study", "[1]", "seed"]);
    let study = "study={variants: {a/b: {seed: 1}}}";
    compare(&home, &["--set", study]).ends_with(3).says(&["\"a/b\" is no name of a variant"]);
    assert!(home.files("").is_empty(), "nothing is written");
}

#[test]
fn what_can_not_be_compared_is_refused_with_a_way_out() {
    let home = Home::new("compare-refused");
    compare(&home, &[]).ends_with(2).says(&["nothing to compare fcfs-oracle with", "--variant"]);
    home.run(&["compare"]).ends_with(2).says(&["SCENARIO"]);
    let two = ["compare", "fcfs-oracle", "hpc-log-replay", "--variant", "x:horizon=1d"];
    home.run(&two).ends_with(2).says(&["--variant changes one scenario", "hint:"]);
    let same = ["compare", "fcfs-oracle", "fcfs-oracle"];
    home.run(&same).ends_with(2).says(&["are both called fcfs-oracle", "hint: give one of them"]);
    assert!(home.files("").is_empty(), "nothing is written");
}

#[test]
fn of_several_scenarios_the_first_is_the_baseline_and_its_luck_holds_for_all() {
    let home = Home::new("compare-files-of-two");
    let text = |name: &str, rest: &str| {
        let study = batchcast::experiment::embedded::find("fcfs-oracle").unwrap().text;
        study.replacen("name: fcfs-oracle", &format!("name: {name}\n{rest}"), 1)
    };
    home.write("a.yaml", text("today", "replications: 2\nhorizon: 4h"));
    home.write("b.yaml", text("tomorrow", "replications: 3\nhorizon: 5h"));
    let run = home.run(&["compare", "a.yaml", "b.yaml"]).ends_with(0);
    assert!(run.stdout.contains("1 variant against today, 2 replications each"), "{}", run.stdout);
    assert!(run.stdout.contains("  ~ horizon 4h -> 5h"), "{}", run.stdout);
    assert!(run.stdout.contains("note: tomorrow asks for 3 replications"), "{}", run.stdout);
    assert!(home.files("results/today-compare").contains_key("alternatives/tomorrow/summary.json"));
}

#[test]
fn a_broken_threshold_is_told_with_the_alternative_that_breaks_it() {
    let home = Home::new("compare-thresholds");
    let bounds = "thresholds=[makespan < 1m, cost.total < 1000]";
    let options = ["--set", bounds, "--variant", "free:thresholds=[]", "--replications", "2"];
    let run = compare(&home, &options).ends_with(4);
    run.says(&["error: threshold broken by baseline: makespan < 1m: makespan is "]);
    assert!(!run.stderr.contains("cost.total") && !run.stderr.contains("free"), "{}", run.stderr);
    assert!(run.stdout.contains("threshold broken by baseline: makespan < 1m"), "{}", run.stdout);
}
