//! Shares and scheduling priorities of submissions, as their queue wants them (behaviour 5.5).

use super::Reader;
use crate::batch::job_definition::JobDefinitionId;
use crate::batch::job_queue::{JobQueueId, ShareIdentifier};
use crate::experiment::scenario::error::{Complaint, Report};
use crate::experiment::scenario::path::Path;
use crate::experiment::scenario::validate::scheduling_policy::share_identifier;
use crate::workload::spec::ShareRule;

/// What AWS answers to a job without a priority.
const NO_PRIORITY: &str =
    "Either schedulingPriority in job definition or schedulingPriorityOverride should be specified";

impl Reader<'_> {
    /// What a queue says of shares.
    pub(super) fn share_rule(&self, queue: JobQueueId) -> ShareRule {
        let has_policy = self.raw.job_queues[queue.index()].scheduling_policy_arn.is_some();
        match (has_policy, self.fifo_refuses_share) {
            (true, _) => ShareRule::Required,
            (false, true) => ShareRule::Refused,
            (false, false) => ShareRule::Ignored,
        }
    }

    /// By queue.
    pub(super) fn share_rules(&self) -> Vec<ShareRule> {
        let queues = (0..self.raw.job_queues.len()).map(JobQueueId::from_index);
        queues.map(|queue| self.share_rule(queue)).collect()
    }

    /// The share and the priority of a submission that says these of itself; mistakes go to the
    /// report.
    pub(super) fn share(
        &self,
        (said, priority): (Option<&str>, Option<u16>),
        queue: JobQueueId,
        definition: JobDefinitionId,
        path: &Path,
        report: &mut Report,
    ) -> (Option<ShareIdentifier>, u16) {
        let own = self.definitions.list[definition.index()].scheduling_priority;
        let priority = priority.or(own);
        let share_path = path.key("shareIdentifier");
        let share = said.and_then(|text| report.ok(&share_path, share_identifier(text)));
        let name = &self.raw.job_queues[queue.index()].job_queue_name;
        match (self.share_rule(queue), said) {
            (ShareRule::Required, said) => {
                if said.is_none() {
                    let complaint = Complaint::new(format!(
                        "job queue {name} has a scheduling policy, and the job no shareIdentifier"
                    ));
                    report.error(path, complaint.hint("write shareIdentifier: teamA"));
                }
                if priority.is_none() {
                    report.error(path, Complaint::new(NO_PRIORITY).accepted("0 to 9999"));
                }
            }
            (ShareRule::Refused, Some(_)) => {
                let complaint = Complaint::new(format!(
                    "job queue {name} has no scheduling policy, so a job there has no share"
                ));
                let hint = format!(
                    "leave it out, give {name} a schedulingPolicyArn, or ignore shares there with \
                     profile: {{fifoRefusesShare: false}}"
                );
                report.key_error(&share_path, complaint.hint(hint));
            }
            (ShareRule::Refused | ShareRule::Ignored, _) => {}
        }
        (share, priority.unwrap_or(0))
    }

    /// Why no row of a log could be submitted to a queue, if so.
    pub(super) fn log_without_shares(&self, queue: JobQueueId) -> Option<Complaint> {
        if self.share_rule(queue) != ShareRule::Required {
            return None;
        }
        let name = &self.raw.job_queues[queue.index()].job_queue_name;
        let complaint = Complaint::new(format!(
            "job queue {name} has a scheduling policy, and the rows of an swf log have no share"
        ));
        let hint = "use a csv trace with the columns share and priority, or a queue without a \
            schedulingPolicyArn";
        Some(complaint.hint(hint))
    }
}
