//! What the service has done lately, as operators see it: every minute of the time that was asked for, also those of which
//! nobody reported anything.

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::{Counted, Minute, Term};
use punctual::port::{ActivitySource, PortResult, Progress};
use punctual::usecase::{Lately, Runs};
use serde::Serialize;
use utoipa::ToSchema;

use super::{utc, utc_ms};

const NO_METRICS: &str = "the functions' metrics cannot be read at present; the API's log says why";
const NO_PROGRESS: &str =
    "how far the scanner has come cannot be read at present; the API's log says why";

/// What the service has done lately.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Activity)]
pub struct ActivityView {
    runs: RunsView,
    ticks: TicksView,
}

/// What the functions have reported.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ActivityRuns)]
struct RunsView {
    source: SourceView,
    /// When it was read, up to half a minute ago; null if it was not.
    #[schema(required, format = DateTime)]
    read_at: Option<String>,
    /// Why it was not read, if it was not.
    #[schema(required)]
    problem: Option<&'static str>,
    /// The oldest first, the present one last; none if it was not read.
    #[schema(max_items = 180)]
    minutes: Vec<MinuteView>,
}

/// `cloudwatch`: of the whole deployment. `memory`: of the functions in the API's own process, since it started.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ActivitySource)]
enum SourceView {
    #[serde(rename = "cloudwatch")]
    CloudWatch,
    Memory,
}

/// What was reported in a minute.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ActivityMinute)]
struct MinuteView {
    /// When it begins.
    #[schema(format = DateTime)]
    at: String,
    /// Whether its figures are final: it is over, and what was reported in it has arrived.
    is_settled: bool,
    /// Attempts that were made.
    started: u64,
    /// Executions that did their work.
    succeeded: u64,
    /// Executions that failed for a reason that another attempt could not mend.
    failed: u64,
    /// Executions whose attempts were used up.
    dead: u64,
    /// Executions that were canceled.
    canceled: u64,
    /// Executions that never ran.
    skipped: u64,
    /// Attempts that failed and are followed by another.
    retried: u64,
    /// Which part of those that succeeded, failed or are dead has succeeded; null if there are none.
    #[schema(required)]
    success_rate: Option<f64>,
    /// How late half of the first attempts started, at most; null if none did.
    #[schema(required)]
    lateness_p50_ms: Option<f64>,
    /// The same of 99 of 100.
    #[schema(required)]
    lateness_p99_ms: Option<f64>,
    /// Messages that ticks sent to workers.
    dispatched: u64,
    /// Executions that ticks deferred.
    deferred: u64,
    /// Those of them that are shed under pressure.
    shed: u64,
    /// Deferred executions that were sent after all.
    released: u64,
    /// Messages that were ready in the bands' queues; null if no tick looked.
    #[schema(required)]
    ready: Option<u64>,
    /// Ticks that were brought to their end.
    ticks: u64,
}

/// How far the scanner has come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ActivityTicks)]
struct TicksView {
    /// Why it was not read, if it was not.
    #[schema(required)]
    problem: Option<&'static str>,
    /// Everything that is due before this is sent or deferred; null before the first tick.
    #[schema(required, format = DateTime)]
    scanned_until: Option<String>,
    /// From then to now: below zero while it scans ahead, as it should.
    #[schema(required)]
    lag_ms: Option<i64>,
    /// The last of the minutes that were read in which a tick was brought to its end.
    #[schema(required, format = DateTime)]
    last_seen: Option<String>,
    #[schema(required)]
    term: Option<TermView>,
}

/// Which region's scanner ticks.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Term)]
struct TermView {
    /// Counts up with every change of region.
    number: u64,
    /// Null: every region's.
    #[schema(required)]
    region: Option<String>,
    /// The first minute that was scanned in it; null in the first term.
    #[schema(required, format = DateTime)]
    from: Option<String>,
}

impl ActivityView {
    /// The last `minutes` of it.
    pub fn of(lately: Lately, minutes: u16) -> Self {
        let Lately {
            at,
            source,
            settles_after,
            runs,
            progress,
        } = lately;
        let ticked = |runs: &Runs| {
            let mut minutes = runs.counted.iter().rev();
            let last = minutes.find(|(_, counted)| counted.ticks > 0);
            last.map(|(minute, _)| utc(minute.start()))
        };
        let last_seen = runs.as_ref().ok().and_then(ticked);
        Self {
            runs: RunsView::of(source.into(), &runs, settles_after, minutes),
            ticks: TicksView::of(progress, last_seen, at),
        }
    }
}

impl RunsView {
    fn of(
        source: SourceView,
        runs: &PortResult<Runs>,
        settles_after: TimeDelta,
        minutes: u16,
    ) -> Self {
        let Ok(runs) = runs else {
            return Self {
                source,
                read_at: None,
                problem: Some(NO_METRICS),
                minutes: Vec::new(),
            };
        };
        let present = Minute::of(runs.read_at);
        let shown = (0..i64::from(minutes)).rev().map(|ago| {
            let minute = present.plus(-ago);
            let counted = runs.counted.get(&minute).copied().unwrap_or_default();
            let is_settled = minute.plus(1).start() + settles_after <= runs.read_at;
            MinuteView::of(minute, counted, is_settled)
        });
        Self {
            source,
            read_at: Some(utc_ms(runs.read_at)),
            problem: None,
            minutes: shown.collect(),
        }
    }
}

impl From<ActivitySource> for SourceView {
    fn from(source: ActivitySource) -> Self {
        match source {
            ActivitySource::CloudWatch => Self::CloudWatch,
            ActivitySource::Memory => Self::Memory,
        }
    }
}

impl MinuteView {
    fn of(minute: Minute, counted: Counted, is_settled: bool) -> Self {
        Self {
            at: utc(minute.start()),
            is_settled,
            started: counted.started,
            succeeded: counted.succeeded,
            failed: counted.failed,
            dead: counted.dead,
            canceled: counted.canceled,
            skipped: counted.skipped,
            retried: counted.retried,
            success_rate: counted.success_rate(),
            lateness_p50_ms: counted.lateness_p50_ms,
            lateness_p99_ms: counted.lateness_p99_ms,
            dispatched: counted.dispatched,
            deferred: counted.deferred,
            shed: counted.shed,
            released: counted.released,
            ready: counted.ready,
            ticks: counted.ticks,
        }
    }
}

impl TicksView {
    fn of(
        progress: PortResult<Option<Progress>>,
        last_seen: Option<String>,
        now: DateTime<Utc>,
    ) -> Self {
        let problem = progress.is_err().then_some(NO_PROGRESS);
        let progress = progress.ok().flatten();
        let scanned_until = progress.as_ref().map(|found| found.low_water.start());
        Self {
            problem,
            scanned_until: scanned_until.map(utc),
            lag_ms: scanned_until.map(|until| (now - until).num_milliseconds()),
            last_seen,
            term: progress.map(|found| found.term.into()),
        }
    }
}

impl From<Term> for TermView {
    fn from(term: Term) -> Self {
        Self {
            number: term.number,
            region: term.region,
            from: term.from.map(|from| utc(from.start())),
        }
    }
}
