//! A seeded simulation of the real code. The functions' own handlers, on the product's own adapters and the SDK's clients,
//! run in one thread under a simulated clock, against DynamoDB and SQS in memory; a seed says what users do and what goes
//! wrong. At the end an oracle compares what became of everything with the pure schedule.
//!
//! - [`chance`], [`fault`], [`scenario`]: what a seed says.
//! - [`host`], [`time`], [`users`], [`work`]: the world in which the functions run.
//! - [`log`], [`shown`]: what is seen of a run; [`rule`], [`oracle`]: what should have been.
//! - [`metered`]: what calls use while nothing goes wrong.
//! - [`mod@run`], [`shrink`], [`report`]: one run, a smaller one that fails alike, and many.

pub mod chance;
pub mod command;
pub mod fault;
pub mod host;
pub mod log;
pub mod metered;
pub mod oracle;
pub mod report;
pub mod rule;
pub mod run;
pub mod scenario;
pub mod shown;
pub mod shrink;
pub mod time;
pub mod users;
pub mod work;
