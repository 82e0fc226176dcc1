//! What the pools of a Spot market do, a line each.

use super::layout::{Table, wrapped};
use crate::experiment::market_sample::{MarketSample, SampledPool};
use crate::sim::SimTime;

/// How much of the time each pool is open, for how long, how often it is reclaimed, what it costs.
#[must_use]
pub fn render_market(sample: &MarketSample) -> String {
    let titles = ["POOL", "OPEN", "CLOSED", "H OPEN", "H SHUT", "RECLAIMS", "USD/HOUR"];
    let mut table = Table::new(30, &titles);
    for pool in &sample.pools {
        table.row(cells(pool, sample.end), String::new());
    }
    let days = sample.end.since(SimTime::ZERO).as_secs_f64() / 86_400.0;
    let title = format!("Spot pools of {} in replication 0, {days:.1} days", sample.scenario);
    let legend = "OPEN is the share of the time in which a pool can be launched into, CLOSED how \
                  often it closes, H OPEN and H SHUT the mean hours of a stay, RECLAIMS the events \
                  that take instances back, USD/HOUR the mean price";
    format!("{}\n{}\n{}", wrapped("", 0, &title), table.render(), wrapped("", 0, legend))
}

fn cells(pool: &SampledPool, end: SimTime) -> Vec<String> {
    let hours = |mean: Option<f64>| mean.map_or("-".to_owned(), |mean| format!("{mean:.2}"));
    let (closings, open, closed) = pool.spells(end);
    vec![
        format!("{} {}", pool.instance_type, pool.zone),
        match end {
            SimTime::ZERO => "-".to_owned(),
            end => format!("{:.1}%", 100.0 * pool.path.availability(end)),
        },
        closings.to_string(),
        hours(open),
        hours(closed),
        pool.path.reclaims.len().to_string(),
        pool.mean_price_usd(end).map_or("-".to_owned(), |price| format!("{price:.4}")),
    ]
}
