//! Instants of a run: a time since its start, or of the calendar.

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::scalar::{Instant, Moment};
use crate::sim::SimTime;

/// The instant of a moment in a run that starts at `start`; one before it is a mistake.
pub(super) fn instant(
    start: Instant,
    moment: Moment,
    path: &Path,
    report: &mut Report,
) -> Option<SimTime> {
    match moment {
        Moment::SinceStart(since) => Some(SimTime::ZERO + since),
        Moment::Calendar(instant) => {
            let millis = instant.as_millisecond() - start.0.as_millisecond();
            let since = u64::try_from(millis).map_err(|_| {
                Complaint::new(format!("{instant} is before the start"))
                    .accepted(format!("{} or later", start.0))
            });
            report.ok(path, since).map(SimTime::from_millis)
        }
    }
}
