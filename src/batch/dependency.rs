//! Dependencies: who waits for whom, and what has become of those that are waited for
//! (behaviour 2.1).
//!
//! A submission that others refer to is a *target*; what became of it is remembered as long as the
//! run, for who depends on it may come later. It costs a few words, and two bits a child only where
//! something depends on a child by its index. Knows neither queues nor time: whoever ends something
//! is told who has to be woken.

use std::collections::BTreeMap;

/// How later submissions refer to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobHandle(pub u64);

/// What a submission has to do with others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// How later ones refer to it; nothing when none does.
    pub handle: Option<JobHandle>,
    /// Whether some of them wait for its children by index.
    pub by_index: bool,
    /// `dependsOn`, at most 20.
    pub depends_on: Vec<Dependency>,
}

/// An entry of `dependsOn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependency {
    /// Waits for a job, or for the whole of an array.
    Job(JobHandle),
    /// Waits for one child of an array.
    Child(JobHandle, u32),
    /// `N_TO_N`: each child waits for the child of the same index.
    NToN(JobHandle),
    /// `SEQUENTIAL`: each child waits for the one before it.
    Sequential,
}

impl Dependency {
    /// The submission that it waits for, unless that is its own.
    #[must_use]
    pub const fn handle(self) -> Option<JobHandle> {
        match self {
            Self::Job(handle) | Self::Child(handle, _) | Self::NToN(handle) => Some(handle),
            Self::Sequential => None,
        }
    }
}

impl Links {
    /// How many conditions each child of an array has for itself (`SEQUENTIAL`: but the first).
    #[must_use]
    pub fn conditions_by_index(&self) -> u8 {
        let by_index = |d: &&Dependency| matches!(d, Dependency::NToN(_) | Dependency::Sequential);
        self.depends_on.iter().filter(by_index).count() as u8
    }
}

/// What has become of something that is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has not ended.
    Open,
    /// It SUCCEEDED.
    Succeeded,
    /// It FAILED, or was cancelled.
    Failed,
}

/// Who has to learn that what it waits for has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wake<W> {
    /// Who.
    pub waiter: W,
    /// The child of it, where its children wait by index.
    pub child: Option<u32>,
    /// How it ended.
    pub succeeded: bool,
}

/// Everything that is waited for. `W` is how a waiter is found again.
#[derive(Clone, Debug)]
pub struct DependencyBook<W> {
    targets: Vec<Target<W>>,
    /// Looked up, never iterated.
    by_handle: rustc_hash::FxHashMap<JobHandle, u32>,
}

impl<W> Default for DependencyBook<W> {
    fn default() -> Self {
        Self { targets: Vec::new(), by_handle: rustc_hash::FxHashMap::default() }
    }
}

/// A job or an array that is waited for.
#[derive(Clone, Debug)]
struct Target<W> {
    /// How it is found again itself.
    who: W,
    outcome: Outcome,
    /// Children that have not ended; 1 for a job that is no array.
    open: u32,
    any_failed: bool,
    /// Two bits a child, where children are waited for by index.
    children: Option<Children>,
    /// Who waits for the whole.
    whole: Vec<W>,
    /// Who waits for one child.
    child: BTreeMap<u32, Vec<W>>,
    /// Whose children wait for the child of the same index.
    same_index: Vec<W>,
    /// Whether each of its children waits for the one before.
    is_sequential: bool,
}

/// What has become of each child.
#[derive(Clone, Debug)]
struct Children {
    size: u32,
    words: Vec<u64>,
}

impl Children {
    fn new(size: u32) -> Self {
        Self { size, words: vec![0; (size as usize).div_ceil(32)] }
    }

    fn set(&mut self, child: u32, succeeded: bool) {
        let bits = if succeeded { 1 } else { 2 };
        self.words[child as usize / 32] |= bits << (child % 32 * 2);
    }

    fn get(&self, child: u32) -> Outcome {
        match self.words[child as usize / 32] >> (child % 32 * 2) & 3 {
            0 => Outcome::Open,
            1 => Outcome::Succeeded,
            _ => Outcome::Failed,
        }
    }
}

impl<W: Copy> DependencyBook<W> {
    /// Adds a target: a job (`size` 1) or an array.
    ///
    /// # Panics
    /// When the handle is taken: two submissions are never one.
    pub fn add(&mut self, who: W, handle: Option<JobHandle>, size: u32, by_index: bool) -> u32 {
        let id = self.targets.len() as u32;
        self.targets.push(Target {
            who,
            outcome: Outcome::Open,
            open: size,
            any_failed: false,
            children: by_index.then(|| Children::new(size)),
            whole: Vec::new(),
            child: BTreeMap::new(),
            same_index: Vec::new(),
            is_sequential: false,
        });
        if let Some(handle) = handle {
            let before = self.by_handle.insert(handle, id);
            assert!(before.is_none(), "a handle means one submission");
        }
        id
    }

    /// The target of a handle; nothing when it has not been submitted, or was refused.
    #[must_use]
    pub fn find(&self, handle: JobHandle) -> Option<u32> {
        self.by_handle.get(&handle).copied()
    }

    /// The target of a handle.
    ///
    /// # Panics
    /// When there is none: who refers to it is refused.
    #[must_use]
    pub fn target(&self, handle: JobHandle) -> u32 {
        match self.find(handle) {
            Some(target) => target,
            None => unreachable!("{handle:?} is known, or who refers to it would be refused"),
        }
    }

    /// Whether everything that a submission refers to has been submitted.
    #[must_use]
    pub fn knows(&self, links: &Links) -> bool {
        let known = |d: &Dependency| d.handle().is_none_or(|handle| self.find(handle).is_some());
        links.depends_on.iter().all(known)
    }

    /// How a target is found again.
    #[must_use]
    pub fn who(&self, target: u32) -> W {
        self.targets[target as usize].who
    }

    /// Waits for the whole of a target, unless it has ended.
    pub fn wait(&mut self, target: u32, waiter: W) -> Outcome {
        let target = &mut self.targets[target as usize];
        if target.outcome == Outcome::Open {
            target.whole.push(waiter);
        }
        target.outcome
    }

    /// Waits for one child of a target, unless it has ended.
    pub fn wait_for_child(&mut self, target: u32, child: u32, waiter: W) -> Outcome {
        let target = &mut self.targets[target as usize];
        let outcome = target.child_outcome(child);
        if outcome == Outcome::Open {
            target.child.entry(child).or_default().push(waiter);
        }
        outcome
    }

    /// Each child of `waiter` waits for that of the same index. Calls `ended` for those that have
    /// ended already.
    pub fn wait_by_index(&mut self, target: u32, waiter: W, mut ended: impl FnMut(u32, bool)) {
        let target = &mut self.targets[target as usize];
        target.same_index.push(waiter);
        let size = target.children.as_ref().map_or(0, |children| children.size);
        assert!(size > 0, "a target knows its children where they are waited for by index");
        for child in 0..size {
            match target.child_outcome(child) {
                Outcome::Open => {}
                outcome => ended(child, outcome == Outcome::Succeeded),
            }
        }
    }

    /// Each child of a target waits for the one before it.
    pub fn wait_in_sequence(&mut self, target: u32) {
        self.targets[target as usize].is_sequential = true;
    }

    /// A job that is a target, or a child of one, has ended: adds who is to be woken to `wakes`.
    pub fn end(
        &mut self,
        target: u32,
        child: Option<u32>,
        succeeded: bool,
        wakes: &mut Vec<Wake<W>>,
    ) {
        let target = &mut self.targets[target as usize];
        target.open -= 1;
        target.any_failed |= !succeeded;
        if let Some(child) = child {
            if let Some(children) = &mut target.children {
                children.set(child, succeeded);
            }
            let waiters = target.child.remove(&child).unwrap_or_default();
            wakes.extend(waiters.into_iter().map(|waiter| Wake { waiter, child: None, succeeded }));
            let child = Some(child);
            wakes.extend(target.same_index.iter().map(|w| Wake { waiter: *w, child, succeeded }));
            if target.is_sequential {
                let next = child.map(|child| child + 1);
                wakes.push(Wake { waiter: target.who, child: next, succeeded });
            }
        }
        if target.open == 0 {
            let succeeded = !target.any_failed;
            target.outcome = if succeeded { Outcome::Succeeded } else { Outcome::Failed };
            let whole = std::mem::take(&mut target.whole);
            wakes.extend(whole.into_iter().map(|waiter| Wake { waiter, child: None, succeeded }));
            target.same_index = Vec::new();
        }
    }
}

impl<W> Target<W> {
    fn child_outcome(&self, child: u32) -> Outcome {
        match &self.children {
            Some(children) => children.get(child),
            None => unreachable!("a target knows its children where they are waited for by index"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: JobHandle = JobHandle(7);

    fn end(
        book: &mut DependencyBook<&'static str>,
        target: u32,
        child: u32,
        succeeded: bool,
    ) -> Vec<Wake<&'static str>> {
        let mut wakes = Vec::new();
        book.end(target, Some(child), succeeded, &mut wakes);
        wakes
    }

    #[test]
    fn an_array_has_ended_when_all_children_have_and_failed_when_one_has() {
        let mut book = DependencyBook::default();
        let array = book.add("a", Some(A), 2, false);
        assert_eq!(book.wait(book.target(A), "b"), Outcome::Open);
        assert_eq!(end(&mut book, array, 1, false), []);
        let wake = Wake { waiter: "b", child: None, succeeded: false };
        assert_eq!(end(&mut book, array, 0, true), [wake]);
        assert_eq!(book.wait(array, "late"), Outcome::Failed);
    }

    #[test]
    fn children_wait_for_those_of_the_same_index_and_for_those_that_have_ended_before() {
        let mut book = DependencyBook::default();
        let array = book.add("a", Some(A), 100, true);
        assert_eq!(end(&mut book, array, 99, true), []);
        let mut ended = Vec::new();
        book.wait_by_index(array, "b", |child, succeeded| ended.push((child, succeeded)));
        assert_eq!(ended, [(99, true)]);
        let wake = Wake { waiter: "b", child: Some(40), succeeded: false };
        assert_eq!(end(&mut book, array, 40, false), [wake]);
        assert_eq!(book.wait_for_child(array, 40, "c"), Outcome::Failed);
        assert_eq!(book.wait_for_child(array, 41, "c"), Outcome::Open);
        let wakes = end(&mut book, array, 41, true);
        assert_eq!(
            wakes.iter().map(|w| (w.waiter, w.child)).collect::<Vec<_>>(),
            [("c", None), ("b", Some(41))]
        );
    }

    #[test]
    fn in_sequence_a_child_wakes_the_next() {
        let mut book = DependencyBook::default();
        let array = book.add("itself", None, 3, false);
        book.wait_in_sequence(array);
        let wake = Wake { waiter: "itself", child: Some(1), succeeded: true };
        assert_eq!(end(&mut book, array, 0, true), [wake]);
    }
}
