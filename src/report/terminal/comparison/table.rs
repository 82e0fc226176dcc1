//! The numbers behind the verdict: the baseline's means, and each variant's difference from them.

use super::super::layout::{Table, WIDTH, shorten};
use super::amount::{amount, signed};
use crate::experiment::compare::{Compared, Difference, Outcome, VariantComparison, Verdict};

/// What is shown, by metric.
const ROWS: [(&str, &str); 15] = [
    ("Jobs unfinished", "jobs.unfinished"),
    ("Cost, USD", "cost.total"),
    ("USD per vCPU-hour", "cost.perVcpuHour"),
    ("Queue latency mean", "queueLatency.mean"),
    ("              p50", "queueLatency.p50"),
    ("              p95", "queueLatency.p95"),
    ("              max", "queueLatency.max"),
    ("Completion p95", "completion.p95"),
    ("Makespan", "makespan"),
    ("Jobs done per hour", "throughput.jobsPerHour"),
    ("Jobs failed", "jobs.failed"),
    ("vCPUs used", "utilisation.vcpu"),
    ("Interruptions", "interruptions"),
    ("Capacity refusals", "refusals.capacity"),
    ("Quota refusals", "refusals.quota"),
];
const NAME_WIDTH: usize = 20;

/// As many variants side by side as there is room for.
pub(super) fn differences(compared: &Compared, baseline: &Outcome) -> String {
    let variants = &compared.comparison.variants;
    let with = |count: usize| -> Vec<String> {
        variants.chunks(count).map(|chunk| table(baseline, chunk)).collect()
    };
    let fits = |tables: &Vec<String>| {
        tables.iter().flat_map(|table| table.lines()).all(|line| line.chars().count() <= WIDTH)
    };
    let tables = [3, 2].into_iter().map(with).find(fits).unwrap_or_else(|| with(1));
    let mut text = tables.join("\n");
    if compared.comparison.replications > 1 {
        text += "  * more than luck, at 95 % over the variants of a row (Holm)\n";
    }
    text
}

fn table(baseline: &Outcome, variants: &[VariantComparison]) -> String {
    let names: Vec<String> =
        variants.iter().map(|variant| shorten(&variant.name, NAME_WIDTH)).collect();
    let base = shorten(&baseline.name, NAME_WIDTH - 6);
    let mut titles = vec!["Means, differences", base.as_str()];
    titles.extend(names.iter().map(String::as_str));
    let mut table = Table::new(NAME_WIDTH, &titles);
    for (name, metric) in ROWS {
        let differences: Vec<&Difference> =
            variants.iter().filter_map(|variant| variant.difference(metric)).collect();
        let Some(first) = differences.first() else { continue };
        let mean = baseline.summary.metrics.mean(metric);
        let occurs = |d: &&Difference| d.difference.is_some_and(|value| value != 0.0);
        if mean.unwrap_or(0.0) == 0.0 && !differences.iter().any(occurs) {
            continue;
        }
        let mean = mean.map_or("-".to_owned(), |mean| amount(first, mean));
        let mut cells = vec![name.to_owned(), mean];
        cells.extend(differences.into_iter().map(cell));
        table.row(cells, String::new());
    }
    table.render()
}

fn cell(difference: &Difference) -> String {
    let mark = match difference.verdict {
        Verdict::Higher | Verdict::Lower => " *",
        Verdict::NotDistinguishable => "  ",
        Verdict::OneReplication | Verdict::Undefined => "",
    };
    let varies = difference.half_width.is_some_and(|half_width| half_width > 0.0);
    let text = match difference.difference {
        Some(0.0) if !varies => Some("same".to_owned()),
        _ => signed(difference),
    };
    text.unwrap_or_else(|| "-".to_owned()) + mark
}
