//! Ctrl-C: what is done is kept, and the target stays as it was.

#![cfg(unix)]

use crate::home::{Home, TINY};
use std::process::{Child, Command};

fn interrupt(child: &Child) {
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
}

#[test]
fn an_interrupted_run_keeps_the_replications_that_are_done() {
    let home = Home::new("interrupt");
    home.run(&[TINY, &["--out", "out"]].concat()).ends_with(0);
    let before = home.files("out");
    let many = ["--out", "out", "--replications", "100000", "--jobs", "1", "--records", "jobs"];
    let mut child = home.command(&[TINY, &many].concat()).spawn().unwrap();
    // One thread: when the second part is begun, the first replication is done.
    let part = home.path().join(format!("out.partial-{}", child.id())).join("jobs.csv.part-1");
    while !part.exists() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(stdout.contains("INTERRUPTED: ") && stdout.contains("out.interrupted"), "{stdout}");
    assert!(before == home.files("out"), "the earlier results are untouched");
    let kept = home.files("out.interrupted");
    let manifest: serde_json::Value = serde_json::from_slice(&kept["manifest.json"]).unwrap();
    assert_eq!(manifest["complete"], false);
    let jobs = String::from_utf8_lossy(&kept["jobs.csv"]).into_owned();
    let last = jobs.lines().last().and_then(|row| row.split(',').next()?.parse::<usize>().ok());
    let done = manifest["replications"].as_array().unwrap().len();
    assert_eq!(last, Some(done - 1), "rows of finished replications only");
}

#[test]
fn an_interrupted_comparison_writes_nothing_and_says_so() {
    let home = Home::new("interrupt-compare");
    let many = ["--variant", "x:horizon=1d", "--replications", "100000", "--out", "out"];
    let mut child = home.command(&[&["compare"], &TINY[1..], &many].concat()).spawn().unwrap();
    // Ctrl-C is watched before the folder is made.
    let part = home.path().join(format!("out.partial-{}", child.id()));
    while !part.exists() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(stderr.contains("interrupted: half a comparison is none, so nothing is written"));
    assert!(output.stdout.is_empty() && home.files("").is_empty(), "{output:?}");
}
