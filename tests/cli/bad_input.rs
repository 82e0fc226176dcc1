//! Bad input ends with 3: place, value, what would be accepted. Earlier results stay.

use crate::home::Home;
use std::io::Write as _;

const GOOD: &str = r#"name: good
profile: ideal
catalog:
  instanceTypes:
    - {instanceType: cluster.16, vcpus: 16, memoryMib: 65536, onDemandUsdPerHour: "1.00"}
computeEnvironments:
  - computeEnvironmentName: ce
    type: MANAGED
    computeResources:
      {type: EC2, allocationStrategy: BEST_FIT, minvCpus: 0, maxvCpus: 64, instanceTypes: [cluster.16]}
jobQueues:
  - {jobQueueName: q, priority: 1, computeEnvironmentOrder: [{order: 1, computeEnvironment: ce}]}
jobDefinitions:
  - jobDefinitionName: d
    type: container
    containerProperties:
      image: app
      resourceRequirements: [{type: VCPU, value: "2"}, {type: MEMORY, value: "2048"}]
jobModels:
  d: {runtime: 5m}
workload:
  - {submit: {jobName: j, jobQueue: q, jobDefinition: d}, at: 0s}
"#;

const TRACE: &str = "  - {submit: {jobName: j, jobQueue: q, jobDefinition: d}, at: 0s}";

/// What is written instead of what, and what stderr says: place, value, what is accepted.
const WRONG: &[(&str, &str, &[&str])] = &[
    ("runtime: 5m", "runtime: [5m]", &["scenario.yaml:20:16", "accepted:"]),
    ("BEST_FIT,", "BEST_FITT,", &["scenario.yaml:10:", "BEST_FITT", "BEST_FIT_PROGRESSIVE"]),
    ("maxvCpus", "maxVcpus", &["scenario.yaml:10:", "maxVcpus", "did you mean maxvCpus?"]),
    ("[cluster.16]", "[c6j]", &["scenario.yaml:10:", "c6j", "c6i"]),
    ("computeEnvironment: ce", "computeEnvironment: cee", &["scenario.yaml:12:", "cee", "ce"]),
    ("jobDefinition: d", "jobDefinition: dd", &["scenario.yaml:22:", "dd", "accepted: d"]),
    ("jobQueue: q", "jobQueue: qq", &["scenario.yaml:22:", "qq", "accepted: q"]),
    ("maxvCpus: 64", "maxvCpus: -3", &["scenario.yaml:10:", "-3", "accepted: a whole number"]),
    ("minvCpus: 0", "minvCpus: 65", &["scenario.yaml:10:", "65", "64"]),
    ("runtime: 5m", "runtime: -5m", &["scenario.yaml:20:", "-5m", "negative"]),
    ("runtime: 5m", "runtime: banana", &["scenario.yaml:20:", "banana", "such as 90s"]),
    ("\"1.00\"", "\"1e300\"", &["scenario.yaml:5:", "1e300", "accepted:"]),
    ("value: \"2\"", "value: \"17\"", &["scenario.yaml:22:", "17", "16"]),
    ("name: good", "name: ../good", &["scenario.yaml:1:", "../good", "accepted:"]),
    ("priority: 1,", "priority: 1, state: DISABLED,", &["scenario.yaml:22:", "DISABLED", "hint:"]),
    ("name: good", "name: good\nname: twice", &["scenario.yaml:2:", "name"]),
    ("workload:", "workload: [", &["scenario.yaml:"]),
];

/// A home with a good scenario and its results.
fn home(test: &str) -> Home {
    let home = Home::new(test);
    home.write("scenario.yaml", GOOD);
    home.run(&["run", "scenario.yaml", "--out", "out"]).ends_with(0);
    home
}

/// Runs a scenario that can not be run.
#[track_caller]
fn refused(home: &Home, scenario: &str, expected: &[&str]) {
    let before = home.files("");
    let run = home.run(&["run", scenario, "--out", "out"]).ends_with(3);
    assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    run.says(expected);
    assert_eq!(run.stdout, "");
    assert!(before == home.files(""), "nothing is touched, nothing is left over");
}

#[test]
fn a_wrong_value_is_named_with_its_place_and_what_is_accepted() {
    let home = home("wrong-values");
    for (from, to, expected) in WRONG {
        assert!(GOOD.contains(from), "{from}");
        home.write("scenario.yaml", GOOD.replacen(from, to, 1));
        refused(&home, "scenario.yaml", expected);
        home.run(&["validate", "scenario.yaml"]).ends_with(3).says(expected);
    }
}

#[test]
fn a_wrong_override_is_underlined_in_the_override() {
    let home = home("wrong-overrides");
    let path = "computeEnvironments[ce].computeResources.maxvCpus";
    for (set, expected) in [
        (format!("{path}=many"), "accepted: a whole number"),
        ("computeEnvironments[cee].state=ENABLED".to_owned(), "did you mean ce?"),
        ("seeed=1".to_owned(), "did you mean seed?"),
    ] {
        let run = home.run(&["run", "scenario.yaml", "--out", "out", "--set", &set]).ends_with(3);
        run.says(&[&format!("--> --set {set}"), expected]);
    }
    home.run(&["run", "scenario.yaml", "--until", "banana"]).ends_with(3).says(&["--until"]);
}

#[test]
fn a_name_never_leads_out_of_the_folder_of_results() {
    let home = Home::new("wrong-name");
    home.write("scenario.yaml", GOOD.replacen("name: good", "name: ../good", 1));
    home.run(&["run", "scenario.yaml"]).ends_with(3).says(&["../good", "letters, digits"]);
    assert_eq!(home.files("").len(), 1);
}

#[test]
fn a_file_that_is_no_scenario_is_refused() {
    let home = home("no-scenarios");
    refused(&home, "missing.yaml", &["missing.yaml does not exist"]);
    home.write("latin1.yaml", b"name: caf\xe9\n");
    refused(&home, "latin1.yaml", &["latin1.yaml", "UTF-8", "byte 9"]);
    home.write("empty.yaml", "");
    refused(&home, "empty.yaml", &["empty.yaml is empty", "computeEnvironments"]);
    home.write("list.yaml", "- a\n- b\n");
    refused(&home, "list.yaml", &["list.yaml is not a map"]);
    std::fs::create_dir(home.path().join("folder")).unwrap();
    refused(&home, "folder", &["folder/scenario.yaml does not exist"]);
}

#[test]
fn a_trace_that_can_not_be_read_is_refused() {
    let home = home("no-traces");
    let rows: String = (0..5_000).map(|n| format!("{n},{n},60,1\n")).collect();
    let csv = format!("job_id,submit_time,run_time,vcpus\n{rows}");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(csv.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let header = "job_id,submit_time,run_time,vcpus\n";
    for (file, bytes, expected) in [
        ("cut.csv.gz", gzip[..gzip.len() / 2].to_vec(), &["after line", "ends in the middle"][..]),
        ("empty.csv", Vec::new(), &["empty.csv"]),
        ("no-rows.csv", header.into(), &["none of 0 rows is a job"]),
        ("bad-rows.csv", format!("{header}1,x,60,1\n2,0,60,1\n").into(), &["line 2", "\"x\""]),
        ("no-column.csv", b"job_id,submit_time,vcpus\n1,0,1\n".to_vec(), &["line 1", "run_time"]),
        (
            "links.csv",
            b"job_id,submit_time,run_time,vcpus,depends_on\na,0,60,1,b\nb,0,60,1,a\n".to_vec(),
            &["links.csv", "job `a` depends on `b`", "submitted later", "hint:"],
        ),
        ("wide.csv", format!("{header}1,0,60,17\n").into(), &["too_large"]),
    ] {
        home.write(file, bytes);
        let trace = format!("  - {{trace: {{file: {file}, jobQueue: q, jobDefinition: d}}}}");
        home.write("scenario.yaml", GOOD.replacen(TRACE, &trace, 1));
        for replications in ["replications: 1", "replications: 3"] {
            let text = GOOD.replacen(TRACE, &trace, 1);
            home.write(
                "scenario.yaml",
                text.replacen("profile: ideal", &format!("profile: ideal\n{replications}"), 1),
            );
            refused(&home, "scenario.yaml", &[&[file], expected].concat());
        }
        home.run(&["validate", "scenario.yaml"]).ends_with(3).says(&[file]);
    }
    home.write(
        "scenario.yaml",
        GOOD.replacen(TRACE, "  - {trace: {file: gone.csv, jobQueue: q}}", 1),
    );
    refused(&home, "scenario.yaml", &["scenario.yaml:22:", "gone.csv does not exist"]);
}
