//! Names as AWS gives them: ARNs, ids, and what of a definition every job of it shows.
//!
//! Ids look as random as AWS's and are functions of seed, replication and what they name, so equal
//! runs have equal ids and no two jobs share one.

use super::detail::{EvaluateOnExit, Extras, Requirement, RetryStrategy};
use super::live::Who;
use crate::batch::fargate::FargateSize;
use crate::batch::job_definition::{
    JobDefinitionId, NodeProperties, Platform, Requirements, RetryAction,
};
use crate::batch::job_queue::JobQueueId;
use crate::batch::wait_cause::WaitCause;
use crate::ec2::money::NanoUsd;
use crate::experiment::scenario::{DefinitionOrigin, Scenario};
use crate::report::csv::instance_name;
use crate::sim::SimTime;
use crate::workload::submission::EntryId;
use crate::world::record::{JobId, JobRecord, Place, StatusReason};
use serde_json::Value;

/// The account of the examples in AWS's documentation.
pub(super) const ACCOUNT: &str = "123456789012";

/// What all replications of a scenario share.
#[derive(Debug)]
pub struct Account<'a> {
    pub(super) scenario: &'a Scenario,
    partition: &'static str,
    queues: Vec<String>,
    definitions: Vec<Definition<'a>>,
    /// Of instances, and behind them the sizes of tasks.
    types: Vec<String>,
}

/// A definition, as its jobs show it.
#[derive(Debug)]
pub(super) struct Definition<'a> {
    pub(super) arn: String,
    pub(super) name: &'a str,
    pub(super) image: &'a str,
    pub(super) retry: RetryStrategy<'a>,
    pub(super) platform: &'static str,
    pub(super) fargate: Option<FargateSize>,
    pub(super) nodes: Option<&'a NodeProperties>,
    /// As it was registered; null where no file says it.
    pub(super) registered: &'a Value,
}

impl<'a> Account<'a> {
    /// The account of a scenario.
    #[must_use]
    pub fn new(scenario: &'a Scenario) -> Self {
        let region = scenario.model.catalog.region();
        let partition = match region.split('-').next() {
            Some("cn") => "aws-cn",
            _ if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        let types = scenario.model.type_names();
        let (queues, definitions) = (Vec::new(), Vec::new());
        let mut account = Self { scenario, partition, queues, definitions, types };
        let queues = scenario.model.job_queues.iter();
        account.queues = queues.map(|queue| account.batch_arn("job-queue", &queue.name)).collect();
        account.definitions = (0..scenario.model.job_definitions.len())
            .map(|index| account.read_definition(index))
            .collect();
        account
    }

    fn read_definition(&self, index: usize) -> Definition<'a> {
        let definition = &self.scenario.model.job_definitions[index];
        let origin = self.scenario.definition_origins.get(index);
        let (name, revision) = match origin {
            Some(DefinitionOrigin { name, revision, .. }) => (name, *revision),
            None => (&definition.name, 1),
        };
        let position = origin.and_then(|origin| origin.position);
        let registered = position.map(|at| &self.scenario.resolved["jobDefinitions"][at]);
        let retry = &definition.retry;
        let entry = |entry: &'a crate::batch::job_definition::EvaluateOnExit| EvaluateOnExit {
            on_status_reason: entry.on_status_reason.as_deref(),
            on_reason: entry.on_reason.as_deref(),
            on_exit_code: entry.on_exit_code.as_deref(),
            action: match entry.action {
                RetryAction::Retry => "RETRY",
                RetryAction::Exit => "EXIT",
            },
        };
        Definition {
            arn: self.batch_arn("job-definition", &format!("{name}:{revision}")),
            name,
            image: &definition.image,
            retry: RetryStrategy {
                attempts: retry.attempts,
                evaluate_on_exit: retry.evaluate_on_exit.iter().map(entry).collect(),
            },
            platform: match definition.platform {
                Platform::Ec2 => "EC2",
                Platform::Fargate => "FARGATE",
            },
            fargate: definition.fargate.map(|task| task.size),
            nodes: definition.nodes.as_ref(),
            registered: registered.unwrap_or(&Value::Null),
        }
    }

    fn arn(&self, service: &str, resource: &str) -> String {
        let (partition, region) = (self.partition, self.region());
        format!("arn:{partition}:{service}:{region}:{ACCOUNT}:{resource}")
    }

    fn batch_arn(&self, kind: &str, name: &str) -> String {
        self.arn("batch", &format!("{kind}/{name}"))
    }

    pub(super) fn region(&self) -> &str {
        self.scenario.model.catalog.region()
    }

    pub(super) fn queue(&self, id: JobQueueId) -> &str {
        &self.queues[id.index()]
    }

    pub(super) fn definition(&self, id: JobDefinitionId) -> &Definition<'a> {
        &self.definitions[id.index()]
    }

    /// What a `submit` entry of the workload says; null where there is none.
    pub(super) fn submit(&self, entry: Option<EntryId>) -> &'a Value {
        let workload = &self.scenario.resolved["workload"];
        entry.map_or(&Value::Null, |entry| &workload[entry.index()]["submit"])
    }

    /// Milliseconds of the Unix epoch.
    pub(super) fn epoch_ms(&self, time: SimTime) -> i64 {
        let since = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        self.scenario.start.as_millisecond().saturating_add(since)
    }

    /// AWS's text, or what a call gave as its reason.
    pub(super) fn status_reason(&self, reason: StatusReason) -> Option<String> {
        match reason {
            StatusReason::None => None,
            StatusReason::Requested(id) => Some(self.scenario.model.reasons[id.index()].clone()),
            reason => Some(reason.to_string()),
        }
    }
}

/// `resourceRequirements`, of a Fargate job with its own parts of a vCPU; no memory where a trace
/// leaves it out.
pub(super) fn resource_requirements(
    need: Requirements,
    size: Option<FargateSize>,
) -> Vec<Requirement> {
    let vcpus = size.map_or(f64::from(need.vcpus), |size| f64::from(size.quarter_vcpus()) / 4.0);
    let amounts =
        [("VCPU", vcpus), ("MEMORY", f64::from(need.memory_mib)), ("GPU", f64::from(need.gpus))];
    let asked = amounts.into_iter().filter(|(_, amount)| *amount > 0.0);
    asked.map(|(kind, amount)| Requirement { kind, value: amount.to_string() }).collect()
}

/// One replication.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run<'a> {
    pub(super) account: &'a Account<'a>,
    pub(super) replication: u32,
}

impl Run<'_> {
    /// `jobId`: that of a child is its array's with the index behind, so is that of a node.
    pub(super) fn job_id(&self, who: Who) -> String {
        let id = uuid(self.hash("job", &[u64::from(who.id.raw())]));
        match (who.child, who.node) {
            (Some(child), _) => format!("{id}:{child}"),
            (None, Some(node)) => format!("{id}#{node}"),
            (None, None) => id,
        }
    }

    pub(super) fn job_arn(&self, job_id: &str) -> String {
        self.account.batch_arn("job", job_id)
    }

    pub(super) fn event_id(&self, number: u64) -> String {
        uuid(self.hash("event", &[number]))
    }

    /// The id of the task of an attempt, from 1.
    pub(super) fn task_id(&self, who: Who, attempt: u32) -> String {
        let child = who.child.map_or(u64::MAX, u64::from);
        let mut parts = vec![u64::from(who.id.raw()), child, u64::from(attempt)];
        parts.extend(who.node.map(u64::from));
        hex(self.hash("task", &parts))
    }

    /// The name of the pod of an attempt.
    pub(super) fn pod_name(&self, who: Who, attempt: u32) -> String {
        format!("aws-batch.{}", self.task_id(who, attempt))
    }

    pub(super) fn eks_cluster_arn(&self, place: &Place) -> String {
        self.account.arn("eks", &format!("cluster/{}", self.cluster(place)))
    }

    pub(super) fn task_arn(&self, place: &Place, task_id: &str) -> String {
        self.account.arn("ecs", &format!("task/{}/{task_id}", self.cluster(place)))
    }

    /// Nothing of a task on Fargate, which has no instance.
    pub(super) fn container_instance_arn(&self, place: &Place) -> Option<String> {
        let environments = &self.account.scenario.model.compute_environments;
        if environments[place.compute_environment.index()].is_fargate() {
            return None;
        }
        let id = hex(self.hash("container-instance", &[u64::from(place.instance.raw())]));
        Some(self.account.arn("ecs", &format!("container-instance/{}/{id}", self.cluster(place))))
    }

    /// The cluster of a compute environment is called like it.
    fn cluster(&self, place: &Place) -> &str {
        let environments = &self.account.scenario.model.compute_environments;
        &environments[place.compute_environment.index()].name
    }

    fn hash(&self, kind: &str, parts: &[u64]) -> u128 {
        let mut hasher = blake3::Hasher::new();
        hasher.update(kind.as_bytes());
        let run = [self.account.scenario.seed, u64::from(self.replication)];
        for part in run.iter().chain(parts) {
            hasher.update(&part.to_le_bytes());
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        u128::from_be_bytes(bytes)
    }

    /// What AWS does not say of a job.
    pub(super) fn extras(&self, record: &JobRecord) -> Extras<'_> {
        let job_id = match record.array_index {
            Some(child) => format!("{}:{child}", record.job_id.raw()),
            None => record.job_id.raw().to_string(),
        };
        let place = record.place.as_ref();
        let waits = WaitCause::ALL.into_iter().map(|cause| (cause, record.waits.get(cause)));
        let waits = waits.map(|(cause, wait)| (cause.as_str(), wait.as_millis()));
        Extras {
            cost_usd: Some(record.cost.as_usd()),
            queue_latency_ms: record.queue_latency.map(|latency| latency.as_millis()),
            wait_breakdown: Some(waits.filter(|(_, ms)| *ms > 0).collect()),
            behind_ms: Some(record.behind.as_millis()),
            retry_wait_ms: Some(record.retry_wait.as_millis()),
            lost_ms: Some(record.lost.as_millis()),
            ..self.extras_of_place(job_id, place)
        }
    }

    /// Of a node: where it was; what it cost is its job's.
    pub(super) fn extras_of_node(&self, who: Who, place: Option<&Place>) -> Extras<'_> {
        let node = who.node.unwrap_or_default();
        self.extras_of_place(format!("{}#{node}", who.id.raw()), place)
    }

    fn extras_of_place(&self, job_id: String, place: Option<&Place>) -> Extras<'_> {
        let model = &self.account.scenario.model;
        Extras {
            replication: self.replication,
            job_id,
            compute_environment: place.map(|place| self.cluster(place)),
            instance_id: place.map(|place| instance_name(place.instance)),
            instance_type: place.map(|p| self.account.types[p.instance_type.index()].as_str()),
            availability_zone: place.map(|p| model.catalog.zones()[p.zone.index()].as_str()),
            purchase_option: place.map(|place| place.purchase.as_str()),
            ..Extras::default()
        }
    }

    /// Of an array as a whole: what its children cost.
    pub(super) fn extras_of_array(&self, id: JobId, cost: NanoUsd) -> Extras<'_> {
        Extras {
            replication: self.replication,
            job_id: id.raw().to_string(),
            cost_usd: Some(cost.as_usd()),
            ..Extras::default()
        }
    }
}

/// As text of a random UUID (version 4).
fn uuid(hash: u128) -> String {
    let bits = hash & !(0xf << 76) & !(3 << 62) | 4 << 76 | 2 << 62;
    let text = hex(bits);
    [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-")
}

fn hex(hash: u128) -> String {
    format!("{hash:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_random_uuid_by_its_form() {
        assert_eq!(uuid(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
