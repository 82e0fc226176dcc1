//! What a variant configures otherwise, like a plan: `~` changed, `+` added, `-` taken away.

use super::super::layout::{shorten, wrapped};
use super::super::quantity::plural;
use crate::experiment::compare::{Comparison, VariantComparison};
use crate::experiment::scenario::Change;
use serde_json::Value;

/// Of one variant; the others are in `comparison.json`.
const SHOWN: usize = 8;
const VALUE_WIDTH: usize = 48;

/// Every variant's changes.
pub(super) fn changes(comparison: &Comparison) -> String {
    comparison.variants.iter().map(of_variant).collect()
}

fn of_variant(variant: &VariantComparison) -> String {
    let name = shorten(&variant.name, 48);
    if variant.changes.is_empty() {
        return format!("{name} is configured like the baseline\n");
    }
    let mut text = format!("{name} changes\n");
    for change in variant.changes.iter().take(SHOWN) {
        text += &line(change);
    }
    let rest = variant.changes.len().saturating_sub(SHOWN);
    if rest > 0 {
        text += &format!("  and {}, in comparison.json\n", plural(rest as f64, "more value"));
    }
    text
}

fn line(change: &Change) -> String {
    let Change { path, before, after } = change;
    match (before, after) {
        (Some(before), Some(after)) => {
            wrapped("  ~ ", 6, &format!("{path} {} -> {}", written(before), written(after)))
        }
        (None, Some(after)) => wrapped("  + ", 6, &format!("{path} {}", written(after))),
        (before, None) => {
            let before = before.as_ref().map(written).unwrap_or_default();
            wrapped("  - ", 6, &format!("{path} {before}"))
        }
    }
}

fn written(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    shorten(&text, VALUE_WIDTH)
}
