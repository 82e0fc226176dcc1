//! A scenario before it is run: what is in it, and what can be said already.

use super::layout::{Table, WIDTH, shorten, wrapped};
use super::quantity::{duration, number, plural, usd};
use crate::batch::compute_environment::ComputeEnvironment;
use crate::experiment::estimate::Estimate;
use crate::experiment::scenario::Scenario;
use crate::report::csv::ExpectedFile;

/// The summary of a dry run.
#[must_use]
pub fn render_estimate(scenario: &Scenario, estimate: &Estimate, files: &[ExpectedFile]) -> String {
    let warnings: String =
        estimate.warnings.iter().map(|warning| wrapped("warning: ", 9, warning)).collect();
    let sections =
        [title(scenario), environments(scenario), work(estimate), least(estimate), size(files)];
    let mut text = sections.join("\n");
    if !warnings.is_empty() {
        text = text + "\n" + &warnings;
    }
    text + "\nThe resolved scenario: --format json\n"
}

fn title(scenario: &Scenario) -> String {
    let model = &scenario.model;
    let mut text = shorten(&scenario.name, WIDTH) + "\n";
    if let Some(question) = &scenario.question {
        text += &wrapped("", 0, question);
    }
    let facts = format!(
        "{}, profile {}, catalog {}, seed {}, {}",
        model.catalog.region(),
        model.profile.base.as_str(),
        model.catalog.date(),
        scenario.seed,
        plural(f64::from(scenario.replications), "replication")
    );
    text += &wrapped("  ", 2, &facts);
    text += "  a dry run: nothing is simulated, nothing is written\n";
    text
}

fn environments(scenario: &Scenario) -> String {
    let columns = ["Compute environments", "strategy", "vCPUs", "types"];
    let mut table = Table::new(26, &columns);
    for environment in &scenario.model.compute_environments {
        let ComputeEnvironment { min_vcpus, max_vcpus, .. } = environment;
        let cells = vec![
            environment.name.clone(),
            match environment.strategy() {
                Some(strategy) if environment.managed => strategy.name().to_owned(),
                _ => "-".to_owned(),
            },
            format!("{min_vcpus} to {max_vcpus}"),
            environment.instance_types.len().to_string(),
        ];
        let kind = environment.kind();
        let state = match environment.enabled {
            true => "",
            false if environment.invalid => ", INVALID",
            false => ", DISABLED",
        };
        table.row(cells, format!("{kind}{state}"));
    }
    table.render()
}

fn line(name: &str, text: &str) -> String {
    wrapped(&format!("  {name:<20}"), 22, text)
}

fn work(estimate: &Estimate) -> String {
    let Estimate { jobs, submissions, drawn_jobs, jobs_without_mean, .. } = *estimate;
    let submitted = plural(submissions as f64, "submission");
    let mut text = line("Jobs", &format!("{} in {submitted}", number(jobs as f64, 0)));
    let hours = number(estimate.vcpu_hours, 1);
    let source = match jobs - drawn_jobs {
        0 => "by the means of the run times".to_owned(),
        recorded if recorded == jobs => "as recorded".to_owned(),
        recorded => format!(
            "{} as recorded, {} by the means of the run times",
            plural(recorded as f64, "job"),
            number(drawn_jobs as f64, 0)
        ),
    };
    text += &line("Work", &format!("{hours} vCPU-hours, {source}"));
    if jobs_without_mean > 0 {
        let jobs = plural(jobs_without_mean as f64, "job");
        text += &line("", &format!("{jobs} left out: the run time has no finite mean"));
    }
    text
}

fn least(estimate: &Estimate) -> String {
    match &estimate.bounds {
        Ok(bounds) => {
            let cost = format!(
                "{} USD a replication, if every job runs to its end: instances filled by their \
                 jobs, no free hours",
                usd(bounds.cost_usd)
            );
            line("Cost at least", &cost) + &line("Makespan at least", &duration(bounds.makespan_s))
        }
        Err(why) => line("No lower bounds", &why.to_string()),
    }
}

fn size(files: &[ExpectedFile]) -> String {
    let total: u64 = files.iter().map(|file| file.bytes).sum();
    let each: Vec<String> = files
        .iter()
        .map(|file| format!("{} {} rows", file.file, number(file.rows as f64, 0)))
        .collect();
    match files {
        [] => line("Records", "none"),
        _ => line("Records about", &format!("{} ({})", bytes(total), each.join(", "))),
    }
}

fn bytes(bytes: u64) -> String {
    let bytes = bytes as f64;
    match bytes {
        b if b >= 1e9 => format!("{:.1} GB", b / 1e9),
        b if b >= 1e6 => format!("{:.1} MB", b / 1e6),
        b => format!("{:.0} kB", (b / 1e3).ceil()),
    }
}
