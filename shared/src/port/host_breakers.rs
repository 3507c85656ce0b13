//! The breakers between owners and hosts, one item each. A change is a conditional write of what was read.

use super::{Page, PortResult, Put};
use crate::domain::{Destination, HostBreaker, HostKey, Stamp, UserId};

/// The breakers, in the `control` table.
pub trait HostBreakers: Send + Sync {
    /// The breaker of `key`, strongly consistent.
    fn host_breaker(
        &self,
        key: &HostKey,
    ) -> impl Future<Output = PortResult<Option<HostBreaker>>> + Send;

    /// Writes `breaker` if the stored one is at the stamp `expected`, or absent for `None`.
    fn put_host_breaker(
        &self,
        key: &HostKey,
        breaker: &HostBreaker,
        expected: Option<Stamp>,
    ) -> impl Future<Output = PortResult<Put<HostBreaker>>> + Send;

    /// The breakers of `user` by host, at most `limit` (1–100) of them, from where `cursor` points. One that nobody has
    /// written for a day may be among them, or not. `Ok(None)`: the cursor is not one of ours.
    fn list_host_breakers(
        &self,
        user: &UserId,
        cursor: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = PortResult<Option<Page<(Destination, HostBreaker)>>>> + Send;
}
