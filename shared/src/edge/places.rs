//! How many executions each band can have under way at once, from the environment: what the worker function is given, as
//! the scanner and the API are told.

use super::ConfigError;
use crate::domain::{Band, PerBand};

/// How many messages one invocation of the worker takes: the batch size of its event source mappings.
pub const MESSAGES_PER_INVOCATION: u32 = 10;

/// Reads the variables `PUNCTUAL_HIGH_CONCURRENCY`, `PUNCTUAL_NORMAL_CONCURRENCY` and `PUNCTUAL_LOW_CONCURRENCY`: the most
/// invocations of the worker at once for each band.
///
/// # Errors
/// [`ConfigError`] names the variable.
pub fn places_from_env() -> Result<PerBand<u32>, ConfigError> {
    places_from(|name| std::env::var(name).ok())
}

fn places_from(lookup: impl Fn(&str) -> Option<String>) -> Result<PerBand<u32>, ConfigError> {
    let places = |name: &'static str| {
        let text = lookup(name).filter(|text| !text.is_empty());
        let text = text.ok_or(ConfigError::Missing(name))?;
        let invocations = text
            .parse()
            .ok()
            .filter(|count| (1..=10_000).contains(count));
        let invocations: u32 = invocations.ok_or(ConfigError::Unusable {
            name,
            expected: "a number from 1 to 10000",
        })?;
        Ok(invocations * MESSAGES_PER_INVOCATION)
    };
    Ok(PerBand {
        high: places(variable(Band::High))?,
        normal: places(variable(Band::Normal))?,
        low: places(variable(Band::Low))?,
    })
}

/// The variable of a band.
pub fn variable(band: Band) -> &'static str {
    match band {
        Band::High => "PUNCTUAL_HIGH_CONCURRENCY",
        Band::Normal => "PUNCTUAL_NORMAL_CONCURRENCY",
        Band::Low => "PUNCTUAL_LOW_CONCURRENCY",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invocation_has_a_place_for_each_message_of_its_batch() {
        let places = places_from(|name| {
            let count = if name == variable(Band::Low) {
                "20"
            } else {
                "100"
            };
            Some(count.to_owned())
        });
        let expected = PerBand {
            high: 1_000,
            normal: 1_000,
            low: 200,
        };
        assert_eq!(places.unwrap(), expected);
    }

    #[test]
    fn what_cannot_be_used_stops_the_start_and_is_named() {
        for bad in [
            None,
            Some(""),
            Some("0"),
            Some("-1"),
            Some("many"),
            Some("10001"),
        ] {
            let refusal = places_from(|name| {
                let bad = if name == variable(Band::Normal) {
                    bad
                } else {
                    Some("5")
                };
                bad.map(ToOwned::to_owned)
            });
            let refusal = refusal.unwrap_err().to_string();
            assert!(refusal.contains(variable(Band::Normal)), "{refusal}");
        }
    }
}
