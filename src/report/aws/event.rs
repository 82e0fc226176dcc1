//! `events.ndjson`: the envelope that EventBridge puts around a change of state.

use super::account::{ACCOUNT, Run};
use super::detail::{JobDetail, write_json};
use crate::sim::SimTime;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Event<'a> {
    version: &'static str,
    id: String,
    detail_type: &'static str,
    source: &'static str,
    account: &'static str,
    /// To the millisecond: the detail does not say when a state was entered.
    time: String,
    region: &'a str,
    resources: [&'a str; 1],
    detail: &'a JobDetail<'a>,
}

/// One line: the `number`-th event of a replication, in the order of their times.
pub(super) fn write(
    row: &mut Vec<u8>,
    run: &Run<'_>,
    number: u64,
    time: SimTime,
    detail: &JobDetail<'_>,
) {
    let millis = run.account.epoch_ms(time);
    let event = Event {
        version: "0",
        id: run.event_id(number),
        detail_type: "Batch Job State Change",
        source: "aws.batch",
        account: ACCOUNT,
        time: jiff::Timestamp::from_millisecond(millis)
            .map_or_else(|_| jiff::Timestamp::MAX.to_string(), |time| format!("{time:.3}")),
        region: run.account.region(),
        resources: [&detail.job_arn],
        detail,
    };
    write_json(row, &event);
}
