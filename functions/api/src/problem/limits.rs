//! How limits are told: what is left, with every create; when to come back, with every refusal. The fields are those of
//! draft-ietf-httpapi-ratelimit-headers-06.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use punctual::plan::admission::{Allowance, Exhausted, Refusal};

use super::Problem;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Says of the window nearest to exhaustion how much is left of it.
pub fn allowance_headers(allowance: &Allowance) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(LIMIT, allowance.limit.into());
    headers.insert(REMAINING, allowance.remaining.into());
    headers.insert(RESET, allowance.reset_seconds.into());
    let per_minute = format!("{};w=60", allowance.per_minute);
    let policy = match allowance.per_day {
        Some(per_day) => format!("{per_minute}, {per_day};w=86400"),
        None => per_minute,
    };
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(POLICY, policy);
    }
    headers
}

/// The same, and when to come back, where that helps.
pub fn refusal_headers(refusal: &Refusal) -> HeaderMap {
    let mut headers = allowance_headers(&refusal.allowance);
    if let Some(seconds) = refusal.retry_after_seconds {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    headers
}

impl Problem {
    /// A limit of the user's plan has been reached.
    pub fn limited(refusal: Refusal) -> Self {
        let limit = refusal.limit;
        let (kind, title, detail) = match refusal.exhausted {
            Exhausted::Minute => (
                "/problems/rate-limited",
                "Too many jobs at once",
                format!("your plan allows {limit} new jobs a minute"),
            ),
            Exhausted::Day => (
                "/problems/quota-exceeded",
                "The day's quota is used up",
                format!("your plan allows {limit} new jobs a day, by UTC"),
            ),
            Exhausted::LiveJobs => (
                "/problems/quota-exceeded",
                "There are too many live jobs",
                format!(
                    "your plan allows {limit} jobs that are active or paused; there is room again \
                     seconds after some have completed or been deleted"
                ),
            ),
        };
        Self {
            limited: Some(Box::new(refusal)),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, kind, title, detail)
        }
    }
}
