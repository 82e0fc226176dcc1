//! The summary a person reads: plain text, at most 80 columns, legible without colour.
//!
//! Means over replications, `+-` the half width of the 95 % interval. Sections that have nothing to
//! say are left out. Control characters in names are never passed on to the terminal.

mod comparison;
mod estimate;
mod fit_speed;
mod headline;
mod layout;
mod market;
mod notes;
mod quantity;
mod regression;
mod tables;

pub use comparison::render_comparison;
pub use estimate::render_estimate;
pub use fit_speed::render_speeds;
pub use market::render_market;
pub use regression::render_check;

use crate::experiment::compare::Outcome;
use crate::experiment::verdict::Broken;
use crate::metrics::across::RunSummary;
use crate::metrics::result::RunResult;
use std::path::Path;

/// The summary of a run whose folder, if any, is `place`.
///
/// ```text
/// allocation-strategies
///
///   Cost                 118.02 USD    +- 3.10 USD
/// ```
#[must_use]
pub fn render(result: &RunResult, summary: &RunSummary, place: Option<&Path>) -> String {
    joined(&[
        headline::title(result),
        headline::headline(result, summary),
        tables::money(summary),
        tables::waiting(result),
        tables::compute_environments(summary),
        tables::instance_types(summary),
        tables::queues(summary),
        tables::shares(summary),
        notes::losses(summary),
        notes::traces(result),
        notes::warnings(result),
        notes::footer(result, place),
    ])
}

/// Sections with an empty line between them; what has nothing to say is left out.
fn joined(sections: &[String]) -> String {
    let mut text = String::new();
    for section in sections.iter().filter(|section| !section.is_empty()) {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(section);
    }
    text
}

/// What a threshold asked for and what was measured, in one line.
#[must_use]
pub fn broken_threshold(broken: &Broken) -> String {
    format!("threshold broken: {}", asked_and_measured(broken))
}

/// The same for alternatives, each threshold with the name of the one that does not keep it.
#[must_use]
pub fn broken_thresholds(outcomes: &[Outcome]) -> Vec<String> {
    let mut lines = Vec::new();
    for Outcome { name, broken, .. } in outcomes {
        let line = |broken| format!("threshold broken by {name}: {}", asked_and_measured(broken));
        lines.extend(broken.iter().map(line));
    }
    lines
}

fn asked_and_measured(broken: &Broken) -> String {
    let measured = match (broken.measured, broken.unit) {
        (None, _) => "is not defined in this run".to_owned(),
        (Some(seconds), "s") => {
            format!("is {} ({seconds} s)", quantity::duration(seconds))
        }
        (Some(value), "count" | "ratio") => format!("is {value}"),
        (Some(value), unit) => format!("is {value} {unit}"),
    };
    let Broken { threshold, metric, unfinished, .. } = broken;
    if *unfinished > 0.0 {
        let jobs = quantity::number(*unfinished, 1);
        return format!("{threshold}: jobs unfinished: {jobs}; without them {metric} {measured}");
    }
    format!("{threshold}: {metric} {measured}")
}

/// Each warning of several alternatives once, behind the names of those it is about; behind none
/// when it is about all.
#[must_use]
pub fn warnings_of(outcomes: &[Outcome]) -> Vec<(&str, String)> {
    let mut warnings: Vec<(&str, Vec<&str>)> = Vec::new();
    for outcome in outcomes {
        for warning in &outcome.result.warnings {
            match warnings.iter_mut().find(|known| known.0 == warning) {
                Some((_, about)) => about.push(&outcome.name),
                None => warnings.push((warning, vec![&outcome.name])),
            }
        }
    }
    let about = |names: Vec<&str>| match names.len() == outcomes.len() {
        true => String::new(),
        false => format!("{}: ", names.join(", ")),
    };
    warnings.into_iter().map(|(warning, names)| (warning, about(names))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::across::summarise;
    use crate::report::test_result::a_result;

    fn rendered(result: &RunResult) -> String {
        let text = render(result, &summarise(&result.replications), Some(Path::new("results/a")));
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{line:?}");
            assert_eq!(line, line.trim_end(), "no trailing blanks");
        }
        text
    }

    #[test]
    fn ten_replications_read_well() {
        insta::assert_snapshot!(rendered(&a_result(10)));
    }

    #[test]
    fn one_replication_has_no_intervals() {
        let text = rendered(&a_result(1));
        assert!(!text.contains("+-"), "{text}");
    }

    #[test]
    fn an_interrupted_run_says_so_first() {
        let mut result = a_result(2);
        result.complete = false;
        result.scenario.replications = 10;
        let text = rendered(&result);
        assert!(text.contains("INTERRUPTED: 2 of 10 replications"), "{text}");
    }

    #[test]
    fn names_can_neither_break_the_layout_nor_steer_the_terminal() {
        let mut result = a_result(2);
        result.scenario.question = Some("why\u{1b}[2J? ".repeat(20));
        result.warnings = vec!["long ".repeat(60), "x".repeat(300), "two\nlines".to_owned()];
        for replication in &mut result.replications {
            replication.by.job_queue[0].name = "n\u{1b}[31m".repeat(30);
            replication.by.compute_environment[0].name = "雪".repeat(60);
        }
        let text = rendered(&result);
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text}");
    }
}
