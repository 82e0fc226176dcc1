//! The nodes of a multi-node parallel job: each described by the innermost of its ranges, all on
//! instances of one type (behaviour 3).

use super::node_range::{self, NodeRange};
use super::{Demand, NodeLocks, Overrides, Work, host, image_of};
use crate::batch::job_definition::{NodeProperties, Platform, Requirements};
use crate::experiment::scenario::error::{Complaint, Report};
use crate::experiment::scenario::path::Path;
use crate::experiment::scenario::raw::node as raw;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// What the nodes of a job ask for; `path` is theirs, or that of what overrides them.
pub(super) fn read(
    raw: &raw::NodeProperties,
    overrides: Option<&raw::NodeOverrides>,
    path: &Path,
    report: &mut Report,
) -> Option<Demand> {
    let num_nodes = overrides.and_then(|o| o.num_nodes).unwrap_or(raw.num_nodes);
    let ranges = definition_ranges(raw, overrides.is_some(), path, report)?;
    let resized = overrides.is_some_and(|overrides| overrides.num_nodes.is_some());
    if raw.main_node >= num_nodes {
        let complaint = Complaint::new(format!("node {} is not one of {num_nodes}", raw.main_node));
        let path = path.key(if resized { "numNodes" } else { "mainNode" });
        report.error(&path, complaint.accepted("mainNode below numNodes"));
        return None;
    }
    if resized && !can_be_resized(&ranges, num_nodes, &path.key("numNodes"), report) {
        return None;
    }
    let of_node = node_range::assign(&ranges, num_nodes);
    let list = path.key("nodePropertyOverrides");
    let given = overrides.map_or(&[][..], |o| o.node_property_overrides.as_slice());
    let targets = given.iter().map(|over| over.target_nodes.as_str());
    let override_ranges = node_range::read(targets, num_nodes, false, &list, report)?;
    let override_of_node = node_range::assign(&override_ranges, num_nodes);

    let groups = Groups { raw, given, path, list: &list };
    let mut known: BTreeMap<(usize, Option<usize>), Group> = BTreeMap::new();
    let mut keys = Vec::new();
    for (group, over) in of_node.into_iter().zip(override_of_node) {
        let Some(group) = group else {
            let complaint = Complaint::new(format!("node {} is in no range", keys.len()));
            let accepted = format!("ranges that have all of 0:{}", num_nodes - 1);
            report.error(&groups.own_list(), complaint.accepted(accepted));
            return None;
        };
        let key = (group, over);
        if let Entry::Vacant(vacant) = known.entry(key) {
            vacant.insert(groups.read(group, over, report)?);
        }
        keys.push(key);
    }
    let instance_type = one_type(&known, report)?;
    let locks = groups.locks(&keys);
    let of_node: Vec<Requirements> = keys.iter().map(|key| known[key].requirements).collect();
    Some(Demand {
        requirements: of_node[raw.main_node as usize],
        fargate: None,
        locks,
        image: image_of(known.into_values().flat_map(|group| group.images).collect()),
        nodes: Some(NodeProperties {
            num_nodes,
            main_node: raw.main_node,
            groups: of_node,
            instance_type,
        }),
    })
}

/// The ranges of the definition; of one that is overridden they are known to be right.
fn definition_ranges(
    raw: &raw::NodeProperties,
    overridden: bool,
    path: &Path,
    report: &mut Report,
) -> Option<Vec<NodeRange>> {
    let targets = raw.node_range_properties.iter().map(|range| range.target_nodes.as_str());
    let list = path.key("nodeRangeProperties");
    node_range::read(targets, raw.num_nodes, overridden, &list, report)
}

/// Whether a definition is such that AWS lets its number of nodes be overridden.
fn can_be_resized(ranges: &[NodeRange], num_nodes: u32, path: &Path, report: &mut Report) -> bool {
    let before = report.errors.len();
    if !ranges.iter().any(|range| range.is_open()) {
        let complaint = Complaint::new("no range of the definition grows with the number of nodes");
        report.error(path, complaint.accepted("a definition with an open range, such as 1:"));
    }
    let highest = ranges.iter().map(|range| range.from()).max().unwrap_or(0);
    if highest >= num_nodes {
        let complaint = Complaint::new(format!("a range of the definition starts at {highest}"));
        report.error(path, complaint.accepted(format!("{} or more", highest + 1)));
    }
    report.errors.len() == before
}

/// The ranges of a definition and what a submission says of some nodes.
#[derive(Clone, Copy, Debug)]
struct Groups<'a> {
    raw: &'a raw::NodeProperties,
    given: &'a [raw::NodePropertyOverride],
    path: &'a Path,
    /// Of what is `given`.
    list: &'a Path,
}

/// Nodes of one range, and of one override if any.
#[derive(Clone, Debug)]
struct Group {
    requirements: Requirements,
    images: Vec<String>,
    instance_type: Option<(String, Path)>,
}

impl Groups<'_> {
    fn own_list(&self) -> Path {
        self.path.key("nodeRangeProperties")
    }

    /// What the nodes of each range lock, those of an override apart.
    fn locks(&self, of_node: &[(usize, Option<usize>)]) -> Vec<NodeLocks> {
        let mut numbers: BTreeMap<_, u64> = BTreeMap::new();
        for key in of_node {
            *numbers.entry(*key).or_default() += 1;
        }
        let lock = |((group, over), nodes): ((usize, Option<usize>), u64)| {
            let said = over.and_then(|at| {
                let own = self.given[at].consumable_resource_properties_override.as_ref();
                Some((own?, self.list.index(at).key("consumableResourcePropertiesOverride")))
            });
            let range = &self.raw.node_range_properties[group];
            let base = range.consumable_resource_properties.as_ref();
            let path = self.own_list().index(group).key("consumableResourceProperties");
            let (properties, path) = said.or_else(|| Some((base?, path)))?;
            Some(NodeLocks { properties: properties.clone(), nodes, path })
        };
        numbers.into_iter().filter_map(lock).collect()
    }

    fn read(&self, group: usize, over: Option<usize>, report: &mut Report) -> Option<Group> {
        let range = &self.raw.node_range_properties[group];
        let own_path = self.own_list().index(group);
        let work = work_of(range, &own_path, report)?;
        let (overrides, path) = match over {
            None => (Overrides::default(), own_path.clone()),
            Some(at) => (overrides_of(&self.given[at]), self.list.index(at)),
        };
        let host = host(work, overrides, Platform::Ec2, &path, report)?;
        let said = said_type(range).map(|name| (name, own_path));
        let said_again = over.and_then(|at| said_type_again(&self.given[at])).map(|n| (n, path));
        Some(Group {
            requirements: host.amounts.requirements(),
            images: host.images,
            instance_type: said_again.or(said).map(|(name, path)| (name.to_owned(), path)),
        })
    }
}

/// What runs on each node of a range: exactly one of three keys says it.
fn work_of<'a>(range: &'a raw::NodeRange, path: &Path, report: &mut Report) -> Option<Work<'a>> {
    let mut works = Vec::new();
    works.extend(range.container.as_ref().map(|raw| Work::Container("container", raw)));
    works.extend(range.ecs_properties.as_ref().map(Work::Task));
    works.extend(range.eks_properties.as_ref().map(Work::Pod));
    if let [work] = works.as_slice() {
        return Some(*work);
    }
    let complaint = Complaint::new(format!("{} keys say what its nodes ask for", works.len()));
    let accepted = "exactly one of container, ecsProperties, eksProperties";
    report.error(path, complaint.accepted(accepted));
    None
}

fn overrides_of(given: &raw::NodePropertyOverride) -> Overrides<'_> {
    Overrides {
        container: given.container_overrides.as_ref(),
        task: given.ecs_properties_override.as_ref(),
        pod: given.eks_properties_override.as_ref(),
    }
}

fn said_type(range: &raw::NodeRange) -> Option<&str> {
    let container = range.container.as_ref().and_then(|container| container.instance_type.as_ref());
    range.instance_types.first().or(container).map(String::as_str)
}

fn said_type_again(given: &raw::NodePropertyOverride) -> Option<&str> {
    let container = given.container_overrides.as_ref().and_then(|c| c.instance_type.as_ref());
    given.instance_types.first().or(container).map(String::as_str)
}

/// The type of all groups; `None` within when none says one, nothing when they differ.
fn one_type(
    groups: &BTreeMap<(usize, Option<usize>), Group>,
    report: &mut Report,
) -> Option<Option<String>> {
    let mut said = groups.values().filter_map(|group| group.instance_type.as_ref());
    let Some((first, _)) = said.next() else { return Some(None) };
    if let Some((other, path)) = said.find(|(other, _)| other != first) {
        let complaint = Complaint::new(format!("{first} and {other}: all nodes share one type"));
        report.error(path, complaint.accepted("the same instance type in every range"));
        return None;
    }
    Some(Some(first.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::scenario::place::{Sources, Spot};
    use serde_json::{Value, json};

    fn container(vcpus: u32) -> Value {
        json!({"image": "mpi", "vcpus": vcpus, "memory": 1_024})
    }

    /// Nodes of 2 vCPUs, the main one, the second, of 8.
    fn overridden(overrides: Value) -> NodeProperties {
        let raw = json!({"numNodes": 4, "mainNode": 1, "nodeRangeProperties": [
            {"targetNodes": ":", "container": container(2), "instanceTypes": ["c5.large"]},
            {"targetNodes": "1:1", "container": container(8)}]});
        let raw: raw::NodeProperties = serde_json::from_value(raw).unwrap();
        let overrides: raw::NodeOverrides = serde_json::from_value(overrides).unwrap();
        let mut report = Report::new(Sources::default(), Spot::default());
        let demand = read(&raw, Some(&overrides), &Path::default(), &mut report);
        assert_eq!(report.errors, []);
        demand.unwrap().nodes.unwrap()
    }

    fn vcpus(nodes: &NodeProperties) -> Vec<u32> {
        nodes.groups.iter().map(|requirements| requirements.vcpus).collect()
    }

    #[test]
    fn more_nodes_are_those_of_the_open_range() {
        assert_eq!(vcpus(&overridden(json!({"numNodes": 6}))), [2, 8, 2, 2, 2, 2]);
        assert_eq!(vcpus(&overridden(json!({"numNodes": 2}))), [2, 8]);
    }

    #[test]
    fn an_override_says_again_what_its_nodes_ask_for() {
        let more = |vcpus: u32| json!({"vcpus": vcpus});
        let nodes = overridden(json!({"nodePropertyOverrides": [
            {"targetNodes": "1:", "containerOverrides": more(16), "instanceTypes": ["c5.metal"]},
            {"targetNodes": "3:3", "containerOverrides": more(4), "instanceTypes": ["c5.metal"]},
            {"targetNodes": "0:0", "instanceTypes": ["c5.metal"]},
        ]}));
        assert_eq!(vcpus(&nodes), [2, 16, 16, 4], "the inner override counts");
        assert_eq!((nodes.num_nodes, nodes.main_node), (4, 1));
        assert_eq!(nodes.instance_type.as_deref(), Some("c5.metal"));
        assert_eq!(nodes.groups[1].memory_mib, 1_024, "what is not said again stays");
    }
}
