//! What a million executions cost: the calls of the real functions, metered in a run in which nothing goes wrong, at the
//! prices in `infra/scale/assumptions.json`; and the same load at what others charge. Invariant: every number is metered
//! here, or is in a book with its source.
//!
//! `metering` (what was used) and `punctual-scale` (Lambda's time, logs) → `months` → `report`; `offers` is what others ask.

pub mod metering;
pub mod months;
pub mod offers;
pub mod report;
