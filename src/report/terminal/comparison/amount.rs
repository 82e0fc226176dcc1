//! Differences as people write them: `+6m 10s +- 3m 02s`, `31 +- 4 %`.

use super::super::quantity::{duration, number, usd_beside};
use crate::experiment::compare::Difference;
use crate::metrics::metric::{self, Unit};

/// A value of the difference's metric that is not negative.
pub(super) fn amount(difference: &Difference, value: f64) -> String {
    let scale = difference.baseline_mean.filter(|mean| *mean != 0.0).unwrap_or(value);
    match metric::find(difference.metric).map_or(Unit::Count, |metric| metric.unit) {
        Unit::Usd | Unit::UsdPerVcpuHour => usd_beside(value, scale),
        Unit::Seconds => duration(value),
        Unit::Ratio => format!("{:.1} %", value * 100.0),
        Unit::PerHour | Unit::VcpuHoursPerHour | Unit::Count => number(value, 1),
    }
}

/// `+6m 10s +- 3m 02s`, without an interval where there is none; nothing when it is undefined.
pub(super) fn signed(difference: &Difference) -> Option<String> {
    let value = difference.difference?;
    let sign = match value {
        v if v > 0.0 => "+",
        v if v < 0.0 => "-",
        _ => "",
    };
    let mut text = sign.to_owned() + &amount(difference, value.abs());
    if let Some(half_width) = difference.half_width {
        text += &format!(" +- {}", amount(difference, half_width));
    }
    Some(text)
}

/// `31 +- 4 %` of the baseline's mean, without its sign; nothing when that mean is 0.
pub(super) fn percent(difference: &Difference) -> Option<String> {
    let value = difference.relative_difference?.abs() * 100.0;
    let half_width = difference.relative_half_width.map(|half_width| half_width * 100.0);
    // One digit of the interval that is not zero, and as many of the value.
    let least = half_width.filter(|half_width| *half_width > 0.0).unwrap_or(value / 10.0);
    let mut decimals = match least {
        v if v >= 0.95 => 0,
        v if v >= 0.095 => 1,
        v if v >= 0.009_5 => 2,
        _ => 3,
    };
    // `1 +- 1 %` would hide on which side of zero the interval ends.
    let blurred = |decimals: usize, half_width: f64| {
        format!("{value:.decimals$}") == format!("{half_width:.decimals$}")
    };
    if half_width.is_some_and(|half_width| half_width > 0.0 && blurred(decimals, half_width)) {
        decimals += 1;
    }
    Some(match half_width {
        Some(half_width) => format!("{value:.decimals$} +- {half_width:.decimals$} %"),
        None => format!("{value:.decimals$} %"),
    })
}
