//! Spot environments whose `bidPercentage` no pool is below: they never launch an instance.

use super::{Account, Finding, resources_path};
use crate::batch::compute_environment::ComputeEnvironment;
use crate::ec2::catalog::TypeId;
use crate::ec2::fleet::{PurchaseOption, lowest_price};
use crate::world::config::WorldConfig;

pub(super) fn check(account: &Account<'_>) -> Vec<Finding> {
    let environments = account.model.compute_environments.iter().enumerate();
    environments
        .filter(|(_, environment)| environment.enabled)
        .filter_map(|(index, environment)| {
            let (message, change) = one(account, environment)?;
            Some(Finding { path: resources_path(index, "bidPercentage"), message, change })
        })
        .collect()
}

fn one(account: &Account<'_>, environment: &ComputeEnvironment) -> Option<(String, String)> {
    let bid = environment.bid_percentage.filter(|bid| *bid < 100)?;
    let name = &environment.name;
    let model = account.model;
    let types = environment.instance_types.iter();
    let (percentage, cheapest) = types
        .map(|t| (least_percentage(t.id, model), model.catalog.get(t.id).name.as_str()))
        .min()
        .filter(|(percentage, _)| *percentage > bid)?;
    let message = format!(
        "{name} never launches an instance: the Spot price of each of its types is at least \
         {bid} % of the On-Demand price"
    );
    Some((message, format!("raise it to {percentage} for {cheapest}")))
}

/// The least bid that the Spot price is below; 100 is no limit.
fn least_percentage(id: TypeId, model: &WorldConfig) -> u32 {
    let facts = model.catalog.get(id);
    let price = |purchase| lowest_price(model.spot_market.as_ref(), id, facts, purchase);
    let (spot, on_demand) = (price(PurchaseOption::Spot), price(PurchaseOption::OnDemand));
    (1..100).find(|percentage| spot < on_demand.scaled_ppm(percentage * 10_000)).unwrap_or(100)
}
