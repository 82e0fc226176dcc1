//! Quotas that end before `maxvCpus` does: jobs beyond them wait for `quota`.
//!
//! A quota is shared by every environment that buys the same way and whose types are of its class.
//! An environment with types of several classes can evade each, so it counts in none.

use super::{Account, Finding, listed};
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_definition::JobDefinitionId;
use crate::ec2::fleet::PurchaseOption;
use crate::ec2::quota::QuotaClass;
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
            findings.extend(one(account, purchase, class, quota, &key));
        }
    }
    findings
}

fn one(
    account: &Account<'_>,
    purchase: PurchaseOption,
    class: QuotaClass,
    quota: u32,
    key: &str,
) -> Option<Finding> {
    let model = account.model;
    let of_class = |index: &usize| {
        let environment = &model.compute_environments[*index];
        let class_of = |id| QuotaClass::of_family(&model.catalog.get(id).family);
        environment.enabled
            && environment.managed
            && environment.purchase == purchase
            && environment.instance_types.iter().all(|listed| class_of(listed.id) == class)
    };
    let sharing: Vec<usize> = (0..model.compute_environments.len()).filter(of_class).collect();
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
