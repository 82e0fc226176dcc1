//! `run --dry-run`: counts and bounds, no run, no folder, the same errors.

use crate::home::Home;

#[test]
fn a_dry_run_shows_what_is_known_and_writes_nothing() {
    let home = Home::new("dry-run");
    let run = home.run(&["run", "hpc-log-replay", "--dry-run"]).ends_with(0);
    for word in [
        "hpc-log-replay\n",
        "5 replications",
        "BEST_FIT_PROGRESSIVE",
        "0 to 256",
        "as recorded",
        "Cost at least",
        "Makespan at least",
        "jobs.csv",
        "The resolved scenario: --format json",
        "warning: quotas are not given",
    ] {
        assert!(run.stdout.contains(word), "{word} is not in:\n{}", run.stdout);
    }
    assert!(run.stdout.lines().all(|line| line.chars().count() <= 80), "{}", run.stdout);
    assert!(home.files("").is_empty(), "nothing is written");
}

#[test]
fn a_dry_run_as_json_has_the_same_numbers() {
    let home = Home::new("dry-run-json");
    let run = home.run(&["run", "allocation-strategies", "--dry-run", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&run.ends_with(0).stdout).unwrap();
    assert_eq!(json["schema"], "batchcast.estimate/1");
    assert_eq!(json["computeEnvironments"][1]["maxvCpus"], 2_000);
    assert_eq!(json["computeEnvironments"][1]["purchase"], "spot");
    assert_eq!(json["resolved"]["billing"]["ebsGib"], 30, "defaults are said");
    assert_eq!(json["jobs"], json["drawnJobs"]);
    assert!(json["costAtLeastUsd"].as_f64() > Some(1.0), "{json}");
    assert!(json["files"][0]["rows"].as_u64() > Some(50_000), "ten replications: {json}");
}

#[test]
fn a_horizon_leaves_no_bounds_and_few_records() {
    let home = Home::new("dry-run-horizon");
    let options = ["--dry-run", "--until", "1h", "--records", "none"];
    let run = home.run(&[&["run", "fcfs-oracle"], &options[..]].concat()).ends_with(0);
    assert!(run.stdout.contains("the horizon may cut jobs off"), "{}", run.stdout);
    assert!(!run.stdout.contains("jobs.csv"), "{}", run.stdout);
}

#[test]
fn a_dry_run_refuses_what_a_run_refuses() {
    let home = Home::new("dry-run-errors");
    home.run(&["run", "fcfs-oracle", "--dry-run", "--format", "csv"]).ends_with(2).says(&["hint:"]);
    home.run(&["run", "fcfs-oracle", "--dry-run", "--out", "x"]).ends_with(2).says(&["--out"]);
    home.run(&["run", "fcfs-oracle", "--dry-run", "--set", "seed=x"]).ends_with(3).says(&["seed"]);
    let study = "name: bad\ncomputeEnvironments:\n  - computeEnvironmentName: ce\n    \
                 computeResources: {type: EC2, maxvCpus: 8, instanceTypes: [c6i.large]}\n\
                 jobQueues:\n  - jobQueueName: q\n    computeEnvironmentOrder: [{order: 1, \
                 computeEnvironment: ce}]\nworkload:\n  - trace: {file: log.csv, jobQueue: q}\n";
    home.write("bad.yaml", study);
    home.write("log.csv", "submit_time,run_time,vcpus\n1,2,x\n");
    home.run(&["run", "bad.yaml", "--dry-run"]).ends_with(3).says(&["log.csv"]);
    home.write("log.csv", "submit_time,run_time,vcpus\n1,2,64\n1,2,1\n");
    let run = home.run(&["run", "bad.yaml", "--dry-run"]).ends_with(0);
    let words = ["are left out: 1, the first in line 2", "tooLarge: clamp"];
    let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.iter().all(|word| text.contains(word)), "{}", run.stdout);
    home.run(&["validate", "bad.yaml"]).ends_with(0).says(&["tooLarge: clamp"]);
}

#[test]
fn records_are_about_as_large_as_a_dry_run_says() {
    let home = Home::new("dry-run-size");
    for study in ["allocation-strategies", "hpc-log-replay"] {
        let run = ["run", study, "--replications", "1"];
        let dry = home.run(&[&run[..], &["--dry-run", "--format", "json"]].concat()).ends_with(0);
        let dry: serde_json::Value = serde_json::from_str(&dry.stdout).unwrap();
        home.run(&[&run[..], &["--out", study]].concat()).ends_with(0);
        let files = home.files(study);
        for (index, expected) in dry["files"].as_array().unwrap().iter().enumerate() {
            // How often an environment changes depends on what happens.
            let range = if index < 2 { 0.85..1.15 } else { 0.6..1.7 };
            let bytes = files[expected["file"].as_str().unwrap()].len() as f64;
            let ratio = expected["bytes"].as_f64().unwrap() / bytes;
            assert!(range.contains(&ratio), "{study}: {expected}, written {bytes}");
        }
    }
}
