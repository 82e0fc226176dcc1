//! A run beside its baseline, as a person reads it.

use super::layout::{Table, wrapped};
use super::quantity::{number, plural};
use crate::experiment::regress::{Check, MetricChange, Verdict};

/// What is the same, what differs, and whether it may.
#[must_use]
pub fn render_check(check: &Check) -> String {
    let Check { name, inputs, metrics, .. } = check;
    let moved = plural(metrics.len() as f64, "metric");
    let verdict = check.verdict();
    let headline = match (verdict, inputs.is_empty()) {
        (Verdict::Same, _) => {
            format!("same: every promised byte, {} events", number(check.events as f64, 0))
        }
        (Verdict::Within, _) => format!("within tolerance: {moved} moved"),
        (Verdict::Broken, true) => {
            "BROKEN: model, catalog, scenario and traces are those of the baseline, the results \
             are not"
                .to_owned()
        }
        (Verdict::Broken, false) => {
            let out = metrics.iter().filter(|metric| !metric.is_within()).count();
            format!("BROKEN: {out} of {moved} that moved are out of tolerance")
        }
    };
    let mut text = wrapped("", 2, &format!("{name}: {headline}"));
    for changed in inputs {
        let line = format!("{} changed: {}, now {}", changed.what, changed.old, changed.new);
        text += &wrapped("  ", 4, &line);
    }
    text += &changes(metrics, !inputs.is_empty());
    if !check.bytes.is_empty() {
        let none = if metrics.is_empty() { "; no metric does" } else { "" };
        text += &wrapped("  ", 4, &format!("differ: {}{none}", check.bytes.join(", ")));
    }
    text
}

/// The metrics that moved; `tolerated`: beside what they may move by.
fn changes(metrics: &[MetricChange], tolerated: bool) -> String {
    let mut columns = vec!["  metric", "baseline", "now", "change"];
    if tolerated {
        columns.push("allowed");
    }
    let mut table = Table::new(24, &columns);
    for metric in metrics {
        let value = |value: Option<f64>| value.map_or("-".to_owned(), rounded);
        let change = metric.relative().map_or("-".to_owned(), signed_percent);
        let mut row = vec![metric.name.clone(), value(metric.old), value(metric.new), change];
        if tolerated {
            row.push(format!("{} %", number(metric.tolerance * 100.0, 1)));
        }
        let out = if tolerated && !metric.is_within() { "OUT" } else { "" };
        table.row(row, format!("{} {out}", metric.unit).trim().to_owned());
    }
    table.render()
}

fn rounded(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        v if v < 0.01 => format!("{value:.3e}"),
        v if v < 100.0 => format!("{value:.4}"),
        _ => number(value, 2),
    }
}

fn signed_percent(share: f64) -> String {
    match share.abs() {
        v if v < 0.000_1 => format!("{:+.1e} %", share * 100.0),
        _ => format!("{:+.2} %", share * 100.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::regress::Changed;

    fn metric(name: &str, old: Option<f64>, new: Option<f64>) -> MetricChange {
        MetricChange { name: name.to_owned(), unit: "USD".to_owned(), old, new, tolerance: 0.05 }
    }

    fn check(inputs: Vec<Changed>, bytes: &[&str]) -> Check {
        Check {
            name: "study".to_owned(),
            inputs,
            bytes: bytes.iter().map(|text| (*text).to_owned()).collect(),
            metrics: vec![
                metric("cost.total", Some(67.7), Some(68.1)),
                metric("cost.lost", Some(0.002), Some(0.004)),
                metric("queueLatency.p95", None, Some(12_345.678)),
            ],
            events: 1_234_567,
        }
    }

    #[test]
    fn a_broken_baseline_names_metrics_and_bytes() {
        let bytes = ["the digest of replication 0 (5 events, now 6)", "jobs.csv", "summary.json"];
        insta::assert_snapshot!(render_check(&check(Vec::new(), &bytes)));
    }

    #[test]
    fn a_changed_input_is_named_and_tolerances_are_shown() {
        let changed = Changed { what: "catalog", old: "a 1".to_owned(), new: "a 2".to_owned() };
        insta::assert_snapshot!(render_check(&check(vec![changed], &[])));
    }

    #[test]
    fn what_is_the_same_is_one_line() {
        let same = Check { metrics: Vec::new(), ..check(Vec::new(), &[]) };
        let text = "study: same: every promised byte, 1,234,567 events\n";
        assert_eq!(render_check(&same), text);
    }
}
