//! The containers of a pod: the sum of those that run together, or the largest of those that run
//! before (behaviour 4.1).

use super::{Amounts, overridden};
use crate::experiment::scenario::error::{Complaint, Report};
use crate::experiment::scenario::path::Path;
use crate::experiment::scenario::raw::pod::{
    EksProperties, EksPropertiesOverride, PodAmounts, PodContainer, PodContainerOverride,
    PodResources,
};

/// What a pod asks for, and the images of its containers.
pub(super) fn read(
    raw: &EksProperties,
    overrides: Option<&EksPropertiesOverride>,
    path: &Path,
    report: &mut Report,
) -> (Amounts, Vec<String>) {
    let path = path.key("podProperties");
    let pod = &raw.pod_properties;
    if pod.containers.is_empty() {
        let complaint = Complaint::new("containers is empty");
        report.error(&path.key("containers"), complaint.accepted("1 to 10 containers"));
    }
    let over = overrides.map(|overrides| &overrides.pod_properties);
    let main = over.map(|over| over.containers.as_slice());
    let (together, mut images) = list(&pod.containers, main, &path.key("containers"), report);
    let init = over.map(|over| over.init_containers.as_slice());
    let (before, init_images) =
        list(&pod.init_containers, init, &path.key("initContainers"), report);
    images.extend(init_images);
    let sum = together.into_iter().fold(Amounts::default(), Amounts::plus);
    (before.into_iter().fold(sum, Amounts::max), images)
}

/// Whether an override asks for anything.
pub(super) fn asks(overrides: &EksPropertiesOverride) -> bool {
    let pod = &overrides.pod_properties;
    let said = |amounts: &PodAmounts| {
        amounts.cpu.is_some() || amounts.memory.is_some() || amounts.gpu.is_some()
    };
    let mut containers = pod.containers.iter().chain(&pod.init_containers);
    containers.any(|c| said(&c.resources.limits) || said(&c.resources.requests))
}

/// What each container asks for, and its image.
fn list(
    containers: &[PodContainer],
    overrides: Option<&[PodContainerOverride]>,
    path: &Path,
    report: &mut Report,
) -> (Vec<Amounts>, Vec<String>) {
    let mut images: Vec<_> = containers.iter().map(|c| c.image.clone()).collect();
    let mut amounts = Vec::new();
    for (index, container) in containers.iter().enumerate() {
        let path = path.index(index).key("resources");
        amounts.push(amounts_of(&container.resources, &path, report));
    }
    let names: Vec<_> = containers.iter().map(|c| c.name.as_deref()).collect();
    for (index, container) in overrides.unwrap_or_default().iter().enumerate() {
        let path = path.index(index);
        let Some(at) = overridden(container.name.as_deref(), &names, &path, report) else {
            continue;
        };
        let resources = laid_over(&containers[at].resources, &container.resources);
        amounts[at] = amounts_of(&resources, &path.key("resources"), report);
        if let Some(image) = &container.image {
            images[at].clone_from(image);
        }
    }
    (amounts, images)
}

/// A resource that is said again, as a limit or a request, is wholly as it is said again.
fn laid_over(base: &PodResources, again: &PodResources) -> PodResources {
    let mut laid = again.clone();
    if again.limits.cpu.or(again.requests.cpu).is_none() {
        (laid.limits.cpu, laid.requests.cpu) = (base.limits.cpu, base.requests.cpu);
    }
    if again.limits.memory.or(again.requests.memory).is_none() {
        (laid.limits.memory, laid.requests.memory) = (base.limits.memory, base.requests.memory);
    }
    if again.limits.gpu.or(again.requests.gpu).is_none() {
        (laid.limits.gpu, laid.requests.gpu) = (base.limits.gpu, base.requests.gpu);
    }
    laid
}

/// Requests, or limits where nothing is requested.
fn amounts_of(raw: &PodResources, path: &Path, report: &mut Report) -> Amounts {
    let PodResources { limits, requests } = raw;
    let quarters = |amounts: &PodAmounts| amounts.cpu.map(|cpu| cpu.quarters);
    let mib = |amounts: &PodAmounts| amounts.memory.map(|memory| u64::from(memory.0));
    let gpus = |amounts: &PodAmounts| amounts.gpu.map(|gpu| u64::from(gpu.0));
    let limits_path = path.key("limits");
    if let (Some(limit), Some(request)) = (limits.cpu, requests.cpu)
        && limit.quarters < request.quarters
    {
        let complaint = Complaint::new(format!("a limit of {limit} is below the request"));
        report.error(&limits_path.key("cpu"), complaint.accepted(format!("{request} or more")));
    }
    for (key, limit, request) in
        [("memory", mib(limits), mib(requests)), ("nvidia.com/gpu", gpus(limits), gpus(requests))]
    {
        if let (Some(limit), Some(request)) = (limit, request)
            && limit != request
        {
            let complaint = Complaint::new(format!("a limit of {limit} is not the request"));
            let accepted = format!("{request}, as the request says, or only one of them");
            report.error(&limits_path.key(key), complaint.accepted(accepted));
        }
    }
    let said = |key: &str, requested: bool| {
        let of = if requested { path.key("requests") } else { limits_path.clone() };
        of.key(key)
    };
    let cpu = quarters(requests).or(quarters(limits));
    if cpu == Some(0) {
        let complaint = Complaint::new("0 vCPUs are asked for");
        let path = said("cpu", requests.cpu.is_some());
        report.error(&path, complaint.accepted("a multiple of 0.25, 0.25 or more"));
    }
    let memory = mib(requests).or(mib(limits));
    if let Some(memory @ 0..4) = memory {
        let complaint = Complaint::new(format!("{memory} MiB are asked for"));
        let path = said("memory", requests.memory.is_some());
        report.error(&path, complaint.accepted("4Mi or more"));
    }
    Amounts {
        quarter_vcpus: cpu.unwrap_or(0),
        memory_mib: memory.unwrap_or(0),
        gpus: gpus(requests).or(gpus(limits)).unwrap_or(0),
    }
}
