//! Which columns of a log say what: those that are asked for, else those that known tools write.

use crate::workload::WorkloadError;
use std::path::Path;
use std::str::FromStr;

/// Columns by name; what is left out is looked for among the known ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Those that together tell what work was done, the first one the task's name.
    pub task: Vec<String>,
    /// The machine.
    pub machine: Option<String>,
    /// The run time.
    pub run_time: Option<RunTimeColumn>,
}

/// A column of run times: `realtime`, `realtime:ms`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunTimeColumn {
    /// Its name.
    pub column: String,
    /// `None`: milliseconds where a known tool writes them under this name, else seconds.
    pub unit: Option<TimeUnit>,
}

/// The unit of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// `s`
    Seconds,
    /// `ms`
    Milliseconds,
}

impl TimeUnit {
    const fn per_second(self) -> f64 {
        match self {
            Self::Seconds => 1.0,
            Self::Milliseconds => 1_000.0,
        }
    }
}

impl FromStr for RunTimeColumn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (column, unit) = match text.rsplit_once(':') {
            None => (text, None),
            Some((column, "s")) => (column, Some(TimeUnit::Seconds)),
            Some((column, "ms")) => (column, Some(TimeUnit::Milliseconds)),
            Some(_) => ("", None),
        };
        if column.is_empty() {
            return Err("expected COLUMN, COLUMN:s or COLUMN:ms".to_owned());
        }
        Ok(Self { column: column.to_owned(), unit })
    }
}

/// What names a task, the first that is there, in any case of its letters.
const TASK: [&str; 3] = ["task", "process", "name"];
/// What else two rows must share to have done the same work, as far as it is there.
const SAME_WORK: [&str; 3] = ["workflow", "cpus", "workflowinputsize"];
/// What names a machine, the first that is there.
const MACHINE: [&str; 5] = ["machine", "machine_type", "instance_type", "node", "hostname"];
/// What says how long a task ran.
const RUN_TIME: [(&str, TimeUnit); 2] =
    [("run_time", TimeUnit::Seconds), ("realtime", TimeUnit::Milliseconds)];
/// What says whether a task succeeded, and how.
const SUCCESS: [(&str, &[&str]); 3] =
    [("status", &["COMPLETED", "SUCCEEDED"]), ("exit", &["0"]), ("exit_code", &["0"])];

/// Where the columns stand.
pub(super) struct Places {
    /// Never empty.
    pub(super) task: Vec<usize>,
    pub(super) machine: usize,
    /// With how many of its units are a second.
    pub(super) run_time: (usize, f64),
    /// Columns that say whether a task succeeded, with what they say if it did.
    pub(super) success: Vec<(usize, &'static [&'static str])>,
}

impl Places {
    pub(super) fn find(
        names: &csv::StringRecord,
        columns: &Columns,
        path: &Path,
    ) -> Result<Self, WorkloadError> {
        let header = Header { names, path };
        let run_time = match &columns.run_time {
            Some(asked) => {
                let known =
                    RUN_TIME.iter().find(|(name, _)| asked.column.eq_ignore_ascii_case(name));
                let unit = asked.unit.or_else(|| known.map(|(_, unit)| *unit));
                (header.named(&asked.column, "--run-time")?, unit.unwrap_or(TimeUnit::Seconds))
            }
            None => {
                let (place, at) = header.known(&RUN_TIME.map(|(name, _)| name), "--run-time")?;
                (at, RUN_TIME[place].1)
            }
        };
        let success =
            SUCCESS.iter().filter_map(|(name, accepted)| Some((header.at(name)?, *accepted)));
        Ok(Self {
            task: header.task(&columns.task)?,
            machine: match &columns.machine {
                Some(asked) => header.named(asked, "--machine")?,
                None => header.known(&MACHINE, "--machine")?.1,
            },
            run_time: (run_time.0, run_time.1.per_second()),
            success: success.collect(),
        })
    }

    /// The names of the columns in use.
    pub(super) fn names(&self, header: &csv::StringRecord) -> Vec<String> {
        let places = self.task.iter().chain([&self.machine, &self.run_time.0]);
        places.filter_map(|at| header.get(*at)).map(|name| name.trim().to_owned()).collect()
    }
}

/// The first line of a log.
struct Header<'a> {
    names: &'a csv::StringRecord,
    path: &'a Path,
}

impl Header<'_> {
    /// The first column of a name, in any case of its letters.
    fn at(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|found| found.trim().eq_ignore_ascii_case(name))
    }

    fn task(&self, asked: &[String]) -> Result<Vec<usize>, WorkloadError> {
        if !asked.is_empty() {
            return asked.iter().map(|name| self.named(name, "--task")).collect();
        }
        let (_, task) = self.known(&TASK, "--task")?;
        let more = SAME_WORK.iter().filter_map(|name| self.at(name));
        Ok([task].into_iter().chain(more).collect())
    }

    /// The column that is asked for by its exact name.
    fn named(&self, asked: &str, flag: &str) -> Result<usize, WorkloadError> {
        match self.names.iter().position(|found| found.trim() == asked) {
            Some(at) => self.once(at),
            None => Err(self.missing(&[asked], flag)),
        }
    }

    /// The first of the known names that is there, and where.
    fn known(&self, known: &[&str], flag: &str) -> Result<(usize, usize), WorkloadError> {
        let mut found = known.iter().enumerate().filter_map(|(n, name)| Some((n, self.at(name)?)));
        let (place, at) = found.next().ok_or_else(|| self.missing(known, flag))?;
        Ok((place, self.once(at)?))
    }

    fn once(&self, at: usize) -> Result<usize, WorkloadError> {
        let name = self.names.get(at).unwrap_or_default().trim();
        if self.names.iter().filter(|other| other.trim() == name).count() == 1 {
            return Ok(at);
        }
        let problem = format!("column `{name}` stands there twice; expected it once");
        Err(self.error(problem, "rename one of them".to_owned()))
    }

    fn missing(&self, wanted: &[&str], flag: &str) -> WorkloadError {
        let quoted: Vec<String> = wanted.iter().map(|name| format!("`{name}`")).collect();
        let problem = match &quoted[..] {
            [one] => format!("there is no column {one}"),
            all => format!("there is no column {}", all.join(" or ")),
        };
        let names: Vec<&str> = self.names.iter().map(str::trim).collect();
        let likeness = |name: &str| {
            let of = |wanted: &&str| strsim::jaro_winkler(wanted, &name.to_ascii_lowercase());
            wanted.iter().map(of).fold(0.0, f64::max)
        };
        // The first of equally similar names, so that the message depends on nothing else.
        let best = names.iter().rev().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        let hint = match best.filter(|name| likeness(name) >= 0.8) {
            Some(name) => format!("did you mean `{name}`? {flag} names a column"),
            None => {
                let all = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
                format!("the columns are: {all}; {flag} names one of them")
            }
        };
        self.error(problem, hint)
    }

    fn error(&self, problem: String, hint: String) -> WorkloadError {
        WorkloadError::Header { path: self.path.into(), problem, hint }
    }
}
