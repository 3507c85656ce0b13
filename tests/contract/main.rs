//! What must agree without running together: the AWS template and the code's definition, the sample events and their
//! decoders, the tables' keys and the protocol, the crate's layers and their direction.

#![expect(
    clippy::unwrap_used,
    reason = "a file of ours that cannot be read is a failure"
)]

mod deploy;
mod events;
mod keys;
mod layers;
mod prices;
mod template;
mod versions;

use std::path::{Path, PathBuf};

/// A path in this repository.
fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(relative)
}

fn read(relative: &str) -> String {
    std::fs::read_to_string(path(relative)).unwrap()
}
