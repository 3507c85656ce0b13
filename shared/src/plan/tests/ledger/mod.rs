//! The ledger: by example, and by its law over simulated days.

mod day;
mod examples;
mod properties;
