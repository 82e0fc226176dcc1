//! Each finding from a scenario, and none from the scenario with the change that it names.

use crate::experiment::embedded::EMBEDDED;
use crate::experiment::scenario::{LoadOptions, ScenarioSource, load};

/// Two environments, one queue; every check has something to look at and nothing to find.
const CLEAN: &str = r#"name: clean
computeEnvironments:
  - computeEnvironmentName: spot
    computeResources:
      type: SPOT
      allocationStrategy: SPOT_PRICE_CAPACITY_OPTIMIZED
      maxvCpus: 64
      instanceTypes: [c6i.xlarge]
  - computeEnvironmentName: demand
    computeResources:
      type: EC2
      allocationStrategy: BEST_FIT
      minvCpus: 0
      maxvCpus: 32
      instanceTypes: [m6i.xlarge, m6i.2xlarge]
jobQueues:
  - jobQueueName: q
    priority: 1
    computeEnvironmentOrder:
      - {order: 1, computeEnvironment: spot}
      - {order: 2, computeEnvironment: demand}
jobDefinitions:
  - jobDefinitionName: sim
    containerProperties: {vcpus: 2, memory: 7000}
  - jobDefinitionName: later
    containerProperties: {vcpus: 2, memory: 2048}
jobModels: {sim: {runtime: 10m}}
quotas: {standardOnDemandVcpus: 32, standardSpotVcpus: 64}
workload:
  - submit: {jobName: a, jobQueue: q, jobDefinition: sim}
"#;

fn warnings(text: &str) -> Vec<String> {
    let source = ScenarioSource::Embedded {
        name: "clean".to_owned(),
        text: text.to_owned(),
        files: Vec::new(),
    };
    let scenario = load(&source, &LoadOptions::default()).unwrap_or_else(|e| panic!("{e}"));
    scenario.warnings
}

fn spoiled(changes: &[(&str, &str)]) -> Vec<String> {
    let mut text = CLEAN.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    warnings(&text)
}

/// The only finding of the clean scenario after `changes`.
#[track_caller]
fn found(changes: &[(&str, &str)], expected: &str) {
    assert_eq!(spoiled(changes), [expected]);
}

#[test]
fn a_good_account_and_the_embedded_studies_have_no_findings() {
    assert_eq!(warnings(CLEAN), Vec::<String>::new());
    for study in EMBEDDED {
        let scenario = load(&study.source(), &LoadOptions::default()).unwrap();
        assert_eq!(scenario.warnings, Vec::<String>::new(), "{}", study.name);
    }
}

#[test]
fn a_definition_that_nothing_submits_and_no_type_holds_is_found() {
    let edge = "jobDefinitions: a job of later asks for 2 vCPUs, 16384 MiB; m6i.xlarge of demand \
                advertises 16384 MiB but registers 15771 MiB; ask for at most 15771 MiB, or add a \
                larger type such as ";
    let only_small = ("[m6i.xlarge, m6i.2xlarge]", "[m6i.xlarge]");
    let findings = spoiled(&[only_small, ("memory: 2048", "memory: 16384")]);
    assert_eq!(findings.len(), 1);
    assert!(findings[0].starts_with(edge), "{findings:?}");
    assert!(spoiled(&[only_small, ("memory: 2048", "memory: 15771")]).is_empty());
}

#[test]
fn an_infeasible_job_that_is_kept_as_on_aws_is_found_with_its_change() {
    let as_on_aws = ("name: clean\n", "name: clean\ninfeasibleJobs: asOnAws\n");
    let small = ("[m6i.xlarge, m6i.2xlarge]", "[c6i.large, c6i.xlarge]");
    let findings = spoiled(&[as_on_aws, small, ("memory: 7000", "memory: 8192")]);
    let expected = "c6i.xlarge of spot advertises 8192 MiB but registers 7759 MiB, so it stays \
                    RUNNABLE; ask for at most 7759 MiB, or add a larger type such as ";
    assert!(findings.iter().any(|finding| finding.contains(expected)), "{findings:?}");
}

#[test]
fn jobs_that_miss_the_first_environment_by_its_overhead_are_found() {
    found(
        &[("memory: 7000", "memory: 8192")],
        "jobQueues[q]: jobs of sim ask for 8192 MiB; c6i.xlarge of spot advertises 8192 MiB \
         but registers 7759 MiB, so they run in demand and never in spot; ask for at most 7759 MiB",
    );
    assert!(spoiled(&[("memory: 7000", "memory: 7759")]).is_empty());
    assert!(spoiled(&[("memory: 7000", "memory: 9000")]).is_empty(), "larger by design");
}

#[test]
fn a_maximum_below_every_type_is_found() {
    found(
        &[("maxvCpus: 32", "maxvCpus: 3")],
        "computeEnvironments[demand].computeResources.maxvCpus: demand can never launch an \
         instance: it must not exceed 3 vCPUs, and its smallest type, m6i.xlarge, has 4; raise it \
         to 4, or add a smaller type",
    );
    assert!(spoiled(&[("maxvCpus: 32", "maxvCpus: 4")]).is_empty());
    let overshoots = ("BEST_FIT", "BEST_FIT_PROGRESSIVE");
    assert!(spoiled(&[("maxvCpus: 32", "maxvCpus: 3"), overshoots]).is_empty());
}

#[test]
fn a_maximum_of_nothing_is_found() {
    let findings = spoiled(&[("maxvCpus: 32", "maxvCpus: 0")]);
    assert!(findings[0].contains("demand can never launch an instance, as its maxvCpus is 0"));
    assert!(findings[0].ends_with("raise it to 4 at least"), "{findings:?}");
    let disabled = ("Name: demand\n", "Name: demand\n    state: DISABLED\n");
    assert!(spoiled(&[("maxvCpus: 32", "maxvCpus: 0"), disabled]).is_empty());
}

#[test]
fn a_rest_of_the_maximum_that_no_instance_fills_is_found() {
    found(
        &[("maxvCpus: 32", "maxvCpus: 30")],
        "computeEnvironments[demand].computeResources.maxvCpus: the last 2 of 30 vCPUs are never \
         used: instances of demand come in multiples of 4 vCPUs, and it must not exceed its \
         maximum; 28 means the same, 32 allows one instance more",
    );
    assert!(spoiled(&[("maxvCpus: 32", "maxvCpus: 28")]).is_empty());
}

#[test]
fn a_spot_environment_that_waits_for_its_type_is_found() {
    let waits_for_it = "computeEnvironments[spot].computeResources.allocationStrategy: BEST_FIT \
                        waits for its one type when Spot refuses it, and jobs of spot wait with it";
    let better = "use SPOT_PRICE_CAPACITY_OPTIMIZED, which takes another";
    let waits = ("SPOT_PRICE_CAPACITY_OPTIMIZED", "BEST_FIT");
    found(&[waits], &format!("{waits_for_it}; list more types and {better}"));
    let two_types = ("[c6i.xlarge]", "[c6i.xlarge, c5.xlarge]");
    found(&[waits, two_types], &format!("{waits_for_it}; {better}"));
    let ideal = ("name: clean\n", "name: clean\nprofile: ideal\n");
    assert!(spoiled(&[waits, ideal]).is_empty(), "nothing is refused without a market");
}

/// c6i.xlarge costs so much of its On-Demand price on Spot, as millionths, at least a thousandth.
fn spot_share_of_c6i_xlarge() -> u32 {
    let catalog = crate::ec2::catalog::Catalog::embedded();
    let id = catalog.find("c6i.xlarge").unwrap();
    catalog.get(id).spot_ratio_ppm.unwrap()
}

#[test]
fn a_bid_percentage_that_no_pool_is_below_is_found() {
    let whole = spot_share_of_c6i_xlarge() / 10_000;
    let bid = |percentage: u32| {
        format!("SPOT_PRICE_CAPACITY_OPTIMIZED\n      bidPercentage: {percentage}")
    };
    let (below, above) = (bid(whole), bid(whole + 1));
    found(
        &[("SPOT_PRICE_CAPACITY_OPTIMIZED", &below)],
        &format!(
            "computeEnvironments[spot].computeResources.bidPercentage: spot never launches an \
             instance: the Spot price of each of its types is at least {whole} % of the On-Demand \
             price; raise it to {} for c6i.xlarge",
            whole + 1
        ),
    );
    assert!(spoiled(&[("SPOT_PRICE_CAPACITY_OPTIMIZED", &above)]).is_empty());
}

#[test]
fn a_quota_below_the_maximum_is_found_with_the_jobs_that_wait_for_it() {
    found(
        &[("standardSpotVcpus: 64", "standardSpotVcpus: 48")],
        "quotas.standardSpotVcpus: maxvCpus of spot is 64, the quota is 48: jobs of sim beyond it \
         wait for the quota; raise the quota to 64, or lower maxvCpus to 48 in all",
    );
    assert!(spoiled(&[("standardSpotVcpus: 64", "gSpotVcpus: 1")]).is_empty(), "another class");
}

#[test]
fn environments_that_share_a_quota_add_up() {
    let both = [
        ("type: SPOT", "type: EC2"),
        ("SPOT_PRICE_CAPACITY_OPTIMIZED", "BEST_FIT"),
        ("standardOnDemandVcpus: 32", "standardOnDemandVcpus: 90"),
    ];
    found(
        &both,
        "quotas.standardOnDemandVcpus: maxvCpus of spot and demand add up to 96, the quota is 90: \
         jobs of sim beyond it wait for the quota; raise the quota to 96, or lower maxvCpus to 90 \
         in all",
    );
}

#[test]
fn what_nothing_leads_to_is_found() {
    let alone = ("      - {order: 2, computeEnvironment: demand}\n", "");
    found(
        &[alone, ("minvCpus: 0", "minvCpus: 4")],
        "computeEnvironments: no queue leads to demand, and minvCpus of demand is paid for; add \
         it to a computeEnvironmentOrder, or leave it out",
    );
    let queue = "jobDefinitions:\n";
    let second = "  - jobQueueName: idle\n    priority: 1\n    computeEnvironmentOrder: [{order: \
                  1, computeEnvironment: spot}]\njobDefinitions:\n";
    found(
        &[(queue, second)],
        "jobQueues: no workload entry submits to idle; name it as a jobQueue, or leave it out",
    );
}

#[test]
fn what_one_alternative_of_a_study_leaves_out_is_there_for_another() {
    let alone = ("      - {order: 2, computeEnvironment: demand}\n", "");
    let study =
        ("jobDefinitions:\n", "study: {variants: {longer: {horizon: 2d}}}\njobDefinitions:\n");
    assert_eq!(spoiled(&[alone, study]), Vec::<String>::new());
}

/// The hint of the first mistake of the clean scenario after `changes`.
fn hint(changes: &[(&str, &str)]) -> String {
    let mut text = CLEAN.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let source = ScenarioSource::Embedded { name: "clean".to_owned(), text, files: Vec::new() };
    let errors = load(&source, &LoadOptions::default()).unwrap_err();
    errors.errors[0].hint.clone().unwrap()
}

#[test]
fn a_raised_maximum_is_large_enough_for_a_type_that_must_not_overshoot() {
    let alone = ("      - {order: 1, computeEnvironment: spot}\n", "");
    for (most, vcpus) in [("2", "2"), ("4", "5")] {
        let small = format!("maxvCpus: {most}");
        let wanted = format!("vcpus: {vcpus}, memory: 7000");
        let changes = [alone, ("maxvCpus: 32", &small), ("vcpus: 2, memory: 7000", &wanted)];
        let enough = if vcpus == "2" { 4 } else { 8 };
        let expected = format!("raise maxvCpus of demand to {enough}");
        assert!(hint(&changes).starts_with(&expected), "{}", hint(&changes));
        let mended = format!("maxvCpus: {enough}");
        let [_, _, wanted] = changes;
        let unused = spoiled(&[alone, ("maxvCpus: 32", &mended), wanted]);
        assert!(unused.iter().all(|finding| finding.contains("no queue leads to spot")));
    }
}
