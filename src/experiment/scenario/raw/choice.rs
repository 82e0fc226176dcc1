//! Keys with a fixed list of values, and lists that are made from tables elsewhere.
//!
//! A value that AWS has and we do not is listed with what to use instead, so that it is not taken
//! for a typing mistake.

use super::super::scalar::Duration;
use super::model::Latency;
use crate::batch::allocation::STRATEGIES;
use crate::ec2::fleet::PurchaseOption;
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
    market_model ["poolOnOff", "none"] {
        "band": "use poolOnOff",
        "poisson": "use poolOnOff with reclaimPerInstanceHour",
        "trace": "use poolOnOff"
    };
    market_preset ["abundant", "normal", "scarceGpu"];
    price_model ["ratio"] {"history": "use ratio", "randomWalk": "use ratio"};
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

/// Parameters of the model `poolOnOff`.
pub(crate) fn market_parameters(_: &mut SchemaGenerator) -> Schema {
    let properties = super::super::validate::market::schema_of_parameters();
    json_schema!({"properties": properties})
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
