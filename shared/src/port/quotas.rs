//! What has been granted to each user, and which tier the user is of. A tally is changed by one conditional put only.

use super::{PortResult, Put};
use crate::domain::{Stamp, Tally, Tier, UserId};

/// What is stored about a user's admission.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// The tier that the user was given, if any.
    pub tier: Option<Tier>,
    /// What has been granted, if anything was lately.
    pub tally: Option<Tally>,
}

/// The users' accounts, in the `control` table.
pub trait Quotas: Send + Sync {
    /// Reads a user's account, strongly consistent.
    fn account(&self, user: &UserId) -> impl Future<Output = PortResult<Account>> + Send;

    /// Writes `tally` if the stored one is at the stamp `expected`, or absent for `None`.
    fn put_tally(
        &self,
        user: &UserId,
        tally: &Tally,
        expected: Option<Stamp>,
    ) -> impl Future<Output = PortResult<Put<Tally>>> + Send;

    /// Gives the user a tier, whatever it was.
    fn set_tier(&self, user: &UserId, tier: Tier) -> impl Future<Output = PortResult<()>> + Send;

    /// How many of the user's jobs are active or paused, by an index that lags behind the rows. Counting ends at
    /// `at_most`: that is what it says where there are more.
    fn count_live_jobs(
        &self,
        user: &UserId,
        at_most: u64,
    ) -> impl Future<Output = PortResult<u64>> + Send;
}
