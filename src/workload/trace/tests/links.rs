//! The column `depends_on`: who is meant, and what is refused.

use super::*;
use crate::batch::dependency::{Dependency, JobHandle, Links};

const HEADER: &str = "job_id,submit_time,run_time,vcpus,array_size,depends_on\n";

fn with_rows(rows: &str) -> Result<Read, WorkloadError> {
    let tolerant = TraceSpec { max_rejects: 1.0, first_handle: 100, ..spec(TraceFormat::Csv) };
    read(format!("{HEADER}{rows}"), &tolerant)
}

/// The links of every job.
fn links_of(rows: &str) -> Vec<Links> {
    let (jobs, _) = with_rows(rows).unwrap();
    jobs.iter().map(|(_, job)| job.links.as_deref().unwrap().clone()).collect()
}

/// The text of the error that a trace ends with.
fn error_of(rows: &str) -> String {
    with_rows(rows).expect_err("a mistake").to_string()
}

#[test]
fn a_row_depends_on_earlier_rows_by_their_ids() {
    let links = links_of("a,0,1,1,,\nb,0,1,1,,a\nc,5,1,1,, b;a b \n");
    let handles: Vec<_> = links.iter().map(|links| links.handle.unwrap()).collect();
    let [a, b, c] = handles.try_into().unwrap();
    assert!(a != b && b != c && a.0 >= 100);
    let job = Dependency::Job;
    let expected: [&[Dependency]; 3] = [&[], &[job(a)], &[job(b), job(a)]];
    for (links, expected) in links.iter().zip(expected) {
        assert_eq!(links.depends_on, expected, "who is named twice is one dependency");
    }
}

#[test]
fn a_row_without_an_id_is_meant_by_its_ordinal() {
    let links = links_of("x,0,1,1,,\n,1,1,1,,\nz,2,1,1,,2\n");
    assert_eq!(links[2].depends_on, [Dependency::Job(links[1].handle.unwrap())]);
}

#[test]
fn a_row_depends_on_a_child_by_its_index_unless_a_row_has_that_very_id() {
    let links = links_of("a,0,1,1,3,\nb:1,1,1,1,,\nc,2,1,1,,a:2\nd,3,1,1,,b:1\n");
    assert_eq!(links[2].depends_on, [Dependency::Child(links[0].handle.unwrap(), 2)]);
    assert_eq!(links[3].depends_on, [Dependency::Job(links[1].handle.unwrap())]);
    assert!(links[0].by_index && !links[1].by_index);
}

#[test]
fn rows_may_stand_in_any_order_but_depend_on_what_is_submitted_earlier() {
    let links = links_of("b,5,1,1,,a\na,0,1,1,,\n");
    assert_eq!(links[1].depends_on, [Dependency::Job(links[0].handle.unwrap())]);
}

#[test]
fn who_depends_on_no_earlier_row_is_an_error_that_names_both() {
    for (rows, words) in [
        ("a,0,1,1,,ghost\n", ["`a`", "`ghost`", "no earlier row"]),
        ("a,0,1,1,,b\nb,1,1,1,,\n", ["`a`", "`b`", "submitted later"]),
        ("a,0,1,1,,b\nb,0,1,1,,a\n", ["`a`", "`b`", "submitted later"]),
        ("a,0,1,1,,a\n", ["`a`", "which is itself", "expected"]),
        ("a,0,1,1,,b:x\n", ["`a`", "`b:x`", "no earlier row"]),
        ("b,5,1,1,,a\na,0,,1,,\n", ["`b`", "`a`", "not replayed"]),
    ] {
        let text = error_of(rows);
        assert!(words.iter().all(|word| text.contains(word)), "{rows}: {text}");
    }
}

#[test]
fn who_depends_on_a_row_that_is_not_replayed_is_not_replayed() {
    let (jobs, tally) = with_rows("a,0,,1,,\nb,1,1,1,,a\nc,2,1,1,,b\nd,3,1,1,,\n").unwrap();
    assert_eq!(jobs.len(), 1);
    let skipped: Vec<_> = tally.skipped.iter().map(|c| (c.reason, c.count)).collect();
    assert_eq!(skipped, [(Reason::NoRunTime, 1), (Reason::DependsOnSkipped, 2)]);
}

#[test]
fn what_no_row_can_say_is_rejected() {
    let many: String = (0..21).map(|n| format!("r{n};")).collect();
    let rows: String = (0..21).map(|n| format!("r{n},0,1,1,,\n")).collect();
    for (rows, reason) in [
        ("a,0,1,1,3,\nb,1,1,1,,a:3\n".to_owned(), Reason::NoSuchChild),
        ("a,0,1,1,,\nb,1,1,1,,a:0\n".to_owned(), Reason::NoSuchChild),
        ("a,0,1,1,,\na,1,1,1,,\n".to_owned(), Reason::TakenId),
        (format!("{rows}z,1,1,1,,{many}\n"), Reason::OutOfRange),
    ] {
        let (_, tally) = with_rows(&rows).unwrap();
        let rejected: Vec<_> = tally.rejected.iter().map(|c| (c.reason, c.count)).collect();
        assert_eq!(rejected, [(reason, 1)], "{rows}");
        assert!(!tally.rejected[0].expectation().is_empty());
    }
}

#[test]
fn a_malformed_row_does_not_undo_the_one_before_it() {
    let (jobs, _) = with_rows("a,0,1,1,,\n1,2,3\nb,1,1,1,,a\n").unwrap();
    assert_eq!(jobs.len(), 2);
}

#[test]
fn a_trace_whose_rows_depend_on_others_is_shared_and_keeps_what_is_referred_to() {
    let text = format!("{HEADER}a,0,1,1,3,\nb,0,1,1,4,a\nc,1,1,1,,a:1\nd,1,1,1,,\n");
    let spec = spec(TraceFormat::Csv);
    let over = |text: &str| std::io::Cursor::new(text.as_bytes().to_vec());
    let shared = SharedTrace::read_over(over(&text), &spec, false).unwrap().unwrap();
    let mut source = shared.source();
    let jobs: Vec<_> =
        std::iter::from_fn(|| source.next_time().unwrap().map(|_| source.take().links)).collect();
    let handle = jobs[0].as_deref().unwrap().handle;
    assert_eq!(handle, Some(JobHandle(0)));
    let depends_on = vec![Dependency::Job(JobHandle(0))];
    let b = Links { handle: None, by_index: false, depends_on };
    assert_eq!(jobs[1].as_deref(), Some(&b), "nobody refers to it");
    assert!(jobs[0].as_deref().unwrap().by_index);
    assert_eq!(jobs[3], None);
    let without = "submit_time,run_time,vcpus\n0,1,1\n";
    assert!(SharedTrace::read_over(over(without), &spec, false).unwrap().is_none());
}
