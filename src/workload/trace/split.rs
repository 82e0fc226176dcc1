//! A row that is wider than any instance, as the nodes of one job.
//!
//! The least number of nodes on which it fits; of the instances on which that is so, the largest.
//! vCPUs and GPUs are split evenly, rounded up, and a node has as much memory per vCPU as the row.

use crate::batch::job_definition::Requirements;
use crate::workload::spec::NodeCorner;

/// AWS runs no more nodes in one job (behaviour 1.6).
const MOST_NODES: u32 = 1_000;

/// How many nodes a row becomes, at least 2, and what each asks for; `corners` are largest first.
pub(super) fn split(asked: Requirements, corners: &[NodeCorner]) -> Option<(u32, Requirements)> {
    let on = |corner: &NodeCorner| on_one(asked, *corner);
    corners.iter().filter_map(on).min_by_key(|(nodes, _)| *nodes)
}

/// On instances of one size. Rounding may take a node or two more than the sum says.
fn on_one(asked: Requirements, corner: NodeCorner) -> Option<(u32, Requirements)> {
    let NodeCorner { size, nodes: most } = corner;
    let at_least = |asked: u32, has: u32| match asked {
        0 => Some(1),
        _ => (has > 0).then(|| asked.div_ceil(has)),
    };
    let least = at_least(asked.vcpus, size.vcpus)?
        .max(at_least(asked.memory_mib, size.memory_mib)?)
        .max(at_least(asked.gpus, size.gpus)?)
        .max(2);
    // No more nodes than vCPUs: with one each, more of them would ask for no less.
    let most = most.min(MOST_NODES).min(asked.vcpus);
    let fits = |node: &Requirements| {
        node.vcpus <= size.vcpus && node.memory_mib <= size.memory_mib && node.gpus <= size.gpus
    };
    let node = |nodes: u32| (nodes, node_of(asked, nodes));
    (least..=most).map(node).find(|(_, node)| fits(node))
}

/// What one of so many nodes asks for.
fn node_of(asked: Requirements, nodes: u32) -> Requirements {
    let vcpus = asked.vcpus.div_ceil(nodes);
    let memory_mib =
        (u64::from(asked.memory_mib) * u64::from(vcpus)).div_ceil(u64::from(asked.vcpus));
    Requirements { vcpus, memory_mib: memory_mib as u32, gpus: asked.gpus.div_ceil(nodes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn r(vcpus: u32, memory_mib: u32, gpus: u32) -> Requirements {
        Requirements { vcpus, memory_mib, gpus }
    }

    const fn corner(vcpus: u32, memory_mib: u32, gpus: u32, nodes: u32) -> NodeCorner {
        NodeCorner { size: r(vcpus, memory_mib, gpus), nodes }
    }

    #[test]
    fn a_row_is_split_evenly_over_the_least_number_of_nodes() {
        let corners = [corner(32, 64_000, 0, 10), corner(16, 64_000, 0, 20)];
        assert_eq!(split(r(100, 50_000, 0), &corners), Some((4, r(25, 12_500, 0))));
        assert_eq!(split(r(33, 33, 0), &corners), Some((2, r(17, 17, 0))), "rounded up");
        let gpus = [corner(32, 64_000, 4, 10)];
        assert_eq!(split(r(40, 0, 9), &gpus), Some((3, r(14, 0, 3))), "GPUs decide");
        assert_eq!(split(r(8, 150_000, 0), &corners), Some((3, r(3, 56_250, 0))), "memory does");
    }

    #[test]
    fn of_the_sizes_that_need_as_few_nodes_the_first_is_taken_and_rounding_is_allowed_for() {
        let corners = [corner(4, 40, 0, 9), corner(4, 30, 0, 9)];
        // 7 vCPUs with 10 MiB each: on two nodes 4 of them and 40 MiB, on three 3 and 30.
        assert_eq!(split(r(7, 70, 0), &corners), Some((2, r(4, 40, 0))));
        assert_eq!(split(r(7, 70, 0), &corners[1..]), Some((3, r(3, 30, 0))));
    }

    #[test]
    fn a_row_that_needs_too_many_nodes_or_what_no_instance_has_is_not_split() {
        assert_eq!(split(r(100, 0, 0), &[corner(10, 100, 0, 9)]), None, "ten would be needed");
        assert_eq!(split(r(100, 0, 1), &[corner(10, 100, 0, 99)]), None, "no GPUs");
        assert_eq!(split(r(2, 1_000, 0), &[corner(4, 100, 0, 99)]), None, "more than vCPUs");
        assert_eq!(split(r(2_000, 0, 0), &[corner(1, 100, 0, 3_000)]), None, "1,000 at most");
        assert_eq!(split(r(2, 2, 0), &[]), None);
    }
}
