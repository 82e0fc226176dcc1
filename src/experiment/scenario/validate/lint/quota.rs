//! Quotas that end before `maxvCpus` does: jobs beyond them wait for `quota`.
//!
//! A quota is shared by every environment that buys the same way and whose types are of its class.
//! An environment with types of several classes can evade each, so it counts in none.

use super::{Account, Finding, listed};
use crate::batch::compute_environment::{ComputeEnvironment, ComputeEnvironmentId};
use crate::batch::job_definition::JobDefinitionId;
use crate::ec2::fleet::PurchaseOption;
use crate::ec2::quota::{QuotaClass, Quotas};
use crate::experiment::scenario::path::Path;
use crate::workload::spec::SourceSpec;

pub(super) fn check(account: &Account<'_>) -> Vec<Finding> {
    let quotas = &account.model.quotas;
    let mut findings = Vec::new();
    for (purchase, quotas, key) in [
        (PurchaseOption::OnDemand, &quotas.on_demand_vcpus, "OnDemand"),
        (PurchaseOption::Spot, &quotas.spot_vcpus, "Spot"),
    ] {
        for class in QuotaClass::ALL {
            let Some(quota) = quotas[class as usize] else { continue };
            let key = format!("{}{key}Vcpus", class.key());
            let class_of =
                |id| QuotaClass::of_family(&account.model.catalog.get(id).family) == class;
            let of_class = |environment: &ComputeEnvironment| {
                !environment.is_fargate()
                    && environment.purchase == purchase
                    && environment.instance_types.iter().all(|listed| class_of(listed.id))
            };
            findings.extend(one(account, of_class, quota, &key));
        }
    }
    for purchase in PurchaseOption::ALL {
        let Some(quota) = quotas.fargate_vcpus[purchase as usize] else { continue };
        let on_fargate = |environment: &ComputeEnvironment| {
            environment.is_fargate() && environment.purchase == purchase
        };
        findings.extend(one(account, on_fargate, quota, Quotas::fargate_key(purchase)));
    }
    findings
}

fn one(
    account: &Account<'_>,
    counts: impl Fn(&ComputeEnvironment) -> bool,
    quota: u32,
    key: &str,
) -> Option<Finding> {
    let model = account.model;
    let shares = |index: &usize| {
        let environment = &model.compute_environments[*index];
        environment.enabled && environment.managed && counts(environment)
    };
    let sharing: Vec<usize> = (0..model.compute_environments.len()).filter(shares).collect();
    let environments = || sharing.iter().map(|index| &model.compute_environments[*index]);
    let wanted: u64 = environments().map(|environment| u64::from(environment.max_vcpus)).sum();
    if wanted <= u64::from(quota) {
        return None;
    }
    let names: Vec<&str> = environments().map(|environment| environment.name.as_str()).collect();
    let maximum = match names.as_slice() {
        [one] => format!("maxvCpus of {one} is {wanted}"),
        several => format!("maxvCpus of {} add up to {wanted}", listed(several)),
    };
    let jobs = jobs_of(account, &sharing);
    let jobs = if jobs.is_empty() { "jobs".to_owned() } else { format!("jobs of {jobs}") };
    Some(Finding {
        path: Path::default().key("quotas").key(key),
        message: format!("{maximum}, the quota is {quota}: {jobs} beyond it wait for the quota"),
        change: format!("raise the quota to {wanted}, or lower maxvCpus to {quota} in all"),
    })
}

/// The definitions whose jobs the workload sends to queues over these environments.
fn jobs_of(account: &Account<'_>, environments: &[usize]) -> String {
    let model = account.model;
    let mut ids: Vec<JobDefinitionId> = Vec::new();
    for source in account.workload {
        let (queue, definition) = match source {
            SourceSpec::Submit(submit) => (submit.submission.queue, submit.submission.definition),
            SourceSpec::Trace(trace) => (trace.queue, trace.definition),
            SourceSpec::Workflow(workflow) => (workflow.queue, workflow.definition),
        };
        let reaches = |id: &ComputeEnvironmentId| environments.contains(&id.index());
        let reached = model.job_queues[queue.index()].compute_environments.iter().any(reaches);
        if reached && !ids.contains(&definition) {
            ids.push(definition);
        }
    }
    let name = |id: &JobDefinitionId| model.job_definitions[id.index()].name.as_str();
    listed(&ids.iter().map(name).collect::<Vec<_>>())
}
