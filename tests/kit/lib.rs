//! What the tiers that use real stand-ins share: a namespace of its own for every test, the system in this process or
//! in others, and a target that remembers its calls.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot be set up has failed"
)]

mod copier;
mod rogue;
mod sandbox;
mod servers;
mod target;
mod throttle;

pub use copier::{Copier, CopyError, Late, copy_tables};
pub use rogue::{Manner, Rogue};
pub use sandbox::{Sandbox, binary, eventually};
pub use servers::{Mailbox, Postgres, verify_webhook};
pub use target::{Answer, Call, Target};
pub use throttle::Throttle;
