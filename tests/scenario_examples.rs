//! Scenarios of the repository and of the design load, validate against the schema, and load again
//! from what they resolve to.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use batchcast::batch::compute_environment::ComputeEnvironmentId;
use batchcast::batch::job_definition::Requirements;
use batchcast::ec2::fleet::PurchaseOption;
use batchcast::ec2::market::{PoolOnOffConfig, SpotMarketConfig};
use batchcast::experiment::scenario::{
    LoadOptions, Scenario, ScenarioErrors, ScenarioSource, load, schema,
};
use batchcast::sim::{SimDuration, SimTime};
use batchcast::workload::spec::{ArrivalProcess, SourceSpec, TraceMemory};
use batchcast::world::profile::{BaseProfile, HeadOfLine, PARAMETERS, Profile};
use serde_json::{Value, json};
use std::path::Path;

const EXAMPLE: &str = include_str!("scenarios/example.yaml");
const ACCOUNT: &str = include_str!("scenarios/ce.json");

fn try_read(text: &str, options: &LoadOptions) -> Result<Scenario, ScenarioErrors> {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    load(
        &ScenarioSource::Embedded {
            name: "example".to_owned(),
            text: text.to_owned(),
            files: vec![file("ce.json", ACCOUNT), file("log.swf", "")],
        },
        options,
    )
}

fn read(text: &str, sets: &[(&str, &str)]) -> Scenario {
    let sets = sets.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned()));
    let options = LoadOptions { sets: sets.collect(), ..LoadOptions::default() };
    try_read(text, &options).unwrap_or_else(|errors| panic!("{errors}"))
}

fn reload(scenario: &Scenario, base: &Path) -> Scenario {
    let value = scenario.resolved.clone();
    let source = ScenarioSource::Value { value, base: base.to_owned() };
    load(&source, &LoadOptions::default()).unwrap_or_else(|errors| panic!("{errors}"))
}

fn schema_errors(value: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let errors = validator.iter_errors(value);
    errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

#[test]
fn every_scenario_of_the_repository_loads_and_validates() {
    for folder in std::fs::read_dir("scenarios").unwrap() {
        let folder = folder.unwrap().path();
        let text = std::fs::read_to_string(folder.join("scenario.yaml")).unwrap();
        assert_eq!(schema_errors(&yaml(&text)), Vec::<String>::new());
        let source = ScenarioSource::path(&folder);
        let scenario = load(&source, &LoadOptions::default()).unwrap_or_else(|e| panic!("{e}"));
        assert!(scenario.warnings.is_empty(), "{:?}", scenario.warnings);
        assert_eq!(reload(&scenario, &folder).resolved, scenario.resolved);
    }
}

#[test]
fn the_example_of_the_design_becomes_what_it_says() {
    let scenario = read(EXAMPLE, &[]);
    assert_eq!((scenario.name.as_str(), scenario.replications), ("allocation-strategies", 10));
    let model = &scenario.model;
    let names: Vec<_> = model.compute_environments.iter().map(|ce| ce.name.as_str()).collect();
    assert_eq!(names, ["on-demand", "spot", "imported"]);
    let on_demand = &model.compute_environments[0];
    assert_eq!(on_demand.strategy().map(|s| s.name()), Some("BEST_FIT_PROGRESSIVE"));
    assert_eq!(on_demand.zones.len(), 2);
    assert_eq!(on_demand.model.user_data, Some(SimDuration::from_secs(240)));
    let c6i_large = model.catalog.find("c6i.large").unwrap();
    assert_eq!(on_demand.model.registered_memory, [(c6i_large, 3_700)]);
    assert_eq!(model.compute_environments[1].purchase, PurchaseOption::Spot);
    let order = [ComputeEnvironmentId::new(0), ComputeEnvironmentId::new(1)];
    assert_eq!(model.job_queues[0].compute_environments, order, "ascending `order`");
    let sim = &model.job_definitions[0];
    assert_eq!(sim.requirements, Requirements { vcpus: 2, memory_mib: 4_096, gpus: 0 });
    assert_eq!((sim.retry.attempts, sim.model.image_mib), (3, 900));
    assert_eq!(model.profile.hol, HeadOfLine::Lookahead(100));
    assert_eq!(model.quotas.on_demand_vcpus[0], Some(5_000));
    assert_eq!((model.ebs_gib, model.public_ipv4), (30, true));
    let market = SpotMarketConfig::pool_on_off(PoolOnOffConfig::NORMAL);
    assert_eq!(model.spot_market, Some(market));
    assert_eq!(scenario.thresholds[0].value, 900.0);
    let [SourceSpec::Submit(sweep), SourceSpec::Submit(stream), SourceSpec::Trace(trace)] =
        scenario.workload.as_slice()
    else {
        panic!("{:?}", scenario.workload)
    };
    assert_eq!((sweep.submission.array_size, sweep.submission.throttled), (300, true));
    assert_eq!(sweep.arrivals, ArrivalProcess::At(SimTime::ZERO));
    let until = SimTime::from_millis(86_400_000);
    let poisson = ArrivalProcess::Poisson { per_hour: 120.0, from: SimTime::ZERO, until };
    assert_eq!(stream.arrivals, poisson);
    assert_eq!(
        (trace.memory, trace.definition_names.as_slice()),
        (TraceMemory::Ignored, &["sim".to_owned(), "log".to_owned()][..])
    );
    assert!(trace.corners[0].iter().all(|corner| corner.vcpus <= 100));
}

#[test]
fn what_an_account_prints_is_included_whole() {
    let scenario = read(EXAMPLE, &[]);
    let warnings = scenario.warnings.join("\n");
    assert!(warnings.contains("computeEnvironments[imported].computeResources.desiredvCpus"));
    assert!(warnings.contains("subnet-1, subnet-2 not in subnetZones"), "{warnings}");
    assert!(!warnings.contains("serviceRole"), "{warnings}");
    let imported = &scenario.model.compute_environments[2];
    assert_eq!(imported.zones.len(), scenario.model.catalog.zones().len());
    let strict = LoadOptions { strict: true, ..LoadOptions::default() };
    let errors = try_read(EXAMPLE, &strict).unwrap_err();
    let error = errors.errors.iter().find(|e| e.path.ends_with("desiredvCpus")).unwrap();
    let place = error.place.as_ref().unwrap();
    assert_eq!((place.file.as_str(), place.line), ("ce.json", 17), "the included file's place");
}

#[test]
fn a_key_that_is_not_modelled_and_says_nothing_is_no_mistake() {
    let strict = |desired: &str, linux: &str| {
        let text = ACCOUNT_OF_ONE.replace("DESIRED", desired).replace("LINUX", linux);
        try_read(&text, &LoadOptions { strict: true, ..LoadOptions::default() })
    };
    assert_eq!(strict("0", "{devices: [], tmpfs: []}").unwrap().warnings, [""; 0]);
    for (desired, linux, path) in
        [("2", "{}", "desiredvCpus"), ("0", "{devices: [], maxSwap: 0}", "linuxParameters")]
    {
        let errors = strict(desired, linux).unwrap_err();
        assert!(errors.errors.len() == 1 && errors.errors[0].path.ends_with(path), "{errors}");
    }
}

/// As AWS describes what was created and registered, as far as it is of interest.
const ACCOUNT_OF_ONE: &str = r#"
computeEnvironments:
  - computeEnvironmentName: ce
    type: MANAGED
    computeResources: {type: EC2, maxvCpus: 4, desiredvCpus: DESIRED, instanceTypes: [c6i]}
jobQueues:
  - {jobQueueName: q, priority: 1, computeEnvironmentOrder: [{order: 1, computeEnvironment: ce}]}
jobDefinitions:
  - jobDefinitionName: d
    type: container
    containerProperties: {image: x, vcpus: 1, memory: 512, linuxParameters: LINUX}
jobModels: {d: {runtime: 60s}}
workload: [{submit: {jobName: j, jobQueue: q, jobDefinition: d}}]
"#;

#[test]
fn a_resolved_scenario_loads_again_as_itself() {
    for sets in [&[][..], &[("profile", "ideal")][..], &[("spotMarket.preset", "abundant")][..]] {
        let scenario = read(EXAMPLE, sets);
        let again = reload(&scenario, Path::new("tests/scenarios"));
        assert_eq!(again.resolved, scenario.resolved);
        assert_eq!(again.model.profile, scenario.model.profile);
        assert_eq!(again.model.spot_market, scenario.model.spot_market);
        assert_eq!(format!("{:?}", again.workload.len()), format!("{:?}", scenario.workload.len()));
        assert_eq!(schema_errors(&scenario.resolved), Vec::<String>::new());
    }
}

#[test]
fn profile_ideal_has_no_market_no_quota_and_bills_instances_only() {
    let text = include_str!("../scenarios/fcfs-oracle/scenario.yaml");
    let scenario = read(text, &[]);
    assert_eq!(scenario.model.profile, Profile::ideal());
    assert_eq!(scenario.model.profile.base, BaseProfile::Ideal);
    assert_eq!(scenario.model.spot_market, None);
    assert_eq!((scenario.model.ebs_gib, scenario.model.public_ipv4), (0, false));
    let with_market = read(text, &[("spotMarket.preset", "normal")]);
    assert!(with_market.model.spot_market.is_some());
}

#[test]
fn overrides_set_what_a_path_names() {
    let scenario = read(
        EXAMPLE,
        &[
            ("computeEnvironments[spot].computeResources.maxvCpus", "512"),
            ("profile.cyclePeriod", "1s"),
            ("computeEnvironmentModels.spot.userData", "90s"),
            ("jobQueues[0].priority", "7"),
            ("quotas.standardSpotVcpus", "64"),
        ],
    );
    assert_eq!(scenario.model.compute_environments[1].max_vcpus, 512);
    assert_eq!(scenario.model.profile.cycle_period, SimDuration::from_secs(1));
    assert_eq!(scenario.model.profile.hol, HeadOfLine::Lookahead(100), "the rest stays");
    let user_data = scenario.model.compute_environments[1].model.user_data;
    assert_eq!(user_data, Some(SimDuration::from_secs(90)));
    assert_eq!(scenario.model.job_queues[0].priority, 7);
    assert_eq!(scenario.model.quotas.spot_vcpus[0], Some(64));
}

#[test]
fn options_replace_seed_replications_and_horizon() {
    let options = LoadOptions {
        seed: Some(9),
        replications: Some(3),
        until: Some("60s".to_owned()),
        ..LoadOptions::default()
    };
    let scenario = try_read(EXAMPLE, &options).unwrap();
    assert_eq!((scenario.seed, scenario.replications), (9, 3));
    assert_eq!(scenario.model.horizon, Some(SimDuration::from_secs(60)));
    assert_eq!(scenario.resolved["horizon"], json!("1m"));
}

#[test]
fn every_parameter_of_the_profile_can_be_set() {
    for parameter in PARAMETERS {
        let path = format!("profile.{}", parameter.key);
        let scenario = read(EXAMPLE, &[("profile", "aws"), (&path, &parameter.ideal.to_string())]);
        assert_eq!((parameter.get)(&scenario.model.profile), parameter.ideal, "{path}");
    }
}

#[test]
fn toml_and_json_say_the_same_as_yaml() {
    let scenario = read(EXAMPLE, &[]);
    let folder = std::env::temp_dir().join(format!("batchcast-formats-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("log.swf"), "").unwrap();
    let json = serde_json::to_string_pretty(&scenario.resolved).unwrap();
    let toml = toml::to_string(&scenario.resolved).unwrap();
    for (name, text) in [("a.json", json), ("a.toml", toml)] {
        std::fs::write(folder.join(name), text).unwrap();
        let source = ScenarioSource::path(folder.join(name));
        let again = load(&source, &LoadOptions::default()).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(again.resolved, scenario.resolved, "{name}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn several_registrations_of_a_name_are_its_revisions() {
    let definition = |revision: u32, vcpus: u32| {
        json!({"jobDefinitionName": "sim", "revision": revision, "type": "container",
            "containerProperties": {"vcpus": vcpus, "memory": 1_024}})
    };
    let mut value = yaml(EXAMPLE);
    value["include"] = json!([]);
    value["jobDefinitions"] = json!([definition(2, 8), definition(1, 4)]);
    let arn = "arn:aws:batch:us-east-1:123456789012:job-definition/sim:1";
    value["workload"] = json!([
        {"submit": {"jobName": "a", "jobQueue": "q", "jobDefinition": "sim"}},
        {"submit": {"jobName": "b", "jobQueue": "q", "jobDefinition": arn}},
    ]);
    let source = ScenarioSource::Value { value, base: "tests/scenarios".into() };
    let scenario = load(&source, &LoadOptions::default()).unwrap_or_else(|e| panic!("{e}"));
    let vcpus = |index: usize| match &scenario.workload[index] {
        SourceSpec::Submit(submit) => submit.submission.requirements.vcpus,
        SourceSpec::Trace(_) | SourceSpec::Workflow(_) => 0,
    };
    assert_eq!((vcpus(0), vcpus(1)), (8, 4));
    let names: Vec<_> = scenario.model.job_definitions.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(names, ["sim", "sim:1"]);
}

#[test]
fn a_revision_may_have_a_model_of_its_own_and_else_has_that_of_its_name() {
    let mut value = yaml(EXAMPLE);
    value["include"] = json!([]);
    value["jobDefinitions"] = (1..=3)
        .map(|revision| {
            json!({"jobDefinitionName": "sim", "revision": revision, "type": "container",
                "containerProperties": {"vcpus": 1, "memory": 1_024}})
        })
        .collect();
    let arn = "arn:aws:batch:us-east-1:123456789012:job-definition/sim:3";
    let image = |mib: u32| json!({"runtime": "1m", "imageMib": mib});
    value["jobModels"] = json!({"sim": image(10), "sim:2": image(20), arn: image(30)});
    value["workload"] =
        json!([{"submit": {"jobName": "a", "jobQueue": "q", "jobDefinition": "sim"}}]);
    let source = ScenarioSource::Value { value, base: "tests/scenarios".into() };
    let scenario = load(&source, &LoadOptions::default()).unwrap_or_else(|e| panic!("{e}"));
    let images = scenario.model.job_definitions.iter().map(|d| d.model.image_mib);
    assert_eq!(images.collect::<Vec<_>>(), [10, 20, 30]);
}

#[test]
fn the_schema_accepts_the_examples_and_rejects_an_unknown_key() {
    let mut value = yaml(EXAMPLE);
    assert_eq!(schema_errors(&value), Vec::<String>::new());
    let account: Value = serde_json::from_str(ACCOUNT).unwrap();
    value["computeEnvironments"] = account["computeEnvironments"].clone();
    assert_eq!(schema_errors(&value), Vec::<String>::new());
    value["computeEnvironments"][0]["computeResources"]["maxVcpus"] = json!(1);
    assert!(!schema_errors(&value).is_empty());
    value["computeEnvironments"] = json!([]);
    value["profile"]["cyclePeriods"] = json!("5s");
    assert!(!schema_errors(&value).is_empty());
}

/// Editors read the committed file. `BATCHCAST_UPDATE=1` writes it anew.
#[test]
fn the_committed_schema_is_current() {
    let path = "scenario.schema.json";
    let current = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
    if std::env::var_os("BATCHCAST_UPDATE").is_some() {
        std::fs::write(path, &current).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(committed == current, "{path} is stale: run this test with BATCHCAST_UPDATE=1");
}

/// Keys of the request shapes as AWS spells them (behaviour 4.3, 5.1, 6.1, 10).
const AWS_KEYS: [(&str, &str); 25] = [
    (
        "ComputeEnvironment",
        "computeEnvironmentName type state unmanagedvCpus computeResources serviceRole tags \
             eksConfiguration context ecsSettings computeEnvironmentArn ecsClusterArn status \
             statusReason updatePolicy containerOrchestrationType uuid",
    ),
    (
        "ComputeResources",
        "type allocationStrategy minvCpus maxvCpus desiredvCpus instanceTypes imageId subnets \
             securityGroupIds ec2KeyPair instanceRole tags placementGroup bidPercentage \
             spotIamFleetRole launchTemplate ec2Configuration scalingPolicy \
             managedInstancesProvider capacityTags",
    ),
    (
        "JobQueue",
        "jobQueueName state priority computeEnvironmentOrder serviceEnvironmentOrder \
             schedulingPolicyArn jobStateTimeLimitActions jobQueueType tags jobQueueArn status \
             statusReason",
    ),
    ("TimeLimitAction", "reason state maxTimeSeconds action"),
    ("SchedulingPolicy", "name arn tags fairsharePolicy quotaSharePolicy"),
    ("FairsharePolicy", "shareDecaySeconds computeReservation shareDistribution"),
    ("ShareAttributes", "shareIdentifier weightFactor"),
    (
        "JobDefinition",
        "jobDefinitionName type parameters schedulingPriority containerProperties \
             ecsProperties eksProperties nodeProperties retryStrategy propagateTags timeout tags \
             platformCapabilities consumableResourceProperties jobDefinitionArn revision status \
             containerOrchestrationType",
    ),
    (
        "ContainerProperties",
        "image vcpus memory command jobRoleArn executionRoleArn volumes environment \
             mountPoints readonlyRootFilesystem privileged ulimits user instanceType \
             resourceRequirements linuxParameters logConfiguration secrets networkConfiguration \
             fargatePlatformConfiguration ephemeralStorage runtimePlatform repositoryCredentials \
             enableExecuteCommand",
    ),
    (
        "SubmitJob",
        "jobName jobQueue jobDefinition shareIdentifier schedulingPriorityOverride \
             arrayProperties dependsOn parameters containerOverrides nodeOverrides retryStrategy \
             propagateTags timeout tags eksPropertiesOverride ecsPropertiesOverride \
             consumableResourcePropertiesOverride",
    ),
    (
        "TaskProperties",
        "containers ephemeralStorage executionRoleArn platformVersion ipcMode taskRoleArn \
             pidMode networkConfiguration runtimePlatform volumes enableExecuteCommand networkMode",
    ),
    (
        "TaskContainer",
        "command dependsOn environment essential firelensConfiguration image linuxParameters \
             logConfiguration mountPoints name privileged readonlyRootFilesystem \
             repositoryCredentials resourceRequirements secrets ulimits user startTimeout \
             stopTimeout",
    ),
    ("ContainerDependency", "containerName condition"),
    (
        "PodProperties",
        "serviceAccountName hostNetwork dnsPolicy imagePullSecrets containers initContainers \
             volumes metadata shareProcessNamespace securityContext",
    ),
    (
        "PodContainer",
        "name image imagePullPolicy command args env resources volumeMounts securityContext",
    ),
    ("PodResources", "limits requests"),
    ("NodeProperties", "numNodes mainNode nodeRangeProperties"),
    (
        "NodeRange",
        "targetNodes container instanceTypes ecsProperties eksProperties \
             consumableResourceProperties",
    ),
    ("ContainerOverrides", "vcpus memory command instanceType environment resourceRequirements"),
    ("EcsPropertiesOverride", "taskProperties"),
    ("TaskContainerOverrides", "command environment name resourceRequirements"),
    ("PodPropertiesOverride", "containers initContainers metadata"),
    ("PodContainerOverride", "name image command args env resources"),
    ("NodeOverrides", "numNodes nodePropertyOverrides"),
    (
        "NodePropertyOverride",
        "targetNodes containerOverrides ecsPropertiesOverride instanceTypes \
             eksPropertiesOverride consumableResourcePropertiesOverride",
    ),
];

#[test]
fn aws_keys_are_spelled_as_aws_spells_them() {
    let schema = schema();
    for (kind, text) in AWS_KEYS {
        let properties = schema["$defs"][kind]["properties"].as_object().unwrap();
        let mut ours: Vec<_> = properties.keys().map(String::as_str).collect();
        let mut aws: Vec<_> = text.split_whitespace().collect();
        ours.sort_unstable();
        aws.sort_unstable();
        assert_eq!(ours, aws, "{kind}");
    }
}
