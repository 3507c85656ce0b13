//! The load ahead, as those see it who plan for it.

use punctual::domain::MINUTE;
use punctual::plan::forecast::{
    Forecast, LeftOut, MinuteLoad, Peak, Ranking, Sample, Series, Share,
};
use punctual::usecase::{Foreseen, PresentAgenda};
use serde::Serialize;
use utoipa::ToSchema;

use super::{utc, utc_ms};

/// From what a forecast follows.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Agenda)]
pub struct AgendaView {
    /// When all jobs were read. What has changed since is in it, but for what is said to be left out.
    #[schema(format = DateTime)]
    taken_at: String,
    /// Whether all jobs are on it.
    is_whole: bool,
    /// How many changed jobs are on it as they were: they are read by and by.
    changes_left_out: usize,
    /// Whether more jobs have changed than were looked for.
    changes_are_more: bool,
}

impl From<&PresentAgenda> for AgendaView {
    fn from(present: &PresentAgenda) -> Self {
        Self {
            taken_at: utc_ms(present.agenda.taken_at),
            is_whole: present.agenda.is_whole,
            changes_left_out: present.changes_left_out,
            changes_are_more: present.changes_are_more,
        }
    }
}

/// Jobs of which a forecast does not tell all.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeftOut)]
pub struct LeftOutView {
    /// Not counted: they run when others have.
    after_others: u64,
    /// Counted as if their calendars excluded nothing.
    calendars: u64,
    /// Not counted: what is stored of them cannot be read.
    unreadable: u64,
}

impl From<LeftOut> for LeftOutView {
    fn from(left_out: LeftOut) -> Self {
        Self {
            after_others: left_out.after_others,
            calendars: left_out.calendars,
            unreadable: left_out.unreadable,
        }
    }
}

/// Of which jobs not every one was looked at, because that would have been too much work.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sample)]
pub struct SampleView {
    /// So many jobs: those whose rhythms are shared least.
    jobs: u64,
    /// One of so many of them was looked at, and stands for the others.
    one_of: u32,
}

impl From<Sample> for SampleView {
    fn from(sample: Sample) -> Self {
        Self {
            jobs: sample.jobs.get(),
            one_of: sample.one_of,
        }
    }
}

/// What a stretch of time will be like.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Forecast)]
pub struct ForecastView {
    /// The first second that is counted.
    #[schema(format = DateTime)]
    from: String,
    /// The first that is not.
    #[schema(format = DateTime)]
    until: String,
    agenda: AgendaView,
    /// Of which jobs it is an estimate. Null where it is none.
    #[schema(required)]
    sample: Option<SampleView>,
    left_out: LeftOutView,
    /// The first of `minutes`. It may have begun before `from`.
    #[schema(format = DateTime)]
    first_minute: String,
    /// How many executions start in each minute.
    minutes: Vec<u64>,
    /// All of them.
    total: u64,
    /// How many jobs start at all.
    jobs: u64,
    /// The busiest seconds, the busiest first: at most ten.
    peaks: Vec<PeakView>,
    users: RankingView,
    job_types: RankingView,
    /// The hosts that are called.
    targets: RankingView,
}

/// A busy second.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Peak)]
struct PeakView {
    #[schema(format = DateTime)]
    at: String,
    starts: u64,
    /// In words.
    #[schema(example = "12:00:00 UTC: 5,012 starts, 84 % hourly")]
    words: String,
    /// How often the jobs fire that start then, what most have in common first.
    cadences: Vec<CadenceView>,
}

/// A part of a busy second.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PeakCadence)]
struct CadenceView {
    /// How often its jobs fire.
    #[schema(example = "hourly")]
    cadence: String,
    starts: u64,
}

/// Who causes the most.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ranking)]
struct RankingView {
    /// Those who cause the most, most first: at most 20.
    top: Vec<ShareView>,
    /// How many others there are.
    others: u64,
    /// What they start together.
    others_start: u64,
}

/// What a user, a type or a host causes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Share)]
struct ShareView {
    /// Its name.
    key: String,
    /// How many of its jobs start at all.
    jobs: u64,
    /// How often they do.
    starts: u64,
}

impl From<Ranking> for RankingView {
    fn from(ranking: Ranking) -> Self {
        let share = |Share { key, jobs, starts }| ShareView { key, jobs, starts };
        Self {
            top: ranking.top.into_iter().map(share).collect(),
            others: ranking.others,
            others_start: ranking.others_start,
        }
    }
}

impl From<Foreseen<Forecast>> for ForecastView {
    fn from(Foreseen { present, found }: Foreseen<Forecast>) -> Self {
        let peak = |peak: &Peak| PeakView {
            at: utc(peak.at),
            starts: peak.starts,
            words: peak.words(found.window),
            cadences: (peak.cadences.iter())
                .map(|(cadence, starts)| CadenceView {
                    cadence: cadence.to_string(),
                    starts: *starts,
                })
                .collect(),
        };
        let causes = found.causes.map(RankingView::from);
        Self {
            from: utc(found.window.from),
            until: utc(found.window.until),
            agenda: (&present).into(),
            sample: found.sample.map(Into::into),
            left_out: found.left_out.into(),
            first_minute: utc(found.first_minute.start()),
            total: found.total,
            jobs: found.jobs,
            peaks: found.peaks.iter().map(peak).collect(),
            minutes: found.minutes,
            users: causes.users,
            job_types: causes.job_types,
            targets: causes.targets,
        }
    }
}

/// One minute, second by second.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ForecastMinute)]
pub struct ForecastMinuteView {
    /// When it begins.
    #[schema(format = DateTime)]
    minute: String,
    /// When it ends.
    #[schema(format = DateTime)]
    until: String,
    agenda: AgendaView,
    /// Of which jobs it is an estimate. Null where it is none.
    #[schema(required)]
    sample: Option<SampleView>,
    left_out: LeftOutView,
    /// How many executions start in it.
    total: u64,
    /// How many start at each second.
    #[schema(min_items = 60, max_items = 60)]
    seconds: Vec<u64>,
    /// Whose jobs they are, those with the most starts first: at most 20, and all others together.
    users: Vec<SeriesView>,
    job_types: Vec<SeriesView>,
    /// The hosts that are called.
    targets: Vec<SeriesView>,
}

/// A user, a type or a host, second by second.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Series)]
struct SeriesView {
    /// Its name. Null: all others together.
    #[schema(required)]
    key: Option<String>,
    #[schema(min_items = 60, max_items = 60)]
    seconds: Vec<u64>,
}

impl From<Foreseen<MinuteLoad>> for ForecastMinuteView {
    fn from(Foreseen { present, found }: Foreseen<MinuteLoad>) -> Self {
        let all = |seconds: [u64; 60]| seconds.to_vec();
        let series = |series: Vec<Series>| {
            let series = series.into_iter().map(|one| SeriesView {
                key: one.key,
                seconds: all(one.seconds),
            });
            series.collect()
        };
        let causes = found.causes.map(series);
        Self {
            minute: utc(found.minute.start()),
            until: utc(found.minute.start() + MINUTE),
            agenda: (&present).into(),
            sample: found.sample.map(Into::into),
            left_out: found.left_out.into(),
            total: found.seconds.iter().sum(),
            seconds: all(found.seconds),
            users: causes.users,
            job_types: causes.job_types,
            targets: causes.targets,
        }
    }
}
