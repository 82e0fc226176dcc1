//! The choices between scheduling rules that AWS does not document, as values.
//!
//! Does not know where a choice comes from (a profile names the defaults) nor carries it out.

/// What a blocked job at the head of a queue does to those behind it (behaviour 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadOfLine {
    /// Any job without room blocks all behind it, even one whose capacity is on its way.
    Fcfs,
    /// Jobs whose capacity is on its way are passed; one that can be neither placed nor planned
    /// blocks.
    Strict,
    /// As strict, but up to so many blocked jobs are passed too.
    Lookahead(u32),
}

/// Which registered instance a job is placed on (behaviour 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlacementRule {
    /// The one with least vCPUs left that fits; ties: least memory, oldest.
    Binpack,
    /// The one with most vCPUs left; ties: most memory, oldest.
    Spread,
}

/// Which size of a family is requested (behaviour 6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstanceSizing {
    /// The smallest with at least half of the needed vCPUs.
    HalfDemand,
    /// The smallest that fits the job.
    SmallestFit,
    /// The largest within maxvCpus.
    Largest,
}

/// How far maxvCpus may be exceeded where the strategy allows it (behaviour 5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overshoot {
    /// By the last instance.
    OneInstance,
    /// Not at all.
    Never,
}

/// How a share's usage fades with its age `a`, over a window D (behaviour 5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsageKernel {
    /// `max(0, 1 - a / D)`
    Linear,
    /// Halved every D / 2.
    Exponential,
    /// All of it counts until it is D old.
    Window,
}
