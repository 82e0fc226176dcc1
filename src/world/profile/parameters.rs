//! The table of parameters: the only place that names a key, a default and its evidence.
//!
//! One row makes the two base profiles, the reader of scenario files, the schema, the documentation
//! and the list of assumptions in every report.

use super::{
    BaseProfile, HeadOfLine, InstanceSizing, NetworkBandwidth, Overshoot, ParameterValue,
    PlacementRule, Profile, UsageKernel,
};
use crate::sim::{SimDuration, sampler::LatencyModel};

/// One parameter of the profile.
#[derive(Debug)]
pub struct Parameter {
    /// Its key in scenario files.
    pub key: &'static str,
    /// Its value in `profile: aws`.
    pub aws: ParameterValue,
    /// Its value in `profile: ideal`.
    pub ideal: ParameterValue,
    /// The unit of a bare number, empty where the value carries its own.
    pub unit: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Where its default comes from, a section of the behaviour notes.
    pub evidence: &'static str,
    /// Reads it.
    pub get: fn(&Profile) -> ParameterValue,
    /// Writes it; false, and nothing is written, when the value is of another kind.
    pub set: fn(&mut Profile, ParameterValue) -> bool,
}

/// The parameter of this key.
#[must_use]
pub fn parameter(key: &str) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|p| p.key == key)
}

macro_rules! parameters {
    ($($field:ident $key:literal $kind:ident [$aws:expr, $ideal:expr]
        $unit:literal $meaning:literal $evidence:literal;)+) => {
        pub(super) const AWS: Profile = Profile { base: BaseProfile::Aws, $($field: $aws),+ };
        pub(super) const IDEAL: Profile =
            Profile { base: BaseProfile::Ideal, $($field: $ideal),+ };
        /// Every parameter, in the order of a job's life.
        pub static PARAMETERS: &[Parameter] = &[$(Parameter {
            key: $key,
            aws: ParameterValue::$kind($aws),
            ideal: ParameterValue::$kind($ideal),
            unit: $unit,
            meaning: $meaning,
            evidence: $evidence,
            get: |profile| ParameterValue::$kind(profile.$field),
            set: |profile, value| match value {
                ParameterValue::$kind(value) => {
                    profile.$field = value;
                    true
                }
                _ => false,
            },
        }),+];
    };
}

const ZERO: SimDuration = SimDuration::ZERO;
const NO_LATENCY: LatencyModel = LatencyModel { median: ZERO, sigma: 0.0 };

const fn secs(secs: u64) -> SimDuration {
    SimDuration::from_secs(secs)
}

const fn latency(median_ms: u64, sigma: f64) -> LatencyModel {
    LatencyModel { median: SimDuration::from_millis(median_ms), sigma }
}

parameters! {
    submit_tps "submitTps" Limit [Some(50), None] "per second"
        "SubmitJob calls accepted per second" "behaviour 1.6";
    submit_eval "submitEval" Latency [latency(500, 1.0), NO_LATENCY] ""
        "SubmitJob to the first evaluation" "behaviour 12";
    cycle_period "cyclePeriod" Duration [secs(5), ZERO] ""
        "period of scheduler cycles; 0 dispatches at every change" "behaviour 5.6";
    scale_eval_period "scaleEvalPeriod" Duration [secs(60), ZERO] ""
        "period of scaling evaluations; 0 evaluates at once" "behaviour 8";
    dispatch_rate_ec2 "dispatchRateEc2" Limit [Some(40), None] "per second"
        "jobs dispatched per second and account" "behaviour 5.6";
    hol "hol" HeadOfLine [HeadOfLine::Strict, HeadOfLine::Fcfs] ""
        "what a blocked job at the head of a queue does to those behind it" "behaviour 5.3";
    prefer_idle_any "preferIdleAny" Flag [false, false] ""
        "look for idle capacity in all environments of a queue before requesting more"
        "behaviour 5.4";
    fs_kernel "fsKernel" Kernel [UsageKernel::Linear, UsageKernel::Linear] ""
        "how the usage of a share fades with its age" "behaviour 5.5";
    fs_default_window "fsDefaultWindow" Duration [secs(600), secs(600)] ""
        "how long usage is remembered where shareDecaySeconds is 0; 0 counts vCPUs in use only"
        "behaviour 5.5";
    fs_charge_without_cycles "fsChargeWithoutCycles" Duration [secs(1), secs(1)] ""
        "what a dispatch is expected to use at first where cyclePeriod, which says it, is 0"
        "behaviour 5.5";
    fs_skip_blocked_share "fsSkipBlockedShare" Flag [true, false] ""
        "try the other shares when the one whose turn it is is blocked" "behaviour 5.5";
    fs_max_active_shares "fsMaxActiveShares" Limit [Some(500), None] ""
        "shares active in one queue at most; a submission that would make one more is refused"
        "behaviour 1.6";
    fifo_refuses_share "fifoRefusesShare" Flag [true, true] ""
        "a queue without a scheduling policy refuses jobs with a share, else it ignores shares"
        "behaviour 5.5";
    launch "launch" Latency [latency(8_000, 0.5), NO_LATENCY] ""
        "fleet decision to API answer" "behaviour 8";
    pending "pending" Latency [latency(25_000, 0.15), NO_LATENCY] ""
        "API answer to running" "behaviour 8";
    pending_metal "pendingMetal" Latency [latency(240_000, 0.15), NO_LATENCY] ""
        "API answer to running of a bare-metal type" "behaviour 8";
    boot_cpu "bootCpu" Latency [latency(60_000, 0.15), NO_LATENCY] ""
        "running to registered, without GPUs" "behaviour 8";
    boot_gpu "bootGpu" Latency [latency(110_000, 0.25), NO_LATENCY] ""
        "running to registered, with GPUs" "behaviour 8";
    launch_wave_sigma "launchWaveSigma" Number [0.25, 0.0] ""
        "sigma of one lognormal factor per fleet request on pending, boot and user data"
        "behaviour 12";
    user_data "userData" Duration [ZERO, ZERO] ""
        "user data of an environment that names none" "behaviour 12";
    pull_base "pullBase" Duration [secs(3), ZERO] ""
        "fixed part of an image pull" "behaviour 7";
    pull_mb_per_s "pullMbPerS" Number [60.0, 0.0] "MB/s"
        "bandwidth of an image pull; 0 is infinite" "behaviour 7";
    pull_sigma "pullSigma" Number [0.8, 0.0] ""
        "sigma of the lognormal factor on an image pull" "behaviour 7";
    start "start" Latency [latency(4_000, 0.8), NO_LATENCY] ""
        "container start, after the pull" "behaviour 7";
    eni_attach "eniAttach" Latency [latency(15_000, 0.15), NO_LATENCY] ""
        "network interface of a node of a multi-node parallel job, part of its start"
        "behaviour 3";
    network_bandwidth "networkBandwidth" Bandwidth
        [NetworkBandwidth::Baseline, NetworkBandwidth::Baseline] ""
        "which bandwidth of an instance its transfers share: what is always there, or what credits \
         allow for a while" "ours, files of a job";
    fargate_network_gbps "fargateNetworkGbps" Number [1.0, 1.0] "Gbit/s"
        "bandwidth of the network of a Fargate task" "ours, files of a job";
    timeout_jitter "timeoutJitter" Duration [secs(10), ZERO] ""
        "a timeout is found at most so much later, uniformly" "behaviour 1.4";
    timeout_rate "timeoutRate" Limit [Some(50), None] "per second"
        "timeouts carried out per second, in the order in which they strike" "behaviour 1.4";
    stop_timeout "stopTimeout" Duration [secs(30), ZERO] ""
        "SIGTERM to the stop of a terminated container, at most, uniformly" "behaviour 1.2, 8";
    idle_scale_in "idleScaleIn" Duration [secs(300), ZERO] ""
        "period of the check that removes idle instances; 0 removes at once" "behaviour 6.6";
    asg_cooldown "asgCooldown" Duration [ZERO, ZERO] ""
        "how long an environment launches nothing after an instance of it was scaled in"
        "behaviour 6.6";
    shutting_down "shuttingDown" Latency [latency(45_000, 0.15), NO_LATENCY] ""
        "the end of an instance's billing to the release of its quota" "behaviour 8, 9.2";
    ice_cooldown "iceCooldown" Duration [secs(180), ZERO] ""
        "how long a refused pool counts as unavailable where another one can be asked"
        "behaviour 9.3";
    ice_backoff_first "iceBackoffFirst" Duration [secs(30), secs(30)] ""
        "how long a refused pool is not asked again; every refusal in a row doubles it"
        "behaviour 9.3";
    ice_backoff_max "iceBackoffMax" Duration [secs(300), secs(30)] ""
        "the longest that a refused pool is not asked again" "behaviour 9.3";
    stuck_detect "stuckDetect" Duration [secs(150), ZERO] ""
        "how long a head job waits before its stuck reason is set" "behaviour 1.5";
    array_spawn_rate "arraySpawnRate" Limit [Some(1_000), None] "per second"
        "array children spawned per second" "behaviour 12";
    placement "placement" Placement [PlacementRule::Binpack, PlacementRule::Binpack] ""
        "which registered instance a job is placed on" "behaviour 7";
    instance_sizing "instanceSizing" Sizing
        [InstanceSizing::HalfDemand, InstanceSizing::HalfDemand] ""
        "which size of a family is requested" "behaviour 6.2";
    az_balance "azBalance" Flag [true, true] ""
        "zones that a strategy does not tell apart share a launch; else the first takes it"
        "behaviour 6.9";
    sticky_type "stickyType" Flag [true, true] ""
        "request a type again while the environment runs it and it fits" "behaviour 6.2";
    score_quantile "scoreQuantile" Share [0.7, 0.7] ""
        "SPOT_PRICE_CAPACITY_OPTIMIZED looks at pools with at least this quantile of the scores"
        "behaviour 6.2";
    similar_scores "similarScores" Count [1, 1] ""
        "SPOT_CAPACITY_OPTIMIZED_PRIORITIZED takes so many neighbouring scores for equal"
        "behaviour 6.2";
    overshoot "overshoot" Overshoot [Overshoot::OneInstance, Overshoot::OneInstance] ""
        "how far maxvCpus may be exceeded where the strategy allows it" "behaviour 6.2";
    mem_overhead_mib "memOverheadMib" Count [220, 0] "MiB"
        "fixed part of the memory that the operating system keeps" "behaviour 7";
    mem_overhead_ratio "memOverheadRatio" Share [0.022, 0.0] ""
        "proportional part of the memory that the operating system keeps" "behaviour 7";
    mem_agent_mib "memAgentMib" Count [32, 0] "MiB"
        "memory that the container agent reserves" "behaviour 7";
    p_exit_null_on_host_loss "pExitNullOnHostLoss" Share [0.8, 0.8] ""
        "probability that an attempt lost with its host has no exit code (else 143)"
        "behaviour 1.3";
    spot_notice "spotNotice" Duration [secs(120), ZERO] ""
        "warning to termination of a Spot instance" "behaviour 9.4";
    rebalance_lead "rebalanceLead" Duration [ZERO, ZERO] ""
        "rebalance recommendation to the interruption notice of an instance" "behaviour 9.4";
    drain_on_rebalance "drainOnRebalance" Flag [false, false] ""
        "place nothing on an instance after its rebalance recommendation" "behaviour 9.4";
    drain_on_notice "drainOnNotice" Flag [true, true] ""
        "place nothing on an instance after its interruption notice" "behaviour 9.4";
    fargate_burst "fargateBurst" Limit [Some(100), None] ""
        "Fargate tasks that a full launch bucket launches at once, On-Demand and Spot apart"
        "behaviour 5.6";
    fargate_rate "fargateRate" Limit [Some(20), None] "per second"
        "Fargate tasks launched per second, On-Demand and Spot apart" "behaviour 5.6";
    fargate_provision "fargateProvision" Latency [latency(25_000, 0.25), NO_LATENCY] ""
        "STARTING to the begin of a Fargate task's image pull" "behaviour 8";
    fargate_start "fargateStart" Latency [latency(2_000, 0.0), NO_LATENCY] ""
        "container start of a Fargate task, after the pull" "behaviour 8";
    fargate_max "fargateMax" Duration [secs(14 * 86_400), ZERO] ""
        "a Fargate task is stopped when it has run for so long; 0 never" "behaviour 1.4";
    fargate_spot_ratio "fargateSpotRatio" Share [0.32, 0.32] ""
        "price of a Fargate Spot task as a share of an On-Demand one's, storage apart"
        "behaviour 9.1";
    fargate_spot_interruptions_per_hour "fargateSpotInterruptionsPerHour" Number [0.01, 0.0] ""
        "interruptions of a Fargate Spot task per hour" "behaviour 9.4";
    max_instances_per_ce "maxInstancesPerCe" Limit [Some(5_000), None] ""
        "instances of one compute environment at most" "behaviour 7";
    service_quotas "serviceQuotas" Flag [true, false] ""
        "whether AWS's fixed limits of names, numbers and sizes of requests are checked"
        "behaviour 1.6";
}
