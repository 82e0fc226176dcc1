//! What a result says of the speed of machines: what the scenario says, what was measured, and of
//! which families nothing is known.

use crate::ec2::machine_speed::{SpeedFigure, SpeedTable};
use crate::experiment::scenario::Scenario;
use crate::metrics::result::Parameter;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The speed of machines as the scenario says it; where it takes measured ones, that of every other
/// family in use with its source.
pub(super) fn parameters(scenario: &Scenario) -> Vec<Parameter> {
    let Some(said) = said(scenario) else { return Vec::new() };
    let parameter = |name: &str, value: String, evidence: &str| Parameter {
        key: format!("machineSpeed.{name}"),
        value,
        evidence: evidence.to_owned(),
    };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut parameters: Vec<Parameter> = said
        .iter()
        .map(|(name, value)| parameter(name, text(value), "ours, as the scenario says it"))
        .collect();
    let table = SpeedTable::embedded();
    for (family, figure) in measured(scenario, &table) {
        parameters.push(match figure {
            None => {
                let evidence = "no figure: taken to be as fast as the reference machine";
                parameter(family, "1".to_owned(), evidence)
            }
            Some(figure) => parameter(family, told(figure), table.source_of(figure)),
        });
    }
    parameters
}

/// Which families work at the speed of the reference machine for want of a figure, where the
/// scenario takes measured speeds.
pub(super) fn warning(scenario: &Scenario) -> Option<String> {
    let table = SpeedTable::embedded();
    let plain: Vec<&str> = measured(scenario, &table)
        .into_iter()
        .filter(|(_, figure)| {
            figure.is_none_or(|figure| figure.factor() == 1.0 && !figure.is_reference())
        })
        .map(|(family, _)| family)
        .collect();
    (!plain.is_empty()).then(|| {
        format!(
            "machineSpeed: the embedded table has no figure that tells these families from the \
             reference machine, so they work at its speed: {}; name their speeds, as \
             `batchcast trace fit-speed` finds them in your own logs",
            plain.join(", ")
        )
    })
}

fn said(scenario: &Scenario) -> Option<&Map<String, Value>> {
    scenario.resolved.get("machineSpeed")?.as_object()
}

/// The families in use whose speed the table decides on, by name; none unless the scenario takes
/// the table.
fn measured<'a>(
    scenario: &'a Scenario,
    table: &'a SpeedTable,
) -> Vec<(&'a str, Option<&'a SpeedFigure>)> {
    let embedded = |said: &&Map<String, Value>| said.get("table") == Some(&Value::from("embedded"));
    let Some(said) = said(scenario).filter(embedded) else { return Vec::new() };
    let model = &scenario.model;
    let listed = model.compute_environments.iter().flat_map(|spec| &spec.instance_types);
    let families: BTreeSet<&str> =
        listed.map(|listed| model.catalog.get(listed.id).family.as_str()).collect();
    let others = families.into_iter().filter(|family| !said.contains_key(*family));
    others.map(|family| (family, table.of_family(family))).collect()
}

fn told(figure: &SpeedFigure) -> String {
    let (low, high) = figure.interval;
    let (speed, factor) = (figure.speed, figure.factor());
    format!("{factor} (measured {speed}, 95 % interval {low} to {high})")
}
