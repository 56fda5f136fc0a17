//! One step of damped least squares with a prior (Marquardt 1963, "An algorithm for least-squares estimation of nonlinear
//! parameters"; the prior as in ridge regression, Hoerl and Kennard 1970).

use nalgebra::{DMatrix, DVector};

/// Where the search stands.
pub(super) struct Problem {
    /// How far each figure is missed, in its tolerances.
    pub misses: DVector<f64>,
    /// How each miss changes with each number.
    pub slopes: DMatrix<f64>,
    /// How far each number has been moved, in its priors.
    pub moved: DVector<f64>,
}

/// The step that lowers the sum of squares of misses and moves the most, where slopes are straight; the more it is
/// damped, the shorter, each number by what the misses make of it.
pub(super) fn step(problem: &Problem, damping: f64) -> DVector<f64> {
    let Problem { misses, slopes, moved } = problem;
    let n = moved.len();
    let mut squares = slopes.transpose() * slopes;
    for number in 0..n {
        squares[(number, number)] = squares[(number, number)] * (1.0 + damping) + 1.0;
    }
    let downhill = -(slopes.transpose() * misses + moved);
    // The priors' one on the diagonal keeps it positive definite.
    squares.cholesky().map_or_else(|| DVector::zeros(n), |factors| factors.solve(&downhill))
}
