//! The door between those who want capacity and EC2: requests in, outcomes out.

crate::define_id! {
    /// An instance, in order of launch; never reused.
    pub struct InstanceId = "i";
}

/// How an instance is bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PurchaseOption {
    /// At the list price, kept until terminated.
    OnDemand,
    /// At the market's price, may be taken back.
    Spot,
}

impl PurchaseOption {
    /// `on_demand` or `spot`, as in result columns.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OnDemand => "on_demand",
            Self::Spot => "spot",
        }
    }
}
