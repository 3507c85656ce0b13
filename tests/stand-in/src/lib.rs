//! A stand-in for the part of AWS that Punctual's promises rest on: DynamoDB and SQS, and as much of S3 as large results
//! need. One [`Cloud`] holds all state and is a pure machine; what surrounds it brings calls to it:
//!
//! - [`wire`] in process, for the SDK's own clients, where a test may break any call before or after it was carried out;
//! - [`server`] over HTTP on loopback, with a [`journal`] by which no acknowledged call is lost to a kill.
//!
//! What it does not know, it refuses: no parameter and no function of an expression is passed over in silence.

mod cloud;
mod dynamo;
pub mod faults;
pub mod journal;
mod refusal;
mod s3;
pub mod server;
mod sqs;
pub mod wire;

pub use cloud::{Answer, Cloud, Service};
pub use dynamo::{Dynamo, Item, Number, NumberError, Units, Value, size_of};
pub use refusal::Refusal;
pub use s3::{Buckets, Object, ObjectAnswer, ObjectCall};
pub use sqs::{Counts, Sqs};
