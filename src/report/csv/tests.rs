//! The record files as a whole: columns, rows, joining, errors.

use super::*;
use crate::batch::job_queue::ShareIdentifier;
use crate::metrics::test_records::*;
use crate::report::test_folder::TestFolder;
use crate::world::record::{CostLine, CostSource, StatusReason};

fn write_replication(folder: &Path, replication: u32, jobs: u32, records: Records) {
    let mut sink = CsvSink::new(folder, replication, &names(), records);
    for index in 0..jobs {
        sink.job(&JobRecord { array_index: Some(index), ..a_job() });
    }
    sink.attempt(&an_attempt());
    sink.instance(&an_instance());
    sink.sample(&a_sample(1_234, 1, 16, 3));
    sink.cost(&a_cost(CostLine::InFlight, CostSource::OnDemand, -5));
    sink.finish().unwrap();
}

/// The rows of a file as (column, value) pairs, read back by an independent reader.
fn rows(folder: &Path, file: &str) -> Vec<Vec<(String, String)>> {
    let mut reader = ::csv::Reader::from_path(folder.join(file)).unwrap();
    let columns = reader.headers().unwrap().clone();
    let row = |row: Result<::csv::StringRecord, _>| {
        let row: ::csv::StringRecord = row.unwrap();
        columns.iter().zip(&row).map(|(c, v)| (c.to_owned(), v.to_owned())).collect()
    };
    reader.records().map(row).collect()
}

fn get<'a>(row: &'a [(String, String)], column: &str) -> &'a str {
    &row.iter().find(|(name, _)| name == column).unwrap().1
}

#[test]
fn a_job_row_says_what_its_record_says() {
    let folder = TestFolder::new("job-row");
    let mut sink = CsvSink::new(folder.path(), 3, &names(), Records::Jobs);
    sink.job(&a_job());
    sink.job(&a_stuck_job());
    sink.job(&JobRecord { array_index: Some(3), ..a_job() });
    sink.finish().unwrap();
    join_parts(folder.path(), &[3], Records::Jobs).unwrap();
    insta::assert_snapshot!(std::fs::read_to_string(folder.path().join("jobs.csv")).unwrap());
}

#[test]
fn a_job_of_a_share_names_it() {
    let folder = TestFolder::new("share");
    let mut sink = CsvSink::new(folder.path(), 0, &names(), Records::Jobs);
    sink.job(&JobRecord { share: ShareIdentifier::new("teamA"), ..a_job() });
    sink.job(&a_job());
    sink.finish().unwrap();
    join_parts(folder.path(), &[0], Records::Jobs).unwrap();
    let shares = rows(folder.path(), "jobs.csv");
    let shares: Vec<&str> = shares.iter().map(|row| get(row, "share_identifier")).collect();
    assert_eq!(shares, ["teamA", ""]);
}

#[test]
fn every_row_has_as_many_fields_as_its_header() {
    let folder = TestFolder::new("all-files");
    write_replication(folder.path(), 0, 2, Records::All);
    join_parts(folder.path(), &[0], Records::All).unwrap();
    let count = |file: &str| rows(folder.path(), file).len();
    assert_eq!(count("jobs.csv"), 2);
    for file in ["attempts.csv", "instances.csv", "costs.csv", "timeseries.csv"] {
        assert_eq!(count(file), 1, "{file}");
    }
    let instance = &rows(folder.path(), "instances.csv")[0];
    assert_eq!(get(instance, "termination"), "scale_in");
    assert_eq!(get(instance, "cost_usd"), "2.000000000");
    assert_eq!(get(instance, "vcpus"), "2");
    let attempt = &rows(folder.path(), "attempts.csv")[0];
    assert_eq!(get(attempt, "wait_provisioning_ms"), "60000");
    assert_eq!(get(attempt, "purchase_option"), "spot");
    let sample = &rows(folder.path(), "timeseries.csv")[0];
    assert_eq!((get(sample, "time_ms"), get(sample, "head_cause")), ("1234", "capacity"));
    let cost = &rows(folder.path(), "costs.csv")[0];
    assert_eq!((get(cost, "line"), get(cost, "cost_usd")), ("in_flight", "-0.000000005"));
}

#[test]
fn names_with_commas_and_quotes_come_back_whole() {
    let folder = TestFolder::new("odd-names");
    let mut names = names();
    names.job_queues[0] = "night, \"cheap\"".to_owned();
    let mut sink = CsvSink::new(folder.path(), 0, &names, Records::Jobs);
    sink.job(&JobRecord { status_reason: StatusReason::TimedOut, ..a_job() });
    sink.finish().unwrap();
    join_parts(folder.path(), &[0], Records::Jobs).unwrap();
    assert_eq!(get(&rows(folder.path(), "jobs.csv")[0], "job_queue"), "night, \"cheap\"");
}

#[test]
fn parts_join_in_replication_order_whatever_order_they_were_written_in() {
    let files = |order: [u32; 3]| {
        let folder = TestFolder::new("order");
        order.iter().for_each(|r| write_replication(folder.path(), *r, r + 1, Records::All));
        join_parts(folder.path(), &[0, 1, 2], Records::All).unwrap();
        let mut names: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().path()).collect();
        names.sort();
        names.iter().map(|path| std::fs::read(path).unwrap()).collect::<Vec<_>>()
    };
    let joined = files([0, 1, 2]);
    assert_eq!(joined.len(), 5);
    assert_eq!(joined, files([2, 0, 1]));
}

#[test]
fn a_run_stopped_between_replications_keeps_the_finished_ones() {
    let folder = TestFolder::new("stopped");
    write_replication(folder.path(), 1, 4, Records::Jobs);
    drop(CsvSink::new(folder.path(), 0, &names(), Records::Jobs));
    join_parts(folder.path(), &[1], Records::Jobs).unwrap();
    remove_parts(folder.path()).unwrap();
    assert_eq!(rows(folder.path(), "jobs.csv").len(), 4);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn rows_beyond_the_buffer_are_all_written() {
    let folder = TestFolder::new("large");
    write_replication(folder.path(), 0, 5_000, Records::Jobs);
    join_parts(folder.path(), &[0], Records::Jobs).unwrap();
    let indices: Vec<_> = rows(folder.path(), "jobs.csv")
        .iter()
        .map(|row| get(row, "array_index").parse::<u32>().unwrap())
        .collect();
    assert!(indices.iter().copied().eq(0..5_000));
}

#[test]
fn a_folder_that_can_not_be_written_is_told_at_the_end() {
    let folder = TestFolder::new("gone");
    let gone = folder.path().join("gone");
    let mut sink = CsvSink::new(&gone, 0, &names(), Records::All);
    sink.job(&a_job());
    let message = sink.finish().unwrap_err().to_string();
    assert!(message.contains("jobs.csv.part-0") && message.contains("hint:"), "{message}");
}

#[test]
fn without_records_no_file_is_made() {
    let folder = TestFolder::new("none");
    write_replication(folder.path(), 0, 1, Records::None);
    join_parts(folder.path(), &[0], Records::None).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
