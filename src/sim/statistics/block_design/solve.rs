//! Symmetric positive definite systems of a few hundred unknowns, by Cholesky's decomposition.

/// A square matrix, row by row.
pub(super) struct Square {
    size: usize,
    entries: Vec<f64>,
}

impl Square {
    pub(super) fn zero(size: usize) -> Self {
        Self { size, entries: vec![0.0; size * size] }
    }

    pub(super) const fn size(&self) -> usize {
        self.size
    }

    pub(super) fn at(&self, row: usize, column: usize) -> f64 {
        self.entries[row * self.size + column]
    }

    pub(super) fn add(&mut self, row: usize, column: usize, amount: f64) {
        self.entries[row * self.size + column] += amount;
    }

    /// The product with a vector of as many entries.
    pub(super) fn times(&self, vector: &[f64]) -> Vec<f64> {
        let of_row =
            |row: usize| (0..self.size).map(|column| self.at(row, column) * vector[column]).sum();
        (0..self.size).map(of_row).collect()
    }

    /// The inverse of a symmetric matrix; `None` unless it is positive definite.
    pub(super) fn inverse(&self) -> Option<Self> {
        let factor = self.factor()?;
        let mut inverse = Self::zero(self.size);
        for column in 0..self.size {
            let mut solution = vec![0.0; self.size];
            for row in column..self.size {
                let unit = if row == column { 1.0 } else { 0.0 };
                let known: f64 =
                    (column..row).map(|before| factor.at(row, before) * solution[before]).sum();
                solution[row] = (unit - known) / factor.at(row, row);
            }
            for row in (0..self.size).rev() {
                let known: f64 =
                    (row + 1..self.size).map(|after| factor.at(after, row) * solution[after]).sum();
                solution[row] = (solution[row] - known) / factor.at(row, row);
            }
            for (row, value) in solution.into_iter().enumerate() {
                inverse.add(row, column, value);
            }
        }
        Some(inverse)
    }

    /// The lower triangle whose product with its transpose is this matrix.
    fn factor(&self) -> Option<Self> {
        let mut factor = Self::zero(self.size);
        for row in 0..self.size {
            for column in 0..=row {
                let known: f64 =
                    (0..column).map(|k| factor.at(row, k) * factor.at(column, k)).sum();
                let rest = self.at(row, column) - known;
                let entry = if row > column {
                    rest / factor.at(column, column)
                } else if rest > 0.0 {
                    rest.sqrt()
                } else {
                    return None;
                };
                factor.add(row, column, entry);
            }
        }
        Some(factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(rows: &[&[f64]]) -> Square {
        Square { size: rows.len(), entries: rows.concat() }
    }

    #[test]
    fn an_inverse_undoes_its_matrix() {
        let matrix = square(&[&[4.0, 2.0, -1.0], &[2.0, 5.0, 0.5], &[-1.0, 0.5, 3.0]]);
        let inverse = matrix.inverse().unwrap();
        let there = matrix.times(&[1.0, -2.0, 3.0]);
        for (back, asked) in inverse.times(&there).into_iter().zip([1.0, -2.0, 3.0]) {
            assert!((back - asked).abs() < 1e-12, "{back} instead of {asked}");
        }
    }

    #[test]
    fn what_is_not_positive_definite_has_none() {
        assert!(square(&[&[1.0, 1.0], &[1.0, 1.0]]).inverse().is_none());
        assert!(square(&[&[0.0]]).inverse().is_none());
        assert!(square(&[&[f64::NAN]]).inverse().is_none());
        assert_eq!(Square::zero(0).inverse().unwrap().size(), 0);
    }
}
