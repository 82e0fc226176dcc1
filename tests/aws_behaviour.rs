//! One test per sentence that the model claims of AWS Batch, EC2 and Spot; `docs/model.md` says
//! which test holds which sentence.
//!
//! What is expected comes from the rule and from arithmetic done by hand, never from what a run
//! printed. Most tests start from `profile: ideal`, where nothing takes time, and switch on the one
//! parameter that they are about.

#![allow(clippy::expect_used, reason = "a test that can not go on says why")]

mod support;

#[path = "aws_behaviour/billing.rs"]
mod billing;
#[path = "aws_behaviour/cancel.rs"]
mod cancel;
#[path = "aws_behaviour/checkpoints.rs"]
mod checkpoints;
#[path = "aws_behaviour/consumables.rs"]
mod consumables;
#[path = "aws_behaviour/definitions.rs"]
mod definitions;
#[path = "aws_behaviour/dependencies.rs"]
mod dependencies;
#[path = "aws_behaviour/environments.rs"]
mod environments;
#[path = "aws_behaviour/fair_share.rs"]
mod fair_share;
#[path = "aws_behaviour/fair_share_reservation.rs"]
mod fair_share_reservation;
#[path = "aws_behaviour/fargate.rs"]
mod fargate;
#[path = "aws_behaviour/jobs.rs"]
mod jobs;
#[path = "aws_behaviour/multi_node.rs"]
mod multi_node;
#[path = "aws_behaviour/on_demand.rs"]
mod on_demand;
#[path = "aws_behaviour/placement.rs"]
mod placement;
#[path = "aws_behaviour/queues.rs"]
mod queues;
#[path = "aws_behaviour/random_accounts.rs"]
mod random_accounts;
#[path = "aws_behaviour/recorded_capacity.rs"]
mod recorded_capacity;
#[path = "aws_behaviour/refusals.rs"]
mod refusals;
#[path = "aws_behaviour/requests.rs"]
mod requests;
#[path = "aws_behaviour/scaling.rs"]
mod scaling;
#[path = "aws_behaviour/service_quotas.rs"]
mod service_quotas;
#[path = "aws_behaviour/spot.rs"]
mod spot;
#[path = "aws_behaviour/spot_prices.rs"]
mod spot_prices;
#[path = "aws_behaviour/staging.rs"]
mod staging;
#[path = "aws_behaviour/states.rs"]
mod states;
#[path = "aws_behaviour/strategies.rs"]
mod strategies;
#[path = "aws_behaviour/waits.rs"]
mod waits;
