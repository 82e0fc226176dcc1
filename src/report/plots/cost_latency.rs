//! What less waiting costs: cost against p95 queue latency, every alternative with its intervals.
//!
//! A cross is the mean with the 95 % interval of each metric by itself; faint dots are
//! replications. Down and to the left is better. Alternatives that came out the same share one
//! mark, and are named together.

use super::canvas::{self, Axis, Canvas, DrawError, GRID, HEAD, HEIGHT, INK, LABEL, SERIES};
use crate::experiment::compare::Outcome;
use crate::metrics::across::Estimate;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use std::ops::Range;

const COST: &str = "cost.total";
const LATENCY: &str = "queueLatency.p95";
/// The names of alternatives stand to the right of this, from the right edge.
const NAMES: u32 = 250;
const ROW: u32 = 32;
/// Characters in a line of names.
const LINE: usize = 20;

/// Seconds per unit of the latency axis, and its name; the largest that the data reach.
const SCALES: [(f64, &str); 4] =
    [(86_400.0, "days"), (3_600.0, "hours"), (60.0, "minutes"), (1.0, "seconds")];

pub(super) fn height(outcomes: &[Outcome]) -> u32 {
    HEIGHT.max(HEAD + ROW * (outcomes.len() as u32 + 1))
}

pub(super) fn draw(root: &Canvas<'_>, outcomes: &[Outcome], study: &str) -> Result<(), DrawError> {
    canvas::title(root, "Cost and queue latency of each alternative", study)?;
    let points: Vec<Vec<(f64, f64)>> = outcomes.iter().map(replications).collect();
    let estimates: Vec<_> = outcomes.iter().map(estimates).collect();
    let mut costs = Vec::new();
    let mut latencies = Vec::new();
    for (cost, latency) in estimates.iter().flatten() {
        costs.extend(ends(cost).into_iter().flatten());
        latencies.extend(ends(latency).into_iter().flatten());
    }
    costs.extend(points.iter().flatten().map(|point| point.0));
    latencies.extend(points.iter().flatten().map(|point| point.1));
    let (Some(x), Some(y)) = (range(&costs), range(&latencies)) else {
        return canvas::nothing(root, "No job ran");
    };
    let longest = latencies.iter().copied().fold(0.0, f64::max);
    let (scale, unit) =
        SCALES.into_iter().find(|scale| longest >= 2.0 * scale.0).unwrap_or(SCALES[3]);
    let y = y.start / scale..y.end / scale;
    let (x_marks, y_marks) = (canvas::round_marks(&x, 5.0), canvas::round_marks(&y, 5.0));
    let (_, below) = root.split_vertically(HEAD - 24);
    let (area, _) = below.split_horizontally(canvas::WIDTH - NAMES);
    let mut chart = ChartBuilder::on(&area)
        .margin_left(8)
        .margin_right(16)
        .margin_bottom(8)
        .margin_top(8)
        .x_label_area_size(58)
        .y_label_area_size(104)
        .build_cartesian_2d(Axis { range: x, marks: x_marks }, Axis { range: y, marks: y_marks })?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(GRID)
        .label_style(("sans-serif", LABEL).into_font().color(&INK))
        .x_label_formatter(&canvas::number_label)
        .y_label_formatter(&canvas::number_label)
        .x_desc("cost, USD")
        .y_desc(format!("p95 queue latency, {unit}"))
        .draw()?;
    let marks = marks(&estimates);
    for (rank, points) in points.iter().enumerate().filter(|(rank, _)| marks[*rank] == *rank) {
        let faint = color(rank).mix(0.3).filled();
        let dot = |&(cost, latency): &(f64, f64)| Circle::new((cost, latency / scale), 4, faint);
        chart.draw_series(points.iter().map(dot))?;
    }
    for (rank, estimate) in estimates.iter().enumerate().filter(|(rank, _)| marks[*rank] == *rank) {
        let Some((cost, latency)) = estimate else { continue };
        let line = color(rank).stroke_width(3);
        let (Some([left, right]), Some([low, high])) = (ends(cost), ends(latency)) else {
            continue;
        };
        let (low, high) = (low / scale, high / scale);
        let middle = ((left + right) / 2.0, (low + high) / 2.0);
        let across = PathElement::new([(left, middle.1), (right, middle.1)], line);
        let along = PathElement::new([(middle.0, low), (middle.0, high)], line);
        chart.draw_series([across, along])?;
        chart.draw_series([Circle::new(middle, 6, inside(rank).filled())])?;
        chart.draw_series([Circle::new(middle, 6, line)])?;
    }
    names(root, outcomes, &marks)
}

/// By rank of an alternative: the rank of the first that stands at the same place.
fn marks(estimates: &[Option<(&Estimate, &Estimate)>]) -> Vec<usize> {
    let place = |estimate: &Option<(&Estimate, &Estimate)>| {
        let (cost, latency) = (*estimate)?;
        Some((ends(cost)?, ends(latency)?))
    };
    let places: Vec<_> = estimates.iter().map(place).collect();
    let first = |rank: usize| {
        let same = |earlier: &usize| places[rank].is_some() && places[*earlier] == places[rank];
        (0..rank).find(same).unwrap_or(rank)
    };
    (0..places.len()).map(first).collect()
}

/// The names of the alternatives of each mark beside its colour.
fn names(root: &Canvas<'_>, outcomes: &[Outcome], marks: &[usize]) -> Result<(), DrawError> {
    let x = (canvas::WIDTH - NAMES) as i32;
    let mut y = HEAD as i32;
    for mark in (0..marks.len()).filter(|rank| marks[*rank] == *rank) {
        root.draw(&Circle::new((x + 12, y), 6, inside(mark).filled()))?;
        root.draw(&Circle::new((x + 12, y), 6, color(mark).stroke_width(3)))?;
        let same = outcomes.iter().zip(marks).filter(|(_, of)| **of == mark);
        for line in lines(same.map(|(outcome, _)| outcome.name.as_str())) {
            canvas::text(root, &line, (x + 28, y), LABEL, INK, HPos::Left)?;
            y += ROW as i32;
        }
    }
    Ok(())
}

/// `a, b` in as many lines as it takes, one a name at most.
fn lines<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for name in names.map(|name| canvas::clipped(name, LINE)) {
        match lines.last_mut() {
            None => lines.push(name),
            Some(line) if line.chars().count() + 2 + name.chars().count() <= LINE => {
                *line += &format!(", {name}");
            }
            Some(line) => {
                line.push(',');
                lines.push(name);
            }
        }
    }
    lines
}

fn color(rank: usize) -> RGBColor {
    SERIES[rank % SERIES.len()]
}

/// When the colours are used up, they come again with hollow marks.
fn inside(rank: usize) -> RGBColor {
    if (rank / SERIES.len()).is_multiple_of(2) { color(rank) } else { WHITE }
}

fn replications(outcome: &Outcome) -> Vec<(f64, f64)> {
    let each = outcome.result.replications.iter();
    each.filter_map(|r| Some((r.metrics.get(COST)?, r.metrics.get(LATENCY)?))).collect()
}

fn estimates(outcome: &Outcome) -> Option<(&Estimate, &Estimate)> {
    let metrics = &outcome.summary.metrics;
    Some((metrics.get(COST)?, metrics.get(LATENCY)?))
}

/// Both ends of the interval.
fn ends(estimate: &Estimate) -> Option<[f64; 2]> {
    let half_width = estimate.half_width.unwrap_or(0.0);
    estimate.mean.map(|mean| [mean - half_width, mean + half_width])
}

/// From the least to the most with some air, and never below zero without need.
fn range(values: &[f64]) -> Option<Range<f64>> {
    let low = values.iter().copied().min_by(f64::total_cmp)?;
    let high = values.iter().copied().max_by(f64::total_cmp)?;
    let air = 0.08 * (high - low).max(0.01 * high.abs()).max(1e-9);
    let start = if low >= 0.0 { (low - air).max(0.0) } else { low - air };
    Some(start..high + air)
}
