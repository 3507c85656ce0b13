//! The whole system against real stand-ins over the network: real HTTP, real queues, real conditional writes, and real
//! processes that are really killed.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what helps a test may fail it"
)]

mod admission;
mod calendars;
mod crashes;
mod identity;
mod lifecycle;
mod misfires;
mod overlap;
mod policies;
mod pull;
mod races;
mod reconcile;
mod retries;
