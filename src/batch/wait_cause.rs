//! Why a job waits: every millisecond between submission and RUNNING has one cause.

use crate::sim::SimDuration;

/// The cause of an instant of waiting, in order of precedence (design section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum WaitCause {
    /// Not yet evaluated.
    Evaluation,
    /// A dependency is open.
    Dependency,
    /// No enabled compute environment could ever hold it.
    Infeasible,
    /// Its queue or compute environments are disabled.
    Disabled,
    /// Capacity is planned for it and not yet registered.
    Provisioning,
    /// Room is registered; it waits for the next cycle.
    Cycle,
    /// Room is registered; it waits for a dispatch rate limit.
    Dispatch,
    /// Its share's limit or turn.
    FairShare,
    /// A consumable resource.
    Consumable,
    /// Capacity was refused or is cooling down.
    Capacity,
    /// A vCPU quota.
    Quota,
    /// maxvCpus.
    MaxVcpus,
    /// Placed; its image is being pulled.
    ImagePull,
    /// Placed; its container is starting.
    Start,
    /// An attempt that died before RUNNING.
    FailedStart,
}

impl WaitCause {
    /// How many causes there are.
    pub const COUNT: usize = 15;
    /// Every cause, in index order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Evaluation,
        Self::Dependency,
        Self::Infeasible,
        Self::Disabled,
        Self::Provisioning,
        Self::Cycle,
        Self::Dispatch,
        Self::FairShare,
        Self::Consumable,
        Self::Capacity,
        Self::Quota,
        Self::MaxVcpus,
        Self::ImagePull,
        Self::Start,
        Self::FailedStart,
    ];

    /// As in result columns and metric names.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Evaluation => "evaluation",
            Self::Dependency => "dependency",
            Self::Infeasible => "infeasible",
            Self::Disabled => "disabled",
            Self::Provisioning => "provisioning",
            Self::Cycle => "cycle",
            Self::Dispatch => "dispatch",
            Self::FairShare => "fair_share",
            Self::Consumable => "consumable",
            Self::Capacity => "capacity",
            Self::Quota => "quota",
            Self::MaxVcpus => "max_vcpus",
            Self::ImagePull => "image_pull",
            Self::Start => "start",
            Self::FailedStart => "failed_start",
        }
    }
}

/// Milliseconds of waiting by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits([u64; WaitCause::COUNT]);

impl Waits {
    /// Adds time to one cause.
    pub fn add(&mut self, cause: WaitCause, time: SimDuration) {
        self.0[cause as usize] += time.as_millis();
    }

    /// Adds another breakdown.
    pub fn add_all(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine += theirs;
        }
    }

    /// The time of one cause.
    #[must_use]
    pub fn get(&self, cause: WaitCause) -> SimDuration {
        SimDuration::from_millis(self.0[cause as usize])
    }

    /// The sum over all causes.
    #[must_use]
    pub fn total(&self) -> SimDuration {
        SimDuration::from_millis(self.0.iter().sum())
    }
}
