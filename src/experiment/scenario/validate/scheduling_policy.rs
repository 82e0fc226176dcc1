//! Scheduling policies: what a queue's schedulingPolicyArn leads to (behaviour 5.5).
//!
//! Does not know who uses a policy.

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::{Scenario, aws};
use super::{duplicates, names};
use crate::batch::job_queue::ShareIdentifier;
use crate::batch::scheduling_policy::{FairSharePolicy, ShareAttributes};
use crate::sim::SimDuration;

/// The policies of a scenario by position; mistakes go to the report.
#[derive(Debug)]
pub(super) struct SchedulingPolicies {
    names: Vec<String>,
    list: Vec<FairSharePolicy>,
}

impl SchedulingPolicies {
    /// Every policy.
    pub(super) fn read(raw: &Scenario, report: &mut Report) -> Self {
        let list = Path::default().key("schedulingPolicies");
        let names: Vec<_> = raw.scheduling_policies.iter().map(|p| p.name.clone()).collect();
        duplicates("scheduling policies", &names, &list, "name", report);
        let policies = raw.scheduling_policies.iter().enumerate();
        let policies = policies.map(|(index, policy)| {
            let path = list.index(index).key("fairsharePolicy").key("shareDistribution");
            let raw = &policy.fairshare_policy;
            FairSharePolicy {
                share_decay: SimDuration::from_secs(u64::from(raw.share_decay_seconds)),
                compute_reservation: raw.compute_reservation,
                share_distribution: distribution(&raw.share_distribution, &path, report),
            }
        });
        Self { list: policies.collect(), names }
    }

    /// The policy that a name or an ARN means.
    pub(super) fn find(&self, reference: &str) -> Result<FairSharePolicy, Complaint> {
        let name = names::last_segment(reference);
        let position = names::find("scheduling policy", name, &self.names)?;
        Ok(self.list[position].clone())
    }
}

/// A share identifier as AWS takes it.
pub(super) fn share_identifier(text: &str) -> Result<ShareIdentifier, Complaint> {
    ShareIdentifier::new(text).ok_or_else(|| {
        let complaint = Complaint::new(format!("{text:?} is no share identifier"));
        complaint.accepted(ShareIdentifier::EXPECTED)
    })
}

fn distribution(
    raw: &[aws::ShareAttributes],
    path: &Path,
    report: &mut Report,
) -> Vec<ShareAttributes> {
    let mut list: Vec<ShareAttributes> = Vec::new();
    for (index, entry) in raw.iter().enumerate() {
        let path = path.index(index).key("shareIdentifier");
        let identifier = share_identifier(&entry.share_identifier);
        let Some(share_identifier) = report.ok(&path, identifier) else { continue };
        let weight_factor = entry.weight_factor;
        let attributes = ShareAttributes { share_identifier, weight_factor };
        if let Some(other) = list.iter().find(|other| other.overlaps(&attributes)) {
            let (one, other) = (&attributes.share_identifier, &other.share_identifier);
            let complaint = Complaint::new(format!("{one} overlaps {other}, which is listed too"));
            let hint = "a share is meant by one entry: leave one of the two out";
            report.error(&path, complaint.hint(hint));
        }
        list.push(attributes);
    }
    list
}
