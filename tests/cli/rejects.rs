//! `--rejects`: which rows of the traces are no jobs, and why.

use crate::home::Home;

const SCENARIO: &str = r#"name: rejects
profile: ideal
REPLICATIONS
catalog:
  instanceTypes:
    - {instanceType: cluster.16, vcpus: 16, memoryMib: 65536, onDemandUsdPerHour: "1.00"}
computeEnvironments:
  - {computeEnvironmentName: ce, computeResources: {type: EC2, maxvCpus: 64, instanceTypes: [cluster.16]}}
jobQueues:
  - {jobQueueName: q, computeEnvironmentOrder: [{order: 1, computeEnvironment: ce}]}
workload:
  - {trace: {file: "a,b.csv", jobQueue: q, memoryMibPerVcpu: 1024}}
  - {trace: {file: log.swf, jobQueue: q, memoryMibPerVcpu: 1024}}
"#;

const CSV: &[u8] = b"job_id,submit_time,run_time,vcpus\n1,0,60,1\n2,\"so\"\"on\",60,1\n\
    3,5,,1\n4,6,60,17\n5,7,caf\xe9,1\n6,8\n7,9,\"a\nb\",1\n8,10,60,1\n";

const SWF: &str = "; a comment\n1 0 -1 60 1 -1 -1 1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1\n\
    2 1 -1 -1 1 -1 -1 1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1\n";

const LIST: &str = "trace,line,kind,reason,column,value\n\
    \"a,b.csv\",3,rejected,not_a_time,submit_time,\"so\"\"on\"\n\
    \"a,b.csv\",4,skipped,no_run_time,run_time,\n\
    \"a,b.csv\",5,skipped,too_large,vcpus,\n\
    \"a,b.csv\",6,rejected,not_a_number,run_time,caf\\xe9\n\
    \"a,b.csv\",7,rejected,field_count,,2\n\
    \"a,b.csv\",8,rejected,not_a_number,run_time,\"a\nb\"\n\
    log.swf,3,skipped,no_run_time,run_time,-1\n";

fn home(test: &str) -> Home {
    let home = Home::new(test);
    home.write("a,b.csv", CSV);
    home.write("log.swf", SWF);
    for replications in 1..=2 {
        let text = SCENARIO.replace("REPLICATIONS", &format!("replications: {replications}"));
        home.write(&format!("{replications}.yaml"), text);
    }
    home
}

#[test]
fn rejected_and_skipped_rows_are_listed_once_whatever_the_run_does() {
    let home = home("rejects");
    let run = |arguments: &[&str]| {
        home.run(&[&["run", "--rejects", "list.csv", "--out", "out"], arguments].concat())
    };
    let summary = |arguments| {
        run(arguments).ends_with(0);
        assert!(home.files("")["list.csv"] == LIST.as_bytes(), "{arguments:?}");
        home.files("out")["summary.json"].clone()
    };
    let listed = summary(&["1.yaml", "--max-rejects", "1"]);
    summary(&["2.yaml", "--max-rejects", "1", "--jobs", "2"]);
    summary(&["1.yaml", "--max-rejects", "1", "--until", "1s"]);
    home.run(&["run", "1.yaml", "--max-rejects", "1", "--out", "out"]).ends_with(0);
    assert!(listed == home.files("out")["summary.json"], "a list changes no result");
    assert!(!home.files("").keys().any(|name| name.contains("partial")));
}

#[test]
fn rejected_rows_are_listed_when_there_are_too_many() {
    let home = home("rejects-too-many");
    for scenario in ["1.yaml", "2.yaml"] {
        let run = home.run(&["run", scenario, "--rejects", "list.csv"]).ends_with(3);
        run.says(&["a,b.csv: 4 of 8 rows are malformed", "--rejects FILE"]);
        assert!(home.files("")["list.csv"] == LIST.as_bytes(), "{scenario}");
        std::fs::remove_file(home.path().join("list.csv")).unwrap();
        assert!(home.files("results").is_empty(), "nothing else is written");
    }
}

#[test]
fn a_place_for_rejects_that_is_taken_or_can_not_be_written_is_left_alone() {
    let home = home("rejects-places");
    home.run(&["run", "1.yaml", "--max-rejects", "1", "--out", "out"]).ends_with(0);
    let before = home.files("");
    for (file, code, expected) in [
        ("no/list.csv", 1, &["no/list.csv: can not be written", "hint: choose another place"][..]),
        ("log.swf", 2, &["log.swf: is no list of rejected rows", "hint: choose another name"]),
        ("out", 2, &["out: is no list of rejected rows"]),
        ("out/list.csv", 2, &["out/list.csv: is in the folder of results", "hint:"]),
    ] {
        let run = home.run(&["run", "1.yaml", "--rejects", file, "--out", "out"]).ends_with(code);
        run.says(expected);
        assert!(before == home.files(""), "{file}: nothing is touched, nothing is left over");
    }
    home.run(&["run", "1.yaml", "--rejects", "/dev/null", "--max-rejects", "1"]).ends_with(0);
}
