//! Whether alternatives left jobs unfinished: cheaper and quicker may then mean that less was done.

use super::Outcome;

/// A note with the unfinished jobs of each alternative, where any alternative has some.
pub(super) fn note(outcomes: &[Outcome]) -> Option<String> {
    let mean = |outcome: &Outcome, metric| outcome.summary.metrics.mean(metric).unwrap_or(0.0);
    if outcomes.iter().all(|outcome| mean(outcome, "jobs.unfinished") == 0.0) {
        return None;
    }
    let of = |outcome: &Outcome| {
        let (unfinished, all) = (mean(outcome, "jobs.unfinished"), mean(outcome, "jobs.submitted"));
        format!("{} of {} in {}", count(unfinished), count(all), outcome.name)
    };
    let each: Vec<String> = outcomes.iter().map(of).collect();
    Some(format!(
        "jobs are unfinished at the end: {}; cost is that of what was done by then, and latency, \
         completion and makespan are of the jobs that got so far",
        each.join(", ")
    ))
}

/// A mean number of jobs; whole ones are written as such.
fn count(mean: f64) -> String {
    let text = format!("{mean:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
