//! Capacity against demand over time: what was paid for, what was used, who waited.

use super::canvas::{self, BLUE, Canvas, DrawError, GREEN, GRID, HEAD, INK, LABEL, SKY, VERMILION};
use crate::metrics::timeline::Timeline;
use plotters::prelude::*;

/// Height of the upper panel: vCPUs.
const UPPER: u32 = 250;

pub(super) fn draw(
    root: &Canvas<'_>,
    run: &str,
    timeline: Option<&Timeline>,
) -> Result<(), DrawError> {
    canvas::title(root, "Capacity and demand in the first replication", run)?;
    let Some(timeline) = timeline.filter(|timeline| timeline.end_ms > 0) else {
        return canvas::nothing(root, "Nothing was sampled");
    };
    canvas::legend(
        root,
        &[
            (SKY, "provisioned".to_owned()),
            (BLUE, "registered".to_owned()),
            (GREEN, "allocated".to_owned()),
            (VERMILION, "runnable jobs".to_owned()),
        ],
    )?;
    let (_, panels) = root.split_vertically(HEAD);
    let (upper, lower) = panels.split_vertically(UPPER);
    let clock = Clock::of(timeline);
    let mut chart = panel(&upper, &clock, &[&timeline.provisioned_vcpus], "vCPUs", false)?;
    chart.draw_series(AreaSeries::new(
        clock.steps(timeline, &timeline.provisioned_vcpus),
        0.0,
        SKY.mix(0.45),
    ))?;
    chart.draw_series(AreaSeries::new(
        clock.steps(timeline, &timeline.allocated_vcpus),
        0.0,
        GREEN.mix(0.75),
    ))?;
    chart.draw_series(LineSeries::new(
        clock.steps(timeline, &timeline.registered_vcpus),
        BLUE.stroke_width(2),
    ))?;
    let mut chart = panel(&lower, &clock, &[&timeline.runnable_jobs], "jobs", true)?;
    chart.draw_series(AreaSeries::new(
        clock.steps(timeline, &timeline.runnable_jobs),
        0.0,
        VERMILION.mix(0.75),
    ))?;
    Ok(())
}

type Panel<'a, 'b> = ChartContext<
    'a,
    SVGBackend<'b>,
    Cartesian2d<plotters::coord::types::RangedCoordf64, plotters::coord::types::RangedCoordf64>,
>;

fn panel<'a, 'b>(
    area: &'a Canvas<'b>,
    clock: &Clock,
    series: &[&[f64]],
    unit: &str,
    last: bool,
) -> Result<Panel<'a, 'b>, DrawError> {
    let top = series.iter().flat_map(|values| values.iter()).fold(0.0_f64, |a, b| a.max(*b));
    let mut chart = ChartBuilder::on(area)
        .margin_left(8)
        .margin_right(24)
        .margin_bottom(if last { 8 } else { 14 })
        .margin_top(8)
        .x_label_area_size(if last { 58 } else { 0 })
        .y_label_area_size(104)
        .build_cartesian_2d(0.0..clock.end, 0.0..(top * 1.05).max(1.0))?;
    let mut mesh = chart.configure_mesh();
    mesh.light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(GRID)
        .label_style(("sans-serif", LABEL).into_font().color(&INK))
        .y_labels(if last { 4 } else { 6 })
        .y_label_formatter(&canvas::count_label)
        .y_desc(unit);
    if last {
        let label = |value: &f64| {
            if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") }
        };
        mesh.x_labels(9).x_label_formatter(&label).x_desc(clock.title).draw()?;
    } else {
        mesh.x_labels(9).draw()?;
    }
    Ok(chart)
}

/// The unit of the time axis: the largest that gives at least two of it.
struct Clock {
    unit_ms: f64,
    title: &'static str,
    end: f64,
}

impl Clock {
    fn of(timeline: &Timeline) -> Self {
        let end_ms = timeline.end_ms as f64;
        let units = [
            (86_400_000.0, "days since the start"),
            (3_600_000.0, "hours since the start"),
            (60_000.0, "minutes since the start"),
        ];
        let (unit_ms, title) = units
            .into_iter()
            .find(|(unit, _)| end_ms >= 2.0 * unit)
            .unwrap_or((1_000.0, "seconds since the start"));
        Self { unit_ms, title, end: end_ms / unit_ms }
    }

    /// Both ends of every bin whose value differs from its neighbours'.
    fn steps(&self, timeline: &Timeline, values: &[f64]) -> Vec<(f64, f64)> {
        let mut points: Vec<(f64, f64)> = Vec::with_capacity(2 * values.len());
        for (bin, &value) in values.iter().enumerate() {
            let from = bin as u64 * timeline.bin_ms;
            let to = (from + timeline.bin_ms).min(timeline.end_ms);
            let at = |ms: u64| ms as f64 / self.unit_ms;
            match points.last_mut() {
                Some(last) if last.1 == value => last.0 = at(to),
                _ => points.extend([(at(from), value), (at(to), value)]),
            }
        }
        points
    }
}
