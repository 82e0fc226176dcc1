//! A line of progress on stderr, when it is a terminal and the run lasts.

use super::Talk;
use super::output::stderr_is_rich;
use batchcast::experiment::replicate::Progress;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A run that is done by then shows no progress.
const PATIENCE: Duration = Duration::from_millis(700);

/// Shows how far a run is.
pub(super) struct ProgressLine {
    bar: ProgressBar,
    begun: Instant,
    submissions: AtomicU64,
}

impl ProgressLine {
    pub(super) fn new(replications: u32, talk: Talk, begun: Instant) -> Self {
        let bar = ProgressBar::with_draw_target(
            Some(u64::from(replications)),
            ProgressDrawTarget::hidden(),
        );
        if stderr_is_rich() && !talk.quiet {
            let template = match replications {
                1 => "{spinner} {elapsed}  {msg}",
                _ => "{bar:30} {pos} of {len} replications, {elapsed}  {msg}",
            };
            // The templates are tested by use: a wrong one leaves the default look.
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        Self { bar, begun, submissions: AtomicU64::new(0) }
    }

    /// Takes a report from any thread.
    pub(super) fn report(&self, progress: Progress) {
        let message = match progress {
            Progress::Finished { .. } => None,
            Progress::Arrived { submissions, time, .. } => {
                let all = self.submissions.fetch_add(submissions, Ordering::Relaxed) + submissions;
                let days = time.as_millis() / 86_400_000;
                Some(format!("{} submissions, day {days}", HumanCount(all)))
            }
        };
        if self.begun.elapsed() < PATIENCE {
            if message.is_none() {
                // Counted, not drawn.
                self.bar.update(|state| state.set_pos(state.pos() + 1));
            }
            return;
        }
        match message {
            None => self.bar.inc(1),
            Some(message) => self.bar.set_message(message),
        }
    }

    /// Leaves no trace of the line.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
