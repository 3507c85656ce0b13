//! Where a job is placed that asks to be spread by load: at the second of its window at which the fewest others start.
//! Among seconds that are as quiet its id decides, so that many that are placed by the same load do not meet.

use chrono::{DateTime, Utc};

use super::Load;
use crate::domain::{JobId, Spread, SpreadSeconds, Timetable};

/// How many of a job's next fire times are looked at, at the most.
pub const MAX_OCCURRENCES: usize = 100;

/// How many seconds are looked at: of wide windows, at fewer fire times.
const LOOKED_AT: usize = 1_000_000;

/// The next times of `timetable` from `from` on, before any spread: what [`quietest`] looks at.
pub fn nominal_times(timetable: &Timetable, from: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let unmoved = Timetable {
        spread: None,
        ..timetable.clone()
    };
    unmoved.from(from).take(MAX_OCCURRENCES).collect()
}

/// The place of the job `id` in its window: at the second at which, over the `times` of its schedule, the least `load`
/// is. `None` if it has no window.
pub fn quietest(
    load: &Load,
    times: &[DateTime<Utc>],
    window: SpreadSeconds,
    id: JobId,
) -> Option<Spread> {
    let by_hash = window.of_job(id)?;
    let least = least_loaded(&by_offset(load, times, by_hash.window_seconds));
    let chosen = id.seed() % u64::try_from(least.len()).unwrap_or(1).max(1);
    let chosen = usize::try_from(chosen).ok();
    let offset = chosen.and_then(|chosen| least.get(chosen));
    Some(Spread {
        offset_seconds: offset.copied().unwrap_or(by_hash.offset_seconds),
        ..by_hash
    })
}

/// For each offset of a window: how many others start then, over all `times`.
pub(super) fn by_offset(load: &Load, times: &[DateTime<Utc>], window_seconds: u32) -> Vec<u64> {
    let size = usize::try_from(window_seconds).unwrap_or(usize::MAX);
    let mut sums = vec![0; size];
    for time in times.iter().take(looked_at(window_seconds)) {
        for (second, sum) in (time.timestamp()..).zip(&mut sums) {
            *sum += u64::from(load.at(second));
        }
    }
    sums
}

/// How many fire times are looked at in so wide a window.
pub(super) fn looked_at(window_seconds: u32) -> usize {
    let size = usize::try_from(window_seconds).unwrap_or(usize::MAX);
    (LOOKED_AT / size.max(1)).clamp(1, MAX_OCCURRENCES)
}

fn least_loaded(sums: &[u64]) -> Vec<u32> {
    let least = sums.iter().min().copied().unwrap_or_default();
    let offsets = (0..).zip(sums).filter(|(_, sum)| **sum == least);
    offsets.map(|(offset, _)| offset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wider_a_window_the_fewer_fire_times_are_looked_at() {
        // A million seconds at the most, of a hundred times at the most.
        for (window, times) in [
            (0, 100),
            (60, 100),
            (10_000, 100),
            (20_000, 50),
            (86_400, 11),
        ] {
            assert_eq!(looked_at(window), times, "{window}");
        }
    }
}
