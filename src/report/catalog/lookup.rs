//! What is asked of the catalog: a type by its name, or a family. A name of something else is
//! answered with what it is.

use crate::ec2::catalog::{Catalog, TypeId};

/// A name under which there is nothing to show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is no {wanted} of {region}; a name such as {example} is expected{hint}")]
pub struct LookupError {
    /// What was asked for.
    name: String,
    /// `instance type` or `family of instance types`.
    wanted: &'static str,
    /// The catalog's region.
    region: String,
    /// What would be accepted.
    example: &'static str,
    /// A line of its own, or empty.
    hint: String,
}

/// The type of that name.
pub(super) fn instance_type(catalog: &Catalog, name: &str) -> Result<TypeId, LookupError> {
    catalog.find(name).ok_or_else(|| LookupError {
        name: name.to_owned(),
        wanted: "instance type",
        region: catalog.region().to_owned(),
        example: "c6i.4xlarge",
        hint: match Catalog::families_of_set(name) {
            Some(families) => set(families),
            None if is_family(catalog, name) => {
                format!("\nhint: it is a family; `batchcast catalog list --family {name}` lists it")
            }
            None => nearest(&catalog.nearest_types(name)),
        },
    })
}

/// Checks that there is a family of that name.
pub(super) fn family(catalog: &Catalog, name: &str) -> Result<(), LookupError> {
    if is_family(catalog, name) {
        return Ok(());
    }
    Err(LookupError {
        name: name.to_owned(),
        wanted: "family of instance types",
        region: catalog.region().to_owned(),
        example: "c6i",
        hint: match Catalog::families_of_set(name) {
            Some(families) => set(families),
            None if catalog.find(name).is_some() => {
                format!("\nhint: it is a type; `batchcast catalog show {name}` shows it")
            }
            None => nearest(&catalog.nearest_families(name)),
        },
    })
}

fn is_family(catalog: &Catalog, name: &str) -> bool {
    catalog.iter().any(|(_, t)| t.family == name)
}

fn set(families: &[&str]) -> String {
    let (all, first) = (families.join(", "), families.first().copied().unwrap_or_default());
    format!(
        "\nhint: it is a set of the families {all}; `batchcast catalog list --family {first}` lists \
         the first"
    )
}

fn nearest(names: &[String]) -> String {
    if names.is_empty() {
        String::new()
    } else {
        format!("\nhint: nearest are {}", names.join(", "))
    }
}
