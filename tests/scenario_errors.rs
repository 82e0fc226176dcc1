//! One test per kind of bad input: the place, the value and what would be accepted are named.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use batchcast::experiment::scenario::{
    LoadOptions, ScenarioError, ScenarioErrors, ScenarioSource, Variant, load,
};
use std::sync::atomic::{AtomicU32, Ordering};

/// A small scenario in which every line can be spoiled.
const GOOD: &str = r#"name: good
computeEnvironments:
  - computeEnvironmentName: spot
    type: MANAGED
    computeResources:
      type: SPOT
      allocationStrategy: SPOT_CAPACITY_OPTIMIZED
      minvCpus: 0
      maxvCpus: 64
      instanceTypes: [m5.large, c6i]
      subnets: [use1-az1]
jobQueues:
  - jobQueueName: q
    priority: 1
    computeEnvironmentOrder: [{order: 1, computeEnvironment: spot}]
jobDefinitions:
  - jobDefinitionName: sim
    type: container
    containerProperties:
      resourceRequirements: [{type: VCPU, value: "2"}, {type: MEMORY, value: "2048"}]
    retryStrategy: {attempts: 3, evaluateOnExit: [{onReason: "*", action: EXIT}]}
    timeout: {attemptDurationSeconds: 600}
jobModels:
  sim: {runtime: {distribution: exponential, mean: 10m}}
workload:
  - submit: {jobName: a, jobQueue: q, jobDefinition: sim}
    at: 0s
"#;

fn read(text: &str, sets: &[(&str, &str)]) -> Result<(), ScenarioErrors> {
    let sets = sets.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned()));
    let options = LoadOptions { sets: sets.collect(), ..LoadOptions::default() };
    let (name, files) = ("good".to_owned(), Vec::new());
    load(&ScenarioSource::Embedded { name, text: text.to_owned(), files }, &options).map(drop)
}

/// The only mistake of the good scenario with `from` replaced by `to`.
#[track_caller]
fn spoiled(from: &str, to: &str) -> (ScenarioErrors, ScenarioError) {
    assert!(GOOD.contains(from), "{from}");
    let errors = read(&GOOD.replacen(from, to, 1), &[]).expect_err(to);
    println!("{}", errors.render_plain());
    let first = errors.errors[0].clone();
    (errors, first)
}

/// Checks the first mistake: what is underlined, its path, and words of the message, of what is
/// accepted and of the hint.
#[track_caller]
fn says(from: &str, to: &str, underlined: &str, path: &str, words: &[&str]) -> ScenarioErrors {
    let (errors, error) = spoiled(from, to);
    let place = error.place.as_ref().expect("a place");
    let text = errors.text_of(place).unwrap();
    assert_eq!(&text[place.offset..place.offset + place.length], underlined);
    assert_eq!(error.path, path);
    let rendered = errors.render_plain();
    for word in words {
        assert!(rendered.contains(word), "{word} is not in:\n{rendered}");
    }
    errors
}

const RESOURCES: &str = "computeEnvironments[spot].computeResources";

#[test]
fn the_good_scenario_is_good() {
    read(GOOD, &[]).unwrap_or_else(|errors| panic!("{errors}"));
}

#[test]
fn the_plain_rendering_underlines_the_value() {
    let (errors, _) = spoiled("maxvCpus: 64", "maxvCpus: banana");
    let expected = "\
error: \"banana\" is a text
 --> good/scenario.yaml:9:17
  |
9 |       maxvCpus: banana
  |                 ^^^^^^
  at: computeEnvironments[spot].computeResources.maxvCpus
  accepted: a whole number, 0 to 10000000
";
    assert_eq!(errors.render_plain(), expected);
}

#[test]
fn independent_mistakes_are_reported_at_once_in_the_order_of_the_file() {
    let text = GOOD
        .replace("maxvCpus: 64", "maxvCpus: -5")
        .replace("at: 0s", "at: banana")
        .replace("state", "stat")
        .replace("priority: 1", "prioritty: 1");
    let errors = read(&text, &[]).unwrap_err();
    let lines: Vec<_> = errors.errors.iter().map(|e| e.place.as_ref().unwrap().line).collect();
    assert_eq!(lines, [9, 14, 27]);
    let text = GOOD
        .replace("computeEnvironment: spot", "computeEnvironment: spt")
        .replace("jobQueue: q", "jobQueue: p")
        .replace("mean: 10m", "mean: 0s");
    assert_eq!(read(&text, &[]).unwrap_err().errors.len(), 3);
}

#[test]
fn a_value_of_the_wrong_type() {
    let path = &format!("{RESOURCES}.maxvCpus");
    says("maxvCpus: 64", "maxvCpus: [1]", "[1]", path, &["[1] is a list", "a whole number"]);
    says("maxvCpus: 64", "maxvCpus: 1.5", "1.5", path, &["1.5", "a whole number"]);
    says("name: good", "thresholds: 7", "7", "thresholds", &["7 is a number", "a list"]);
}

#[test]
fn max_vcpus_out_of_range_or_below_min_vcpus() {
    let path = &format!("{RESOURCES}.maxvCpus");
    says("maxvCpus: 64", "maxvCpus: -5", "-5", path, &["out of range", "0 to 10000000"]);
    says("maxvCpus: 64", "maxvCpus: 99999999999", "99999999999", path, &["0 to 10000000"]);
    let path = &format!("{RESOURCES}.minvCpus");
    says("minvCpus: 0", "minvCpus: 100", "100", path, &["above maxvCpus 64", "from 0 to 64"]);
}

#[test]
fn an_unknown_strategy_or_one_of_the_other_purchase_option() {
    let path = &format!("{RESOURCES}.allocationStrategy");
    let (good, bad) = ("SPOT_CAPACITY_OPTIMIZED", "SPOT_CAPACITY_OPTIMISED");
    says(good, bad, bad, path, &["BEST_FIT_PROGRESSIVE", "did you mean SPOT_CAPACITY_OPTIMIZED?"]);
    says("type: SPOT\n", "type: EC2\n", good, path, &["type EC2", "accepted: BEST_FIT,"]);
}

#[test]
fn an_unknown_key_says_what_was_meant_and_hides_no_other() {
    let path = &format!("{RESOURCES}.maxVcpus");
    let errors = says("maxvCpus", "maxVcpus", "maxVcpus", path, &["did you mean maxvCpus?"]);
    assert_eq!(errors.errors.len(), 1, "a misspelt key is one mistake");
    says("workload:", "workloads:", "workloads", "workloads", &["did you mean workload?"]);
    says("    at: 0s", "    ad: 0s", "ad", "workload[a].ad", &["accepted: arrivals, at"]);
}

#[test]
fn a_missing_key() {
    let path = "computeEnvironments[spot].computeResources";
    says("      maxvCpus: 64\n", "", "computeResources", path, &["maxvCpus is missing"]);
}

#[test]
fn an_unknown_type_family_or_zone() {
    let path = &format!("{RESOURCES}.instanceTypes[1]");
    says("c6i", "c6j", "c6j", path, &["a family", "nearest are"]);
    says("c6i", "m6g", "m6g", path, &["architecture"]);
    let path = &format!("{RESOURCES}.instanceTypes[0]");
    says("m5.large", "m5.gigantic", "m5.gigantic", path, &["m5.xlarge"]);
    says("m5.large", "r9g.large", "r9g.large", path, &["price", "onDemandUsdPerHour"]);
    let path = &format!("{RESOURCES}.subnets[0]");
    says("use1-az1", "use1-az9", "use1-az9", path, &["no zone", "use1-az6"]);
}

#[test]
fn a_type_that_its_zones_do_not_offer_names_the_override() {
    let to = "p4d.24xlarge, c6i]\n      subnets: [use1-az3]\nsubnetZones: {} #";
    let errors = read(
        &GOOD.replacen("m5.large, c6i]", to, 1).replace("      subnets: [use1-az1]\n", ""),
        &[],
    );
    let text = errors.unwrap_err().render_plain();
    assert!(text.contains("p4d.24xlarge is not offered in use1-az3"), "{text}");
    assert!(text.contains("[{instanceType: p4d.24xlarge, zones: [use1-az3]}]"), "{text}");
}

#[test]
fn a_reference_to_nothing() {
    let path = "jobQueues[q].computeEnvironmentOrder[0].computeEnvironment";
    let (good, bad) = ("computeEnvironment: spot", "computeEnvironment: spt");
    says(good, bad, "spt", path, &["no compute environment spt", "accepted: spot", "did you mean"]);
    let path = "workload[a].submit.jobDefinition";
    says("jobDefinition: sim", "jobDefinition: simm", "simm", path, &["accepted: sim"]);
    says("jobDefinition: sim", "jobDefinition: sim:7", "sim:7", path, &["accepted: sim:1"]);
    let path = "workload[a].submit.jobQueue";
    says("jobQueue: q", "jobQueue: p", "p", path, &["no job queue p", "accepted: q"]);
    says("  sim: {run", "  sum: {run", "sum", "jobModels.sum", &["did you mean sim?"]);
}

#[test]
fn a_run_time_that_is_none() {
    let path = "jobModels.sim.runtime.mean";
    says("mean: 10m", "mean: -10m", "-10m", path, &["negative", "90s"]);
    says("mean: 10m", "mean: -600", "-600", path, &["negative"]);
    says("mean: 10m", "mean: 0s", "0s", path, &["above 0"]);
    says("mean: 10m", "mean: 1e300", "1e300", path, &["100 years"]);
    let path = "jobModels.sim.runtime.median";
    let (errors, _) = spoiled("mean: 10m", "median: 10m");
    assert!(errors.errors.iter().any(|e| e.path == path && e.message.contains("no parameter")));
    let path = "workload[a].submit.jobDefinition";
    let to = "sim: {imageMib: 5}";
    let from = "sim: {runtime: {distribution: exponential, mean: 10m}}";
    says(from, to, "sim", path, &["how long a job of sim runs", "runtime: 10m"]);
}

#[test]
fn a_time_that_is_none() {
    says(
        "at: 0s",
        "at: banana",
        "banana",
        "workload[a].at",
        &["not a duration", "1h30m", "RFC 3339"],
    );
    says(
        "at: 0s",
        "at: 2020-01-01T00:00:00Z",
        "2020-01-01T00:00:00Z",
        "workload[a].at",
        &["before the start"],
    );
    says("name: good", "start: banana", "banana", "start", &["2026-01-01T00:00:00Z"]);
    says("name: good", "horizon: 5 parsecs", "5 parsecs", "horizon", &["not a duration"]);
    says(
        "at: 0s",
        "arrivals: {process: poisson, perHour: 3}",
        "{process: poisson, perHour: 3}",
        "workload[a].arrivals",
        &["no end", "until"],
    );
}

#[test]
fn a_price_that_is_none() {
    let with = |price: &str| {
        format!(
            "catalog: {{instanceTypes: [{{instanceType: a.b, vcpus: 1, memoryMib: 4, \
             onDemandUsdPerHour: {price}}}]}}"
        )
    };
    let path = "catalog.instanceTypes[a.b].onDemandUsdPerHour";
    says("name: good", &with("1e300"), "1e300", path, &["not a price", "plain decimal"]);
    says("name: good", &with("\"-1\""), "\"-1\"", path, &["negative"]);
    says("name: good", &with("\"9999999\""), "\"9999999\"", path, &["out of range"]);
}

#[test]
fn a_job_that_no_type_can_hold_names_the_nearest_and_the_smallest_change() {
    let path = "workload[a].submit.jobDefinition";
    says(
        "\"2048\"",
        "\"9000000\"",
        "sim",
        path,
        &[
            "a job of sim asks for 2 vCPUs, 9000000 MiB",
            "c6i.32xlarge of spot",
            "ask for at most 256124 MiB",
            "asOnAws",
        ],
    );
    says("value: \"2\"", "value: \"65\"", "sim", path, &["raise maxvCpus of spot to 65"]);
    // 8 GiB are advertised, less is registered (behaviour 7).
    let text = GOOD.replace("m5.large, c6i", "m5.large").replace("2048", "8192");
    let rendered = read(&text, &[]).unwrap_err().render_plain();
    assert!(
        rendered.contains("m5.large of spot advertises 8192 MiB but registers 7759 MiB"),
        "{rendered}"
    );
    assert!(rendered.contains("m5.xlarge"), "{rendered}");
    assert!(read(&text, &[("infeasibleJobs", "asOnAws")]).is_ok());
    assert!(read(&text, &[("profile", "ideal")]).is_ok(), "registered = advertised");
}

#[test]
fn retries_and_timeouts_keep_aws_s_limits() {
    let path = "jobDefinitions[sim].retryStrategy.attempts";
    says("attempts: 3", "attempts: 11", "11", path, &["1 to 10"]);
    says("attempts: 3", "attempts: 0", "0", path, &["1 to 10"]);
    let (_, error) = spoiled("attempts: 3, ", "");
    assert_eq!(error.message, "evaluateOnExit needs attempts");
    let path = "jobDefinitions[sim].retryStrategy.evaluateOnExit[0].onReason";
    says("\"*\"", "\"a*b\"", "\"a*b\"", path, &["one * at the end"]);
    let path = "jobDefinitions[sim].timeout.attemptDurationSeconds";
    says("Seconds: 600", "Seconds: 59", "59", path, &["60 or more"]);
}

#[test]
fn what_aws_has_and_we_do_not_says_what_to_use_instead() {
    let path = &format!("{RESOURCES}.type");
    let (from, name) = ("type: SPOT\n", "ECS_MANAGED_INSTANCES");
    says(from, &format!("type: {name}\n"), name, path, &["not modelled yet", "use EC2 or SPOT"]);
    let empty = GOOD.replace("jobDefinition: sim}", "jobDefinition: sim, dependsOn: []}");
    assert!(read(&empty, &[]).is_ok(), "an empty list asks for nothing");
}

#[test]
fn managed_instances_and_service_jobs_say_what_to_use_instead() {
    let path = &format!("{RESOURCES}.type");
    let kind = "ECS_MANAGED_INSTANCES";
    let to = format!("type: {kind}\n");
    says("type: SPOT\n", &to, kind, path, &["not modelled yet", "use EC2 or SPOT"]);
    let key = "managedInstancesProvider";
    let to = format!("      {key}: {{infrastructureRoleArn: a}}\n      maxvCpus: 64");
    let path = &format!("{RESOURCES}.{key}");
    says("      maxvCpus: 64", &to, key, path, &["use type EC2 or SPOT with instanceTypes"]);
    let path = "jobQueues[q].jobQueueType";
    for (kind, instead) in [("SAGEMAKER_TRAINING", "with submit"), (kind, "EC2 or SPOT")] {
        let to = format!("priority: 1\n    jobQueueType: {kind}");
        says("priority: 1", &to, kind, path, &["not modelled yet", instead]);
    }
    let to = "priority: 1\n    serviceEnvironmentOrder: [{order: 1, serviceEnvironment: s}]";
    let (key, words) = ("serviceEnvironmentOrder", ["name compute environments"]);
    says("priority: 1", to, key, &format!("jobQueues[q].{key}"), &words);
    for key in ["serviceEnvironments", "quotaShares"] {
        says("name: good", &format!("{key}: [{{name: a}}]"), key, key, &["with submit"]);
    }
    let to = "workload:\n  - submitServiceJob: {jobName: train}\n";
    let key = "submitServiceJob";
    says("workload:\n", to, key, &format!("workload[0].{key}"), &["with submit"]);
}

#[test]
fn a_region_without_prices_names_both_ways_out() {
    says(
        "name: good",
        "region: eu-west-1",
        "eu-west-1",
        "region",
        &["catalog.file", "priceFrom: us-east-1"],
    );
    let text = GOOD.replace("name: good", "{}").replace("use1-az1", "subnet-1");
    let text = text.replace("{}", "region: eu-west-1\npriceFrom: us-east-1");
    assert!(read(&text, &[]).is_ok());
}

#[test]
fn a_threshold_or_study_that_means_nothing() {
    says(
        "name: good",
        "thresholds: [\"queueLatncy.p95 < 5m\"]",
        "\"queueLatncy.p95 < 5m\"",
        "thresholds[0]",
        &["no metric", "did you mean queueLatency.p95?"],
    );
    says(
        "name: good",
        "study: {grid: {\"jobQueues[p].priority\": [1]}}",
        "\"jobQueues[p].priority\"",
        "study.grid[jobQueues[p].priority]",
        &["has no item p"],
    );
}

#[test]
fn an_override_names_itself_as_its_place() {
    let path = "computeEnvironments[spot].computeResources.maxvCpus";
    let errors = read(GOOD, &[(path, "-1")]).unwrap_err();
    let place = errors.errors[0].place.as_ref().unwrap();
    assert_eq!(place.file, format!("--set {path}=-1"));
    assert!(errors.render_plain().contains("^^"), "{errors}");
    for (path, word) in [
        ("computeEnvironments[sport].state", "did you mean spot?"),
        ("computeEnvironments[spot].stat", "did you mean state?"),
        ("sed", "did you mean seed?"),
        ("a[", "not closed"),
        ("seed.x", "has no keys"),
    ] {
        let text = read(GOOD, &[(path, "1")]).unwrap_err().render_plain();
        assert!(text.contains(word) && text.contains(&format!("--set {path}=1")), "{text}");
    }
    let text = read(GOOD, &[("seed", "[")]).unwrap_err().render_plain();
    assert!(text.contains("--set seed=["), "{text}");
}

#[test]
fn two_things_of_one_name() {
    let again = "jobQueues:\n  - {jobQueueName: q, computeEnvironmentOrder: \
        [{order: 1, computeEnvironment: spot}]}\n";
    says("jobQueues:\n", again, "q", "jobQueues[q].jobQueueName", &["two job queues q"]);
    let (_, error) = spoiled("name: good\n", "name: good\nname: bad\n");
    assert_eq!(error.place.unwrap().line, 2);
}

/// Writes files into a folder of its own and loads one of them.
fn load_file(files: &[(&str, &[u8])], name: &str) -> Result<(), ScenarioErrors> {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let unique = format!("batchcast-{}-{call}", std::process::id());
    let folder = std::env::temp_dir().join(unique);
    std::fs::create_dir_all(&folder).unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    let loaded = load(&ScenarioSource::path(folder.join(name)), &LoadOptions::default()).map(drop);
    std::fs::remove_dir_all(&folder).unwrap();
    loaded
}

#[test]
fn a_file_that_is_none() {
    for (bytes, name, words) in [
        (&b""[..], "empty.yaml", &["is empty", "workload at least"][..]),
        (b"", "empty.json", &["is empty"]),
        (b"\n\n", "blank.json", &["is empty"]),
        (b"", "empty.toml", &["is empty"]),
        (b"{\n  \"a\": [1,\n", "cut.json", &["cut.json:", "EOF"]),
        (b"# only a comment\n", "comment.yaml", &["not a map"]),
        (b"- 1\n", "list.yaml", &["not a map of keys"]),
        (b"name: \xff\xfe\n", "latin.yaml", &["not UTF-8 from byte 6"]),
        (b"a: [1\nb: 2\n", "broken.yaml", &["broken.yaml:", "YAML"]),
        (b"{\"a\": }", "broken.json", &["broken.json:1:7", "expected value"]),
        (b"a = \n", "broken.toml", &["broken.toml:1:"]),
        (
            b"{\"a\": {\"b\": 1,\n\"b\": 2}}",
            "twice.json",
            &["twice.json:2:1", "b is written twice"],
        ),
        (
            b"{\"name\": \"\\ud83d\\ude00\",\n\"seeed\": 2}",
            "pair.json",
            &["pair.json:2:1", "seed?"],
        ),
    ] {
        let text = load_file(&[(name, bytes)], name).unwrap_err().render_plain();
        for word in words {
            assert!(text.contains(word), "{name}: {word} is not in:\n{text}");
        }
    }
    let text = load_file(&[("a", b"")], "absent.yaml").unwrap_err().render_plain();
    assert!(text.contains("absent.yaml does not exist"), "{text}");
    let deep = format!("a: {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(load_file(&[("deep.yaml", deep.as_bytes())], "deep.yaml").is_err());
}

#[test]
fn a_file_that_a_scenario_names_must_exist() {
    let trace = "  - {trace: {file: no.swf, jobQueue: q}}\n";
    let text = format!("{GOOD}{trace}");
    let rendered = read(&text, &[]).unwrap_err().render_plain();
    assert!(rendered.contains("no.swf does not exist"), "{rendered}");
    let include = format!("include: [{{file: no.json, as: jobQueues}}]\n{GOOD}");
    let rendered = read(&include, &[]).unwrap_err().render_plain();
    assert!(rendered.contains("no.json does not exist"), "{rendered}");
    let include = format!("include: [{{file: ce.json, as: jobQueues}}]\n{GOOD}");
    let good = ("s.yaml", include.as_bytes());
    let text = load_file(&[good, ("ce.json", b"{\"a\": []}")], "s.yaml").unwrap_err();
    assert!(text.to_string().contains("ce.json has no list jobQueues"), "{text}");
    for text in [&b"[1,"[..], b"{\"jobQueues\": [], \"jobQueues\": []}"] {
        let broken = load_file(&[good, ("ce.json", text)], "s.yaml").unwrap_err();
        assert!(broken.to_string().contains("ce.json:1:"), "{broken}");
    }
}

#[test]
fn what_an_include_says_is_checked_like_all_else() {
    for (entry, at, words) in [
        ("{file: l.json, as: jobQueues, onyl: 3}", "onyl", &["unknown key onyl", "as, file"][..]),
        ("{file: l.json, as: seed}", "seed", &["\"seed\" is not one", "schedulingPolicies"]),
        ("{file: l.json, as: jobQueue}", "jobQueue", &["did you mean jobQueues?"]),
        ("{file: l.json, as: thresholds}", "thresholds", &["computeEnvironments, jobQueues"]),
        ("{file: l.json}", "{file", &["as is missing"]),
        ("l.json", "l.json", &["\"l.json\" is a text", "a map of as, file"]),
    ] {
        let text = format!("include: [{entry}]\n{GOOD}");
        let files = [("include.yaml", text.as_bytes()), ("l.json", b"[]")];
        let errors = load_file(&files, "include.yaml").expect_err(entry);
        let place = errors.errors[0].place.as_ref().unwrap();
        assert!(text[place.offset..].starts_with(at), "{entry}: {errors}");
        let rendered = errors.render_plain();
        assert_eq!(errors.errors.len(), 1, "{rendered}");
        for word in words {
            assert!(rendered.contains(word), "{word} is not in:\n{rendered}");
        }
    }
}

#[test]
fn a_key_that_has_no_meaning_is_still_the_one_that_was_meant() {
    let path = |key: &str| format!("{RESOURCES}.{key}");
    for (key, meant) in [
        ("securityGroupIDs", "securityGroupIds"),
        ("launchTemplates", "launchTemplate"),
        ("desiredVcpu", "desiredvCpus"),
    ] {
        let words = [&format!("did you mean {meant}?"), "and keys of AWS that are ignored"];
        says("minvCpus: 0", &format!("{key}: 0"), key, &path(key), &words);
    }
    let refused = "managedInstancesProviders";
    let errors = says("minvCpus: 0", &format!("{refused}: 0"), refused, &path(refused), &[]);
    assert!(!errors.render_plain().contains("managedInstancesProvider?"), "{errors}");
}

#[test]
fn a_file_that_a_scenario_names_must_be_a_regular_file() {
    for (file, words) in
        [(".", ". is a folder, not a file"), ("/dev/null", "/dev/null is a device")]
    {
        let text = format!("{GOOD}  - {{trace: {{file: {file}, jobQueue: q}}}}\n");
        let rendered =
            load_file(&[("s.yaml", text.as_bytes())], "s.yaml").unwrap_err().render_plain();
        assert!(rendered.contains(words), "{rendered}");
    }
}

#[test]
fn what_is_included_can_not_be_set_from_outside() {
    let words = ["include is read before any value is set", "hint: "];
    let includes = "[{file: nope.json, as: computeEnvironments}]";
    let rendered = read(GOOD, &[("include", includes)]).unwrap_err().render_plain();
    assert!(words.iter().all(|word| rendered.contains(word)), "{rendered}");
    let study = format!("{GOOD}study: {{variants: {{x: {{include: {includes}}}}}}}\n");
    let rendered = read(&study, &[]).unwrap_err().render_plain();
    assert!(words.iter().all(|word| rendered.contains(word)), "{rendered}");
    let sets = vec![("include".to_owned(), includes.to_owned())];
    let variant = Some(Variant::Given { name: "x".to_owned(), sets });
    let options = LoadOptions { variant, ..LoadOptions::default() };
    let (name, files) = ("good".to_owned(), Vec::new());
    let source = ScenarioSource::Embedded { name, text: GOOD.to_owned(), files };
    let rendered = load(&source, &options).unwrap_err().render_plain();
    assert!(words.iter().all(|word| rendered.contains(word)), "{rendered}");
}

#[test]
fn every_alternative_that_a_key_takes_is_named() {
    for (profile, words) in [
        ("{base: aws, hol: strictt}", &["strict, fcfs, or a map of lookahead", "mean strict?"][..]),
        ("{base: aws, submitTps: many}", &["a whole number, 1 to 1000000000, or unlimited"]),
        ("idael", &["aws, ideal, or a map of keys", "mean ideal?"]),
    ] {
        let rendered = read(GOOD, &[("profile", profile)]).unwrap_err().render_plain();
        for word in words {
            assert!(rendered.contains(word), "{word} is not in:\n{rendered}");
        }
    }
}

#[test]
fn an_option_that_replaces_what_a_variant_sets_is_worth_a_word() {
    let of = |value: &str, replications| {
        let sets = vec![("replications".to_owned(), value.to_owned())];
        let variant = Some(Variant::Given { name: "x".to_owned(), sets });
        let options = LoadOptions { variant, replications, ..LoadOptions::default() };
        let (name, files) = ("good".to_owned(), Vec::new());
        let source = ScenarioSource::Embedded { name, text: GOOD.to_owned(), files };
        let scenario = load(&source, &options).unwrap();
        let warnings = scenario.warnings.into_iter().filter(|text| text.contains("replaced"));
        (scenario.replications, warnings.collect::<Vec<_>>())
    };
    let warning = "replications: the variant's 9 is replaced by --replications 2".to_owned();
    assert_eq!(of("9", Some(2)), (2, vec![warning]));
    assert_eq!(of("9", None), (9, Vec::new()));
    assert_eq!(of("2", Some(2)), (2, Vec::new()));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

    /// Whatever is written, there is a scenario or there are mistakes that can be drawn.
    #[test]
    fn no_text_makes_the_reader_panic(
        edits in proptest::collection::vec((0_usize..GOOD.len(), 0_usize..12, 0_usize..16), 1..4),
    ) {
        const JUNK: [&str; 16] = [
            "", "-1", "1e300", "[", "]", "{a: 1}", "null", "\"", "\n", "ä", "*x", "&x", "~", ": ",
            "99999999999999999999", "  - ",
        ];
        let mut text = GOOD.to_owned();
        for (at, length, junk) in edits {
            let start = (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i));
            let start = start.unwrap();
            let end = (start + length).min(text.len());
            let end = (end..=text.len()).find(|i| text.is_char_boundary(*i)).unwrap();
            text.replace_range(start..end, JUNK[junk]);
        }
        if let Err(errors) = read(&text, &[]) {
            assert!(!errors.errors.is_empty() && errors.render_plain().starts_with("error: "));
        }
    }
}

#[test]
fn the_back_off_of_refused_pools_is_a_second_at_least_and_does_not_shrink() {
    let refused = |profile: &str| {
        let errors = read(GOOD, &[("profile", profile)]).expect_err(profile);
        (errors.errors[0].path.clone(), errors.render_plain())
    };
    let (path, text) = refused("{iceBackoffFirst: 0s}");
    assert_eq!(path, "profile.iceBackoffFirst");
    assert!(text.contains("accepted: 1s or more"), "{text}");
    let (path, text) = refused("{iceBackoffFirst: 10m}");
    assert_eq!(path, "profile.iceBackoffMax");
    assert!(text.contains("accepted: 10m or more"), "{text}");
    let both = "{iceBackoffFirst: 10m, iceBackoffMax: 10m}";
    assert!(read(GOOD, &[("profile", both)]).is_ok());
}
