//! Values and laws: no async, no IO, no clock. Every function here takes the time it needs as an argument.

mod invalid;

pub use invalid::Invalid;
