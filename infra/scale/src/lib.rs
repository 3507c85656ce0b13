//! Predicts how late Punctual's jobs start on AWS, and what they cost, from published limits: a discrete-event simulation
//! of the protocol, and the document that it writes.
//!
//! `assumptions` → `platform` (typed) and `settings` (what may be moved) → `simulation`, which is made of `scanner`
//! (`admission`), `pollers`, `environments`, `table` (`bucket`) and `runs` → `outcome` → `cost` → `report`.

pub mod admission;
pub mod agenda;
pub mod assumptions;
pub mod bucket;
pub mod chance;
pub mod cost;
pub mod environments;
pub mod outcome;
pub mod platform;
pub mod pollers;
pub mod report;
pub mod runs;
pub mod scanner;
pub mod scenarios;
pub mod settings;
pub mod simulation;
pub mod table;
pub mod time;
