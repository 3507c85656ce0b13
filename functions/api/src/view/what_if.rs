//! What a change would come to, as whoever weighs it sees it.

use punctual::domain::PerBand;
use punctual::plan::forecast::what_if::{Assumptions, Change, Lateness, Outcome};
use punctual::usecase::Weighed;
use serde::Serialize;
use utoipa::ToSchema;

use super::forecast::{AgendaView, LeftOutView, SampleView};
use super::utc;

/// What a change would come to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WhatIf)]
pub struct WhatIfView {
    /// The first second whose starts were put through the model.
    #[schema(format = DateTime)]
    from: String,
    /// The first whose were not.
    #[schema(format = DateTime)]
    until: String,
    agenda: AgendaView,
    /// Of which jobs it is an estimate. Null where it is none.
    #[schema(required)]
    sample: Option<SampleView>,
    left_out: LeftOutView,
    /// How many jobs the change is about.
    jobs: u64,
    before: OutcomeView,
    after: OutcomeView,
    /// What the deployment is taken to be, as it is.
    assumptions: AssumptionsView,
    /// What it would be.
    assumptions_after: AssumptionsView,
}

/// What comes of the starts of a stretch of time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WhatIfOutcome)]
struct OutcomeView {
    /// How many there are.
    starts: u64,
    /// How many there are in the second with the most,
    peak_per_second: u64,
    /// which is this one: null where nothing starts.
    #[schema(required, format = DateTime)]
    peak_at: Option<String>,
    /// How many there are in the minute with the most.
    peak_per_minute: u64,
    lateness_ms: LatenessView,
    /// How many never come: their minute has more of them than a tick can plan, or they wait for longer than a week.
    never: u64,
    /// Starts whose lateness is not told: long attempts, and what workers elsewhere pull.
    untold: u64,
    /// For how long some job always waits, at the worst: until a herd has drained.
    drain_seconds: f64,
    /// What as many starts a month cost in USD.
    usd_per_month: f64,
}

/// How late starts are, in milliseconds. Null: so many never come, or none does.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WhatIfLateness)]
struct LatenessView {
    /// Half of the starts are not later.
    #[schema(required)]
    p50: Option<u64>,
    /// 99 of a hundred are not.
    #[schema(required)]
    p99: Option<u64>,
    /// Of those that come, none is.
    #[schema(required)]
    max: Option<u64>,
}

/// What a deployment is taken to be.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WhatIfAssumptions)]
struct AssumptionsView {
    /// How many executions of each band may be under way at once.
    places: BandPlaces,
    /// For how many seconds each takes its place: as measured in the last minutes; a second, if nothing was.
    mean_seconds: BandSeconds,
    /// In how many shards the hints of a minute lie.
    shards: u16,
}

/// Places by band.
#[derive(Debug, Serialize, ToSchema)]
struct BandPlaces {
    high: u32,
    normal: u32,
    low: u32,
}

/// Seconds by band.
#[derive(Debug, Serialize, ToSchema)]
struct BandSeconds {
    high: f64,
    normal: f64,
    low: f64,
}

impl WhatIfView {
    /// What `weighed` found of `change`.
    pub fn of(weighed: &Weighed, change: &Change) -> Self {
        let Weighed {
            present,
            window,
            assumptions,
            found,
        } = weighed;
        let places = change.places.unwrap_or(assumptions.places);
        let shards = change.shards.unwrap_or(assumptions.shards);
        Self {
            from: utc(window.from),
            until: utc(window.until),
            agenda: present.into(),
            sample: found.sample.map(Into::into),
            left_out: found.left_out.into(),
            jobs: found.jobs,
            before: found.before.into(),
            after: found.after.into(),
            assumptions: (*assumptions).into(),
            assumptions_after: Assumptions {
                places,
                shards,
                ..*assumptions
            }
            .into(),
        }
    }
}

impl From<Outcome> for OutcomeView {
    fn from(outcome: Outcome) -> Self {
        Self {
            starts: outcome.starts,
            peak_per_second: outcome.peak_second.map_or(0, |(_, starts)| starts),
            peak_at: outcome.peak_second.map(|(at, _)| utc(at)),
            peak_per_minute: outcome.peak_minute,
            lateness_ms: outcome.lateness.into(),
            never: outcome.never,
            untold: outcome.untold,
            drain_seconds: rounded(outcome.drain_seconds, 1e3),
            usd_per_month: rounded(outcome.usd_a_month, 1e4),
        }
    }
}

impl From<Lateness> for LatenessView {
    fn from(lateness: Lateness) -> Self {
        Self {
            p50: lateness.p50.map(ms),
            p99: lateness.p99.map(ms),
            max: lateness.max.map(ms),
        }
    }
}

impl From<Assumptions> for AssumptionsView {
    fn from(assumptions: Assumptions) -> Self {
        let PerBand { high, normal, low } = assumptions.places;
        let mean = assumptions.mean_seconds;
        Self {
            places: BandPlaces { high, normal, low },
            mean_seconds: BandSeconds {
                high: rounded(mean.high, 1e3),
                normal: rounded(mean.normal, 1e3),
                low: rounded(mean.low, 1e3),
            },
            shards: assumptions.shards,
        }
    }
}

/// To one part of so many: more digits say nothing.
fn rounded(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative, and weeks at the most"
)]
fn ms(seconds: f64) -> u64 {
    (seconds * 1e3).round() as u64
}
