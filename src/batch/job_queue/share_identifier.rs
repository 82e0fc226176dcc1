//! The name of a share: whose work a job of a fair-share queue is.
//!
//! One text, shared by all jobs that carry it: a job pays a pointer, and a clone no allocation.
//! Does not know which shares a policy lists, nor which of them are active. Invariant: 1 to 255
//! ASCII letters and digits, perhaps followed by an asterisk (behaviour 5.5).

use std::fmt;
use std::sync::Arc;

/// `shareIdentifier` of a submission or of an entry of `shareDistribution`.
///
/// ```
/// use batchcast::batch::job_queue::ShareIdentifier;
/// let share = ShareIdentifier::new("teamA").unwrap();
/// assert_eq!(share.as_str(), "teamA");
/// assert!(ShareIdentifier::new("team*").is_some());
/// assert_eq!(ShareIdentifier::new("team A"), None);
/// ```
// A thin pointer: with the length beside it a submission would be a word larger.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShareIdentifier(Arc<Box<str>>);

impl ShareIdentifier {
    /// Most letters and digits of one.
    pub const MOST_CHARACTERS: usize = 255;
    /// What is accepted, in words.
    pub const EXPECTED: &str = "1 to 255 letters and digits, perhaps followed by an asterisk";

    /// Nothing when AWS would refuse the text.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let name = text.strip_suffix('*').unwrap_or(text);
        let is_name = (1..=Self::MOST_CHARACTERS).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_name.then(|| Self(Arc::new(text.into())))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What precedes a trailing asterisk: of an entry of a policy, the prefix that it stands for.
    #[must_use]
    pub fn prefix(&self) -> Option<&str> {
        self.as_str().strip_suffix('*')
    }
}

impl fmt::Display for ShareIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ShareIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_identifier_is_255_letters_and_digits_and_perhaps_an_asterisk() {
        let (longest, longer) = ("a".repeat(255), "a".repeat(256));
        for good in ["a", "7", "TeamA1", "team*", &longest, &format!("{longest}*")] {
            assert!(ShareIdentifier::new(good).is_some(), "{good}");
        }
        for bad in ["", "*", "te*am", "a**", "a-b", "a b", "gr\u{f6}n", &longer] {
            assert_eq!(ShareIdentifier::new(bad), None, "{bad}");
        }
    }

    #[test]
    fn equal_texts_are_one_share_wherever_they_were_read() {
        let (a, b) = (ShareIdentifier::new("team"), ShareIdentifier::new("team"));
        assert_eq!(a, b);
        assert_eq!(size_of_val(&a), size_of::<usize>());
    }
}
