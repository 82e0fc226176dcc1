//! `retryStrategy` and its patterns (behaviour 1.3).

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::definition as raw;
use crate::batch::job_definition::{EvaluateOnExit, RetryAction, RetryStrategy};

/// AWS's limit of a pattern's length, in characters.
const LONGEST_PATTERN: usize = 512;

/// The strategy; mistakes go to the report.
pub(super) fn read(raw: &raw::RetryStrategy, path: &Path, report: &mut Report) -> RetryStrategy {
    if raw.attempts.is_none() && !raw.evaluate_on_exit.is_empty() {
        let complaint = Complaint::new("evaluateOnExit needs attempts");
        report.error(path, complaint.accepted("attempts from 1 to 10"));
    }
    let list = path.key("evaluateOnExit");
    let mut entries = Vec::new();
    for (index, entry) in raw.evaluate_on_exit.iter().enumerate() {
        let path = list.index(index);
        for (key, text) in [
            ("onStatusReason", &entry.on_status_reason),
            ("onReason", &entry.on_reason),
            ("onExitCode", &entry.on_exit_code),
        ] {
            if let Some(complaint) = text.as_deref().and_then(|text| wrong_pattern(key, text)) {
                report.error(&path.key(key), complaint);
            }
        }
        entries.push(EvaluateOnExit {
            on_status_reason: entry.on_status_reason.clone(),
            on_reason: entry.on_reason.clone(),
            on_exit_code: entry.on_exit_code.clone(),
            action: match entry.action.eq_ignore_ascii_case("EXIT") {
                true => RetryAction::Exit,
                false => RetryAction::Retry,
            },
        });
    }
    RetryStrategy { attempts: raw.attempts.unwrap_or(1), evaluate_on_exit: entries }
}

fn wrong_pattern(key: &str, text: &str) -> Option<Complaint> {
    let prefix = text.strip_suffix('*').unwrap_or(text);
    let digits = key == "onExitCode";
    let legal = !prefix.contains('*')
        && !text.is_empty()
        && text.chars().count() <= LONGEST_PATTERN
        && (!digits || prefix.bytes().all(|b| b.is_ascii_digit()));
    let accepted = match digits {
        true => "digits, with one * at the end if need be, such as 137 or 14*",
        false => "up to 512 characters, with one * at the end if need be, such as Host EC2*",
    };
    (!legal).then(|| Complaint::new(format!("{text:?} is no pattern of {key}")).accepted(accepted))
}
