//! The result folder: either the old results or the new ones, never a mixture (design 3.3).
//!
//! A run writes to `DIR.partial-<pid>`. At the end DIR steps aside to `DIR.old-<pid>`, the new
//! folder takes its name, the old one goes. The partial folder holds a locked file, so that a run
//! can tell another's work in progress from what a dead process left behind: process ids are
//! reused, and in containers they are all alike, but a lock dies with its process.

mod leftovers;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The file that marks a folder as ours.
pub const MANIFEST: &str = "manifest.json";

const LOCK: &str = ".lock";

/// Why results can not be put where they were asked for. The run should not start, or, when it
/// comes from [`ResultFolder::commit`], its results are where the message says.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// `.`, `/` or the like.
    #[error("{path:?} names no folder of its own\nhint: name one, such as --out results/study")]
    NoName {
        /// As given.
        path: PathBuf,
    },
    /// There is a file.
    #[error("{}: is a file, not a folder\nhint: choose another name with --out", path.display())]
    NotAFolder {
        /// The file.
        path: PathBuf,
    },
    /// There is something that we did not write.
    #[error(
        "{}: is not empty and holds no {MANIFEST} of Batchcast, so it is not replaced\n\
         hint: choose another folder with --out, or move its contents away",
        path.display()
    )]
    NotOurs {
        /// The folder.
        path: PathBuf,
    },
    /// This very process is already writing there.
    #[error(
        "{}: is being written by this process\nhint: give each run its own --out",
        path.display()
    )]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// Something else appeared at the target while the run was going on.
    #[error(
        "{}: was taken by something else during the run, so it is not replaced\n\
         hint: the results are in {}; move them before the next run",
        path.display(),
        kept.display()
    )]
    Taken {
        /// The target.
        path: PathBuf,
        /// The partial folder.
        kept: PathBuf,
    },
    /// The system refused.
    #[error("{}: can not {action}: {source}\nhint: {hint}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What was tried: `be made`, `be renamed to ...`.
        action: String,
        /// What to do about it.
        hint: &'static str,
        /// What the system says.
        source: io::Error,
    },
}

impl FolderError {
    /// Whether the choice of the folder is to blame (exit code 2), not the system (1).
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        !matches!(self, Self::Io { .. } | Self::Taken { .. })
    }

    fn io(path: &Path, action: impl Into<String>, hint: &'static str, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), action: action.into(), hint, source }
    }
}

/// A folder of results in the making. Dropped without a commit, it leaves nothing behind.
#[derive(Debug)]
pub struct ResultFolder {
    target: PathBuf,
    partial: PathBuf,
    /// Locked for as long as it is open.
    lock: Option<File>,
}

impl ResultFolder {
    /// Begins results for `dir`; makes its parents, and tidies up after dead processes.
    ///
    /// # Errors
    /// [`FolderError`] when `dir` is no folder to write results into, holds something else, or can
    /// not be made. Nothing that was there is touched.
    pub fn create(dir: &Path) -> Result<Self, FolderError> {
        let target = resolve(dir)?;
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)
                .map_err(|source| FolderError::io(parent, "be made", HINT_MAKE, source))?;
        }
        leftovers::tidy(&target);
        check_replaceable(&target)?;
        let partial = with_suffix(&target, &format!(".partial-{}", std::process::id()));
        if partial.exists() {
            // Not a dead process's: that would have been tidied away.
            return Err(FolderError::InUse { path: target });
        }
        fs::create_dir(&partial)
            .map_err(|source| FolderError::io(&partial, "be made", HINT_MAKE, source))?;
        let mut folder = Self { target, partial, lock: None };
        folder.lock = folder.make_lock()?;
        Ok(folder)
    }

    /// Where to write: the partial folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.partial
    }

    /// Where the results will be.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Puts the results in place of earlier ones.
    ///
    /// # Errors
    /// [`FolderError::Taken`] or [`FolderError::Io`]. The results then stay in the partial folder,
    /// and earlier ones in the target.
    pub fn commit(self) -> Result<PathBuf, FolderError> {
        let target = self.target.clone();
        let aside = with_suffix(&target, &format!(".old-{}", std::process::id()));
        self.put(&target, &aside)
    }

    /// Puts the results of the replications that finished beside the target, as `DIR.interrupted`.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn interrupt(self) -> Result<PathBuf, FolderError> {
        let interrupted = with_suffix(&self.target, ".interrupted");
        let suffix = format!(".old-{}", std::process::id());
        let aside = with_suffix(&interrupted, &suffix);
        self.put(&interrupted, &aside)
    }

    fn put(mut self, place: &Path, aside: &Path) -> Result<PathBuf, FolderError> {
        let partial = std::mem::take(&mut self.partial);
        if check_replaceable(place).is_err() {
            return Err(FolderError::Taken { path: place.to_owned(), kept: partial });
        }
        let replaced = place.exists();
        let rename = |from: &Path, to: &Path| {
            let action = format!("be renamed to {}", to.display());
            fs::rename(from, to).map_err(|source| FolderError::io(from, action, HINT_KEEP, source))
        };
        if replaced {
            rename(place, aside)?;
        }
        if let Err(error) = rename(&partial, place) {
            if replaced {
                rename(aside, place)?;
            }
            return Err(error);
        }
        // The lock came along. Neither it nor the old results can harm the new ones: what can not
        // be removed now is removed by the next run.
        let _ = fs::remove_file(place.join(LOCK));
        self.lock = None;
        let _ = fs::remove_dir_all(aside);
        Ok(place.to_owned())
    }

    /// `None` where the file system knows no locks: then nothing is ever taken for a leftover.
    fn make_lock(&self) -> Result<Option<File>, FolderError> {
        let path = self.partial.join(LOCK);
        let lock = File::create(&path)
            .map_err(|source| FolderError::io(&path, "be made", HINT_MAKE, source))?;
        Ok(lock.try_lock().is_ok().then_some(lock))
    }
}

impl Drop for ResultFolder {
    fn drop(&mut self) {
        if !self.partial.as_os_str().is_empty() {
            // A destructor has nobody to tell; the next run on this folder tries again.
            let _ = fs::remove_dir_all(&self.partial);
        }
    }
}

const HINT_MAKE: &str = "check the permissions of its parent, or choose another folder with --out";
const HINT_KEEP: &str =
    "the new results are in the folder ending in .partial-<pid>; move it before the next run";

/// The folder itself, absolute; a link is followed, so that the link stays.
fn resolve(dir: &Path) -> Result<PathBuf, FolderError> {
    if dir.file_name().is_none() {
        return Err(FolderError::NoName { path: dir.to_owned() });
    }
    let followed = if dir.is_symlink() { fs::canonicalize(dir) } else { std::path::absolute(dir) };
    followed.map_err(|source| FolderError::io(dir, "be found", HINT_MAKE, source))
}

/// Refuses what is neither absent, empty nor ours.
fn check_replaceable(dir: &Path) -> Result<(), FolderError> {
    if !dir.exists() {
        return Ok(());
    }
    if !dir.is_dir() {
        return Err(FolderError::NotAFolder { path: dir.to_owned() });
    }
    let mut entries =
        fs::read_dir(dir).map_err(|source| FolderError::io(dir, "be read", HINT_MAKE, source))?;
    if entries.next().is_none() || is_ours(dir) {
        Ok(())
    } else {
        Err(FolderError::NotOurs { path: dir.to_owned() })
    }
}

/// Whether the folder's manifest carries a schema of ours.
fn is_ours(dir: &Path) -> bool {
    let Ok(bytes) = fs::read(dir.join(MANIFEST)) else { return false };
    let manifest: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
    manifest
        .as_ref()
        .and_then(|manifest| manifest.get("schema"))
        .and_then(serde_json::Value::as_str)
        .is_some_and(|schema| schema.starts_with("batchcast."))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests;
