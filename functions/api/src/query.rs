//! Query parameters, each taken by name at most once. What nobody takes is refused: a misspelt filter must not widen a
//! list in silence.

use std::collections::BTreeMap;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::{DateTime, Datelike, Timelike, Utc};
use punctual::domain::{
    ExecutionId, JobId, JobState, JobText, LetterFilter, LetterStatus, Occasion, Outcome, Reason,
    UserId, Window,
};
use punctual::plan::forecast;
use punctual::port::JobFilter;
use punctual::usecase::{Ahead, AuditQuery, CostRequest, JobQuery, LetterQuery, MOST_MINUTES};
use url::form_urlencoded;
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

/// The parameters that have not been taken yet.
pub struct Parameters(BTreeMap<String, String>);

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if let Some(twice) = parameters.insert(name.clone().into_owned(), value.into_owned()) {
                let reason = format!("is given twice, first as `{twice}`");
                return Err(Problem::parameter(&name, reason));
            }
        }
        Ok(Self(parameters))
    }
}

impl Parameters {
    fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// Takes `status` and `job_type`.
    pub fn filter(&mut self) -> Result<JobFilter, Problem> {
        let state = self.take("status").map(|name| state(&name)).transpose()?;
        Ok(JobFilter {
            state,
            job_type: self.take("job_type"),
        })
    }

    /// Takes `days`: 1 to 366, 30 if absent.
    pub fn days(&mut self) -> Result<u16, Problem> {
        let Some(text) = self.take("days") else {
            return Ok(30);
        };
        let days = text.parse().ok().filter(|days| (1..=366).contains(days));
        days.ok_or_else(|| Problem::parameter("days", "must be a number from 1 to 366"))
    }

    /// Takes `user`, `status`, `job_type` and `text`.
    pub fn jobs(&mut self) -> Result<JobQuery, Problem> {
        let text = self.take("text").map(|text| JobText::new(&text));
        let text = text.transpose();
        Ok(JobQuery {
            owner: self.user()?,
            filter: self.filter()?,
            text: text.map_err(|invalid| Problem::parameter("text", invalid.reason))?,
        })
    }

    /// Takes `minutes`: 1 to [`MOST_MINUTES`], an hour if absent.
    pub fn minutes(&mut self) -> Result<u16, Problem> {
        let Some(text) = self.take("minutes") else {
            return Ok(60);
        };
        let minutes = text.parse().ok();
        let minutes = minutes.filter(|minutes| (1..=MOST_MINUTES).contains(minutes));
        let refused = || {
            let reason = format!("must be a number from 1 to {MOST_MINUTES}");
            Problem::parameter("minutes", reason)
        };
        minutes.ok_or_else(refused)
    }

    /// Takes `from`, `until`, `user` and `subject`.
    pub fn audit(&mut self) -> Result<AuditQuery, Problem> {
        Ok(AuditQuery {
            from: self.instant("from")?,
            until: self.instant("until")?,
            user: self.user()?,
            subject: self.take("subject"),
        })
    }

    /// Takes `user`, `job`, `job_type`, `reason`, `from`, `until` and `status`.
    pub fn letters(&mut self) -> Result<LetterQuery, Problem> {
        let user = self.take("user").map(|text| UserId::new(&text)).transpose();
        let job = self
            .take("job")
            .map(|text| text.parse::<JobId>())
            .transpose();
        let status = match self.take("status") {
            None => None,
            Some(name) => Some(known(
                &LetterStatus::ALL,
                LetterStatus::name,
                "status",
                &name,
            )?),
        };
        let reason = match self.take("reason") {
            None => None,
            Some(name) => Some(reason(name)?),
        };
        let filter = LetterFilter {
            user: user.map_err(|invalid| Problem::parameter("user", invalid.reason))?,
            job: job.map_err(|invalid| Problem::parameter("job", invalid.reason))?,
            job_type: self.take("job_type"),
            reason,
            from: self.instant("from")?,
            until: self.instant("until")?,
        };
        Ok(LetterQuery { filter, status })
    }

    /// Takes `run`, if it is given: an execution's id, or the part of it behind its job's, or an instant.
    pub fn run(&mut self) -> Result<Option<Occasion>, Problem> {
        let Some(text) = self.take("run") else {
            return Ok(None);
        };
        let of_execution = || text.parse().ok().map(|id: ExecutionId| id.occasion);
        let instant = || text.parse::<DateTime<Utc>>().ok();
        let whole = |at: &DateTime<Utc>| at.nanosecond() == 0 && (1970..=9999).contains(&at.year());
        let run = text
            .parse()
            .ok()
            .or_else(of_execution)
            .or_else(|| instant().filter(whole).map(Occasion::Scheduled));
        run.map(Some).ok_or_else(|| {
            let reason = "must be an execution's id, or a fire time like 2026-11-21T12:00:00Z";
            Problem::parameter("run", reason)
        })
    }

    /// Takes `user`, if it is given.
    pub fn user(&mut self) -> Result<Option<UserId>, Problem> {
        let user = self.take("user").map(|text| UserId::new(&text)).transpose();
        user.map_err(|invalid| Problem::parameter("user", invalid.reason))
    }

    /// Takes the instant `name`, if it is given.
    pub fn instant(&mut self, name: &str) -> Result<Option<DateTime<Utc>>, Problem> {
        let Some(text) = self.take(name) else {
            return Ok(None);
        };
        let instant = text.parse().ok();
        let instant = instant.filter(|at: &DateTime<Utc>| (1970..=9999).contains(&at.year()));
        let refused = || {
            let reason = "must be an instant in the years 1970 to 9999, like 2026-11-21T12:00:00Z";
            Problem::parameter(name, reason)
        };
        instant.ok_or_else(refused).map(Some)
    }

    /// Refuses whatever nobody took.
    pub fn no_others(self) -> Result<(), Problem> {
        match self.0.into_keys().next() {
            Some(unknown) => Err(Problem::parameter(&unknown, "is not a parameter here")),
            None => Ok(()),
        }
    }

    /// Takes `user`, `job_type` and `target`: whose starts are forecast.
    pub fn forecast(&mut self) -> Result<forecast::Filter, Problem> {
        Ok(forecast::Filter {
            user: self.user()?,
            job_type: self.take("job_type"),
            target: self.take("target"),
        })
    }

    /// Takes `window`: a day, if absent.
    pub fn ahead(&mut self) -> Result<Ahead, Problem> {
        match self.take("window") {
            None => Ok(Ahead::default()),
            Some(name) => known(&Ahead::ALL, Ahead::name, "window", &name),
        }
    }

    /// Takes `outcome`, if it is given.
    pub fn outcome(&mut self) -> Result<Option<Outcome>, Problem> {
        let Some(name) = self.take("outcome") else {
            return Ok(None);
        };
        let known = Outcome::ALL
            .into_iter()
            .find(|outcome| outcome.name() == name);
        known.map(Some).ok_or_else(|| {
            let names = Outcome::ALL.map(Outcome::name).join(", ");
            Problem::parameter("outcome", format!("must be one of {names}"))
        })
    }

    /// Takes `since` and `until`: the last day, if absent.
    pub fn cost(&mut self, now: DateTime<Utc>) -> Result<Window, Problem> {
        let request = CostRequest {
            since: self.instant("since")?,
            until: self.instant("until")?,
        };
        let window = request.window(now);
        window.map_err(|invalid| Problem::parameter(&invalid.field, invalid.reason))
    }

    /// Takes `cursor` and `limit`, which end every list's parameters: whatever is left is refused.
    pub fn page(self) -> Result<PageRequest, Problem> {
        self.page_of(PageRequest::DEFAULT_LIMIT, PageRequest::MAX_LIMIT)
    }

    /// The same for a list of which every item takes many reads.
    pub fn few_jobs(self) -> Result<PageRequest, Problem> {
        self.page_of(PageRequest::FEW_JOBS, PageRequest::MOST_JOBS)
    }

    fn page_of(mut self, default: usize, most: usize) -> Result<PageRequest, Problem> {
        let refused = || Problem::parameter("limit", format!("must be a number from 1 to {most}"));
        let limit = match self.take("limit") {
            None => default,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=most).contains(limit))
                .ok_or_else(refused)?,
        };
        let cursor = self.cursor()?;
        Ok(PageRequest { cursor, limit })
    }

    /// Takes `cursor` alone, which ends the parameters.
    pub fn cursor(mut self) -> Result<Option<String>, Problem> {
        let cursor = self.take("cursor");
        self.no_others()?;
        Ok(cursor)
    }
}

/// Which part of a list is wanted.
pub struct PageRequest {
    /// Where an earlier part ended.
    pub cursor: Option<String>,
    /// How many items, at most.
    pub limit: usize,
}

impl PageRequest {
    const DEFAULT_LIMIT: usize = 50;
    const MAX_LIMIT: usize = 100;
    const FEW_JOBS: usize = 10;
    const MOST_JOBS: usize = 20;

    /// A cursor of a list whose places have a text of their own.
    ///
    /// # Errors
    /// [`Problem`] if it is none.
    pub fn place<T: FromStr>(cursor: Option<&str>) -> Result<Option<T>, Problem> {
        let place = cursor.map(str::parse).transpose();
        place.map_err(|_| Self::foreign_cursor())
    }

    /// The refusal of a cursor that the store does not know as its own.
    pub fn foreign_cursor() -> Problem {
        Problem::parameter("cursor", "is not a cursor of this list")
    }
}

/// The one of `all` that is called `text`.
fn known<T: Copy>(
    all: &[T],
    name: impl Fn(T) -> &'static str,
    parameter: &str,
    text: &str,
) -> Result<T, Problem> {
    let found = all.iter().copied().find(|one| name(*one) == text);
    found.ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|one| name(*one)).collect();
        Problem::parameter(parameter, format!("must be one of {}", names.join(", ")))
    })
}

fn reason(name: String) -> Result<Reason, Problem> {
    serde_json::from_value(name.into())
        .map_err(|_| Problem::parameter("reason", "is no reason for which an execution ends"))
}

fn state(name: &str) -> Result<JobState, Problem> {
    let known = JobState::ALL.into_iter().find(|state| state.name() == name);
    known.ok_or_else(|| {
        let names = JobState::ALL.map(JobState::name).join(", ");
        Problem::parameter("status", format!("must be one of {names}"))
    })
}

/// What [`Parameters::filter`] takes, for the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its shape is used")]
pub struct FilterParameters {
    /// Only jobs that stand so. Without it, all but the canceled ones.
    status: Option<JobState>,
    /// Only jobs of this type.
    #[param(example = "http")]
    job_type: Option<String>,
}

/// What [`Parameters::jobs`] takes beside, for the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its shape is used")]
pub struct TextParameter {
    /// Only jobs whose name has this in it, whatever its case, or whose id begins with it. Then a part looks at 500 jobs at
    /// most: it may be short, even empty, and go on all the same.
    #[param(min_length = 1, max_length = 100, example = "report")]
    text: Option<String>,
}

/// What [`Parameters::minutes`] takes, for the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its shape is used")]
pub struct MinutesParameter {
    /// How many minutes back, the present one included.
    #[param(minimum = 1, maximum = 180, default = 60)]
    minutes: Option<u16>,
}

/// What [`Parameters::audit`] takes, for the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its shape is used")]
pub struct AuditParameters {
    /// No change before this.
    from: Option<DateTime<Utc>>,
    /// No change at this, or after it.
    until: Option<DateTime<Utc>>,
    /// Only changes by this user.
    #[param(inline)]
    user: Option<UserId>,
    /// Only changes of the thing with this id.
    subject: Option<String>,
}

/// What [`Parameters::letters`] takes, for the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its shape is used")]
pub struct LetterParameters {
    /// Only this user's; for those who keep the service running.
    #[param(inline)]
    user: Option<UserId>,
    /// Only this job's.
    #[param(inline)]
    job: Option<JobId>,
    /// Only those of jobs of this type.
    #[param(example = "http")]
    job_type: Option<String>,
    /// Only those that ended for this reason.
    #[param(inline)]
    reason: Option<Reason>,
    /// None that ended before this.
    from: Option<DateTime<Utc>>,
    /// None that ended at this or later.
    until: Option<DateTime<Utc>>,
    /// Only those with which this has been done.
    #[param(inline)]
    status: Option<LetterStatus>,
}

/// What [`Parameters::forecast`] takes, for the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its shape is used")]
pub struct ForecastParameters {
    /// Only this user's jobs. Without it, the caller's own; everybody's, for those who keep the service running.
    #[param(inline)]
    user: Option<UserId>,
    /// Only jobs of this type.
    #[param(example = "http")]
    job_type: Option<String>,
    /// Only jobs that call this host.
    #[param(example = "example.com")]
    target: Option<String>,
}

/// What [`Parameters::ahead`] takes, for the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its shape is used")]
pub struct AheadParameter {
    /// How far ahead: 60 minutes, 24 hours or 30 days. A day, if absent.
    #[param(inline)]
    window: Option<AheadName>,
}

/// The names of [`Ahead`], for the document.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only its shape is used")]
pub enum AheadName {
    Hour,
    Day,
    Month,
}

/// What [`Parameters::run`] takes, for the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its shape is used")]
pub struct RunParameter {
    /// Also show what became of each job in this run: the id of one of its executions, or its fire time.
    #[param(example = "2026-11-21T12:00:00Z")]
    run: Option<String>,
}

/// What [`Parameters::user`] takes, for the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its shape is used")]
pub struct UserParameter {
    /// Whose; the caller's own, if absent.
    #[param(inline)]
    user: Option<UserId>,
}

/// What [`Parameters::page`] takes, for the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its shape is used")]
pub struct PageParameters {
    /// Where an earlier part of this list ended: its `next_cursor`.
    #[param(min_length = 1)]
    cursor: Option<String>,
    /// How many items, at most.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
}

/// What [`Parameters::few_jobs`] takes, for the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its shape is used")]
pub struct FewJobsParameters {
    /// Where an earlier part of this list ended: its `next_cursor`.
    #[param(min_length = 1)]
    cursor: Option<String>,
    /// How many jobs, at most.
    #[param(minimum = 1, maximum = 20, default = 10)]
    limit: Option<u32>,
}

/// What [`Parameters::cursor`] takes, for the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its shape is used")]
pub struct CursorParameter {
    /// Where an earlier part ended: its `next_cursor`.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// What [`Parameters::cost`] takes, for the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its shape is used")]
pub struct CostParameters {
    /// The first instant; a day before `until`, if absent. At most 30 days ago.
    since: Option<DateTime<Utc>>,
    /// The first instant after the last; now, if absent. At most 31 days after the first.
    until: Option<DateTime<Utc>>,
}

/// What [`Parameters::days`] takes, for the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its shape is used")]
pub struct DaysParameter {
    /// How many days ahead to look.
    #[param(minimum = 1, maximum = 366, default = 30)]
    days: Option<u16>,
}

/// What the ledger takes, for the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its shape is used")]
pub struct LedgerParameters {
    /// The first instant; a day ago, if absent. At most 30 days ago.
    from: Option<DateTime<Utc>>,
    /// The first instant after the last; a day after the first, if absent. At most 31 days after it.
    until: Option<DateTime<Utc>>,
    /// Only occurrences that came to this.
    #[param(inline)]
    outcome: Option<Outcome>,
}
