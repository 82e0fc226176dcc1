//! The part of a random account that is on Fargate: environments, a queue of them, definitions.

use super::account::latency;
use batchcast::batch::compute_environment::{
    ComputeEnvironment, ComputeEnvironmentId, ComputeEnvironmentModel, Supplier, UpdatePolicy,
};
use batchcast::batch::fargate::{FargateSize, FargateTask};
use batchcast::batch::job_definition::{JobDefinition, JobDefinitionId, Platform};
use batchcast::batch::job_queue::{JobQueue, JobQueueId};
use batchcast::ec2::catalog::Architecture;
use batchcast::ec2::fleet::PurchaseOption;
use batchcast::sim::SimDuration;
use batchcast::workload::submission::JobSubmission;
use batchcast::world::config::WorldConfig;
use batchcast::world::profile::Profile;
use proptest::prelude::*;

/// What is on Fargate: none to three environments, all of one queue.
#[derive(Clone, Debug)]
pub(crate) struct DraftFargate {
    environments: Vec<(bool, u32, bool)>,
    /// One definition each: the place of its size, and what else it asks for.
    tasks: Vec<(usize, u32, bool, bool)>,
    bucket: Option<(u32, u32)>,
    provision_s: u64,
    interruptions_per_hour: f64,
    max_s: u64,
    quotas: [Option<u32>; 2],
}

/// Anything on Fargate.
pub(crate) fn fargate() -> impl Strategy<Value = DraftFargate> {
    let environment = (any::<bool>(), 0_u32..12, prop::bool::weighted(0.9));
    // Beyond the first few sizes hardly any fits.
    let task = (0_usize..40, prop_oneof![Just(0), 1_u32..180], any::<bool>(), any::<bool>());
    let bucket = prop::option::of((1_u32..5, 1_u32..20));
    let times = (0_u64..60, prop_oneof![Just(0_u64), 60_u64..5_000]);
    let interruptions = prop_oneof![Just(0.0), 0.1..20.0_f64];
    let quota = || prop::option::weighted(0.25, 0_u32..20);
    (
        prop::collection::vec(environment, 0..4),
        prop::collection::vec(task, 1..3),
        bucket,
        times,
        interruptions,
        (quota(), quota()),
    )
        .prop_map(|(environments, tasks, bucket, times, interruptions_per_hour, quotas)| {
            DraftFargate {
                environments,
                tasks,
                bucket,
                provision_s: times.0,
                max_s: times.1,
                interruptions_per_hour,
                quotas: [quotas.0, quotas.1],
            }
        })
}

impl DraftFargate {
    /// Adds the environments, one queue of all of them, and the definitions, which behave like
    /// those of `like` in turn.
    pub(crate) fn add_to(&self, config: &mut WorldConfig, like: &[JobDefinition]) {
        config.quotas.fargate_vcpus = self.quotas;
        let first = config.compute_environments.len();
        for (index, (spot, max_vcpus, enabled)) in self.environments.iter().enumerate() {
            config.compute_environments.push(ComputeEnvironment {
                name: format!("fargate{index}"),
                enabled: *enabled,
                purchase: if *spot { PurchaseOption::Spot } else { PurchaseOption::OnDemand },
                supplier: Supplier::Fargate,
                min_vcpus: 0,
                max_vcpus: *max_vcpus,
                instance_types: Vec::new(),
                zones: config.catalog.zone_ids().take(index + 1).collect(),
                model: ComputeEnvironmentModel::default(),
                managed: true,
                invalid: false,
                unmanaged_vcpus: None,
                scale_down_delay: SimDuration::ZERO,
                bid_percentage: None,
                update_policy: UpdatePolicy::default(),
                placement_group: false,
            });
        }
        if !self.environments.is_empty() {
            let all = first..first + self.environments.len();
            config.job_queues.push(JobQueue {
                name: "tasks".to_owned(),
                priority: 1,
                enabled: true,
                compute_environments: all.map(ComputeEnvironmentId::from_index).collect(),
                time_limit_actions: Vec::new(),
                fair_share: None,
            });
        }
        for (index, (size, storage, arm, public_ip)) in self.tasks.iter().enumerate() {
            let size = FargateSize::all().nth(*size).expect("a place among the sizes");
            let architecture = if *arm { Architecture::Arm64 } else { Architecture::X86_64 };
            let (public_ip, extra_storage_gib) = (*public_ip, *storage);
            config.job_definitions.push(JobDefinition {
                name: format!("task{index}"),
                requirements: size.requirements(),
                platform: Platform::Fargate,
                fargate: Some(FargateTask { size, extra_storage_gib, architecture, public_ip }),
                ..like[index % like.len()].clone()
            });
        }
    }

    /// Whether a job may have to wait for ever, though it fits under maxvCpus.
    pub(crate) fn is_scarce(&self) -> bool {
        self.quotas.iter().any(Option::is_some)
    }

    /// Launches and interruptions.
    pub(crate) fn set(&self, profile: &mut Profile) {
        profile.fargate_burst = self.bucket.map(|(burst, _)| burst);
        profile.fargate_rate = self.bucket.map(|(_, rate)| rate);
        profile.fargate_provision = latency(self.provision_s);
        profile.fargate_spot_interruptions_per_hour = self.interruptions_per_hour;
        profile.fargate_max = SimDuration::from_secs(self.max_s);
    }

    /// Makes a job one on Fargate, where there are environments; `first` are the queue and the
    /// first definition that were added.
    pub(crate) fn take(
        &self,
        job: &mut JobSubmission,
        task: usize,
        config: &WorldConfig,
        first: (usize, usize),
    ) {
        if self.environments.is_empty() {
            return;
        }
        let definition = first.1 + task % self.tasks.len();
        job.queue = JobQueueId::from_index(first.0);
        job.definition = JobDefinitionId::from_index(definition);
        // Jobs of several nodes are for EC2.
        job.nodes = 0;
        job.requirements = config.job_definitions[definition].requirements;
    }
}
