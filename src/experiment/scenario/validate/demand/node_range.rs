//! `targetNodes`: ranges of nodes, and which of them describes a node (behaviour 3).
//!
//! Of nested ranges the inner one counts. Ranges that overlap without one being inside the other
//! are refused: AWS does not say which of them would count.

use crate::experiment::scenario::error::{Complaint, Report};
use crate::experiment::scenario::path::Path;

/// From one node to another, both included; without an end, to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NodeRange {
    from: u32,
    to: Option<u32>,
}

impl NodeRange {
    /// Reads `0:3`, `:3`, `4:` or `:`.
    pub(super) fn parse(text: &str) -> Result<Self, Complaint> {
        let node = |text: &str| match text.trim() {
            "" => Some(None),
            digits if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok().map(Some),
            _ => None,
        };
        let ends = text.split_once(':').and_then(|(from, to)| Some((node(from)?, node(to)?)));
        let range = ends.map(|(from, to)| Self { from: from.unwrap_or(0), to });
        let forwards = range.filter(|range| range.to.is_none_or(|to| range.from <= to));
        forwards.ok_or_else(|| {
            Complaint::new(format!("{text:?} is no range of nodes"))
                .accepted("0:3, :3 or 4:, both ends included")
        })
    }

    /// Whether its end moves with the number of nodes.
    pub(super) fn is_open(self) -> bool {
        self.to.is_none()
    }

    pub(super) fn from(self) -> u32 {
        self.from
    }

    fn last(self, num_nodes: u32) -> u32 {
        self.to.unwrap_or_else(|| num_nodes.saturating_sub(1).max(self.from))
    }

    fn has(self, node: u32, num_nodes: u32) -> bool {
        (self.from..=self.last(num_nodes)).contains(&node)
    }
}

/// By node: the position of the innermost range that has it.
pub(super) fn assign(ranges: &[NodeRange], num_nodes: u32) -> Vec<Option<usize>> {
    let innermost = |node: u32| {
        let having = ranges.iter().enumerate().filter(|(_, range)| range.has(node, num_nodes));
        // The position decides between equal ranges, which are refused.
        having.min_by_key(|(at, r)| (r.last(num_nodes) - r.from, *at)).map(|(at, _)| at)
    };
    (0..num_nodes).map(innermost).collect()
}

/// By node: the position of the innermost of the `targetNodes` that have it, all of which are known
/// to be ranges.
pub fn innermost<'a>(targets: impl Iterator<Item = &'a str>, num_nodes: u32) -> Vec<Option<usize>> {
    let ranges: Option<Vec<_>> = targets.map(|text| NodeRange::parse(text).ok()).collect();
    assign(&ranges.unwrap_or_default(), num_nodes)
}

/// Reads the ranges of a list whose items are at `path` and checks them against one another;
/// nothing when one is wrong. With `beyond`, nodes that are not there are left out silently.
pub(super) fn read<'a>(
    texts: impl Iterator<Item = &'a str>,
    num_nodes: u32,
    beyond: bool,
    path: &Path,
    report: &mut Report,
) -> Option<Vec<NodeRange>> {
    let before = report.errors.len();
    let mut ranges: Vec<NodeRange> = Vec::new();
    for (index, text) in texts.enumerate() {
        let path = path.index(index).key("targetNodes");
        let Some(range) = report.ok(&path, NodeRange::parse(text)) else { continue };
        if !beyond && range.to.unwrap_or(range.from) >= num_nodes {
            let complaint = Complaint::new(format!("{text} leads beyond the last of the nodes"));
            let accepted = format!("0 to {}, of numNodes {num_nodes}", num_nodes.saturating_sub(1));
            report.error(&path, complaint.accepted(accepted));
        }
        if ranges.iter().any(|other| cross(range, *other, num_nodes)) {
            let complaint = Complaint::new(format!("{text} overlaps with another range"));
            report.error(&path, complaint.accepted("apart from it, or wholly inside of it"));
        }
        ranges.push(range);
    }
    (report.errors.len() == before).then_some(ranges)
}

/// Whether two ranges are equal, or overlap without one being inside of the other.
fn cross(one: NodeRange, other: NodeRange, num_nodes: u32) -> bool {
    let (a, b) = ((one.from, one.last(num_nodes)), (other.from, other.last(num_nodes)));
    let inside = |inner: (u32, u32), outer: (u32, u32)| outer.0 <= inner.0 && inner.1 <= outer.1;
    let apart = a.1 < b.0 || b.1 < a.0;
    a == b || !(apart || inside(a, b) || inside(b, a))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(texts: &[&str]) -> Vec<NodeRange> {
        texts.iter().map(|text| NodeRange::parse(text).unwrap()).collect()
    }

    #[test]
    fn a_nested_range_of_nodes_overrides_the_outer_one() {
        let assigned = assign(&ranges(&["0:10", "4:5", "11:"]), 13);
        let expected: Vec<_> = (0..13)
            .map(|node| match node {
                4 | 5 => Some(1),
                11.. => Some(2),
                _ => Some(0),
            })
            .collect();
        assert_eq!(assigned, expected);
        assert_eq!(assign(&ranges(&[":1", "3:"]), 4), [Some(0), Some(0), None, Some(1)]);
    }

    #[test]
    fn ranges_cross_when_neither_is_inside_of_the_other() {
        let cross = |one, other| {
            let all = ranges(&[one, other]);
            cross(all[0], all[1], 8) && cross(all[1], all[0], 8)
        };
        assert!(cross("0:4", "3:6") && cross(":", "0:7") && cross("2:3", "2:3"));
        assert!(!cross("0:4", "5:") && !cross("0:", "3:6") && !cross("0:4", "0:2"));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for bad in ["", "3", "a:b", "3:1", "-1:2", "0:1:2", "+1:2", "0:99999999999"] {
            assert!(NodeRange::parse(bad).is_err(), "{bad}");
        }
    }
}
