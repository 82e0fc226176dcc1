//! Scheduling policies, shares and priorities as scenarios say them: what is read, and what AWS
//! would refuse, with its place.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use batchcast::batch::job_queue::ShareIdentifier;
use batchcast::batch::scheduling_policy::{FairSharePolicy, ShareAttributes};
use batchcast::experiment::embedded::CarriedFile;
use batchcast::experiment::replicate::{Options, replicate};
use batchcast::experiment::scenario::{
    LoadOptions, Scenario, ScenarioErrors, ScenarioSource, load, schema,
};
use batchcast::metrics::across::{RunSummary, summarise};
use batchcast::sim::SimDuration;
use batchcast::workload::spec::{ShareRule, SourceSpec};
use serde_json::Value;
use std::sync::atomic::AtomicBool;

const GOOD: &str = r#"name: fair
computeEnvironments:
  - computeEnvironmentName: ce
    computeResources: {type: EC2, maxvCpus: 64, instanceTypes: [m5.large]}
schedulingPolicies:
  - name: teams
    fairsharePolicy:
      shareDecaySeconds: 3600
      computeReservation: 50
      shareDistribution:
        - {shareIdentifier: teamA, weightFactor: 0.125}
        - {shareIdentifier: user*}
jobQueues:
  - jobQueueName: fair
    schedulingPolicyArn: teams
    computeEnvironmentOrder: [{order: 1, computeEnvironment: ce}]
  - jobQueueName: fifo
    computeEnvironmentOrder: [{order: 1, computeEnvironment: ce}]
jobDefinitions:
  - {jobDefinitionName: plain, containerProperties: {vcpus: 1, memory: 1024}}
  - {jobDefinitionName: urgent, schedulingPriority: 7, containerProperties: {vcpus: 1, memory: 1024}}
jobModels:
  plain: {runtime: 10m}
  urgent: {runtime: 10m}
workload:
  - submit: {jobName: a, jobQueue: fair, jobDefinition: urgent, shareIdentifier: teamA}
  - submit: {jobName: b, jobQueue: fair, jobDefinition: urgent, shareIdentifier: user1, schedulingPriorityOverride: 9999}
  - submit: {jobName: c, jobQueue: fifo, jobDefinition: plain}
  - trace: {file: jobs.csv, jobQueue: fair}
"#;

/// What `aws batch describe-scheduling-policies` prints.
const DESCRIBED: &str = r#"{"schedulingPolicies": [{
    "name": "teams",
    "arn": "arn:aws:batch:us-east-1:123456789012:scheduling-policy/teams",
    "fairsharePolicy": {"shareDecaySeconds": 0, "computeReservation": 0, "shareDistribution": [
        {"shareIdentifier": "teamA", "weightFactor": 2.5}]},
    "tags": {"owner": "me"}}]}"#;

fn read(text: &str) -> Result<Scenario, ScenarioErrors> {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let files = vec![file("jobs.csv", ""), file("log.swf", ""), file("policies.json", DESCRIBED)];
    let source = ScenarioSource::Embedded { name: "fair".to_owned(), text: text.to_owned(), files };
    load(&source, &LoadOptions::default())
}

fn good(text: &str) -> Scenario {
    read(text).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The only mistake of the good scenario with `from` replaced by `to`: what is underlined, its
/// path, and words of the rendering.
#[track_caller]
fn says(from: &str, to: &str, underlined: &str, path: &str, words: &[&str]) {
    assert!(GOOD.contains(from), "{from}");
    let errors = read(&GOOD.replacen(from, to, 1)).expect_err(to);
    let rendered = errors.render_plain();
    assert_eq!(errors.errors.len(), 1, "{rendered}");
    let place = errors.errors[0].place.as_ref().expect("a place");
    let text = errors.text_of(place).unwrap();
    assert_eq!(&text[place.offset..place.offset + place.length], underlined, "{rendered}");
    assert_eq!(errors.errors[0].path, path);
    for word in words {
        assert!(rendered.contains(word), "{word} is not in:\n{rendered}");
    }
}

fn entry(text: &str, weight_factor: f64) -> ShareAttributes {
    ShareAttributes { share_identifier: ShareIdentifier::new(text).unwrap(), weight_factor }
}

#[test]
fn a_queue_has_the_policy_that_it_names_and_a_job_its_share_and_priority() {
    let scenario = good(GOOD);
    let policy = FairSharePolicy {
        share_decay: SimDuration::from_secs(3_600),
        compute_reservation: 50,
        share_distribution: vec![entry("teamA", 0.125), entry("user*", 1.0)],
    };
    let queues = &scenario.model.job_queues;
    assert_eq!((&queues[0].fair_share, &queues[1].fair_share), (&Some(policy), &None));
    let [
        SourceSpec::Submit(a),
        SourceSpec::Submit(b),
        SourceSpec::Submit(c),
        SourceSpec::Trace(trace),
    ] = scenario.workload.as_slice()
    else {
        panic!("{:?}", scenario.workload)
    };
    let share = |text: &str| ShareIdentifier::new(text);
    assert_eq!((&a.submission.share, a.submission.scheduling_priority), (&share("teamA"), 7));
    assert_eq!((&b.submission.share, b.submission.scheduling_priority), (&share("user1"), 9_999));
    assert_eq!((&c.submission.share, c.submission.scheduling_priority), (&None, 0));
    assert_eq!(trace.share_rules, [ShareRule::Required, ShareRule::Refused]);
    assert_eq!(trace.definition_priorities, [None, Some(7), None], "the last is the trace's own");
}

#[test]
fn what_an_account_prints_of_its_policies_is_included_whole_and_named_by_arn() {
    let start = GOOD.find("schedulingPolicies:").unwrap();
    let end = GOOD.find("jobQueues:").unwrap();
    let include = "include: [{file: policies.json, as: schedulingPolicies}]\n";
    let arn = "arn:aws:batch:us-east-1:123456789012:scheduling-policy/teams";
    let text = format!("{}{include}{}", &GOOD[..start], &GOOD[end..]);
    let scenario = good(&text.replace("Arn: teams", &format!("Arn: {arn}")));
    let share_distribution = vec![entry("teamA", 2.5)];
    let policy = FairSharePolicy { share_distribution, ..FairSharePolicy::default() };
    assert_eq!(scenario.model.job_queues[0].fair_share, Some(policy));
}

#[test]
fn a_policy_loads_again_from_what_it_resolves_to_and_fits_the_schema() {
    let scenario = good(GOOD);
    let again = good(&scenario.resolved.to_string());
    assert_eq!(again.resolved, scenario.resolved);
    assert_eq!(again.model.job_queues[0].fair_share, scenario.model.job_queues[0].fair_share);
    let value: Value = serde_saphyr::from_str(GOOD).unwrap();
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
}

#[test]
fn a_policy_that_aws_would_refuse() {
    let policy = "schedulingPolicies[teams].fairsharePolicy";
    says(
        "Reservation: 50",
        "Reservation: 100",
        "100",
        &format!("{policy}.computeReservation"),
        &["0 to 99"],
    );
    says(
        "Seconds: 3600",
        "Seconds: 604801",
        "604801",
        &format!("{policy}.shareDecaySeconds"),
        &["0 to 604800"],
    );
    let path = &format!("{policy}.shareDistribution[teamA].weightFactor");
    says("0.125", "0", "0", path, &["0.0001 to 999.9999"]);
    says("0.125", "1000", "1000", path, &["0.0001 to 999.9999"]);
    let path = &format!("{policy}.shareDistribution[team A].shareIdentifier");
    says("{shareIdentifier: teamA,", "{shareIdentifier: team A,", "team A", path, &["255 letters"]);
    let path = &format!("{policy}.shareDistribution[team*].shareIdentifier");
    says("user*", "team*", "team*", path, &["team* overlaps teamA", "leave one"]);
    says(
        "Arn: teams",
        "Arn: team",
        "team",
        "jobQueues[fair].schedulingPolicyArn",
        &["no scheduling policy team", "accepted: teams", "did you mean teams?"],
    );
    says(
        "  - name: teams",
        "  - {name: teams}\n  - name: teams",
        "teams",
        "schedulingPolicies[teams].name",
        &["two scheduling policies teams"],
    );
    says(
        "fairsharePolicy:\n",
        "quotaSharePolicy: {idleResourceAssignmentStrategy: FIFO}\n    fairsharePolicy:\n",
        "quotaSharePolicy",
        "schedulingPolicies[teams].quotaSharePolicy",
        &["not modelled yet", "use fairsharePolicy"],
    );
}

#[test]
fn a_job_of_a_fair_share_queue_has_a_share_and_a_priority() {
    let path = "workload[a].submit";
    let job = "{jobName: a, jobQueue: fair, jobDefinition: urgent, shareIdentifier: teamA}";
    let bare = "{jobName: a, jobQueue: fair, jobDefinition: urgent}";
    says(job, bare, bare, path, &["fair has a scheduling policy", "write shareIdentifier: teamA"]);
    let plain = "{jobName: a, jobQueue: fair, jobDefinition: plain, shareIdentifier: teamA}";
    let aws = "Either schedulingPriority in job definition or schedulingPriorityOverride should be \
        specified";
    says(job, plain, plain, path, &[aws]);
    let overridden = plain.replace("teamA", "teamA, schedulingPriorityOverride: 0");
    assert!(read(&GOOD.replacen(job, &overridden, 1)).is_ok());
    says(
        "shareIdentifier: user1",
        "shareIdentifier: user-1",
        "user-1",
        "workload[b].submit.shareIdentifier",
        &["\"user-1\" is no share identifier", "255 letters and digits"],
    );
    says(
        "Override: 9999",
        "Override: 10000",
        "10000",
        "workload[b].submit.schedulingPriorityOverride",
        &["0 to 9999"],
    );
    let path = "jobDefinitions[urgent].schedulingPriority";
    says("schedulingPriority: 7", "schedulingPriority: -1", "-1", path, &["0 to 9999"]);
}

#[test]
fn a_job_of_a_queue_without_a_policy_has_no_share_unless_shares_are_ignored() {
    let (from, to) = ("jobDefinition: plain}", "jobDefinition: plain, shareIdentifier: teamA}");
    let path = "workload[c].submit.shareIdentifier";
    let words = ["fifo has no scheduling policy", "leave it out", "fifoRefusesShare: false"];
    says(from, to, "shareIdentifier", path, &words);
    let text = GOOD.replacen(from, to, 1);
    let scenario = good(&format!("{text}profile: {{base: aws, fifoRefusesShare: false}}\n"));
    let SourceSpec::Submit(c) = &scenario.workload[2] else { panic!() };
    assert_eq!(c.submission.share, ShareIdentifier::new("teamA"), "it is carried along");
    let SourceSpec::Trace(trace) = &scenario.workload[3] else { panic!() };
    assert_eq!(trace.share_rules, [ShareRule::Required, ShareRule::Ignored]);
}

#[test]
fn a_log_without_shares_can_not_go_to_a_fair_share_queue() {
    says(
        "{file: jobs.csv, jobQueue: fair}",
        "{file: log.swf, jobQueue: fair}",
        "fair",
        "workload[3].trace.jobQueue",
        &["swf log have no share", "share and priority"],
    );
    assert!(
        read(&GOOD.replace("{file: jobs.csv, jobQueue: fair}", "{file: log.swf, jobQueue: fifo}"))
            .is_ok()
    );
}

/// Behaviour 12, scenario 11, end to end: half of 100 vCPUs for one share, three quarters for two.
const RESERVED: &str = r#"name: reserved
profile: ideal
catalog:
  instanceTypes:
    - {instanceType: cluster.all, vcpus: 100, memoryMib: 409600, onDemandUsdPerHour: "1.00"}
computeEnvironments:
  - computeEnvironmentName: ce
    computeResources:
      {type: EC2, allocationStrategy: BEST_FIT, minvCpus: 100, maxvCpus: 100,
       instanceTypes: [cluster.all]}
schedulingPolicies:
  - name: teams
    fairsharePolicy: {shareDecaySeconds: 3600, computeReservation: 50}
jobQueues:
  - jobQueueName: fair
    schedulingPolicyArn: teams
    computeEnvironmentOrder: [{order: 1, computeEnvironment: ce}]
jobDefinitions:
  - {jobDefinitionName: d, schedulingPriority: 1, containerProperties: {vcpus: 1, memory: 1024}}
jobModels: {d: {runtime: 100s}}
workload:
  - submit: {jobName: a, jobQueue: fair, jobDefinition: d, shareIdentifier: teamA, arrayProperties: {size: 100}}
  - submit: {jobName: b, jobQueue: fair, jobDefinition: d, shareIdentifier: teamB, arrayProperties: {size: 40}}
    at: 30s
"#;

fn run(scenario: &Scenario, carried: &'static [CarriedFile]) -> RunSummary {
    let stop = AtomicBool::new(false);
    let options = Options { threads: 1, samples: None, carried, stop: &stop, progress: &|_| {} };
    let result = replicate(scenario, &options, &|_, _| ()).unwrap();
    assert_eq!(result.warnings, Vec::<String>::new(), "a policy is carried out");
    summarise(&result.replications)
}

/// One metric of each share.
fn by_share(summary: &RunSummary, metric: &str) -> Vec<(String, Option<f64>)> {
    let shares = summary.by.share_identifier.0.iter();
    shares.map(|(name, values)| (name.clone(), values.mean(metric))).collect()
}

/// 50 jobs of a start at once. With b, which had used nothing, there are 25 more vCPUs at 30 s; at
/// 100 s its last 15 jobs and 35 of a follow on the 50 of a, at 130 s the last 15 of a.
#[test]
fn a_scenario_reserves_for_shares_to_come_and_sums_its_jobs_by_share() {
    let summary = run(&good(RESERVED), &[]);
    let both = |a: f64, b: f64| [("teamA".to_owned(), Some(a)), ("teamB".to_owned(), Some(b))];
    assert_eq!(by_share(&summary, "jobs.succeeded"), both(100.0, 40.0));
    assert_eq!(by_share(&summary, "queueLatency.max"), both(130.0, 70.0));
    let mean = by_share(&summary, "queueLatency.mean");
    let expected = [(35.0 * 100.0 + 15.0 * 130.0) / 100.0, 15.0 * 70.0 / 40.0];
    for ((_, mean), expected) in mean.iter().zip(expected) {
        assert!((mean.unwrap() - expected).abs() < 1e-9, "{mean:?} {expected}");
    }
    let waits = summary.metrics.mean("wait.fair_share.mean").unwrap();
    let all = (expected[0] * 100.0 + expected[1] * 40.0) / 140.0;
    assert!((waits - all).abs() < 1e-9, "all waiting is for the share: {waits} of {all}");
}

/// Rows of a trace bring their shares along; within one the higher priority is first.
#[test]
fn the_shares_of_a_trace_take_turns() {
    let trace = "  - trace: {file: rows.csv, format: csv, jobQueue: fair, memoryMibPerVcpu: 1}\n";
    let start = RESERVED.find("  - submit").unwrap();
    let text = format!(
        "{}{trace}",
        RESERVED[..start].replace("computeReservation: 50", "computeReservation: 0")
    );
    let files = vec![("rows.csv".to_owned(), String::new())];
    let source = ScenarioSource::Embedded { name: "fair".to_owned(), text, files };
    let scenario = load(&source, &LoadOptions::default()).unwrap_or_else(|e| panic!("{e}"));
    const ROWS: CarriedFile = CarriedFile {
        name: "rows.csv",
        bytes: b"submit_time,run_time,vcpus,share,priority\n\
            0,60,100,a,0\n0,60,100,a,0\n0,60,100,b,0\n0,60,100,a,9\n",
    };
    let summary = run(&scenario, &[ROWS]);
    let latest = by_share(&summary, "queueLatency.max");
    // a with priority 9, b, and then the other two of a.
    assert_eq!(latest, [("a".to_owned(), Some(180.0)), ("b".to_owned(), Some(60.0))]);
    let mean = by_share(&summary, "queueLatency.mean")[0].1.unwrap();
    assert!((mean - 100.0).abs() < 1e-9, "0, 120 and 180 s: {mean}");
}
