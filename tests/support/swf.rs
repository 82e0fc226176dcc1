//! A reader of the Standard Workload Format for tests, independent of the crate's own.
//!
//! Reads four of the 18 fields and knows nothing of statuses, queues or memory. Keeps file order.

use std::io::Read;
use std::path::Path;

/// What a record says that a simulation of one pool needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SwfJob {
    /// Field 1.
    pub(crate) id: u64,
    /// Field 2.
    pub(crate) submit_ms: u64,
    /// Field 4.
    pub(crate) run_ms: u64,
    /// Field 8 (requested) if positive, else field 5 (allocated).
    pub(crate) processors: u32,
}

/// The records that ran: submit and run time not negative, processors positive.
pub(crate) fn parse(text: &str) -> Vec<SwfJob> {
    let records = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with(';'));
    records.filter_map(job_of).collect()
}

fn job_of(line: &str) -> Option<SwfJob> {
    let fields: Vec<f64> = line
        .split_whitespace()
        .map(|field| field.parse().unwrap_or_else(|_| panic!("{field:?} is no number: {line}")))
        .collect();
    assert_eq!(fields.len(), 18, "a record has 18 fields: {line}");
    let [id, submit, run, allocated, requested] =
        [fields[0], fields[1], fields[3], fields[4], fields[7]];
    let processors = if requested > 0.0 { requested } else { allocated };
    let millis = |seconds: f64| (seconds * 1_000.0).round() as u64;
    (submit >= 0.0 && run >= 0.0 && processors > 0.0).then_some(SwfJob {
        id: id as u64,
        submit_ms: millis(submit),
        run_ms: millis(run),
        processors: processors as u32,
    })
}

/// Reads a gzipped log.
pub(crate) fn read_gzip(path: &Path) -> Vec<SwfJob> {
    let place = path.display();
    let file = std::fs::File::open(path).unwrap_or_else(|error| panic!("{place}: {error}"));
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(file)
        .read_to_string(&mut text)
        .unwrap_or_else(|error| panic!("{place}: {error}"));
    parse(&text)
}
