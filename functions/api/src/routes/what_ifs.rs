//! What a change would do to lateness and cost. Nothing is changed.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use punctual::domain::{Invalid, MaxConcurrency, PerBand, Placing, SpreadSeconds, UserId};
use punctual::plan::forecast::Filter;
use punctual::plan::forecast::what_if::{Change, SpreadChange};
use punctual::usecase::{Ahead, World, weigh};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Api;
use crate::body::Body;
use crate::openapi::NoSuchUser;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::view::WhatIfView;

/// The most shards and places that a change may be about.
const MAX_SHARDS: u16 = 1_000;
const MAX_PLACES: u32 = 100_000;

/// The body of a what-if.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "window": "hour",
    "for": { "job_type": "http" },
    "change": { "spread_seconds": 900, "spread": "auto" }
})))]
pub struct WhatIfRequest {
    /// Which starts are put through the model: those of the next 60 minutes, 24 hours or 30 days.
    #[serde(default)]
    #[schema(default = AheadRequest::default)]
    window: AheadRequest,
    /// Whose spread or limit is changed: that of the caller's own jobs, or of everybody's for those who keep the service
    /// running; of fewer, if something is said.
    #[serde(default, rename = "for")]
    who: WhoRequest,
    change: ChangeRequest,
}

/// How far ahead.
#[derive(Clone, Copy, Debug, Default, Deserialize, serde::Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum AheadRequest {
    Hour,
    #[default]
    Day,
    Month,
}

/// Which jobs.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WhoRequest {
    /// Only this user's.
    user: Option<UserId>,
    /// Only those of this type.
    job_type: Option<String>,
    /// Only those that call this host.
    target: Option<String>,
}

/// What would be changed: one thing at least. What is not said stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeRequest {
    /// Those jobs are spread within this window.
    spread_seconds: Option<SpreadSeconds>,
    /// By what they are placed in it; `hash`, if absent.
    spread: Option<Placing>,
    /// So many executions of those jobs may run at once, all together.
    max_concurrency: Option<MaxConcurrency>,
    /// In how many shards the hints of a minute lie.
    #[schema(minimum = 1, maximum = 1_000)]
    shards: Option<u16>,
    /// How many executions of each band may be under way at once.
    places: Option<PlacesRequest>,
}

/// Places by band. What is not said stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PlacesRequest {
    #[schema(minimum = 1, maximum = 100_000)]
    high: Option<u32>,
    #[schema(minimum = 1, maximum = 100_000)]
    normal: Option<u32>,
    #[schema(minimum = 1, maximum = 100_000)]
    low: Option<u32>,
}

impl From<AheadRequest> for Ahead {
    fn from(ahead: AheadRequest) -> Self {
        match ahead {
            AheadRequest::Hour => Self::Hour,
            AheadRequest::Day => Self::Day,
            AheadRequest::Month => Self::Month,
        }
    }
}

impl ChangeRequest {
    /// The change, in a deployment with these places.
    fn into_change(self, places: PerBand<u32>) -> Result<Change, Invalid> {
        let spread = match (self.spread_seconds, self.spread) {
            (Some(window), by) => Some(SpreadChange {
                window,
                by_load: by == Some(Placing::Auto),
            }),
            (None, Some(_)) => {
                let reason = "says nothing without change.spread_seconds";
                return Err(Invalid::new("change.spread", reason));
            }
            (None, None) => None,
        };
        if self
            .shards
            .is_some_and(|count| !(1..=MAX_SHARDS).contains(&count))
        {
            return Err(Invalid::new("change.shards", "must be from 1 to 1000"));
        }
        let places = self
            .places
            .map(|asked| asked.into_places(places))
            .transpose()?;
        let change = Change {
            spread,
            max_concurrency: self.max_concurrency,
            shards: self.shards,
            places,
        };
        if change == Change::default() {
            return Err(Invalid::new("change", "must say one change at least"));
        }
        Ok(change)
    }
}

impl PlacesRequest {
    fn into_places(self, present: PerBand<u32>) -> Result<PerBand<u32>, Invalid> {
        for (band, asked) in [
            ("high", self.high),
            ("normal", self.normal),
            ("low", self.low),
        ] {
            if asked.is_some_and(|count| !(1..=MAX_PLACES).contains(&count)) {
                let field = format!("change.places.{band}");
                return Err(Invalid::new(field, "must be from 1 to 100000"));
            }
        }
        Ok(PerBand {
            high: self.high.unwrap_or(present.high),
            normal: self.normal.unwrap_or(present.normal),
            low: self.low.unwrap_or(present.low),
        })
    }
}

/// Weigh a change
///
/// Predicts peak, lateness and cost as things are, and as they would be if some jobs were spread, or limited, or if there were
/// other shards or places. It knows nothing of failures, and of targets only how long attempts took lately. Nothing is
/// changed.
#[utoipa::path(
    post, path = "/v1/forecast/what-if", operation_id = "weigh_change", tag = "forecast",
    request_body = WhatIfRequest,
    responses((status = 200, description = "What it would come to", body = WhatIfView), NoSuchUser),
)]
pub async fn create<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Body(request): Body<WhatIfRequest>,
) -> Result<Json<WhatIfView>, Problem> {
    let WhatIfRequest {
        window,
        who,
        change,
    } = request;
    let change = change.into_change(api.places).map_err(Problem::invalid)?;
    let who = Filter {
        user: who.user,
        job_type: who.job_type,
        target: who.target,
    };
    let (world, agenda) = (&api.world, &api.agenda);
    let asked = (who, change.clone());
    let weighed = weigh(world, agenda, api.places, &caller, asked, window.into()).await?;
    Ok(Json(WhatIfView::of(&weighed, &change)))
}
