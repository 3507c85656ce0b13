//! Instants in UTC and on the local clock. Where the two are one, it is said once.

use chrono::{DateTime, Utc};

use super::{Cell, Tone};
use crate::when::{Zone, distance};

/// An instant in both, and how far away it is: for one that stands alone.
pub fn instants(at: DateTime<Utc>, now: DateTime<Utc>, zone: Zone) -> String {
    let local = zone.local(at);
    let utc = at.format("%Y-%m-%d %H:%M:%SZ");
    let far = distance(at, now);
    if local.offset().local_minus_utc() == 0 {
        format!("{utc}  ({far})")
    } else {
        format!(
            "{utc}  {}  ({far})",
            local.format("%a %Y-%m-%d %H:%M:%S %:z")
        )
    }
}

/// The two columns of an instant in a table.
pub fn optional_instants(at: Option<DateTime<Utc>>, zone: Zone) -> [Cell; 2] {
    match at {
        None => [
            Cell::new("-").toned(Tone::Faint),
            Cell::new("-").toned(Tone::Faint),
        ],
        Some(at) => [
            Cell::new(at.format("%Y-%m-%d %H:%M:%SZ").to_string()),
            Cell::new(zone.local(at).format("%a %d %b %H:%M:%S").to_string()),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_said_once_where_the_local_clock_shows_utc() {
        let at: DateTime<Utc> = "2026-11-28T22:30:00Z".parse().unwrap();
        let now = at - chrono::TimeDelta::minutes(5);
        assert_eq!(
            instants(at, now, Zone::UTC),
            "2026-11-28 22:30:00Z  (in 5 min)"
        );
    }
}
