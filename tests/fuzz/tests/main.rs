//! The targets over their corpus, and for a short seeded while over changes of it.

#![expect(clippy::unwrap_used, reason = "what helps a test may fail it")]

mod corpus;
mod short_run;
