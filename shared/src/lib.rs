//! Punctual's shared crate: what a job owes, what is decided about it, and how that is carried out.

pub mod domain;
