//! Fields appended to a row of bytes: no formatting machinery, no allocation.
//!
//! Each function writes one field and the comma behind it, except where its name says otherwise.

use crate::batch::job_queue::StuckReason;
use crate::batch::wait_cause::{WaitCause, Waits};
use crate::ec2::fleet::InstanceId;
use crate::ec2::money::NanoUsd;
use crate::sim::SimTime;
use crate::workload::submission::{JobName, ShortText};
use crate::world::record::{JobId, JobStatus, StatusReason};

/// A name as a CSV field: quoted where RFC 4180 asks for it, with the comma behind it.
#[derive(Clone, Debug)]
pub(super) struct Quoted(Box<[u8]>);

impl Quoted {
    pub(super) fn new(name: &str) -> Self {
        let mut field = Vec::with_capacity(name.len() + 1);
        text(&mut field, name.as_bytes());
        Self(field.into_boxed_slice())
    }

    pub(super) fn write(&self, row: &mut Vec<u8>) {
        row.extend_from_slice(&self.0);
    }
}

/// An instance's name as in AWS: `i-` and 17 hexadecimal digits.
///
/// ```
/// use batchcast::ec2::fleet::InstanceId;
/// assert_eq!(batchcast::report::csv::instance_name(InstanceId::new(7)), "i-00000000000000007");
/// ```
#[must_use]
pub fn instance_name(id: InstanceId) -> String {
    String::from_utf8_lossy(&instance_name_bytes(id)).into_owned()
}

fn instance_name_bytes(id: InstanceId) -> [u8; 19] {
    let mut name = *b"i-00000000000000000";
    let mut rest = id.raw();
    for digit in name.iter_mut().rev() {
        if rest == 0 {
            break;
        }
        *digit = b"0123456789abcdef"[(rest % 16) as usize];
        rest /= 16;
    }
    name
}

/// Any text, quoted where needed.
pub(super) fn text(row: &mut Vec<u8>, value: &[u8]) {
    let plain = |byte: &u8| !matches!(byte, b',' | b'"' | b'\n' | b'\r');
    if value.iter().all(plain) {
        row.extend_from_slice(value);
    } else {
        row.push(b'"');
        for &byte in value {
            if byte == b'"' {
                row.push(b'"');
            }
            row.push(byte);
        }
        row.push(b'"');
    }
    row.push(b',');
}

/// An empty field.
pub(super) fn empty(row: &mut Vec<u8>) {
    row.push(b',');
}

/// A text of ours that needs no quoting.
pub(super) fn word(row: &mut Vec<u8>, value: &str) {
    row.extend_from_slice(value.as_bytes());
    row.push(b',');
}

/// A whole number.
pub(super) fn number(row: &mut Vec<u8>, value: impl Into<u64>) {
    let value = value.into();
    if value < 10 {
        // Most numbers of most rows, and a copy of known length is a store.
        row.extend_from_slice(&[b'0' + value as u8, b',']);
    } else {
        integer(row, value);
    }
}

/// Quarters of a unit as a number of units: `2`, `0.25`.
pub(super) fn quarters(row: &mut Vec<u8>, value: u128) {
    digits(row, value / 4);
    row.extend_from_slice([&b","[..], b".25,", b".5,", b".75,"][(value % 4) as usize]);
}

/// A whole number of any kind.
pub(super) fn integer<I: itoa::Integer>(row: &mut Vec<u8>, value: I) {
    digits(row, value);
    row.push(b',');
}

/// A whole number without a comma.
pub(super) fn digits<I: itoa::Integer>(row: &mut Vec<u8>, value: I) {
    row.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Milliseconds since the start, or empty.
pub(super) fn time(row: &mut Vec<u8>, value: Option<SimTime>) {
    match value {
        Some(time) => number(row, time.as_millis()),
        None => empty(row),
    }
}

/// USD with nine decimals.
pub(super) fn usd(row: &mut Vec<u8>, value: NanoUsd) {
    const NANO: u64 = 1_000_000_000;
    if value.0 < 0 {
        row.push(b'-');
    }
    let nano = value.0.unsigned_abs();
    digits(row, nano / NANO);
    let mut decimals = *b".000000000,";
    let mut rest = nano % NANO;
    for digit in decimals[1..10].iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    row.extend_from_slice(&decimals);
}

/// Ends a row: the comma of the last field becomes the line end.
pub(super) fn end_row(row: &mut [u8]) {
    if let Some(last) = row.last_mut() {
        *last = b'\n';
    }
}

/// `job-17`, or `job-17:3` for a child.
pub(super) fn job_id(row: &mut Vec<u8>, id: JobId, array_index: Option<u32>) {
    row.extend_from_slice(b"job-");
    digits(row, id.raw());
    if let Some(index) = array_index {
        row.push(b':');
        digits(row, index);
    }
    row.push(b',');
}

/// A job's own name.
pub(super) fn job_name(row: &mut Vec<u8>, name: &JobName) {
    match name {
        JobName::Number(value) => number(row, *value),
        JobName::Shared(value) => text(row, value.as_bytes()),
        JobName::Inline(len, ShortText(bytes)) => {
            text(row, &bytes[..usize::from(*len).min(bytes.len())]);
        }
        JobName::Long(value) => text(row, value.as_bytes()),
    }
}

/// `i-00000000000000007`
pub(super) fn instance(row: &mut Vec<u8>, id: InstanceId) {
    row.extend_from_slice(&instance_name_bytes(id));
    row.push(b',');
}

/// AWS's name of a job's state.
pub(super) fn status(row: &mut Vec<u8>, status: JobStatus) {
    word(row, status.as_str());
}

/// AWS's text (behaviour 1.3, 1.5).
pub(super) fn status_reason(row: &mut Vec<u8>, reason: StatusReason) {
    match reason {
        StatusReason::None => empty(row),
        StatusReason::ContainerExited => word(row, "Essential container in task exited"),
        StatusReason::HostTerminated(id) => {
            row.extend_from_slice(b"Host EC2 (instance ");
            row.extend_from_slice(&instance_name_bytes(id));
            row.extend_from_slice(b") terminated.,");
        }
        StatusReason::SpotTaskInterrupted => word(row, "Your Spot Task was interrupted."),
        StatusReason::TimedOut => word(row, "Job attempt duration exceeded timeout"),
        // Its text is a name of the run, which the caller knows.
        StatusReason::Requested(_) => empty(row),
        StatusReason::MainNodeEnded => word(row, "Main node ended"),
        StatusReason::DependencyFailed => word(row, "Dependent Job failed"),
        StatusReason::InvalidEnvironments => {
            word(row, "ACTION_REQUIRED - CE(s) associated with the job queue are invalid.");
        }
        StatusReason::Stuck(reason) => {
            row.extend_from_slice(stuck_reason(reason).as_bytes());
            row.extend_from_slice(b" - ");
            word(row, reason.meaning());
        }
        StatusReason::TimeLimit(reason) => {
            row.extend_from_slice(b"Canceled by JobStateTimeLimit action due to reason: ");
            word(row, stuck_reason(reason));
        }
    }
}

const fn stuck_reason(reason: StuckReason) -> &'static str {
    match reason {
        StuckReason::InsufficientInstanceCapacity => "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
        StuckReason::ComputeEnvironmentMaxResource => {
            "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE"
        }
        StuckReason::JobResourceRequirement => "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
    }
}

/// One field a cause, ms.
pub(super) fn waits(row: &mut Vec<u8>, waits: &Waits) {
    for cause in WaitCause::ALL {
        number(row, waits.get(cause).as_millis());
    }
}

/// The columns of [`waits`], each with its comma.
pub(super) fn wait_columns() -> String {
    WaitCause::ALL.map(|cause| format!("wait_{}_ms,", cause.as_str())).concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut row = Vec::new();
        write(&mut row);
        String::from_utf8(row).unwrap()
    }

    #[test]
    fn money_prints_as_its_display_does() {
        for nano in [0, 1, -1, 999_999_999, 1_000_000_000, -12_345_678_901, i64::MAX, i64::MIN] {
            let field = written(|row| usd(row, NanoUsd(nano)));
            assert_eq!(field, format!("{},", NanoUsd(nano)));
        }
    }

    #[test]
    fn quarters_are_written_as_units() {
        let field = |value| written(|row| quarters(row, value));
        let expected = ["0,", "0.25,", "0.5,", "0.75,", "1,", "2.75,"];
        assert_eq!([0, 1, 2, 3, 4, 11].map(field), expected);
    }

    #[test]
    fn a_name_is_quoted_only_where_it_must_be() {
        let field = |name: &str| written(|row| text(row, name.as_bytes()));
        assert_eq!(field("a b=c"), "a b=c,");
        assert_eq!(field("a,b"), "\"a,b\",");
        assert_eq!(field("say \"x\"\n"), "\"say \"\"x\"\"\n\",");
    }

    #[test]
    fn every_kind_of_job_name_prints_its_text() {
        let mut inline = [0; 16];
        inline[..4].copy_from_slice(b"a,bc");
        let field = |name: JobName| written(|row| job_name(row, &name));
        assert_eq!(field(JobName::Number(12)), "12,");
        assert_eq!(field(JobName::Inline(3, ShortText(inline))), "\"a,b\",");
        assert_eq!(field(JobName::Shared("sweep".into())), "sweep,");
        assert_eq!(field(JobName::Long("x".repeat(40).into())), format!("{},", "x".repeat(40)));
    }

    #[test]
    fn a_reason_is_aws_text() {
        let field = |reason| written(|row| status_reason(row, reason));
        assert_eq!(
            field(StatusReason::HostTerminated(InstanceId::new(7))),
            "Host EC2 (instance i-00000000000000007) terminated.,"
        );
        assert_eq!(field(StatusReason::SpotTaskInterrupted), "Your Spot Task was interrupted.,");
        assert_eq!(
            field(StatusReason::TimeLimit(StuckReason::JobResourceRequirement)),
            "Canceled by JobStateTimeLimit action due to reason: \
             MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT,"
        );
    }

    #[test]
    fn instance_names_are_hexadecimal() {
        assert_eq!(instance_name(InstanceId::new(0)), "i-00000000000000000");
        assert_eq!(instance_name(InstanceId::new(u32::MAX)), "i-000000000ffffffff");
    }
}
