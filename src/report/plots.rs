//! Figures as SVG. Of a run: capacity over time, queue latency, where the money went. Of a
//! comparison: differences, and cost against latency.
//!
//! Drawn from summaries alone, so they cost the same for ten jobs and ten million. Text is left to
//! the viewer's sans-serif font; bytes depend on the numbers only. The drawing library stays behind
//! this module.

mod canvas;
mod capacity;
mod cost;
mod cost_latency;
mod differences;
mod latency;
mod market;

use crate::experiment::compare::Compared;
use crate::experiment::market_sample::MarketSample;
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

/// The pools of a Spot market over time, as SVG.
///
/// # Errors
/// [`PlotError`] when the drawing library refuses the figure.
pub fn market_figure(sample: &MarketSample) -> Result<String, PlotError> {
    let height = market::height(sample);
    canvas::tall_figure("market.svg", height, |root| market::draw(root, sample)).map(|(_, svg)| svg)
}

/// Whether the start of a text is that of a [`market_figure`]: its title is its first text.
pub(super) fn is_market_figure(start: &str) -> bool {
    let first = start.split_once("<text ").and_then(|(_, text)| text.split_once('>'));
    start.starts_with("<svg ")
        && first.is_some_and(|(_, text)| text.trim_start().starts_with(market::TITLE))
}

/// The figures of a comparison: file name and SVG text.
///
/// # Errors
/// [`PlotError`] when the drawing library refuses a figure.
pub fn comparison_figures(compared: &Compared) -> Result<Vec<(&'static str, String)>, PlotError> {
    let Compared { outcomes, comparison } = compared;
    let study = outcomes.first().map_or("", |baseline| baseline.result.scenario.name.as_str());
    let heights = (differences::height(comparison), cost_latency::height(outcomes));
    Ok(vec![
        canvas::tall_figure("differences.svg", heights.0, |root| {
            differences::draw(root, comparison, study)
        })?,
        canvas::tall_figure("cost_latency.svg", heights.1, |root| {
            cost_latency::draw(root, outcomes, study)
        })?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::across::summarise;
    use crate::report::test_comparison::a_comparison;
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
    fn a_comparison_is_drawn_whatever_came_out() {
        for replications in [0, 1, 10] {
            let mut compared = a_comparison(replications);
            assert_eq!(comparison_figures(&compared).unwrap().len(), 2);
            compared.comparison.variants.clear();
            compared.outcomes.truncate(1);
            for (name, svg) in comparison_figures(&compared).unwrap() {
                assert!(svg.contains("allocation-strategies"), "{name}");
            }
        }
        let drawn = |()| comparison_figures(&a_comparison(3)).unwrap();
        assert_eq!(drawn(()), drawn(()));
    }

    #[test]
    fn alternatives_at_one_place_share_a_mark_and_are_named_together() {
        let mut compared = a_comparison(3);
        let drawn = |compared: &Compared| comparison_figures(compared).unwrap().remove(1).1;
        let (circles, apart) = (|svg: &str| svg.matches("<circle").count(), drawn(&compared));
        assert!(apart.contains("baseline") && !apart.contains("baseline,"), "{apart}");
        for (name, label) in [("twin", "baseline, twin"), ("a-twin-of-a-long-name", "baseline,\n")]
        {
            let mut twin = compared.outcomes[0].clone();
            twin.name = name.to_owned();
            compared.outcomes.push(twin);
            let together = drawn(&compared);
            compared.outcomes.pop();
            assert!(together.contains(label), "{label}: {together}");
            assert!(together.contains(&name[..4]), "{name}: {together}");
            assert_eq!(circles(&together), circles(&apart), "no mark is drawn twice");
        }
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
