//! What the environments of a queue can hold, as a few maximal jobs: whether one fits, and what of
//! it does.

use crate::batch::job_definition::Requirements;

/// The most of `asked` that one of `corners` holds: all of it where it fits, else the part with
/// most vCPUs, then memory, then GPUs. `None` when no corner holds a vCPU.
///
/// ```
/// use batchcast::batch::job_definition::Requirements;
/// use batchcast::workload::largest_part;
/// let job = |vcpus, memory_mib| Requirements { vcpus, memory_mib, gpus: 0 };
/// let corners = [job(8, 1_000), job(2, 9_000)];
/// assert_eq!(largest_part(job(2, 5_000), &corners), Some(job(2, 5_000)));
/// assert_eq!(largest_part(job(4, 5_000), &corners), Some(job(4, 1_000)));
/// assert_eq!(largest_part(job(4, 5_000), &[]), None);
/// ```
#[must_use]
#[inline(always)]
pub fn largest_part(asked: Requirements, corners: &[Requirements]) -> Option<Requirements> {
    if corners.iter().any(|corner| shrink(asked, *corner) == asked) {
        return Some(asked);
    }
    let largest = corners.iter().map(|corner| shrink(asked, *corner)).max();
    largest.filter(|part| part.vcpus > 0)
}

/// What of `asked` a corner can hold. `Requirements` order by vCPUs, then memory, then GPUs.
#[inline(always)]
fn shrink(asked: Requirements, corner: Requirements) -> Requirements {
    Requirements {
        vcpus: asked.vcpus.min(corner.vcpus),
        memory_mib: asked.memory_mib.min(corner.memory_mib),
        gpus: asked.gpus.min(corner.gpus),
    }
}
