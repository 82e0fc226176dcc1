//! Typed indices: `Copy`, ordered, printable as `job-17`.
//!
//! An index of one kind can not be passed where another is meant; beyond that it is a plain `u32`.

/// Defines a typed `u32` index that prints as `<prefix>-<n>`.
///
/// ```
/// batchcast::define_id! {
///     /// A server.
///     pub struct ServerId = "server";
/// }
/// let id = ServerId::new(17);
/// assert_eq!(id.to_string(), "server-17");
/// assert_eq!(id.index(), 17);
/// ```
#[macro_export]
macro_rules! define_id {
    ($($(#[$meta:meta])* $vis:vis struct $name:ident = $prefix:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis struct $name(u32);

        #[allow(dead_code, missing_docs, unreachable_pub)]
        impl $name {
            #[must_use]
            pub const fn new(raw: u32) -> Self {
                Self(raw)
            }
            /// Panics when `index` exceeds `u32::MAX`: no table of the simulator grows so long.
            #[must_use]
            pub fn from_index(index: usize) -> Self {
                assert!(u32::try_from(index).is_ok(), "{} index {index} exceeds u32", $prefix);
                Self(index as u32)
            }
            #[must_use]
            pub const fn raw(self) -> u32 {
                self.0
            }
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "-{}"), self.0)
            }
        }
    )+};
}
