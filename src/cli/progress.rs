//! A line of progress on stderr, when it is a terminal and the run lasts.

use super::Talk;
use super::output::stderr_is_terminal;
use batchcast::experiment::replicate::Progress;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A run that is done by then shows no progress.
const PATIENCE: Duration = Duration::from_millis(700);

/// Shows how far a run is.
pub(super) struct ProgressLine {
    bar: ProgressBar,
    /// Whether there is somebody to see it.
    wanted: bool,
    begun: Instant,
    submissions: AtomicU64,
}

impl ProgressLine {
    pub(super) fn new(replications: u32, talk: Talk, begun: Instant) -> Self {
        let hidden = ProgressDrawTarget::hidden();
        let bar = ProgressBar::with_draw_target(Some(u64::from(replications)), hidden);
        let template = match replications {
            1 => "{elapsed}  {wide_msg}",
            _ => "{bar:20} {pos} of {len} replications, {elapsed}  {wide_msg}",
        };
        // A template that the library refuses leaves its default look.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let wanted = stderr_is_terminal() && !talk.quiet;
        Self { bar, wanted, begun, submissions: AtomicU64::new(0) }
    }

    /// Takes a report from any thread.
    pub(super) fn report(&self, progress: Progress) {
        if !self.wanted {
            return;
        }
        if self.bar.is_hidden() && self.begun.elapsed() > PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        match progress {
            Progress::Finished { .. } => self.bar.inc(1),
            Progress::Arrived { submissions, time, .. } => {
                let all = self.submissions.fetch_add(submissions, Ordering::Relaxed) + submissions;
                let days = time.as_millis() / 86_400_000;
                self.bar.set_message(format!("{} submissions, day {days}", HumanCount(all)));
            }
        }
    }

    /// Leaves no trace of the line.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
