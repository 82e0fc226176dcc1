//! One accepted or attempted SubmitJob call, whatever made it.

use crate::batch::dependency::Links;
use crate::batch::job_definition::{JobDefinitionId, Requirements};
use crate::batch::job_queue::{JobQueueId, ShareIdentifier};
use crate::sim::SimDuration;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

/// A job or array job entering the account.
#[derive(Clone, Debug)]
pub struct JobSubmission {
    /// `jobName`, or the trace's own id verbatim.
    pub name: JobName,
    /// The queue it is submitted to.
    pub queue: JobQueueId,
    /// Retry strategy, image, failures and run time model come from here.
    pub definition: JobDefinitionId,
    /// After overrides.
    pub requirements: Requirements,
    /// The recorded run time; `None` draws it from the definition's model.
    pub run_time: Option<SimDuration>,
    /// Children, 2 to 10,000; 0 for a job that is no array.
    pub array_size: u32,
    /// Equal nodes that each ask for `requirements`, at least 2; 0: as many as the definition says.
    pub nodes: u32,
    /// `retryStrategy.attempts` of the submission, replacing the definition's whole strategy.
    pub attempts: Option<u8>,
    /// `timeout` of the submission, replacing the definition's.
    pub timeout: Option<SimDuration>,
    /// `shareIdentifier`; a queue with a scheduling policy wants one, others do not look at it.
    pub share: Option<ShareIdentifier>,
    /// `schedulingPriorityOverride`, else that of the definition, 0 to 9,999.
    pub scheduling_priority: u16,
    /// Whether the call passes the SubmitJob rate limit; records of a trace were accepted already.
    pub throttled: bool,
    /// What it has to do with other submissions; most have nothing.
    pub links: Option<Arc<Links>>,
    /// Who is told how it ended, if somebody waits for that; of a job that is no array.
    pub ticket: Option<Ticket>,
    /// The `submit` entry of the workload that it comes from, by position; records of traces and
    /// tasks of workflows come from none.
    pub entry: Option<EntryId>,
}

/// The position of an entry in the `workload` list.
// One more than the position, so that a submission without one is not larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(NonZeroU32);

impl EntryId {
    /// The entry at `position`, from 0.
    ///
    /// ```
    /// use batchcast::workload::submission::EntryId;
    /// assert_eq!(EntryId::from_index(7).index(), 7);
    /// ```
    #[must_use]
    pub fn from_index(position: usize) -> Self {
        let number = u32::try_from(position).unwrap_or(u32::MAX).saturating_add(1);
        Self(NonZeroU32::new(number).unwrap_or(NonZeroU32::MAX))
    }

    /// Its position, from 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// A source that waits for the end of a job, and what it calls that job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The position of the source in the `workload` list.
    pub source: u32,
    /// The source's own number for the job.
    pub number: u32,
}

/// A job's name. Kept inline where it is short: a live job carries its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobName {
    /// A decimal number, the usual id of a trace (no leading zeros).
    Number(u64),
    /// One text shared by many jobs.
    Shared(Arc<str>),
    /// At most 16 bytes: length and UTF-8 text.
    Inline(u8, ShortText),
    /// A longer one.
    Long(Box<str>),
}

/// Up to 16 bytes of text. Aligned, so that a name moves in whole words: moved byte by byte it is
/// read before it has been written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(8))]
pub struct ShortText(pub [u8; 16]);

impl JobName {
    /// The shortest form of a name; `None` when it is not UTF-8.
    ///
    /// Only decimal text that prints back the same becomes a number: `007` stays a text.
    ///
    /// ```
    /// use batchcast::workload::submission::JobName;
    /// assert_eq!(JobName::from_bytes(b"4711"), Some(JobName::Number(4711)));
    /// assert_eq!(JobName::from_bytes(b"007").unwrap().to_string(), "007");
    /// assert_eq!(JobName::from_bytes(b"\xff"), None);
    /// ```
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if let Some(number) = canonical_number(bytes) {
            return Some(Self::Number(number));
        }
        let text = std::str::from_utf8(bytes).ok()?;
        let mut inline = [0; 16];
        match inline.get_mut(..bytes.len()) {
            Some(start) => {
                start.copy_from_slice(bytes);
                Some(Self::Inline(bytes.len() as u8, ShortText(inline)))
            }
            None => Some(Self::Long(text.into())),
        }
    }

    /// Appends the name to `out`.
    ///
    /// ```
    /// use batchcast::workload::submission::JobName;
    /// let mut out = b"job_name=".to_vec();
    /// JobName::Number(17).write_to(&mut out);
    /// assert_eq!(out, b"job_name=17");
    /// ```
    pub fn write_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::Number(number) => {
                out.extend_from_slice(itoa::Buffer::new().format(*number).as_bytes());
            }
            text => out.extend_from_slice(text.text()),
        }
    }

    /// The bytes of a name that is no number.
    fn text(&self) -> &[u8] {
        match self {
            Self::Number(_) => &[],
            Self::Shared(text) => text.as_bytes(),
            Self::Inline(length, ShortText(bytes)) => {
                &bytes[..usize::from(*length).min(bytes.len())]
            }
            Self::Long(text) => text.as_bytes(),
        }
    }
}

impl fmt::Display for JobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            // Lossy, because the variants are public: a name built elsewhere must still print.
            text => String::from_utf8_lossy(text.text()).fmt(f),
        }
    }
}

#[inline]
fn canonical_number(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() || bytes.len() > 20 || (bytes[0] == b'0' && bytes.len() > 1) {
        return None;
    }
    // 19 digits always fit; only the twentieth can overflow.
    let (head, last) = bytes.split_at(bytes.len().min(19));
    let mut number = 0_u64;
    for byte in head {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = 10 * number + u64::from(digit);
    }
    last.iter().try_fold(number, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_prints_back_verbatim() {
        let names = [
            "",
            "0",
            "00",
            "1",
            "18446744073709551615",
            "18446744073709551616",
            "-1",
            "+1",
            "1.0",
            "sixteen bytes ok",
            "seventeen is more",
            "größe",
            " 7",
        ];
        for name in names {
            let parsed = JobName::from_bytes(name.as_bytes()).unwrap();
            let mut written = Vec::new();
            parsed.write_to(&mut written);
            assert_eq!((parsed.to_string().as_str(), written.as_slice()), (name, name.as_bytes()));
        }
    }

    #[test]
    fn only_text_that_prints_back_becomes_a_number() {
        let number =
            |name: &str| matches!(JobName::from_bytes(name.as_bytes()), Some(JobName::Number(_)));
        assert!(number("0") && number("12") && number("18446744073709551615"));
        assert!(!number("012") && !number("+1") && !number("") && !number("18446744073709551616"));
    }

    #[test]
    fn a_name_stays_as_small_as_three_words() {
        assert_eq!(size_of::<JobName>(), 24);
    }
}
