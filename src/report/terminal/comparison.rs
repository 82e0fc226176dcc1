//! The comparison a person reads: the verdict in words, then what it rests on.
//!
//! Differences are those of the variant less the baseline, `+-` the half width of their interval.

mod amount;
mod changed;
mod pairing;
mod table;
mod words;

use super::layout::{WIDTH, shorten, wrapped};
use super::notes;
use super::quantity::plural;
use super::{broken_thresholds, joined};
use crate::experiment::compare::{Compared, Outcome};
use std::path::Path;

/// The metrics of the verdict, and what they are called in a sentence.
const HEADLINE: [(&str, &str); 3] =
    [("cost.total", "cost"), ("queueLatency.p95", "p95 queue latency"), ("makespan", "makespan")];

/// The comparison whose folder is `place`.
///
/// ```text
/// spot-first: costs 31 +- 4 % less; p95 queue latency +6m 10s +- 3m 02s; makespan not
///   distinguishable
/// ```
#[must_use]
pub fn render_comparison(compared: &Compared, place: &Path) -> String {
    let Compared { outcomes, comparison } = compared;
    let Some(baseline) = outcomes.first() else { return String::new() };
    joined(&[
        title(compared, baseline),
        comparison.variants.iter().map(words::verdict).collect(),
        hint(compared),
        changed::changes(comparison),
        table::differences(compared, baseline),
        pairing::gain(comparison),
        comparison.notes.iter().map(|note| wrapped("note: ", 6, note)).collect(),
        broken_thresholds(outcomes).iter().map(|line| wrapped("", 2, line)).collect(),
        notes::traces(&baseline.result),
        warnings(outcomes),
        notes::footer(&baseline.result, Some(place)),
    ])
}

/// What was compared.
fn title(compared: &Compared, baseline: &Outcome) -> String {
    let comparison = &compared.comparison;
    let scenario = &baseline.result.scenario;
    let mut text = shorten(&scenario.name, WIDTH) + "\n";
    if let Some(question) = &scenario.question {
        text += &wrapped("", 0, question);
    }
    let variants = plural(comparison.variants.len() as f64, "variant");
    let replications = plural(f64::from(comparison.replications), "replication");
    text + &wrapped(
        "  ",
        2,
        &format!(
            "{variants} against {}, {replications} each, seed {}",
            comparison.baseline, comparison.seed
        ),
    )
}

fn hint(compared: &Compared) -> String {
    let hint = "hint: --replications 10 tells differences from chance\n";
    if compared.comparison.replications == 1 { hint.to_owned() } else { String::new() }
}

/// Each warning once, with the alternatives that it is about unless it is about all.
fn warnings(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for (warning, about) in super::warnings_of(outcomes) {
        text += &wrapped("warning: ", 9, &format!("{about}{warning}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::test_comparison::a_comparison;

    fn rendered(compared: &Compared) -> String {
        let text = render_comparison(compared, Path::new("results/a-compare"));
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH, "{line:?}");
            assert_eq!(line, line.trim_end(), "no trailing blanks");
        }
        text
    }

    #[test]
    fn two_variants_read_well() {
        insta::assert_snapshot!(rendered(&a_comparison(10)));
    }

    #[test]
    fn one_replication_says_that_nothing_can_be_told_and_how_to_mend_it() {
        let text = rendered(&a_comparison(1));
        assert!(!text.contains("+-") && text.contains("one replication has no intervals"));
        assert!(text.contains("hint: --replications 10"), "{text}");
    }

    #[test]
    fn long_names_and_large_numbers_stay_within_the_page() {
        let mut compared = a_comparison(3);
        for variant in &mut compared.comparison.variants {
            variant.name = "x".repeat(100);
            for difference in &mut variant.metrics {
                difference.difference = difference.difference.map(|value| value * 1e7 + 1e8);
            }
        }
        rendered(&compared);
    }
}
