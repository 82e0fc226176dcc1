//! The fit against theory: exact recovery, the dense normal equations, Student's paired interval,
//! and coverage.

use super::super::PairedDifference;
use super::*;
use crate::sim::random::RandomKey;
use crate::sim::sampler::standard_normal;
use proptest::prelude::*;

/// Cluster, block, treatment, observation.
type Row = (u32, u32, u32, f64);

fn fit(rows: &[Row], reference: u32) -> TreatmentEffects {
    let mut design = BlockDesign::default();
    for &(cluster, block, treatment, y) in rows {
        design.add(cluster, block, treatment, y);
    }
    design.effects(reference, 0.95).unwrap()
}

/// Least squares as a textbook writes it: a column of zeros and ones for every block and every
/// treatment but the reference, normal equations, Gauss-Jordan with pivots. Effects by treatment,
/// the residual variance, and the variance of each effect in units of it.
fn dense(rows: &[Row], reference: u32) -> (BTreeMap<u32, (f64, f64)>, f64) {
    let blocks: BTreeSet<u32> = rows.iter().map(|row| row.1).collect();
    let others: BTreeSet<u32> = rows.iter().map(|row| row.2).filter(|t| *t != reference).collect();
    let width = blocks.len() + others.len();
    let columns = |row: &Row| {
        let mut x = vec![0.0; width];
        x[blocks.iter().position(|block| *block == row.1).unwrap()] = 1.0;
        if let Some(place) = others.iter().position(|treatment| *treatment == row.2) {
            x[blocks.len() + place] = 1.0;
        }
        x
    };
    // [X'X | X'y | I]
    let mut table = vec![vec![0.0; 2 * width + 1]; width];
    for row in rows {
        let x = columns(row);
        for i in 0..width {
            for j in 0..width {
                table[i][j] += x[i] * x[j];
            }
            table[i][width] += x[i] * row.3;
        }
    }
    for (i, line) in table.iter_mut().enumerate() {
        line[width + 1 + i] = 1.0;
    }
    for step in 0..width {
        let largest =
            |a: &usize, b: &usize| table[*a][step].abs().total_cmp(&table[*b][step].abs());
        let pivot = (step..width).max_by(largest).unwrap();
        table.swap(step, pivot);
        let scale = table[step][step];
        table[step].iter_mut().for_each(|entry| *entry /= scale);
        let line = table[step].clone();
        for other in (0..width).filter(|other| *other != step) {
            let times = table[other][step];
            table[other].iter_mut().zip(&line).for_each(|(entry, own)| *entry -= times * own);
        }
    }
    let residual = |row: &Row| {
        let fitted: f64 = columns(row).iter().zip(&table).map(|(x, line)| x * line[width]).sum();
        row.3 - fitted
    };
    let squares: f64 = rows.iter().map(|row| residual(row) * residual(row)).sum();
    let effect = |(place, treatment): (usize, &u32)| {
        let at = blocks.len() + place;
        (*treatment, (table[at][width], table[at][width + 1 + at]))
    };
    let effects = others.iter().enumerate().map(effect).collect();
    (effects, squares / (rows.len() - width) as f64)
}

/// Random designs in which every treatment meets the first one, and all else is by chance.
fn designs() -> impl Strategy<Value = Vec<(u32, u32, f64)>> {
    let links = (2_u32..6).prop_flat_map(|treatments| {
        let linked: Vec<_> = (1..treatments).map(|t| (100 + t, t)).collect();
        let more = proptest::collection::vec((0_u32..8, 0..treatments, -1.0_f64..1.0), 0..40);
        (Just(linked), proptest::collection::vec(-1.0_f64..1.0, 10), more)
    });
    links.prop_map(|(linked, noise, more)| {
        let mut rows: Vec<(u32, u32, f64)> = more;
        for ((block, treatment), noise) in linked.into_iter().zip(noise.chunks(2)) {
            rows.push((block, 0, noise[0]));
            rows.push((block, treatment, noise[1]));
        }
        rows
    })
}

proptest! {
    #[test]
    fn effects_without_noise_are_found_exactly(
        design in designs(),
        levels in proptest::collection::vec(-20.0_f64..20.0, 128),
        effects in proptest::collection::vec(-3.0_f64..3.0, 6),
    ) {
        let y = |block: u32, treatment: u32| levels[block as usize] + effects[treatment as usize];
        let rows: Vec<Row> =
            design.iter().map(|&(block, t, _)| (block, block, t, y(block, t))).collect();
        for found in fit(&rows, 0).treatments {
            let exact = effects[found.treatment as usize] - effects[0];
            prop_assert!((found.effect - exact).abs() < 1e-9, "{found:?} instead of {exact}");
            if let Some(half_width) = found.half_width {
                prop_assert!(half_width < 1e-6, "{found:?}");
            }
        }
    }

    #[test]
    fn effects_and_their_intervals_are_those_of_the_dense_normal_equations(design in designs()) {
        // Blocks with one treatment are left out, as they are here.
        let holds_others = |block: u32, treatment: u32| {
            design.iter().any(|row| row.0 == block && row.1 != treatment)
        };
        let rows: Vec<Row> = design
            .iter()
            .filter(|row| holds_others(row.0, row.1))
            // One cluster, so that errors are alike and independent.
            .map(|&(block, treatment, noise)| (0, block, treatment, f64::from(block) + noise))
            .collect();
        let found = fit(&rows, 0);
        let unknowns = found.treatments.len() - 1 + found.blocks as usize;
        let freedom = rows.len() - unknowns;
        prop_assume!(freedom > 0);
        let (exact, variance) = dense(&rows, 0);
        prop_assert_eq!(found.observations as usize, rows.len());
        let deviation = found.error_deviation.unwrap();
        prop_assert!((deviation - variance.sqrt()).abs() < 1e-9, "{deviation} {variance}");
        let t = student_t_quantile(0.95, freedom as f64).unwrap();
        for one in found.treatments.iter().filter(|one| one.treatment != 0) {
            let (effect, unit) = exact[&one.treatment];
            prop_assert!((one.effect - effect).abs() < 1e-9, "{one:?} instead of {effect}");
            let half_width = t * (unit * variance).sqrt();
            prop_assert!((one.half_width.unwrap() - half_width).abs() < 1e-7, "{half_width}");
        }
    }

    #[test]
    fn two_treatments_in_pairs_have_the_interval_of_paired_differences(
        pairs in proptest::collection::vec((-5.0_f64..5.0, -5.0_f64..5.0), 2..30),
    ) {
        let rows: Vec<Row> = (0_u32..)
            .zip(&pairs)
            .flat_map(|(block, (a, b))| [(block, block, 0, *a), (block, block, 1, *b)])
            .collect();
        let found = fit(&rows, 0).treatments[1];
        let paired = PairedDifference::of(&pairs);
        prop_assert!((found.effect - paired.mean).abs() < 1e-9);
        let half_width = paired.half_width(0.95).unwrap();
        prop_assert!((found.half_width.unwrap() - half_width).abs() < 1e-9, "{half_width}");
    }

    #[test]
    fn another_reference_turns_all_effects_by_the_same(design in designs()) {
        let rows: Vec<Row> =
            design.iter().map(|&(block, t, noise)| (block, block, t, noise)).collect();
        let (first, second) = (fit(&rows, 0), fit(&rows, 1));
        let turned = first.treatments[1].effect;
        for (one, other) in first.treatments.iter().zip(&second.treatments) {
            prop_assert!((one.effect - turned - other.effect).abs() < 1e-9, "{one:?} {other:?}");
        }
        prop_assert_eq!(first.error_deviation.is_some(), second.error_deviation.is_some());
    }
}

/// How often the interval of an effect holds the true one, and the mean of its width in units of
/// the least that a method could have: an unbalanced design of 40 blocks and 4 treatments, whose
/// errors have a part of their own, and a part that a cluster of two blocks shares by treatment.
fn coverage(shared: f64) -> (f64, f64) {
    const RUNS: u64 = 2_000;
    const TRUE_EFFECTS: [f64; 4] = [0.0, 0.4, -0.7, 1.1];
    let (mut covered, mut widths, mut squares) = (0.0, 0.0, 0.0);
    for run in 0..RUNS {
        let key = RandomKey::new(11, run as u32);
        let mut draws = 0;
        let mut noise = |scale: f64| {
            draws += 1;
            scale * standard_normal(&mut key.draw(draws))
        };
        let mut rows = Vec::new();
        for cluster in 0..20 {
            let taste: Vec<f64> = TRUE_EFFECTS.iter().map(|_| noise(shared)).collect();
            for block in [2 * cluster, 2 * cluster + 1] {
                let level = noise(3.0);
                for (treatment, effect) in (0_u32..).zip(TRUE_EFFECTS) {
                    // Which treatment meets which block, and how often, is uneven on purpose.
                    for _ in 0..(block + treatment) % 3 {
                        let y = level + effect + taste[treatment as usize] + noise(0.5);
                        rows.push((cluster, block, treatment, y));
                    }
                }
            }
        }
        let found = fit(&rows, 0).treatments[2];
        let error = found.effect - TRUE_EFFECTS[2];
        let half_width = found.half_width.unwrap();
        covered += f64::from(u8::from(error.abs() <= half_width)) / RUNS as f64;
        widths += half_width / RUNS as f64;
        squares += error * error / RUNS as f64;
    }
    (covered, widths / (1.96 * squares.sqrt()))
}

#[test]
fn intervals_cover_the_true_effect_as_often_as_they_say() {
    let standard_error = (0.95 * 0.05 / 2_000_f64).sqrt();
    // Errors that are alike and independent; errors that clusters share.
    for shared in [0.0, 0.5] {
        let (covered, width) = coverage(shared);
        assert!(covered > 0.95 - 4.0 * standard_error, "{shared}: {covered}");
        assert!(covered < 0.985, "{shared}: they are not simply wide: {covered}");
        assert!((0.95..1.35).contains(&width), "{shared}: {width} of the width that it takes");
    }
}

#[test]
fn intervals_of_errors_that_clusters_share_are_wider_than_those_of_independent_ones() {
    // In each cluster the second treatment is better or worse throughout.
    let tastes = [(0, 1.0), (1, -1.0), (2, 1.0), (3, -1.0)];
    let row = |cluster: u32, block: u32, taste: f64| {
        [(cluster, block, 0, 0.0), (cluster, block, 1, 0.5 + taste)]
    };
    let rows = |clusters: fn(u32, u32) -> u32| -> Vec<Row> {
        let blocks = tastes.iter().flat_map(|(c, taste)| (0..25).map(move |n| (*c, n, *taste)));
        blocks.flat_map(|(c, n, taste)| row(clusters(c, n), 25 * c + n, taste)).collect()
    };
    let independent = fit(&rows(|cluster, n| 25 * cluster + n), 0).treatments[1];
    let dependent = fit(&rows(|cluster, _| cluster), 0).treatments[1];
    assert_eq!(independent.effect, dependent.effect);
    assert!(dependent.half_width.unwrap() > 5.0 * independent.half_width.unwrap());
}

#[test]
fn what_never_meets_can_not_be_compared() {
    let rows = [(0, 0, 1, 1.0), (0, 0, 2, 2.0), (1, 1, 3, 3.0), (1, 1, 4, 4.0), (2, 2, 5, 5.0)];
    let mut design = BlockDesign::default();
    rows.iter()
        .for_each(|&(cluster, block, treatment, y)| design.add(cluster, block, treatment, y));
    assert_eq!(design.components(), [vec![1, 2], vec![3, 4], vec![5]]);
    let of = |reference| {
        let effects = design.effects(reference, 0.95).unwrap();
        (effects.treatments.iter().map(|t| t.treatment).collect::<Vec<_>>(), effects.observations)
    };
    assert_eq!(of(3), (vec![3, 4], 2));
    assert_eq!(of(5), (vec![5], 0));
    assert!(design.effects(6, 0.95).is_none(), "nothing was observed of it");
    assert!(design.effects(1, 1.0).is_none(), "there is no such confidence");
    assert!(BlockDesign::default().effects(1, 0.95).is_none());
}

#[test]
fn a_block_of_one_treatment_says_nothing() {
    let pairs = [(0, 0, 1, 1.0), (0, 0, 2, 2.5), (1, 1, 1, 4.0), (1, 1, 2, 5.0)];
    let more = [(2, 2, 1, 900.0), (2, 2, 1, 1.0), (3, 3, 2, -7.0)];
    assert_eq!(fit(&pairs, 1), fit(&[&pairs[..], &more].concat(), 1));
}

#[test]
fn one_comparison_has_an_effect_and_no_interval() {
    let effects = fit(&[(0, 0, 1, 1.0), (0, 0, 2, 2.5)], 1);
    let [reference, other] = effects.treatments[..] else { panic!("{effects:?}") };
    assert_eq!((reference.effect, reference.half_width), (0.0, Some(0.0)));
    assert!((other.effect - 1.5).abs() < 1e-12, "{other:?}");
    assert_eq!((other.half_width, other.blocks, other.observations), (None, 1, 1));
    assert_eq!(effects.error_deviation, None);
}
