//! The tab of one errand: what the calls made for it have used so far. Adapters write to the open tab of whatever they are
//! called for, and who carries out an errand reads it. Errands that are carried out side by side, as the messages of a
//! batch are, have a tab each: it belongs to the future, not to the thread. Invariant: an errand's tab holds its own calls
//! alone.

use std::cell::Cell;

use chrono::{DateTime, Utc};

use crate::domain::Used;

struct Tab {
    opened_at: DateTime<Utc>,
    used: Cell<Used>,
}

tokio::task_local! {
    static TAB: Tab;
}

/// Carries out `errand` with a tab of its own, opened at `now`.
pub(crate) async fn kept<F: Future>(now: DateTime<Utc>, errand: F) -> F::Output {
    let tab = Tab {
        opened_at: now,
        used: Cell::default(),
    };
    TAB.scope(tab, errand).await
}

/// Puts what a call has used on the tab, if one is open.
#[cfg_attr(
    not(any(feature = "aws", test)),
    expect(dead_code, reason = "calls are metered by the ports on AWS")
)]
pub(crate) fn add(used: Used) {
    // Without a tab nobody wants to know.
    let _ = TAB.try_with(|tab| tab.used.set(tab.used.get() + used));
}

/// What has been used since the tab was opened, up to `now`. `None`: there is no tab.
pub(crate) fn so_far(now: DateTime<Utc>) -> Option<Used> {
    TAB.try_with(|tab| {
        let in_hand = (now - tab.opened_at).num_milliseconds();
        let time = Used {
            worker_ms: u64::try_from(in_hand).unwrap_or(0),
            ..Used::default()
        };
        tab.used.get() + time
    })
    .ok()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use futures_util::future::join;

    use super::*;

    #[tokio::test]
    async fn errands_side_by_side_have_a_tab_each() {
        let now = DateTime::UNIX_EPOCH;
        let errand = |writes: u32| async move {
            for _ in 0..writes {
                add(Used::SMALL_WRITE);
                tokio::task::yield_now().await;
            }
            so_far(now + TimeDelta::milliseconds(5))
        };
        let (one, three) = join(kept(now, errand(1)), kept(now, errand(3))).await;
        let written = |used: Option<Used>| used.map(|used| (used.write_units, used.worker_ms));
        assert_eq!(written(one), Some((1, 5)));
        assert_eq!(written(three), Some((3, 5)));
        assert_eq!(so_far(now), None);
    }
}
