//! The plans of a deployment, from the environment. What cannot be used stops the start.

use super::ConfigError;
use crate::domain::{Invalid, Tier, Tiers, refusal};

const PLANS: &str = "PUNCTUAL_PLANS";
const DEFAULT_PLAN: &str = "PUNCTUAL_DEFAULT_PLAN";

/// Reads the variables `PUNCTUAL_PLANS`, a JSON object that gives the limits of some plans or all,
///
/// ```json
/// {"pro": {"jobs_per_minute": 1000, "jobs_per_day": 10000, "live_jobs": null,
///         "max_concurrent_executions": 50, "payload_bytes": 65536}}
/// ```
///
/// and `PUNCTUAL_DEFAULT_PLAN`, the plan of users who were never given one; `unassigned` if it is not set.
///
/// # Errors
/// [`ConfigError`] names the variable, the plan and the field.
pub fn plans_from_env(unassigned: Tier) -> Result<Tiers, ConfigError> {
    plans_from(unassigned, |name| std::env::var(name).ok())
}

fn plans_from(
    unassigned: Tier,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<Tiers, ConfigError> {
    let get = |name: &str| lookup(name).filter(|value| !value.is_empty());
    let tiers = match get(PLANS) {
        None => Tiers::default(),
        Some(text) => read(&text).map_err(|refusal| ConfigError::Refused {
            name: PLANS,
            refusal,
        })?,
    };
    let unassigned = match get(DEFAULT_PLAN) {
        None => unassigned,
        Some(name) => name.parse().map_err(|refusal| ConfigError::Refused {
            name: DEFAULT_PLAN,
            refusal,
        })?,
    };
    Ok(Tiers {
        unassigned,
        ..tiers
    })
}

fn read(text: &str) -> Result<Tiers, Invalid> {
    // Serde would take a list for an object whose fields are not named.
    if !text.trim_start().starts_with('{') {
        return Err(Invalid::new("body", "must be a JSON object"));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let tiers: Tiers =
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| refusal(&error))?;
    deserializer
        .end()
        .map_err(|error| Invalid::new("body", error.to_string()))?;
    tiers.checked()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plans(json: &str, default: &str) -> Result<Tiers, ConfigError> {
        plans_from(Tier::Free, |name| {
            Some(if name == PLANS { json } else { default }.to_owned())
        })
    }

    const PRO: &str = r#"{"pro": {"jobs_per_minute": 5, "jobs_per_day": 6, "live_jobs": null, "max_concurrent_executions": null, "payload_bytes": 7}}"#;

    #[test]
    fn what_is_not_set_is_as_by_default() {
        assert_eq!(plans("", "").unwrap(), Tiers::default());
        let unassigned = plans_from(Tier::Enterprise, |_| None).unwrap().unassigned;
        assert_eq!(unassigned, Tier::Enterprise);
    }

    #[test]
    fn a_plan_that_is_given_replaces_the_default_one() {
        let tiers = plans(PRO, "pro").unwrap();
        assert_eq!(tiers.pro.jobs_per_day, Some(6));
        assert_eq!(tiers.free, Tiers::default().free);
        assert_eq!(tiers.unassigned, Tier::Pro);
    }

    #[test]
    fn what_cannot_be_used_stops_the_start_and_is_named() {
        for (json, default, named) in [
            ("{", "", "PUNCTUAL_PLANS"),
            ("[]", "", "PUNCTUAL_PLANS"),
            ("{} {}", "", "PUNCTUAL_PLANS"),
            (r#"{"gold": {}}"#, "", "gold"),
            (r#"{"unassigned": "pro"}"#, "", "unassigned"),
            (r#"{"pro": {}}"#, "", "pro.jobs_per_minute"),
            (&PRO.replace('5', "0"), "", "pro.jobs_per_minute"),
            (&PRO.replace('5', "-1"), "", "pro.jobs_per_minute"),
            (&PRO.replace('5', "1.5"), "", "pro.jobs_per_minute"),
            (&PRO.replace('7', "999999"), "", "pro.payload_bytes"),
            (&PRO.replace("live_jobs", "lively"), "", "pro.lively"),
            (r#"{"pro": null}"#, "", "pro"),
            ("", "gold", "PUNCTUAL_DEFAULT_PLAN"),
        ] {
            let refusal = plans(json, default).unwrap_err().to_string();
            assert!(refusal.contains(named), "{json} {default}: {refusal}");
        }
    }
}
