//! How long a job is expected to run at least: what was recorded, or the mean of what is drawn, on
//! the fastest machine there is. Reading, writing and checkpoints are not counted.

use crate::batch::api_call::ApiAction;
use crate::batch::checkpoint::Speed;
use crate::batch::compute_environment::ComputeEnvironment;
use crate::batch::job_definition::JobDefinitionId;
use crate::ec2::catalog::TypeId;
use crate::sim::SimDuration;
use crate::sim::random::RandomKey;
use crate::sim::sampler::Sampler;
use crate::workload::submission::JobSubmission;
use crate::world::config::WorldConfig;
use rand_distr::Distribution;
use rustc_hash::FxHashMap;

/// Draws behind a mean that a timeout cuts: its error is below 2 % of a standard deviation.
const DRAWS: u64 = 4_096;

/// Expected run times, each worked out once.
pub(super) struct RunTimes<'a> {
    model: &'a WorldConfig,
    /// Of the fastest machine that an environment may have.
    fastest: f64,
    means: FxHashMap<(JobDefinitionId, Option<SimDuration>), Option<f64>>,
}

impl<'a> RunTimes<'a> {
    pub(super) fn new(model: &'a WorldConfig) -> Self {
        Self { model, fastest: fastest(model), means: FxHashMap::default() }
    }

    /// The speed of the fastest machine there is.
    pub(super) const fn fastest(&self) -> f64 {
        self.fastest
    }

    /// Seconds that one job runs, its timeout included; `None` where the mean is not finite.
    pub(super) fn expected_s(&mut self, submission: &JobSubmission) -> Option<f64> {
        let definition = &self.model.job_definitions[submission.definition.index()];
        let timeout = submission.timeout.or(definition.timeout);
        let fastest = self.fastest;
        if let Some(recorded) = submission.run_time {
            let run_s = recorded.as_secs_f64() / fastest;
            return Some(timeout.map_or(run_s, |most| run_s.min(most.as_secs_f64())));
        }
        let mean = || match (&definition.model.runtime, timeout) {
            (None, _) => Some(0.0),
            (Some(sampler), None) => sampler.mean().map(|mean| mean / fastest),
            (Some(sampler), Some(most)) => {
                Some(cut_mean(sampler, most.as_secs_f64() * fastest) / fastest)
            }
        };
        *self.means.entry((submission.definition, timeout)).or_insert_with(mean)
    }
}

/// The speed of the fastest machine that any environment may have, also after an update; at least 1
/// where jobs run on Fargate.
fn fastest(model: &WorldConfig) -> f64 {
    let speed = |id: TypeId| {
        model.machine_speeds.get(id.index()).copied().unwrap_or(Speed::REFERENCE).factor()
    };
    let updated = model.api_calls.iter().filter_map(|call| match &call.action {
        ApiAction::UpdateComputeEnvironment(update) => update.infrastructure.as_ref(),
        _ => None,
    });
    let updated = updated.flat_map(|infrastructure| &infrastructure.instance_types);
    let environments = &model.compute_environments;
    let listed = environments.iter().flat_map(|environment| &environment.instance_types);
    let on_fargate = environments.iter().any(ComputeEnvironment::is_fargate);
    let of_tasks = on_fargate.then_some(Speed::REFERENCE.factor());
    let speeds = listed.chain(updated).map(|listed| speed(listed.id)).chain(of_tasks);
    speeds.reduce(f64::max).unwrap_or(1.0)
}

/// The mean of samples that end at `most`, from draws of its own: always the same ones.
fn cut_mean(sampler: &Sampler, most: f64) -> f64 {
    let key = RandomKey::new(0, 0);
    let sum: f64 = (0..DRAWS).map(|n| sampler.sample(&mut key.draw(n)).min(most)).sum();
    sum / DRAWS as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_cuts_the_mean() {
        // The mean of min(X, t) is m (1 - exp(-t / m)).
        let sampler = Sampler::exponential(600.0).unwrap();
        let exact = 600.0 * (1.0 - libm::exp(-1.0));
        let cut = cut_mean(&sampler, 600.0);
        assert!((cut / exact - 1.0).abs() < 0.02, "{cut} instead of {exact}");
        assert_eq!(cut_mean(&Sampler::constant(90.0).unwrap(), 60.0), 60.0);
    }
}
