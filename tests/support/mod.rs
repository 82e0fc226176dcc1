//! What tests share: independent oracles and readers, and the folder of recorded data.
//!
//! An oracle that shares the code under test proves nothing: only `account`, `shares` and the
//! random accounts, which build what is tested, and `identities` and `states`, which read what it
//! records, use the crate.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]
#![allow(clippy::expect_used, reason = "a test that can not go on says why")]

pub(crate) mod account;
pub(crate) mod fcfs_oracle;
pub(crate) mod identities;
pub(crate) mod random_account;
pub(crate) mod random_fargate;
pub(crate) mod random_market;
pub(crate) mod random_shares;
pub(crate) mod shares;
pub(crate) mod states;
pub(crate) mod swf;

use std::path::PathBuf;

/// A file of the folder that `BATCHCAST_DATA` names, `None` with a line on stderr when it is unset.
///
/// A folder that is named and does not hold the file is the caller's mistake and fails the test.
pub(crate) fn recorded_data(relative: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("BATCHCAST_DATA").filter(|folder| !folder.is_empty());
    let Some(folder) = folder else {
        eprintln!("BATCHCAST_DATA is not set: {relative} is not replayed");
        return None;
    };
    let path = PathBuf::from(folder).join(relative);
    assert!(path.is_file(), "BATCHCAST_DATA holds no file {}", path.display());
    Some(path)
}
