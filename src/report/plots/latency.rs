//! How long jobs queue, by queue: the share of jobs that were RUNNING within a time.
//!
//! Replications are pooled. Jobs that never ran count as never started, so a curve that ends below
//! 100 % shows them.

use super::canvas::{self, Axis, Canvas, DrawError, GREY, GRID, HEAD, INK, LABEL, SERIES};
use crate::metrics::result::RunResult;
use crate::metrics::summary::ReplicationSummary;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use std::collections::BTreeMap;

/// Marks of the time axis: seconds and label.
const TICKS: [(f64, &str); 12] = [
    (0.001, "1 ms"),
    (0.01, "10 ms"),
    (0.1, "0.1 s"),
    (1.0, "1 s"),
    (10.0, "10 s"),
    (60.0, "1 min"),
    (600.0, "10 min"),
    (3_600.0, "1 h"),
    (21_600.0, "6 h"),
    (86_400.0, "1 d"),
    (604_800.0, "1 wk"),
    (2_592_000.0, "30 d"),
];

/// Shorter latencies are drawn at the left edge.
const SHORTEST_S: f64 = 0.001;

/// One queue over all replications.
struct Curve {
    name: String,
    jobs: u64,
    /// Milliseconds, jobs.
    points: BTreeMap<u64, u64>,
}

pub(super) fn draw(root: &Canvas<'_>, result: &RunResult) -> Result<(), DrawError> {
    canvas::title(root, "Queue latency: share of jobs running within ...", &result.scenario.name)?;
    let curves = curves(&result.replications);
    let times = || curves.iter().flat_map(|curve| curve.points.keys().copied());
    let (Some(first), Some(last)) = (times().min(), times().max()) else {
        return canvas::nothing(root, "No job ran");
    };
    let shown = legend(root, &curves)?;
    let seconds = |ms: u64| (ms as f64 / 1_000.0).max(SHORTEST_S);
    // Latencies of nothing do not stretch the axis; they are where its curve starts.
    let from = seconds(times().filter(|ms| *ms > 0).min().unwrap_or(first));
    let range = axis(from, seconds(last));
    let marks = TICKS.map(|tick| libm::log10(tick.0)).into_iter();
    let marks: Vec<f64> = marks.filter(|mark| range.contains(mark)).collect();
    let (_, area) = root.split_vertically(HEAD);
    let mut chart = ChartBuilder::on(&area)
        .margin_left(8)
        .margin_right(24)
        .margin_bottom(8)
        .margin_top(8)
        .x_label_area_size(58)
        .y_label_area_size(104)
        .build_cartesian_2d(
            Axis { range: range.clone(), marks },
            Axis { range: 0.0..1.02, marks: vec![0.0, 0.25, 0.5, 0.75, 0.9, 1.0] },
        )?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(GRID)
        .label_style(("sans-serif", LABEL).into_font().color(&INK))
        .x_label_formatter(&tick_label)
        .y_label_formatter(&|share| format!("{:.0} %", share * 100.0))
        .x_desc("time from submission to RUNNING")
        .y_desc("jobs")
        .draw()?;
    for (rank, (curve, color)) in curves.iter().zip(SERIES).take(shown).enumerate() {
        let steps = steps(curve, &range, seconds);
        // Thinner upon thicker: equal curves both show.
        let width = 2 + 2 * (shown - rank) as u32;
        chart.draw_series(LineSeries::new(steps, color.stroke_width(width.min(7))))?;
    }
    Ok(())
}

/// Names as many queues as there are colours and room; tells of the others.
fn legend(root: &Canvas<'_>, curves: &[Curve]) -> Result<usize, DrawError> {
    let names: Vec<String> = curves.iter().map(|curve| canvas::clipped(&curve.name, 28)).collect();
    let room = canvas::legend_room(names.iter().map(String::as_str), 170);
    let shown = room.min(SERIES.len()).min(curves.len());
    let entries: Vec<_> = SERIES.into_iter().zip(names).take(shown).collect();
    canvas::legend(root, &entries)?;
    if shown < curves.len() {
        let more = format!("and {} smaller queues", curves.len() - shown);
        canvas::text(root, &more, (canvas::WIDTH as i32 - 24, 69), LABEL, GREY, HPos::Right)?;
    }
    Ok(shown)
}

/// Queues that jobs were submitted to, those with most jobs first.
fn curves(replications: &[ReplicationSummary]) -> Vec<Curve> {
    let mut curves: BTreeMap<&str, Curve> = BTreeMap::new();
    for replication in replications {
        for latency in &replication.latency {
            let name = latency.job_queue.as_str();
            let empty = || Curve { name: name.to_owned(), jobs: 0, points: BTreeMap::new() };
            let curve = curves.entry(name).or_insert_with(empty);
            for &(ms, jobs) in &latency.points {
                *curve.points.entry(ms).or_default() += jobs;
            }
        }
        for group in &replication.by.job_queue {
            if let Some(curve) = curves.get_mut(group.name.as_str()) {
                curve.jobs += group.values.get("jobs.submitted").unwrap_or(0.0) as u64;
            }
        }
    }
    let mut curves: Vec<Curve> = curves.into_values().filter(|curve| curve.jobs > 0).collect();
    // Names are unique, so the order is total.
    curves.sort_by(|a, b| b.jobs.cmp(&a.jobs).then_with(|| a.name.cmp(&b.name)));
    curves
}

/// From the mark at or before `from` to the one at or after `to`, as logarithms.
fn axis(from: f64, to: f64) -> std::ops::Range<f64> {
    let before = TICKS.iter().rev().find(|tick| tick.0 <= from).unwrap_or(&TICKS[0]);
    let after = TICKS.iter().find(|tick| tick.0 >= to && tick.0 > before.0);
    let end = after.map_or(to, |tick| tick.0);
    libm::log10(before.0)..libm::log10(end) + 1e-9
}

fn tick_label(log: &f64) -> String {
    let nearest = TICKS.iter().min_by(|a, b| {
        let distance = |tick: &(f64, &str)| (libm::log10(tick.0) - log).abs();
        distance(a).total_cmp(&distance(b))
    });
    nearest.map_or(String::new(), |tick| tick.1.to_owned())
}

/// The share of jobs at or below each time, at most a point per pixel.
fn steps(
    curve: &Curve,
    range: &std::ops::Range<f64>,
    seconds: impl Fn(u64) -> f64,
) -> Vec<(f64, f64)> {
    let pixel = (range.end - range.start) / f64::from(canvas::WIDTH);
    let all = curve.jobs.max(curve.points.values().sum()) as f64;
    let mut points: Vec<(f64, f64)> = vec![(range.start, 0.0)];
    let mut started = 0;
    for (&ms, &jobs) in &curve.points {
        let x = libm::log10(seconds(ms)).max(range.start);
        let before = started as f64 / all;
        started += jobs;
        let share = started as f64 / all;
        match points.last_mut() {
            Some(last) if x - last.0 < pixel && last.1 > 0.0 => last.1 = share,
            _ => points.extend([(x, before), (x, share)]),
        }
    }
    points.push((range.end, started as f64 / all));
    points
}
