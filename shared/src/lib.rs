//! Punctual's shared crate, in layers that only look down:
//!
//! - [`domain`]: values and laws; which instants a job owes.
//! - [`port`]: what the use cases need from the world.
//! - [`plan`]: decisions, pure; `(what was read, now) -> what to do`.
//! - [`jobtype`]: the registry of job types.
//! - [`outbound`]: calls to hosts of users' choice, within the perimeter that [`domain`] draws.
//! - [`webhook`]: how calls are signed, so that their receivers can tell them from anybody's.
//! - `aws`, `edge`: the ports on AWS, and the Lambda side of the functions (feature `aws`).
//! - `tab`: what the calls of one errand have used.
//! - [`trace`]: the protocol's events as log lines, for whoever checks a real run by the protocol's rules.
//! - [`usecase`]: read, plan, write, report; one file per use case.
//! - [`metrics`]: what those reports say in metrics, and the catalogue of them.

#[cfg(feature = "aws")]
pub mod aws;
pub mod domain;
#[cfg(feature = "aws")]
pub mod edge;
pub mod jobtype;
pub mod metrics;
pub mod outbound;
pub mod plan;
pub mod port;
mod tab;
#[cfg_attr(
    not(feature = "aws"),
    expect(
        dead_code,
        reason = "acknowledgements are recorded by the ports on AWS"
    )
)]
pub mod trace;
pub mod usecase;
pub mod webhook;
