//! Spot environments that wait for one type while others could be had.

use super::{Account, Finding, resources_path};
use crate::ec2::fleet::PurchaseOption;

/// What AWS recommends (behaviour 6.2).
const RECOMMENDED: &str = "SPOT_PRICE_CAPACITY_OPTIMIZED";

pub(super) fn check(account: &Account<'_>) -> Vec<Finding> {
    // Without a market nothing is ever refused.
    if account.model.spot_market.is_none() {
        return Vec::new();
    }
    let environments = account.model.compute_environments.iter().enumerate();
    environments
        .filter(|(_, environment)| environment.enabled)
        .filter(|(_, environment)| environment.purchase == PurchaseOption::Spot)
        .filter_map(|(index, environment)| Some((index, environment, environment.strategy()?)))
        .filter(|(.., strategy)| strategy.waits_for_its_type())
        .map(|(index, environment, strategy)| {
            let name = &environment.name;
            let strategy = strategy.name();
            let others = environment.instance_types.len() - 1;
            let more_types = if others == 0 { "list more types and " } else { "" };
            Finding {
                path: resources_path(index, "allocationStrategy"),
                message: format!(
                    "{strategy} waits for its one type when Spot refuses it, and jobs of {name} \
                     wait with it"
                ),
                change: format!("{more_types}use {RECOMMENDED}, which takes another"),
            }
        })
        .collect()
}
