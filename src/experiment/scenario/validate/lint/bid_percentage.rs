//! Spot environments whose `bidPercentage` no pool is below: they never launch an instance.

use super::{Account, Finding, resources_path};
use crate::batch::compute_environment::ComputeEnvironment;
use crate::ec2::catalog::InstanceType;
use crate::ec2::fleet::{Fleet, PurchaseOption};

pub(super) fn check(account: &Account<'_>) -> Vec<Finding> {
    let Ok(fleet) = Fleet::of_prices(account.model.spot_market.as_ref()) else { return Vec::new() };
    let environments = account.model.compute_environments.iter().enumerate();
    environments
        .filter(|(_, environment)| environment.enabled)
        .filter_map(|(index, environment)| {
            let (message, change) = one(account, environment, &fleet)?;
            Some(Finding { path: resources_path(index, "bidPercentage"), message, change })
        })
        .collect()
}

fn one(
    account: &Account<'_>,
    environment: &ComputeEnvironment,
    fleet: &Fleet,
) -> Option<(String, String)> {
    let bid = environment.bid_percentage.filter(|bid| *bid < 100)?;
    let name = &environment.name;
    let facts = environment.instance_types.iter().map(|t| account.model.catalog.get(t.id));
    let (percentage, cheapest) = facts
        .map(|facts| (least_percentage(facts, fleet), facts.name.as_str()))
        .min()
        .filter(|(percentage, _)| *percentage > bid)?;
    let message = format!(
        "{name} never launches an instance: the Spot price of each of its types is at least \
         {bid} % of the On-Demand price"
    );
    Some((message, format!("raise it to {percentage} for {cheapest}")))
}

/// The least bid that the Spot price is below; 100 is no limit.
fn least_percentage(facts: &InstanceType, fleet: &Fleet) -> u32 {
    let spot = fleet.price(facts, PurchaseOption::Spot);
    let on_demand = fleet.price(facts, PurchaseOption::OnDemand);
    (1..100).find(|percentage| spot < on_demand.scaled_ppm(percentage * 10_000)).unwrap_or(100)
}
