//! A breaker between one owner's calls and a host that failed them again and again: while it is open nothing is sent
//! there, so that no attempt is used up in vain. It is nobody else's: what one user sends to a host says little about
//! another's calls, and must not hold them up.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Destination, Stamp, UserId};

/// Whose calls, and to which host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostKey {
    /// The owner of the jobs.
    pub user: UserId,
    /// Where they call.
    pub destination: Destination,
}

/// What is known of a host, shared by all workers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostBreaker {
    /// Whether calls are made.
    #[serde(flatten)]
    pub state: HostState,
    /// How often in a row it was opened: each time for longer.
    pub trips: u32,
    /// Set anew by every write.
    pub stamp: Stamp,
}

/// Whether calls are made to a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum HostState {
    /// They are.
    Closed {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// None is made before this instant.
    Open {
        /// From then on, one is made to see.
        until: DateTime<Utc>,
    },
    /// One is under way, to see. The others wait for it, or until this instant: by then it has ended, or its worker has.
    Probing {
        /// When another may be made.
        until: DateTime<Utc>,
    },
}
