//! Speeds from rows: what is found, what is not compared, what is refused.

use super::*;

fn rows(runs: &[(&str, &str, f64)], by_family: bool) -> Rows {
    let mut rows = Rows::default();
    for (task, machine, run_s) in runs {
        rows.add(TaskRun { name: task, task, machine, run_s: *run_s }, by_family);
    }
    rows
}

fn log(tally: TaskLogTally) -> Vec<ReadLog> {
    vec![ReadLog { path: "log.csv".into(), tally }]
}

fn fit(runs: &[(&str, &str, f64)], reference: Option<&str>) -> Result<FittedSpeeds, FitError> {
    rows(runs, false).fit(reference, log(TaskLogTally::default()))
}

fn speed(fitted: &FittedSpeeds, machine: &str) -> f64 {
    fitted.machines.iter().find(|found| found.machine == machine).unwrap().speed
}

#[test]
fn a_machine_that_takes_half_the_time_is_twice_as_fast() {
    let runs = [
        ("align", "old", 100.0),
        ("align", "new", 50.0),
        ("sort", "old", 8.0),
        ("sort", "old", 8.0),
        ("sort", "new", 4.0),
        ("alone", "new", 77.0),
    ];
    let fitted = fit(&runs, Some("old")).unwrap();
    assert!((speed(&fitted, "new") - 2.0).abs() < 1e-12, "{fitted:?}");
    assert_eq!(speed(&fitted, "old"), 1.0);
    assert_eq!((fitted.tasks, fitted.rows), (2, 5), "what ran on one machine says nothing");
    let spread = fitted.spread.unwrap();
    assert!((spread - 1.0).abs() < 1e-9, "nothing differs from what task and machine say");
    let other = fit(&runs, Some("new")).unwrap();
    assert!((speed(&other, "old") - 0.5).abs() < 1e-12, "{other:?}");
}

#[test]
fn machines_are_compared_through_others_where_they_share_no_task() {
    let runs = [("a", "x", 10.0), ("a", "y", 5.0), ("b", "y", 30.0), ("b", "z", 10.0)];
    let fitted = fit(&runs, Some("x")).unwrap();
    assert!((speed(&fitted, "z") - 6.0).abs() < 1e-12, "{fitted:?}");
    assert!(fitted.machines.iter().all(|m| m.machine == "x" || m.interval.is_none()));
}

#[test]
fn the_reference_is_the_machine_with_the_most_rows_the_first_by_name_of_equals() {
    let runs = [("a", "y", 10.0), ("a", "x", 5.0), ("b", "y", 3.0), ("b", "x", 4.0)];
    assert_eq!(fit(&runs, None).unwrap().reference, "x");
    let more = [&runs[..], &[("b", "y", 3.0)]].concat();
    assert_eq!(fit(&more, None).unwrap().reference, "y");
}

#[test]
fn types_of_a_family_are_taken_together_when_that_is_asked_for() {
    let runs = [("a", "c6i.large", 10.0), ("a", "m5.large", 20.0), ("a", "m5.xlarge", 20.0)];
    let machines = |by_family| -> Vec<String> {
        let fitted = rows(&runs, by_family).fit(None, Vec::new()).unwrap();
        fitted.machines.into_iter().map(|machine| machine.machine).collect()
    };
    assert_eq!(machines(false), ["c6i.large", "m5.large", "m5.xlarge"]);
    assert_eq!(machines(true), ["c6i", "m5"]);
    // What is no type stays as it is.
    let hosts = [("a", "host.example.org", 1.0), ("a", "N1.x", 2.0)];
    let fitted = rows(&hosts, true).fit(None, Vec::new()).unwrap();
    assert_eq!(fitted.reference, "N1.x");
}

#[test]
fn machines_that_share_no_task_with_the_reference_are_set_apart_by_name() {
    let runs =
        [("a", "x", 10.0), ("a", "y", 5.0), ("b", "p", 30.0), ("b", "o", 10.0), ("c", "q", 10.0)];
    let fitted = fit(&runs, Some("x")).unwrap();
    assert_eq!(fitted.apart, [vec!["o".to_owned(), "p".to_owned()], vec!["q".to_owned()]]);
    assert_eq!(fitted.machines.len(), 2);
    let error = fit(&runs, Some("q")).unwrap_err().to_string();
    for words in ["log.csv", "no task ran on q and", "o, p | q | x, y", "hint: name with --task"] {
        assert!(error.contains(words), "{words}: {error}");
    }
}

#[test]
fn what_can_not_be_compared_says_what_could() {
    let error = fit(&[("a", "x", 10.0), ("b", "x", 5.0)], None).unwrap_err().to_string();
    for words in ["log.csv", "all 2 rows ran on x", "two machines or more", "hint", "--machine"] {
        assert!(error.contains(words), "{words}: {error}");
    }
    let runs = [("a", "y", 10.0), ("a", "x", 5.0)];
    let error = fit(&runs, Some("z")).unwrap_err().to_string();
    assert!(error.contains("no row ran on z") && error.contains("expected x, y"), "{error}");
    let hosts: Vec<String> = (0..=MOST_MACHINES).map(|host| format!("host{host}")).collect();
    let many: Vec<_> = hosts.iter().map(|host| ("a", host.as_str(), 1.0)).collect();
    let error = fit(&many, None).unwrap_err().to_string();
    assert!(
        error.contains("2001 machines are too many") && error.contains("--by-family"),
        "{error}"
    );
}

#[test]
fn a_log_without_a_row_that_can_be_used_says_why() {
    let error = rows(&[], false).fit(None, log(TaskLogTally::default())).unwrap_err().to_string();
    assert!(error.contains("none of 0 rows") && error.contains("below its header"), "{error}");
    let unused = task_log::Unused {
        reason: task_log::UnusedReason::TooShort,
        column: "took".to_owned(),
        rows: 3,
        first_line: 2,
        example: "0.2".to_owned(),
    };
    let tally = TaskLogTally { rows: 3, unused: vec![unused], ..TaskLogTally::default() };
    let error = rows(&[], false).fit(None, log(tally)).unwrap_err().to_string();
    for words in [
        "none of 3 rows",
        "log.csv: 3 rows too_short, first in line 2: took \"0.2\"",
        "--min-run-time",
    ] {
        assert!(error.contains(words), "{words}: {error}");
    }
}

#[test]
fn speeds_do_not_depend_on_the_unit_of_run_times_nor_on_how_large_tasks_are() {
    let runs = [
        ("a", "x", 10.0),
        ("a", "y", 7.0),
        ("b", "x", 5.0),
        ("b", "y", 4.5),
        ("c", "x", 2.0),
        ("c", "y", 1.9),
    ];
    let first = fit(&runs, Some("x")).unwrap();
    let scaled = runs.map(|(task, machine, run_s)| match task {
        "a" => (task, machine, 1_000.0 * run_s),
        _ => (task, machine, 60.0 * run_s),
    });
    let second = fit(&scaled, Some("x")).unwrap();
    let (one, other) = (&first.machines[1], &second.machines[1]);
    assert!((one.speed - other.speed).abs() < 1e-9, "{one:?} {other:?}");
    let (low, high) = one.interval.unwrap();
    let (other_low, other_high) = other.interval.unwrap();
    assert!((low - other_low).abs() < 1e-9 && (high - other_high).abs() < 1e-9);
    assert!(low < one.speed && one.speed < high);
}
