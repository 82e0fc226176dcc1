//! Files that a job reads before its work and writes after it, and where they are.
//!
//! Knows sizes and names only; how fast a transfer is, is the world's business.

crate::define_id! {
    /// A shared file system, by position in the scenario.
    pub struct SharedFileSystemId = "file-system";
}

/// What every attempt of a job reads and writes while it is RUNNING.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Staging {
    /// MiB that are read before the work.
    pub input_mib: u32,
    /// MiB that are written after it.
    pub output_mib: u32,
    /// Where the files are; `None` is S3, over the network of the instance.
    pub shared: Option<SharedFileSystemId>,
}

/// A file system whose bandwidth all transfers share, as Amazon EFS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedFileSystem {
    /// Its name in the scenario.
    pub name: String,
    /// Bytes a second of all transfers together.
    pub bytes_per_s: u64,
    /// Bytes a second of one transfer at most.
    pub bytes_per_s_per_client: Option<u64>,
}
