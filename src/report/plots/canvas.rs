//! What the figures share: size, palette, title, legend, axes.
//!
//! Type sizes are chosen so that a figure is legible at half its size; colours are those of Okabe
//! and Ito, told apart with any colour vision.

use super::PlotError;
use plotters::coord::Shift;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::ops::Range;

pub(super) type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type DrawError = DrawingAreaErrorKind<std::io::Error>;

pub(super) const WIDTH: u32 = 960;
pub(super) const HEIGHT: u32 = 540;
/// Title and legend stand above this.
pub(super) const HEAD: u32 = 92;

pub(super) const BLUE: RGBColor = RGBColor(0, 114, 178);
pub(super) const SKY: RGBColor = RGBColor(86, 180, 233);
pub(super) const VERMILION: RGBColor = RGBColor(213, 94, 0);
pub(super) const GREEN: RGBColor = RGBColor(0, 158, 115);
pub(super) const ORANGE: RGBColor = RGBColor(230, 159, 0);
pub(super) const PURPLE: RGBColor = RGBColor(204, 121, 167);
/// In order of use for series of equal rank.
pub(super) const SERIES: [RGBColor; 6] = [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY];

pub(super) const INK: RGBColor = RGBColor(34, 34, 34);
pub(super) const GREY: RGBColor = RGBColor(110, 110, 110);
pub(super) const GRID: RGBColor = RGBColor(222, 222, 222);

pub(super) const LABEL: i32 = 19;
const TITLE: i32 = 26;

/// A linear axis with marks of our own choice.
pub(super) struct Axis {
    pub(super) range: Range<f64>,
    pub(super) marks: Vec<f64>,
}

impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let share = (value - self.range.start) / (self.range.end - self.range.start);
        limit.0 + (share * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() { Vec::new() } else { self.marks.clone() }
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

/// Draws one figure of standard size.
pub(super) fn figure(
    name: &'static str,
    draw: impl Fn(&Canvas<'_>) -> Result<(), DrawError>,
) -> Result<(&'static str, String), PlotError> {
    tall_figure(name, HEIGHT, draw)
}

/// Draws one figure that is as high as what it shows needs.
pub(super) fn tall_figure(
    name: &'static str,
    height: u32,
    draw: impl Fn(&Canvas<'_>) -> Result<(), DrawError>,
) -> Result<(&'static str, String), PlotError> {
    let mut svg = String::new();
    let drawn = {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        root.fill(&WHITE).and_then(|()| draw(&root)).and_then(|()| root.present())
    };
    drawn.map_err(|error| PlotError { figure: name, reason: error.to_string() })?;
    Ok((name, svg))
}

/// Text at a pixel; `horizontal` says which end of it stands there.
pub(super) fn text(
    root: &Canvas<'_>,
    text: &str,
    (x, y): (i32, i32),
    size: i32,
    color: RGBColor,
    horizontal: HPos,
) -> Result<(), DrawError> {
    let style = ("sans-serif", size).into_font().color(&color);
    root.draw(&Text::new(text.to_owned(), (x, y), style.pos(Pos::new(horizontal, VPos::Center))))
}

/// The title and, in grey, the run it belongs to.
pub(super) fn title(root: &Canvas<'_>, title: &str, run: &str) -> Result<(), DrawError> {
    text(root, title, (24, 30), TITLE, INK, HPos::Left)?;
    text(root, &clipped(run, 36), (WIDTH as i32 - 24, 30), LABEL, GREY, HPos::Right)
}

/// Swatches with names in one line below the title.
pub(super) fn legend(root: &Canvas<'_>, entries: &[(RGBColor, String)]) -> Result<(), DrawError> {
    let mut x = 24;
    for (color, name) in entries {
        root.draw(&Rectangle::new([(x, 60), (x + 18, 76)], color.filled()))?;
        text(root, name, (x + 26, 69), LABEL, INK, HPos::Left)?;
        x += 26 + text_width(name, LABEL) + 26;
    }
    Ok(())
}

/// How many of `names` fit the legend's line.
pub(super) fn legend_room<'a>(names: impl Iterator<Item = &'a str>, reserve: i32) -> usize {
    let mut x = 24 + reserve;
    names
        .take_while(|name| {
            x += 52 + text_width(name, LABEL);
            x <= WIDTH as i32
        })
        .count()
}

/// Instead of a figure that would show nothing.
pub(super) fn nothing(root: &Canvas<'_>, why: &str) -> Result<(), DrawError> {
    let (width, height) = root.dim_in_pixel();
    text(root, why, (width as i32 / 2, height as i32 / 2), LABEL, GREY, HPos::Center)
}

/// About as many round marks within a range: steps of 1, 2 or 5 times a power of ten.
pub(super) fn round_marks(range: &Range<f64>, about: f64) -> Vec<f64> {
    let span = range.end - range.start;
    let decade = libm::pow(10.0, libm::floor(libm::log10(span / about)));
    let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * decade);
    let step = steps.into_iter().find(|step| span / step <= about).unwrap_or(span);
    let (first, last) = ((range.start / step).ceil() as i64, (range.end / step).floor() as i64);
    (first..=last).map(|mark| mark as f64 * step).collect()
}

/// At most `width` characters.
pub(super) fn clipped(name: &str, width: usize) -> String {
    if name.chars().count() <= width {
        return name.to_owned();
    }
    let mut short: String = name.chars().take(width - 1).collect();
    short.push('\u{2026}');
    short
}

/// The viewer's font is unknown; common ones need a little less.
fn text_width(text: &str, size: i32) -> i32 {
    text.chars().count() as i32 * size * 11 / 20
}

/// A number of things on an axis: `12,000`.
pub(super) fn count_label(value: &f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut label = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            label.push(',');
        }
        label.push(digit);
    }
    label
}

/// A number on an axis: no more digits than it needs.
pub(super) fn number_label(value: &f64) -> String {
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}
