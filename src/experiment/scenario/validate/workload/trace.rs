//! Traces: the file, its format, and what to do with its rows.

use super::{Reader, takes_rows};
use crate::batch::job_definition::{
    JobDefinition, JobDefinitionId, Platform, Requirements, RetryStrategy,
};
use crate::experiment::scenario::error::{Complaint, Report};
use crate::experiment::scenario::path::Path;
use crate::experiment::scenario::raw::aws::JobQueue;
use crate::experiment::scenario::raw::workload::Trace;
use crate::experiment::scenario::validate::definition::{self, DefinitionOrigin};
use crate::experiment::scenario::validate::feasibility::Feasibility;
use crate::workload::spec::{TooLarge, TraceFormat, TraceMemory, TraceSpec};

impl Reader<'_> {
    /// A trace; mistakes go to the report.
    pub(super) fn trace(
        &mut self,
        raw: &Trace,
        path: &Path,
        report: &mut Report,
    ) -> Option<TraceSpec> {
        let file = report.ok(&path.key("file"), self.files.path(&raw.file));
        let format = report.ok(&path.key("file"), format_of(raw));
        let queue = self.queue(&raw.job_queue, &path.key("jobQueue"), report);
        let tasks = |queue: usize| self.feasibility.as_ref().is_some_and(|f| f.takes_tasks(queue));
        if queue.is_some_and(|queue| tasks(queue.index())) {
            let text = format!("the compute environments of {} are of Fargate", raw.job_queue);
            let hint =
                "replay a trace in a queue of EC2 or SPOT environments, or write submit entries";
            report.error(&path.key("jobQueue"), Complaint::new(text).hint(hint));
        }
        // A row can not name a queue that does not take it.
        let name = |(index, queue): (usize, &JobQueue)| match tasks(index) {
            true => String::new(),
            false => queue.job_queue_name.clone(),
        };
        let queue_names = self.raw.job_queues.iter().enumerate().map(name).collect();
        let definition = match &raw.job_definition {
            Some(reference) => {
                let path = path.key("jobDefinition");
                let id = report.ok(&path, self.definitions.find(reference))?.id;
                let definition = id.map(|id| &self.definitions.list[id.index()]);
                definition.map(|definition| report.ok(&path, takes_rows(definition)));
                id
            }
            None => Some(self.own_definition(&raw.file)),
        };
        let map = map_of(raw, path, report);
        let format = format?;
        if let (TraceFormat::Swf, Some(queue)) = (format, queue)
            && let Some(complaint) = self.log_without_shares(queue)
        {
            report.error(&path.key("jobQueue"), complaint);
        }
        Some(TraceSpec {
            path: file?,
            format,
            queue: queue?,
            definition: definition?,
            queue_names,
            definition_names: Vec::new(),
            share_rules: self.share_rules(),
            definition_priorities: Vec::new(),
            origin_first: raw.origin == "first",
            start_unix_ms: self.raw.start.0.as_millisecond(),
            memory_mib_per_vcpu: raw.memory_mib_per_vcpu,
            memory: memory_of(raw, format),
            too_large: match raw.too_large.as_str() {
                "clamp" => TooLarge::Clamp,
                "multinode" => {
                    let corners = self.feasibility.as_ref().map(Feasibility::node_corners);
                    TooLarge::Multinode(corners.unwrap_or_default())
                }
                _ => TooLarge::Reject,
            },
            corners: self.feasibility.as_ref().map(Feasibility::corners).unwrap_or_default(),
            max_rejects: self.max_rejects,
            map,
            first_handle: 0,
        })
    }

    /// The definition of a file that names none: called like the file, without a model.
    pub(super) fn own_definition(&mut self, file: &str) -> JobDefinitionId {
        let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
        let name = name.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or("trace");
        let known = self.definitions.list.iter().position(|d| d.name == name);
        if let Some(index) = known {
            return JobDefinitionId::from_index(index);
        }
        let origin = DefinitionOrigin { name: name.to_owned(), revision: 1, position: None };
        let definition = JobDefinition {
            name: name.to_owned(),
            requirements: Requirements { vcpus: 1, memory_mib: 0, gpus: 0 },
            scheduling_priority: None,
            platform: Platform::Ec2,
            fargate: None,
            nodes: None,
            consumables: Vec::new(),
            retry: RetryStrategy::default(),
            timeout: None,
            stop_timeout: None,
            image: String::new(),
            model: definition::bare_model(),
        };
        self.definitions.add(definition, origin, Vec::new())
    }
}

/// Says the defaults that depend on the file's name; nothing changes when it can not be told.
pub(in super::super) fn say_defaults(raw: &mut Trace) {
    let Ok(format) = format_of(raw) else { return };
    let memory = match memory_of(raw, format) {
        TraceMemory::Ignored => "ignored",
        TraceMemory::Requested => "requested",
        TraceMemory::Used => "used",
    };
    raw.memory = Some(memory.to_owned());
    let format = if format == TraceFormat::Swf { "swf" } else { "csv" };
    raw.format = Some(format.to_owned());
}

/// A log's memory is ignored unless it is asked for; a table's column is meant.
fn memory_of(raw: &Trace, format: TraceFormat) -> TraceMemory {
    match (raw.memory.as_deref(), format) {
        (Some("requested"), _) | (None, TraceFormat::Csv) => TraceMemory::Requested,
        (Some("used"), _) => TraceMemory::Used,
        _ => TraceMemory::Ignored,
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
