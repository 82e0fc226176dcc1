//! `apiCalls`: requests of AWS's update operations, verbatim, under the operation's name.

use super::super::scalar::Moment;
use super::aws::{
    ComputeEnvironmentOrder, ComputeResources, ScalingPolicy, State, TimeLimitAction, UpdatePolicy,
};
use super::choice;
use super::consumable::UpdateConsumableResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One call at one instant: exactly one operation.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApiCall {
    /// When: a time since the start, or RFC 3339.
    pub(crate) at: Moment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) update_compute_environment: Option<UpdateComputeEnvironment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) update_job_queue: Option<UpdateJobQueue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cancel_job: Option<EndJob>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) terminate_job: Option<EndJob>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cancel_jobs: Option<EndJobs>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) terminate_jobs: Option<EndJobs>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) update_consumable_resource: Option<UpdateConsumableResource>,
}

/// CancelJob and TerminateJob (behaviour 1.2).
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EndJob {
    /// The `jobName` of an earlier submission, `name:3` for a child.
    pub(crate) job_id: String,
    /// Becomes the job's `statusReason`.
    #[schemars(length(min = 1, max = 1024))]
    pub(crate) reason: String,
}

/// CancelJobs and TerminateJobs: many jobs for one reason (behaviour 1.2).
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EndJobs {
    /// The `jobName` of each, an earlier submission, `name:3` for a child.
    #[schemars(length(min = 1, max = 50))]
    pub(crate) jobs: Vec<String>,
    /// Becomes the `statusReason` of each.
    #[schemars(length(min = 1, max = 1024))]
    pub(crate) reason: String,
}

/// UpdateComputeEnvironment.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpdateComputeEnvironment {
    /// A name or an ARN.
    pub(crate) compute_environment: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<State>,
    /// Of an UNMANAGED environment: what it counts for where shares reserve capacity.
    #[serde(rename = "unmanagedvCpus", default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000_000))]
    pub(crate) unmanagedv_cpus: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) compute_resources: Option<ComputeResourceUpdate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) update_policy: Option<UpdatePolicy>,
}

/// `computeResources` of an update.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ComputeResourceUpdate {
    #[serde(rename = "minvCpus", default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000_000))]
    pub(crate) minv_cpus: Option<u32>,
    #[serde(rename = "maxvCpus", default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000_000))]
    pub(crate) maxv_cpus: Option<u32>,
    /// From minvCpus to maxvCpus, and not below what the environment has at that instant.
    #[serde(rename = "desiredvCpus", default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000_000))]
    pub(crate) desiredv_cpus: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scaling_policy: Option<ScalingPolicy>,
    /// From here on: a change replaces the instances.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::resources_type")]
    pub(crate) kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::strategy")]
    pub(crate) allocation_strategy: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instance_types: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subnets: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub(crate) bid_percentage: Option<u32>,
    /// From here on: a change replaces the instances, whatever it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ec2_configuration: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ec2_key_pair: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) image_id: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instance_role: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) launch_template: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) placement_group: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) security_group_ids: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tags: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) update_to_latest_image_version: Option<bool>,
}

/// UpdateJobQueue.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpdateJobQueue {
    /// A name or an ARN.
    pub(crate) job_queue: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<State>,
    /// Higher first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) priority: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) compute_environment_order: Option<Vec<ComputeEnvironmentOrder>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) job_state_time_limit_actions: Option<Vec<TimeLimitAction>>,
}

impl ComputeResourceUpdate {
    /// The key of a change that replaces the instances, if there is one (behaviour 6.7).
    pub(crate) fn replaces(&self) -> Option<&'static str> {
        let others = [
            ("ec2Configuration", &self.ec2_configuration),
            ("ec2KeyPair", &self.ec2_key_pair),
            ("imageId", &self.image_id),
            ("instanceRole", &self.instance_role),
            ("launchTemplate", &self.launch_template),
            ("securityGroupIds", &self.security_group_ids),
            ("tags", &self.tags),
        ];
        let keys = [
            ("type", self.kind.is_some()),
            ("allocationStrategy", self.allocation_strategy.is_some()),
            ("instanceTypes", self.instance_types.is_some()),
            ("subnets", self.subnets.is_some()),
            ("bidPercentage", self.bid_percentage.is_some()),
            ("placementGroup", self.placement_group.is_some()),
            ("updateToLatestImageVersion", self.update_to_latest_image_version == Some(true)),
        ];
        let others = others.map(|(key, value)| (key, value.is_some()));
        keys.into_iter().chain(others).find(|(_, given)| *given).map(|(key, _)| key)
    }

    /// Writes what it changes over `resources`.
    pub(crate) fn write_to(&self, resources: &mut ComputeResources) {
        fn write<T: Clone>(update: &Option<T>, to: &mut T) {
            if let Some(value) = update {
                to.clone_from(value);
            }
        }
        write(&self.maxv_cpus, &mut resources.maxv_cpus);
        write(&self.kind, &mut resources.kind);
        write(&self.instance_types, &mut resources.instance_types);
        write(&self.subnets, &mut resources.subnets);
        resources.minv_cpus = self.minv_cpus.or(resources.minv_cpus);
        if self.allocation_strategy.is_some() {
            resources.allocation_strategy.clone_from(&self.allocation_strategy);
        }
        resources.scaling_policy = self.scaling_policy.or(resources.scaling_policy);
        resources.bid_percentage = self.bid_percentage.or(resources.bid_percentage);
        if let Some(group) = &self.placement_group {
            resources.placement_group = Some(group.clone()).filter(|group| !group.is_empty());
        }
    }
}
