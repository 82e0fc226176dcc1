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
    let (ratio, cheapest) =
        facts.map(|facts| (ratio_ppm(facts, fleet), facts)).min_by(|a, b| {
            let key = |(ratio, facts): &(u64, &InstanceType)| (*ratio, facts.name.clone());
            key(a).cmp(&key(b))
        })?;
    if ratio < u64::from(bid) * 10_000 {
        return None;
    }
    let percentage = (ratio / 10_000 + 1).min(100);
    let message = format!(
        "{name} never launches an instance: the Spot price of each of its types is at least \
         {bid} % of the On-Demand price"
    );
    let cheapest = &cheapest.name;
    Some((message, format!("raise it to {percentage} for {cheapest}")))
}

/// The Spot price as millionths of the On-Demand price.
fn ratio_ppm(facts: &InstanceType, fleet: &Fleet) -> u64 {
    let price = |purchase| u128::from(fleet.price(facts, purchase).nano_usd_per_hour());
    let on_demand = price(PurchaseOption::OnDemand).max(1);
    (price(PurchaseOption::Spot) * 1_000_000 / on_demand) as u64
}
