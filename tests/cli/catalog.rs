//! `catalog import`: what AWS answered becomes a table that scenarios read.

use crate::home::Home;

const OFFERINGS: &str = r#"{"InstanceTypeOfferings": [
  {"InstanceType": "c6i.large", "LocationType": "availability-zone-id", "Location": "euw1-az1"},
  {"InstanceType": "c6i.large", "LocationType": "availability-zone-id", "Location": "euw1-az2"}]}"#;

const PRICES: &str = "instance_type,on_demand_usd_per_hour\nc6i.large,0.0962\n";

const SCENARIO: &str = r#"name: imported
region: eu-west-1
start: 2026-11-26T00:00:00Z
catalog: {file: mine.csv}
computeEnvironments:
  - computeEnvironmentName: ce
    type: MANAGED
    computeResources: {type: EC2, allocationStrategy: BEST_FIT, maxvCpus: 8, instanceTypes: [c6i.large],
      subnets: [euw1-az2]}
jobQueues:
  - {jobQueueName: q, priority: 1, computeEnvironmentOrder: [{order: 1, computeEnvironment: ce}]}
jobDefinitions:
  - jobDefinitionName: d
    type: container
    containerProperties: {image: app, resourceRequirements: [{type: VCPU, value: "2"},
      {type: MEMORY, value: "2048"}]}
jobModels: {d: {runtime: 1h}}
workload:
  - {submit: {jobName: j, jobQueue: q, jobDefinition: d}, at: 0s}
"#;

fn home(test: &str) -> Home {
    let home = Home::new(test);
    home.write("offerings.json", OFFERINGS);
    home.write("prices.csv", PRICES);
    home.write("imported.yaml", SCENARIO);
    home
}

const IMPORT: [&str; 6] =
    ["catalog", "import", "offerings.json", "prices.csv", "--region", "eu-west-1"];

#[test]
fn an_imported_table_prices_a_run_in_its_region() {
    let home = home("import");
    let options = ["--date", "2026-11-20", "--out", "mine.csv"];
    let import = home.run(&[&IMPORT[..], &options].concat()).ends_with(0);
    assert!(import.stdout.starts_with("Catalog "), "{}", import.stdout);
    assert!(import.stderr.contains("prices.csv: 1 On-Demand prices"), "{}", import.stderr);
    let shown = home.run(&["catalog", "show", "c6i.large", "--file", "mine.csv"]).ends_with(0);
    assert!(shown.stdout.contains("0.0962 USD an hour"), "{}", shown.stdout);
    assert!(shown.stdout.contains("euw1-az1 euw1-az2"), "{}", shown.stdout);
    let run = home.run(&["run", "imported.yaml", "--out", "out"]).ends_with(0);
    assert!(!run.stderr.contains("the catalog is of"), "{}", run.stderr);
    let instances = std::fs::read_to_string(home.path().join("out/instances.csv")).unwrap();
    let row = instances.lines().nth(1).unwrap();
    assert!(row.contains("c6i.large,euw1-az2"), "{row}");
}

#[test]
fn a_table_much_older_than_the_scenario_is_worth_a_word() {
    let home = home("old-import");
    let of = |date: &str| {
        let options = ["--date", date, "--out", "mine.csv"];
        home.run(&[&IMPORT[..], &options].concat()).ends_with(0);
        home.run(&["validate", "imported.yaml"]).ends_with(0)
    };
    let old = of("2026-08-27");
    old.says(&["the catalog is of 2026-08-27, 91 days before the start", "catalog import"]);
    let young = of("2026-08-28");
    assert!(!format!("{}{}", young.stdout, young.stderr).contains("days before the start"));
}

#[test]
fn a_table_replaces_an_earlier_table_and_nothing_else() {
    let home = home("import-places");
    let import = |out| home.run(&[&IMPORT[..], &["--out", out, "--quiet"]].concat());
    for _ in 0..2 {
        assert_eq!(import("mine.csv").ends_with(0).stderr, "", "quiet says nothing on stderr");
    }
    std::fs::create_dir(home.path().join("folder")).unwrap();
    let before = home.files("");
    for (out, code, expected) in [
        ("prices.csv", 2, "prices.csv: is what the table of instance types is made from"),
        ("./offerings.json", 2, "is what the table of instance types is made from"),
        ("imported.yaml", 2, "imported.yaml: is no table of instance types"),
        ("folder", 2, "folder: is no table of instance types"),
        ("no/mine.csv", 1, "no/mine.csv: can not be written"),
    ] {
        import(out).ends_with(code).says(&[expected, "hint: choose another"]);
        assert!(before == home.files(""), "{out}: nothing is touched");
    }
    let itself = ["catalog", "import", "mine.csv", "--region", "eu-west-1", "--out", "mine.csv"];
    let expected = "mine.csv: is what the table of instance types is made from";
    home.run(&itself).ends_with(2).says(&[expected]);
    import("/dev/null").ends_with(0);
}

#[test]
fn files_of_another_region_are_refused() {
    let home = home("import-elsewhere");
    let import = |region| home.run(&["catalog", "import", "offerings.json", "--region", region]);
    import("us-east-1").ends_with(3).says(&["nothing of region us-east-1", "euw1-az1", "--region"]);
    import("").ends_with(2).says(&["is no region"]);
}

#[test]
fn what_is_no_answer_of_aws_is_refused() {
    let home = home("no-import");
    home.write("other.json", "{\"Reservations\": []}");
    home.run(&["catalog", "import", "other.json"]).ends_with(3).says(&["other.json", "hint:"]);
    home.run(&["catalog", "import", "gone.json"]).ends_with(3).says(&["gone.json"]);
    home.run(&["catalog", "import"]).ends_with(2).says(&["FILE"]);
    home.run(&["catalog", "import", "prices.csv", "--date", "today"]).ends_with(2).says(&["today"]);
}
