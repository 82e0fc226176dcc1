//! EC2 as a supplier of capacity: what can be bought, what it costs, when it is refused or taken
//! back.
//!
//! Does not know why capacity is wanted. The door to instances is [`fleet`]: a request in,
//! instances or refusals out, interruption warnings later. The door to tasks is [`fargate`].

pub mod billing;
pub mod catalog;
pub mod fargate;
pub mod fleet;
pub mod machine_speed;
pub mod market;
pub mod money;
pub mod on_demand;
pub mod price_series;
pub mod quota;
