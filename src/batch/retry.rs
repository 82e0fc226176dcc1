//! Retries: whether a failed attempt is tried again (behaviour 1.3).

use super::job_definition::{EvaluateOnExit, RetryAction, RetryStrategy};

/// What is known of an attempt that ended badly.
#[derive(Clone, Copy, Debug)]
pub struct FailedAttempt<'a> {
    /// Which attempt, from 1.
    pub attempt: u32,
    /// The attempt's `statusReason`.
    pub status_reason: &'a str,
    /// The container's `reason`, where it has one.
    pub reason: Option<&'a str>,
    /// The container's exit code, where it has one.
    pub exit_code: Option<i32>,
}

impl RetryStrategy {
    /// Whether the job goes back to RUNNABLE: attempts remain, and the first entry of
    /// `evaluateOnExit` that matches says RETRY, or none matches.
    #[must_use]
    pub fn retries(&self, failed: &FailedAttempt<'_>) -> bool {
        if failed.attempt >= u32::from(self.attempts) {
            return false;
        }
        let first = self.evaluate_on_exit.iter().find(|entry| entry.matches(failed));
        first.is_none_or(|entry| entry.action == RetryAction::Retry)
    }
}

impl EvaluateOnExit {
    /// Whether every condition that is present matches.
    fn matches(&self, failed: &FailedAttempt<'_>) -> bool {
        let code = failed.exit_code.map(|code| code.to_string());
        let holds = |pattern: &Option<String>, text: Option<&str>| {
            pattern.as_deref().is_none_or(|pattern| pattern_matches(pattern, text))
        };
        holds(&self.on_status_reason, Some(failed.status_reason))
            && holds(&self.on_reason, failed.reason)
            && holds(&self.on_exit_code, code.as_deref())
    }
}

/// A literal, or a prefix with one trailing `*`; `*` alone also matches what is absent.
fn pattern_matches(pattern: &str, text: Option<&str>) -> bool {
    match (pattern.strip_suffix('*'), text) {
        (Some(""), _) => true,
        (Some(prefix), Some(text)) => text.starts_with(prefix),
        (None, Some(text)) => text == pattern,
        (_, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "Host EC2 (instance i-0123) terminated.";
    const EXIT: &str = "Essential container in task exited";

    fn strategy(attempts: u8, entries: &[(&str, &str, &str, RetryAction)]) -> RetryStrategy {
        let text = |s: &str| (!s.is_empty()).then(|| s.to_owned());
        let entry =
            |(status, reason, code, action): &(&str, &str, &str, RetryAction)| EvaluateOnExit {
                on_status_reason: text(status),
                on_reason: text(reason),
                on_exit_code: text(code),
                action: *action,
            };
        RetryStrategy { attempts, evaluate_on_exit: entries.iter().map(entry).collect() }
    }

    fn failed(attempt: u32, status_reason: &str, exit_code: Option<i32>) -> FailedAttempt<'_> {
        FailedAttempt { attempt, status_reason, reason: None, exit_code }
    }

    #[test]
    fn a_job_is_tried_as_often_as_attempts_says() {
        let three = strategy(3, &[]);
        let retried: Vec<bool> =
            (1..=3).map(|attempt| three.retries(&failed(attempt, EXIT, Some(1)))).collect();
        assert_eq!(retried, [true, true, false]);
    }

    #[test]
    fn retry_on_host_loss_only_ends_a_job_that_fails_by_itself() {
        let spot = strategy(
            5,
            &[("Host EC2*", "", "", RetryAction::Retry), ("", "*", "", RetryAction::Exit)],
        );
        assert!(spot.retries(&failed(1, HOST, None)));
        assert!(!spot.retries(&failed(1, EXIT, Some(1))));
    }

    #[test]
    fn a_job_is_retried_when_no_entry_matches() {
        let other = strategy(2, &[("", "", "137", RetryAction::Exit)]);
        assert!(other.retries(&failed(1, EXIT, Some(1))));
        assert!(!other.retries(&failed(1, EXIT, Some(137))));
    }

    #[test]
    fn the_conditions_of_one_entry_must_all_match() {
        let both = strategy(2, &[("Essential*", "", "13*", RetryAction::Exit)]);
        assert!(!both.retries(&failed(1, EXIT, Some(137))));
        assert!(both.retries(&failed(1, EXIT, Some(1))));
        assert!(both.retries(&failed(1, HOST, Some(137))));
    }
}
