//! Keys with a fixed list of values, and lists that are made from tables elsewhere.
//!
//! A value that AWS has and we do not is listed with what to use instead, so that it is not taken
//! for a typing mistake.

use super::super::scalar::Duration;
use super::model::Latency;
use crate::batch::allocation::STRATEGIES;
use crate::ec2::fleet::PurchaseOption;
use crate::ec2::market::{CapacityConfig, MODELS, Number, PRICE_MODELS, SIGNAL, SpotMarketConfig};
use crate::ec2::quota::{QuotaClass, Quotas};
use crate::world::profile::{
    BANDWIDTHS, BaseProfile, KERNELS, OVERSHOOTS, PARAMETERS, PLACEMENT_RULES, ParameterValue,
    SIZINGS,
};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

/// The schema keyword that lists values which AWS has and we do not: value to what to use instead.
pub(crate) const NOT_MODELLED: &str = "x-not-modelled";

/// The schema keyword that lists values which may be written in any case.
pub(crate) const ANY_CASE: &str = "x-any-case";

fn choice(values: &[&str], not_modelled: &[(&str, &str)]) -> Schema {
    let mut schema = json_schema!({"type": "string", "enum": values});
    if !not_modelled.is_empty() {
        let pairs = not_modelled.iter().map(|(k, v)| ((*k).to_owned(), Value::from(*v)));
        schema.insert(NOT_MODELLED.to_owned(), Value::Object(pairs.collect()));
    }
    schema
}

macro_rules! choices {
    ($($name:ident [$($value:literal),+] $({$($other:literal: $instead:literal),+})?;)+) => {$(
        pub(crate) fn $name(_: &mut SchemaGenerator) -> Schema {
            choice(&[$($value),+], &[$($(($other, $instead)),+)?])
        }
    )+};
}

choices! {
    environment_type ["MANAGED", "UNMANAGED"];
    environment_status ["CREATING", "UPDATING", "DELETING", "DELETED", "VALID", "INVALID"];
    queue_status ["VALID", "UPDATING"] {
        "CREATING": "write VALID, or leave status out: queues are there from the start",
        "DELETING": "leave the queue out: it takes no jobs",
        "DELETED": "leave the queue out: it takes no jobs",
        "INVALID": "leave the queue out, or make its environments INVALID: jobs wait there"
    };
    resources_type ["EC2", "SPOT", "FARGATE", "FARGATE_SPOT"] {
        "ECS_MANAGED_INSTANCES": "use EC2 or SPOT with the types that it may launch"
    };
    stuck_reason [
        "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
        "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
        "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT"
    ];
    runnable ["RUNNABLE"];
    cancel ["CANCEL"] {"TERMINATE": "use CANCEL; only queues of service jobs take TERMINATE"};
    queue_type ["ECS", "ECS_FARGATE", "EKS"] {
        "ECS_MANAGED_INSTANCES": "use ECS with EC2 or SPOT environments of the types that may be \
            launched",
        "SAGEMAKER_TRAINING": "use ECS, and describe the training jobs with submit and \
            jobDefinitions"
    };
    definition_type ["container", "multinode"];
    definition_status ["ACTIVE", "INACTIVE"];
    consumable_type ["REPLENISHABLE", "NON_REPLENISHABLE"];
    consumable_operation ["SET", "ADD", "REMOVE"];
    dependency_type ["N_TO_N", "SEQUENTIAL"];
    resource_type ["VCPU", "MEMORY", "GPU"];
    container_condition ["START", "COMPLETE", "SUCCESS"];
    architecture ["x86_64", "arm64"];
    cpu_architecture ["X86_64", "ARM64"];
    assign_public_ip ["ENABLED", "DISABLED"];
    distribution [
        "constant", "exponential", "lognormal", "weibull", "pareto", "gamma", "empirical"
    ];
    after_end ["repeat", "hold"];
    untraced_pools ["closed", "open"];
    speed_table ["none", "embedded"];
    cost_share ["vcpu"];
    process ["poisson", "deterministic", "diurnal", "mmpp"];
    trace_format ["swf", "csv"];
    workflow_format ["wfcommons"];
    client ["nextflow"];
    origin ["first", "none"];
    trace_memory ["ignored", "requested", "used"];
    too_large ["reject", "clamp", "multinode"];
    include_as [
        "computeEnvironments", "jobQueues", "schedulingPolicies", "consumableResources",
        "jobDefinitions", "workload"
    ];
}

/// RETRY or EXIT, in any case (behaviour 1.3).
pub(crate) fn retry_action(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": "^([Rr][Ee][Tt][Rr][Yy]|[Ee][Xx][Ii][Tt])$",
        ANY_CASE: ["RETRY", "EXIT"],
    })
}

/// A list of platform capabilities.
pub(crate) fn platforms(_: &mut SchemaGenerator) -> Schema {
    let instead = "leave it out, and describe the instances as EC2 or SPOT environments";
    let one = choice(&["EC2", "FARGATE"], &[("MANAGED_INSTANCES", instead)]);
    json_schema!({"type": "array", "items": one})
}

/// The names of the registered strategies.
pub(crate) fn strategy(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<_> = STRATEGIES.iter().map(|s| s.name()).collect();
    choice(&names, &[])
}

/// A number of at least 1, or `unlimited`.
pub(crate) fn limit(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"anyOf": [
        {"type": "integer", "minimum": 1, "maximum": 1_000_000_000},
        {"type": "string", "enum": ["unlimited"]},
    ]})
}

/// One key per quota class and purchase option, and those of Fargate.
pub(crate) fn quotas(_: &mut SchemaGenerator) -> Schema {
    let mut properties = Map::new();
    for class in QuotaClass::ALL {
        for purchase in ["OnDemand", "Spot"] {
            let key = format!("{}{purchase}Vcpus", class.key());
            properties.insert(key, json!({"type": "integer", "minimum": 0}));
        }
    }
    for purchase in PurchaseOption::ALL {
        let key = Quotas::fargate_key(purchase).to_owned();
        properties.insert(key, json!({"type": "integer", "minimum": 0}));
    }
    json_schema!({"type": "object", "properties": properties, "additionalProperties": false})
}

/// The names of the capacity models.
pub(crate) fn market_model(_: &mut SchemaGenerator) -> Schema {
    choice(&MODELS.iter().map(|model| model.name).collect::<Vec<_>>(), &[])
}

/// The names of their presets.
pub(crate) fn market_preset(_: &mut SchemaGenerator) -> Schema {
    let names = MODELS.iter().flat_map(|model| model.presets).map(|(name, _)| *name);
    let mut names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    choice(&names, &[])
}

/// The names of the price models.
pub(crate) fn price_model(_: &mut SchemaGenerator) -> Schema {
    choice(&PRICE_MODELS.iter().map(|model| model.name).collect::<Vec<_>>(), &[])
}

/// Numbers of the capacity models.
pub(crate) fn market_parameters(_: &mut SchemaGenerator) -> Schema {
    let mut properties = Map::new();
    for model in MODELS {
        for number in model.numbers.iter().chain(SIGNAL.into_iter().flatten()) {
            let default = match model.presets {
                [] => None,
                [(_, config), ..] => (number.field)(&mut SpotMarketConfig::new(config())).copied(),
            };
            let preset = model.presets.first().map_or("", |(name, _)| name);
            properties.entry(number.key).or_insert_with(|| number_schema(number, preset, default));
        }
    }
    let description = "whether the type's Spot Advisor band scales the reclaim rate";
    let scaling = json!({"type": "boolean", "description": description});
    properties.insert(super::super::validate::market::BAND_SCALING.to_owned(), scaling);
    json_schema!({"properties": properties})
}

/// Numbers of the price models.
pub(crate) fn price_parameters(_: &mut SchemaGenerator) -> Schema {
    let mut properties = Map::new();
    for model in PRICE_MODELS {
        let Some(config) = model.config() else { continue };
        let mut market = SpotMarketConfig::new(CapacityConfig::Unlimited);
        market.prices.model = config;
        for number in model.numbers {
            let default = (number.field)(&mut market).copied();
            properties.insert(number.key.to_owned(), number_schema(number, "", default));
        }
    }
    json_schema!({"properties": properties})
}

fn number_schema(number: &Number, preset: &str, default: Option<f64>) -> Value {
    let meaning = number.meaning;
    let description = match (default, preset) {
        (Some(default), "") => format!("{meaning}; by default {default}"),
        (Some(default), preset) => format!("{meaning}; preset {preset}: {default}"),
        (None, _) => meaning.to_owned(),
    };
    json!({
        "type": "number",
        "minimum": number.least,
        "maximum": number.most,
        "description": description,
    })
}

/// `aws`, `ideal`, or a base and parameters that differ from it.
pub(crate) fn profile(generator: &mut SchemaGenerator) -> Schema {
    let duration = generator.subschema_for::<Duration>();
    let latency = generator.subschema_for::<Latency>();
    let bases: Vec<_> = BaseProfile::ALL.iter().map(|base| base.as_str()).collect();
    let mut properties = Map::new();
    properties.insert("base".to_owned(), json!({"type": "string", "enum": &bases}));
    let names = |table: &[&str]| json!({"type": "string", "enum": table});
    for parameter in PARAMETERS {
        let mut schema = match parameter.aws {
            ParameterValue::Duration(_) => json!(duration),
            ParameterValue::Latency(_) => json!(latency),
            ParameterValue::Limit(_) => json!({"anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 1_000_000_000},
                {"type": "string", "enum": ["unlimited"]},
            ]}),
            ParameterValue::Number(_) => json!({"type": "number", "minimum": 0, "maximum": 1e9}),
            ParameterValue::Share(_) => json!({"type": "number", "minimum": 0, "maximum": 1}),
            ParameterValue::Count(_) => json!({"type": "integer", "minimum": 0}),
            ParameterValue::Flag(_) => json!({"type": "boolean"}),
            ParameterValue::HeadOfLine(_) => json!({"anyOf": [
                {"type": "string", "enum": ["strict", "fcfs"]},
                {
                    "type": "object",
                    "properties": {"lookahead": {"type": "integer", "minimum": 0}},
                    "required": ["lookahead"],
                },
            ]}),
            ParameterValue::Placement(_) => names(&PLACEMENT_RULES.map(|(name, _)| name)),
            ParameterValue::Sizing(_) => names(&SIZINGS.map(|(name, _)| name)),
            ParameterValue::Overshoot(_) => names(&OVERSHOOTS.map(|(name, _)| name)),
            ParameterValue::Kernel(_) => names(&KERNELS.map(|(name, _)| name)),
            ParameterValue::Bandwidth(_) => names(&BANDWIDTHS.map(|(name, _)| name)),
        };
        let unit = if parameter.unit.is_empty() { "" } else { ", " };
        let text =
            format!("{}{unit}{}; by default {}", parameter.meaning, parameter.unit, parameter.aws);
        schema["description"] = Value::from(text);
        properties.insert(parameter.key.to_owned(), schema);
    }
    json_schema!({"anyOf": [
        {"type": "string", "enum": bases},
        {"type": "object", "properties": properties},
    ]})
}
