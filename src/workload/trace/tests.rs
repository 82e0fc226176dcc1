//! Traces from small texts: sound ones here, damaged ones in `damage`, shares in `shares`.

mod damage;
mod links;
mod shares;

use super::*;
use crate::batch::job_definition::Requirements;
use crate::workload::Reason;
use crate::workload::spec::{TooLarge, TraceMemory};
use std::io::Write;

pub(super) fn spec(format: TraceFormat) -> TraceSpec {
    TraceSpec {
        path: "trace".into(),
        format,
        queue: JobQueueId::new(0),
        definition: JobDefinitionId::new(0),
        queue_names: vec!["low".into(), "high".into()],
        definition_names: vec!["small".into(), "large".into()],
        share_rules: vec![],
        definition_priorities: vec![],
        origin_first: true,
        start_unix_ms: 0,
        memory_mib_per_vcpu: 1_000,
        memory: TraceMemory::Ignored,
        too_large: TooLarge::Reject,
        corners: vec![],
        max_rejects: 0.01,
        map: vec![],
        first_handle: 0,
    }
}

/// All jobs with their instants in milliseconds, and the tally.
type Read = (Vec<(u64, JobSubmission)>, Tally);

fn read(text: impl AsRef<[u8]>, spec: &TraceSpec) -> Result<Read, WorkloadError> {
    let mut source = over(std::io::Cursor::new(text.as_ref().to_vec()), spec)?;
    let mut jobs = Vec::new();
    while let Some(time) = source.next_time()? {
        assert_eq!(source.next_time()?, Some(time), "announcing is idempotent");
        jobs.push((time.as_millis(), source.take()));
    }
    let tally = source.tally();
    assert_eq!(tally.rows, tally.accepted + tally.rejected_rows() + tally.skipped_rows());
    assert_eq!(tally.accepted, jobs.len() as u64);
    Ok((jobs, tally))
}

fn swf(rows: &[&str]) -> String {
    rows.iter().map(|row| format!("{row} -1 -1 -1 -1 -1 -1 -1 -1\n")).collect()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Instants and names, such as `100 a`.
fn brief(jobs: &[(u64, JobSubmission)]) -> Vec<String> {
    jobs.iter().map(|(time, job)| format!("{time} {}", job.name)).collect()
}

fn reasons(tally: &Tally) -> Vec<(Reason, &'static str, u64, u64)> {
    let counts = tally.rejected.iter().chain(&tally.skipped);
    counts.map(|count| (count.reason, count.column, count.count, count.first_line)).collect()
}

#[test]
fn an_swf_row_becomes_a_job_by_its_fields() {
    let text = swf(&["7 10 -1 60.5 2 -1 512 8 -1 2048"]);
    let (jobs, _) = read(&text, &spec(TraceFormat::Swf)).unwrap();
    let (time, job) = &jobs[0];
    assert_eq!((*time, &job.name), (0, &JobName::Number(7)));
    assert_eq!(job.run_time, Some(SimDuration::from_millis(60_500)));
    let requirements = Requirements { vcpus: 8, memory_mib: 8_000, gpus: 0 };
    assert_eq!((job.requirements, job.throttled), (requirements, false));
}

#[test]
fn swf_memory_is_per_processor_and_replayed_on_request_only() {
    let text = swf(&["7 10 -1 60 2 -1 512 8 -1 2049", "8 10 -1 60 2 -1 -1 8 -1 -1"]);
    let memory = |memory| {
        let spec = TraceSpec { memory, ..spec(TraceFormat::Swf) };
        let (jobs, _) = read(&text, &spec).unwrap();
        [jobs[0].1.requirements.memory_mib, jobs[1].1.requirements.memory_mib]
    };
    assert_eq!(memory(TraceMemory::Ignored), [8_000, 8_000]);
    assert_eq!(memory(TraceMemory::Requested), [17, 8_000]);
    assert_eq!(memory(TraceMemory::Used), [4, 8_000]);
}

#[test]
fn swf_rows_that_never_ran_are_skipped_and_a_run_time_of_zero_is_a_job() {
    let rows = [
        "; a comment in Latin-1: \u{e9}",
        "1 10 -1 0 1 -1 -1 -1 -1 -1",
        "2 11 -1 -1 1 -1 -1 1 -1 -1",
        "3 -1 -1 5 1 -1 -1 1 -1 -1",
        "4 12 -1 5 -1 -1 -1 -1 -1 -1",
        "5 13 -1 5 0 -1 -1 0 -1 -1",
        "",
        "  6\t14 -1 5 3 -1 -1 0 -1 -1",
    ];
    let text = swf(&rows).replace("\u{e9}", "\u{fffd}");
    let text = text.replace(";", "  ;").replacen(" -1 -1 -1 -1 -1 -1 -1 -1\n  6", "\n  6", 1);
    let (jobs, tally) = read(&text, &spec(TraceFormat::Swf)).unwrap();
    assert_eq!(brief(&jobs), ["0 1", "4000 6"]);
    assert_eq!(jobs[1].1.requirements.vcpus, 3);
    assert_eq!(
        reasons(&tally),
        [
            (Reason::NoRunTime, "run_time", 1, 3),
            (Reason::NoSubmitTime, "submit_time", 1, 4),
            (Reason::NoProcessors, "vcpus", 2, 5),
        ]
    );
}

#[test]
fn malformed_rows_are_counted_by_reason_and_tolerated_up_to_a_share() {
    let mut rows = vec!["1 10 -1 5 1 -1 -1 1 -1 -1"; 97];
    rows.extend([
        "2 x -1 5 1 -1 -1 1 -1 -1",
        "2 10 -1 y 1 -1 -1 1 -1 -1",
        "2 10 -1 z 1 -1 -1 1 -1 -1",
    ]);
    let tolerant = TraceSpec { max_rejects: 0.03, ..spec(TraceFormat::Swf) };
    let (jobs, tally) = read(swf(&rows), &tolerant).unwrap();
    assert_eq!((jobs.len(), tally.rejected_rows()), (97, 3));
    let error = read(swf(&rows), &spec(TraceFormat::Swf)).unwrap_err().to_string();
    assert_eq!(
        error,
        "trace: 3 of 100 rows are malformed, more than the tolerated share of 0.01; most often \
         not_a_number, first in line 99, column run_time: \"y\"; expected a decimal number without \
         exponent\n  hint: `batchcast run --rejects FILE` lists the rows; mend them, or \
         raise --max-rejects"
    );
}

#[test]
fn csv_columns_become_fields_and_empty_ones_keep_the_defaults() {
    let text = "job_id,submit_time,queue,job_definition,vcpus,memory_mib,gpus,run_time,array_size,\
        depends_on,priority,share,attempts,timeout,exit_code,status,colour\n\
        a,0.25,high,large,4,1000.5,2,3.0005,300,,9,x,3,90,1,FAILED,red\n\
        b,1,,,2.0,,,7,,,,,,,,,\n";
    let (jobs, tally) = read(text, &spec(TraceFormat::Csv)).unwrap();
    assert_eq!(brief(&jobs), ["0 a", "750 b"]);
    let (full, bare) = (&jobs[0].1, &jobs[1].1);
    assert_eq!((full.queue, full.definition), (JobQueueId::new(1), JobDefinitionId::new(1)));
    assert_eq!(full.requirements, Requirements { vcpus: 4, memory_mib: 1_001, gpus: 2 });
    assert_eq!(full.run_time, Some(SimDuration::from_millis(3_000)));
    assert_eq!((full.array_size, full.attempts), (300, Some(3)));
    assert_eq!((full.share.as_ref().unwrap().as_str(), full.scheduling_priority), ("x", 9));
    assert_eq!((bare.share.as_ref(), bare.scheduling_priority), (None, 0));
    assert_eq!(full.timeout, Some(SimDuration::from_secs(90)));
    assert_eq!((bare.queue, bare.definition), (JobQueueId::new(0), JobDefinitionId::new(0)));
    assert_eq!(bare.requirements, Requirements { vcpus: 2, memory_mib: 2_000, gpus: 0 });
    assert_eq!((bare.array_size, bare.attempts, bare.timeout), (0, None, None));
    assert_eq!(tally.rows, 2);
}

#[test]
fn names_are_verbatim_and_rows_without_one_are_numbered() {
    let text = "submit_time,run_time,vcpus,job_id\n0,1,1,007\n0,1,1,\"a, b\"\n0,1,1,\n0,1,1, x\n";
    let (jobs, _) = read(text, &spec(TraceFormat::Csv)).unwrap();
    assert_eq!(brief(&jobs), ["0 007", "0 a, b", "0 3", "0  x"]);
    let (jobs, _) =
        read("submit_time,run_time,vcpus\n0,1,1\n0,1,1\n", &spec(TraceFormat::Csv)).unwrap();
    assert_eq!(brief(&jobs), ["0 1", "0 2"]);
}

#[test]
fn csv_rows_are_rejected_or_skipped_for_their_own_reason() {
    let header =
        "job_id,submit_time,run_time,vcpus,queue,job_definition,array_size,attempts,timeout";
    for (row, reason) in [
        ("1,soon,1,1,,,,,", Reason::NotATime),
        ("1,2026-13-01T00:00:00Z,1,1,,,,,", Reason::NotATime),
        ("1,0,1e3,1,,,,,", Reason::NotANumber),
        ("1,0,1,1.5,,,,,", Reason::NotWhole),
        ("1,0,1,5000000000,,,,,", Reason::OutOfRange),
        ("1,0,1,1,middle,,,,", Reason::UnknownQueue),
        ("1,0,1,1,,huge,,,", Reason::UnknownJobDefinition),
        ("1,0,1,1,,,10001,,", Reason::OutOfRange),
        ("1,0,1,1,,,,11,", Reason::OutOfRange),
        ("1,0,1,1,,,,,59", Reason::OutOfRange),
        ("1,0,1,1", Reason::FieldCount),
        ("1,,1,1,,,,,", Reason::NoSubmitTime),
        ("1,-5,1,1,,,,,", Reason::NoSubmitTime),
        ("1,0,,1,,,,,", Reason::NoRunTime),
        ("1,0,-1,1,,,,,", Reason::NoRunTime),
        ("1,0,1,,,,,,", Reason::NoProcessors),
        ("1,0,1,0,,,,,", Reason::NoProcessors),
    ] {
        let tolerant = TraceSpec { max_rejects: 1.0, ..spec(TraceFormat::Csv) };
        let text = format!("{header}\n1,0,1,1,,,,,\n{row}\n");
        let (jobs, tally) = read(text, &tolerant).unwrap();
        let found = reasons(&tally);
        assert_eq!((jobs.len(), found[0].0, found[0].3), (1, reason, 3), "{row}");
    }
}

#[test]
fn a_map_renames_columns_and_gives_their_unit() {
    let mut spec = spec(TraceFormat::Csv);
    let entry = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
    spec.map = vec![
        entry("submit_time", "when", "ms"),
        entry("run_time", "elapsed", "s"),
        entry("vcpus", "cores", ""),
        entry("memory_mib", "ram", "gib"),
    ];
    let text = "when,elapsed,cores,ram,run_time\n100,2,3,1.5,9\n350,2,3,0,9\n";
    let (jobs, _) = read(text, &spec).unwrap();
    assert_eq!((jobs[1].0, jobs[0].1.run_time), (250, Some(SimDuration::from_secs(2))));
    assert_eq!(jobs[0].1.requirements, Requirements { vcpus: 3, memory_mib: 1_536, gpus: 0 });
    assert_eq!(jobs[1].1.requirements.memory_mib, 3_000);
}

#[test]
fn dates_count_from_the_start_of_the_scenario_or_from_the_first_job() {
    let text = "submit_time,run_time,vcpus\n2026-01-01T00:00:01Z,1,1\n\
        2026-01-01T01:00:03.5+01:00,1,1\n2025-12-31T23:59:59Z,1,1\n";
    let from_first = spec(TraceFormat::Csv);
    let (jobs, _) = read(text, &from_first).unwrap();
    assert_eq!(brief(&jobs), ["0 3", "2000 1", "4500 2"]);
    let start_unix_ms = 1_767_225_600_000;
    let clock = TraceSpec { origin_first: false, start_unix_ms, ..from_first };
    let (jobs, tally) = read(text, &clock).unwrap();
    assert_eq!(brief(&jobs), ["1000 1", "3500 2"]);
    assert_eq!(reasons(&tally), [(Reason::BeforeStart, "submit_time", 1, 4)]);
}

#[test]
fn a_trace_may_keep_its_own_clock() {
    let clock = TraceSpec { origin_first: false, ..spec(TraceFormat::Swf) };
    let (jobs, _) = read(swf(&["1 10 -1 5 1 -1 -1 1 -1 -1"]), &clock).unwrap();
    assert_eq!(brief(&jobs), ["10000 1"]);
}

#[test]
fn rows_out_of_order_are_put_in_order_and_equal_times_keep_theirs() {
    let text = "job_id,submit_time,run_time,vcpus\na,5,1,1\nb,3,1,1\nc,5,1,1\nd,3,1,1\ne,4,1,1\n";
    let (jobs, _) = read(text, &spec(TraceFormat::Csv)).unwrap();
    assert_eq!(brief(&jobs), ["0 b", "0 d", "1000 e", "2000 a", "2000 c"]);
}

#[test]
fn rows_may_be_late_by_the_window_and_not_by_more() {
    let text = |in_order: usize| {
        let mut text = String::from("submit_time,run_time,vcpus\n");
        (0..in_order).for_each(|row| text.push_str(&format!("{},1,1\n", row + 10)));
        text + "10,1,1\n0,1,1\n"
    };
    let (jobs, _) = read(text(reorder::WINDOW - 2), &spec(TraceFormat::Csv)).unwrap();
    assert_eq!((jobs[0].0, jobs[1].0), (0, 10_000));
    let error = read(text(reorder::WINDOW), &spec(TraceFormat::Csv)).unwrap_err();
    assert!(matches!(error, WorkloadError::OutOfOrder { line: 65_539, late_ms: 10_000, .. }));
    assert!(error.to_string().contains("the command `sort`"), "{error}");
}

#[test]
fn a_job_that_fits_no_environment_is_skipped_or_clamped() {
    let corner = |vcpus, memory_mib, gpus| Requirements { vcpus, memory_mib, gpus };
    let corners = vec![vec![corner(16, 10_000, 0), corner(8, 64_000, 1)], vec![]];
    let text = "submit_time,run_time,vcpus,memory_mib,gpus,queue\n0,1,8,60000,1,\n0,1,20,5000,0,\n\
        0,1,20,60000,1,\n0,1,1,1,0,high\n";
    let mut spec = TraceSpec { corners, ..spec(TraceFormat::Csv) };
    let (jobs, tally) = read(text, &spec).unwrap();
    assert_eq!((jobs.len(), reasons(&tally)), (1, vec![(Reason::TooLarge, "vcpus", 3, 3)]));
    spec.too_large = TooLarge::Clamp;
    let (jobs, tally) = read(text, &spec).unwrap();
    let shapes: Vec<Requirements> = jobs.iter().map(|(_, job)| job.requirements).collect();
    assert_eq!(shapes, [corner(8, 60_000, 1), corner(16, 5_000, 0), corner(16, 10_000, 0)]);
    // The last queue holds nothing at all, so there is nothing to shrink to.
    assert_eq!((tally.clamped, tally.skipped_rows()), (2, 1));
}

#[test]
fn gzip_is_told_by_content_and_may_have_several_members() {
    let (head, tail) = ("submit_time,run_time,vcpus\r\n0,1,1\r\n", "1,1,1");
    let mut bytes = gzip(head.as_bytes());
    bytes.extend(gzip(tail.as_bytes()));
    let (jobs, _) = read(bytes, &spec(TraceFormat::Csv)).unwrap();
    assert_eq!(brief(&jobs), ["0 1", "1000 2"]);
}
