//! The cloud: everything that the stand-in keeps, and one way to call it. A pure machine: what it answers follows from the
//! calls so far, and the instants that came with them. It has no clock and draws no lots.

use chrono::{DateTime, Utc};

use crate::dynamo::Dynamo;
use crate::refusal::Refusal;
use crate::s3::Buckets;
use crate::sqs::Sqs;

/// A service that is stood in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Service {
    /// DynamoDB, by `X-Amz-Target: DynamoDB_20120810.<operation>`.
    DynamoDb,
    /// SQS, by `X-Amz-Target: AmazonSQS.<operation>`.
    Sqs,
}

impl Service {
    const ALL: [Self; 2] = [Self::DynamoDb, Self::Sqs];

    /// What stands before the operation in `X-Amz-Target`.
    pub const fn target(self) -> &'static str {
        match self {
            Self::DynamoDb => "DynamoDB_20120810",
            Self::Sqs => "AmazonSQS",
        }
    }

    /// The service and the operation that an `X-Amz-Target` names.
    pub fn of_target(target: &str) -> Option<(Self, &str)> {
        let (prefix, operation) = target.split_once('.')?;
        let service = Self::ALL
            .into_iter()
            .find(|service| service.target() == prefix)?;
        Some((service, operation))
    }

    fn error_prefix(self) -> &'static str {
        match self {
            Self::DynamoDb => "com.amazonaws.dynamodb.v20120810#",
            Self::Sqs => "com.amazonaws.sqs#",
        }
    }
}

/// What a call was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The name of the error, as the service's clients know it, unless it went well.
    pub error: Option<String>,
    /// JSON.
    pub body: Vec<u8>,
}

impl Answer {
    /// The answer to a call that went well.
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            error: None,
            body: body.into(),
        }
    }

    /// The answer to a call that `service` refused.
    pub fn refused(service: Service, refusal: &Refusal) -> Self {
        let error = match service {
            Service::DynamoDb => refusal.code.to_owned(),
            Service::Sqs => Sqs::query_code(refusal.code),
        };
        Self {
            status: refusal.status,
            error: Some(error),
            body: refusal.body(service.error_prefix()),
        }
    }
}

/// All state of all services.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// The tables.
    pub dynamo: Dynamo,
    /// The queues.
    pub sqs: Sqs,
    /// The buckets.
    pub buckets: Buckets,
}

impl Cloud {
    /// An empty cloud, whose queues' URLs begin with `base_url`.
    pub fn new(base_url: &str) -> Self {
        Self {
            dynamo: Dynamo::default(),
            sqs: Sqs::new(base_url),
            buckets: Buckets::default(),
        }
    }

    /// Carries out `operation`, at `now`, with a body of the JSON protocol.
    pub fn call(
        &mut self,
        now: DateTime<Utc>,
        service: Service,
        operation: &str,
        body: &[u8],
    ) -> Answer {
        let answered = match service {
            Service::DynamoDb => self.dynamo.call(now, operation, body),
            Service::Sqs => self.sqs.call(now, operation, body),
        };
        match answered {
            // A tree of JSON can always be written.
            Ok(answer) => Answer::ok(serde_json::to_vec(&answer).unwrap_or_default()),
            Err(refusal) => Answer::refused(service, &refusal),
        }
    }

    /// How often anything has been changed: a call that leaves this as it was has left everything as it was.
    pub fn changes(&self) -> u64 {
        self.dynamo.changes() + self.sqs.changes() + self.buckets.changes()
    }
}
