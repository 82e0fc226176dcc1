//! The path of pools over time, as nobody in a run ever sees it whole.

use super::{PoolId, SpotMarket, SpotMarketConfig};
use crate::ec2::billing::Rate;
use crate::ec2::catalog::{Catalog, TypeId, ZoneId};
use crate::ec2::money::Price;
use crate::sim::SimTime;
use crate::sim::random::RandomKey;
use crate::sim::sampler::SamplerError;

/// What a pool does from time zero to an end.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolPath {
    /// Its type.
    pub instance_type: TypeId,
    /// Its zone.
    pub zone: ZoneId,
    /// Since when it holds so many instances at most, 0 while it is closed; changes only.
    pub room: Vec<(SimTime, u32)>,
    /// Reclaim events: when, and the share of the instances that it takes in the mean; of a full
    /// pool where an event takes what is more than the pool still holds.
    pub reclaims: Vec<(SimTime, f64)>,
    /// Since when it costs so much; changes only.
    pub prices: Vec<(SimTime, Price)>,
}

impl PoolPath {
    /// The share of the time until `end` in which it can be launched into; 0 of no time.
    #[must_use]
    pub fn availability(&self, end: SimTime) -> f64 {
        let ends = self.room.iter().skip(1).map(|(since, _)| *since).chain([end]);
        let open = self.room.iter().zip(ends).filter(|((_, room), _)| *room > 0);
        let open_ms: u64 = open.map(|((since, _), until)| until.since(*since).as_millis()).sum();
        open_ms as f64 / end.as_millis().max(1) as f64
    }
}

/// The paths of `pools` until `end` in the market of `key`.
///
/// # Errors
/// When a parameter of the market is out of range.
pub fn sample(
    config: &SpotMarketConfig,
    key: RandomKey,
    catalog: &Catalog,
    pools: &[(TypeId, ZoneId)],
    end: SimTime,
) -> Result<Vec<PoolPath>, SamplerError> {
    let mut market = SpotMarket::new(config, key)?;
    let ids: Vec<PoolId> =
        pools.iter().map(|(id, zone)| market.pool(*id, catalog.get(*id), *zone)).collect();
    let path = |((id, zone), pool): (&(TypeId, ZoneId), &PoolId)| PoolPath {
        instance_type: *id,
        zone: *zone,
        room: Vec::new(),
        reclaims: Vec::new(),
        prices: prices(&market.rate(*pool), end),
    };
    let mut paths: Vec<PoolPath> = pools.iter().zip(&ids).map(path).collect();
    let mut due = vec![Due { step: SimTime::ZERO, reclaim: SimTime::MAX }; pools.len()];
    for (due, pool) in due.iter_mut().zip(&ids) {
        due.reclaim = market.next_reclaim(*pool, SimTime::ZERO);
    }
    // Pools share processes, and no process goes back in time: they are walked side by side.
    let mut now = SimTime::ZERO;
    while now < end {
        for ((path, pool), due) in paths.iter_mut().zip(&ids).zip(&mut due) {
            if due.step <= now {
                *due = step(&mut market, *pool, now, *due, path);
            }
        }
        now = due.iter().map(|due| due.step).fold(end, SimTime::min);
    }
    Ok(paths)
}

/// What a pool does next: anything, and a reclaim.
#[derive(Clone, Copy, Debug)]
struct Due {
    step: SimTime,
    reclaim: SimTime,
}

/// Notes what the pool does at `now`; returns when it does something again.
fn step(market: &mut SpotMarket, pool: PoolId, now: SimTime, due: Due, path: &mut PoolPath) -> Due {
    let reclaim = (due.reclaim == now).then(|| market.reclaim(pool, now));
    let room = market.room(pool, now);
    if let Some(reclaim) = reclaim {
        let held = path.room.last().map_or(room, |(_, before)| *before);
        let lost = || f64::from(held.saturating_sub(room)) / f64::from(held.max(1));
        path.reclaims.push((now, reclaim.fraction().unwrap_or_else(lost)));
    }
    if path.room.last().is_none_or(|(_, before)| *before != room) {
        path.room.push((now, room));
    }
    let reclaim = market.next_reclaim(pool, now);
    Due { step: market.next_change(pool, now).min(reclaim), reclaim }
}

fn prices(rate: &Rate, end: SimTime) -> Vec<(SimTime, Price)> {
    match rate {
        Rate::Constant(price) => vec![(SimTime::ZERO, *price)],
        Rate::Varying(series) => series.steps().take_while(|(since, _)| *since < end).collect(),
    }
}
