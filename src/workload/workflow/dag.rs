//! The tasks of a workflow and what each waits for: a directed graph without a cycle.
//!
//! Knows neither a file's format nor when anything is submitted. Children stand in one list, sorted
//! and each once. Invariant: there is no cycle; `order` has every task behind its parents.

use crate::sim::{SimDuration, SimTime};
use crate::workload::submission::JobName;

/// A task as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its id, which becomes the name of its jobs.
    pub name: JobName,
    /// Cores, at least 1.
    pub vcpus: u32,
    /// `None` where the file does not say it.
    pub memory_mib: Option<u32>,
    /// How long it ran.
    pub run_time: SimDuration,
}

/// A workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dag {
    tasks: Vec<Task>,
    /// By task: where its children begin; one more entry for the end.
    starts: Vec<u32>,
    children: Vec<u32>,
    /// By task: how many parents it has.
    parents: Vec<u32>,
    order: Vec<u32>,
}

impl Dag {
    /// A graph of tasks and (parent, child) pairs of their numbers, which may repeat.
    ///
    /// # Errors
    /// The tasks of a cycle, each a parent of the next.
    pub(super) fn new(tasks: Vec<Task>, mut edges: Vec<(u32, u32)>) -> Result<Self, Vec<u32>> {
        edges.sort_unstable();
        edges.dedup();
        let mut starts = vec![0; tasks.len() + 1];
        let mut parents = vec![0; tasks.len()];
        for (parent, child) in &edges {
            starts[*parent as usize + 1] += 1;
            parents[*child as usize] += 1;
        }
        for task in 0..tasks.len() {
            starts[task + 1] += starts[task];
        }
        let children = edges.iter().map(|(_, child)| *child).collect();
        let mut dag = Self { tasks, starts, children, parents, order: Vec::new() };
        dag.order = dag.topological_order();
        if dag.order.len() < dag.tasks.len() { Err(dag.cycle(&edges)) } else { Ok(dag) }
    }

    /// Every task behind its parents; those on a cycle and behind one are missing.
    fn topological_order(&self) -> Vec<u32> {
        let mut open = self.parents.clone();
        let mut order: Vec<u32> = self.roots().collect();
        let mut next = 0;
        while let Some(task) = order.get(next).copied() {
            next += 1;
            for child in self.children(task) {
                open[*child as usize] -= 1;
                if open[*child as usize] == 0 {
                    order.push(*child);
                }
            }
        }
        order
    }

    /// One cycle: whoever is missing in the order has a parent that is missing too, so a walk from
    /// parent to parent comes back to where it has been.
    fn cycle(&self, edges: &[(u32, u32)]) -> Vec<u32> {
        let mut missing = vec![true; self.tasks.len()];
        self.order.iter().for_each(|task| missing[*task as usize] = false);
        let mut parent_of = vec![u32::MAX; self.tasks.len()];
        for (parent, child) in edges.iter().filter(|(parent, _)| missing[*parent as usize]) {
            parent_of[*child as usize] = *parent;
        }
        let mut task = missing.iter().position(|missing| *missing).unwrap_or(0) as u32;
        let mut walk: Vec<u32> = Vec::new();
        let mut seen = vec![false; self.tasks.len()];
        while !std::mem::replace(&mut seen[task as usize], true) {
            walk.push(task);
            task = parent_of[task as usize];
        }
        let first = walk.iter().position(|known| *known == task).unwrap_or(0);
        walk.drain(..first);
        walk.reverse();
        // Whichever way it was found, it is shown from its first task in the file on.
        let least = (0..walk.len()).min_by_key(|at| walk[*at]).unwrap_or(0);
        walk.rotate_left(least);
        walk
    }

    /// In the order of the file.
    #[must_use]
    pub fn tasks(&self) -> &[Task] {
        &self.tasks
    }

    /// The tasks that wait for a task, ascending.
    #[must_use]
    pub fn children(&self, task: u32) -> &[u32] {
        let [start, end] = [task as usize, task as usize + 1].map(|at| self.starts[at] as usize);
        &self.children[start..end]
    }

    /// By task: how many others it waits for.
    #[must_use]
    pub fn parents(&self) -> &[u32] {
        &self.parents
    }

    /// The tasks that wait for none, ascending.
    pub fn roots(&self) -> impl Iterator<Item = u32> {
        let all = self.parents.iter().enumerate();
        all.filter(|(_, parents)| **parents == 0).map(|(task, _)| task as u32)
    }

    /// By task: when it can be submitted at the earliest, by an engine that starts `at` and looks
    /// at its jobs every `poll`, if every job starts as it is submitted and runs as recorded.
    #[must_use]
    pub fn earliest(&self, at: SimTime, poll: SimDuration) -> Vec<SimTime> {
        let mut earliest = vec![at; self.tasks.len()];
        for task in &self.order {
            let stop = earliest[*task as usize] + self.tasks[*task as usize].run_time;
            let seen = stop.ceil_to(poll, at.since(SimTime::ZERO));
            for child in self.children(*task) {
                let child = &mut earliest[*child as usize];
                *child = (*child).max(seen);
            }
        }
        earliest
    }

    /// Every task that can not succeed unless `task` does, ascending, itself left out.
    #[must_use]
    pub fn descendants(&self, task: u32) -> Vec<u32> {
        let mut found = vec![false; self.tasks.len()];
        let mut stack = vec![task];
        while let Some(task) = stack.pop() {
            let new = |child: &&u32| !std::mem::replace(&mut found[**child as usize], true);
            stack.extend(self.children(task).iter().filter(new));
        }
        let all = found.iter().enumerate();
        all.filter(|(_, found)| **found).map(|(task, _)| task as u32).collect()
    }
}
