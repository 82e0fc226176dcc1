//! What is asked of the model: scenarios, replications, comparisons, and theory to check against.

pub mod scenario;
