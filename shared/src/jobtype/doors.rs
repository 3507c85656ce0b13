//! What handlers reach the world by. Where types are only looked up and payloads checked, every door is closed.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::domain::{Cleaned, Digest, ScriptCall, ScriptName, ScriptReport, UserId};
use crate::outbound::Outbound;
use crate::port::{
    AwsApi, AwsFailure, Chores, FailureKind, Letter, Mail, PortError, PortResult, Scripts,
    SignedAnswer, SignedCall, Undelivered,
};

/// The doors of a process that runs jobs.
#[derive(Clone, Debug)]
pub struct Doors<A, M, C, S> {
    /// Makes the outgoing HTTP calls.
    pub http: Outbound,
    /// Calls AWS.
    pub aws: A,
    /// Sends mail.
    pub mail: M,
    /// Does chores.
    pub chores: C,
    /// Runs scripts.
    pub scripts: S,
}

/// A door that nothing goes through.
#[derive(Clone, Copy, Debug, Default)]
pub struct Closed;

impl Doors<Closed, Closed, Closed, Closed> {
    /// The doors of a process that runs no jobs. Which hosts may be called, it still says.
    pub fn closed(http: Outbound) -> Self {
        Self {
            http,
            aws: Closed,
            mail: Closed,
            chores: Closed,
            scripts: Closed,
        }
    }
}

impl<A, M, C, S> Doors<A, M, C, S> {
    /// The same doors, but for that to scripts.
    pub fn with_scripts<T>(self, scripts: T) -> Doors<A, M, C, T> {
        Doors {
            http: self.http,
            aws: self.aws,
            mail: self.mail,
            chores: self.chores,
            scripts,
        }
    }
}

/// The names of the scripts that jobs may name, for a process that runs none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownScripts(pub BTreeSet<ScriptName>);

impl Scripts for KnownScripts {
    fn refusal(&self, script: &ScriptName) -> Option<String> {
        if self.0.contains(script) {
            return None;
        }
        let names: Vec<_> = self.0.iter().map(ScriptName::as_str).collect();
        Some(format!(
            "is not registered here; registered are {}",
            names.join(", ")
        ))
    }

    async fn run_script(&self, _: &ScriptCall) -> PortResult<ScriptReport> {
        closed("script")
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

impl Scripts for Closed {
    fn refusal(&self, _: &ScriptName) -> Option<String> {
        Some("is not registered here: no script is".to_owned())
    }

    async fn run_script(&self, _: &ScriptCall) -> PortResult<ScriptReport> {
        closed("script")
    }
}
