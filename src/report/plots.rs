//! Three figures of a run as SVG: capacity over time, queue latency, where the money went.
//!
//! Drawn from summaries alone, so they cost the same for ten jobs and ten million. Text is left to
//! the viewer's sans-serif font; bytes depend on the numbers only. The drawing library stays behind
//! this module.

mod canvas;
mod capacity;
mod cost;
mod latency;

use crate::metrics::across::RunSummary;
use crate::metrics::result::RunResult;

/// A figure could not be drawn; the other results are not affected.
#[derive(Debug, thiserror::Error)]
#[error("{figure}: can not be drawn: {reason}")]
pub struct PlotError {
    /// Its file.
    pub figure: &'static str,
    /// What the drawing library says.
    pub reason: String,
}

/// The figures of a run: file name and SVG text.
///
/// # Errors
/// [`PlotError`] when the drawing library refuses a figure.
pub fn figures(
    result: &RunResult,
    summary: &RunSummary,
) -> Result<Vec<(&'static str, String)>, PlotError> {
    let name = &result.scenario.name;
    let first = result.replications.first().map(|replication| &replication.timeline);
    Ok(vec![
        canvas::figure("capacity.svg", |root| capacity::draw(root, name, first))?,
        canvas::figure("queue_latency.svg", |root| latency::draw(root, result))?,
        canvas::figure("cost.svg", |root| cost::draw(root, result, summary))?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::across::summarise;
    use crate::report::test_result::a_result;

    fn drawn(result: &RunResult) -> Vec<(&'static str, String)> {
        figures(result, &summarise(&result.replications)).unwrap()
    }

    #[test]
    fn figures_have_the_same_bytes_every_time() {
        assert_eq!(drawn(&a_result(2)), drawn(&a_result(2)));
    }

    #[test]
    fn every_figure_says_what_it_shows_and_stays_small() {
        for (name, svg) in drawn(&a_result(2)) {
            assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{name}");
            assert!(svg.contains("allocation-strategies"), "{name}");
            assert!(svg.len() < 100_000, "{name}: {} bytes", svg.len());
        }
    }

    #[test]
    fn a_run_of_nothing_still_has_its_figures() {
        let mut result = a_result(0);
        assert_eq!(drawn(&result).len(), 3);
        result = a_result(1);
        for replication in &mut result.replications {
            replication.timeline = crate::metrics::timeline::Timeline::default();
            replication.latency.iter_mut().for_each(|curve| curve.points.clear());
            replication.metrics = crate::metrics::summary::Values::default();
        }
        assert_eq!(drawn(&result).len(), 3);
    }

    #[test]
    fn names_are_escaped() {
        let mut result = a_result(1);
        result.scenario.name = "<script>".to_owned();
        result.replications[0].latency[0].job_queue = "a&b<c>".to_owned();
        for (name, svg) in drawn(&result) {
            assert!(!svg.contains("<script>") && !svg.contains("<c>"), "{name}");
        }
    }
}
