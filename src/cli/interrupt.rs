//! Ctrl-C: once asks the run to stop, twice ends the process.

use super::Failure;
use super::failure::INTERRUPTED;
use super::output::say;
use std::sync::atomic::{AtomicBool, Ordering};

static STOP: AtomicBool = AtomicBool::new(false);

/// What becomes true at the first Ctrl-C.
///
/// # Errors
/// When the system takes no handler.
pub(super) fn watch() -> Result<&'static AtomicBool, Failure> {
    let on_interrupt = || {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(INTERRUPTED));
        }
        say("\nstopping: replications that are done are kept; again to leave at once");
    };
    ctrlc::set_handler(on_interrupt)
        .map_err(|error| Failure::runtime(format!("Ctrl-C can not be watched: {error}")))?;
    Ok(&STOP)
}
