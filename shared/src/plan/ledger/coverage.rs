//! Which missed occurrences another one stands for. After an outage the plan sends the latest missed one alone, or the
//! newest thousand, and counts the rest: walking that count back from it gives what it covers.

use chrono::{DateTime, Utc};

use super::Versions;
use crate::domain::Execution;
use crate::plan::MAX_COUNTED;

/// The occurrences from `from` up to `stands` that have no record of their own are stood for by the one at `stands`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cover {
    from: DateTime<Utc>,
    stands: DateTime<Utc>,
}

/// What the records cover, as far back as `begin`.
pub(super) fn covers(
    versions: &Versions,
    records: &[Execution],
    begin: DateTime<Utc>,
) -> Vec<Cover> {
    let covering = records.iter().filter_map(|record| {
        let others = usize::try_from(record.stands_for?.checked_sub(1)?).ok()?;
        let stands = record.id.occasion.fire_time();
        if others == 0 {
            return None;
        }
        let owed = versions.owing(stands, record.job_version)?.owed();
        let begin = begin.max(owed.job.effective_from);
        // A count at its limit means "at least".
        let from = if others >= MAX_COUNTED {
            Some(begin)
        } else {
            owed.newest(begin, stands, others).first().copied()
        };
        Some(Cover {
            from: from?,
            stands,
        })
    });
    covering.collect()
}

/// The first occurrence that stands for the one at `at`.
pub(super) fn stands_for(covers: &[Cover], at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let covering = covers
        .iter()
        .filter(|cover| cover.from <= at && at < cover.stands);
    covering.map(|cover| cover.stands).min()
}
