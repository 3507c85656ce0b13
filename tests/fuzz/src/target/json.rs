//! How targets read inputs that are JSON.

use serde_json::Value;

/// The value, if it is JSON.
pub(super) fn parsed(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok()
}
