//! A result folder from a finished run: the one place that knows all its files.

use super::aws::AwsFile;
use super::csv::{Records, join_files, join_parts, remove_parts};
use super::folder::{FolderError, MANIFEST, ResultFolder};
use super::{json, plots};
use crate::metrics::across::{RunSummary, summarise};
use crate::metrics::record_sink::RecordError;
use crate::metrics::result::RunResult;
use std::fs;
use std::path::PathBuf;

/// Why results are not in their folder.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A record file.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A figure.
    #[error(transparent)]
    Plot(#[from] plots::PlotError),
    /// A JSON file.
    #[error("{file}: can not be put into JSON: {source}")]
    Json {
        /// Its name.
        file: String,
        /// What the serialiser says.
        source: serde_json::Error,
    },
}

/// Results in their place.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The folder: the target, or `DIR.interrupted`.
    pub place: PathBuf,
    /// What `summary.json` says.
    pub summary: RunSummary,
}

/// Completes `folder`, which holds the parts of `records` and of `aws` (ascending, each once) of
/// every finished replication, and puts it in place: at its target, or beside it when the run was
/// interrupted.
///
/// # Errors
/// [`WriteError`]; earlier results are then where they were.
pub fn write_results(
    folder: ResultFolder,
    result: &RunResult,
    records: Records,
    aws: &[AwsFile],
) -> Result<Written, WriteError> {
    let finished: Vec<u32> = result.replications.iter().map(|r| r.replication).collect();
    join_parts(folder.path(), &finished, records)?;
    join_files(folder.path(), &finished, aws.iter().map(|file| file.table()))?;
    remove_parts(folder.path())?;
    let summary = summarise(&result.replications);
    write_json(&folder, "summary.json", json::summary(result, &summary))?;
    write_json(&folder, "scenario.resolved.json", json::resolved(result))?;
    for (file, svg) in plots::figures(result, &summary)? {
        write(&folder, &format!("plots/{file}"), &svg)?;
    }
    // Last: the manifest makes a folder of files a folder of results.
    write_json(&folder, MANIFEST, json::manifest(result, aws))?;
    let place = if result.complete { folder.commit()? } else { folder.interrupt()? };
    Ok(Written { place, summary })
}

/// Writes a file of JSON below the folder.
pub(super) fn write_json(
    folder: &ResultFolder,
    file: &str,
    text: Result<String, serde_json::Error>,
) -> Result<(), WriteError> {
    let text = text.map_err(|source| WriteError::Json { file: file.to_owned(), source })?;
    write(folder, file, &text)
}

/// Writes a file below the folder, and makes the folders on the way.
pub(super) fn write(folder: &ResultFolder, file: &str, text: &str) -> Result<(), WriteError> {
    let path = folder.path().join(file);
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    let written = made.and_then(|()| fs::write(&path, text));
    written.map_err(|source| RecordError { path, source }.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::record_sink::RecordSink;
    use crate::metrics::test_records::{a_job, names};
    use crate::report::csv::CsvSink;
    use crate::report::test_folder::TestFolder;
    use crate::report::test_result::a_result;
    use crate::world::observer::Observer;

    fn files(dir: &std::path::Path) -> Vec<String> {
        let mut found = Vec::new();
        for dir in [dir.to_owned(), dir.join("plots")] {
            for entry in fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    found.push(path.file_name().unwrap().to_string_lossy().into_owned());
                }
            }
        }
        found.sort();
        found
    }

    fn run(home: &TestFolder, result: &RunResult) -> Written {
        let folder = ResultFolder::create(&home.path().join("study")).unwrap();
        for replication in 0..result.scenario.replications {
            let mut sink = CsvSink::new(folder.path(), replication, &names(), Records::All);
            sink.job(&a_job());
            sink.finish().unwrap();
        }
        write_results(folder, result, Records::All, &[]).unwrap()
    }

    #[test]
    fn a_complete_run_fills_its_folder() {
        let home = TestFolder::new("write");
        let written = run(&home, &a_result(2));
        assert_eq!(written.place, home.path().join("study"));
        assert_eq!(
            files(&written.place),
            [
                "attempts.csv",
                "capacity.svg",
                "cost.svg",
                "costs.csv",
                "instances.csv",
                "jobs.csv",
                "manifest.json",
                "queue_latency.svg",
                "scenario.resolved.json",
                "summary.json",
                "timeseries.csv",
            ]
        );
        // And a second run takes its place.
        run(&home, &a_result(2));
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_interrupted_run_keeps_finished_replications_only() {
        let home = TestFolder::new("write-interrupted");
        let mut result = a_result(3);
        result.replications.remove(1);
        result.complete = false;
        let written = run(&home, &result);
        assert_eq!(written.place, home.path().join("study.interrupted"));
        let jobs = fs::read_to_string(written.place.join("jobs.csv")).unwrap();
        let of: Vec<&str> = jobs.lines().skip(1).filter_map(|line| line.get(..2)).collect();
        assert_eq!(of, ["0,", "2,"]);
        let manifest = fs::read_to_string(written.place.join(MANIFEST)).unwrap();
        assert!(manifest.contains("\"complete\": false"), "{manifest}");
        assert_eq!(files(&written.place).len(), 11);
    }
}
