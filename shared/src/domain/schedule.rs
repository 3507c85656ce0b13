//! TEMPORARY stand-in until the schedule branch lands.
#![expect(missing_docs, reason = "stand-in")]
use super::{Invalid, floor_second};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Schedule {
    Once(Once),
    Every {
        seconds: i64,
        anchor_at: DateTime<Utc>,
    },
}
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ScheduleRequest {
    Once {
        at: DateTime<Utc>,
    },
    Every {
        seconds: i64,
        anchor_at: Option<DateTime<Utc>>,
    },
}
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Once {
    pub at: DateTime<Utc>,
}
impl Schedule {
    pub fn from_request(request: &ScheduleRequest, now: DateTime<Utc>) -> Result<Self, Invalid> {
        Ok(match *request {
            ScheduleRequest::Once { at } => Self::Once(Once { at }),
            ScheduleRequest::Every { seconds, anchor_at } => Self::Every {
                seconds,
                anchor_at: anchor_at.unwrap_or(floor_second(now)),
            },
        })
    }
    pub fn next(&self, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match *self {
            Self::Once(Once { at }) => (at >= from).then_some(at),
            Self::Every { seconds, anchor_at } => {
                let behind = (from - anchor_at).num_milliseconds().max(0) as f64 / 1000.0;
                let k = (behind / seconds as f64).ceil() as i64;
                Some(anchor_at + TimeDelta::seconds(k * seconds))
            }
        }
    }
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        self.next(instant) == Some(instant)
    }
    pub fn between(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> impl Iterator<Item = DateTime<Utc>> + '_ {
        let mut at = self.next(from);
        std::iter::from_fn(move || {
            let found = at.filter(|t| *t < until)?;
            at = self.next(found + TimeDelta::seconds(1));
            Some(found)
        })
    }
    pub fn newest(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        count: usize,
    ) -> Vec<DateTime<Utc>> {
        let all: Vec<_> = self.between(from, until).collect();
        all[all.len().saturating_sub(count)..].to_vec()
    }
    pub fn timezone(&self) -> Tz {
        Tz::UTC
    }
}
