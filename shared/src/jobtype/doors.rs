//! What handlers reach the world by. Where types are only looked up and payloads checked, every door is closed.

use chrono::{DateTime, Utc};

use crate::domain::{Cleaned, Digest, UserId};
use crate::outbound::Outbound;
use crate::port::{
    AwsApi, AwsFailure, Chores, FailureKind, Letter, Mail, PortError, PortResult, SignedAnswer,
    SignedCall, Undelivered,
};

/// The doors of a process that runs jobs.
#[derive(Clone, Debug)]
pub struct Doors<A, M, C> {
    /// Makes the outgoing HTTP calls.
    pub http: Outbound,
    /// Calls AWS.
    pub aws: A,
    /// Sends mail.
    pub mail: M,
    /// Does chores.
    pub chores: C,
}

/// A door that nothing goes through.
#[derive(Clone, Copy, Debug, Default)]
pub struct Closed;

impl Doors<Closed, Closed, Closed> {
    /// The doors of a process that runs no jobs. Which hosts may be called, it still says.
    pub fn closed(http: Outbound) -> Self {
        Self {
            http,
            aws: Closed,
            mail: Closed,
            chores: Closed,
        }
    }
}

const WHY: &str = "this process runs no jobs";

impl AwsApi for Closed {
    async fn call(&self, call: SignedCall) -> Result<SignedAnswer, AwsFailure> {
        Err(AwsFailure {
            operation: call.operation,
            kind: FailureKind::Unavailable,
            code: "Closed".to_owned(),
            message: WHY.to_owned(),
            retry_after: None,
        })
    }
}

impl Mail for Closed {
    async fn send(&self, _: &Letter) -> Result<String, Undelivered> {
        Err(Undelivered::ForNow(WHY.to_owned()))
    }
}

fn closed<T>(operation: &'static str) -> PortResult<T> {
    let source = WHY.into();
    Err(PortError::Unavailable { operation, source })
}

impl Chores for Closed {
    async fn clean_up(&self, _: &UserId) -> PortResult<Cleaned> {
        closed("cleanup")
    }

    async fn digest(&self, _: &UserId, _: DateTime<Utc>, _: DateTime<Utc>) -> PortResult<Digest> {
        closed("report")
    }
}
