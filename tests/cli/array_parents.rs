//! What AWS would say of an array as a whole while its children run (behaviour 2.2, and 12,
//! scenario 7).

use crate::home::Home;
use serde_json::Value;

/// Forty children that fail often and are tried twice, and as many that wait for them by index.
const ARRAYS: &str = r#"
name: arrays
seed: 3
computeEnvironments:
  - computeEnvironmentName: ce
    computeResources: {type: EC2, allocationStrategy: BEST_FIT, maxvCpus: 16, instanceTypes: [c6i.xlarge]}
jobQueues:
  - {jobQueueName: q, priority: 1, computeEnvironmentOrder: [{order: 1, computeEnvironment: ce}]}
jobDefinitions:
  - {jobDefinitionName: work, retryStrategy: {attempts: 2}, containerProperties: {vcpus: 1, memory: 1024}}
jobModels:
  work: {runtime: 60s, failure: {probability: 0.5, exitCode: 3}}
workload:
  - submit: {jobName: a, jobQueue: q, jobDefinition: work, arrayProperties: {size: 40}}
  - submit: {jobName: b, jobQueue: q, jobDefinition: work, arrayProperties: {size: 40},
      dependsOn: [{jobId: a, type: N_TO_N}]}
"#;

#[test]
fn a_parent_is_never_runnable_and_its_status_summary_sums_to_its_size() {
    let home = Home::new("array-parents");
    home.write("arrays.yaml", ARRAYS);
    let run = ["run", "arrays.yaml", "--aws", "events", "--aws", "jobs", "--out", "out"];
    home.run(&run).ends_with(0);
    let files = home.files("out");
    let mut seen = 0;
    for (file, key) in [("events.ndjson", "detail"), ("jobs.describe.ndjson", "")] {
        let text = String::from_utf8(files[file].clone()).unwrap();
        for line in text.lines() {
            let value: Value = serde_json::from_str(line).unwrap();
            let job = if key.is_empty() { &value } else { &value[key] };
            let array = &job["arrayProperties"];
            if !array["index"].is_null() || array["size"].is_null() {
                continue;
            }
            seen += 1;
            let status = job["status"].as_str().unwrap();
            assert!(["SUBMITTED", "PENDING", "FAILED", "SUCCEEDED"].contains(&status), "{status}");
            let summary = array["statusSummary"].as_object().unwrap();
            let sum: u64 = summary.values().map(|count| count.as_u64().unwrap()).sum();
            assert_eq!(sum, array["size"].as_u64().unwrap(), "{line}");
        }
    }
    assert!(seen >= 8, "two parents, each SUBMITTED, PENDING, FAILED, and described: {seen}");
}
