//! The verdict on a variant in one sentence.

use super::super::layout::{shorten, wrapped};
use super::HEADLINE;
use super::amount::{amount, percent, signed};
use crate::experiment::compare::{Difference, VariantComparison, Verdict};

/// `spot-first: costs 31 +- 4 % less; ...`, behind what it leaves undone.
pub(super) fn verdict(variant: &VariantComparison) -> String {
    let phrase = |(metric, name): (&str, &str)| Some(of_metric(name, variant.difference(metric)?));
    let undone = variant.difference("jobs.unfinished").and_then(unfinished);
    let phrases: Vec<String> =
        undone.into_iter().chain(HEADLINE.into_iter().filter_map(phrase)).collect();
    wrapped("", 2, &format!("{}: {}", shorten(&variant.name, 60), phrases.join("; ")))
}

fn of_metric(name: &str, difference: &Difference) -> String {
    let change = match difference.verdict {
        Verdict::NotDistinguishable | Verdict::Undefined => None,
        _ if difference.metric == "cost.total" => costs(difference),
        _ => signed(difference).map(|change| format!("{name} {change}")),
    };
    let verdict = match difference.verdict {
        Verdict::Undefined => Verdict::Undefined,
        _ => Verdict::NotDistinguishable,
    };
    change.unwrap_or_else(|| format!("{name} {}", verdict.as_str()))
}

/// `leaves 374 +- 21 more jobs unfinished`; nothing where every job has ended.
fn unfinished(difference: &Difference) -> Option<String> {
    let (before, now) = (difference.baseline_mean?, difference.variant_mean?);
    let value = difference.difference?;
    if before == 0.0 && now == 0.0 {
        return None;
    }
    let half_width = difference.half_width.filter(|half_width| *half_width > 0.0);
    if value == 0.0 && half_width.is_none() {
        return Some("leaves as many jobs unfinished".to_owned());
    }
    if difference.verdict == Verdict::NotDistinguishable {
        return Some(format!("jobs unfinished {}", difference.verdict.as_str()));
    }
    let more = if value > 0.0 { "more" } else { "fewer" };
    let interval = half_width.map(|half| format!(" +- {}", amount(difference, half)));
    let by = amount(difference, value.abs()) + &interval.unwrap_or_default();
    let jobs = if by == "1" { "job" } else { "jobs" };
    Some(format!("leaves {by} {more} {jobs} unfinished"))
}

/// Money is told as a share: `costs 31 +- 4 % less`.
fn costs(difference: &Difference) -> Option<String> {
    let value = difference.difference?;
    let more = match value {
        v if v > 0.0 => "more",
        v if v < 0.0 => "less",
        _ => return Some("costs the same".to_owned()),
    };
    let by = percent(difference).unwrap_or_else(|| {
        let interval =
            difference.half_width.map(|half| format!(" +- {}", amount(difference, half)));
        format!("{}{} USD", amount(difference, value.abs()), interval.unwrap_or_default())
    });
    Some(format!("costs {by} {more}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::compare::of_metric as differences;
    use crate::metrics::metric::find;

    fn phrase(metric: &str, pairs: &[(f64, f64)]) -> String {
        of_metric("it", &differences(find(metric).unwrap(), &[pairs.to_vec()])[0])
    }

    #[test]
    fn a_difference_is_told_with_as_many_digits_as_its_interval_is_sure_of() {
        let less = [(100.0, 68.0), (110.0, 77.0), (90.0, 62.0)];
        assert_eq!(phrase("cost.total", &less), "costs 31 +- 7 % less");
        assert_eq!(phrase("cost.total", &[(0.0, 2.0), (0.0, 2.0)]), "costs 2.00 +- 0.00 USD more");
        let slower = [(60.0, 430.0), (70.0, 441.0), (50.0, 419.0)];
        assert_eq!(phrase("queueLatency.p95", &slower), "it +6m 10s +- 2.5 s");
    }

    #[test]
    fn what_a_variant_leaves_undone_is_told_unless_every_job_has_ended() {
        let metric = find("jobs.unfinished").unwrap();
        let told = |pairs: &[(f64, f64)]| unfinished(&differences(metric, &[pairs.to_vec()])[0]);
        let more = [(237.0, 611.0), (240.0, 614.0), (234.0, 608.0)];
        assert_eq!(told(&more).unwrap(), "leaves 374 more jobs unfinished");
        assert_eq!(told(&[(3.0, 2.0)]).unwrap(), "leaves 1 fewer job unfinished");
        assert_eq!(told(&[(3.0, 3.0), (5.0, 5.0)]).unwrap(), "leaves as many jobs unfinished");
        let luck = told(&[(3.0, 5.0), (5.0, 3.0)]).unwrap();
        assert_eq!(luck, "jobs unfinished not distinguishable");
        assert_eq!(told(&[(0.0, 0.0), (0.0, 0.0)]), None);
    }

    #[test]
    fn what_can_not_be_told_from_chance_is_not_told() {
        assert_eq!(phrase("makespan", &[(1.0, 2.0), (2.0, 1.0)]), "it not distinguishable");
        assert_eq!(phrase("cost.total", &[(1.0, 1.0), (2.0, 2.0)]), "it not distinguishable");
        assert_eq!(phrase("makespan", &[]), "it undefined");
        assert_eq!(phrase("cost.total", &[(4.0, 3.0)]), "costs 25 % less");
        assert_eq!(phrase("cost.total", &[(4.0, 4.0)]), "costs the same");
    }
}
