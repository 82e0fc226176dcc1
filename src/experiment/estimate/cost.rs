//! What work costs at least, whatever a strategy launches.
//!
//! An instance holds no more vCPUs, memory or GPUs at a time than it has. So its bill is at least
//! what its jobs would pay by one of the three, each at the cheapest rate of the types that can
//! hold it; the dearest of the three is a bound. Their maximum per job would be none: two jobs may
//! share an instance, one for its vCPUs and the other for its memory. Besides, the dearest single
//! job needs a whole instance while it runs, and at least for the minimum that is billed.
//!
//! A Fargate task is nobody else's: what it costs while its job runs is added.

use super::Hold;
use crate::batch::job_definition::Requirements;
use crate::batch::job_queue::JobQueueId;
use crate::ec2::fleet::lowest_price;
use crate::workload::submission::JobSubmission;
use crate::world::config::WorldConfig;
use rustc_hash::FxHashMap;

/// Seconds that an instance is billed at least (behaviour 9.1).
const MINIMUM_S: f64 = 60.0;

/// The cheapest nano-USD an hour for one job of a shape.
#[derive(Clone, Copy)]
struct Rates {
    /// For its vCPUs, its memory and its GPUs, as a share of an instance.
    shares: [f64; 3],
    /// For an instance of its own.
    whole: f64,
}

/// Jobs that ask for the same and can run on the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub(super) queue: JobQueueId,
    /// Of one node, at least.
    pub(super) wanted: Requirements,
    pub(super) is_multi_node: bool,
}

/// Sums of the cheapest instance-hours.
pub(super) struct CheapestHours<'a> {
    model: &'a WorldConfig,
    /// Nothing for a kind that fits nowhere.
    rates: FxHashMap<Kind, Option<Rates>>,
    shares: [f64; 3],
    dearest: f64,
    tasks: f64,
}

impl<'a> CheapestHours<'a> {
    pub(super) fn new(model: &'a WorldConfig) -> Self {
        Self { model, rates: FxHashMap::default(), shares: [0.0; 3], dearest: 0.0, tasks: 0.0 }
    }

    /// Adds `jobs` that run `run_s` each on one of `holds`; false when there is none.
    pub(super) fn add<'h>(
        &mut self,
        kind: Kind,
        holds: impl Iterator<Item = &'h Hold>,
        run_s: f64,
        jobs: u64,
    ) -> bool {
        let model = self.model;
        let rates = self.rates.entry(kind).or_insert_with(|| rates(model, kind.wanted, holds));
        let Some(rates) = *rates else { return false };
        let hours = run_s / 3_600.0;
        for (sum, share) in self.shares.iter_mut().zip(rates.shares) {
            *sum += share * hours * jobs as f64;
        }
        self.dearest = self.dearest.max(rates.whole * run_s.max(MINIMUM_S) / 3_600.0);
        true
    }

    /// Adds `jobs` that run `run_s` each on Fargate; false when no enabled environment can run one.
    pub(super) fn add_tasks(&mut self, submission: &JobSubmission, run_s: f64, jobs: u64) -> bool {
        let model = self.model;
        let queue = &model.job_queues[submission.queue.index()];
        let Some(offer) = model.task_offer(submission.definition) else { return false };
        let environments = queue.compute_environments.iter();
        let cheapest = environments
            .map(|id| &model.compute_environments[id.index()])
            .filter(|environment| environment.enabled && environment.is_fargate())
            .filter(|environment| environment.max_vcpus >= submission.requirements.vcpus)
            .map(|environment| offer.prices[environment.purchase as usize])
            .min();
        let Some(price) = cheapest else { return false };
        let hours = run_s.max(MINIMUM_S) / 3_600.0 * jobs as f64;
        self.tasks += price.nano_usd_per_hour() as f64 * hours;
        true
    }

    pub(super) fn at_least_usd(&self) -> f64 {
        (self.shares.into_iter().fold(self.dearest, f64::max) + self.tasks) / 1e9
    }
}

fn rates<'h>(
    model: &WorldConfig,
    wanted: Requirements,
    holds: impl Iterator<Item = &'h Hold>,
) -> Option<Rates> {
    let mut cheapest: Option<Rates> = None;
    for hold in holds {
        let facts = model.catalog.get(hold.instance_type);
        let purchase = model.compute_environments[hold.environment.index()].purchase;
        let market = model.spot_market.as_ref();
        let price = lowest_price(market, hold.instance_type, facts, purchase);
        let price = price.nano_usd_per_hour() as f64;
        let share = |wanted: u32, has: u32| match wanted {
            0 => 0.0,
            _ => price * f64::from(wanted) / f64::from(has),
        };
        let shares = [
            share(wanted.vcpus, facts.vcpus),
            share(wanted.memory_mib, hold.most.memory_mib),
            share(wanted.gpus, facts.gpus),
        ];
        let lower = |best: Rates| Rates {
            shares: std::array::from_fn(|i| best.shares[i].min(shares[i])),
            whole: best.whole.min(price),
        };
        cheapest = Some(cheapest.map_or(Rates { shares, whole: price }, lower));
    }
    cheapest
}
