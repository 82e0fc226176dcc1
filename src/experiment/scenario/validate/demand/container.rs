//! One container: `resourceRequirements`, and the two keys that they replace (behaviour 4.1).

use super::Amounts;
use crate::batch::job_definition::Platform;
use crate::experiment::scenario::error::{Complaint, Report};
use crate::experiment::scenario::path::Path;
use crate::experiment::scenario::raw::definition::{ContainerProperties, ResourceRequirement};
use crate::experiment::scenario::raw::submit::ContainerOverrides;

/// The least memory that AWS takes.
const LEAST_MIB: u64 = 4;

/// What a container asks for; its own `path`, or that of what overrides it.
pub(super) fn read(
    raw: &ContainerProperties,
    overrides: Option<&ContainerOverrides>,
    platform: Platform,
    path: &Path,
    report: &mut Report,
) -> Amounts {
    let mut amounts = Amounts::default();
    let list = &raw.resource_requirements;
    let deprecated = Deprecated { vcpus: raw.vcpus, memory: raw.memory };
    deprecated.lay(list, &mut amounts, platform, path, report);
    lay(list, &mut amounts, platform, path, report);
    if platform == Platform::Ec2 && overrides.is_none() {
        for (key, said) in [
            ("ephemeralStorage", raw.ephemeral_storage.is_some()),
            ("runtimePlatform", raw.runtime_platform.is_some()),
        ] {
            if said {
                report.warn(&path.key(key), "of Fargate jobs only, ignored");
            }
        }
    }
    let Some(overrides) = overrides else { return amounts };
    let deprecated = Deprecated { vcpus: overrides.vcpus, memory: overrides.memory };
    match list.is_empty() {
        true => {
            let list = &overrides.resource_requirements;
            deprecated.lay(list, &mut amounts, platform, path, report);
        }
        false => deprecated.refuse(path, report),
    }
    lay(&overrides.resource_requirements, &mut amounts, platform, path, report);
    amounts
}

/// Whether an override asks for anything.
pub(super) fn asks(overrides: &ContainerOverrides) -> bool {
    !overrides.resource_requirements.is_empty()
        || overrides.vcpus.is_some()
        || overrides.memory.is_some()
}

/// Lays the `resourceRequirements` below `path` over what was asked for before.
pub(super) fn lay(
    list: &[ResourceRequirement],
    amounts: &mut Amounts,
    platform: Platform,
    path: &Path,
    report: &mut Report,
) {
    let path = path.key("resourceRequirements");
    for (index, entry) in list.iter().enumerate() {
        let path = path.index(index);
        if list[..index].iter().any(|other| other.kind == entry.kind) {
            report.error(&path, Complaint::new(format!("{} is said twice", entry.kind)));
        }
        if let Some(complaint) = wrong(entry, platform) {
            report.error(&path.key("value"), complaint);
        }
        let whole = entry.value.whole().unwrap_or_default();
        match entry.kind.as_str() {
            "VCPU" => amounts.quarter_vcpus = entry.value.quarters,
            "MEMORY" => amounts.memory_mib = whole,
            _ => amounts.gpus = whole,
        }
    }
}

fn wrong(entry: &ResourceRequirement, platform: Platform) -> Option<Complaint> {
    let value = entry.value;
    let whole = value.whole();
    match (entry.kind.as_str(), platform) {
        ("VCPU", Platform::Ec2) => {
            let complaint = Complaint::new(format!("{value} vCPUs are asked for"));
            let accepted = "a whole number, 1 or more; parts of a vCPU are of Fargate jobs only";
            (whole.unwrap_or(0) == 0).then(|| complaint.accepted(accepted))
        }
        ("VCPU", Platform::Fargate) => {
            let complaint = Complaint::new("0 vCPUs are asked for");
            (value.quarters == 0).then(|| complaint.accepted("0.25 or more"))
        }
        ("MEMORY", _) => {
            let complaint = Complaint::new(format!("{value} MiB are asked for"));
            let accepted = "a whole number of MiB, 4 or more";
            (whole.unwrap_or(0) < LEAST_MIB).then(|| complaint.accepted(accepted))
        }
        (_, Platform::Fargate) => {
            let complaint = Complaint::new(format!("{value} GPUs are asked for on Fargate"));
            (value.quarters > 0).then(|| complaint.hint("Fargate has no GPUs: leave it out"))
        }
        (_, Platform::Ec2) => {
            let complaint = Complaint::new(format!("{value} GPUs are asked for"));
            whole.is_none().then(|| complaint.accepted("a whole number"))
        }
    }
}

/// `vcpus` and `memory`, which AWS has deprecated.
#[derive(Clone, Copy, Debug)]
struct Deprecated {
    vcpus: Option<u32>,
    memory: Option<u32>,
}

impl Deprecated {
    /// They count where `list` does not say it.
    fn lay(
        self,
        list: &[ResourceRequirement],
        amounts: &mut Amounts,
        platform: Platform,
        path: &Path,
        report: &mut Report,
    ) {
        let counts = |kind: &str| list.iter().all(|entry| entry.kind != kind);
        for (key, kind, value, least) in
            [("vcpus", "VCPU", self.vcpus, 1), ("memory", "MEMORY", self.memory, LEAST_MIB)]
        {
            let Some(value) = value.map(u64::from).filter(|_| counts(kind)) else { continue };
            let accepted = format!("resourceRequirements: [{{type: {kind}, value: \"{value}\"}}]");
            if platform == Platform::Fargate {
                let complaint = Complaint::new(format!("{key} is not for Fargate jobs"));
                report.error(&path.key(key), complaint.accepted(accepted));
            } else if value < least {
                let unit = if key == "vcpus" { "vCPUs" } else { "MiB" };
                let complaint = Complaint::new(format!("{value} {unit} are asked for"));
                report.error(&path.key(key), complaint.accepted(format!("{least} or more")));
            }
            match key {
                "vcpus" => amounts.quarter_vcpus = 4 * value,
                _ => amounts.memory_mib = value,
            }
        }
    }

    /// They do not override `resourceRequirements`.
    fn refuse(self, path: &Path, report: &mut Report) {
        for (key, kind, value) in [("vcpus", "VCPU", self.vcpus), ("memory", "MEMORY", self.memory)]
        {
            let Some(value) = value else { continue };
            let complaint = Complaint::new(format!(
                "{key} does not override a definition's resourceRequirements"
            ));
            let accepted = format!("resourceRequirements: [{{type: {kind}, value: \"{value}\"}}]");
            report.error(&path.key(key), complaint.accepted(accepted));
        }
    }
}
