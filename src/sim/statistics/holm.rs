//! Holm's step-down procedure: several tests at once, one bound on being wrong anywhere.
//!
//! The smallest of k p-values is held against alpha / k, the next against alpha / (k - 1), and so
//! on until one is not rejected. The probability of rejecting any true hypothesis is then at most
//! alpha, whatever the tests have to do with each other (Holm, 1979); it never rejects less than
//! Bonferroni's correction does.

/// What the procedure says of one hypothesis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HolmStep {
    /// The level that it was held against. Those behind the first that was not rejected share its
    /// level.
    pub level: f64,
    /// Rejected when this is below alpha: the p-value corrected for the company it is in.
    pub adjusted_p: f64,
}

/// One step a p-value, in the order given. Equal p-values are taken in that order.
///
/// ```
/// use batchcast::sim::statistics::holm;
/// let steps = holm(&[0.03, 0.01], 0.05);
/// assert_eq!((steps[1].level, steps[1].adjusted_p), (0.025, 0.02)); // 0.01 is below 0.025: go on
/// assert_eq!((steps[0].level, steps[0].adjusted_p), (0.05, 0.03));
/// ```
#[must_use]
pub fn holm(p_values: &[f64], alpha: f64) -> Vec<HolmStep> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    // The position makes the order total.
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]).then(a.cmp(&b)));
    let mut steps = vec![HolmStep { level: alpha, adjusted_p: 1.0 }; p_values.len()];
    let (mut level, mut adjusted_p, mut going_on) = (alpha, 0.0_f64, true);
    for (rank, position) in order.into_iter().enumerate() {
        let left = (p_values.len() - rank) as f64;
        if going_on {
            level = alpha / left;
        }
        adjusted_p = adjusted_p.max((left * p_values[position]).min(1.0));
        going_on = going_on && p_values[position] < level;
        steps[position] = HolmStep { level, adjusted_p };
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_hypotheses_step_down_as_by_hand() {
        // Sorted 0.005, 0.011, 0.02, 0.04 against 0.05 / 4, / 3, / 2, / 1: all rejected.
        let steps = holm(&[0.011, 0.02, 0.04, 0.005], 0.05);
        assert!(steps.iter().all(|step| step.adjusted_p < 0.05));
        let levels: Vec<f64> = steps.iter().map(|step| step.level).collect();
        assert_eq!(levels, [0.05 / 3.0, 0.025, 0.05, 0.0125]);
    }

    #[test]
    fn behind_the_first_that_is_not_rejected_nothing_is() {
        // 0.01 < 0.0125; 0.03 > 0.05 / 3 stops it, although 0.04 < 0.05 / 1.
        let steps = holm(&[0.01, 0.04, 0.03, 0.035], 0.05);
        assert!(steps[1..].iter().all(|step| step.level == 0.05 / 3.0));
        // 4 x 0.01; then the largest so far of 3 x 0.03, 2 x 0.035, 1 x 0.04.
        let adjusted: Vec<f64> = steps.iter().map(|step| step.adjusted_p).collect();
        assert_eq!(adjusted, [0.04, 0.09, 0.09, 0.09]);
    }

    #[test]
    fn ties_are_taken_in_the_order_given_and_one_test_is_left_as_it_is() {
        let steps = holm(&[0.02, 0.02], 0.05);
        assert_eq!((steps[0].level, steps[1].level), (0.025, 0.05));
        assert_eq!(steps[0].adjusted_p, steps[1].adjusted_p);
        assert_eq!(holm(&[0.049], 0.05)[0].level, 0.05);
        assert!(holm(&[], 0.05).is_empty());
    }
}
