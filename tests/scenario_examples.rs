//! Scenarios of the repository and of the design load, validate against the schema, and load again
//! from what they resolve to.

use batchcast::experiment::scenario::{LoadOptions, Scenario, ScenarioSource, load, schema};
use serde_json::Value;

const EXAMPLE: &str = include_str!("scenarios/example.yaml");

fn read(text: &str, options: &LoadOptions) -> Scenario {
    let source = ScenarioSource::Embedded {
        name: "example".into(),
        text: text.into(),
        files: vec![
            ("ce.json".into(), include_str!("scenarios/ce.json").into()),
            ("log.swf".into(), String::new()),
        ],
    };
    load(&source, options).unwrap_or_else(|errors| panic!("{errors}"))
}

fn reload(scenario: &Scenario) -> Scenario {
    let source =
        ScenarioSource::Value { value: scenario.resolved.clone(), base: "tests/scenarios".into() };
    load(&source, &LoadOptions::default()).unwrap_or_else(|errors| panic!("{errors}"))
}

fn validates(value: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn every_scenario_of_the_repository_loads() {
    for folder in std::fs::read_dir("scenarios").unwrap() {
        let source = ScenarioSource::path(folder.unwrap().path());
        let scenario = load(&source, &LoadOptions::default()).unwrap_or_else(|e| panic!("{e}"));
        assert!(scenario.warnings.is_empty(), "{:?}", scenario.warnings);
        assert_eq!(reload(&scenario).resolved, scenario.resolved);
    }
}

#[test]
fn the_example_of_the_design_loads() {
    let scenario = read(EXAMPLE, &LoadOptions::default());
    println!("{:#?}", scenario);
    assert_eq!(scenario.model.compute_environments.len(), 3);
}
