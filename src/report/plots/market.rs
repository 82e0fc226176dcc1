//! Pools of a Spot market over time: a bar while a pool is open, a mark at each reclaim, and a line
//! for its price between its lowest and its highest, which stand beside it: each pool has a scale
//! of its own.

use super::canvas::{
    self, BLUE, Canvas, DrawError, GREEN, GREY, GRID, HEAD, INK, LABEL, VERMILION,
};
use crate::ec2::money::Price;
use crate::experiment::market_sample::{MarketSample, SampledPool};
use crate::sim::SimTime;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

pub(super) const TITLE: &str = "Spot pools";
/// Pools are named to the left of this.
const LEFT: i32 = 250;
/// Prices are written to the right of this.
const RIGHT: i32 = canvas::WIDTH as i32 - 206;
const SMALL: i32 = LABEL - 2;
const ROW: i32 = 34;
const BAR: i32 = 22;
/// A figure of more would not be read.
const MOST_POOLS: usize = 40;
const FOOT: i32 = 64;
/// Decimals of a price in USD.
const FEWEST_DIGITS: usize = 4;
const MOST_DIGITS: usize = 6;

pub(super) fn height(sample: &MarketSample) -> u32 {
    HEAD + (sample.pools.len().min(MOST_POOLS) as i32 * ROW + FOOT) as u32
}

pub(super) fn draw(root: &Canvas<'_>, sample: &MarketSample) -> Result<(), DrawError> {
    canvas::title(root, TITLE, &sample.scenario)?;
    let mut entries = vec![
        (GREEN, "open".to_owned()),
        (GRID, "closed".to_owned()),
        (VERMILION, "reclaim".to_owned()),
    ];
    let shown = || sample.pools.iter().take(MOST_POOLS);
    if shown().any(|pool| prices(pool).is_some_and(|[low, high]| low < high)) {
        entries.push((BLUE, "price, from its lowest to its highest".to_owned()));
    }
    canvas::legend(root, &entries)?;
    let heading = (RIGHT + 12, HEAD as i32 - 10);
    canvas::text(root, "USD/hour", heading, SMALL, GREY, HPos::Left)?;
    for (row, pool) in shown().enumerate() {
        let top = HEAD as i32 + row as i32 * ROW;
        draw_pool(root, pool, sample.end, top)?;
    }
    axis(root, sample)
}

fn x_of(time: SimTime, end: SimTime) -> i32 {
    let share = time.as_millis() as f64 / end.as_millis().max(1) as f64;
    LEFT + (share.min(1.0) * f64::from(RIGHT - LEFT)).round() as i32
}

fn draw_pool(
    root: &Canvas<'_>,
    pool: &SampledPool,
    end: SimTime,
    top: i32,
) -> Result<(), DrawError> {
    let name = format!("{} {}", pool.instance_type, pool.zone);
    let middle = top + BAR / 2;
    canvas::text(root, &canvas::clipped(&name, 22), (24, middle), SMALL, INK, HPos::Left)?;
    root.draw(&Rectangle::new([(LEFT, top), (RIGHT, top + BAR)], GRID.filled()))?;
    let path = &pool.path;
    let ends = path.room.iter().skip(1).map(|(since, _)| *since).chain([end]);
    for ((since, room), until) in path.room.iter().zip(ends) {
        if *room > 0 {
            let (from, to) = (x_of(*since, end), x_of(until, end));
            root.draw(&Rectangle::new([(from, top), (to, top + BAR)], GREEN.mix(0.55).filled()))?;
        }
    }
    for (at, _) in &path.reclaims {
        let x = x_of(*at, end);
        root.draw(&Rectangle::new([(x, top), (x + 2, top + BAR)], VERMILION.filled()))?;
    }
    draw_price(root, pool, end, top)
}

fn draw_price(
    root: &Canvas<'_>,
    pool: &SampledPool,
    end: SimTime,
    top: i32,
) -> Result<(), DrawError> {
    let Some([low, high]) = prices(pool) else { return Ok(()) };
    let place = (RIGHT + 12, top + BAR / 2);
    if low == high {
        return canvas::text(root, &range_label(low, high), place, SMALL, GREY, HPos::Left);
    }
    canvas::text(root, &range_label(low, high), place, SMALL, BLUE, HPos::Left)?;
    let nano = Price::nano_usd_per_hour;
    let y_of = |price: u64| {
        let share = (price - nano(low)) as f64 / (nano(high) - nano(low)) as f64;
        top + BAR - 2 - (share * f64::from(BAR - 4)).round() as i32
    };
    let prices = &pool.path.prices;
    let ends = prices.iter().skip(1).map(|(since, _)| *since).chain([end]);
    let line: Vec<(i32, i32)> = prices
        .iter()
        .zip(ends)
        .flat_map(|((since, price), until)| {
            [(x_of(*since, end), y_of(nano(*price))), (x_of(until, end), y_of(nano(*price)))]
        })
        .collect();
    root.draw(&PathElement::new(line, BLUE.stroke_width(2)))
}

/// The lowest and the highest price of a pool.
fn prices(pool: &SampledPool) -> Option<[Price; 2]> {
    let prices = || pool.path.prices.iter().map(|(_, price)| *price);
    Some([prices().min()?, prices().max()?])
}

/// Both numbers, with as few decimals as tell them apart; one where a millionth of a dollar does
/// not.
fn range_label(low: Price, high: Price) -> String {
    let [low, high] = [low, high].map(|price| price.nano_usd_per_hour() as f64 / 1e9);
    let texts = |digits: usize| [low, high].map(|usd| format!("{usd:.digits$}"));
    let apart = (FEWEST_DIGITS..=MOST_DIGITS).map(texts).find(|[low, high]| low != high);
    match apart {
        Some([low, high]) => format!("{low} to {high}"),
        None if low == high => format!("{low:.FEWEST_DIGITS$}"),
        None => format!("{low:.MOST_DIGITS$}"),
    }
}

/// Days or hours below the pools.
fn axis(root: &Canvas<'_>, sample: &MarketSample) -> Result<(), DrawError> {
    let hours = sample.end.as_millis() as f64 / 3.6e6;
    let (unit, name) = if hours >= 48.0 { (24.0, "days") } else { (1.0, "hours") };
    let shown = sample.pools.len().min(MOST_POOLS);
    let top = HEAD as i32 + shown as i32 * ROW + 14;
    for mark in canvas::round_marks(&(0.0..hours / unit), 8.0) {
        let time = SimTime::from_millis((mark * unit * 3.6e6) as u64);
        let label = canvas::number_label(&mark);
        canvas::text(root, &label, (x_of(time, sample.end), top), LABEL, GREY, HPos::Center)?;
    }
    let more = sample.pools.len() - shown;
    let rest = if more > 0 { format!("; {more} more pools") } else { String::new() };
    let text = format!("{name} since the start{rest}");
    canvas::text(root, &text, (LEFT, top + 28), LABEL, GREY, HPos::Left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ec2::catalog::{TypeId, ZoneId};
    use crate::ec2::market::PoolPath;

    fn drawn(prices: &[&str]) -> String {
        let at = |hour: usize| SimTime::from_millis(hour as u64 * 3_600_000);
        let price = |(hour, text): (usize, &&str)| (at(hour), Price::parse(text).unwrap());
        let path = PoolPath {
            instance_type: TypeId::new(0),
            zone: ZoneId::new(0),
            room: vec![(SimTime::ZERO, 1)],
            reclaims: Vec::new(),
            prices: prices.iter().enumerate().map(price).collect(),
        };
        let (instance_type, zone) = ("c6i.large".to_owned(), "use1-az1".to_owned());
        let pools = vec![SampledPool { instance_type, zone, path }];
        let sample = MarketSample { scenario: "study".to_owned(), end: at(10), pools };
        crate::report::plots::market_figure(&sample).unwrap()
    }

    #[test]
    fn the_range_of_a_price_is_written_beside_its_line() {
        for (prices, range) in [
            (&["0.03", "0.05", "0.04"][..], "0.0300 to 0.0500"),
            (&["0.034001", "0.034002"], "0.034001 to 0.034002"),
            (&["0.034", "0.0341"], "0.0340 to 0.0341"),
        ] {
            let svg = drawn(prices);
            assert!(svg.contains(range) && svg.contains("polyline"), "{range}: {svg}");
            assert!(svg.contains("from its lowest to its highest"), "{svg}");
        }
    }

    #[test]
    fn a_price_that_never_changes_is_a_number_without_a_line() {
        let svg = drawn(&["0.034"]);
        assert!(svg.contains("0.0340") && !svg.contains("polyline"), "{svg}");
        assert!(!svg.contains("lowest"), "the legend names what is drawn: {svg}");
    }
}
