//! Lists come in parts. Each part says where the next begins, until one says that it was the last.

use clap::Args;
use serde_json::Value;

use super::Call;
use crate::Failure;

/// The longest part that the API gives.
const MOST_A_PART: usize = 100;

/// How much of a list is wanted.
#[derive(Args, Clone, Copy, Debug)]
pub struct Paging {
    /// How many to list, at most
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    pub limit: usize,
    /// List all of them, however many
    #[arg(long, conflicts_with = "limit")]
    pub all: bool,
}

/// Goes through a list, and hands each item over as soon as it is there. Says whether the list goes on.
///
/// # Errors
/// If the API refuses it, or `each` does.
pub async fn list<'a>(
    call: impl Fn() -> Call<'a>,
    paging: Paging,
    mut each: impl FnMut(Value) -> Result<(), Failure>,
) -> Result<bool, Failure> {
    let mut left = if paging.all { usize::MAX } else { paging.limit };
    let mut cursor: Option<String> = None;
    loop {
        let part = call()
            .query("limit", left.min(MOST_A_PART).to_string())
            .maybe("cursor", cursor);
        let mut body = part.send().await?.body;
        let next = body.get("next_cursor").and_then(Value::as_str);
        let next = next.map(ToOwned::to_owned);
        let Some(Value::Array(items)) = body.get_mut("items").map(Value::take) else {
            return Err(Failure::Unreadable("a list has no items".to_owned()));
        };
        let found = items.len();
        for item in items.into_iter().take(left) {
            each(item)?;
        }
        left = left.saturating_sub(found);
        if next.is_none() || left == 0 {
            return Ok(next.is_some());
        }
        cursor = next;
    }
}
