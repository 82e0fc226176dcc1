//! The containers of a task, which ask for their sum (behaviour 4.4).
//!
//! In which order they start and which of them ends the task is checked and then of no meaning: how
//! long a job runs is its model's.

use super::container::lay;
use super::{Amounts, overridden};
use crate::batch::job_definition::Platform;
use crate::experiment::scenario::error::{Complaint, Report};
use crate::experiment::scenario::path::Path;
use crate::experiment::scenario::raw::task::{
    EcsProperties, EcsPropertiesOverride, TaskContainer, TaskContainerOverrides,
};
use crate::experiment::scenario::validate::names;
use crate::sim::SimDuration;

/// What a task asks for, and the images of its containers.
pub(super) fn read(
    raw: &EcsProperties,
    overrides: Option<&EcsPropertiesOverride>,
    platform: Platform,
    path: &Path,
    report: &mut Report,
) -> (Amounts, Vec<String>) {
    let list = path.key("taskProperties");
    let Some(task) = raw.task_properties.first() else {
        let complaint = Complaint::new("taskProperties is empty");
        report.error(&list, complaint.accepted("exactly one element"));
        return Default::default();
    };
    let task_path = list.index(0);
    let path = task_path.key("containers");
    if overrides.is_none() {
        check_containers(&task.containers, &path, report);
        for (key, said) in [
            ("ephemeralStorage", task.ephemeral_storage.is_some()),
            ("runtimePlatform", task.runtime_platform.is_some()),
        ] {
            if said && platform == Platform::Ec2 {
                report.warn(&task_path.key(key), "of Fargate jobs only, ignored");
            }
        }
    }
    let mut amounts = Vec::new();
    for (index, container) in task.containers.iter().enumerate() {
        let mut asked = Amounts::default();
        lay(&container.resource_requirements, &mut asked, platform, &path.index(index), report);
        amounts.push(asked);
    }
    let names: Vec<_> = task.containers.iter().map(|c| c.name.as_deref()).collect();
    for (index, container) in containers_of(overrides).iter().enumerate() {
        let path = path.index(index);
        let Some(at) = overridden(container.name.as_deref(), &names, &path, report) else {
            continue;
        };
        lay(&container.resource_requirements, &mut amounts[at], platform, &path, report);
    }
    let sum = amounts.into_iter().fold(Amounts::default(), Amounts::plus);
    (sum, task.containers.iter().map(|container| container.image.clone()).collect())
}

/// AWS's limit of `stopTimeout` on Fargate, in seconds.
const LONGEST_STOP_ON_FARGATE: u32 = 120;

/// How long the slowest container may take to stop, those that do not say it `default`; nothing
/// where none says it (behaviour 1.2).
pub(in crate::experiment::scenario::validate) fn stop_timeout(
    raw: &EcsProperties,
    platform: Platform,
    default: SimDuration,
    path: &Path,
    report: &mut Report,
) -> Option<SimDuration> {
    let containers = &raw.task_properties.first()?.containers;
    let list = path.key("taskProperties").index(0).key("containers");
    for (index, container) in containers.iter().enumerate() {
        let Some(seconds) = container.stop_timeout else { continue };
        if platform == Platform::Fargate && seconds > LONGEST_STOP_ON_FARGATE {
            let complaint = Complaint::new(format!("a stopTimeout of {seconds} s on Fargate"));
            let accepted = format!("2 to {LONGEST_STOP_ON_FARGATE}");
            report.error(&list.index(index).key("stopTimeout"), complaint.accepted(accepted));
        }
    }
    containers.iter().find(|container| container.stop_timeout.is_some())?;
    let of = |container: &TaskContainer| {
        container.stop_timeout.map_or(default, |seconds| SimDuration::from_secs(seconds.into()))
    };
    containers.iter().map(of).max()
}

/// Whether an override asks for anything.
pub(super) fn asks(overrides: &EcsPropertiesOverride) -> bool {
    containers_of(Some(overrides)).iter().any(|c| !c.resource_requirements.is_empty())
}

fn containers_of(overrides: Option<&EcsPropertiesOverride>) -> &[TaskContainerOverrides] {
    let task = overrides.and_then(|overrides| overrides.task_properties.first());
    task.map_or(&[], |task| task.containers.as_slice())
}

fn check_containers(containers: &[TaskContainer], path: &Path, report: &mut Report) {
    let before = report.errors.len();
    if !containers.iter().any(|container| container.essential) {
        let complaint = Complaint::new("no container is essential");
        report.error(path, complaint.accepted("at least one with essential: true"));
    }
    let names: Vec<_> = containers.iter().filter_map(|c| c.name.clone()).collect();
    for (index, container) in containers.iter().enumerate() {
        let same = |other: &TaskContainer| other.name.is_some() && other.name == container.name;
        if containers[..index].iter().any(same) {
            let complaint = Complaint::new("there are two containers of this name");
            report.error(&path.index(index).key("name"), complaint);
        }
        for (at, dependency) in container.depends_on.iter().enumerate() {
            let path = path.index(index).key("dependsOn").index(at);
            let name = &dependency.container_name;
            let found = containers.iter().find(|other| other.name.as_ref() == Some(name));
            let found = found.ok_or_else(|| names::unknown("container", name, &names));
            let Some(other) = report.ok(&path.key("containerName"), found) else { continue };
            if other.essential && dependency.condition != "START" {
                let complaint =
                    Complaint::new(format!("{name} is essential, so its end ends the task"));
                let hint = format!("write condition: START, or essential: false for {name}");
                report.error(&path.key("condition"), complaint.hint(hint));
            }
        }
    }
    // While a name is wrong, what leads in a circle may be meant otherwise.
    let circle = in_a_circle(containers).filter(|_| report.errors.len() == before);
    if let Some(index) = circle {
        let complaint = Complaint::new("this container waits for itself in a circle");
        report.error(&path.index(index).key("dependsOn"), complaint);
    }
}

/// The first container that can never start: what it depends on does not start before it.
fn in_a_circle(containers: &[TaskContainer]) -> Option<usize> {
    let mut started = vec![false; containers.len()];
    // Each pass starts at least one container, or none can start any more.
    for _ in containers {
        for (index, container) in containers.iter().enumerate() {
            let waits = container.depends_on.iter().any(|dependency| {
                let name = Some(&dependency.container_name);
                let other = containers.iter().position(|other| other.name.as_ref() == name);
                other.is_some_and(|other| !started[other])
            });
            started[index] |= !waits;
        }
    }
    started.iter().position(|started| !started)
}
