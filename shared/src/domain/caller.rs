//! Who asks, and for whose things. What a role allows is decided where requests come in; here it has become a reach.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::UserId;

/// What a person, or a program, may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, for everybody.
    Admin,
    /// Runs the service: sees everybody's jobs, and may stop and start them.
    Operator,
    /// Has jobs.
    User,
    /// Sees the jobs of its own name, and changes nothing.
    Viewer,
}

impl Role {
    /// Every role, the mightiest first.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Operator, Self::User, Self::Viewer];

    /// The name in tokens.
    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::User => "user",
            Self::Viewer => "viewer",
        }
    }
}

/// Whose things a request may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// The caller's.
    Own,
    /// Anybody's.
    Any,
}

/// The caller of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Its name: owns what it creates, and stands in the audit.
    pub user: UserId,
    /// Its role.
    pub role: Role,
    /// Whose things this request may be about.
    pub reach: Reach,
    /// Identifies the request in logs and in the audit.
    pub request_id: String,
}

impl Caller {
    /// Whether this request may be about a thing of `owner`.
    pub fn may_reach(&self, owner: &UserId) -> bool {
        self.reach == Reach::Any || self.user == *owner
    }
}
