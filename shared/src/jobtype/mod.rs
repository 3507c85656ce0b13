//! The registry of job types. A type is a file here with a name, a typed payload and a handler, and one line in
//! [`Registry::standard`]: the API validates against it and the worker runs from it, so the two cannot disagree.

mod cleanup;
mod doors;
mod echo;
mod email;
mod ends;
mod eventbridge;
mod http;
mod lambda;
mod message;
pub mod payload;
mod pull;
mod report;
mod script;
mod sns;
mod sql;
mod sqs;
mod step_functions;
mod target;
#[cfg(test)]
mod tests;

use std::pin::Pin;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::PartialSchema;
use utoipa::openapi::{RefOr, Schema};

pub use doors::{Closed, Doors, KnownScripts};
use payload::{Given, Needs, Place, Places};

use crate::domain::{
    Destination, ExecutionId, Invalid, JobRequest, Perimeter, Root, TraceContext, UserId, read,
};
use crate::plan::Ended;
use crate::port::{AwsApi, Chores, Mail, Scripts};

/// What a handler is told about the attempt it makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The execution: the same for every attempt at one occurrence, and the target's idempotency key.
    pub execution: ExecutionId,
    /// Its job's owner.
    pub user: UserId,
    /// The attempt's number, from 1.
    pub number: u32,
    /// The nominal instant the execution was due.
    pub fire_time: DateTime<Utc>,
    /// When the attempt is made.
    pub started_at: DateTime<Utc>,
    /// When it is stopped, if it is not over by then.
    pub deadline: DateTime<Utc>,
    /// Its span, for the target to go on from.
    pub trace: TraceContext,
}

/// A kind of work.
pub trait JobType: Send + Sync + 'static {
    /// The name in requests.
    const NAME: &'static str;

    /// The payload. Unknown fields should be refused by its `Deserialize`.
    type Payload: DeserializeOwned + PartialSchema + Send;

    /// What may stand at a place of the payload instead of plain text. The place is told by the keys, and numbers of
    /// items, that lead there. Unless the type says otherwise, nothing: whoever allows a value into a text has seen what
    /// the text is used for.
    fn place(_path: &[&str]) -> Place {
        Place::FIXED
    }

    /// Checks what the payload's shape cannot say. It sees the payload as the handler does: filled in.
    ///
    /// # Errors
    /// [`Invalid`] names the field under `payload`, and never says what its value was: it may be a secret.
    fn check(_payload: &Self::Payload) -> Result<(), Invalid> {
        Ok(())
    }

    /// Checks what this deployment does not allow, of a payload that is right by itself.
    ///
    /// # Errors
    /// As [`Self::check`].
    fn admit(&self, _payload: &Self::Payload) -> Result<(), Invalid> {
        Ok(())
    }

    /// Where the attempts of a payload go, if that is a host of the user's choice. It sees the payload as the job has it,
    /// before it is filled in: that must not matter.
    fn destination(_payload: &Value) -> Option<Destination> {
        None
    }

    /// Makes one attempt. It is dropped where it stands when its time is over or its user cancels.
    fn run(&self, attempt: &Attempt, payload: Self::Payload) -> impl Future<Output = Ended> + Send;
}

/// Every job type of this deployment.
pub struct Registry {
    types: Vec<Box<dyn Registered>>,
    perimeter: Perimeter,
}

/// Where the attempts of a job of a type that Punctual ships go, if that is a host of its owner's choice: for those who
/// have no handlers at hand.
pub fn destination(job_type: &str, payload: &Value) -> Option<Destination> {
    if job_type == <http::Http as JobType>::NAME {
        <http::Http as JobType>::destination(payload)
    } else {
        None
    }
}

impl Registry {
    /// The types that Punctual ships. Their handlers reach the world by `doors`.
    pub fn standard<A, M, C, S>(doors: Doors<A, M, C, S>) -> Self
    where
        A: AwsApi + Clone,
        M: Mail + Clone,
        C: Chores + Clone,
        S: Scripts,
    {
        let Doors {
            http,
            aws,
            mail,
            chores,
            scripts,
        } = doors;
        let aws = || aws.clone();
        let none = Self {
            types: Vec::new(),
            perimeter: http.perimeter().clone(),
        };
        none.with(echo::Echo)
            .with(http::Http::new(http))
            .with(sqs::Sqs { aws: aws() })
            .with(sns::Sns { aws: aws() })
            .with(eventbridge::EventBridge { aws: aws() })
            .with(lambda::Lambda { aws: aws() })
            .with(step_functions::StepFunctions { aws: aws() })
            .with(sql::Sql { aws: aws() })
            .with(email::Email { mail: mail.clone() })
            .with(cleanup::Cleanup {
                chores: chores.clone(),
            })
            .with(report::Report { chores, mail })
            .with(script::Script { scripts })
            .with(pull::Pull)
    }

    /// No type at all: where a test starts from.
    pub fn empty() -> Self {
        Self {
            types: Vec::new(),
            perimeter: Perimeter::public(),
        }
    }

    /// Adds a type.
    #[must_use]
    pub fn with(mut self, job_type: impl JobType) -> Self {
        self.types.push(Box::new(job_type));
        self
    }

    /// The names of the types, in the order they were added.
    pub fn names(&self) -> Vec<&'static str> {
        self.types.iter().map(|entry| entry.name()).collect()
    }

    /// Each type's name and what its payload looks like, in the order they were added.
    pub fn payloads(&self) -> impl Iterator<Item = (&'static str, RefOr<Schema>)> + '_ {
        self.types
            .iter()
            .map(|entry| (entry.name(), entry.payload()))
    }

    /// Checks a job's type and payload before it is accepted.
    ///
    /// # Errors
    /// [`Invalid`] names `job_type`, or the field under `payload`.
    pub fn validate(&self, job_type: &str, payload: &Value) -> Result<(), Invalid> {
        let entry = self.find(job_type).ok_or_else(|| {
            Invalid::new(
                "job_type",
                format!("is not known here; known are {}", self.names().join(", ")),
            )
        })?;
        entry.validate(payload)
    }

    /// As [`Self::validate`], of all that a request says about hosts and payloads: those whom it wants told may be hosts
    /// that this deployment does not call.
    ///
    /// # Errors
    /// As [`Self::validate`]; or [`Invalid`] names the field under `notify`.
    pub fn accept(&self, request: &JobRequest) -> Result<(), Invalid> {
        self.validate(&request.job_type, &request.payload)?;
        match &request.notify {
            Some(notify) => notify.within(&self.perimeter),
            None => Ok(()),
        }
    }

    /// Where the attempts of a job go, if that is a host of its user's choice and the type is known here.
    pub fn destination(&self, job_type: &str, payload: &Value) -> Option<Destination> {
        self.find(job_type)?.destination(payload)
    }

    /// The host that the attempts of a job go to: lower case, without the port.
    pub fn target_host(&self, job_type: &str, payload: &Value) -> Option<String> {
        let destination = self.destination(job_type, payload)?;
        Some(destination.host().to_owned())
    }

    /// What has to be read before a payload can be filled, or `None` if the type is not known here.
    ///
    /// # Errors
    /// [`Invalid`] if the payload would not be accepted today.
    pub fn needs(&self, job_type: &str, payload: &Value) -> Option<Result<Needs, Invalid>> {
        let places = self.find(job_type)?.places();
        Some(payload::needs(payload, places))
    }

    /// The payload with plain text for its references and placeholders, or `None` if the type is not known here.
    ///
    /// # Errors
    /// [`Invalid`] if a value cannot stand where it would.
    pub fn fill(
        &self,
        job_type: &str,
        payload: &Value,
        given: &Given<'_>,
    ) -> Option<Result<Value, Invalid>> {
        let places = self.find(job_type)?.places();
        Some(payload::fill(payload, places, given))
    }

    /// Makes one attempt with a payload that was filled, or `None` if the type is not known here.
    pub async fn run(&self, job_type: &str, attempt: &Attempt, payload: &Value) -> Option<Ended> {
        Some(self.find(job_type)?.run(attempt, payload).await)
    }

    fn find(&self, job_type: &str) -> Option<&dyn Registered> {
        self.types
            .iter()
            .map(AsRef::as_ref)
            .find(|entry| entry.name() == job_type)
    }
}

/// A [`JobType`] with its payload's type erased.
trait Registered: Send + Sync {
    fn name(&self) -> &'static str;
    fn payload(&self) -> RefOr<Schema>;
    fn places(&self) -> Places;
    fn validate(&self, payload: &Value) -> Result<(), Invalid>;
    fn destination(&self, payload: &Value) -> Option<Destination>;
    fn run<'a>(
        &'a self,
        attempt: &'a Attempt,
        payload: &'a Value,
    ) -> Pin<Box<dyn Future<Output = Ended> + Send + 'a>>;
}

impl<T: JobType> Registered for T {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn payload(&self) -> RefOr<Schema> {
        T::Payload::schema()
    }

    fn places(&self) -> Places {
        T::place
    }

    fn validate(&self, payload: &Value) -> Result<(), Invalid> {
        let sample = payload::check(payload, T::place)?;
        self.admit(&parse::<T>(&sample)?)
    }

    fn destination(&self, payload: &Value) -> Option<Destination> {
        T::destination(payload)
    }

    fn run<'a>(
        &'a self,
        attempt: &'a Attempt,
        payload: &'a Value,
    ) -> Pin<Box<dyn Future<Output = Ended> + Send + 'a>> {
        Box::pin(async move {
            match parse::<T>(payload) {
                Ok(payload) => JobType::run(self, attempt, payload).await,
                // It was valid when it was accepted: another version of the type accepted it.
                Err(invalid) => Ended::Rejected {
                    reason: crate::domain::Reason::Rejected,
                    detail: invalid.to_string(),
                    output: None,
                },
            }
        })
    }
}

fn parse<T: JobType>(payload: &Value) -> Result<T::Payload, Invalid> {
    let parsed = read(Root::Field("payload"), payload)?;
    T::check(&parsed)?;
    Ok(parsed)
}
