//! Shares and scheduling priorities of rows, as the queue of the row wants them.

use super::*;
use crate::batch::job_queue::ShareIdentifier;
use crate::workload::spec::ShareRule;

/// Two queues, the second with a scheduling policy; of two definitions the second has a priority.
fn fair_share(first: ShareRule) -> TraceSpec {
    TraceSpec {
        share_rules: vec![first, ShareRule::Required],
        definition_priorities: vec![None, Some(5)],
        max_rejects: 1.0,
        ..spec(TraceFormat::Csv)
    }
}

const HEADER: &str = "submit_time,run_time,vcpus,queue,job_definition,share,priority\n";

/// The only other row beside a good one, with a share and a priority of 9.
fn with_row(row: &str, first: ShareRule) -> (Vec<(u64, JobSubmission)>, Tally) {
    read(format!("{HEADER}0,1,1,high,,teamA,9\n{row}\n"), &fair_share(first)).unwrap()
}

#[test]
fn a_row_has_the_share_and_the_priority_that_it_says() {
    let (jobs, _) = with_row("1,1,1,high,large, teamB ,", ShareRule::Refused);
    let of = |n: usize| (jobs[n].1.share.clone().unwrap(), jobs[n].1.scheduling_priority);
    assert_eq!(of(0), (ShareIdentifier::new("teamA").unwrap(), 9));
    assert_eq!(of(1), (ShareIdentifier::new("teamB").unwrap(), 5), "that of its definition");
}

#[test]
fn a_row_that_breaks_the_rules_of_its_queue_is_rejected_for_its_own_reason() {
    for (row, reason, column) in [
        ("1,1,1,high,,,9", Reason::NoShare, "share"),
        ("1,1,1,high,,teamA,", Reason::NoPriority, "priority"),
        ("1,1,1,low,,teamA,9", Reason::ShareOnFifo, "share"),
        ("1,1,1,high,,team-a,9", Reason::NotAShare, "share"),
        ("1,1,1,high,,te\u{e4}m,9", Reason::NotAShare, "share"),
        ("1,1,1,high,,teamA,10000", Reason::OutOfRange, "priority"),
        ("1,1,1,high,,teamA,-1", Reason::OutOfRange, "priority"),
        ("1,1,1,high,,teamA,first", Reason::NotANumber, "priority"),
    ] {
        let (jobs, tally) = with_row(row, ShareRule::Refused);
        assert_eq!((jobs.len(), reasons(&tally)), (1, vec![(reason, column, 1, 3)]), "{row}");
        assert!(!tally.rejected[0].expectation().is_empty());
    }
}

#[test]
fn a_queue_without_a_policy_takes_rows_without_a_share_and_ignores_shares_if_told() {
    let (jobs, _) = with_row("1,1,1,low,,,", ShareRule::Refused);
    assert_eq!((jobs[1].1.share.clone(), jobs[1].1.scheduling_priority), (None, 0));
    let (jobs, _) = with_row("1,1,1,low,,teamA,", ShareRule::Ignored);
    assert_eq!(jobs[1].1.share, jobs[0].1.share, "it is carried along");
}

#[test]
fn the_jobs_of_a_shared_trace_keep_their_shares_and_priorities() {
    let row = |n: u32| format!("{n},1,1,high,,team{},{}\n", n % 3, n % 2);
    let text = format!("{HEADER}{}", (0..60).map(row).collect::<String>());
    let spec = fair_share(ShareRule::Refused);
    let (jobs, _) = read(&text, &spec).unwrap();
    let shared = SharedTrace::read_over(std::io::Cursor::new(text.into_bytes()), &spec, true);
    let mut source = shared.unwrap().unwrap().source();
    for (n, (time, job)) in jobs.iter().enumerate() {
        assert_eq!(source.next_time().unwrap(), Some(SimTime::from_millis(*time)));
        let same = source.take();
        assert_eq!((&same.share, same.scheduling_priority), (&job.share, job.scheduling_priority));
        assert_eq!(job.share.as_ref().unwrap().as_str(), format!("team{}", n % 3));
        assert_eq!(usize::from(job.scheduling_priority), n % 2);
    }
}
