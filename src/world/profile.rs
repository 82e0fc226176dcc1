//! The parameters of undocumented behaviour, in one place.
//!
//! AWS does not publish these numbers; each is an assumption with its evidence in [`PARAMETERS`],
//! the table that files, the schema, documentation and reports read. Nothing else in the model is
//! an undocumented constant. Does not know how a file spells a value.

mod parameters;
mod value;

pub use parameters::{PARAMETERS, Parameter, parameter};
pub use value::{
    BANDWIDTHS, KERNELS, OVERSHOOTS, PLACEMENT_RULES, ParameterValue, SIZINGS, duration_text,
};

pub use crate::batch::policy::{HeadOfLine, InstanceSizing, Overshoot, PlacementRule, UsageKernel};
use crate::batch::refusals::BackOff;
use crate::batch::scheduling_policy::UsageRules;
pub use crate::ec2::catalog::NetworkBandwidth;
use crate::sim::{SimDuration, sampler::LatencyModel};

/// Every assumption of the model, as a named parameter (behaviour section 12).
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// `aws` or `ideal`: what the other values started from.
    pub base: BaseProfile,
    /// SubmitJob calls per second; `None` is unlimited.
    pub submit_tps: Option<u32>,
    /// SubmitJob to the first evaluation.
    pub submit_eval: LatencyModel,
    /// Scheduler cycles; zero dispatches at every change.
    pub cycle_period: SimDuration,
    /// Scaling evaluations of a compute environment; zero evaluates at once.
    pub scale_eval_period: SimDuration,
    /// Jobs dispatched per second and account; `None` is unlimited.
    pub dispatch_rate_ec2: Option<u32>,
    /// What a blocked job at the head does to those behind it.
    pub hol: HeadOfLine,
    /// Look for idle capacity in all environments of a queue before requesting more in the first.
    pub prefer_idle_any: bool,
    /// How a share's usage fades with its age.
    pub fs_kernel: UsageKernel,
    /// How long usage is remembered where the policy does not say it; zero remembers nothing.
    pub fs_default_window: SimDuration,
    /// What a dispatch is charged with where cycles have no period.
    pub fs_charge_without_cycles: SimDuration,
    /// Whether the other shares are tried when the share whose turn it is is blocked.
    pub fs_skip_blocked_share: bool,
    /// Shares active in one queue at most; `None` is unlimited.
    pub fs_max_active_shares: Option<u32>,
    /// Whether a queue without a scheduling policy refuses a job with a share.
    pub fifo_refuses_share: bool,
    /// Fleet decision to API answer.
    pub launch: LatencyModel,
    /// API answer to `running` (billing starts).
    pub pending: LatencyModel,
    /// The same of a bare-metal type.
    pub pending_metal: LatencyModel,
    /// `running` to registered, without GPUs.
    pub boot_cpu: LatencyModel,
    /// `running` to registered, with GPUs.
    pub boot_gpu: LatencyModel,
    /// Sigma of one lognormal factor per fleet request on pending, boot and user data.
    pub launch_wave_sigma: f64,
    /// User data of an environment that names none.
    pub user_data: SimDuration,
    /// Fixed part of an image pull.
    pub pull_base: SimDuration,
    /// Pull bandwidth, MB/s; 0 is infinite.
    pub pull_mb_per_s: f64,
    /// Sigma of the lognormal factor (median 1) on a pull.
    pub pull_sigma: f64,
    /// Container start, after the pull.
    pub start: LatencyModel,
    /// Network interface of a node of a multi-node parallel job, part of its start.
    pub eni_attach: LatencyModel,
    /// Period of the check that removes idle instances; zero removes at once.
    pub idle_scale_in: SimDuration,
    /// How long an environment launches nothing after an instance of it was scaled in.
    pub asg_cooldown: SimDuration,
    /// `shutting-down`: the end of billing to the release of the quota.
    pub shutting_down: LatencyModel,
    /// How long a refused pool counts as unavailable: another one is taken if there is one.
    pub ice_cooldown: SimDuration,
    /// How long a refused pool is not asked again, where there is no other; doubled by every
    /// refusal in a row. Above zero.
    pub ice_backoff_first: SimDuration,
    /// The longest that a pool is not asked again; not below the first.
    pub ice_backoff_max: SimDuration,
    /// How long a head job waits before its stuck reason is set.
    pub stuck_detect: SimDuration,
    /// Which bandwidth of an instance its transfers share.
    pub network_bandwidth: NetworkBandwidth,
    /// Of a Fargate task, Gbit/s.
    pub fargate_network_gbps: f64,
    /// A timeout is found at most so much later.
    pub timeout_jitter: SimDuration,
    /// Timeouts carried out per second; `None` is unlimited.
    pub timeout_rate: Option<u32>,
    /// SIGTERM to the stop of a terminated container, at most.
    pub stop_timeout: SimDuration,
    /// Array children spawned per second; `None` spawns all at once.
    pub array_spawn_rate: Option<u32>,
    /// Which registered instance a job is placed on.
    pub placement: PlacementRule,
    /// Which size of a family is requested.
    pub instance_sizing: InstanceSizing,
    /// Whether zones that a strategy does not tell apart share a launch.
    pub az_balance: bool,
    /// Whether a type that an environment already runs is requested again while it fits.
    pub sticky_type: bool,
    /// Quantile of the scores below which a pool is not considered where price counts, 0 to 1.
    pub score_quantile: f64,
    /// How many neighbouring scores count as equal where the listed order counts.
    pub similar_scores: u32,
    /// How far maxvCpus may be exceeded where the strategy allows it.
    pub overshoot: Overshoot,
    /// Registered memory = advertised - (this many MiB + the ratio) - the agent's reserve.
    pub mem_overhead_mib: u32,
    /// The proportional part of the memory overhead.
    pub mem_overhead_ratio: f64,
    /// `ECS_RESERVED_MEMORY`, MiB.
    pub mem_agent_mib: u32,
    /// Probability that an attempt lost with its host has no exit code (else 143).
    pub p_exit_null_on_host_loss: f64,
    /// Warning to termination of a Spot instance.
    pub spot_notice: SimDuration,
    /// Rebalance recommendation to the interruption notice.
    pub rebalance_lead: SimDuration,
    /// Whether an instance takes no new jobs once it is recommended to be replaced.
    pub drain_on_rebalance: bool,
    /// Whether an instance takes no new jobs once it has its interruption notice.
    pub drain_on_notice: bool,
    /// Fargate tasks that a full launch bucket launches at once; `None` is unlimited.
    pub fargate_burst: Option<u32>,
    /// Fargate tasks launched per second and purchase option; `None` is unlimited.
    pub fargate_rate: Option<u32>,
    /// STARTING to the begin of a Fargate task's image pull (billing starts).
    pub fargate_provision: LatencyModel,
    /// Container start of a Fargate task, after the pull.
    pub fargate_start: LatencyModel,
    /// The longest that a Fargate task runs; zero is without end.
    pub fargate_max: SimDuration,
    /// What a Fargate Spot task costs as a share of an On-Demand one, storage apart.
    pub fargate_spot_ratio: f64,
    /// Interruptions of a Fargate Spot task per hour.
    pub fargate_spot_interruptions_per_hour: f64,
    /// Instances of one environment at most; `None` is unlimited.
    pub max_instances_per_ce: Option<u32>,
    /// Whether the fixed limits of an account and of its requests are checked before a run.
    pub service_quotas: bool,
}

impl Profile {
    /// The defaults of behaviour section 12.
    #[must_use]
    pub const fn aws() -> Self {
        parameters::AWS
    }

    /// No latency, no limit, no market: for theory and exact oracles.
    #[must_use]
    pub const fn ideal() -> Self {
        parameters::IDEAL
    }

    /// The profile that `base` names.
    #[must_use]
    pub const fn of(base: BaseProfile) -> Self {
        match base {
            BaseProfile::Aws => Self::aws(),
            BaseProfile::Ideal => Self::ideal(),
        }
    }

    /// Memory in MiB that an instance of so much advertised memory registers (behaviour 7).
    ///
    /// ```
    /// use batchcast::world::profile::Profile;
    /// assert_eq!(Profile::aws().registered_mib(8_192), 7_759);
    /// assert_eq!(Profile::ideal().registered_mib(8_192), 8_192);
    /// ```
    #[must_use]
    pub fn registered_mib(&self, advertised_mib: u32) -> u32 {
        let advertised = f64::from(advertised_mib);
        let overhead = f64::from(self.mem_overhead_mib) + self.mem_overhead_ratio * advertised;
        // A float-to-integer cast sends what is below zero to zero.
        ((advertised - overhead).floor() as u32).saturating_sub(self.mem_agent_mib)
    }

    /// How the usage of shares is measured (behaviour 5.5).
    #[must_use]
    pub const fn usage_rules(&self) -> UsageRules {
        // Until the next cycle looks at it, usage does not show what was dispatched.
        let charge = match self.cycle_period {
            SimDuration::ZERO => self.fs_charge_without_cycles,
            period => period,
        };
        UsageRules {
            kernel: self.fs_kernel,
            default_window: self.fs_default_window,
            charge,
            most_active: self.fs_max_active_shares,
        }
    }

    /// How long pools that have refused are left alone (behaviour 9.3).
    #[must_use]
    pub const fn back_off(&self) -> BackOff {
        BackOff {
            memory: self.ice_cooldown,
            first: self.ice_backoff_first,
            greatest: self.ice_backoff_max,
        }
    }

    /// Every parameter in force: `(key, value, evidence)`, in table order.
    #[must_use]
    pub fn entries(&self) -> Vec<(&'static str, String, &'static str)> {
        PARAMETERS.iter().map(|p| (p.key, (p.get)(self).to_string(), p.evidence)).collect()
    }
}

/// What a profile started from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaseProfile {
    /// The defaults of behaviour section 12.
    Aws,
    /// No latency, no limit, no market: for theory and exact oracles.
    Ideal,
}

impl BaseProfile {
    /// Every base, in documentation order.
    pub const ALL: [Self; 2] = [Self::Aws, Self::Ideal];

    /// As in scenario files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Ideal => "ideal",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_8_gib_instance_does_not_hold_an_8_gib_job() {
        assert!(Profile::aws().registered_mib(8_192) < 8_192);
        assert_eq!(Profile::aws().registered_mib(100), 0);
    }

    #[test]
    fn a_dispatch_is_charged_with_a_cycle_or_with_a_second_where_there_is_none() {
        let aws = UsageRules {
            kernel: UsageKernel::Linear,
            default_window: SimDuration::from_secs(600),
            charge: SimDuration::from_secs(5),
            most_active: Some(500),
        };
        assert_eq!(Profile::aws().usage_rules(), aws);
        let ideal = UsageRules { charge: SimDuration::from_secs(1), most_active: None, ..aws };
        assert_eq!(Profile::ideal().usage_rules(), ideal);
    }

    #[test]
    fn every_parameter_reads_back_what_was_set() {
        let mut profile = Profile::aws();
        for parameter in PARAMETERS {
            assert_eq!((parameter.get)(&Profile::aws()), parameter.aws, "{}", parameter.key);
            assert!((parameter.set)(&mut profile, parameter.ideal), "{}", parameter.key);
        }
        profile.base = BaseProfile::Ideal;
        assert_eq!(profile, Profile::ideal());
    }

    #[test]
    fn keys_are_unique() {
        let mut keys: Vec<_> = PARAMETERS.iter().map(|p| p.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), PARAMETERS.len());
    }
}
