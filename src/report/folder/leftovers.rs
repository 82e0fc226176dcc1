//! What dead processes left beside a result folder: partial results, results set aside.
//!
//! Tidying is a courtesy: what can not be removed stays, and the run goes on.

use super::{LOCK, with_suffix};
use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

const PARTIAL: &str = ".partial-";
const OLD: &str = ".old-";

/// Removes leftovers of `target`; results set aside by a process that died before its own were in
/// place come back.
pub(super) fn tidy(target: &Path) {
    for (pid, old) in beside(target, OLD) {
        let partial = with_suffix(target, &format!("{PARTIAL}{pid}"));
        // Its owner holds a lock: in its partial folder, or, a moment later, in the target.
        if is_locked(&partial) || is_locked(target) {
            continue;
        }
        if target.exists() {
            let _ = fs::remove_dir_all(&old);
        } else {
            let _ = fs::rename(&old, target);
        }
    }
    for (_, partial) in beside(target, PARTIAL) {
        if !is_locked(&partial) {
            let _ = fs::remove_dir_all(&partial);
        }
    }
}

/// Folders named as `target`, then `kind`, then a process id; by name.
fn beside(target: &Path, kind: &str) -> Vec<(u32, PathBuf)> {
    let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
        return Vec::new();
    };
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    let mut found: Vec<_> = entries
        .flatten()
        .filter_map(|entry| Some((pid_of(&entry.file_name(), name, kind)?, entry.path())))
        .filter(|(_, path)| path.is_dir())
        .collect();
    found.sort_unstable();
    found
}

/// The process id in `<name><kind><pid>`.
fn pid_of(entry: &OsStr, name: &OsStr, kind: &str) -> Option<u32> {
    let rest = entry.as_encoded_bytes().strip_prefix(name.as_encoded_bytes())?;
    let digits = rest.strip_prefix(kind.as_bytes())?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Whether a live process holds the folder's lock. Where locks are not supported, it counts as
/// held: better a leftover than another run's work removed.
fn is_locked(folder: &Path) -> bool {
    match File::open(folder.join(LOCK)) {
        Err(_) => false,
        Ok(lock) => match lock.try_lock() {
            Ok(()) => false,
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => true,
        },
    }
}
