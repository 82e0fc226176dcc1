//! How long a job is expected to run: what was recorded, or the mean of what is drawn.

use crate::batch::job_definition::JobDefinitionId;
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
    means: FxHashMap<(JobDefinitionId, Option<SimDuration>), Option<f64>>,
}

impl<'a> RunTimes<'a> {
    pub(super) fn new(model: &'a WorldConfig) -> Self {
        Self { model, means: FxHashMap::default() }
    }

    /// Seconds that one job runs, its timeout included; `None` where the mean is not finite.
    pub(super) fn expected_s(&mut self, submission: &JobSubmission) -> Option<f64> {
        let definition = &self.model.job_definitions[submission.definition.index()];
        let timeout = submission.timeout.or(definition.timeout);
        if let Some(recorded) = submission.run_time {
            return Some(timeout.map_or(recorded, |most| recorded.min(most)).as_secs_f64());
        }
        let mean = || match (&definition.model.runtime, timeout) {
            (None, _) => Some(0.0),
            (Some(sampler), None) => sampler.mean(),
            (Some(sampler), Some(most)) => Some(cut_mean(sampler, most.as_secs_f64())),
        };
        *self.means.entry((submission.definition, timeout)).or_insert_with(mean)
    }
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
