//! Forecasts for those who ask: of everybody's jobs for those who keep the service running, of one's own for all others.
//! What takes long is computed aside, so that nobody else waits for it.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::{RequestError, World};
use super::{AgendaWatch, PresentAgenda};
use crate::domain::{Agenda, Caller, Invalid, MINUTE, Minute, Reach, Window, next_second};
use crate::plan::forecast::{Filter, Forecast, MinuteLoad, forecast, minute};
use crate::port::{Clock, PortError, PortResult};

/// How far ahead is forecast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ahead {
    /// 60 minutes.
    Hour,
    /// 24 hours.
    #[default]
    Day,
    /// 30 days.
    Month,
}

impl Ahead {
    /// All of them, the shortest first.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Month];

    /// The name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// From the next second on, so many minutes, the present one included.
    pub fn window(self, now: DateTime<Utc>) -> Window {
        let length = match self {
            Self::Hour => TimeDelta::hours(1),
            Self::Day => TimeDelta::days(1),
            Self::Month => TimeDelta::days(30),
        };
        let from = next_second(now);
        Window {
            from,
            until: Minute::of(from).start() + length,
        }
    }
}

/// What was computed, and from what.
#[derive(Clone, Debug)]
pub struct Foreseen<T> {
    /// The agenda that it follows from.
    pub present: PresentAgenda,
    /// What follows.
    pub found: T,
}

/// What the jobs that `filter` lets through will start, as far as they are within the caller's reach.
///
/// # Errors
/// [`RequestError::NotFound`] for a user beyond it; or a port's failure.
pub async fn forecast_load(
    world: &impl World,
    agenda: &AgendaWatch,
    caller: &Caller,
    filter: Filter,
    ahead: Ahead,
) -> Result<Foreseen<Forecast>, RequestError> {
    let filter = within_reach(caller, filter)?;
    let present = agenda.present(world).await?;
    let window = ahead.window(world.clock().now());
    let foreseeing = aside(&present.agenda, "forecast", move |agenda| {
        forecast(agenda, &filter, window)
    });
    let found = foreseeing.await?;
    Ok(Foreseen { present, found })
}

/// The same second by second, for the minute in which `at` lies; for the present one, if nothing is said.
///
/// # Errors
/// [`RequestError::Invalid`] names `at`, if that minute is over or more than 31 days ahead; otherwise as
/// [`forecast_load`].
pub async fn forecast_minute(
    world: &impl World,
    agenda: &AgendaWatch,
    caller: &Caller,
    filter: Filter,
    at: Option<DateTime<Utc>>,
) -> Result<Foreseen<MinuteLoad>, RequestError> {
    let filter = within_reach(caller, filter)?;
    let now = world.clock().now();
    let asked = Minute::of(at.unwrap_or(now));
    if asked < Minute::of(now) {
        return Err(Invalid::new("at", "must not lie in a minute that is over").into());
    }
    if asked.start() + MINUTE > now + Window::LONGEST {
        return Err(Invalid::new("at", "must lie within 31 days from now").into());
    }
    let present = agenda.present(world).await?;
    let foreseeing = aside(&present.agenda, "forecast", move |agenda| {
        minute(agenda, &filter, asked)
    });
    let found = foreseeing.await?;
    Ok(Foreseen { present, found })
}

/// `filter`, of what `caller` may see.
pub(super) fn within_reach(caller: &Caller, filter: Filter) -> Result<Filter, RequestError> {
    if let Some(user) = &filter.user
        && !caller.may_reach(user)
    {
        return Err(RequestError::NotFound("user"));
    }
    Ok(match caller.reach {
        Reach::Any => filter,
        Reach::Own => Filter {
            user: Some(caller.user.clone()),
            ..filter
        },
    })
}

/// Computes something from an agenda where it is in nobody's way. If that is lost, `operation` is what is said to have been.
pub(super) async fn aside<T: Send + 'static>(
    agenda: &Arc<Agenda>,
    operation: &'static str,
    work: impl FnOnce(&Agenda) -> T + Send + 'static,
) -> PortResult<T> {
    let agenda = Arc::clone(agenda);
    let done = tokio::task::spawn_blocking(move || work(&agenda)).await;
    done.map_err(|error| PortError::Corrupt {
        operation,
        source: error.into(),
    })
}
