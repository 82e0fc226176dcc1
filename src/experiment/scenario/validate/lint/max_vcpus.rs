//! `maxvCpus` that no instance can use, where the strategy may not overshoot.

use super::{Account, Finding, resources_path};
use crate::batch::compute_environment::ComputeEnvironment;
use crate::experiment::holds::may_overshoot;

pub(super) fn check(account: &Account<'_>) -> Vec<Finding> {
    let environments = account.model.compute_environments.iter().enumerate();
    environments
        .filter(|(_, environment)| environment.enabled && environment.managed)
        .filter_map(|(index, environment)| {
            let (message, change) = one(account, environment)?;
            Some(Finding { path: resources_path(index, "maxvCpus"), message, change })
        })
        .collect()
}

fn one(account: &Account<'_>, environment: &ComputeEnvironment) -> Option<(String, String)> {
    let ComputeEnvironment { name, max_vcpus, .. } = environment;
    if environment.is_fargate() {
        let message = format!("{name} can never run a task, as its maxvCpus is 0");
        return (*max_vcpus == 0).then(|| (message, "raise it to 1 at least".to_owned()));
    }
    let types = || environment.instance_types.iter().map(|listed| listed.id);
    let vcpus_of = |id| account.model.catalog.get(id).vcpus;
    let smallest = types().min_by_key(|id| (vcpus_of(*id), *id));
    let smallest = account.model.catalog.get(smallest?);
    if *max_vcpus == 0 {
        let message = format!("{name} can never launch an instance, as its maxvCpus is 0");
        return Some((message, format!("raise it to {} at least", smallest.vcpus)));
    }
    if may_overshoot(environment, &account.model.profile) {
        return None;
    }
    if smallest.vcpus > *max_vcpus {
        let message = format!(
            "{name} can never launch an instance: it must not exceed {max_vcpus} vCPUs, and its \
             smallest type, {}, has {}",
            smallest.name, smallest.vcpus
        );
        return Some((message, format!("raise it to {}, or add a smaller type", smallest.vcpus)));
    }
    let step = types().map(vcpus_of).fold(0, greatest_divisor);
    let rest = max_vcpus % step.max(1);
    (rest > 0).then(|| {
        let (below, above) = (max_vcpus - rest, u64::from(max_vcpus - rest) + u64::from(step));
        let message = format!(
            "the last {rest} of {max_vcpus} vCPUs are never used: instances of {name} come in \
             multiples of {step} vCPUs, and it must not exceed its maximum"
        );
        (message, format!("{below} means the same, {above} allows one instance more"))
    })
}

/// The greatest common divisor; that of 0 and a number is the number.
fn greatest_divisor(mut a: u32, mut b: u32) -> u32 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}
