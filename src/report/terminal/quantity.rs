//! Numbers as people write them: `1h 05m`, `12,345`, `118.02`, `71.4 %`.

/// Seconds with two units at most.
pub(super) fn duration(seconds: f64) -> String {
    let tenths = (seconds * 10.0).round();
    if tenths < 600.0 {
        return if seconds > 0.0 && seconds < 0.95 {
            format!("{:.0} ms", seconds * 1_000.0)
        } else {
            format!("{:.1} s", tenths / 10.0)
        };
    }
    let whole = seconds.round() as u64;
    let minutes = (seconds / 60.0).round() as u64;
    let hours = (seconds / 3_600.0).round() as u64;
    if whole < 3_600 {
        format!("{}m {:02}s", whole / 60, whole % 60)
    } else if minutes < 48 * 60 {
        format!("{}h {:02}m", minutes / 60, minutes % 60)
    } else {
        format!("{}d {:02}h", hours / 24, hours % 24)
    }
}

/// A number with thousands separators: whole if it is, else with `decimals`.
pub(super) fn number(value: f64, decimals: usize) -> String {
    let decimals = if value.fract() == 0.0 { 0 } else { decimals };
    grouped(&format!("{value:.decimals$}"))
}

/// US dollars: cents, or more digits where cents say nothing.
pub(super) fn usd(value: f64) -> String {
    usd_beside(value, value)
}

/// US dollars with as many digits as `other` has: parts beside their sum.
pub(super) fn usd_beside(value: f64, other: f64) -> String {
    let decimals = match other.abs() {
        v if v >= 1.0 || v == 0.0 => 2,
        v if v >= 0.01 => 4,
        _ => 6,
    };
    grouped(&format!("{value:.decimals$}"))
}

/// A share as a percentage.
pub(super) fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.000_5 {
        return "<0.1 %".to_owned();
    }
    format!("{:.1} %", share * 100.0)
}

/// `1 job`, `2 jobs`.
pub(super) fn plural(count: f64, noun: &str) -> String {
    let end = if count == 1.0 { "" } else { "s" };
    format!("{} {noun}{end}", number(count, 1))
}

/// A bar of at most `width` signs; none for credits.
pub(super) fn bar(share: f64, width: usize) -> String {
    "#".repeat(((share.clamp(0.0, 1.0) * width as f64).round()) as usize)
}

/// Thousands separators in the whole part of a printed number.
fn grouped(number: &str) -> String {
    let (sign, rest) = match number.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", number),
    };
    let (whole, decimals) = rest.split_once('.').map_or((rest, None), |(w, d)| (w, Some(d)));
    let mut text = String::from(sign);
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(decimals) = decimals {
        text.push('.');
        text.push_str(decimals);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_rounds_into_the_next_unit() {
        let cases = [
            (0.0, "0.0 s"),
            (0.5, "500 ms"),
            (59.94, "59.9 s"),
            (59.96, "1m 00s"),
            (3_599.6, "1h 00m"),
            (7_290.0, "2h 02m"),
            (172_799.0, "2d 00h"),
            (1e6, "11d 14h"),
        ];
        for (seconds, text) in cases {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(number(1_234_567.0, 1), "1,234,567");
        assert_eq!(number(999.25, 1), "999.2");
        assert_eq!(usd(-1_234.5), "-1,234.50");
        assert_eq!(
            (usd(0.0123), usd(0.0), usd(0.000_01)),
            ("0.0123".to_owned(), "0.00".to_owned(), "0.000010".to_owned())
        );
    }

    #[test]
    fn a_bar_is_never_longer_than_its_room() {
        assert_eq!((bar(0.5, 10).len(), bar(1.7, 10).len(), bar(-0.2, 10).len()), (5, 10, 0));
    }
}
