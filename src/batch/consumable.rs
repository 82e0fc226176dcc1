//! Consumable resources: licences, tokens, anything of which there is a number (behaviour 4.5).
//!
//! A job waits until all quantities that it needs are free. They are locked while it is STARTING
//! and RUNNING; of a REPLENISHABLE resource they come back with the end of the attempt. A job for
//! which capacity is planned has a *claim*, so that no more capacity is requested than there are
//! resources for; a claim keeps nobody from starting who can. Knows neither queues nor time.

use rustc_hash::FxHashMap;

crate::define_id! {
    /// A consumable resource, by position in the scenario.
    pub struct ConsumableId = "consumable";
}

/// `CreateConsumableResource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumableResource {
    /// `consumableResourceName`
    pub name: String,
    /// `totalQuantity`
    pub total: u64,
    /// `resourceType`: whether what an attempt has locked comes back.
    pub replenishable: bool,
}

/// An entry of `consumableResourceList`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsumableNeed {
    /// Of which.
    pub resource: ConsumableId,
    /// How much, at least 1.
    pub quantity: u64,
}

/// `UpdateConsumableResource`: what becomes of the total quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsumableChange {
    /// SET
    Set(u64),
    /// ADD
    Add(u64),
    /// REMOVE
    Remove(u64),
}

/// The resources of an account as they stand.
#[derive(Clone, Debug, Default)]
pub struct Consumables {
    stocks: Vec<Stock>,
    /// By waiting job or array: how many claims it has. Looked up, never iterated.
    claims: FxHashMap<u32, u64>,
}

#[derive(Clone, Debug)]
struct Stock {
    total: u64,
    /// Locked by attempts; of a resource that is not replenished, used up as well.
    locked: u64,
    claimed: u64,
    replenishable: bool,
}

impl Stock {
    /// A total that was lowered may be below what is locked.
    const fn free(&self) -> u64 {
        self.total.saturating_sub(self.locked)
    }
}

impl Consumables {
    /// All free.
    #[must_use]
    pub fn new(resources: &[ConsumableResource]) -> Self {
        let stock = |resource: &ConsumableResource| Stock {
            total: resource.total,
            locked: 0,
            claimed: 0,
            replenishable: resource.replenishable,
        };
        Self { stocks: resources.iter().map(stock).collect(), claims: FxHashMap::default() }
    }

    /// Whether the account has none.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stocks.is_empty()
    }

    /// Whether all that a job needs is free.
    #[must_use]
    pub fn has(&self, needs: &[ConsumableNeed]) -> bool {
        needs.iter().all(|need| need.quantity <= self.stocks[need.resource.index()].free())
    }

    /// Claims what one more job of a waiting entry needs, if others have not claimed it.
    pub fn claim(&mut self, job: u32, needs: &[ConsumableNeed]) -> bool {
        let left = |need: &ConsumableNeed| {
            let stock = &self.stocks[need.resource.index()];
            stock.free().saturating_sub(stock.claimed)
        };
        if !needs.iter().all(|need| need.quantity <= left(need)) {
            return false;
        }
        for need in needs {
            self.stocks[need.resource.index()].claimed += need.quantity;
        }
        *self.claims.entry(job).or_default() += 1;
        true
    }

    /// Gives one claim of a waiting job up, if it has any.
    pub fn give_up_one(&mut self, job: u32, needs: &[ConsumableNeed]) {
        if let Some(count) = self.claims.get_mut(&job) {
            *count -= 1;
            if *count == 0 {
                self.claims.remove(&job);
            }
            self.unclaim(needs, 1);
        }
    }

    /// Gives all claims of a waiting job up.
    pub fn give_up(&mut self, job: u32, needs: &[ConsumableNeed]) {
        let count = self.claims.remove(&job).unwrap_or_default();
        self.unclaim(needs, count);
    }

    fn unclaim(&mut self, needs: &[ConsumableNeed], count: u64) {
        for need in needs {
            self.stocks[need.resource.index()].claimed -= count * need.quantity;
        }
    }

    /// A job is STARTING.
    pub fn lock(&mut self, needs: &[ConsumableNeed]) {
        for need in needs {
            self.stocks[need.resource.index()].locked += need.quantity;
        }
    }

    /// An attempt has ended: whether anything came back.
    pub fn release(&mut self, needs: &[ConsumableNeed]) -> bool {
        let mut came_back = false;
        for need in needs {
            let stock = &mut self.stocks[need.resource.index()];
            if stock.replenishable {
                stock.locked -= need.quantity;
                came_back = true;
            }
        }
        came_back
    }

    /// Changes a total quantity. What is locked stays locked.
    pub fn change(&mut self, resource: ConsumableId, change: ConsumableChange) {
        let total = &mut self.stocks[resource.index()].total;
        *total = match change {
            ConsumableChange::Set(quantity) => quantity,
            ConsumableChange::Add(quantity) => total.saturating_add(quantity),
            ConsumableChange::Remove(quantity) => total.saturating_sub(quantity),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> (Consumables, [ConsumableNeed; 1], [ConsumableNeed; 2]) {
        let resource = |total, replenishable| ConsumableResource {
            name: "r".to_owned(),
            total,
            replenishable,
        };
        let need =
            |resource, quantity| ConsumableNeed { resource: ConsumableId::new(resource), quantity };
        let account = Consumables::new(&[resource(5, true), resource(2, false)]);
        (account, [need(0, 3)], [need(0, 1), need(1, 1)])
    }

    #[test]
    fn a_resource_that_is_not_replenished_is_used_up() {
        let (mut account, _, both) = account();
        for _ in 0..2 {
            assert!(account.has(&both));
            account.lock(&both);
            assert!(account.release(&both));
        }
        assert!(!account.has(&both));
        account.change(ConsumableId::new(1), ConsumableChange::Add(1));
        assert!(account.has(&both));
    }

    #[test]
    fn a_claim_bounds_what_is_planned_and_not_what_starts() {
        let (mut account, three, both) = account();
        assert!(account.claim(1, &three) && !account.claim(2, &three));
        assert!(account.has(&three), "who has room may start");
        assert!(account.claim(3, &both));
        account.give_up_one(1, &three);
        assert!(account.claim(2, &three));
    }

    #[test]
    fn a_total_may_be_lowered_below_what_is_locked() {
        let (mut account, three, _) = account();
        account.lock(&three);
        account.change(ConsumableId::new(0), ConsumableChange::Set(1));
        assert!(!account.has(&three));
        account.release(&three);
        account.change(ConsumableId::new(0), ConsumableChange::Remove(7));
        account.change(ConsumableId::new(0), ConsumableChange::Add(3));
        assert!(account.has(&three));
    }
}
