//! Ctrl-C: once asks the run to stop, twice ends the process.

use super::Failure;
use super::failure::INTERRUPTED;
use super::output::say;
use std::sync::atomic::{AtomicBool, Ordering};

static STOP: AtomicBool = AtomicBool::new(false);

/// What becomes true at the first Ctrl-C; `fate` says what then becomes of the work done.
///
/// # Errors
/// When the system takes no handler.
pub(super) fn watch(fate: &'static str) -> Result<&'static AtomicBool, Failure> {
    let on_interrupt = move || {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(INTERRUPTED));
        }
        say(&format!("\nstopping: {fate}; again to leave at once"));
    };
    ctrlc::set_handler(on_interrupt)
        .map_err(|error| Failure::runtime(format!("Ctrl-C can not be watched: {error}")))?;
    Ok(&STOP)
}
