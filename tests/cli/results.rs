//! The result folder: all its files, the same bytes for the same run, nobody else's replaced.

use crate::home::{Home, TINY, assert_same};
use std::collections::BTreeMap;

const FILES: [&str; 11] = [
    "attempts.csv",
    "costs.csv",
    "instances.csv",
    "jobs.csv",
    "manifest.json",
    "plots/capacity.svg",
    "plots/cost.svg",
    "plots/queue_latency.svg",
    "scenario.resolved.json",
    "summary.json",
    "timeseries.csv",
];

/// The files of a run, the manifest without what may differ.
fn files_of(home: &Home, out: &str, options: &[&str]) -> BTreeMap<String, Vec<u8>> {
    home.run(&[TINY, &["--out", out], options].concat()).ends_with(0);
    home.promised_files(out)
}

#[test]
fn a_run_writes_every_file_and_says_where() {
    let home = Home::new("files");
    let run = home.run(&[TINY, &["--out", "out/study"]].concat()).ends_with(0);
    assert!(run.stdout.ends_with("Results: out/study\n"), "{}", run.stdout);
    assert_eq!(run.stderr, "");
    let files = home.files("out");
    let names: Vec<&str> = files.keys().map(|name| name.trim_start_matches("study/")).collect();
    assert_eq!(names, FILES, "all files, and nothing beside the folder");
}

#[test]
fn threads_change_no_byte() {
    let home = Home::new("threads");
    let one = files_of(&home, "one", &["--replications", "4", "--jobs", "1"]);
    let two = files_of(&home, "two", &["--replications", "4", "--jobs", "2"]);
    assert_same(&one, &two);
    let again = files_of(&home, "two", &["--replications", "4", "--jobs", "3"]);
    assert_same(&one, &again);
    let jobs = String::from_utf8_lossy(&one["jobs.csv"]).into_owned();
    let mut replications: Vec<&str> =
        jobs.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    replications.dedup();
    assert_eq!(replications, ["0", "1", "2", "3"]);
}

#[test]
fn a_seed_changes_the_run_and_the_same_seed_does_not() {
    let home = Home::new("seed");
    let seven = files_of(&home, "seven", &["--seed", "7"]);
    assert_same(&seven, &files_of(&home, "again", &["--set", "seed=7"]));
    assert_ne!(seven["jobs.csv"], files_of(&home, "eight", &["--seed", "8"])["jobs.csv"]);
}

#[test]
fn records_left_out_change_no_summary() {
    let home = Home::new("records");
    let all = files_of(&home, "all", &["--records", "all"]);
    let jobs = files_of(&home, "jobs", &["--records", "jobs"]);
    let none = files_of(&home, "none", &["--records", "none"]);
    for name in ["summary.json", "scenario.resolved.json", "manifest.json"] {
        assert!(all[name] == none[name] && all[name] == jobs[name], "{name} differs");
    }
    assert_eq!(all["jobs.csv"], jobs["jobs.csv"]);
    let capacity = String::from_utf8_lossy(&none["plots/capacity.svg"]).into_owned();
    assert!(capacity.contains("Nothing was sampled"), "no zeros that nobody has measured");
    assert!(!none.contains_key("jobs.csv") && !jobs.contains_key("attempts.csv"));
}

#[test]
fn stdout_is_the_summary_in_the_format_that_was_asked_for() {
    let home = Home::new("format");
    let run = home.run(&[TINY, &["--out", "out", "--format", "json"]].concat()).ends_with(0);
    assert_eq!(run.stdout.as_bytes(), home.files("out")["summary.json"]);
    assert_eq!(run.stderr, "Results: out\n");
    let csv = home.run(&[TINY, &["--out", "out", "--format", "csv"]].concat()).ends_with(0).stdout;
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("metric,mean,half_width,n,unit"));
    assert!(lines.next().is_some_and(|line| line.starts_with("cost.total,")), "{csv}");
    assert!(csv.lines().all(|line| line.matches(',').count() == 4), "{csv}");
}

#[test]
fn a_folder_that_is_not_ours_is_refused() {
    let home = Home::new("foreign");
    std::fs::create_dir(home.path().join("mine")).unwrap();
    home.write("mine/thesis.txt", "years of work");
    let run = home.run(&[TINY, &["--out", "mine"]].concat()).ends_with(2);
    run.says(&["mine: is not empty", "hint: choose another folder with --out"]);
    assert_eq!(
        home.files(""),
        BTreeMap::from([("mine/thesis.txt".into(), b"years of work".to_vec())])
    );
}

#[test]
fn rows_of_a_trace_wait_for_those_they_depend_on() {
    let home = Home::new("depends-on");
    let scenario = "name: links\nprofile: ideal\ncomputeEnvironments:\n  \
                    - computeEnvironmentName: ce\n    computeResources: {type: EC2, maxvCpus: 8, \
                    instanceTypes: [c6i.large]}\njobQueues:\n  - jobQueueName: q\n    \
                    computeEnvironmentOrder: [{order: 1, computeEnvironment: ce}]\nworkload:\n  \
                    - trace: {file: log.csv, jobQueue: q}\n";
    home.write("links.yaml", scenario);
    let rows = "a,0,100,1,2,\nb,0,50,1,,a\nc,1,10,1,,b;a:0\nd,1,10,1,,\n";
    let header = "job_id,submit_time,run_time,vcpus,array_size,depends_on\n";
    home.write("log.csv", format!("{header}{rows}"));
    home.run(&["run", "links.yaml", "--out", "out"]).ends_with(0);
    let mut reader = csv::Reader::from_path(home.path().join("out/jobs.csv")).unwrap();
    let jobs: BTreeMap<(String, String), (String, String)> = reader
        .deserialize()
        .map(|row: Result<BTreeMap<String, String>, _>| {
            let row = row.unwrap();
            let of = |column: &str| row[column].clone();
            let key = (of("job_name"), of("array_index"));
            (key, (of("started_ms"), of("wait_dependency_ms")))
        })
        .collect();
    let job = |name: &str, index: &str| {
        let (started, waited) = &jobs[&(name.to_owned(), index.to_owned())];
        (started.as_str(), waited.as_str())
    };
    assert_eq!(
        (job("a", "0"), job("a", "1"), job("d", "")),
        (("0", "0"), ("0", "0"), ("1000", "0"))
    );
    assert_eq!(job("b", ""), ("100000", "100000"), "after the whole array");
    assert_eq!(job("c", ""), ("150000", "149000"), "after all that it depends on");
}

/// One task of a quarter of a vCPU, for 90 s.
const QUARTER: &str = r#"
name: quarter
profile: ideal
computeEnvironments:
  - computeEnvironmentName: tasks
    type: MANAGED
    computeResources: {type: FARGATE, maxvCpus: 8, subnets: [use1-az1], securityGroupIds: [sg-1]}
jobQueues:
  - {jobQueueName: q, priority: 1, computeEnvironmentOrder: [{order: 1, computeEnvironment: tasks}]}
jobDefinitions:
  - jobDefinitionName: small
    type: container
    platformCapabilities: [FARGATE]
    containerProperties:
      image: app
      resourceRequirements: [{type: VCPU, value: "0.25"}, {type: MEMORY, value: "512"}]
jobModels: {small: {runtime: 90s}}
workload: [{submit: {jobName: a, jobQueue: q, jobDefinition: small}}]
"#;

#[test]
fn records_say_parts_of_a_vcpu_exactly() {
    let home = Home::new("quarter");
    home.write("quarter.yaml", QUARTER);
    home.run(&["run", "quarter.yaml", "--out", "out"]).ends_with(0);
    let files = home.files("out");
    let column = |file: &str, name: &str| {
        let text = String::from_utf8_lossy(&files[file]).into_owned();
        let mut rows = text.lines().map(|line| line.split(',').map(str::to_owned));
        let at = rows.next().unwrap().position(|column| column == name).unwrap();
        rows.map(|mut row| row.nth(at).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(column("jobs.csv", "vcpus"), ["0.25"]);
    assert_eq!(column("instances.csv", "vcpus"), ["0.25"]);
    assert_eq!(column("instances.csv", "allocated_vcpu_ms"), ["22500"]);
}
