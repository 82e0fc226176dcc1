//! EC2's capacity and prices: the Spot market, and the limits of On-Demand capacity.

use super::super::scalar::{Duration, Moment};
use super::choice;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The Spot market: a capacity model with a preset and parameters that differ from it, and prices.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SpotMarket {
    /// By default `poolOnOff`, in profile `ideal` `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::market_model")]
    pub(crate) model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::market_preset")]
    pub(crate) preset: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) prices: Option<SpotPrices>,
    /// Of `poolOnOff`: recorded stays of pools, one row a zone, the zones in turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) segments: Vec<Segments>,
    /// Of `trace`: what was recorded of pools.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) traces: Vec<SpotTrace>,
    /// Of `trace`: what a pool holds after the end of its trace. By default it starts again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::after_end")]
    pub(crate) after_end: Option<String>,
    /// Of `trace`: whether instances above a number that falls are interrupted. By default true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) drops_interrupt: Option<bool>,
    /// Of `trace`: what pools without a trace are. By default closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::untraced_pools")]
    pub(crate) untraced_pools: Option<String>,
    /// Numbers of the model, and of every market's signal.
    #[serde(flatten)]
    #[schemars(schema_with = "choice::market_parameters")]
    pub(crate) parameters: BTreeMap<String, serde_json::Value>,
}

/// How long pools stayed up and down, in hours, in no order.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Segments {
    #[schemars(inner(range(min = 0.0, max = 1e7)))]
    pub(crate) up_hours: Vec<f64>,
    #[schemars(inner(range(min = 0.0, max = 1e7)))]
    pub(crate) down_hours: Vec<f64>,
}

/// A recorded trace and the pool that it is of.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SpotTrace {
    /// CSV or JSON, may be gzipped.
    pub(crate) file: String,
    /// The `trace_id` or `pool` of the file; may be left out where it holds one trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trace: Option<String>,
    /// `family.size`
    pub(crate) instance_type: String,
    /// A zone id or name; by default every zone that offers the type, each like the trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) availability_zone: Option<String>,
    /// The instant of the trace at which the run starts.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) from: Duration,
}

fn is_zero(duration: &Duration) -> bool {
    duration.0 == crate::sim::SimDuration::ZERO
}

/// Where Spot prices come from.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SpotPrices {
    #[schemars(schema_with = "choice::price_model")]
    pub(crate) model: String,
    /// Of `history`: JSON of `aws ec2 describe-spot-price-history` or CSV, may be gzipped. By
    /// default the prices that the market's traces were recorded with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
    /// Of `history`: which instant is the start of the run. `none` (default) is the scenario's
    /// start on the file's own clock, `first` the earliest price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::origin")]
    pub(crate) origin: Option<String>,
    /// Of `randomWalk`: how many steps are made before the price stays; by default four years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000))]
    pub(crate) steps: Option<u32>,
    /// Numbers of `randomWalk`.
    #[serde(flatten)]
    #[schemars(schema_with = "choice::price_parameters")]
    pub(crate) parameters: BTreeMap<String, serde_json::Value>,
}

/// Limits of On-Demand capacity.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OnDemandCapacity {
    /// vCPUs that one pool (type x zone) holds at most; absent is unlimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pool_vcpus: Option<u32>,
    /// Probability that a pool has nothing to grant to a request; by default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) refusal_probability: Option<f64>,
    /// When pools have nothing to grant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) closed: Vec<ClosedInterval>,
}

/// When pools have nothing to grant.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClosedInterval {
    /// `family.size`; by default every type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instance_type: Option<String>,
    /// A zone id or name; by default every zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) availability_zone: Option<String>,
    pub(crate) from: Moment,
    pub(crate) until: Moment,
}
