//! What a definition for Fargate asks for besides amounts: storage, processor, address
//! (behaviour 4.2). No submission overrides it.

use super::Work;
use crate::batch::fargate::{FargateSize, FargateTask, INCLUDED_STORAGE_GIB};
use crate::ec2::catalog::Architecture;
use crate::experiment::scenario::error::{Complaint, Report};
use crate::experiment::scenario::path::Path;
use crate::experiment::scenario::raw::definition::{
    EphemeralStorage, NetworkConfiguration, RuntimePlatform,
};

/// The keys of a container or task that only Fargate reads.
struct Settings<'a> {
    storage: Option<&'a EphemeralStorage>,
    platform: Option<&'a RuntimePlatform>,
    network: Option<&'a NetworkConfiguration>,
    /// Where they stand.
    path: Path,
}

/// The task of this size that `work`, which stands at `path`, asks for.
pub(super) fn task(
    size: FargateSize,
    work: Work<'_>,
    path: &Path,
    report: &mut Report,
) -> FargateTask {
    let mut task = FargateTask::new(size);
    let Some(Settings { storage, platform, network, path }) = settings(work, path) else {
        return task;
    };
    if let Some(platform) = platform {
        if platform.cpu_architecture.as_deref() == Some("ARM64") {
            task.architecture = Architecture::Arm64;
        }
        let family = platform.operating_system_family.as_deref().unwrap_or("LINUX");
        if family != "LINUX" {
            let complaint = Complaint::new(format!("tasks of {family} are not modelled yet"));
            let path = path.key("runtimePlatform").key("operatingSystemFamily");
            report.error(&path, complaint.accepted("LINUX"));
        }
    }
    let stored = storage.map_or(0, |storage| storage.size_in_gib);
    task.extra_storage_gib = stored.saturating_sub(INCLUDED_STORAGE_GIB);
    task.public_ip =
        network.is_some_and(|network| network.assign_public_ip.as_deref() == Some("ENABLED"));
    task
}

fn settings<'a>(work: Work<'a>, path: &Path) -> Option<Settings<'a>> {
    match work {
        Work::Container(_, raw) => Some(Settings {
            storage: raw.ephemeral_storage.as_ref(),
            platform: raw.runtime_platform.as_ref(),
            network: raw.network_configuration.as_ref(),
            path: path.clone(),
        }),
        Work::Task(raw) => raw.task_properties.first().map(|raw| Settings {
            storage: raw.ephemeral_storage.as_ref(),
            platform: raw.runtime_platform.as_ref(),
            network: raw.network_configuration.as_ref(),
            path: path.key("taskProperties").index(0),
        }),
        Work::Pod(_) => None,
    }
}
