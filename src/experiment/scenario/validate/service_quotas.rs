//! AWS's fixed limits of an account and of one request (behaviour 1.6).
//!
//! Looks at the document as it was written: commands and variables have no meaning here, and count
//! in the size of a request. vCPU quotas are the fleet's and are not checked here.

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::Scenario;
use crate::world::profile::Profile;
use serde_json::Value;

const MOST_QUEUES: usize = 50;
const MOST_ENVIRONMENTS: usize = 50;
const LONGEST_NAME: usize = 128;
const DEFINITION_BYTES: usize = 24 * 1_024;
const SUBMISSION_BYTES: usize = 30 * 1_024;
const OVERRIDES_CHARACTERS: usize = 8_192;
const MOST_SUBMITTED: f64 = 1e6;

/// What only DescribeJobDefinitions prints.
const NOT_REQUESTED: [&str; 4] =
    ["jobDefinitionArn", "revision", "status", "containerOrchestrationType"];

/// What to do when a limit is in the way.
const HINT: &str = "profile: {serviceQuotas: false} goes without AWS's limits";

/// Checks every limit that a scenario can break; mistakes go to the report.
pub(super) fn check(raw: &Scenario, profile: &Profile, report: &mut Report) {
    if !profile.service_quotas {
        return;
    }
    let root = Path::default();
    let (queues, environments) = (root.key("jobQueues"), root.key("computeEnvironments"));
    count("job queues", raw.job_queues.len(), MOST_QUEUES, &queues, report);
    let number = raw.compute_environments.len();
    count("compute environments", number, MOST_ENVIRONMENTS, &environments, report);
    for (index, environment) in raw.compute_environments.iter().enumerate() {
        let path = environments.index(index).key("computeEnvironmentName");
        name(&environment.compute_environment_name, &path, report);
    }
    for (index, queue) in raw.job_queues.iter().enumerate() {
        let path = queues.index(index);
        name(&queue.job_queue_name, &path.key("jobQueueName"), report);
    }
    for (index, policy) in raw.scheduling_policies.iter().enumerate() {
        name(&policy.name, &root.key("schedulingPolicies").index(index).key("name"), report);
    }
    for (index, resource) in raw.consumable_resources.iter().enumerate() {
        let path = root.key("consumableResources").index(index).key("consumableResourceName");
        name(&resource.consumable_resource_name, &path, report);
    }
    definitions(raw, report);
    submissions(raw, report);
    submitted(profile, report);
}

/// How many jobs are SUBMITTED at once when calls come as fast as they are accepted: by Little's
/// law their rate times the time until they are evaluated.
fn submitted(profile: &Profile, report: &mut Report) {
    let (Some(tps), seconds) = (profile.submit_tps, profile.submit_eval.mean_secs()) else {
        return;
    };
    let jobs = f64::from(tps) * seconds;
    if jobs > MOST_SUBMITTED {
        let text = format!(
            "{tps} calls a second, {seconds:.0} s each until they are evaluated, are \
                     {jobs:.0} SUBMITTED jobs"
        );
        let complaint = Complaint::new(text).accepted("at most 1000000");
        report.error(&Path::default().key("profile").key("submitEval"), complaint.hint(HINT));
    }
}

fn definitions(raw: &Scenario, report: &mut Report) {
    let list = Path::default().key("jobDefinitions");
    for (index, definition) in raw.job_definitions.iter().enumerate() {
        if definition.status != "ACTIVE" {
            continue;
        }
        let path = list.index(index);
        name(&definition.job_definition_name, &path.key("jobDefinitionName"), report);
        let mut written = report.root["jobDefinitions"][index].clone();
        if let Some(map) = written.as_object_mut() {
            map.retain(|key, _| !NOT_REQUESTED.contains(&key.as_str()));
        }
        size("a job definition", &written, DEFINITION_BYTES, &path, report);
    }
}

fn submissions(raw: &Scenario, report: &mut Report) {
    let list = Path::default().key("workload");
    for (index, entry) in raw.workload.iter().enumerate() {
        let Some(submit) = &entry.submit else { continue };
        let path = list.index(index).key("submit");
        name(&submit.job_name, &path.key("jobName"), report);
        let written = report.root["workload"][index]["submit"].clone();
        size("a SubmitJob request", &written, SUBMISSION_BYTES, &path, report);
        let overrides = &written["containerOverrides"];
        let characters = overrides.to_string().chars().count();
        if !overrides.is_null() && characters > OVERRIDES_CHARACTERS {
            let complaint =
                Complaint::new(format!("containerOverrides are of {characters} characters"));
            let complaint = complaint.accepted(format!("at most {OVERRIDES_CHARACTERS}"));
            report.error(&path.key("containerOverrides"), complaint.hint(HINT));
        }
    }
}

fn count(what: &str, number: usize, most: usize, path: &Path, report: &mut Report) {
    if number > most {
        let complaint = Complaint::new(format!("{number} {what}"));
        report.error(path, complaint.accepted(format!("at most {most}")).hint(HINT));
    }
}

fn name(name: &str, path: &Path, report: &mut Report) {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(legal) {
        let complaint = Complaint::new(format!("{name:?} is no name that AWS takes"));
        let accepted = format!("1 to {LONGEST_NAME} letters, digits, hyphens and underscores");
        report.error(path, complaint.accepted(accepted).hint(HINT));
    }
}

fn size(what: &str, written: &Value, most: usize, path: &Path, report: &mut Report) {
    let bytes = written.to_string().len();
    if bytes > most {
        let complaint = Complaint::new(format!("{what} of {bytes} bytes as JSON"));
        report.error(path, complaint.accepted(format!("at most {most} bytes")).hint(HINT));
    }
}
