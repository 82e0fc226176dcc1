//! How long one p3.2xlarge (V100) could be had, and could not, in zones of us-east-1: the segments
//! of the preset `scarceGpu`.
//!
//! Facts: probes every 195 s over 45 days from 2023-02-15, published by Wu et al., "Can't Be Late:
//! Optimizing Spot Instance Savings under Deadlines" (NSDI 2024). A row is the means of 24 equal
//! parts of the sorted segments, in hours, so it keeps their mean. Of the zones d and f only the
//! means are published (behaviour 9.5); that they have the shape of zone c is an assumption.

use super::stays::{Segments, mean};

const UP_A: [f64; 24] = [
    0.16, 0.16, 0.16, 0.16, 0.16, 0.16, 0.16, 0.21, 0.22, 0.26, 0.33, 0.33, 0.37, 0.38, 0.48, 0.53,
    0.64, 0.7, 0.74, 0.97, 1.17, 1.5, 2.35, 4.96,
];
const DOWN_A: [f64; 24] = [
    0.16, 0.16, 0.16, 0.16, 0.16, 0.16, 0.21, 0.22, 0.3, 0.33, 0.38, 0.45, 0.57, 0.75, 0.94, 1.41,
    1.86, 2.36, 2.87, 3.92, 5.88, 10.84, 14.68, 37.04,
];
const UP_C: [f64; 24] = [
    0.16, 0.16, 0.16, 0.16, 0.16, 0.19, 0.22, 0.24, 0.33, 0.35, 0.38, 0.45, 0.53, 0.54, 0.67, 0.71,
    0.89, 1.14, 1.43, 1.68, 2.29, 3.67, 5.63, 13.38,
];
const DOWN_C: [f64; 24] = [
    0.16, 0.16, 0.16, 0.16, 0.16, 0.18, 0.22, 0.3, 0.33, 0.38, 0.45, 0.54, 0.68, 0.75, 0.9, 1.14,
    1.45, 1.8, 2.16, 2.6, 3.3, 4.25, 6.51, 11.91,
];
/// Mean hours up and down of the zones d and f.
const MEANS_D: (f64, f64) = (1.66, 2.05);
const MEANS_F: (f64, f64) = (2.26, 1.56);

/// One row a zone.
pub(super) fn segments() -> Vec<Segments> {
    let scaled = |hours: &[f64], to: f64| {
        let factor = to / mean(hours);
        hours.iter().map(|hours| hours * factor).collect()
    };
    let like_c =
        |(up, down)| Segments { up_hours: scaled(&UP_C, up), down_hours: scaled(&DOWN_C, down) };
    vec![
        Segments { up_hours: UP_A.to_vec(), down_hours: DOWN_A.to_vec() },
        Segments { up_hours: UP_C.to_vec(), down_hours: DOWN_C.to_vec() },
        like_c(MEANS_D),
        like_c(MEANS_F),
    ]
}
