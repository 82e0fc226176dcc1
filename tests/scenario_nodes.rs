//! Multi-node parallel jobs in scenario files: what they become, what is refused, and rows of a
//! trace that are split over nodes (behaviour 3; scenario 17 of the conformance list).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use batchcast::batch::job_definition::Requirements;
use batchcast::experiment::embedded::CarriedFile;
use batchcast::experiment::estimate::estimate;
use batchcast::experiment::replicate::{Options, replicate};
use batchcast::experiment::scenario::{
    LoadOptions, Scenario, ScenarioErrors, ScenarioSource, load,
};
use batchcast::metrics::across::{RunSummary, summarise};
use batchcast::workload::spec::{NodeCorner, SourceSpec, TooLarge};
use std::sync::atomic::AtomicBool;

/// Jobs of three nodes on instances of four vCPUs.
const GOOD: &str = r#"name: nodes
profile: ideal
computeEnvironments:
  - computeEnvironmentName: ce
    type: MANAGED
    computeResources:
      {type: EC2, allocationStrategy: BEST_FIT, maxvCpus: 20, instanceTypes: [c6i.xlarge]}
jobQueues:
  - {jobQueueName: q, priority: 1, computeEnvironmentOrder: [{order: 1, computeEnvironment: ce}]}
jobDefinitions:
  - jobDefinitionName: mpi
    type: multinode
    nodeProperties:
      numNodes: 3
      mainNode: 0
      nodeRangeProperties:
        - targetNodes: "0:"
          container:
            image: mpi
            resourceRequirements: [{type: VCPU, value: "3"}, {type: MEMORY, value: "1024"}]
jobModels: {mpi: {runtime: 10m}}
workload:
  - submit: {jobName: a, jobQueue: q, jobDefinition: mpi}
    at: 0s
"#;

const LOG: CarriedFile = CarriedFile {
    name: "log.csv",
    bytes: b"submit_time,run_time,vcpus,memory_mib\n0,600,10,4000\n0,60,2,100\n0,60,21,100\n",
};

fn read(text: &str) -> Result<Scenario, ScenarioErrors> {
    let source = ScenarioSource::Embedded {
        name: "nodes".to_owned(),
        text: text.to_owned(),
        files: vec![("log.csv".to_owned(), String::new())],
    };
    load(&source, &LoadOptions::default())
}

fn run(scenario: &Scenario) -> (RunSummary, Vec<String>) {
    let stop = AtomicBool::new(false);
    let carried = &[LOG];
    let options = Options { threads: 1, samples: None, carried, stop: &stop, progress: &|_| {} };
    let result = replicate(scenario, &options, &|_, _| ()).unwrap();
    (summarise(&result.replications), result.warnings)
}

/// Checks the first mistake of the good scenario with `from` replaced by `to`: its path, and words
/// of what is said.
#[track_caller]
fn refused(changes: &[(&str, &str)], path: &str, words: &[&str]) {
    let mut text = GOOD.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let errors = read(&text).expect_err("a mistake");
    let rendered = errors.render_plain();
    assert_eq!(errors.errors[0].path, path, "{rendered}");
    for word in words {
        assert!(rendered.contains(word), "{word}:\n{rendered}");
    }
    if words.contains(&"asOnAws") {
        let text = format!("infeasibleJobs: asOnAws\n{text}");
        let scenario = read(&text).expect("it stays RUNNABLE");
        assert!(scenario.warnings.iter().any(|w| w.contains("stays RUNNABLE")));
    }
}

const DEFINITION: &str = "workload[a].submit.jobDefinition";

#[test]
fn a_scenario_runs_jobs_of_several_nodes() {
    let scenario = read(GOOD).unwrap_or_else(|errors| panic!("{errors}"));
    let (summary, _) = run(&scenario);
    assert_eq!(summary.metrics.mean("jobs.succeeded"), Some(1.0));
    assert_eq!(summary.metrics.mean("instances.launched"), Some(3.0));
    let hours = summary.metrics.mean("throughput.vcpuHoursPerHour").unwrap();
    assert!((hours - 9.0).abs() < 1e-9, "three vCPUs of each node: {hours}");
    let bounds = estimate(&scenario, &[]).unwrap().bounds.unwrap();
    let cost = summary.metrics.mean("cost.total").unwrap();
    assert!(bounds.cost_usd <= cost && bounds.cost_usd > 0.7 * cost, "{bounds:?} of {cost}");
    assert_eq!(summary.metrics.mean("makespan"), Some(bounds.makespan_s));
}

#[test]
fn jobs_of_several_nodes_are_refused_on_a_queue_without_an_ec2_environment() {
    let words = ["mpi is of 3 nodes", "no compute environment of its queue is of type EC2"];
    refused(&[("type: EC2", "type: SPOT")], DEFINITION, &[&words[..], &["asOnAws"]].concat());
}

#[test]
fn instances_for_all_nodes_beyond_max_vcpus_name_the_smallest_change() {
    let changes = [("maxvCpus: 20", "maxvCpus: 11")];
    refused(
        &changes,
        DEFINITION,
        &["makes 12 vCPUs, ce has at most 11", "maxvCpus of ce to 12", "asOnAws"],
    );
    let submission = "jobDefinition: mpi";
    let more = "jobDefinition: mpi, nodeOverrides: {numNodes: 6}";
    refused(&[(submission, more)], DEFINITION, &["mpi is of 6 nodes", "maxvCpus of ce to 24"]);
}

#[test]
fn a_node_that_no_instance_holds_is_refused_like_a_job() {
    let changes = [("value: \"3\"", "value: \"5\"")];
    refused(&changes, DEFINITION, &["asks for 5 vCPUs", "ask for at most 4 vCPUs", "asOnAws"]);
}

#[test]
fn an_instance_type_of_the_nodes_must_be_one_of_the_queue() {
    let changes = [("image: mpi\n", "image: mpi\n            instanceType: c6i.2xlarge\n")];
    refused(&changes, DEFINITION, &["launches c6i.2xlarge", "instanceTypes", "asOnAws"]);
}

#[test]
fn an_array_is_not_of_several_nodes() {
    let array = "jobDefinition: mpi, arrayProperties: {size: 2}";
    let path = "workload[a].submit.arrayProperties";
    refused(&[("jobDefinition: mpi", array)], path, &["not an array"]);
}

const TRACE: &str = "  - trace: {file: log.csv, jobQueue: q, tooLarge: multinode}\n";

#[test]
fn a_row_of_a_trace_is_no_job_of_several_nodes_by_its_definition() {
    let trace = TRACE.replace("jobQueue: q", "jobQueue: q, jobDefinition: mpi");
    let text = format!("{GOOD}{trace}");
    let errors = read(&text).expect_err("a mistake");
    assert_eq!(errors.errors[0].path, "workload[1].trace.jobDefinition");
}

#[test]
fn a_row_that_is_wider_than_every_type_is_split_over_nodes() {
    let scenario = read(&format!("{GOOD}{TRACE}")).unwrap_or_else(|errors| panic!("{errors}"));
    let SourceSpec::Trace(trace) = &scenario.workload[1] else { panic!("a trace") };
    let size = Requirements { vcpus: 4, memory_mib: 8_192, gpus: 0 };
    assert_eq!(trace.too_large, TooLarge::Multinode(vec![vec![NodeCorner { size, nodes: 5 }]]));
    let (summary, warnings) = run(&scenario);
    assert_eq!(summary.metrics.mean("jobs.succeeded"), Some(3.0), "the third row needs six nodes");
    let says = |words: &str| warnings.iter().any(|warning| warning.contains(words));
    assert!(says("1 jobs were split over several nodes"), "{warnings:?}");
    assert!(says("left out: 1, the first in line 4"), "{warnings:?}");
}

#[test]
fn a_placement_group_is_read() {
    let text = GOOD.replace("maxvCpus: 20", "maxvCpus: 20, placementGroup: mine");
    let scenario = read(&text).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(scenario.model.compute_environments[0].placement_group);
    assert!(!read(GOOD).unwrap().model.compute_environments[0].placement_group);
}
