//! The API over tables in memory, from request to answer.

#![expect(clippy::unwrap_used, reason = "a test stops where it is surprised")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "bodies are built where they are sent"
)]

mod access;
mod activity;
mod bad_input;
mod batch;
mod brief;
mod calendars;
mod console;
mod costs;
mod dependencies;
mod diff;
mod executions;
mod gateway;
mod history;
mod holds;
mod host_breakers;
mod identity;
mod job_lists;
mod jobs;
mod keys;
mod letters;
mod limits;
mod occurrences;
mod openapi;
mod patch;
mod pauses;
mod plans;
mod preconditions;
mod pressure;
mod preview;
mod pull;
mod support;
