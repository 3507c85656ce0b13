//! Runs that a job missed, and the later run that stands for them: after an outage the latest missed one alone is sent, and
//! no older one ever gets a record. Whoever waits for such a one waits for the one that stands for it.

use chrono::{DateTime, Utc};

use super::facts::Row;
use crate::domain::{Execution, Occasion};
use crate::plan::MAX_COUNTED;

/// The first of `later`, records of `row`'s job behind the fire time `at`, that stands for the run of it.
pub(super) fn stand_in(row: &Row, at: DateTime<Utc>, later: &[Execution]) -> Option<Occasion> {
    let covering = later
        .iter()
        .filter(|record| missed_since(row, record, at) == Some(at));
    covering.map(|record| record.id.occasion).min()
}

/// The first fire time, not before `begin`, that `record`, a run of `row`'s job, stands for beside its own.
pub fn missed_since(row: &Row, record: &Execution, begin: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let others = usize::try_from(record.stands_for?.checked_sub(1)?).ok()?;
    let row = row.unpaused();
    let begin = begin.max(row.job.effective_from);
    let owed = row.job.owed(&row.exclusions);
    let stands = record.id.occasion.fire_time();
    if others >= MAX_COUNTED {
        // A count at its limit means "at least".
        owed.next(begin).filter(|first| *first < stands)
    } else {
        owed.newest(begin, stands, others).first().copied()
    }
}
