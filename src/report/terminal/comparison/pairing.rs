//! What it bought that all alternatives met the same luck.

use super::super::layout::{shorten, wrapped};
use super::super::quantity::number;
use super::HEADLINE;
use crate::experiment::compare::{Comparison, VariantComparison};

/// Below this, pairing was not worth a word.
const WORTH_TELLING: f64 = 1.05;

/// A line a variant whose differences vary.
pub(super) fn gain(comparison: &Comparison) -> String {
    comparison.variants.iter().map(of_variant).collect()
}

fn of_variant(variant: &VariantComparison) -> String {
    let (mut helped, mut did_not) = (Vec::new(), Vec::new());
    for (metric, name) in HEADLINE {
        let difference = variant.difference(metric);
        let Some(gain) = difference.and_then(|difference| difference.variance_reduction) else {
            continue;
        };
        let digits = if gain < 100.0 { gain } else { gain.round() };
        match gain >= WORTH_TELLING {
            true if helped.is_empty() => {
                helped.push(format!("{} times the replications for {name}", number(digits, 1)));
            }
            true => helped.push(format!("{} times for {name}", number(digits, 1))),
            false => did_not.push(format!("{name} ({})", number(gain, 2))),
        }
    }
    let mut parts = Vec::new();
    if !helped.is_empty() {
        parts.push(format!(
            "the same precision from independent runs would take {}",
            helped.join(", ")
        ));
    }
    if !did_not.is_empty() {
        parts.push(format!("it did not help for {}", did_not.join(", ")));
    }
    if parts.is_empty() {
        return String::new();
    }
    let name = shorten(&variant.name, 40);
    wrapped("", 2, &format!("Pairing {name}: {}", parts.join("; ")))
}
