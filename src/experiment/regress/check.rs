//! What differs between a baseline and a fresh run, and whether it may.

use super::baseline::Baseline;
use std::collections::BTreeMap;

/// A fresh run beside its baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// The scenario.
    pub name: String,
    /// What the run was made from and the baseline was not; empty when they are made from the
    /// same.
    pub inputs: Vec<Changed>,
    /// Promised bytes that differ: files, events and digests. Said only for equal inputs.
    pub bytes: Vec<String>,
    /// Metrics that are not equal, by name.
    pub metrics: Vec<MetricChange>,
    /// Events of the fresh run, in all replications.
    pub events: u64,
}

/// Something that both were made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// `model`, `catalog`, `scenario` or `traces`.
    pub what: &'static str,
    /// Of the baseline.
    pub old: String,
    /// Of the fresh run.
    pub new: String,
}

/// A metric that is not what it was.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricChange {
    /// `cost.total`
    pub name: String,
    /// Of all its values.
    pub unit: String,
    /// In the baseline; `None` where it was undefined.
    pub old: Option<f64>,
    /// In the fresh run.
    pub new: Option<f64>,
    /// Of the baseline: what it may move by, relatively.
    pub tolerance: f64,
}

/// What is to be done about a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: made from the same, and every byte is as it was.
    Same,
    /// The baseline can be updated: made from something else, and every metric is near.
    Within,
    /// Somebody has to look: bytes that were promised differ, or a metric is out of its tolerance.
    Broken,
}

impl Check {
    /// What is to be done.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let may_move = !self.inputs.is_empty();
        match may_move {
            true if self.metrics.iter().all(MetricChange::is_within) => Verdict::Within,
            false if self.bytes.is_empty() && self.metrics.is_empty() => Verdict::Same,
            _ => Verdict::Broken,
        }
    }
}

impl MetricChange {
    /// The change as a share of the old value; `None` where there is no such share.
    #[must_use]
    pub fn relative(&self) -> Option<f64> {
        let (old, new) = self.old.zip(self.new)?;
        (old != 0.0).then(|| (new - old) / old.abs())
    }

    /// Whether it is within its tolerance. A metric that comes or goes, or leaves zero, is not.
    #[must_use]
    pub fn is_within(&self) -> bool {
        self.relative().is_some_and(|relative| relative.abs() <= self.tolerance)
    }
}

/// Compares a fresh run with its baseline. Files and metrics that the baseline does not know are
/// new features of the program, no regressions.
#[must_use]
pub fn check(baseline: &Baseline, fresh: &Baseline) -> Check {
    let inputs = inputs(baseline, fresh);
    Check {
        name: fresh.scenario.name.clone(),
        bytes: if inputs.is_empty() { bytes(baseline, fresh) } else { Vec::new() },
        inputs,
        metrics: metrics(baseline, fresh),
        events: fresh.replications.iter().map(|replication| replication.events).sum(),
    }
}

fn inputs(baseline: &Baseline, fresh: &Baseline) -> Vec<Changed> {
    let texts = |b: &Baseline| {
        let traces: Vec<String> =
            b.traces.iter().map(|trace| format!("{} {}", trace.file, short(&trace.hash))).collect();
        [
            ("model", b.model_version.to_string()),
            ("catalog", format!("{} {}", b.catalog.date, short(&b.catalog.hash))),
            ("scenario", short(&b.scenario.hash).to_owned()),
            ("traces", traces.join(", ")),
        ]
    };
    let pairs = texts(baseline).into_iter().zip(texts(fresh));
    let changed = [
        baseline.model_version != fresh.model_version,
        baseline.catalog != fresh.catalog,
        baseline.scenario != fresh.scenario,
        baseline.traces != fresh.traces,
    ];
    pairs
        .zip(changed)
        .filter(|(_, changed)| *changed)
        .map(|(((what, old), (_, new)), _)| Changed { what, old, new })
        .collect()
}

/// Enough of a hash to tell it from another.
fn short(hash: &str) -> &str {
    hash.get(..8).unwrap_or(hash)
}

fn bytes(baseline: &Baseline, fresh: &Baseline) -> Vec<String> {
    let mut differing = Vec::new();
    for (index, old) in baseline.replications.iter().enumerate() {
        let new = fresh.replications.get(index);
        if new != Some(old) {
            let events = new.map_or(0, |new| new.events);
            differing.push(format!(
                "the digest of replication {index} ({} events, now {events})",
                old.events
            ));
        }
    }
    let of = |files: &BTreeMap<String, String>, name: &String| files.get(name).cloned();
    let files = baseline.files.keys();
    let changed = files.filter(|name| of(&baseline.files, name) != of(&fresh.files, name));
    differing.extend(changed.cloned());
    differing
}

fn metrics(baseline: &Baseline, fresh: &Baseline) -> Vec<MetricChange> {
    let mut changes = Vec::new();
    for (name, old) in &baseline.metrics {
        let new = fresh.metrics.get(name).and_then(|metric| metric.mean);
        if old.mean != new {
            changes.push(MetricChange {
                name: name.clone(),
                unit: old.unit.clone(),
                old: old.mean,
                new,
                tolerance: old.tolerance,
            });
        }
    }
    changes
}
