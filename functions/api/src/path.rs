//! Ids in paths. One that cannot be an id is answered like one that names nothing: there is no such thing.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use chrono::{DateTime, Timelike, Utc};
use punctual::domain::calendar::CalendarName;
use punctual::domain::{
    ExecutionId, HoldId, Invalid, JobId, Occasion, RedriveId, UserId, WorkerId,
};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Ref, Required, SchemaFormat, Type};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

/// The id in the request's path.
pub struct Id<T>(pub T);

/// A thing that has ids.
pub trait Identified: FromStr + ToSchema {
    /// The name of the path's parameter.
    const PARAMETER: &'static str = "id";
    /// What it is called when it is not there.
    const WHAT: &'static str;
}

impl Identified for JobId {
    const WHAT: &'static str = "job";
}

impl Identified for ExecutionId {
    const WHAT: &'static str = "execution";
}

impl Identified for RedriveId {
    const WHAT: &'static str = "redrive";
}

impl Identified for HoldId {
    const WHAT: &'static str = "hold";
}

impl Identified for WorkerId {
    const WHAT: &'static str = "worker";
}

impl Identified for UserId {
    const PARAMETER: &'static str = "user";
    const WHAT: &'static str = "user";
}

/// The path of one occurrence: its job, and its fire time as the API shows it or the part of its execution's id behind
/// the job's.
pub struct OccurrencePath {
    /// The job.
    pub job: JobId,
    /// Which one.
    pub occasion: Occasion,
}

impl<S: Send + Sync> FromRequestParts<S> for OccurrencePath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let (job, occasion) = path
            .map(|Path(path)| path)
            .map_err(|_| Problem::not_found("job"))?;
        let job = job.parse().map_err(|_| Problem::not_found("job"))?;
        let instant = || occasion.parse::<DateTime<Utc>>().ok();
        let whole = |at: &DateTime<Utc>| at.nanosecond() == 0;
        let occasion = occasion
            .parse()
            .ok()
            .or_else(|| instant().filter(whole).map(Occasion::Scheduled))
            .ok_or_else(|| {
                Problem::invalid(Invalid::new(
                    "fire_time",
                    "must be a whole second: 2026-11-21T12:00:00Z",
                ))
            })?;
        Ok(Self { job, occasion })
    }
}

impl<T: Identified, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        text.ok()
            .and_then(|Path(text)| text.parse().ok())
            .map(Self)
            .ok_or_else(|| Problem::not_found(T::WHAT))
    }
}

/// The calendar's name in the request's path. One that cannot be a name is refused as such: it is the caller's own word.
pub struct Named(pub CalendarName);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        let text = text.map_or_else(|_| String::new(), |Path(text)| text);
        CalendarName::new(&text).map(Self).map_err(Problem::invalid)
    }
}

impl IntoParams for OccurrencePath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let fire_time = ParameterBuilder::new()
            .name("fire_time")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some(
                "The instant, a whole second; or what stands behind the job's id in an execution's id.",
            ))
            .schema(Some(
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .format(Some(SchemaFormat::Custom("fire-time".to_owned()))),
            ))
            .example(Some("2026-11-21T12:00:00Z".into()))
            .build();
        vec![parameter::<JobId>("id", "The job's id."), fire_time]
    }
}

impl<T: Identified> IntoParams for Id<T> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = format!("The {}'s id.", T::WHAT);
        vec![parameter::<T>(T::PARAMETER, &description)]
    }
}

impl IntoParams for Named {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter::<CalendarName>("name", "The calendar's name.")]
    }
}

fn parameter<T: ToSchema>(name: &str, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(description))
        .schema(Some(Ref::from_schema_name(T::name())))
        .build()
}
