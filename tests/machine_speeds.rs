//! The fit on recorded logs, the embedded table of speeds that is made from them, and the proof
//! that it was.
//!
//! `BATCHCAST_DATA` names the folder of the logs; without it the tests say so in one line and
//! pass. With `BATCHCAST_UPDATE_SPEEDS=1` the embedded table is rewritten.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use batchcast::experiment::fit_speed::{FitOptions, FittedSpeeds, fit_speeds};
use batchcast::workload::task_log::Columns;
use std::path::{Path, PathBuf};

const HEAD: &str = "\
# Relative speeds of machines, with 95 % intervals. Made by tests/machine_speeds.rs with the fit
# of `batchcast trace fit-speed`. A figure compares only with those of its site. Site ec2 has
# families of EC2; the machines of other sites are called as their log calls them: `a1` of lotaru
# is a node of a cluster, not the family of EC2.
# source sarek-2023: two AWS Batch runs of nf-core/sarek 3.3.2 in eu-west-1 of 2023-10-11 and \
2023-10-13 (Seqera run dumps 5KdB2n2FYMc6EK and 4zhpihU28oEzL0 in MultiQC/test-data, MIT), \
trace fit-speed --by-family --min-run-time 60 --reference c6id
# source lotaru-2023: task runs of three nf-core pipelines on seven node types (Lotaru, Bader et \
al., CRC-FONDA/Lotaru-traces, 2023), trace fit-speed --reference local
site,machine,speed,low,high,tasks,rows,source
";
const SAREK: [&str; 2] = [
    "jobs/aws-batch-runs/nf-core_sarek-4zhpihU28oEzL0.csv.gz",
    "jobs/aws-batch-runs/nf-core_sarek-5KdB2n2FYMc6EK.csv.gz",
];
const LOTARU: &str = "workflows/nextflow-node-heterogeneity.csv.gz";

fn data() -> Option<PathBuf> {
    let data = std::env::var_os("BATCHCAST_DATA").filter(|data| !data.is_empty());
    if data.is_none() {
        eprintln!("BATCHCAST_DATA is not set: speeds are not fitted to recorded logs");
    }
    data.map(PathBuf::from)
}

fn fit(data: &Path, files: &[&str], reference: &str, least_s: f64) -> FittedSpeeds {
    let paths: Vec<PathBuf> = files.iter().map(|file| data.join(file)).collect();
    let reference = Some(reference.to_owned());
    let options = FitOptions { columns: Columns::default(), by_family: true, reference, least_s };
    fit_speeds(&paths, &options).unwrap()
}

fn rows(site: &str, source: &str, fitted: &FittedSpeeds) -> String {
    let row = |machine: &batchcast::experiment::fit_speed::MachineSpeed| {
        let (low, high) = machine.interval.expect("enough rows for an interval");
        let (name, speed) = (&machine.machine, machine.speed);
        let (tasks, rows) = (machine.tasks, machine.rows);
        format!("{site},{name},{speed:.3},{low:.3},{high:.3},{tasks},{rows},{source}\n")
    };
    fitted.machines.iter().map(row).collect()
}

#[test]
fn the_embedded_speeds_are_what_the_recorded_logs_give() {
    let Some(data) = data() else { return };
    let derived = HEAD.to_owned()
        + &rows("ec2", "sarek-2023", &fit(&data, &SAREK, "c6id", 60.0))
        + &rows("lotaru", "lotaru-2023", &fit(&data, &[LOTARU], "local", 1.0));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ec2/machine_speed.csv");
    if std::env::var("BATCHCAST_UPDATE_SPEEDS").is_ok_and(|value| value == "1") {
        std::fs::write(&path, &derived).unwrap();
    }
    let embedded = std::fs::read_to_string(&path).unwrap();
    assert_eq!(derived, embedded, "set BATCHCAST_UPDATE_SPEEDS=1 to rewrite");
}

#[test]
fn every_row_of_the_recorded_logs_is_used_or_counted() {
    let Some(data) = data() else { return };
    // Rows as the description of the data counts them.
    for (files, reference, rows) in
        [(&[LOTARU][..], "local", &[8_134][..]), (&SAREK[..], "c6id", &[253, 244][..])]
    {
        let fitted = fit(&data, files, reference, 1.0);
        for (log, rows) in fitted.logs.iter().zip(rows) {
            assert_eq!(log.tally.rows, *rows, "{}", log.path.display());
            let unused: u64 = log.tally.unused.iter().map(|unused| unused.rows).sum();
            assert_eq!(log.tally.used + unused, *rows);
        }
    }
}

/// The slow path: on a log in which every task ran once on both machines, the mean logarithm of
/// the ratios of its run times.
#[test]
fn two_nodes_that_ran_the_same_tasks_compare_as_their_ratios_do() {
    let Some(data) = data() else { return };
    let mut reader = csv::Reader::from_reader(flate2::read::GzDecoder::new(
        std::fs::File::open(data.join(LOTARU)).unwrap(),
    ));
    let mut times = std::collections::BTreeMap::<String, [Option<f64>; 2]>::new();
    let mut kept = String::from("task,machine,run_time\n");
    for row in reader.deserialize::<std::collections::BTreeMap<String, String>>() {
        let row = row.unwrap();
        let Some(node) = ["a1", "c2"].iter().position(|node| *node == row["node"]) else {
            continue;
        };
        let task = format!("{} {} {}", row["workflow"], row["Task"], row["WorkflowInputSize"]);
        let seconds: f64 = row["Realtime"].parse::<f64>().unwrap() / 1_000.0;
        assert!(times.entry(task.clone()).or_default()[node].replace(seconds).is_none(), "{task}");
        kept += &format!("{task},{},{seconds}\n", row["node"]);
    }
    let ratios: Vec<f64> = times
        .values()
        .filter_map(|[a1, c2]| Some(libm::log(a1.as_ref()? / c2.as_ref()?)))
        .collect();
    assert!(ratios.len() > 1_000);
    let slow = libm::exp(ratios.iter().sum::<f64>() / ratios.len() as f64);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("two-nodes.csv");
    std::fs::write(&path, kept).unwrap();
    let fitted = fit(Path::new(""), &[path.to_str().unwrap()], "a1", 0.0);
    let fast = fitted.machines.iter().find(|machine| machine.machine == "c2").unwrap().speed;
    assert!((fast / slow - 1.0).abs() < 1e-9, "{fast} instead of {slow}");
}
