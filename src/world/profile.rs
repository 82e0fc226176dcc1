//! The parameters of undocumented behaviour, in one place.

pub use crate::batch::policy::{HeadOfLine, InstanceSizing, Overshoot, PlacementRule};
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
    /// Fleet decision to API answer.
    pub launch: LatencyModel,
    /// API answer to `running` (billing starts).
    pub pending: LatencyModel,
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
    /// Period of the check that removes idle instances; zero removes at once.
    pub idle_scale_in: SimDuration,
    /// How long a refused pool is not asked again.
    pub ice_cooldown: SimDuration,
    /// How long a head job waits before its stuck reason is set.
    pub stuck_detect: SimDuration,
    /// Array children spawned per second; `None` spawns all at once.
    pub array_spawn_rate: Option<u32>,
    /// Which registered instance a job is placed on.
    pub placement: PlacementRule,
    /// Which size of a family is requested.
    pub instance_sizing: InstanceSizing,
    /// Whether a type that an environment already runs is requested again while it fits.
    pub sticky_type: bool,
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
    /// Instances of one environment at most; `None` is unlimited.
    pub max_instances_per_ce: Option<u32>,
}

/// What a profile started from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaseProfile {
    /// The defaults of behaviour section 12.
    Aws,
    /// No latency, no limit, no market: for theory and exact oracles.
    Ideal,
}
