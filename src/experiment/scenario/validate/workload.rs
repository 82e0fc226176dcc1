//! The entries of `workload`: submissions with their times, traces with their mapping.

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::aws::{ContainerOverrides, SubmitJob};
use super::super::raw::workload::{Arrivals, Entry, Trace};
use super::super::raw::{InfeasibleJobs, Scenario};
use super::super::scalar::Moment;
use super::super::source::Files;
use super::definition::{self, Definitions};
use super::feasibility::Feasibility;
use super::{names, retry};
use crate::batch::job_definition::{JobDefinition, JobDefinitionId, Requirements};
use crate::batch::job_queue::JobQueueId;
use crate::sim::SimTime;
use crate::workload::spec::{
    ArrivalProcess, MmppState, SourceSpec, SubmitSpec, TooLarge, TraceFormat, TraceMemory,
    TraceSpec,
};
use crate::workload::submission::{JobName, JobSubmission};

/// What the entries of a workload refer to.
pub(super) struct Reader<'a> {
    pub(super) raw: &'a Scenario,
    pub(super) files: &'a Files,
    pub(super) definitions: &'a mut Definitions,
    pub(super) max_rejects: f64,
    /// Nothing while compute environments are wrong: what they can hold is not known.
    pub(super) feasibility: Option<Feasibility<'a>>,
}

/// The end of a run that has none: later than every arrival can be.
const DAY_MS: u64 = 86_400_000;

impl Reader<'_> {
    /// Every source; mistakes go to the report.
    pub(super) fn read(mut self, report: &mut Report) -> Vec<SourceSpec> {
        let list = Path::default().key("workload");
        if self.raw.workload.is_empty() {
            let complaint = Complaint::new("workload is empty, so nothing would happen");
            report.error(&list, complaint.accepted("at least one submit or trace entry"));
        }
        let entries = self.raw.workload.iter().enumerate();
        let mut sources: Vec<SourceSpec> = entries
            .filter_map(|(index, entry)| self.entry(entry, &list.index(index), report))
            .collect();
        // Traces know the names of definitions that later entries make.
        let names: Vec<_> = self.definitions.list.iter().map(|d| d.name.clone()).collect();
        for source in &mut sources {
            if let SourceSpec::Trace(trace) = source {
                trace.definition_names.clone_from(&names);
            }
        }
        sources
    }

    fn entry(&mut self, entry: &Entry, path: &Path, report: &mut Report) -> Option<SourceSpec> {
        match (&entry.submit, &entry.trace) {
            (Some(submit), None) => {
                let arrivals = self.arrivals(entry, path, report);
                let submission = self.submission(submit, &path.key("submit"), report);
                let (submission, arrivals) = (submission?, arrivals?);
                Some(SourceSpec::Submit(SubmitSpec { submission, arrivals }))
            }
            (None, Some(trace)) => {
                if entry.at.is_some() || entry.arrivals.is_some() {
                    let complaint = Complaint::new("a trace has times of its own");
                    report.error(path, complaint.hint("leave out at and arrivals"));
                }
                let trace = self.trace(trace, &path.key("trace"), report)?;
                Some(SourceSpec::Trace(trace))
            }
            _ => {
                let complaint = Complaint::new("an entry is a submit or a trace");
                let accepted = "{submit: {...}, at: 0s}, {submit: {...}, arrivals: {...}} or \
                    {trace: {...}}";
                report.error(path, complaint.accepted(accepted));
                None
            }
        }
    }

    fn queue(&self, reference: &str, path: &Path, report: &mut Report) -> Option<JobQueueId> {
        let known: Vec<_> = self.raw.job_queues.iter().map(|q| q.job_queue_name.clone()).collect();
        let found = names::find("job queue", names::last_segment(reference), &known);
        report.ok(path, found).map(JobQueueId::from_index)
    }

    fn submission(
        &mut self,
        submit: &SubmitJob,
        path: &Path,
        report: &mut Report,
    ) -> Option<JobSubmission> {
        let queue = self.queue(&submit.job_queue, &path.key("jobQueue"), report);
        let reference = path.key("jobDefinition");
        let found = report.ok(&reference, self.definitions.find(&submit.job_definition))?;
        // A definition that is wrong has been reported where it stands.
        let mut definition = found.id?;
        let base = &self.definitions.list[definition.index()];
        if base.model.runtime.is_none() {
            let name = &base.name;
            let complaint = Complaint::new(format!("how long a job of {name} runs is not said"));
            let hint = format!("write jobModels: {{{name}: {{runtime: 10m}}}}");
            report.error(&reference, complaint.hint(hint));
        }
        let mut requirements = base.requirements;
        if let Some(overrides) = &submit.container_overrides {
            let path = path.key("containerOverrides");
            apply_overrides(overrides, found.modern, &mut requirements, &path, report);
        }
        let attempts = self.own_retry(submit, &mut definition, path, report);
        let queue = queue?;
        self.can_be_held(submit, queue, requirements, path, report);
        Some(JobSubmission {
            name: JobName::Shared(submit.job_name.as_str().into()),
            queue,
            definition,
            requirements,
            run_time: None,
            array_size: submit.array_properties.as_ref().map_or(0, |array| array.size),
            attempts,
            timeout: submit.timeout.as_ref().map(definition::timeout),
            throttled: true,
        })
    }

    /// A submission's own attempts; with conditions of its own it gets a definition of its own.
    fn own_retry(
        &mut self,
        submit: &SubmitJob,
        definition: &mut JobDefinitionId,
        path: &Path,
        report: &mut Report,
    ) -> Option<u8> {
        let raw = submit.retry_strategy.as_ref()?;
        let retry = retry::read(raw, &path.key("retryStrategy"), report);
        if !retry.evaluate_on_exit.is_empty() {
            let base = self.definitions.list[definition.index()].clone();
            let name = format!("{} of {}", base.name, submit.job_name);
            *definition = self.definitions.add(JobDefinition { name, retry, ..base });
            return None;
        }
        raw.attempts
    }

    fn can_be_held(
        &self,
        submit: &SubmitJob,
        queue: JobQueueId,
        requirements: Requirements,
        path: &Path,
        report: &mut Report,
    ) {
        let Some(feasibility) = &self.feasibility else { return };
        let name = names::last_segment(&submit.job_definition);
        let Some(complaint) = feasibility.complaint(queue.index(), requirements, name) else {
            return;
        };
        if self.raw.infeasible_jobs == InfeasibleJobs::AsOnAws {
            report.warn(path, &format!("{}, so it stays RUNNABLE", complaint.message));
            return;
        }
        let hint = complaint.hint.clone().unwrap_or_default();
        let hint = format!("{hint}; infeasibleJobs: asOnAws lets it block its queue as AWS would");
        report.error(&path.key("jobDefinition"), complaint.hint(hint));
    }

    fn instant(&self, moment: Moment, path: &Path, report: &mut Report) -> Option<SimTime> {
        match moment {
            Moment::SinceStart(since) => Some(SimTime::ZERO + since),
            Moment::Calendar(instant) => {
                let start = self.raw.start.0;
                let millis = instant.as_millisecond() - start.as_millisecond();
                let since = u64::try_from(millis).map_err(|_| {
                    Complaint::new(format!("{instant} is before the start"))
                        .accepted(format!("{start} or later"))
                });
                report.ok(path, since).map(SimTime::from_millis)
            }
        }
    }

    fn arrivals(&self, entry: &Entry, path: &Path, report: &mut Report) -> Option<ArrivalProcess> {
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
        let millis_of_day = self.raw.start.0.as_millisecond().rem_euclid(DAY_MS as i64);
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

    fn trace(&mut self, raw: &Trace, path: &Path, report: &mut Report) -> Option<TraceSpec> {
        let file = report.ok(&path.key("file"), self.files.path(&raw.file));
        let format = report.ok(&path.key("file"), format_of(raw));
        let queue = self.queue(&raw.job_queue, &path.key("jobQueue"), report);
        let definition = match &raw.job_definition {
            Some(reference) => {
                let found = self.definitions.find(reference);
                report.ok(&path.key("jobDefinition"), found)?.id
            }
            None => Some(self.own_definition(&raw.file)),
        };
        let map = map_of(raw, path, report);
        let format = format?;
        let memory = match (raw.memory.as_deref(), format) {
            (Some("requested"), _) | (None, TraceFormat::Csv) => TraceMemory::Requested,
            (Some("used"), _) => TraceMemory::Used,
            _ => TraceMemory::Ignored,
        };
        Some(TraceSpec {
            path: file?,
            format,
            queue: queue?,
            definition: definition?,
            queue_names: self.raw.job_queues.iter().map(|q| q.job_queue_name.clone()).collect(),
            definition_names: Vec::new(),
            origin_first: raw.origin == "first",
            start_unix_ms: self.raw.start.0.as_millisecond(),
            memory_mib_per_vcpu: raw.memory_mib_per_vcpu,
            memory,
            too_large: match raw.too_large.as_str() {
                "clamp" => TooLarge::Clamp,
                _ => TooLarge::Reject,
            },
            corners: self.feasibility.as_ref().map(Feasibility::corners).unwrap_or_default(),
            max_rejects: self.max_rejects,
            map,
        })
    }

    /// The definition of a trace that names none: called like its file, without a model.
    fn own_definition(&mut self, file: &str) -> JobDefinitionId {
        let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
        let name = name.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or("trace");
        let known = self.definitions.list.iter().position(|d| d.name == name);
        if let Some(index) = known {
            return JobDefinitionId::from_index(index);
        }
        self.definitions.add(JobDefinition {
            name: name.to_owned(),
            requirements: Requirements { vcpus: 1, memory_mib: 0, gpus: 0 },
            retry: crate::batch::job_definition::RetryStrategy::default(),
            timeout: None,
            image: String::new(),
            model: definition::bare_model(),
        })
    }
}

/// `containerOverrides` (behaviour 4.1): the deprecated keys lose against `resourceRequirements`.
fn apply_overrides(
    overrides: &ContainerOverrides,
    modern: bool,
    requirements: &mut Requirements,
    path: &Path,
    report: &mut Report,
) {
    let deprecated = overrides.vcpus.is_some() || overrides.memory.is_some();
    if deprecated && modern {
        let text = "vcpus and memory do not override a definition's resourceRequirements, ignored";
        report.warn(path, text);
    } else {
        requirements.vcpus = overrides.vcpus.unwrap_or(requirements.vcpus);
        requirements.memory_mib = overrides.memory.unwrap_or(requirements.memory_mib);
    }
    definition::apply(&overrides.resource_requirements, requirements, path, report);
    definition::sane(*requirements, path, report);
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

fn format_of(raw: &Trace) -> Result<TraceFormat, Complaint> {
    let name = raw.file.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    match raw.format.as_deref() {
        Some("swf") => Ok(TraceFormat::Swf),
        Some(_) => Ok(TraceFormat::Csv),
        None if name.ends_with(".swf") => Ok(TraceFormat::Swf),
        None if name.ends_with(".csv") => Ok(TraceFormat::Csv),
        None => Err(Complaint::new(format!("the format of {} can not be told", raw.file))
            .accepted("a file called .swf, .csv, .swf.gz or .csv.gz, or format: swf or csv")),
    }
}

fn map_of(raw: &Trace, path: &Path, report: &mut Report) -> Vec<(String, String, String)> {
    let mut map = Vec::new();
    for (canonical, written) in &raw.map {
        let (column, unit) = written.rsplit_once(':').unwrap_or((written, ""));
        if !["", "s", "ms", "mib", "gib"].contains(&unit) {
            let complaint = Complaint::new(format!("{unit} is no unit of a column"));
            let path = path.key("map").key(canonical);
            report.error(&path, complaint.accepted("column, or column:s, :ms, :mib or :gib"));
        }
        map.push((canonical.clone(), column.to_owned(), unit.to_owned()));
    }
    map
}
