//! The result folder of a comparison: the verdicts, every value they rest on, each alternative.
//!
//! ```text
//! manifest.json  comparison.json  comparison.csv  replications.csv  plots/
//! alternatives/<name>/summary.json  alternatives/<name>/scenario.resolved.json
//! ```

use super::folder::{MANIFEST, ResultFolder};
use super::write::{WriteError, write, write_json};
use super::{json, plots};
use crate::experiment::compare::{Compared, Comparison, Outcome};
use crate::metrics::metric::METRICS;
use crate::metrics::result::Invocation;
use std::path::PathBuf;

/// Fills `folder` with a comparison and puts it in place.
///
/// # Errors
/// [`WriteError`]; earlier results are then where they were.
pub fn write_comparison(
    folder: ResultFolder,
    compared: &Compared,
    invocation: &Invocation,
) -> Result<PathBuf, WriteError> {
    write_json(&folder, "comparison.json", json::comparison(&compared.comparison))?;
    write(&folder, "comparison.csv", &csv(&compared.comparison))?;
    write(&folder, "replications.csv", &replications_csv(&compared.outcomes))?;
    for Outcome { name, result, summary, .. } in &compared.outcomes {
        let file = |file: &str| format!("alternatives/{name}/{file}");
        write_json(&folder, &file("summary.json"), json::summary(result, summary))?;
        write_json(&folder, &file("scenario.resolved.json"), json::resolved(result))?;
    }
    for (file, svg) in plots::comparison_figures(compared)? {
        write(&folder, &format!("plots/{file}"), &svg)?;
    }
    // Last: the manifest makes a folder of files a folder of results.
    write_json(&folder, MANIFEST, json::comparison_manifest(compared, invocation))?;
    Ok(folder.commit()?)
}

/// `comparison.csv`: one row a variant and metric. No field needs quotes: names are plain.
#[must_use]
pub fn csv(comparison: &Comparison) -> String {
    let mut text = "variant,metric,unit,baseline_mean,variant_mean,difference,half_width,\
                    confidence,n,p_value,adjusted_p_value,verdict,relative_difference,\
                    relative_half_width,variance_reduction\n"
        .to_owned();
    let number = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    for variant in &comparison.variants {
        for d in &variant.metrics {
            let fields = [
                variant.name.clone(),
                d.metric.to_owned(),
                d.unit.to_owned(),
                number(d.baseline_mean),
                number(d.variant_mean),
                number(d.difference),
                number(d.half_width),
                number(d.confidence),
                d.n.to_string(),
                number(d.p_value),
                number(d.adjusted_p_value),
                d.verdict.as_str().to_owned(),
                number(d.relative_difference),
                number(d.relative_half_width),
                number(d.variance_reduction),
            ];
            text += &fields.join(",");
            text.push('\n');
        }
    }
    text
}

/// `replications.csv`: every value that a verdict rests on; what is undefined has no row.
fn replications_csv(outcomes: &[Outcome]) -> String {
    let mut text = "alternative,replication,metric,unit,value\n".to_owned();
    for Outcome { name, result, .. } in outcomes {
        for replication in &result.replications {
            for metric in METRICS {
                if let Some(value) = replication.metrics.get(metric.name) {
                    let (number, unit) = (replication.replication, metric.unit.as_str());
                    text += &format!("{name},{number},{},{unit},{value}\n", metric.name);
                }
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::test_comparison::a_comparison;

    #[test]
    fn every_row_has_as_many_fields_as_the_header() {
        let compared = a_comparison(3);
        for text in [csv(&compared.comparison), replications_csv(&compared.outcomes)] {
            let columns = text.lines().next().unwrap().matches(',').count();
            assert!(text.lines().all(|line| line.matches(',').count() == columns), "{text}");
        }
        assert_eq!(csv(&compared.comparison).lines().count(), 1 + 2 * METRICS.len());
    }

    #[test]
    fn a_manifest_says_of_each_alternative_what_that_of_a_run_says() {
        let compared = a_comparison(2);
        let text = json::comparison_manifest(&compared, &Invocation::default()).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(manifest["schema"], json::SCHEMA);
        let run: serde_json::Value =
            serde_json::from_str(&json::manifest(&compared.outcomes[1].result, &[]).unwrap())
                .unwrap();
        let alternative = &manifest["alternatives"][1];
        assert_eq!(alternative["name"], compared.outcomes[1].name.as_str());
        for key in ["scenario", "seed", "replications", "catalog", "traces", "parameters"] {
            assert_eq!(alternative[key], run[key], "{key}");
        }
    }
}
