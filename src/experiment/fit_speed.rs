//! Relative speeds of machines, fitted from logs of tasks that ran on several of them.
//!
//! The logarithm of a run time is taken for the sum of what the task says and what the machine
//! says, and an error. A task is compared with itself only: rows of tasks that ran on one machine
//! say nothing. Several logs are one: a task of one name is the same task in each.

#[cfg(test)]
mod tests;

use crate::ec2::catalog::InstanceType;
use crate::sim::statistics::{BlockDesign, TreatmentEffects};
use crate::workload::WorkloadError;
use crate::workload::task_log::{self, Columns, TaskLogTally, TaskRun};
use rustc_hash::FxHashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Share of intervals that hold the true speed.
pub const CONFIDENCE: f64 = 0.95;
/// More machines than this are names of single hosts; the equations grow with their square.
const MOST_MACHINES: usize = 2_000;

/// What is compared.
#[derive(Clone, Debug, PartialEq)]
pub struct FitOptions {
    /// Which columns say what.
    pub columns: Columns,
    /// Whether instance types are taken for their families: `c6i.large` for `c6i`.
    pub by_family: bool,
    /// The machine whose speed is 1; by default that with the most rows, the first by name of
    /// equals.
    pub reference: Option<String>,
    /// Shorter run times are left out: start-up and the clock's resolution are most of them.
    pub least_s: f64,
}

/// How fast machines work, against one of them. Plain data.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedSpeeds {
    /// The machine whose speed is 1.
    pub reference: String,
    /// Those that can be compared with it, itself included, by name.
    pub machines: Vec<MachineSpeed>,
    /// Machines that share no task with those, in groups that share tasks among themselves.
    pub apart: Vec<Vec<String>>,
    /// Tasks that ran on more than one machine.
    pub tasks: u64,
    /// Rows of those tasks.
    pub rows: u64,
    /// By what factor a run time differs from what its task and machine say, one standard
    /// deviation; `None` where there are too few rows to tell.
    pub spread: Option<f64>,
    /// What was read, in the order given.
    pub logs: Vec<ReadLog>,
}

/// How fast one machine works.
#[derive(Clone, Debug, PartialEq)]
pub struct MachineSpeed {
    /// As the log names it, or its family.
    pub machine: String,
    /// Times the reference machine.
    pub speed: f64,
    /// Ends of the interval; `None` where there are too few rows to tell.
    pub interval: Option<(f64, f64)>,
    /// Tasks that it shares with another machine.
    pub tasks: u64,
    /// Its rows of those tasks.
    pub rows: u64,
}

/// A log and what became of its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadLog {
    /// The file as it was named.
    pub path: PathBuf,
    /// Its rows.
    pub tally: TaskLogTally,
}

/// Why speeds can not be fitted.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// A log can not be read.
    #[error(transparent)]
    Log(#[from] WorkloadError),
    /// No row can be used.
    #[error("{}: none of {rows} rows can be used{reasons}\n  hint: {hint}", names(.paths))]
    NoRows {
        /// What was read.
        paths: Vec<PathBuf>,
        /// All rows.
        rows: u64,
        /// Why they can not be used, with the place of the first of each.
        reasons: String,
        /// What to do.
        hint: &'static str,
    },
    /// All rows are of one machine.
    #[error(
        "{}: all {rows} rows ran on {machine}; expected tasks that ran on two machines or more\n  \
         hint: give the logs of other machines too, or name the column of the machine with \
         --machine",
        names(.paths)
    )]
    OneMachine {
        /// What was read.
        paths: Vec<PathBuf>,
        /// The machine.
        machine: String,
        /// Its rows.
        rows: u64,
    },
    /// No task of the reference machine ran on another one.
    #[error(
        "{}: no task ran on {reference} and on another machine; machines that share tasks: {}\n  \
         hint: name with --task the columns that rows of the same work share, or another --reference",
        names(.paths), groups(.apart)
    )]
    NothingShared {
        /// What was read.
        paths: Vec<PathBuf>,
        /// The machine whose speed is 1.
        reference: String,
        /// Machines in groups that share tasks.
        apart: Vec<Vec<String>>,
    },
    /// A reference that did not run anything.
    #[error("no row ran on {reference}, the machine to compare with; expected {}", listed(.known))]
    UnknownReference {
        /// What was asked for.
        reference: String,
        /// The machines there are.
        known: Vec<String>,
    },
    /// Too many machines to compare.
    #[error(
        "{}: {machines} machines are too many to compare; expected at most {MOST_MACHINES}\n  hint: \
         --by-family takes instance types together; name the column of the type with --machine",
        names(.paths)
    )]
    TooManyMachines {
        /// What was read.
        paths: Vec<PathBuf>,
        /// How many there are.
        machines: usize,
    },
}

/// Reads logs and fits the speeds of their machines.
///
/// # Errors
/// [`FitError`] when a log can not be read, or nothing can be compared.
pub fn fit_speeds(paths: &[PathBuf], options: &FitOptions) -> Result<FittedSpeeds, FitError> {
    let mut rows = Rows::default();
    let mut logs = Vec::new();
    for path in paths {
        let open = |source| WorkloadError::Open { path: path.into(), source };
        let file = File::open(path).map_err(open)?;
        let mut each = |run: TaskRun<'_>| rows.add(run, options.by_family);
        let tally = task_log::read(file, path, &options.columns, options.least_s, &mut each)?;
        logs.push(ReadLog { path: path.clone(), tally });
    }
    rows.fit(options.reference.as_deref(), logs)
}

/// Names as numbers, in the order in which they appear. Looked up, never iterated.
#[derive(Debug, Default)]
struct Names {
    numbers: FxHashMap<String, u32>,
    names: Vec<String>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.numbers.insert(name.to_owned(), number);
        self.names.push(name.to_owned());
        number
    }
}

/// What is known of all rows.
#[derive(Debug, Default)]
struct Rows {
    design: BlockDesign,
    names: Names,
    tasks: Names,
    machines: Names,
    /// By machine.
    rows: Vec<u64>,
}

impl Rows {
    fn add(&mut self, run: TaskRun<'_>, by_family: bool) {
        let family = InstanceType::split_name(run.machine).map(|(family, _)| family);
        let machine = family.filter(|_| by_family).unwrap_or(run.machine);
        let machine = self.machines.number(machine);
        self.rows.resize(self.machines.names.len(), 0);
        self.rows[machine as usize] += 1;
        // Rows of one name are alike: some machine may suit what the program does.
        let (name, task) = (self.names.number(run.name), self.tasks.number(run.task));
        self.design.add(name, task, machine, libm::log(run.run_s));
    }

    fn fit(self, reference: Option<&str>, logs: Vec<ReadLog>) -> Result<FittedSpeeds, FitError> {
        let known = &self.machines.names;
        let paths = || logs.iter().map(|log| log.path.clone()).collect();
        let name = |machine: &u32| known[*machine as usize].clone();
        if known.is_empty() {
            return Err(no_rows(&logs));
        }
        if known.len() > MOST_MACHINES {
            return Err(FitError::TooManyMachines { paths: paths(), machines: known.len() });
        }
        let reference = self.reference(reference)?;
        if let [machine] = &known[..] {
            let (machine, rows) = (machine.clone(), self.rows[0]);
            return Err(FitError::OneMachine { paths: paths(), machine, rows });
        }
        let mut apart: Vec<Vec<u32>> = self.design.components();
        let effects = self.design.effects(reference, CONFIDENCE);
        let named = |apart: &[Vec<u32>]| -> Vec<Vec<String>> {
            let mut groups: Vec<Vec<String>> =
                apart.iter().map(|group| group.iter().map(name).collect()).collect();
            groups.iter_mut().for_each(|group| group.sort());
            groups.sort();
            groups
        };
        let Some(effects) = effects.filter(|effects| effects.treatments.len() > 1) else {
            let reference = name(&reference);
            return Err(FitError::NothingShared {
                paths: paths(),
                reference,
                apart: named(&apart),
            });
        };
        apart.retain(|group| !group.contains(&reference));
        let apart = named(&apart);
        Ok(self.speeds(reference, &effects, apart, logs))
    }

    fn speeds(
        &self,
        reference: u32,
        effects: &TreatmentEffects,
        apart: Vec<Vec<String>>,
        logs: Vec<ReadLog>,
    ) -> FittedSpeeds {
        let name = |machine: u32| self.machines.names[machine as usize].clone();
        let mut machines: Vec<MachineSpeed> = Vec::new();
        for found in &effects.treatments {
            // Who takes longer is slower.
            let speed = |effect: f64| libm::exp(-effect);
            let ends = |half: f64| (speed(found.effect + half), speed(found.effect - half));
            machines.push(MachineSpeed {
                machine: name(found.treatment),
                speed: speed(found.effect),
                interval: found.half_width.map(ends),
                tasks: found.blocks,
                rows: found.observations,
            });
        }
        machines.sort_by(|a, b| a.machine.cmp(&b.machine));
        FittedSpeeds {
            reference: name(reference),
            machines,
            apart,
            tasks: effects.blocks,
            rows: effects.observations,
            spread: effects.error_deviation.map(libm::exp),
            logs,
        }
    }

    /// The machine that others are compared with.
    fn reference(&self, asked: Option<&str>) -> Result<u32, FitError> {
        let known = &self.machines.names;
        let Some(asked) = asked else {
            let most = (0..known.len()).min_by_key(|at| (u64::MAX - self.rows[*at], &known[*at]));
            return Ok(most.unwrap_or(0) as u32);
        };
        let unknown = || {
            let mut known = known.clone();
            known.sort();
            FitError::UnknownReference { reference: asked.to_owned(), known }
        };
        self.machines.numbers.get(asked).copied().ok_or_else(unknown)
    }
}

fn no_rows(logs: &[ReadLog]) -> FitError {
    let tallies = || logs.iter().map(|log| &log.tally);
    let mut reasons = String::new();
    for log in logs {
        for unused in &log.tally.unused {
            reasons += &format!("\n  {}: {}", log.path.display(), unused.told());
        }
    }
    FitError::NoRows {
        paths: logs.iter().map(|log| log.path.clone()).collect(),
        rows: tallies().map(|tally| tally.rows).sum(),
        reasons,
        hint: match tallies().all(|tally| tally.rows == 0) {
            true => "a log has a row for every task that ran, below its header",
            false => "--run-time COLUMN:ms says the unit, --min-run-time what is compared",
        },
    }
}

fn names(paths: &[PathBuf]) -> String {
    let name = |path: &PathBuf| Path::display(path).to_string();
    paths.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// `a, b | c, d`, not more than fit a message.
fn groups(apart: &[Vec<String>]) -> String {
    let shown = apart.iter().take(10).map(|group| listed(group)).collect::<Vec<_>>().join(" | ");
    if apart.len() > 10 { format!("{shown} | ...") } else { shown }
}

fn listed(names: &[String]) -> String {
    let shown = names.iter().take(20).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > 20 { format!("{shown}, ...") } else { shown }
}
