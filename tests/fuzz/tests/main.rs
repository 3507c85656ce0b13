//! The targets over their corpus, and for a short seeded while over changes of it.

mod corpus;
mod short_run;
