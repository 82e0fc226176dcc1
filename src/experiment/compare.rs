//! Comparisons: several alternatives under the same luck, and what differs between them.
//!
//! Random numbers are keyed by seed, replication and what they are for, so replication r of every
//! alternative meets the same luck, and alternatives are compared pair by pair. The first is the
//! baseline. Knows neither files of results nor a command line; results do not depend on the number
//! of threads.

mod difference;
mod same_work;
mod unfinished;

#[cfg(test)]
pub(crate) use difference::of_metric;
pub use difference::{CONFIDENCE, Difference, Verdict};

use super::embedded::CarriedFile;
use super::replicate::{Options, ReplicateError, replicate};
use super::scenario::{Change, Scenario, changes};
use super::verdict::{self, Broken};
use crate::metrics::across::{RunSummary, summarise};
use crate::metrics::result::RunResult;
use serde::Serialize;

/// One way to do it.
#[derive(Clone, Debug)]
pub struct Alternative {
    /// Its name; no two alternatives share one.
    pub name: String,
    /// What is run.
    pub scenario: Scenario,
    /// Files of the scenario that are not on disk.
    pub carried: &'static [CarriedFile],
}

/// An alternative that was run to its end.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// All its replications; `invocation` is left to the caller.
    pub result: RunResult,
    /// Intervals of each metric by itself.
    pub summary: RunSummary,
    /// Thresholds of its scenario that it does not keep.
    pub broken: Vec<Broken>,
}

/// Alternatives with what differs between them.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The baseline first.
    pub outcomes: Vec<Outcome>,
    /// What differs.
    pub comparison: Comparison,
}

/// What `comparison.json` says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The name of the first alternative.
    pub baseline: String,
    /// Of all alternatives.
    pub seed: u64,
    /// Of each alternative.
    pub replications: u32,
    /// Of all verdicts on one metric together.
    pub confidence: f64,
    /// What a reader of the verdicts must know.
    pub notes: Vec<String>,
    /// The other alternatives, in their order.
    pub variants: Vec<VariantComparison>,
}

/// How one alternative differs from the baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VariantComparison {
    /// Its name.
    pub name: String,
    /// What is configured otherwise.
    pub changes: Vec<Change>,
    /// What came out otherwise: every metric, in report order.
    #[serde(serialize_with = "difference::by_metric")]
    pub metrics: Vec<Difference>,
}

impl VariantComparison {
    /// The difference in a metric of [`METRICS`](crate::metrics::metric::METRICS).
    #[must_use]
    pub fn difference(&self, metric: &str) -> Option<&Difference> {
        self.metrics.iter().find(|difference| difference.metric == metric)
    }
}

/// Runs every replication of every alternative, one alternative after the other, and compares them
/// with the first, whose seed and number of replications hold for all.
///
/// `None` when `options.stop` became true on the way: half a comparison is none.
///
/// # Errors
/// That of the first alternative that has one.
pub fn compare(
    mut alternatives: Vec<Alternative>,
    options: &Options<'_>,
) -> Result<Option<Compared>, ReplicateError> {
    let mut notes = same_luck(&mut alternatives);
    let mut outcomes = Vec::new();
    for Alternative { name, scenario, carried } in alternatives {
        let result = replicate(&scenario, &Options { carried, ..*options }, &|_, _| ())?;
        if !result.complete {
            return Ok(None);
        }
        let summary = summarise(&result.replications);
        let broken = verdict::broken(&scenario.thresholds, &summary);
        outcomes.push(Outcome { name, result, summary, broken });
    }
    notes.extend(same_work::notes(&outcomes));
    Ok(compared(outcomes, notes))
}

/// Gives all alternatives the seed and the number of replications of the first; says where others
/// were asked for.
fn same_luck(alternatives: &mut [Alternative]) -> Vec<String> {
    let mut notes = Vec::new();
    let [baseline, others @ ..] = alternatives else { return notes };
    let (seed, replications) = (baseline.scenario.seed, baseline.scenario.replications);
    for Alternative { name, scenario, .. } in others {
        let mut asked = Vec::new();
        if scenario.seed != seed {
            asked.push(format!("seed {}", scenario.seed));
        }
        if scenario.replications != replications {
            asked.push(format!("{} replications", scenario.replications));
        }
        if !asked.is_empty() {
            notes.push(format!(
                "{name} asks for {}; it runs with seed {seed} and {replications} replications like \
                 {}, because only equal luck can be compared pair by pair",
                asked.join(" and "),
                baseline.name
            ));
        }
        (scenario.seed, scenario.replications) = (seed, replications);
        scenario.resolved["seed"] = seed.into();
        scenario.resolved["replications"] = replications.into();
    }
    notes
}

/// Compares what was run; `None` of no alternatives.
pub(crate) fn compared(outcomes: Vec<Outcome>, mut notes: Vec<String>) -> Option<Compared> {
    let (baseline, others) = outcomes.split_first()?;
    let scenario = &baseline.result.scenario;
    if scenario.replications == 1 {
        let note = "one replication has no intervals, so no difference can be told from chance";
        notes.push(note.to_owned());
    }
    notes.extend(unfinished::note(&outcomes));
    let results: Vec<&RunResult> = others.iter().map(|outcome| &outcome.result).collect();
    let differences = difference::differences(&baseline.result, &results);
    let variant = |(outcome, metrics): (&Outcome, Vec<Difference>)| VariantComparison {
        name: outcome.name.clone(),
        changes: changes(&baseline.result.resolved, &outcome.result.resolved),
        metrics,
    };
    let comparison = Comparison {
        baseline: baseline.name.clone(),
        seed: scenario.seed,
        replications: scenario.replications,
        confidence: CONFIDENCE,
        notes,
        variants: others.iter().zip(differences).map(variant).collect(),
    };
    Some(Compared { outcomes, comparison })
}

#[cfg(test)]
mod tests;
