//! What an entry of `instanceTypes` means (behaviour 6.3): a type, a family, or one of AWS's sets.
//!
//! Does not know how a compute environment uses the types, nor whether one of them has a price.

use super::{Catalog, InstanceType, TypeId};

/// AWS's named sets of families; it changes the lists over time (behaviour 6.3).
const SETS: [(&str, [&str; 4]); 3] = [
    ("optimal", DEFAULT_X86_64),
    ("default_x86_64", DEFAULT_X86_64),
    ("default_arm64", ["m6g", "c6g", "r6g", "c7g"]),
];
const DEFAULT_X86_64: [&str; 4] = ["m6i", "c6i", "r6i", "c7i"];

/// Suggestions in an error at most.
const SUGGESTIONS: usize = 3;

/// An entry of `instanceTypes` that names nothing that can be launched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Neither a type, a family, nor a set.
    #[error(
        "{token:?} is not in the catalog of {region}; an instance type, a family, optimal, \
         default_x86_64 or default_arm64 is expected{}",
        hint(nearest)
    )]
    Unknown {
        /// What was written.
        token: String,
        /// The catalog's region.
        region: String,
        /// The most similar names, best first; may be empty.
        nearest: Vec<String>,
    },
    /// A family without a type that could be taken for it.
    #[error(
        "family {family:?} has no priced type that is offered in {region}, metal sizes aside\n\
         hint: name one of its types and give it a price under catalog.instanceTypes"
    )]
    NothingOffered {
        /// The family.
        family: String,
        /// The catalog's region.
        region: String,
    },
}

fn hint(nearest: &[String]) -> String {
    if nearest.is_empty() {
        String::new()
    } else {
        format!("\nhint: nearest are {}", nearest.join(", "))
    }
}

impl Catalog {
    /// The types that an entry of `instanceTypes` stands for.
    ///
    /// A type that is named is taken as it is; [`Catalog::price`] tells whether it can be paid. A
    /// family stands for its priced types that the region offers, without metal sizes, by
    /// ascending vCPUs; a set for its families in order.
    ///
    /// # Errors
    /// [`TokenError`] when nothing is meant, with the nearest names.
    pub fn expand(&self, token: &str) -> Result<Vec<TypeId>, TokenError> {
        if let Some(id) = self.find(token) {
            return Ok(vec![id]);
        }
        let one = [token];
        let families = Self::families_of_set(token).unwrap_or(&one);
        let types: Vec<TypeId> = families.iter().flat_map(|family| self.family(family)).collect();
        let region = self.region().to_owned();
        if !types.is_empty() {
            Ok(types)
        } else if self.iter().any(|(_, t)| t.family == token) {
            Err(TokenError::NothingOffered { family: token.to_owned(), region })
        } else {
            Err(self.unknown(token))
        }
    }

    /// The families of one of AWS's sets, `optimal` for instance.
    #[must_use]
    pub fn families_of_set(name: &str) -> Option<&'static [&'static str]> {
        SETS.iter().find(|(set, _)| *set == name).map(|(_, families)| &families[..])
    }

    /// The types of a family that it stands for.
    fn family(&self, family: &str) -> Vec<TypeId> {
        let sold = |t: &InstanceType| !t.bare_metal && t.on_demand.is_some() && !t.zones.is_empty();
        let mut types: Vec<TypeId> =
            self.iter().filter(|(_, t)| t.family == family && sold(t)).map(|(id, _)| id).collect();
        types.sort_unstable_by_key(|id| (self.get(*id).vcpus, self.get(*id).memory_mib, *id));
        types
    }

    /// The error for a name that is not in the catalog, with the most similar names.
    #[must_use]
    pub fn unknown(&self, token: &str) -> TokenError {
        let names: Vec<&str> = if token.contains('.') {
            self.iter().map(|(_, t)| t.name.as_str()).collect()
        } else {
            let sets = SETS.iter().map(|(set, _)| *set);
            sets.chain(self.iter().map(|(_, t)| t.family.as_str())).collect()
        };
        let nearest = nearest(token, names);
        TokenError::Unknown { token: token.to_owned(), region: self.region().to_owned(), nearest }
    }

    /// The names of types most similar to one, best first; none that is too far from it.
    #[must_use]
    pub fn nearest_types(&self, name: &str) -> Vec<String> {
        nearest(name, self.iter().map(|(_, t)| t.name.as_str()).collect())
    }

    /// The same of families.
    #[must_use]
    pub fn nearest_families(&self, name: &str) -> Vec<String> {
        nearest(name, self.iter().map(|(_, t)| t.family.as_str()).collect())
    }
}

/// The most similar of some names, best first; none that is too far.
fn nearest(token: &str, mut names: Vec<&str>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    let far = (token.len() / 3).max(2);
    let mut near: Vec<(usize, &str)> = names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(token, name), name))
        .filter(|(distance, _)| *distance <= far)
        .collect();
    near.sort_unstable();
    near.iter().take(SUGGESTIONS).map(|(_, name)| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(token: &str) -> Vec<String> {
        let catalog = Catalog::embedded();
        let types = catalog.expand(token).unwrap();
        types.into_iter().map(|id| catalog.get(id).name.clone()).collect()
    }

    #[test]
    fn a_family_stands_for_its_sizes_by_ascending_vcpus_without_metal() {
        let c6i = names("c6i");
        assert_eq!(c6i[..3], ["c6i.large", "c6i.xlarge", "c6i.2xlarge"]);
        assert_eq!(c6i.last().map(String::as_str), Some("c6i.32xlarge"));
        assert!(c6i.iter().all(|name| !name.contains("metal")));
    }

    #[test]
    fn optimal_is_default_x86_64_and_stands_for_four_families_in_order() {
        let optimal = names("optimal");
        assert_eq!(optimal, names("default_x86_64"));
        assert_eq!(optimal, ["m6i", "c6i", "r6i", "c7i"].map(names).concat());
        assert_eq!(names("default_arm64"), ["m6g", "c6g", "r6g", "c7g"].map(names).concat());
    }

    #[test]
    fn a_named_type_is_taken_even_if_metal_or_without_a_price() {
        assert_eq!(names("c6i.metal"), ["c6i.metal"]);
        assert_eq!(names("r9g.large"), ["r9g.large"]);
    }

    #[test]
    fn a_family_that_nobody_sells_is_refused() {
        for family in ["r9g", "p3", "mac2"] {
            let error = Catalog::embedded().expand(family).unwrap_err();
            assert!(matches!(error, TokenError::NothingOffered { .. }), "{family}: {error}");
        }
    }

    #[test]
    fn an_unknown_token_is_refused_with_the_nearest_names() {
        let hint = |token: &str| Catalog::embedded().expand(token).unwrap_err().to_string();
        assert!(hint("optimum").contains("nearest are optimal"), "{}", hint("optimum"));
        assert!(hint("c6i.4xlarg").contains("c6i.4xlarge"));
        assert!(hint("C6i").contains("c6i"));
        assert!(!hint("a-very-long-name-unlike-all").contains("hint"));
    }
}
