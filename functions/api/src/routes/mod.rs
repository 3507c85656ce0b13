//! The REST face, one file per resource. A handler reads its input, calls one use case and shows the outcome; it decides
//! nothing about scheduling.

pub mod activity;
pub mod audit;
pub mod batch;
pub mod calendars;
pub mod claims;
pub mod costs;
pub mod dead_letters;
pub mod diffs;
pub mod document;
pub mod executions;
pub mod graphs;
pub mod health;
pub mod holds;
pub mod host_breakers;
pub mod jobs;
pub mod occurrences;
pub mod pauses;
pub mod plans;
pub mod pressure;
pub mod reconciliations;
pub mod redrives;
pub mod schedules;
pub mod versions;
pub mod workers;
