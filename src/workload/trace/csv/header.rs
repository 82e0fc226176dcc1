//! Which column of a CSV stands where, and in which unit.
//!
//! Names match exactly; `map` renames. Invariant: the required columns are there, each once.

use super::cells::Cells;
use crate::workload::spec::TraceSpec;
use crate::workload::tally::Fault;
use crate::workload::trace::field::Field;
use crate::workload::{Reason, WorkloadError};
use std::path::Path;

/// The canonical columns, and the units that a `map` entry may give them.
const CANONICAL: [(&str, &[&str]); 16] = [
    ("job_id", &[]),
    ("submit_time", &["s", "ms"]),
    ("queue", &[]),
    ("job_definition", &[]),
    ("vcpus", &[]),
    ("memory_mib", &["mib", "gib"]),
    ("gpus", &[]),
    ("run_time", &["s", "ms"]),
    ("array_size", &[]),
    ("depends_on", &[]),
    ("priority", &[]),
    ("share", &[]),
    ("attempts", &[]),
    ("timeout", &["s", "ms"]),
    ("exit_code", &[]),
    ("status", &[]),
];

/// How a scenario renames a column.
const RENAME: &str = "the trace's key `map: {CANONICAL: COLUMN}` renames a column";

/// Where the canonical columns stand.
pub(super) struct Header {
    pub(super) width: usize,
    pub(super) submit_time: Column,
    pub(super) run_time: Column,
    pub(super) vcpus: Column,
    pub(super) job_id: Option<Column>,
    pub(super) queue: Option<Column>,
    pub(super) job_definition: Option<Column>,
    pub(super) memory_mib: Option<Column>,
    pub(super) gpus: Option<Column>,
    pub(super) array_size: Option<Column>,
    pub(super) attempts: Option<Column>,
    pub(super) timeout: Option<Column>,
    pub(super) share: Option<Column>,
    pub(super) priority: Option<Column>,
    pub(super) depends_on: Option<Column>,
}

/// One column.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) index: usize,
    pub(super) unit: Unit,
}

/// The unit of its numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Seconds, MiB, or none.
    Canonical,
    Ms,
    Gib,
}

impl Unit {
    /// Decimal places between this unit of time and the millisecond.
    #[inline]
    pub(super) const fn millis_digits(self) -> u32 {
        match self {
            Self::Ms => 0,
            Self::Canonical | Self::Gib => 3,
        }
    }
}

impl Column {
    /// The field without blanks around it.
    #[inline(always)]
    pub(super) fn of<'a>(&self, record: Cells<'a>) -> Field<'a> {
        record.field(self.index)
    }

    #[cold]
    pub(super) fn fault(&self, reason: Reason, value: Field<'_>) -> Fault {
        Fault::new(reason, self.name, value.text())
    }
}

impl Header {
    pub(super) fn new(record: Cells<'_>, spec: &TraceSpec) -> Result<Self, WorkloadError> {
        let path = &spec.path;
        let names = names(record, path)?;
        check_map(spec)?;
        let find = |name: &'static str| find(name, &names, spec);
        let required = |name: &'static str| {
            find(name)?.ok_or_else(|| {
                let required = "the required columns are submit_time, run_time and vcpus";
                let problem = format!("column `{name}` is missing; {required}");
                header_error(path, problem, hint(name, &names))
            })
        };
        Ok(Self {
            width: names.len(),
            submit_time: required("submit_time")?,
            run_time: required("run_time")?,
            vcpus: required("vcpus")?,
            job_id: find("job_id")?,
            queue: find("queue")?,
            job_definition: find("job_definition")?,
            memory_mib: find("memory_mib")?,
            gpus: find("gpus")?,
            array_size: find("array_size")?,
            attempts: find("attempts")?,
            timeout: find("timeout")?,
            share: find("share")?,
            priority: find("priority")?,
            depends_on: find("depends_on")?,
        })
    }
}

fn names<'a>(record: Cells<'a>, path: &Path) -> Result<Vec<&'a str>, WorkloadError> {
    let name = |field: &'a [u8]| {
        let what = "the header";
        std::str::from_utf8(field).map(str::trim).map_err(|_| WorkloadError::NotUtf8 {
            path: path.into(),
            line: 1,
            what,
        })
    };
    record.iter().map(name).collect()
}

/// The place of a canonical column under its mapped name, else under its own.
fn find(
    name: &'static str,
    names: &[&str],
    spec: &TraceSpec,
) -> Result<Option<Column>, WorkloadError> {
    let mapped = spec.map.iter().find(|(canonical, _, _)| canonical == name);
    let (wanted, unit) = match mapped.map(|(_, column, unit)| (column.as_str(), unit.as_str())) {
        Some((column, "ms")) => (column, Unit::Ms),
        Some((column, "gib")) => (column, Unit::Gib),
        Some((column, _)) => (column, Unit::Canonical),
        None => (name, Unit::Canonical),
    };
    let mut places = names.iter().enumerate().filter(|(_, found)| **found == wanted);
    let place = places.next();
    if places.next().is_some() {
        let problem = format!("column `{wanted}` stands there twice; expected it once");
        return Err(header_error(&spec.path, problem, "rename one of them".into()));
    }
    if place.is_none() && mapped.is_some() {
        let problem = format!("column `{wanted}`, mapped to {name}, is not in the header");
        return Err(header_error(&spec.path, problem, hint(wanted, names)));
    }
    Ok(place.map(|(index, _)| Column { name, index, unit }))
}

fn check_map(spec: &TraceSpec) -> Result<(), WorkloadError> {
    for (canonical, column, unit) in &spec.map {
        let known = CANONICAL.iter().find(|(name, _)| name == canonical);
        let Some((_, units)) = known else {
            let problem = format!("`{canonical}` (mapped from `{column}`) is no canonical column");
            let all = CANONICAL.map(|(name, _)| name);
            return Err(header_error(&spec.path, problem, hint(canonical, &all)));
        };
        if !unit.is_empty() && !units.contains(&unit.as_str()) {
            let problem = format!("`{canonical}` can not be given in `{unit}`");
            let hint = match units {
                [] => "it has no unit; leave it out".into(),
                units => format!("its units are {}", units.join(" and ")),
            };
            return Err(header_error(&spec.path, problem, hint));
        }
    }
    Ok(())
}

/// The most similar name, or how to map one.
fn hint(wanted: &str, names: &[&str]) -> String {
    let likeness = |name: &str| strsim::jaro_winkler(wanted, &name.to_ascii_lowercase());
    // The first of equally similar names, so that the message never depends on anything else.
    let best = names.iter().rev().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match best {
        Some(name) if likeness(name) >= 0.8 => {
            format!("did you mean `{name}`? {RENAME}")
        }
        _ => {
            let found = if names.is_empty() { "nothing".into() } else { names.join(", ") };
            format!("the names are: {found}; {RENAME}")
        }
    }
}

fn header_error(path: &Path, problem: String, hint: String) -> WorkloadError {
    WorkloadError::Header { path: path.into(), problem, hint }
}
