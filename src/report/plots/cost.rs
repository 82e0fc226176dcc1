//! Where the money went: one bar a line of the ledger, split by whose bill it is on.

use super::canvas::{
    self, BLUE, Canvas, DrawError, GREEN, GREY, GRID, HEAD, INK, LABEL, ORANGE, PURPLE, SKY,
    VERMILION,
};
use crate::metrics::across::RunSummary;
use crate::metrics::result::RunResult;
use crate::world::record::{CostLine, CostSource};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

/// By [`CostSource`] index.
const COLORS: [RGBColor; CostSource::ALL.len()] = [BLUE, SKY, GREEN, VERMILION, ORANGE, PURPLE];
const NAMES: [&str; CostSource::ALL.len()] =
    ["On-Demand", "Spot", "Fargate", "Fargate Spot", "EBS", "public IPv4"];

/// Mean USD by source.
type Bar = [f64; CostSource::ALL.len()];

pub(super) fn draw(
    root: &Canvas<'_>,
    result: &RunResult,
    summary: &RunSummary,
) -> Result<(), DrawError> {
    let total = summary.metrics.mean("cost.total").unwrap_or(0.0);
    let title = format!("Where the money went: {} in all", dollars(total, total));
    canvas::title(root, &title, &result.scenario.name)?;
    let bars = bars(result);
    if bars.is_empty() {
        return canvas::nothing(root, "Nothing was paid for");
    }
    legend(root, &bars)?;
    let (_, area) = root.split_vertically(HEAD);
    let high = bars.iter().map(|bar| positive(&bar.1)).fold(0.0, f64::max);
    let low = bars.iter().map(|bar| negative(&bar.1)).fold(0.0, f64::min);
    // Room for the figures beside the bars.
    let span = (high - low).max(1e-9);
    let mut chart = ChartBuilder::on(&area)
        .margin_left(8)
        .margin_right(24)
        .margin_bottom(8)
        .x_label_area_size(58)
        .y_label_area_size(170)
        .build_cartesian_2d(low * 1.05..high + 0.32 * span, bars.len() as f64..0.0)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(GRID)
        .disable_y_mesh()
        .y_labels(0)
        .x_labels(7)
        .label_style(("sans-serif", LABEL).into_font().color(&INK))
        .x_label_formatter(&canvas::number_label)
        .x_desc("USD, mean of replications")
        .draw()?;
    for (row, (line, bar)) in bars.iter().enumerate() {
        let (top, bottom) = (row as f64 + 0.18, row as f64 + 0.82);
        let (mut right, mut left) = (0.0, 0.0);
        for (value, color) in bar.iter().zip(COLORS).filter(|(value, _)| **value != 0.0) {
            let edge = if *value < 0.0 { &mut left } else { &mut right };
            let corners = [(*edge, top), (*edge + value, bottom)];
            *edge += value;
            chart.draw_series([Rectangle::new(corners, color.filled())])?;
        }
        let sum: f64 = bar.iter().sum();
        let share = if total > 0.0 { 100.0 * sum / total } else { 0.0 };
        let label = format!("{} ({share:.1} %)", dollars(sum, total));
        let (x, y) = chart.backend_coord(&(right, row as f64 + 0.5));
        canvas::text(root, &label, (x + 10, y), LABEL, INK, HPos::Left)?;
        canvas::text(root, &line.as_str().replace('_', " "), (168, y), LABEL, INK, HPos::Right)?;
    }
    let (zero, top) = chart.backend_coord(&(0.0, 0.0));
    let (_, bottom) = chart.backend_coord(&(0.0, bars.len() as f64));
    root.draw(&PathElement::new([(zero, top), (zero, bottom)], GREY))
}

fn legend(root: &Canvas<'_>, bars: &[(CostLine, Bar)]) -> Result<(), DrawError> {
    let entries: Vec<_> = CostSource::ALL
        .into_iter()
        .map(|source| source as usize)
        .filter(|source| bars.iter().any(|bar| bar.1[*source] != 0.0))
        .map(|source| (COLORS[source], NAMES[source].to_owned()))
        .collect();
    canvas::legend(root, &entries)
}

/// Lines that are not zero, in ledger order.
fn bars(result: &RunResult) -> Vec<(CostLine, Bar)> {
    let runs = result.replications.len() as f64;
    let mut bars = Vec::new();
    for line in CostLine::ALL {
        let mut bar = Bar::default();
        for entry in result.replications.iter().flat_map(|replication| &replication.ledger) {
            let source = CostSource::ALL.iter().position(|s| s.as_str() == entry.source);
            if let Some(source) = source.filter(|_| entry.line == line.as_str()) {
                bar[source] += entry.nano_usd as f64 / 1e9 / runs;
            }
        }
        if bar.iter().any(|value| *value != 0.0) {
            bars.push((line, bar));
        }
    }
    bars
}

fn positive(bar: &Bar) -> f64 {
    bar.iter().filter(|value| **value > 0.0).sum()
}

fn negative(bar: &Bar) -> f64 {
    bar.iter().filter(|value| **value < 0.0).sum()
}

/// With as many digits as `scale` needs.
fn dollars(value: f64, scale: f64) -> String {
    let decimals = match scale.abs() {
        s if s >= 10_000.0 => 0,
        s if s >= 10.0 => 2,
        _ => 4,
    };
    format!("{value:.decimals$} USD")
}
