//! The binary: parses, dispatches, prints the error, sets the exit code.
fn main() {}
