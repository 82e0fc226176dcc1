//! References by name or ARN.

use super::super::error::Complaint;

/// What a reference names: the last segment of an ARN's path, or the whole text (behaviour 10).
pub(super) fn last_segment(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

/// A definition's name and the revision that a reference asks for.
pub(super) fn revision(reference: &str) -> (&str, Option<u32>) {
    let segment = last_segment(reference);
    match segment.rsplit_once(':') {
        Some((name, digits)) => match digits.parse() {
            Ok(revision) => (name, Some(revision)),
            Err(_) => (segment, None),
        },
        None => (segment, None),
    }
}

/// The position of a name, or a complaint that lists the names there are.
pub(super) fn find(what: &str, name: &str, known: &[String]) -> Result<usize, Complaint> {
    known.iter().position(|other| other == name).ok_or_else(|| unknown(what, name, known))
}

/// The complaint about a name that nothing has.
pub(super) fn unknown(what: &str, name: &str, known: &[String]) -> Complaint {
    let complaint = Complaint::new(format!("there is no {what} {name}"));
    let complaint = match known.is_empty() {
        true => complaint.accepted(format!("nothing: the scenario has no {what}")),
        false => complaint.accepted(known.join(", ")),
    };
    complaint.did_you_mean(name, known.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_names_by_its_last_segment() {
        let arn = "arn:aws:batch:us-east-1:123456789012:job-definition/sim:7";
        assert_eq!(revision(arn), ("sim", Some(7)));
        assert_eq!(revision("sim"), ("sim", None));
        assert_eq!(last_segment("arn:aws:batch:us-east-1:1:job-queue/q"), "q");
    }
}
