//! How much each variant differs from the baseline: a panel a metric, a row a variant.
//!
//! In percent of the baseline's mean, with the interval at which the variant was tested. What can
//! not be told from no difference is drawn hollow and grey.

use super::canvas::{
    self, Axis, BLUE, Canvas, DrawError, GREEN, GREY, GRID, HEAD, INK, LABEL, VERMILION,
};
use crate::experiment::compare::{Comparison, Difference, Verdict};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use std::ops::Range;

/// The panels.
const PANELS: [(&str, &str, RGBColor); 3] = [
    ("cost.total", "Cost", BLUE),
    ("queueLatency.p95", "Queue latency p95", VERMILION),
    ("makespan", "Makespan", GREEN),
];
/// Names of variants stand to the left of this.
const NAMES: i32 = 236;
const ROW: u32 = 46;
/// Below the rows: marks and their unit.
const FOOT: u32 = 58;

pub(super) fn height(comparison: &Comparison) -> u32 {
    (HEAD + FOOT + ROW * comparison.variants.len() as u32).max(260)
}

pub(super) fn draw(
    root: &Canvas<'_>,
    comparison: &Comparison,
    study: &str,
) -> Result<(), DrawError> {
    let title = format!("Differences from {}", canvas::clipped(&comparison.baseline, 28));
    canvas::title(root, &title, study)?;
    let rows = comparison.variants.len();
    if rows == 0 {
        return canvas::nothing(root, "There is nothing to compare with");
    }
    canvas::text(root, "hollow: may be luck", (24, HEAD as i32 - 20), LABEL, GREY, HPos::Left)?;
    let (_, bottom) = root.dim_in_pixel();
    let room = bottom - HEAD - FOOT;
    for (row, variant) in comparison.variants.iter().enumerate() {
        let y = HEAD as f64 + (row as f64 + 0.5) * f64::from(room) / rows as f64;
        let name = canvas::clipped(&variant.name, 21);
        canvas::text(root, &name, (NAMES - 16, y as i32), LABEL, INK, HPos::Right)?;
    }
    let (_, right) = root.split_horizontally(NAMES);
    for (area, panel) in right.split_evenly((1, PANELS.len())).iter().zip(PANELS) {
        draw_panel(area, comparison, panel)?;
    }
    Ok(())
}

fn draw_panel(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    comparison: &Comparison,
    (metric, name, color): (&str, &str, RGBColor),
) -> Result<(), DrawError> {
    let differences: Vec<Option<&Difference>> =
        comparison.variants.iter().map(|variant| variant.difference(metric)).collect();
    canvas::text(area, name, (24, HEAD as i32 - 20), LABEL, INK, HPos::Left)?;
    let range = range(&differences);
    let marks = canvas::round_marks(&range, 3.0);
    let (_, plot) = area.split_vertically(HEAD);
    let rows = Axis { range: differences.len() as f64..0.0, marks: Vec::new() };
    let mut chart = ChartBuilder::on(&plot)
        .margin_left(24)
        .margin_right(24)
        .x_label_area_size(FOOT)
        .build_cartesian_2d(Axis { range, marks }, rows)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(GRID)
        .disable_y_mesh()
        .label_style(("sans-serif", LABEL).into_font().color(&INK))
        .x_label_formatter(&mark)
        .x_desc("% of the baseline")
        .draw()?;
    let zero = [(0.0, 0.0), (0.0, differences.len() as f64)];
    chart.draw_series([PathElement::new(zero, GREY.stroke_width(2))])?;
    for (row, difference) in differences.into_iter().enumerate() {
        let y = row as f64 + 0.5;
        let Some((value, half_width)) = difference.and_then(percent) else {
            let (x, y) = chart.backend_coord(&(0.0, y));
            canvas::text(area, "undefined", (x + 10, y), LABEL, GREY, HPos::Left)?;
            continue;
        };
        let told =
            difference.is_some_and(|d| matches!(d.verdict, Verdict::Higher | Verdict::Lower));
        let color = if told { color } else { GREY };
        let (low, high) = (value - half_width, value + half_width);
        chart.draw_series([PathElement::new([(low, y), (high, y)], color.stroke_width(3))])?;
        let inside = if told { color } else { WHITE };
        chart.draw_series([Circle::new((value, y), 7, inside.filled())])?;
        chart.draw_series([Circle::new((value, y), 7, color.stroke_width(3))])?;
    }
    Ok(())
}

/// The difference and its half-width in percent of the baseline.
fn percent(difference: &Difference) -> Option<(f64, f64)> {
    let half_width = difference.relative_half_width.unwrap_or(0.0);
    Some((100.0 * difference.relative_difference?, 100.0 * half_width))
}

/// Every interval and zero, with some air.
fn range(differences: &[Option<&Difference>]) -> Range<f64> {
    let (mut low, mut high) = (0.0_f64, 0.0_f64);
    for (value, half_width) in differences.iter().flatten().copied().filter_map(percent) {
        low = low.min(value - half_width);
        high = high.max(value + half_width);
    }
    // Identical alternatives are drawn on a scale on which a percent is something.
    let air = 0.08 * (high - low).max(1.0);
    low - air..high + air
}

/// `+5`, `-2.5`, `0`.
fn mark(percent: &f64) -> String {
    let text = format!("{percent:+.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if matches!(text, "+0" | "-0" | "+" | "-") { "0".to_owned() } else { text.to_owned() }
}
