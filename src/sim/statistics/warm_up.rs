//! Where the initial transient of a steady-state run ends: MSER-5.
//!
//! White, "An effective truncation heuristic for bias reduction in simulation output" (1997); means
//! of 5 observations as in White, Cobb and Spratt (2000). Applied per replication.

/// Observations per batch.
const BATCH: usize = 5;
/// A truncation that leaves fewer batches has a variance by luck; such points are not candidates.
const TAIL: usize = 5;

/// The run is too short to tell its transient from its steady state. Run longer and try again.
///
/// ```
/// use batchcast::sim::statistics::{TooShort, mser5};
/// assert_eq!(mser5(&[1.0; 20]), Err(TooShort { observations: 20 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the warm-up has no end within the first half of {observations} observations; expected a \
     steady state\n  hint: run longer, or give the warm-up by hand"
)]
pub struct TooShort {
    /// How many observations there were.
    pub observations: usize,
}

/// The number of leading observations to drop: the truncation that minimises the squared standard
/// error of the mean of what remains, over means of 5 observations.
///
/// The first of equal minima is taken. O(n) time.
///
/// ```
/// use batchcast::sim::statistics::mser5;
/// let mut run = vec![100.0; 10];
/// run.extend((0..190).map(|i| f64::from(i % 5)));
/// assert_eq!(mser5(&run), Ok(10));
/// ```
///
/// # Errors
/// [`TooShort`] below 50 observations, or when the best truncation drops more than half of them.
pub fn mser5(observations: &[f64]) -> Result<usize, TooShort> {
    let too_short = TooShort { observations: observations.len() };
    let batches: Vec<f64> =
        observations.chunks_exact(BATCH).map(|batch| batch.iter().sum::<f64>() / 5.0).collect();
    if batches.len() < 2 * TAIL {
        return Err(too_short);
    }
    // From the back, so that each truncation point adds one batch to what remains.
    let mut remaining = super::Moments::default();
    let mut best = (f64::INFINITY, 0);
    for (dropped, mean) in batches.iter().enumerate().rev() {
        remaining.add(*mean);
        let kept = remaining.count() as f64;
        let squares = remaining.variance().unwrap_or(0.0) * (kept - 1.0);
        let score = squares / (kept * kept);
        if batches.len() - dropped >= TAIL && score <= best.0 {
            best = (score, dropped);
        }
    }
    if best.1 > batches.len() / 2 { Err(too_short) } else { Ok(best.1 * BATCH) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::random::{RandomKey, open01};

    /// The definition, term by term.
    fn by_definition(observations: &[f64]) -> usize {
        let z: Vec<f64> =
            observations.chunks_exact(5).map(|b| b.iter().sum::<f64>() / 5.0).collect();
        let score = |d: usize| {
            let rest = &z[d..];
            let mean = rest.iter().sum::<f64>() / rest.len() as f64;
            let squares = rest.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
            squares / (rest.len() * rest.len()) as f64
        };
        let candidates = 0..=z.len() - 5;
        5 * candidates.min_by(|a, b| score(*a).total_cmp(&score(*b)).then(a.cmp(b))).unwrap()
    }

    #[test]
    fn a_decaying_transient_is_cut_where_the_definition_cuts_it() {
        for seed in 0..20 {
            let key = RandomKey::new(seed, 0);
            let run: Vec<f64> = (0..1_000_u32)
                .map(|i| {
                    let decay = libm::exp(-f64::from(i) / 60.0);
                    10.0 * decay + open01(&mut key.draw(u64::from(i)))
                })
                .collect();
            let cut = mser5(&run).unwrap();
            assert_eq!(cut, by_definition(&run));
            assert!((100..=500).contains(&cut), "{cut}");
        }
    }

    #[test]
    fn a_constant_run_needs_no_warm_up() {
        assert_eq!(mser5(&[3.0; 100]), Ok(0));
    }

    #[test]
    fn a_run_that_never_settles_is_too_short() {
        let trend: Vec<f64> = (0..200).map(f64::from).collect();
        assert_eq!(mser5(&trend), Err(TooShort { observations: 200 }));
    }
}
