//! How much starts at each second of the next day, for those who look for a quiet one. Whoever is placed is added at once,
//! so that a hundred jobs of one request do not all find the same second quiet.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::forecast::aside;
use crate::domain::{Agenda, JobId, SpreadSeconds, Timetable, Window, floor_second};
use crate::plan::forecast::{self, nominal_times, quietest};
use crate::port::PortResult;

/// For how much of the time ahead it is counted: a day, and the longest window behind that.
const SPAN: TimeDelta = TimeDelta::seconds(86_400 + SpreadSeconds::MAX as i64);

/// How old it may be. What this process has placed meanwhile is in it; what others have is not.
const FRESH: TimeDelta = TimeDelta::minutes(1);

/// Starts by second.
#[derive(Debug)]
pub(super) struct Load {
    window: Window,
    starts: forecast::Load,
}

impl Load {
    /// What `agenda` says of the time from `now` on. It is counted aside: that takes longer than others should have to wait.
    pub(super) async fn of(agenda: &Arc<Agenda>, now: DateTime<Utc>) -> PortResult<Self> {
        let window = ahead(now);
        let counting = aside(agenda, "count of starts", move |agenda| {
            forecast::Load::of(agenda, window)
        });
        let starts = counting.await?;
        Ok(Self { window, starts })
    }

    pub(super) fn is_stale(&self, now: DateTime<Utc>) -> bool {
        now - self.window.from >= FRESH
    }

    /// The quietest place in the window of `timetable`, which is the job `id`'s. `None`: it has no window.
    pub(super) fn place(&self, timetable: &Timetable, id: JobId) -> Option<u32> {
        let window = timetable.spread?.window();
        let times = nominal_times(timetable, self.window.from);
        let placed = quietest(&self.starts, &times, window, id)?;
        Some(placed.offset_seconds)
    }

    /// Counts the job of `timetable`, which has been placed.
    pub(super) fn add(&mut self, timetable: &Timetable) {
        let Window { from, until } = self.window;
        self.starts.add(timetable.between(from, until));
    }
}

fn ahead(now: DateTime<Utc>) -> Window {
    let from = floor_second(now);
    Window {
        from,
        until: from + SPAN,
    }
}
