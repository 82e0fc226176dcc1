//! Whether something is of a region, told by the name or the id of its zone.

use super::ImportError;
use std::collections::BTreeSet;

/// So many zones of other regions are named in a message.
const ZONES_SHOWN: usize = 5;

/// Whether a text can be the name of a region, of the future ones too: `eu-west-1`.
pub(super) fn is_region(text: &str) -> bool {
    let letters = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(letters)
}

/// What is of a zone of the region; all of it when that can not be told.
///
/// # Errors
/// [`ImportError::OtherRegion`] when everything is of other regions.
pub(super) fn own<T>(
    all: Vec<T>,
    zone: impl Fn(&T) -> String,
    region: &str,
    origin: &str,
) -> Result<Vec<T>, ImportError> {
    let mut others = BTreeSet::new();
    let is_own = |one: &T| {
        let zone = zone(one);
        let own = zone.is_empty() || is_zone_of(&zone, region);
        if !own {
            others.insert(zone);
        }
        own
    };
    let own: Vec<T> = all.into_iter().filter(is_own).collect();
    if own.is_empty() && !others.is_empty() {
        let zones: Vec<String> = others.into_iter().take(ZONES_SHOWN).collect();
        let has = format!("it has zones such as {}", zones.join(", "));
        let (origin, region) = (origin.to_owned(), region.to_owned());
        return Err(ImportError::OtherRegion { origin, region, has });
    }
    Ok(own)
}

/// Whether `eu-west-1a` or `euw1-az1` is a zone of `eu-west-1`.
fn is_zone_of(zone: &str, region: &str) -> bool {
    let by_name = zone.strip_prefix(region).is_some_and(|rest| {
        // eu-west-1 is no prefix of eu-west-10a.
        rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '-')
    });
    by_name || zone.strip_prefix(&short(region)).is_some_and(|rest| rest.starts_with('-'))
}

/// How the ids of zones abbreviate a region: `apse2` for `ap-southeast-2`.
fn short(region: &str) -> String {
    let mut parts = region.split('-');
    let mut short = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part {
            "northeast" => short.push_str("ne"),
            "northwest" => short.push_str("nw"),
            "southeast" => short.push_str("se"),
            "southwest" => short.push_str("sw"),
            number if number.bytes().all(|b| b.is_ascii_digit()) => short.push_str(number),
            word => match word.strip_prefix("iso") {
                Some(which) => short.extend(["i", which]),
                None => short.extend(word.chars().next()),
            },
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_of_its_region_by_name_and_by_id() {
        for (region, zones) in [
            ("us-east-1", ["us-east-1a", "use1-az1", "us-east-1-bos-1a"]),
            ("ap-southeast-2", ["ap-southeast-2c", "apse2-az3", "apse2-per1-az1"]),
            ("us-gov-west-1", ["us-gov-west-1a", "usgw1-az1", "usgw1-az2"]),
            ("us-isob-east-1", ["us-isob-east-1a", "usibe1-az1", "usibe1-az3"]),
            ("eu-central-1", ["eu-central-1b", "euc1-az2", "eu-central-1-ham-1a"]),
        ] {
            for zone in zones {
                assert!(is_zone_of(zone, region), "{region} {zone}");
                assert!(!is_zone_of(zone, "sa-east-1"), "{zone}");
            }
        }
        assert!(!is_zone_of("eu-west-10a", "eu-west-1"));
        assert!(!is_zone_of("euw10-az1", "eu-west-1"));
        assert!(!is_zone_of("us-west-1a", "us-east-1"));
    }

    #[test]
    fn a_region_is_lower_case_letters_digits_and_hyphens() {
        assert!(["us-east-1", "us-gov-west-1", "eusc-de-east-1"].into_iter().all(is_region));
        assert!(
            !["", "us east", "eu-west-1\n", "EU-WEST-1", "1", "a,b"].into_iter().any(is_region)
        );
    }
}
