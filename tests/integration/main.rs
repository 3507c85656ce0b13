//! The whole system against real stand-ins over the network: real HTTP, real queues, real conditional writes, and real
//! processes that are really killed.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what helps a test may fail it"
)]

mod admission;
mod calendars;
mod chores;
mod cli;
mod crashes;
mod dependencies;
mod failover;
mod forecast;
mod holds;
mod identity;
mod letters;
mod lifecycle;
mod limits;
mod long;
mod mail;
mod misfires;
mod notifications;
mod observability;
mod outbound;
mod overlap;
mod payloads;
mod policies;
mod pressure;
mod pull;
mod races;
mod reconcile;
mod retries;
mod scripts;
mod sql;
mod targets;
mod throttling;
mod timeouts;
