//! What the functions report of themselves. A handler returns what it did; pure functions here turn that into values of
//! metrics; the edge writes them, once an invocation. Invariant: nothing is measured from inside a decision, and no metric
//! is told by users or jobs.

mod activity;
mod catalogue;
mod emf;
mod readings;
mod reports;
#[cfg(test)]
mod tests;

pub use activity::{COUNTED, count_of, whole};
pub use catalogue::{Definition, Dimension, Function, Kind, Metric, NAMESPACE, STAGE, Skip, Unit};
pub use emf::{MAX_METRICS, MAX_VALUES, documents};
pub use readings::{Label, Readings};
pub use reports::{
    Consumption, of_burial, of_consumption, of_delivery, of_failure, of_reconciliation, of_request,
    of_telling, of_tick, of_unreadable,
};

/// Where readings go.
pub trait Recorder: Send + Sync {
    /// Takes what one invocation reports.
    fn record(&self, readings: &Readings);
}

/// The value of the dimension `Stage`: what a deployment is called, of the first part of its tables' names.
pub fn stage_of(namespace: &str) -> &str {
    namespace.strip_prefix("punctual-").unwrap_or(namespace)
}
