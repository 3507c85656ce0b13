//! The API over tables in memory, from request to answer.

mod bad_input;
mod brief;
mod executions;
mod jobs;
mod patch;
mod support;
