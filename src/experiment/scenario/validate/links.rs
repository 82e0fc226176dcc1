//! What submissions have to do with one another: `dependsOn`, and the jobs that calls end
//! (behaviour 1.2, 2.1).
//!
//! A job is referred to by the name of its submission, `name:3` is a child. Only what is submitted
//! before can be referred to, as on AWS, where a job's id is known only then: no cycle can arise.

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::Scenario;
use super::super::raw::submit::{JobDependency, SubmitJob};
use super::super::scalar::Moment;
use super::{moment, names};
use crate::batch::dependency::{Dependency, JobHandle, Links};
use crate::sim::SimTime;
use std::collections::BTreeSet;
use std::sync::Arc;

/// AWS's limit of dependencies of a job (behaviour 1.6).
const MOST_DEPENDENCIES: usize = 20;

/// The submissions of a workload, for those who refer to them.
pub(super) struct Submissions<'a> {
    list: Vec<Submission<'a>>,
    /// By position in the list: somebody refers to it.
    referred: BTreeSet<usize>,
    /// By position in the list: somebody waits for its children by index.
    by_index: BTreeSet<usize>,
}

#[derive(Clone, Copy)]
struct Submission<'a> {
    /// Its place in `workload`.
    entry: usize,
    submit: &'a SubmitJob,
    /// When it is made first.
    at: SimTime,
    /// Made again and again: a reference would not say which is meant.
    is_repeated: bool,
}

impl Submission<'_> {
    fn children(&self) -> u32 {
        self.submit.array_properties.as_ref().map_or(0, |array| array.size)
    }

    const fn handle(&self) -> JobHandle {
        JobHandle(self.entry as u64)
    }
}

impl<'a> Submissions<'a> {
    /// Lists what is submitted when; wrong times go to the report.
    pub(super) fn new(raw: &'a Scenario, report: &mut Report) -> Self {
        let workload = Path::default().key("workload");
        let mut list = Vec::new();
        for (entry, source) in raw.workload.iter().enumerate() {
            let Some(submit) = &source.submit else { continue };
            let path = workload.index(entry);
            let (first, path): (Moment, Path) = match &source.arrivals {
                Some(arrivals) => (arrivals.from, path.key("arrivals").key("from")),
                None => (source.at.unwrap_or_default(), path.key("at")),
            };
            let at = moment::instant(raw.start, first, &path, report).unwrap_or(SimTime::ZERO);
            list.push(Submission { entry, submit, at, is_repeated: source.arrivals.is_some() });
        }
        Self { list, referred: BTreeSet::new(), by_index: BTreeSet::new() }
    }

    /// The submission that a `jobId` means, if it has been made at `at` by an entry before `entry`,
    /// and the child.
    fn find(
        &self,
        job_id: &str,
        at: SimTime,
        entry: usize,
    ) -> Result<(usize, Option<u32>), Complaint> {
        let (name, child) = names::revision(job_id);
        let of_name = |s: &&Submission| s.submit.job_name == name;
        let mut found = self.list.iter().filter(of_name);
        let Some(submission) = found.next() else {
            let known: Vec<String> = self.list.iter().map(|s| s.submit.job_name.clone()).collect();
            return Err(names::unknown("submitted job", name, &known));
        };
        if found.next().is_some() {
            let complaint = Complaint::new(format!("several submissions are named {name}"));
            return Err(complaint.hint("give the one that is meant a jobName of its own"));
        }
        if submission.is_repeated {
            let complaint = Complaint::new(format!("{name} is submitted again and again"));
            return Err(complaint.accepted("a submission with at, which is made once"));
        }
        if (submission.at, submission.entry) >= (at, entry) {
            let seconds = |at: SimTime| at.as_millis() as f64 / 1e3;
            let text = if submission.entry == entry {
                format!("{name} would wait for itself")
            } else {
                format!(
                    "{name} is submitted at {} s, not before {} s: its id does not exist yet",
                    seconds(submission.at),
                    seconds(at)
                )
            };
            let hint = "a job can only refer to jobs submitted before it: by at, then by place";
            return Err(Complaint::new(text).hint(hint));
        }
        match (child, submission.children()) {
            (Some(child), 0) => {
                let complaint =
                    Complaint::new(format!("{name} is no array, it has no child {child}"));
                Err(complaint.accepted(name))
            }
            (Some(child), size) if child >= size => {
                let complaint = Complaint::new(format!("{name} has no child {child}"));
                Err(complaint.accepted(format!("{name}:0 to {name}:{}", size - 1)))
            }
            _ => {
                let position = self.list.iter().position(|s| s.entry == submission.entry);
                Ok((position.unwrap_or_default(), child))
            }
        }
    }

    /// The job, and the child, that a call made at `at` means.
    pub(super) fn job_of_call(
        &mut self,
        job_id: &str,
        at: SimTime,
    ) -> Result<(JobHandle, Option<u32>), Complaint> {
        // Calls are made after the submissions of their instant.
        let (position, child) = self.find(job_id, at, usize::MAX)?;
        self.referred.insert(position);
        Ok((self.list[position].handle(), child))
    }

    /// What each entry of `workload` has to do with others; mistakes go to the report.
    pub(super) fn links(mut self, entries: usize, report: &mut Report) -> Vec<Option<Arc<Links>>> {
        let workload = Path::default().key("workload");
        let mut depends_on = Vec::new();
        for position in 0..self.list.len() {
            let path = workload.index(self.list[position].entry).key("submit").key("dependsOn");
            depends_on.push(self.depends_on(position, &path, report));
        }
        let mut links = vec![None; entries];
        for (position, depends_on) in depends_on.into_iter().enumerate() {
            let submission = &self.list[position];
            let handle = self.referred.contains(&position).then(|| submission.handle());
            if handle.is_some() || !depends_on.is_empty() {
                let by_index = self.by_index.contains(&position);
                links[submission.entry] = Some(Arc::new(Links { handle, by_index, depends_on }));
            }
        }
        links
    }

    fn depends_on(&mut self, position: usize, path: &Path, report: &mut Report) -> Vec<Dependency> {
        let raw = &self.list[position].submit.depends_on;
        if raw.len() > MOST_DEPENDENCIES {
            let complaint = Complaint::new(format!("{} dependencies of one job", raw.len()));
            report.error(path, complaint.accepted(format!("at most {MOST_DEPENDENCIES}")));
        }
        let mut depends_on = Vec::new();
        for (index, dependency) in raw.iter().enumerate() {
            let path = path.index(index);
            let read = self.dependency(position, dependency);
            let Some(read) = report.ok(&path, read) else { continue };
            if depends_on.contains(&read) {
                report.error(&path, Complaint::new("the same dependency twice"));
            } else {
                depends_on.push(read);
            }
        }
        depends_on
    }

    fn dependency(
        &mut self,
        position: usize,
        raw: &JobDependency,
    ) -> Result<Dependency, Complaint> {
        let Submission { entry, at, .. } = self.list[position];
        let children = self.list[position].children();
        let kind = raw.kind.as_deref().unwrap_or_default();
        if kind == "SEQUENTIAL" {
            return match (&raw.job_id, children) {
                (Some(id), _) => {
                    let complaint = Complaint::new(format!("SEQUENTIAL with the jobId {id}"));
                    Err(complaint.accepted("{type: SEQUENTIAL} alone, of an array's own children"))
                }
                (None, 0) => {
                    let complaint = Complaint::new("SEQUENTIAL orders the children of an array");
                    Err(complaint.hint("give the submission arrayProperties, or name a jobId"))
                }
                (None, _) => Ok(Dependency::Sequential),
            };
        }
        let Some(id) = &raw.job_id else {
            let complaint = Complaint::new("a dependency without jobId");
            return Err(complaint.accepted("{jobId: name} or {type: SEQUENTIAL}"));
        };
        let (target, child) = self.find(id, at, entry)?;
        let submission = self.list[target];
        let (name, size) = (&submission.submit.job_name, submission.children());
        let dependency = match (kind, child) {
            ("N_TO_N", Some(_)) => {
                let complaint = Complaint::new(format!("N_TO_N with the child {id}"));
                return Err(complaint.accepted(format!("the array itself: {name}")));
            }
            ("N_TO_N", None) if children == 0 || children != size => {
                let of = |size: u32| match size {
                    0 => "no array".to_owned(),
                    size => format!("an array of {size}"),
                };
                let text = format!(
                    "N_TO_N pairs children, but this is {} and {name} is {}",
                    of(children),
                    of(size)
                );
                return Err(Complaint::new(text).accepted("two arrays of one size"));
            }
            ("N_TO_N", None) => Dependency::NToN(submission.handle()),
            (_, Some(child)) => Dependency::Child(submission.handle(), child),
            (_, None) => Dependency::Job(submission.handle()),
        };
        self.referred.insert(target);
        if !matches!(dependency, Dependency::Job(_)) {
            self.by_index.insert(target);
        }
        Ok(dependency)
    }
}
