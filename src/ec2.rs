//! EC2 as a supplier of capacity: what can be bought, what it costs, when it is refused or taken
//! back.
//!
//! Does not know why capacity is wanted. The only door is [`fleet`]: a request in, instances or
//! refusals out, interruption warnings later.

pub mod billing;
pub mod catalog;
pub mod fleet;
pub mod market;
pub mod money;
pub mod quota;
