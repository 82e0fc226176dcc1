//! The fingerprint of a scenario: its results, written as `run` writes them, hashed, thrown away.
//!
//! Invariant: whatever may differ between equal runs is left out, so equal runs have one
//! fingerprint.

use super::csv::{CsvSink, Records};
use super::folder::{FolderError, MANIFEST, ResultFolder};
use super::{SAMPLE_EVERY, WriteError, write_results};
use crate::experiment::regress::{
    Baseline, MetricBaseline, ReplicationDigest, ScenarioHash, TraceHash,
};
use crate::experiment::replicate::{Options, ReplicateError, replicate};
use crate::experiment::scenario::Scenario;
use crate::metrics::across::RunSummary;
use crate::metrics::names::Names;
use crate::metrics::record_sink::RecordError;
use crate::metrics::result::RunResult;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Why there is no fingerprint.
#[derive(Debug, thiserror::Error)]
pub enum FingerprintError {
    /// The run.
    #[error(transparent)]
    Replicate(#[from] ReplicateError),
    /// Its results.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl From<FolderError> for FingerprintError {
    fn from(error: FolderError) -> Self {
        Self::Write(error.into())
    }
}

impl From<RecordError> for FingerprintError {
    fn from(error: RecordError) -> Self {
        Self::Write(error.into())
    }
}

/// Runs a scenario with all its records in a folder of its own below the system's temporary one,
/// which is gone afterwards. `None` when the run was stopped on the way.
///
/// # Errors
/// [`FingerprintError`].
pub fn fingerprint(
    scenario: &Scenario,
    options: &Options<'_>,
) -> Result<Option<Baseline>, FingerprintError> {
    let scratch = Scratch::new();
    let folder = ResultFolder::create(&scratch.0.join("results"))?;
    let options = Options { samples: Some(SAMPLE_EVERY), ..*options };
    let result = replicate(scenario, &options, &|replication, names: &Names| {
        CsvSink::new(folder.path(), replication, names, Records::All)
    })?;
    if !result.complete {
        return Ok(None);
    }
    let written = write_results(folder, &result, Records::All, &[])?;
    let files = hashes(&written.place)
        .map_err(|source| RecordError { path: written.place.clone(), source })?;
    Ok(Some(of(&result, &written.summary, files)))
}

fn of(result: &RunResult, summary: &RunSummary, files: BTreeMap<String, String>) -> Baseline {
    let facts = &result.scenario;
    let scenario = ScenarioHash {
        name: facts.name.clone(),
        seed: facts.seed,
        replications: facts.replications,
        hash: files.get("scenario.resolved.json").cloned().unwrap_or_default(),
    };
    let mut baseline = Baseline::new(result.provenance.catalog.clone(), scenario);
    let traces = result.provenance.traces.iter();
    baseline.traces =
        traces.map(|t| TraceHash { file: t.file.clone(), hash: t.hash.clone() }).collect();
    let ends = result.replications.iter().map(|replication| &replication.end);
    baseline.replications = ends
        .map(|end| ReplicationDigest { events: end.events, digest: end.digest.clone() })
        .collect();
    baseline.metrics = summary
        .metrics
        .iter()
        .map(|(name, estimate)| {
            let metric = MetricBaseline::new(estimate.mean, estimate.half_width, estimate.unit);
            (name.to_owned(), metric)
        })
        .collect();
    baseline.files = files;
    baseline
}

/// BLAKE3 of every file below a folder, by its path there.
fn hashes(top: &Path) -> io::Result<BTreeMap<String, String>> {
    let mut hashes = BTreeMap::new();
    let mut folders = vec![top.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let inside = path.strip_prefix(top).unwrap_or(&path);
            let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
            let name = parts.join("/");
            let hash = if name == MANIFEST { promised(&path)? } else { hash_of(&path)? };
            hashes.insert(name, hash);
        }
    }
    Ok(hashes)
}

fn hash_of(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(fs::File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// The hash of a manifest without what may differ between equal runs.
fn promised(path: &Path) -> io::Result<String> {
    let mut manifest: serde_json::Value = serde_json::from_slice(&fs::read(path)?)?;
    if let Some(keys) = manifest.as_object_mut() {
        keys.remove("invocation");
    }
    Ok(blake3::hash(manifest.to_string().as_bytes()).to_hex().to_string())
}

/// A temporary folder of this process, removed with everything in it.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        /// Runs of one process do not meet.
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("batchcast-{}-{number}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A destructor has nobody to tell, and the system clears its temporary folder.
        let _ = fs::remove_dir_all(&self.0);
    }
}
