//! Workflows from small texts in each schema, damaged ones, and the engine on its own.

use super::*;
use crate::batch::job_definition::{JobDefinitionId, Requirements};
use crate::batch::job_queue::JobQueueId;
use crate::sim::{Notice, SimDuration, SimTime};
use crate::workload::Reason;
use std::io::Write;
use std::sync::Arc;

/// A diamond: a before b and c, both before d. References are names, one is an id; some stand at
/// the parent only, some at the child only.
const V1_4: &str = r#"{"name": "diamond", "schemaVersion": "1.4", "workflow": {
    "makespanInSeconds": 9, "executedAt": "2026-01-01", "tasks": [
    {"name": "a", "id": "ID1", "type": "compute", "runtimeInSeconds": 1.5, "cores": 2,
     "memoryInBytes": 1048577, "children": ["b"],
     "files": [{"link": "output", "name": "x", "sizeInBytes": 7}]},
    {"name": "b", "id": "ID2", "type": "compute", "runtimeInSeconds": 2, "children": ["d"]},
    {"name": "c", "type": "compute", "parents": ["ID1"], "memoryInBytes": 0},
    {"name": "d", "type": "compute", "runtimeInSeconds": 0.0005, "parents": ["b", "c"]}]}}"#;

/// The same as 1.5 and 1.6 say it.
fn split(version: &str) -> String {
    format!(
        r#"{{"name": "diamond", "schemaVersion": "{version}", "workflow": {{
    "specification": {{"tasks": [
        {{"name": "A", "id": "a", "parents": [], "children": ["b", "c"], "outputFiles": ["x"]}},
        {{"name": "B", "id": "b", "parents": ["a"], "children": ["d"], "inputFiles": ["x"]}},
        {{"name": "C", "id": "c", "parents": ["a"], "children": ["d"]}},
        {{"name": "D", "id": "d", "parents": ["b", "c"], "children": []}}],
        "files": [{{"id": "x", "sizeInBytes": 7}}], "metrics": {{"numberOfTasks": 4}}}},
    "execution": {{"makespanInSeconds": 9, "executedAt": "2026-01-01", "tasks": [
        {{"id": "d", "runtimeInSeconds": 0.0005}},
        {{"id": "a", "runtimeInSeconds": 1.5, "coreCount": 1.2, "memoryInBytes": 1048577}},
        {{"id": "b", "runtimeInSeconds": 2, "memoryInBytes": null, "machines": ["m"]}}]}}}}}}"#
    )
}

fn parse(text: impl AsRef<[u8]>) -> Result<Dag, WorkflowError> {
    let bytes = std::io::Cursor::new(text.as_ref().to_vec());
    read(bytes, WorkflowFormat::WfCommons, Path::new("diamond.json"))
}

#[test]
fn one_workflow_reads_the_same_in_every_schema() {
    let dag = parse(V1_4).unwrap();
    assert_eq!(parse(split("1.5")).unwrap(), dag);
    assert_eq!(parse(split("1.6")).unwrap(), dag);
    assert_eq!(parse(format!("\u{feff}{V1_4}\n")).unwrap(), dag, "with a byte order mark");
    let said = |task: &Task| {
        (task.name.to_string(), task.vcpus, task.memory_mib, task.run_time.as_millis())
    };
    let said: Vec<_> = dag.tasks().iter().map(said).collect();
    let name = str::to_owned;
    // Bytes are rounded up to MiB, cores to whole ones, half a millisecond to the even one.
    assert_eq!(
        said,
        [
            (name("a"), 2, Some(2), 1_500),
            (name("b"), 1, None, 2_000),
            (name("c"), 1, None, 0),
            (name("d"), 1, None, 0)
        ]
    );
    let children: Vec<&[u32]> = (0..4).map(|task| dag.children(task)).collect();
    assert_eq!(children, [&[1, 2][..], &[3], &[3], &[]]);
    assert_eq!((dag.parents(), dag.roots().collect::<Vec<_>>()), (&[0, 1, 1, 2][..], vec![0]));
}

#[test]
fn a_compressed_workflow_is_told_by_its_content() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(V1_4.as_bytes()).unwrap();
    let bytes = encoder.finish().unwrap();
    assert_eq!(parse(&bytes).unwrap(), parse(V1_4).unwrap());
    let error = parse(&bytes[..bytes.len() - 9]).unwrap_err().to_string();
    assert!(error.contains("diamond.json") && error.contains("ends in the middle"), "{error}");
}

#[track_caller]
fn says(text: impl AsRef<[u8]>, words: &[&str]) {
    let error = parse(text).expect_err("a damaged workflow").to_string();
    println!("{error}");
    for word in ["diamond.json"].iter().chain(words) {
        assert!(error.contains(word), "{word:?} is not in {error}");
    }
}

#[test]
fn what_is_no_workflow_is_named_with_its_place() {
    let change = |from: &str, to: &str| {
        assert!(V1_4.contains(from), "{from}");
        V1_4.replacen(from, to, 1)
    };
    says("", &["the file", "EOF"]);
    says(&V1_4[..V1_4.len() - 3], &["EOF", "line"]);
    says(format!("{V1_4} x"), &["the end", "trailing characters"]);
    let path = "workflow.tasks[0].runtimeInSeconds";
    says(change("1.5,", "\"long\","), &[path, "invalid type", "line 3"]);
    says(change("1.4", "1.3"), &["schemaVersion is 1.3", "1.4, 1.5 or 1.6", "hint: "]);
    says(change("\"schemaVersion\": \"1.4\", ", ""), &["schemaVersion is missing"]);
    says(change("1.4", "1.5"), &["workflow.specification.tasks holds no task"]);
    says(split("1.4"), &["workflow.tasks holds no task"]);
    says(change("\"name\": \"c\"", "\"name\": \"b\""), &["task b", "two of that id"]);
    says(change("ID2", "ID1"), &["task b", "two of id ID1"]);
    says(change("\"children\": [\"d\"]", "\"children\": [\"e\"]"), &["task b", "child e is no"]);
    says(change("[\"b\", \"c\"]", "[\"b\", \"z\"]"), &["task d", "parent z is no"]);
    says(change("1.5,", "-1.5,"), &["task a", "run time is -1.5", "expected 0 to"]);
    says(change("1.5,", "1e300,"), &["task a", "run time is 1e300;"]);
    says(change("\"cores\": 2", "\"cores\": 0"), &["task a", "cores is 0", "more than 0"]);
    says(change("1048577", "-1"), &["task a", "memory is -1"]);
}

#[test]
fn what_execution_says_must_be_of_a_specified_task() {
    let text = split("1.6");
    says(text.replacen("\"id\": \"b\", \"runtime", "\"id\": \"e\", \"runtime", 1), &["task e"]);
    let twice = text.replacen("\"id\": \"b\", \"runtime", "\"id\": \"a\", \"runtime", 1);
    says(twice, &["task a", "twice"]);
}

#[test]
fn a_cycle_is_shown_from_parent_to_child() {
    let text = |edges: &[(&str, &str)]| {
        let task = |name: &&str| {
            let children: Vec<_> = edges.iter().filter(|e| e.0 == *name).map(|e| e.1).collect();
            format!(r#"{{"name": "{name}", "children": {children:?}}}"#)
        };
        let tasks: Vec<String> = ["a", "b", "c", "d", "e"].iter().map(task).collect();
        let tasks = tasks.join(", ");
        format!(r#"{{"schemaVersion": "1.4", "workflow": {{"tasks": [{tasks}]}}}}"#)
    };
    says(text(&[("a", "b"), ("b", "b"), ("b", "c")]), &["task b waits for itself: b -> b;"]);
    // d is behind the cycle, not on it.
    let cycle = text(&[("a", "b"), ("b", "c"), ("c", "e"), ("e", "b"), ("e", "d")]);
    let error = parse(cycle).unwrap_err().to_string();
    assert!(error.contains("task b waits for itself: b -> c -> e -> b;"), "{error}");
}

/// The diamond with an engine that starts at 1,005 ms.
fn spec(poll_s: u64) -> WorkflowSpec {
    let dag = parse(V1_4).unwrap();
    WorkflowSpec {
        path: "diamond.json".into(),
        format: WorkflowFormat::WfCommons,
        requirements: vec![Requirements { vcpus: 1, memory_mib: 1, gpus: 0 }; 4].into(),
        dag: Arc::new(dag),
        clamped: 0,
        queue: JobQueueId::new(0),
        definition: JobDefinitionId::new(0),
        share: None,
        scheduling_priority: 0,
        at: SimTime::from_millis(1_005),
        poll_interval: SimDuration::from_secs(poll_s),
        queue_size: None,
        submit_rate: None,
        max_retries: 0,
    }
}

fn tell(engine: &mut dyn JobSource, at_ms: u64, ticket: u32, succeeded: bool) {
    engine.notice(SimTime::from_millis(at_ms), Notice { source: 3, ticket, succeeded });
}

#[track_caller]
fn submits(engine: &mut dyn JobSource, at_ms: u64, name: &str) {
    assert_eq!(engine.next_time().unwrap(), Some(SimTime::from_millis(at_ms)));
    let job = engine.take();
    assert_eq!(job.name.to_string(), name);
    assert_eq!(job.ticket.unwrap().source, 3);
}

#[track_caller]
fn waits(engine: &mut dyn JobSource) {
    assert_eq!(engine.next_time().unwrap(), None);
}

#[test]
fn ends_are_seen_on_the_lattice_of_polls_from_the_start_on() {
    let mut engine = open(&spec(10), 3);
    submits(engine.as_mut(), 1_005, "a");
    waits(engine.as_mut());
    tell(engine.as_mut(), 11_005, 0, true);
    submits(engine.as_mut(), 11_005, "b");
    submits(engine.as_mut(), 11_005, "c");
    waits(engine.as_mut());
    tell(engine.as_mut(), 11_006, 2, true);
    waits(engine.as_mut());
    tell(engine.as_mut(), 21_006, 1, true);
    submits(engine.as_mut(), 31_005, "d");
    tell(engine.as_mut(), 31_005, 3, true);
    waits(engine.as_mut());
    assert_eq!(engine.tally().accepted, 4);
}

#[test]
fn what_depends_on_a_lost_task_is_skipped_once() {
    let mut engine = open(&WorkflowSpec { max_retries: 1, ..spec(0) }, 3);
    submits(engine.as_mut(), 1_005, "a");
    tell(engine.as_mut(), 2_000, 0, false);
    submits(engine.as_mut(), 2_000, "a");
    tell(engine.as_mut(), 3_000, 0, true);
    submits(engine.as_mut(), 3_000, "b");
    submits(engine.as_mut(), 3_000, "c");
    for at_ms in [3_500, 3_600] {
        tell(engine.as_mut(), at_ms, 1, false);
        tell(engine.as_mut(), at_ms, 2, false);
        if at_ms == 3_500 {
            submits(engine.as_mut(), at_ms, "b");
            submits(engine.as_mut(), at_ms, "c");
        }
    }
    waits(engine.as_mut());
    let tally = engine.tally();
    assert_eq!((tally.rows, tally.accepted, tally.skipped_rows()), (4, 3, 1));
    let skipped = &tally.skipped[0];
    assert_eq!((skipped.reason, skipped.first_line), (Reason::AfterFailure, 4));
    assert_eq!(&*skipped.example, "d");
}

#[test]
fn a_place_becomes_free_at_the_poll_that_sees_the_end() {
    let mut engine = open(&WorkflowSpec { queue_size: Some(1), ..spec(10) }, 3);
    submits(engine.as_mut(), 1_005, "a");
    tell(engine.as_mut(), 1_500, 0, true);
    submits(engine.as_mut(), 11_005, "b");
    waits(engine.as_mut());
    tell(engine.as_mut(), 12_000, 1, true);
    submits(engine.as_mut(), 21_005, "c");
    waits(engine.as_mut());
}

#[test]
fn submissions_are_spaced_by_the_rate() {
    let mut engine = open(&WorkflowSpec { submit_rate: Some(3), ..spec(0) }, 3);
    submits(engine.as_mut(), 1_005, "a");
    tell(engine.as_mut(), 1_005, 0, true);
    submits(engine.as_mut(), 1_339, "b");
    submits(engine.as_mut(), 1_672, "c");
    tell(engine.as_mut(), 5_000, 1, true);
    tell(engine.as_mut(), 5_000, 2, true);
    submits(engine.as_mut(), 5_000, "d");
}

#[test]
fn the_earliest_instants_are_those_of_the_polls() {
    let dag = parse(V1_4).unwrap();
    let earliest = |poll_s: u64| -> Vec<u64> {
        let all = dag.earliest(SimTime::from_millis(5), SimDuration::from_secs(poll_s));
        all.into_iter().map(SimTime::as_millis).collect()
    };
    assert_eq!(earliest(0), [5, 1_505, 1_505, 3_505]);
    assert_eq!(earliest(10), [5, 10_005, 10_005, 20_005]);
    assert_eq!(dag.descendants(0), [1, 2, 3]);
    assert_eq!(dag.descendants(2), [3]);
}
