//! Effects of treatments that are compared within blocks, however unbalanced: the intrablock
//! analysis of an additive two-way layout (Searle, *Linear Models for Unbalanced Data*, chapter 4).
//!
//! `y = block + treatment + error` is fitted by least squares. Blocks are eliminated first, so the
//! equations to solve are as many as there are treatments; memory grows with the number of cells
//! and not with that of observations. Invariant: the same observations in the same order give the
//! same bits.

mod solve;
#[cfg(test)]
mod tests;

use super::Moments;
use super::interval::student_t_quantile;
use solve::Square;
use std::collections::{BTreeMap, BTreeSet};

/// Observations by block and treatment.
///
/// ```
/// use batchcast::sim::statistics::BlockDesign;
/// let mut design = BlockDesign::default();
/// // Two blocks of different level; treatment 7 is 3 above treatment 4 in both.
/// for (block, treatment, y) in [(0, 4, 10.0), (0, 7, 13.0), (1, 4, 20.0), (1, 7, 23.0)] {
///     design.add(block, block, treatment, y);
/// }
/// let effects = design.effects(4, 0.95).unwrap();
/// assert!((effects.treatments[1].effect - 3.0).abs() < 1e-12);
/// ```
#[derive(Clone, Debug, Default)]
pub struct BlockDesign {
    blocks: BTreeMap<u32, Block>,
}

#[derive(Clone, Debug)]
struct Block {
    cluster: u32,
    cells: BTreeMap<u32, Moments>,
}

/// What treatments do, against one of them.
#[derive(Clone, Debug, PartialEq)]
pub struct TreatmentEffects {
    /// Those that can be compared with the reference, itself included, ascending.
    pub treatments: Vec<TreatmentEffect>,
    /// Blocks that hold more than one of them; the others say nothing.
    pub blocks: u64,
    /// Observations in those blocks.
    pub observations: u64,
    /// Standard deviation of the errors; `None` without degrees of freedom.
    pub error_deviation: Option<f64>,
}

/// What one treatment does, against the reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TreatmentEffect {
    /// Which.
    pub treatment: u32,
    /// How much larger observations are with it; zero of the reference.
    pub effect: f64,
    /// Half the width of the interval of the effect: zero of the reference, `None` where there are
    /// too few observations to tell.
    pub half_width: Option<f64>,
    /// Blocks with it and with another treatment.
    pub blocks: u64,
    /// Observations of it in those blocks.
    pub observations: u64,
}

/// The blocks that compare treatments with each other, and what the equations need of them.
struct Layout<'a> {
    /// Ascending; the reference has no equation.
    treatments: Vec<u32>,
    reference: usize,
    blocks: Vec<&'a Block>,
}

impl BlockDesign {
    /// Adds an observation. Errors of one `cluster` of blocks may depend on each other: a treatment
    /// may suit the blocks of a cluster more than others. The first observation of a block decides
    /// on its cluster.
    ///
    /// ```
    /// let mut design = batchcast::sim::statistics::BlockDesign::default();
    /// design.add(0, 0, 1, 5.0);
    /// assert_eq!(design.components(), [vec![1]]);
    /// ```
    pub fn add(&mut self, cluster: u32, block: u32, treatment: u32, y: f64) {
        let block = self.blocks.entry(block);
        let block = block.or_insert_with(|| Block { cluster, cells: BTreeMap::new() });
        block.cells.entry(treatment).or_default().add(y);
    }

    /// The treatments in groups: those of one group can be compared, directly or through others,
    /// those of two can not. Each ascending, by their first.
    ///
    /// ```
    /// let mut design = batchcast::sim::statistics::BlockDesign::default();
    /// for (block, treatment) in [(0, 1), (0, 2), (1, 3), (2, 2), (2, 4)] {
    ///     design.add(block, block, treatment, 1.0);
    /// }
    /// assert_eq!(design.components(), [vec![1, 2, 4], vec![3]]);
    /// ```
    #[must_use]
    pub fn components(&self) -> Vec<Vec<u32>> {
        let mut groups: Vec<BTreeSet<u32>> = Vec::new();
        for block in self.blocks.values() {
            let mut joined: BTreeSet<u32> = block.cells.keys().copied().collect();
            groups.retain(|group| {
                let apart = group.is_disjoint(&joined);
                if !apart {
                    joined.extend(group);
                }
                apart
            });
            groups.push(joined);
        }
        let mut groups: Vec<Vec<u32>> =
            groups.into_iter().map(|group| group.into_iter().collect()).collect();
        groups.sort_unstable();
        groups
    }

    /// The effects of all treatments that can be compared with `reference`; `None` when nothing
    /// was observed of it, or `confidence` is outside (0, 1).
    ///
    /// The half-width is the larger of two: that of errors which are independent and alike, and
    /// that of errors which depend on each other within clusters (the sandwich of Liang and Zeger,
    /// times g / (g - 1), Student's with g - 1 degrees of freedom for g clusters). The first alone
    /// is too narrow where treatments suit some clusters more than others; the second alone is
    /// where there are few clusters.
    ///
    /// ```
    /// let mut design = batchcast::sim::statistics::BlockDesign::default();
    /// for (block, treatment, y) in [(0, 1, 1.0), (0, 2, 2.0), (1, 1, 1.0), (1, 2, 4.0)] {
    ///     design.add(block, block, treatment, y);
    /// }
    /// let effects = design.effects(1, 0.95).unwrap();
    /// // Two differences, 1 and 3: Student's interval of their mean, t = 12.706.
    /// assert!((effects.treatments[1].effect - 2.0).abs() < 1e-12);
    /// assert!((effects.treatments[1].half_width.unwrap() - 12.706).abs() < 1e-3);
    /// ```
    #[must_use]
    pub fn effects(&self, reference: u32, confidence: f64) -> Option<TreatmentEffects> {
        let treatments =
            self.components().into_iter().find(|group| group.binary_search(&reference).is_ok())?;
        let layout = Layout::new(&self.blocks, treatments, reference)?;
        layout.effects(confidence)
    }
}

impl<'a> Layout<'a> {
    fn new(blocks: &'a BTreeMap<u32, Block>, treatments: Vec<u32>, of: u32) -> Option<Self> {
        let reference = treatments.binary_search(&of).ok()?;
        let belongs = |block: &&Block| {
            let mut cells = block.cells.keys();
            block.cells.len() > 1 && cells.any(|t| treatments.binary_search(t).is_ok())
        };
        let blocks = blocks.values().filter(belongs).collect();
        Some(Self { treatments, reference, blocks })
    }

    /// How many equations there are: one a treatment, the reference's is that its effect is zero.
    fn unknowns(&self) -> usize {
        self.treatments.len() - 1
    }

    /// The equation of a treatment; nothing of the reference.
    fn equation(&self, treatment: u32) -> Option<usize> {
        let place = self.treatments.binary_search(&treatment).ok()?;
        match place.cmp(&self.reference) {
            std::cmp::Ordering::Less => Some(place),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(place - 1),
        }
    }

    /// The cells of a block: equation, observations, mean less the block's mean.
    fn centred(&self, block: &Block) -> Vec<(Option<usize>, f64, f64)> {
        let known = |(treatment, cell): (&u32, &Moments)| {
            Some((self.equation(*treatment), cell.count() as f64, cell.mean()?))
        };
        let mut cells: Vec<_> = block.cells.iter().filter_map(known).collect();
        let total: f64 = cells.iter().map(|(_, n, _)| n).sum();
        let mean = cells.iter().map(|(_, n, y)| n * y).sum::<f64>() / total;
        cells.iter_mut().for_each(|(_, _, y)| *y -= mean);
        cells
    }

    fn effects(&self, confidence: f64) -> Option<TreatmentEffects> {
        let (information, sums) = self.equations();
        // Treatments that are joined by blocks have a solution.
        let inverse = information.inverse()?;
        let solution = inverse.times(&sums);
        let (squares, scores) = self.residuals(&solution);
        let observed = |block: &&Block| block.cells.values().map(Moments::count).sum::<u64>();
        let observations: u64 = self.blocks.iter().map(observed).sum();
        let used = (self.blocks.len() + self.unknowns()) as u64;
        let freedom = observations.checked_sub(used).filter(|freedom| *freedom > 0);
        let variance = freedom.map(|freedom| squares / freedom as f64);
        // An interval needs a confidence that there is, whatever was observed.
        student_t_quantile(confidence, 1.0)?;
        let alike = variance.zip(freedom).and_then(|(variance, freedom)| {
            let t = student_t_quantile(confidence, freedom as f64)?;
            Some((0..self.unknowns()).map(|i| t * (variance * inverse.at(i, i)).sqrt()).collect())
        });
        let clustered = clustered(&inverse, &scores, confidence);
        let half_width = |i: usize| {
            let of = |widths: &Option<Vec<f64>>| widths.as_ref().map(|widths| widths[i]);
            // Without degrees of freedom the residuals are zero, and say nothing of the error.
            Some(of(&alike)?.max(of(&clustered).unwrap_or(0.0)))
        };
        let treatment = |treatment: &u32| {
            let holds = |block: &&&Block| block.cells.contains_key(treatment);
            let cells = self.blocks.iter().filter(holds).map(|block| &block.cells[treatment]);
            let (blocks, observations) =
                cells.fold((0, 0), |(blocks, all), cell| (blocks + 1, all + cell.count()));
            let equation = self.equation(*treatment);
            let effect = equation.map_or(0.0, |i| solution[i]);
            let half_width = equation.map_or(Some(0.0), half_width);
            TreatmentEffect { treatment: *treatment, effect, half_width, blocks, observations }
        };
        Some(TreatmentEffects {
            treatments: self.treatments.iter().map(treatment).collect(),
            blocks: self.blocks.len() as u64,
            observations,
            error_deviation: variance.map(f64::sqrt),
        })
    }

    /// The normal equations without the blocks: a graph Laplacian, whose edges are how often two
    /// treatments meet, without the row and the column of the reference.
    fn equations(&self) -> (Square, Vec<f64>) {
        let mut information = Square::zero(self.unknowns());
        let mut sums = vec![0.0; self.unknowns()];
        for block in &self.blocks {
            let cells = self.centred(block);
            let total: f64 = cells.iter().map(|(_, n, _)| n).sum();
            for (place, (equation, n, y)) in cells.iter().enumerate() {
                let Some(i) = *equation else { continue };
                sums[i] += n * y;
                for (other, (equation, m, _)) in cells.iter().enumerate() {
                    if other == place {
                        continue;
                    }
                    // Sums of what is above zero lose no digit between a large and a small cell.
                    information.add(i, i, n * m / total);
                    if let Some(j) = *equation {
                        information.add(i, j, -n * m / total);
                    }
                }
            }
        }
        (information, sums)
    }

    /// The sum of squared residuals, and by cluster the sum of residuals of each treatment.
    fn residuals(&self, solution: &[f64]) -> (f64, Vec<Vec<f64>>) {
        let mut squares = 0.0;
        let mut scores: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for block in &self.blocks {
            let mut cells = self.centred(block);
            let total: f64 = cells.iter().map(|(_, n, _)| n).sum();
            for (equation, _, y) in &mut cells {
                *y -= equation.map_or(0.0, |i| solution[i]);
            }
            let level = cells.iter().map(|(_, n, y)| n * y).sum::<f64>() / total;
            let score = scores.entry(block.cluster).or_insert_with(|| vec![0.0; self.unknowns()]);
            for (equation, n, y) in cells {
                let residual = y - level;
                squares += n * residual * residual;
                if let Some(i) = equation {
                    score[i] += n * residual;
                }
            }
            let within = |cell: &Moments| cell.variance().map(|v| v * (cell.count() - 1) as f64);
            squares += block.cells.values().filter_map(within).sum::<f64>();
        }
        (squares, scores.into_values().collect())
    }
}

/// Half-widths where errors depend on each other within clusters; `None` for fewer than two.
fn clustered(inverse: &Square, scores: &[Vec<f64>], confidence: f64) -> Option<Vec<f64>> {
    let freedom = scores.len().checked_sub(1).filter(|freedom| *freedom > 0)? as f64;
    let t = student_t_quantile(confidence, freedom)?;
    let mut variances = vec![0.0; inverse.size()];
    for score in scores {
        for (variance, moved) in variances.iter_mut().zip(inverse.times(score)) {
            *variance += moved * moved;
        }
    }
    let enlarged = scores.len() as f64 / freedom;
    Some(variances.into_iter().map(|variance| t * (enlarged * variance).sqrt()).collect())
}
