//! The command as a user meets it: what it prints, what it writes, how it ends.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "cli/array_parents.rs"]
mod array_parents;
#[path = "cli/aws.rs"]
mod aws;
#[path = "cli/aws_kinds.rs"]
mod aws_kinds;
#[path = "cli/aws_ranges.rs"]
mod aws_ranges;
#[path = "cli/bad_input.rs"]
mod bad_input;
#[path = "cli/catalog.rs"]
mod catalog;
#[path = "cli/compare.rs"]
mod compare;
#[path = "cli/dry_run.rs"]
mod dry_run;
#[path = "cli/home.rs"]
mod home;
#[path = "cli/interrupt.rs"]
mod interrupt;
#[allow(dead_code, reason = "its runner is for pages without a home")]
#[path = "support/markdown.rs"]
mod markdown;
#[path = "cli/market.rs"]
mod market;
#[path = "cli/regress.rs"]
mod regress;
#[path = "cli/rejects.rs"]
mod rejects;
#[path = "cli/results.rs"]
mod results;
#[path = "cli/trace.rs"]
mod trace;

use home::{Home, TINY};

#[test]
fn help_says_what_it_is_for_and_shows_examples() {
    let home = Home::new("help");
    let help = home.run(&["--help"]).ends_with(0).stdout;
    for expected in ["Usage: batchcast", "Examples:", "Exit codes:", "validate", "catalog"] {
        assert!(help.contains(expected), "{help}");
    }
    let help = home.run(&["run", "--help"]).ends_with(0).stdout;
    for expected in ["--set <PATH=VALUE>", "--jobs", "changes no result", "--records", "12h, 7d"] {
        assert!(help.contains(expected), "{help}");
    }
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    let home = Home::new("usage");
    home.run(&["run", "--nonsense"]).ends_with(2).says(&["--nonsense", "--help"]);
    home.run(&["rum"]).ends_with(2).says(&["rum", "run"]);
    home.run(&["run", "--jobs", "0"]).ends_with(2).says(&["--jobs"]);
    home.run(&["run", "--set", "seed"]).ends_with(2).says(&["PATH=VALUE"]);
    home.run(&["run", "--max-rejects", "2"]).ends_with(2).says(&["from 0 to 1"]);
    home.run(&["man", "rum"]).ends_with(2).says(&["rum", "validate"]);
}

#[test]
fn an_unknown_scenario_is_answered_with_the_nearest_name() {
    let home = Home::new("unknown");
    let failed = home.run(&["run", "fcfs-orakle"]).ends_with(3);
    failed.says(&["error: \"fcfs-orakle\"", "hint: did you mean fcfs-oracle?"]);
    home.run(&["run", "zzz"]).ends_with(3).says(&["allocation-strategies", "batchcast list"]);
    assert!(home.files("").is_empty(), "nothing is written");
}

#[test]
fn without_a_scenario_the_default_study_runs() {
    let home = Home::new("default");
    let run = home.run(&["run", "--until", "20m", "--replications", "2"]).ends_with(0);
    assert!(run.stdout.starts_with("allocation-strategies\n"), "{}", run.stdout);
    assert!(run.stdout.contains("Results: results/allocation-strategies"), "{}", run.stdout);
    assert!(home.files("results/allocation-strategies").contains_key("summary.json"));
}

#[test]
fn every_embedded_study_is_valid_and_listed() {
    let home = Home::new("list");
    let list = home.run(&["list"]).ends_with(0).stdout;
    for expected in ["BEST_FIT_PROGRESSIVE", "cyclePeriod", "swf", "(default)"] {
        assert!(list.contains(expected), "{list}");
    }
    for study in batchcast::experiment::embedded::EMBEDDED {
        assert!(list.contains(study.name), "{list}");
        let ok = home.run(&["validate", study.name]).ends_with(0).stdout;
        assert!(ok.starts_with(&format!("ok: {}: ", study.name)), "{ok}");
    }
    let one = home.run(&["list", "strategies"]).ends_with(0).stdout;
    assert!(one.contains("BEST_FIT") && !one.contains("cyclePeriod"), "{one}");
}

#[test]
fn validate_goes_on_after_a_wrong_file() {
    let home = Home::new("validate");
    let checked = home.run(&["validate", "nothing.yaml", "fcfs-oracle"]).ends_with(3);
    checked.says(&["nothing.yaml does not exist"]);
    assert!(checked.stdout.contains("ok: fcfs-oracle: 1 compute environment, 1 job queue"));
}

/// One definition, of which one job asks for something else and is wrong about its instance.
const ONE_DEFINITION: &str = "
computeEnvironments:
  - {computeEnvironmentName: ce, computeResources: {type: EC2, maxvCpus: 4, instanceTypes: [c6i]}}
jobQueues:
  - {jobQueueName: q, computeEnvironmentOrder: [{order: 1, computeEnvironment: ce}]}
jobDefinitions:
  - {jobDefinitionName: d, containerProperties: {image: x, vcpus: 1, memory: 512}}
jobModels: {d: {runtime: 60s}}
workload:
  - {submit: {jobName: a, jobQueue: q, jobDefinition: d}}
  - submit:
      jobName: b
      jobQueue: q
      jobDefinition: d
      retryStrategy: {attempts: 2, evaluateOnExit: [{onReason: '*', action: RETRY}]}
      containerOverrides: {instanceType: c6i.large}
";

#[test]
fn validate_counts_what_is_written_and_warns_of_what_is_ignored() {
    let home = Home::new("validate-one");
    home.write("one.yaml", ONE_DEFINITION);
    let checked = home.run(&["validate", "one.yaml"]).ends_with(0);
    assert!(checked.stdout.contains("1 job queue, 1 job definition, 2 "), "{}", checked.stdout);
    let place = "warning: workload[b].submit.containerOverrides.instanceType: ";
    checked.says(&[place, "of multi-node parallel jobs only, ignored"]);
}

#[test]
fn the_catalog_answers_for_a_type_and_suggests_for_a_slip() {
    let home = Home::new("catalog");
    let shown = home.run(&["catalog", "show", "c6i.4xlarge"]).ends_with(0).stdout;
    assert!(shown.contains("0.68 USD an hour"), "{shown}");
    home.run(&["catalog", "show", "c6i.4xlrge"]).ends_with(3).says(&["nearest", "c6i.4xlarge"]);
    let listed = home.run(&["catalog", "list", "--family", "c6i"]).ends_with(0).stdout;
    assert!(listed.contains("c6i.large") && !listed.contains("m6i.large"), "{listed}");
    home.run(&["catalog", "list", "--family", "c6j"]).ends_with(3).says(&["c6j", "c6i"]);
}

#[test]
fn completions_and_manual_pages_are_printed() {
    let home = Home::new("completions");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home.run(&["completions", shell]).ends_with(0).stdout;
        assert!(script.contains("batchcast"), "{shell}");
    }
    assert!(home.run(&["man"]).ends_with(0).stdout.contains(".TH batchcast 1"));
    assert!(home.run(&["man", "run"]).ends_with(0).stdout.contains("max\\-rejects"));
}

#[test]
fn the_committed_schema_is_the_one_the_program_checks_with() {
    let schema = Home::new("schema").run(&["schema"]).ends_with(0).stdout;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenario.schema.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        schema == committed,
        "scenario.schema.json is out of date; mend it by\n  \
         cargo run --quiet -- schema > scenario.schema.json"
    );
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let home = Home::new("pipe");
    let mut child = home.command(&["catalog", "list"]).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn broken_thresholds_end_with_4_and_say_what_was_measured() {
    let home = Home::new("thresholds");
    let bounds = "thresholds=[cost.total < 0.01, utilisation.vcpu <= 1, queueLatency.p50 < 0s]";
    let mut arguments = TINY.to_vec();
    arguments.extend(["--set", bounds]);
    let run = home.run(&arguments).ends_with(4);
    run.says(&["threshold broken: cost.total < 0.01: cost.total is ", " USD", "queueLatency.p50"]);
    assert!(!run.stderr.contains("utilisation"), "{}", run.stderr);
    assert!(run.stdout.contains("Results: "), "the results are written all the same");
}

#[test]
fn a_threshold_does_not_pass_because_jobs_were_left_undone() {
    let home = Home::new("thresholds-unfinished");
    let bounds = "thresholds=[queueLatency.p95 < 2h, makespan < 2h, cost.total < 1e9]";
    // The largest jobs alone want more than there is, and stay.
    let sets = ["--set", "jobModels.four.runtime=5h", "--set", "horizon=1h", "--set", bounds];
    let run = home.run(&[TINY, &sets].concat()).ends_with(4);
    run.says(&["queueLatency.p95 < 2h: jobs unfinished: ", "makespan < 2h: jobs unfinished: "]);
    assert!(!run.stderr.contains("cost.total"), "{}", run.stderr);
}

#[test]
fn bills_that_can_not_be_told_end_the_run_with_an_error() {
    let home = Home::new("too-dear");
    let dear = "catalog.instanceTypes=[{instanceType: cluster.100, vcpus: 100, memoryMib: 1048576, \
                onDemandUsdPerHour: \"1000000\"}]";
    let max = "computeEnvironments[cluster].computeResources.maxvCpus=400";
    // Some instances for 7,200 hours at a million USD.
    let sets = ["--set", dear, "--set", max, "--set", "jobModels.four.runtime=300d"];
    let run = home.run(&[TINY, &sets].concat()).ends_with(3);
    run.says(&["9,223,372,036 USD", "hint: look at the prices"]);
    assert!(run.stdout.is_empty(), "{}", run.stdout);
}

#[test]
fn quiet_says_nothing_on_stderr_and_verbose_says_more() {
    let home = Home::new("talk");
    let with = |option| [TINY, &["--format", "json", option]].concat();
    assert_eq!(home.run(&with("--quiet")).ends_with(0).stderr, "");
    home.run(&with("--verbose")).ends_with(0).says(&["Results: results/", " events on "]);
}
