//! What a change would do to lateness and cost, before anybody makes it. The same starts are put through the same simple
//! model as they are and as they would be: limits first, then the workers of each band, each a queue that is served second
//! by second. The model knows nothing of failures, retries, holds and targets; it is held to the simulation in `infra/scale`.

mod band;
mod course;
mod lateness;
mod limit;
mod placement;
pub mod platform;
mod scanner;

use chrono::{DateTime, Utc};

use self::course::{Starts, outcome};
use self::limit::Gates;
use super::fleet::Fleet;
use super::{BUDGET, Filter, LeftOut, Load, Sample};
use crate::domain::{
    Agenda, AgendaEntry, Band, Lane, MaxConcurrency, PerBand, Prices, SpreadSeconds, Window, Work,
    pull,
};
use crate::plan::pressure::capacity;

/// After so many seconds behind its end, what a stretch of time has left behind is taken never to start: a week.
const PATIENCE: i64 = 7 * 86_400;

/// Seconds of a month, on average.
const MONTH: f64 = 365.0 / 12.0 * 86_400.0;

/// What might be changed. What is not said stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// How the jobs that it is about are spread.
    pub spread: Option<SpreadChange>,
    /// How many executions of those jobs may run at once, all together.
    pub max_concurrency: Option<MaxConcurrency>,
    /// In how many shards the hints of a minute lie.
    pub shards: Option<u16>,
    /// How many executions of each band may be under way at once.
    pub places: Option<PerBand<u32>>,
}

/// Another spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpreadChange {
    /// Within which window.
    pub window: SpreadSeconds,
    /// Whether each job is placed by the load, and not by its id.
    pub by_load: bool,
}

/// What a deployment is taken to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assumptions {
    /// How many executions of each band may be under way at once.
    pub places: PerBand<u32>,
    /// For how many seconds each of them takes its place.
    pub mean_seconds: PerBand<f64>,
    /// In how many shards the hints of a minute lie.
    pub shards: u16,
    /// What its use of AWS is priced by.
    pub prices: Prices,
}

impl Assumptions {
    /// Of a deployment with these places and shards, whose workers did so much `work` lately.
    pub fn of(places: PerBand<u32>, work: PerBand<Work>, shards: u16) -> Self {
        // Of many places the capacity is exact enough to tell the mean from.
        const MANY: u32 = 1_000_000;
        let mean = |band: Band| {
            #[expect(clippy::cast_precision_loss, reason = "millions a minute")]
            let a_minute = capacity(MANY, *work.get(band)) as f64;
            f64::from(MANY) * 60.0 / a_minute
        };
        Self {
            places,
            mean_seconds: PerBand::of(mean),
            shards,
            prices: Prices::US_EAST_1,
        }
    }

    fn changed(self, change: &Change) -> Self {
        Self {
            places: change.places.unwrap_or(self.places),
            shards: change.shards.unwrap_or(self.shards),
            ..self
        }
    }
}

/// What comes of the starts of a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// How many there are.
    pub starts: u64,
    /// The second with the most, the first of several, and how many.
    pub peak_second: Option<(DateTime<Utc>, u64)>,
    /// How many there are in the minute with the most.
    pub peak_minute: u64,
    /// How late the starts are that go by the bands' workers.
    pub lateness: Lateness,
    /// How many of those never come: their minute has more of them than a tick can plan, or they wait longer than a week.
    pub never: u64,
    /// Starts whose lateness is not told: long attempts, and what workers elsewhere pull.
    pub untold: u64,
    /// The longest time for which some job always waited, in seconds: until the worst herd has drained.
    pub drain_seconds: f64,
    /// What as many starts a month cost in USD: tables, queues, functions, and the reading of shards.
    pub usd_a_month: f64,
}

/// Lateness in seconds. `None`: so many never start, or none does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Lateness {
    /// That of half of the starts is not above this.
    pub p50: Option<f64>,
    /// That of 99 in a hundred is not.
    pub p99: Option<f64>,
    /// Of those that start, none is later.
    pub max: Option<f64>,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WhatIf {
    /// As it is.
    pub before: Outcome,
    /// As it would be.
    pub after: Outcome,
    /// How many jobs the change is about.
    pub jobs: u64,
    /// What is not told.
    pub left_out: LeftOut,
    /// If it is an estimate: of which jobs.
    pub sample: Option<Sample>,
}

/// What `change` would do, for those whom `who` lets through, to all that starts within `window`.
pub fn what_if(
    agenda: &Agenda,
    change: &Change,
    who: &Filter,
    window: Window,
    assumptions: &Assumptions,
) -> WhatIf {
    // Both sides, and where jobs would be placed.
    let budget = BUDGET / 3;
    let placed = |change| placement::placed(agenda, change, who, window, budget);
    let (was, would_be) = (placed(None), placed(change.spread.as_ref()));
    let mut before = fleet(agenda, window, budget, &was);
    let mut after = fleet(agenda, window, budget, &would_be);
    let limit = change.max_concurrency.map(|most| (who, most));
    WhatIf {
        before: outcome(starts(&mut before, window, None), window, assumptions),
        after: outcome(
            starts(&mut after, window, limit),
            window,
            &assumptions.changed(change),
        ),
        jobs: agenda
            .entries
            .iter()
            .filter(|entry| who.admits(entry))
            .count() as u64,
        left_out: after.left_out,
        sample: after.sample().or_else(|| before.sample()),
    }
}

fn fleet<'a>(agenda: &'a Agenda, window: Window, budget: u64, placed: &[u32]) -> Fleet<'a> {
    let place = |index: usize, _: &AgendaEntry| placed.get(index).copied().unwrap_or(0);
    Fleet::of(&agenda.entries, &Filter::default(), window, budget, place)
}

/// Sorts what starts by who carries it out. What `limit` names waits at one gate, all together.
fn starts(
    fleet: &mut Fleet<'_>,
    window: Window,
    limit: Option<(&Filter, MaxConcurrency)>,
) -> Starts {
    let mut starts = Starts {
        bands: PerBand::of(|_| Load::none(window)),
        limited: Load::none(window),
        gates: Gates::default(),
        untold: Load::none(window),
    };
    fleet.sweep(|_, run| {
        for member in run.members {
            let (entry, weight) = (member.entry, member.weight);
            let instead = limit.filter(|(who, _)| who.admits(entry));
            let instead = instead.map(|(_, most)| most);
            match entry.lane() {
                Lane::Band(band) if entry.job_type != pull::PULL => {
                    for second in run.starts() {
                        let is_limited = starts.gates.come(entry, instead, (second, weight));
                        let load = if is_limited {
                            &mut starts.limited
                        } else {
                            starts.bands.get_mut(band)
                        };
                        load.add_all(std::iter::once(second), weight);
                    }
                }
                _ => starts.untold.add_all(run.starts(), weight),
            }
        }
    });
    starts
}
