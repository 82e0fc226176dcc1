//! When submissions arrive: once, or by an arrival process with the parameters that it takes.

use super::Reader;
use crate::experiment::scenario::error::{Complaint, Report};
use crate::experiment::scenario::path::Path;
use crate::experiment::scenario::raw::workload::{Arrivals, Entry};
use crate::experiment::scenario::scalar::Moment;
use crate::experiment::scenario::validate::moment;
use crate::sim::SimTime;
use crate::workload::spec::{ArrivalProcess, MmppState};

const DAY_MS: i64 = 86_400_000;

impl Reader<'_> {
    pub(super) fn instant(
        &self,
        moment: Moment,
        path: &Path,
        report: &mut Report,
    ) -> Option<SimTime> {
        moment::instant(self.raw.start, moment, path, report)
    }

    /// The times of a submit entry; mistakes go to the report.
    pub(super) fn arrivals(
        &self,
        entry: &Entry,
        path: &Path,
        report: &mut Report,
    ) -> Option<ArrivalProcess> {
        match (&entry.at, &entry.arrivals) {
            (Some(_), Some(_)) => {
                report.error(path, Complaint::new("at and arrivals exclude each other"));
                None
            }
            (at, None) => {
                let at = at.unwrap_or_default();
                self.instant(at, &path.key("at"), report).map(ArrivalProcess::At)
            }
            (None, Some(raw)) => self.process(raw, &path.key("arrivals"), report),
        }
    }

    fn process(&self, raw: &Arrivals, path: &Path, report: &mut Report) -> Option<ArrivalProcess> {
        let from = self.instant(raw.from, &path.key("from"), report)?;
        let until = match (raw.until, self.raw.horizon) {
            (Some(until), _) => self.instant(until, &path.key("until"), report)?,
            (None, Some(horizon)) => SimTime::ZERO + horizon.0,
            (None, None) => {
                let complaint = Complaint::new("arrivals have no end");
                report.error(path, complaint.hint("write until: 24h here, or a horizon"));
                return None;
            }
        };
        if until < from {
            let complaint = Complaint::new("arrivals end before they begin");
            report.error(&path.key("until"), complaint);
        }
        let before = report.errors.len();
        check_process(raw, path, report);
        if report.errors.len() > before {
            return None;
        }
        let per_hour = raw.per_hour.unwrap_or_default();
        let millis_of_day = self.raw.start.0.as_millisecond().rem_euclid(DAY_MS);
        Some(match raw.process.as_str() {
            "deterministic" => ArrivalProcess::Deterministic { per_hour, from, until },
            "diurnal" => ArrivalProcess::Diurnal {
                per_hour,
                amplitude: raw.amplitude.unwrap_or_default(),
                peak_hour: raw.peak_hour.unwrap_or_default(),
                day_offset_ms: millis_of_day as u64,
                from,
                until,
            },
            "mmpp" => {
                let states = raw.states.iter().flatten().map(|state| MmppState {
                    per_hour: state.per_hour,
                    mean_stay_s: state.mean_stay.0.as_secs_f64(),
                });
                ArrivalProcess::Mmpp { states: states.collect(), from, until }
            }
            _ => ArrivalProcess::Poisson { per_hour, from, until },
        })
    }
}

/// Which keys a process takes, and that its rates lead anywhere.
fn check_process(raw: &Arrivals, path: &Path, report: &mut Report) {
    let name = raw.process.as_str();
    let takes: &[&str] = match name {
        "mmpp" => &["states"],
        "diurnal" => &["perHour", "amplitude", "peakHour"],
        _ => &["perHour"],
    };
    for (key, given) in [
        ("perHour", raw.per_hour.is_some()),
        ("amplitude", raw.amplitude.is_some()),
        ("peakHour", raw.peak_hour.is_some()),
        ("states", raw.states.is_some()),
    ] {
        if given && !takes.contains(&key) {
            let complaint = Complaint::new(format!("{key} is no parameter of {name}"));
            report.key_error(&path.key(key), complaint.accepted(takes.join(", ")));
        }
        if !given && takes.contains(&key) {
            let complaint = Complaint::new(format!("{key} of {name} is missing"));
            report.error(path, complaint.accepted(takes.join(", ")));
        }
    }
    if raw.per_hour == Some(0.0) {
        let complaint = Complaint::new("0 arrivals per hour never arrive");
        report.error(&path.key("perHour"), complaint.accepted("more than 0"));
    }
    let Some(states) = &raw.states else { return };
    let idle = states.iter().all(|state| state.per_hour == 0.0);
    let instant = states.iter().any(|state| state.mean_stay.0.as_millis() == 0);
    if idle || instant {
        let complaint = Complaint::new("the states of an mmpp lead nowhere");
        let accepted = "at least one state with perHour above 0, every meanStay above 0s";
        report.error(&path.key("states"), complaint.accepted(accepted));
    }
}
