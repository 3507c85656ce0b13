//! Where a chore that does not get through at once goes on.

use super::PortResult;
use crate::domain::UserId;

/// One bookmark for each owner and chore: the `control` table.
pub trait Bookmarks: Send + Sync {
    /// Where `chore` goes on for `owner`; from the start, if nothing is kept.
    fn bookmark(
        &self,
        owner: &UserId,
        chore: &'static str,
    ) -> impl Future<Output = PortResult<Option<String>>> + Send;

    /// Keeps where to go on; `None`: from the start.
    fn keep_bookmark(
        &self,
        owner: &UserId,
        chore: &'static str,
        at: Option<&str>,
    ) -> impl Future<Output = PortResult<()>> + Send;
}
