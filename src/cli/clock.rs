//! The clock on the wall, and what else equal runs may differ in.

use batchcast::metrics::result::Invocation;
use std::time::Instant;

/// Started with the command.
pub(super) struct Clock {
    pub(super) began: Instant,
    started_at: String,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "stands under `invocation`, not in a result")]
    pub(super) fn start() -> Self {
        let started_at = format!("{:.0}", jiff::Timestamp::now());
        Self { began: Instant::now(), started_at }
    }

    /// How the command was called, until now.
    pub(super) fn invocation(&self, scenario_path: &str, threads: usize) -> Invocation {
        let argument = |argument: std::ffi::OsString| argument.to_string_lossy().into_owned();
        Invocation {
            command_line: std::env::args_os().map(argument).collect(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario_path: scenario_path.to_owned(),
            threads: threads as u32,
            started_at: self.started_at.clone(),
            wall_time_s: self.began.elapsed().as_secs_f64(),
            host: host(),
        }
    }
}

/// The date of today in UTC, such as `2026-11-26`.
#[expect(clippy::disallowed_methods, reason = "dates a file that was made today")]
pub(super) fn today() -> String {
    format!("{:.0}", jiff::Timestamp::now()).chars().take_while(|c| *c != 'T').collect()
}

/// The machine's name, empty where it is not told.
fn host() -> String {
    let told = || std::env::var("HOSTNAME").or_else(|_| std::env::var("COMPUTERNAME")).ok();
    let kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    kernel.or_else(told).unwrap_or_default().trim().to_owned()
}
