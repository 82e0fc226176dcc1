//! Pools of a Spot market over time: a bar while a pool is open, a mark at each reclaim, and a line
//! for its price between its lowest and its highest.

use super::canvas::{
    self, BLUE, Canvas, DrawError, GREEN, GREY, GRID, HEAD, INK, LABEL, VERMILION,
};
use crate::experiment::market_sample::{MarketSample, SampledPool};
use crate::sim::SimTime;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

/// Pools are named to the left of this.
const LEFT: i32 = 250;
const RIGHT: i32 = canvas::WIDTH as i32 - 24;
const ROW: i32 = 34;
const BAR: i32 = 22;
/// A figure of more would not be read.
const MOST_POOLS: usize = 40;
const FOOT: i32 = 64;

pub(super) fn height(sample: &MarketSample) -> u32 {
    HEAD + (sample.pools.len().min(MOST_POOLS) as i32 * ROW + FOOT) as u32
}

pub(super) fn draw(root: &Canvas<'_>, sample: &MarketSample) -> Result<(), DrawError> {
    canvas::title(root, "Spot pools", &sample.scenario)?;
    canvas::legend(
        root,
        &[
            (GREEN, "open".to_owned()),
            (GRID, "closed".to_owned()),
            (VERMILION, "reclaim".to_owned()),
            (BLUE, "price, lowest to highest".to_owned()),
        ],
    )?;
    for (row, pool) in sample.pools.iter().take(MOST_POOLS).enumerate() {
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
    canvas::text(root, &canvas::clipped(&name, 22), (24, middle), LABEL - 2, INK, HPos::Left)?;
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
    let nano = |price: &crate::ec2::money::Price| price.nano_usd_per_hour();
    let prices = &pool.path.prices;
    let low = prices.iter().map(|(_, price)| nano(price)).min().unwrap_or_default();
    let high = prices.iter().map(|(_, price)| nano(price)).max().unwrap_or_default();
    if low == high {
        return Ok(());
    }
    let y_of = |price: u64| {
        let share = (price - low) as f64 / (high - low) as f64;
        top + BAR - 2 - (share * f64::from(BAR - 4)).round() as i32
    };
    let ends = prices.iter().skip(1).map(|(since, _)| *since).chain([end]);
    let line: Vec<(i32, i32)> = prices
        .iter()
        .zip(ends)
        .flat_map(|((since, price), until)| {
            [(x_of(*since, end), y_of(nano(price))), (x_of(until, end), y_of(nano(price)))]
        })
        .collect();
    root.draw(&PathElement::new(line, BLUE.stroke_width(2)))
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
