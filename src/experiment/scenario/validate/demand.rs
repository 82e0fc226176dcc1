//! What the jobs of a definition ask for, and what one job asks for that says it otherwise.
//!
//! One walk serves both: without a submission the definition is checked where it stands; with one,
//! what the submission says is laid over a definition that is known to be right, so that mistakes
//! are those of the submission and are reported there (behaviour 3, 4.1, 4.2, 4.4).

mod container;
mod fargate;
mod node;
mod node_range;
mod pod;
pub(super) mod task;

pub use node_range::innermost as innermost_ranges;

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::consumable::ConsumableResourceProperties;
use super::super::raw::definition::{ContainerProperties, JobDefinition};
use super::super::raw::pod::{EksProperties, EksPropertiesOverride};
use super::super::raw::submit::{ContainerOverrides, SubmitJob};
use super::super::raw::task::{EcsProperties, EcsPropertiesOverride};
use super::names;
use crate::batch::fargate::{FargateSize, FargateTask};
use crate::batch::job_definition::{NodeProperties, Platform, Requirements};

/// What a job asks for.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    /// Of several nodes, those of the main node.
    pub(super) requirements: Requirements,
    pub(super) fargate: Option<FargateTask>,
    pub(super) nodes: Option<NodeProperties>,
    /// The images of all containers, by name, as one.
    pub(super) image: String,
    /// What nodes lock, by range.
    pub(super) locks: Vec<NodeLocks>,
}

/// What each of so many nodes locks.
#[derive(Clone, Debug)]
pub(super) struct NodeLocks {
    pub(super) properties: ConsumableResourceProperties,
    pub(super) nodes: u64,
    /// Where it is said.
    pub(super) path: Path,
}

/// What the jobs of a definition ask for; mistakes go to the report, at `path`.
pub(super) fn of_definition(
    raw: &JobDefinition,
    platform: Platform,
    path: &Path,
    report: &mut Report,
) -> Option<Demand> {
    if !is_one_kind(raw, path, report) {
        return None;
    }
    match (&raw.node_properties, work_of_definition(raw)) {
        (Some(nodes), _) => node::read(nodes, None, &path.key("nodeProperties"), report),
        (None, Some(work)) => {
            if let Work::Container(key, ContainerProperties { instance_type: Some(_), .. }) = work {
                warn_of_type(&path.key(key), report);
            }
            let host = host(work, Overrides::default(), platform, path, report)?;
            host.demand(platform, report)
        }
        (None, None) => None,
    }
}

/// What one job asks for, whose submission is at `path`; nothing when it overrides nothing, or when
/// a mistake is in the report.
pub(super) fn of_submission(
    raw: &JobDefinition,
    platform: Platform,
    submit: &SubmitJob,
    path: &Path,
    report: &mut Report,
) -> Option<Demand> {
    let overrides = Overrides {
        container: submit.container_overrides.as_ref(),
        task: submit.ecs_properties_override.as_ref(),
        pod: submit.eks_properties_override.as_ref(),
    };
    if let Some(nodes) = &raw.node_properties {
        overrides.refuse_others("", "nodeOverrides", path, report);
        let overrides = submit.node_overrides.as_ref()?;
        return node::read(nodes, Some(overrides), &path.key("nodeOverrides"), report);
    }
    if submit.node_overrides.is_some() {
        let complaint = Complaint::new("nodeOverrides are of a definition with nodeProperties");
        report.key_error(&path.key("nodeOverrides"), complaint);
    }
    if overrides.is_empty() {
        return None;
    }
    if overrides.container.is_some_and(|container| container.instance_type.is_some()) {
        warn_of_type(&path.key("containerOverrides"), report);
    }
    let host = host(work_of_definition(raw)?, overrides, platform, path, report)?;
    host.demand(platform, report)
}

fn warn_of_type(container: &Path, report: &mut Report) {
    report.warn(&container.key("instanceType"), "of multi-node parallel jobs only, ignored");
}

/// Whether exactly one key says what is asked for, and it is one of the definition's type.
fn is_one_kind(raw: &JobDefinition, path: &Path, report: &mut Report) -> bool {
    let legal: &[&str] = match raw.kind.as_str() {
        "multinode" => &["nodeProperties"],
        _ => &["containerProperties", "ecsProperties", "eksProperties"],
    };
    let given = [
        ("containerProperties", raw.container_properties.is_some()),
        ("ecsProperties", raw.ecs_properties.is_some()),
        ("eksProperties", raw.eks_properties.is_some()),
        ("nodeProperties", raw.node_properties.is_some()),
    ];
    let given: Vec<_> = given.iter().filter(|(_, given)| *given).map(|(key, _)| *key).collect();
    let accepted = format!("exactly one of {}", legal.join(", "));
    match given.as_slice() {
        [one] if legal.contains(one) => return true,
        [] => {
            let complaint = Complaint::new("nothing says what its jobs ask for");
            report.error(path, complaint.accepted(accepted));
        }
        [one] => {
            let complaint = Complaint::new(format!("{one} is not of type {}", raw.kind));
            let kind = if *one == "nodeProperties" { "multinode" } else { "container" };
            let complaint = complaint.accepted(accepted).hint(format!("write type: {kind}"));
            report.key_error(&path.key(one), complaint);
        }
        [one, other, ..] => {
            let complaint = Complaint::new(format!("{one} and {other} exclude each other"));
            report.key_error(&path.key(other), complaint.accepted(accepted));
        }
    }
    false
}

fn work_of_definition(raw: &JobDefinition) -> Option<Work<'_>> {
    let container = raw.container_properties.as_ref();
    let container = container.map(|raw| Work::Container("containerProperties", raw));
    container
        .or_else(|| raw.ecs_properties.as_ref().map(Work::Task))
        .or_else(|| raw.eks_properties.as_ref().map(Work::Pod))
}

/// What runs on one host. A container's key is not the same everywhere.
#[derive(Clone, Copy, Debug)]
enum Work<'a> {
    Container(&'static str, &'a ContainerProperties),
    Task(&'a EcsProperties),
    Pod(&'a EksProperties),
}

/// What a submission says otherwise of the work on one host.
#[derive(Clone, Copy, Debug, Default)]
struct Overrides<'a> {
    container: Option<&'a ContainerOverrides>,
    task: Option<&'a EcsPropertiesOverride>,
    pod: Option<&'a EksPropertiesOverride>,
}

impl Overrides<'_> {
    fn is_empty(&self) -> bool {
        self.container.is_none() && self.task.is_none() && self.pod.is_none()
    }

    /// Reports each override that asks for something, other than that of `key`.
    fn refuse_others(&self, key: &str, instead: &str, path: &Path, report: &mut Report) {
        let container = self.container.is_some_and(container::asks);
        let task = self.task.is_some_and(task::asks);
        let pod = self.pod.is_some_and(pod::asks);
        for (other, asks) in [
            ("containerOverrides", container),
            ("ecsPropertiesOverride", task),
            ("eksPropertiesOverride", pod),
        ] {
            if asks && other != key {
                let complaint = Complaint::new(format!("{other} do not fit the definition"));
                report.key_error(&path.key(other), complaint.accepted(instead));
            }
        }
    }
}

/// The work on one host: amounts, and the images of its containers.
#[derive(Clone, Debug)]
struct Host<'a> {
    work: Work<'a>,
    amounts: Amounts,
    images: Vec<String>,
    /// What says it last, for what is wrong with the whole.
    path: Path,
}

/// Reads the work on one host; nothing when a mistake of it is in the report.
fn host<'a>(
    work: Work<'a>,
    overrides: Overrides<'_>,
    platform: Platform,
    path: &Path,
    report: &mut Report,
) -> Option<Host<'a>> {
    let before = report.errors.len();
    let (base, overriding, is_overridden) = match work {
        Work::Container(key, _) => (key, "containerOverrides", overrides.container.is_some()),
        Work::Task(_) => ("ecsProperties", "ecsPropertiesOverride", overrides.task.is_some()),
        Work::Pod(_) => ("eksProperties", "eksPropertiesOverride", overrides.pod.is_some()),
    };
    overrides.refuse_others(overriding, overriding, path, report);
    let path = path.key(if is_overridden { overriding } else { base });
    let (amounts, images) = match work {
        Work::Container(_, raw) => {
            let amounts = container::read(raw, overrides.container, platform, &path, report);
            (amounts, vec![raw.image.clone()])
        }
        Work::Task(raw) => task::read(raw, overrides.task, platform, &path, report),
        Work::Pod(raw) => pod::read(raw, overrides.pod, &path, report),
    };
    if report.errors.len() == before {
        amounts.check_enough(work, &path, report);
    }
    (report.errors.len() == before).then_some(Host { work, amounts, images, path })
}

impl Host<'_> {
    fn demand(self, platform: Platform, report: &mut Report) -> Option<Demand> {
        let requirements = self.amounts.requirements();
        let fargate = match platform {
            Platform::Ec2 => None,
            Platform::Fargate => {
                let size = self.fargate_size(report)?;
                Some(fargate::task(size, self.work, &self.path, report))
            }
        };
        let image = image_of(self.images);
        Some(Demand { requirements, fargate, nodes: None, image, locks: Vec::new() })
    }

    fn fargate_size(&self, report: &mut Report) -> Option<FargateSize> {
        let Amounts { quarter_vcpus, memory_mib, .. } = self.amounts;
        let saturated = |amount: u64| u32::try_from(amount).unwrap_or(u32::MAX);
        let size = FargateSize::new(saturated(quarter_vcpus), saturated(memory_mib));
        let size = size.map_err(|nearest| {
            let vcpus = quarter_vcpus as f64 / 4.0;
            let asked = format!("{vcpus} vCPUs with {memory_mib} MiB are no size of Fargate");
            Complaint::new(asked).accepted(nearest.to_string())
        });
        report.ok(&self.path, size)
    }
}

/// Many images are pulled like one; which ones they are counts, not how often or in which order.
fn image_of(mut images: Vec<String>) -> String {
    images.sort_unstable();
    images.dedup();
    images.join(", ")
}

/// Amounts of each resource, vCPUs in quarters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Amounts {
    quarter_vcpus: u64,
    memory_mib: u64,
    gpus: u64,
}

impl Amounts {
    fn plus(self, other: Self) -> Self {
        Self {
            quarter_vcpus: self.quarter_vcpus + other.quarter_vcpus,
            memory_mib: self.memory_mib + other.memory_mib,
            gpus: self.gpus + other.gpus,
        }
    }

    /// The larger of each resource.
    fn max(self, other: Self) -> Self {
        Self {
            quarter_vcpus: self.quarter_vcpus.max(other.quarter_vcpus),
            memory_mib: self.memory_mib.max(other.memory_mib),
            gpus: self.gpus.max(other.gpus),
        }
    }

    /// Whole vCPUs: quarters are rounded up.
    fn requirements(self) -> Requirements {
        let saturated = |amount: u64| u32::try_from(amount).unwrap_or(u32::MAX);
        Requirements {
            vcpus: saturated(self.quarter_vcpus.div_ceil(4)),
            memory_mib: saturated(self.memory_mib),
            gpus: saturated(self.gpus),
        }
    }

    /// AWS takes no job without a vCPU and 4 MiB (behaviour 4.1).
    fn check_enough(self, work: Work<'_>, path: &Path, report: &mut Report) {
        let pod = matches!(work, Work::Pod(_));
        if self.quarter_vcpus == 0 {
            let complaint = Complaint::new("no vCPUs are asked for");
            report.error(
                path,
                complaint.accepted(match pod {
                    true => "resources: {requests: {cpu: \"1\"}}, 0.25 or more",
                    false => "resourceRequirements: [{type: VCPU, value: \"1\"}], 1 or more",
                }),
            );
        }
        if self.memory_mib == 0 {
            let complaint = Complaint::new("no memory is asked for");
            report.error(
                path,
                complaint.accepted(match pod {
                    true => "resources: {requests: {memory: 2048Mi}}, 4Mi or more",
                    false => "resourceRequirements: [{type: MEMORY, value: \"2048\"}], 4 or more",
                }),
            );
        }
    }
}

/// Which container an override means: the one of its name, or the only one.
fn overridden(
    name: Option<&str>,
    names: &[Option<&str>],
    path: &Path,
    report: &mut Report,
) -> Option<usize> {
    let known: Vec<String> = names.iter().flatten().map(|name| (*name).to_owned()).collect();
    let Some(name) = name else {
        if names.len() == 1 {
            return Some(0);
        }
        let complaint = Complaint::new("the name of the container is missing");
        report.error(path, complaint.accepted(known.join(", ")));
        return None;
    };
    let found = names.iter().position(|other| *other == Some(name));
    let found = found.ok_or_else(|| names::unknown("container", name, &known));
    report.ok(&path.key("name"), found)
}
