//! Consumable resources: names looked up, quantities compared with what there is (behaviour 4.5).

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::Scenario;
use super::super::raw::consumable::{ConsumableResourceProperties, UpdateConsumableResource};
use super::demand::NodeLocks;
use super::{duplicates, names};
use crate::batch::consumable::{
    ConsumableChange, ConsumableId, ConsumableNeed, ConsumableResource,
};

/// The resources of the account by position; mistakes go to the report.
pub(super) fn read(raw: &Scenario, report: &mut Report) -> Vec<ConsumableResource> {
    let list = Path::default().key("consumableResources");
    let known = known(raw);
    duplicates("consumable resources", &known, &list, "consumableResourceName", report);
    raw.consumable_resources
        .iter()
        .map(|resource| ConsumableResource {
            name: resource.consumable_resource_name.clone(),
            total: resource.total_quantity,
            replenishable: resource.resource_type == "REPLENISHABLE",
        })
        .collect()
}

fn known(raw: &Scenario) -> Vec<String> {
    raw.consumable_resources.iter().map(|r| r.consumable_resource_name.clone()).collect()
}

/// What jobs of a definition or a submission need; mistakes go to the report.
pub(super) fn needs(
    properties: &ConsumableResourceProperties,
    raw: &Scenario,
    path: &Path,
    report: &mut Report,
) -> Vec<ConsumableNeed> {
    let known = known(raw);
    let path = path.key("consumableResourceList");
    let mut needs: Vec<ConsumableNeed> = Vec::new();
    for (index, entry) in properties.consumable_resource_list.iter().enumerate() {
        let path = path.index(index);
        let name = names::last_segment(&entry.consumable_resource);
        let found = names::find("consumable resource", name, &known);
        let Some(position) = report.ok(&path.key("consumableResource"), found) else { continue };
        let resource = ConsumableId::from_index(position);
        if needs.iter().any(|need| need.resource == resource) {
            report.error(&path, Complaint::new(format!("{name} is named twice")));
        }
        needs.push(ConsumableNeed { resource, quantity: entry.quantity });
        let total = raw.consumable_resources[position].total_quantity;
        let changes = raw.api_calls.iter().any(|call| call.update_consumable_resource.is_some());
        if entry.quantity > total && !changes {
            let complaint =
                Complaint::new(format!("{} of {name}, of which there are {total}", entry.quantity));
            let hint = format!("raise totalQuantity of {name}, or ask for less");
            report.error(&path.key("quantity"), complaint.hint(hint));
        }
    }
    needs
}

/// What the nodes of a job need together; mistakes go to the report.
pub(super) fn of_nodes(
    locks: &[NodeLocks],
    raw: &Scenario,
    report: &mut Report,
) -> Vec<ConsumableNeed> {
    let mistakes = report.errors.len();
    let mut all: Vec<ConsumableNeed> = Vec::new();
    for lock in locks {
        let each = needs(&lock.properties, raw, &lock.path, report);
        let times = |need: ConsumableNeed| ConsumableNeed {
            quantity: need.quantity.saturating_mul(lock.nodes),
            ..need
        };
        all = sum(&all, &each.into_iter().map(times).collect::<Vec<_>>());
    }
    let changes = raw.api_calls.iter().any(|call| call.update_consumable_resource.is_some());
    let Some(first) = locks.first().filter(|_| !changes && report.errors.len() == mistakes) else {
        return all;
    };
    for need in &all {
        let resource = &raw.consumable_resources[need.resource.index()];
        let (name, total) = (&resource.consumable_resource_name, resource.total_quantity);
        if need.quantity > total {
            let text = format!("{} of {name} for all nodes, there are {total}", need.quantity);
            let hint = format!("raise totalQuantity of {name}, or ask for less or fewer nodes");
            report.error(&first.path, Complaint::new(text).hint(hint));
        }
    }
    all
}

/// What is needed by both together.
pub(super) fn sum(one: &[ConsumableNeed], other: &[ConsumableNeed]) -> Vec<ConsumableNeed> {
    let mut all = one.to_vec();
    for need in other {
        match all.iter_mut().find(|known| known.resource == need.resource) {
            Some(known) => known.quantity = known.quantity.saturating_add(need.quantity),
            None => all.push(*need),
        }
    }
    all
}

/// What is needed of `all` but for `some` of it.
pub(super) fn without(all: &[ConsumableNeed], some: &[ConsumableNeed]) -> Vec<ConsumableNeed> {
    let less = |need: &ConsumableNeed| {
        let other = some.iter().find(|other| other.resource == need.resource);
        let quantity = need.quantity - other.map_or(0, |other| other.quantity);
        (quantity > 0).then_some(ConsumableNeed { quantity, ..*need })
    };
    all.iter().filter_map(less).collect()
}

/// What a call changes.
pub(super) fn change(
    update: &UpdateConsumableResource,
    raw: &Scenario,
    path: &Path,
    report: &mut Report,
) -> Option<(ConsumableId, ConsumableChange)> {
    let name = names::last_segment(&update.consumable_resource);
    let found = names::find("consumable resource", name, &known(raw));
    let position = report.ok(&path.key("consumableResource"), found)?;
    let change = match update.operation.as_str() {
        "ADD" => ConsumableChange::Add(update.quantity),
        "REMOVE" => ConsumableChange::Remove(update.quantity),
        _ => ConsumableChange::Set(update.quantity),
    };
    Some((ConsumableId::from_index(position), change))
}
