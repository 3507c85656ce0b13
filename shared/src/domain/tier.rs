//! Tiers of users and what each allows. The API calls a tier a plan; a number that a deployment sets is checked once,
//! where it enters.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::{Invalid, MAX_PAYLOAD_BYTES, MAX_SLOTS};

/// A tier of users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// To try things out.
    #[default]
    Free,
    /// For one team.
    Pro,
    /// For a company: no limit by the day.
    Enterprise,
}

impl Tier {
    /// Every tier, the narrowest first.
    pub const ALL: [Self; 3] = [Self::Free, Self::Pro, Self::Enterprise];

    /// The name in the API and in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Pro => "pro",
            Self::Enterprise => "enterprise",
        }
    }
}

impl std::str::FromStr for Tier {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let named = Self::ALL.into_iter().find(|tier| tier.name() == text);
        named.ok_or_else(|| Invalid::new("plan", "must be free, pro or enterprise"))
    }
}

/// What a tier allows. Every field must be said; `null` means without limit, where there can be none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Jobs that may be created in one UTC minute.
    pub jobs_per_minute: u64,
    /// Jobs that may be created in one UTC day.
    #[serde(deserialize_with = "said")]
    #[schema(required)]
    pub jobs_per_day: Option<u64>,
    /// Jobs that may be active or paused at once.
    #[serde(deserialize_with = "said")]
    #[schema(required)]
    pub live_jobs: Option<u64>,
    /// Executions of the user that may run at once: 1 to 100.
    #[serde(deserialize_with = "said")]
    #[schema(required, minimum = 1, maximum = 100)]
    pub max_concurrent_executions: Option<u32>,
    /// The greatest payload, in bytes of JSON text.
    pub payload_bytes: usize,
}

/// A limit that may be `null`, but not left out: a forgotten field must not lift a limit.
fn said<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

impl Limits {
    /// The greatest number that a limit may be: far above any use, and small enough to add up without care.
    const MAX: u64 = 1_000_000_000;

    fn checked(self, tier: Tier) -> Result<(), Invalid> {
        let numbers = [
            ("jobs_per_minute", Some(self.jobs_per_minute)),
            ("jobs_per_day", self.jobs_per_day),
            ("live_jobs", self.live_jobs),
        ];
        for (name, number) in numbers {
            if number.is_some_and(|number| !(1..=Self::MAX).contains(&number)) {
                let reason = format!("must be 1 to {}", Self::MAX);
                return Err(Invalid::new(format!("{}.{name}", tier.name()), reason));
            }
        }
        if self
            .max_concurrent_executions
            .is_some_and(|count| !(1..=MAX_SLOTS).contains(&count))
        {
            let field = format!("{}.max_concurrent_executions", tier.name());
            let reason = format!("must be 1 to {MAX_SLOTS}, or null");
            return Err(Invalid::new(field, reason));
        }
        if !(1..=MAX_PAYLOAD_BYTES).contains(&self.payload_bytes) {
            let reason = format!("must be 1 to {MAX_PAYLOAD_BYTES}");
            return Err(Invalid::new(
                format!("{}.payload_bytes", tier.name()),
                reason,
            ));
        }
        Ok(())
    }
}

/// The limits of every tier of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tiers {
    /// Those of [`Tier::Free`].
    pub free: Limits,
    /// Those of [`Tier::Pro`].
    pub pro: Limits,
    /// Those of [`Tier::Enterprise`].
    pub enterprise: Limits,
    /// The tier of a user who was never given one.
    #[serde(skip)]
    pub unassigned: Tier,
}

impl Default for Tiers {
    fn default() -> Self {
        Self {
            // A day's worth may come in one batch.
            free: Limits {
                jobs_per_minute: 100,
                jobs_per_day: Some(100),
                live_jobs: Some(100),
                max_concurrent_executions: Some(10),
                payload_bytes: 16 * 1_024,
            },
            pro: Limits {
                jobs_per_minute: 1_000,
                jobs_per_day: Some(10_000),
                live_jobs: Some(10_000),
                max_concurrent_executions: Some(50),
                payload_bytes: 64 * 1_024,
            },
            enterprise: Limits {
                jobs_per_minute: 1_000,
                jobs_per_day: None,
                live_jobs: None,
                max_concurrent_executions: None,
                payload_bytes: MAX_PAYLOAD_BYTES,
            },
            unassigned: Tier::Free,
        }
    }
}

impl Tiers {
    /// These limits, if every number of them can be used.
    ///
    /// # Errors
    /// [`Invalid`] names the tier and the field: `pro.live_jobs`.
    pub fn checked(self) -> Result<Self, Invalid> {
        for tier in Tier::ALL {
            self.of(tier).checked(tier)?;
        }
        Ok(self)
    }

    /// What `tier` allows.
    pub fn of(&self, tier: Tier) -> Limits {
        match tier {
            Tier::Free => self.free,
            Tier::Pro => self.pro,
            Tier::Enterprise => self.enterprise,
        }
    }

    /// The payload that every tier allows, in bytes.
    pub fn least_payload_bytes(&self) -> usize {
        let caps = Tier::ALL.map(|tier| self.of(tier).payload_bytes);
        caps.into_iter().min().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Root, read};
    use serde_json::json;

    #[test]
    fn a_tier_that_is_not_mentioned_keeps_its_limits() {
        let pro = json!({ "jobs_per_minute": 7, "jobs_per_day": null, "live_jobs": 8, "max_concurrent_executions": 9, "payload_bytes": 9 });
        let tiers: Tiers = read(Root::Body, &json!({ "pro": pro })).unwrap();
        assert_eq!(tiers.free, Tiers::default().free);
        assert_eq!(tiers.pro.jobs_per_minute, 7);
        assert_eq!(tiers.pro.jobs_per_day, None);
        assert_eq!(tiers.checked(), Ok(tiers));
        assert_eq!(tiers.least_payload_bytes(), 9);
    }

    #[test]
    fn a_limit_that_is_left_out_is_not_lifted() {
        let pro = json!({ "jobs_per_minute": 7, "live_jobs": 8, "max_concurrent_executions": 9, "payload_bytes": 9 });
        let refusal = read::<Tiers>(Root::Body, &json!({ "pro": pro })).unwrap_err();
        assert_eq!(refusal.field, "pro.jobs_per_day");
    }

    #[test]
    fn a_number_that_makes_no_sense_is_named() {
        for (field, number) in [
            ("jobs_per_minute", 0),
            ("jobs_per_day", 0),
            ("live_jobs", 1_000_000_001),
            ("max_concurrent_executions", 0),
            ("max_concurrent_executions", 101),
            ("payload_bytes", 0),
            ("payload_bytes", 256 * 1_024 + 1),
        ] {
            let mut pro = json!({ "jobs_per_minute": 7, "jobs_per_day": 7, "live_jobs": 8, "max_concurrent_executions": 9, "payload_bytes": 9 });
            pro[field] = json!(number);
            let tiers: Tiers = read(Root::Body, &json!({ "pro": pro })).unwrap();
            let refusal = tiers.checked().unwrap_err();
            assert_eq!(refusal.field, format!("pro.{field}"));
        }
    }

    #[test]
    fn the_limits_that_are_given_by_default_can_be_used() {
        assert!(Tiers::default().checked().is_ok());
    }

    #[test]
    fn a_tier_is_known_by_its_name() {
        for tier in Tier::ALL {
            assert_eq!(tier.name().parse(), Ok(tier));
            assert_eq!(json!(tier), tier.name());
        }
        assert!("gold".parse::<Tier>().is_err());
    }
}
