//! Where each job of a changed spread would be placed: by its id, or by the load of all that is not moved and of those
//! placed before it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use super::super::quietest::{by_offset, looked_at};
use super::super::{Filter, Load, MAX_OCCURRENCES, fleet};
use super::SpreadChange;
use crate::domain::schedule::{Clocks, Rhythm};
use crate::domain::{Agenda, AgendaEntry, SpreadSeconds, Window};

/// How much of a stretch of time is looked at: what begins daily, and all that begins more often, is in it.
const LOOKED_AT: TimeDelta = TimeDelta::days(2);

/// How many seconds of windows are looked at, at the most; beyond it, jobs are placed by their ids.
const SEARCHED: usize = 50_000_000;

/// How far each entry of `agenda` is moved.
pub(super) fn placed(
    agenda: &Agenda,
    change: Option<&SpreadChange>,
    who: &Filter,
    window: Window,
    budget: u64,
) -> Vec<u32> {
    let Some(change) = change else {
        return agenda
            .entries
            .iter()
            .map(AgendaEntry::offset_seconds)
            .collect();
    };
    let by_id = |entry: &AgendaEntry| {
        let spread = change.window.of_job(entry.id);
        spread.map_or(0, |spread| spread.offset_seconds)
    };
    let mut offsets: Vec<u32> = (agenda.entries.iter())
        .map(|entry| {
            if who.admits(entry) {
                by_id(entry)
            } else {
                entry.offset_seconds()
            }
        })
        .collect();
    if change.by_load && u32::from(change.window) > 0 {
        by_load(agenda, change.window, who, window, budget, &mut offsets);
    }
    offsets
}

fn by_load(
    agenda: &Agenda,
    spread: SpreadSeconds,
    who: &Filter,
    window: Window,
    budget: u64,
    offsets: &mut [u32],
) {
    let reach = TimeDelta::seconds(i64::from(u32::from(spread)));
    let until = (window.from + LOOKED_AT + reach).min(window.from + Window::LONGEST);
    let stretch = Window {
        from: window.from,
        until,
    };
    let mut load = others(agenda, who, stretch, budget);
    let mut groups: HashMap<(Rhythm<'_>, i64), Vec<usize>> = HashMap::new();
    for (index, entry) in agenda.entries.iter().enumerate() {
        if let Some((rhythm, shift)) = entry.schedule.rhythm().filter(|_| who.admits(entry)) {
            groups
                .entry((rhythm, shift.seconds))
                .or_default()
                .push(index);
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    // Those that are hardest to place come first; among equals, by their first job.
    groups.sort_unstable_by_key(|(_, jobs)| (Reverse(jobs.len()), jobs.first().copied()));
    let mut clocks = Clocks::new(stretch.from - LOOKED_AT, stretch.until);
    let size = usize::try_from(u32::from(spread)).unwrap_or(usize::MAX);
    let mut left = SEARCHED;
    for ((rhythm, shift), jobs) in groups {
        let Ok(beats) = rhythm.read() else { continue };
        let from = stretch.from.timestamp() - shift;
        let times = beats.between(from, from + LOOKED_AT.num_seconds(), &mut clocks);
        let times: Vec<_> = (times.into_iter().take(MAX_OCCURRENCES))
            .filter_map(|beat| DateTime::from_timestamp(beat + shift, 0))
            .collect();
        let work = size * times.len();
        if work > left || times.is_empty() {
            continue;
        }
        left -= work;
        place_all(&mut load, &times, spread, &jobs, offsets);
    }
}

/// What starts that is not moved.
fn others(agenda: &Agenda, who: &Filter, window: Window, budget: u64) -> Load {
    let mut load = Load::none(window);
    let mut fleet = fleet(agenda, &Filter::default(), window, budget);
    fleet.sweep(|_, run| {
        for member in run.members.iter().filter(|one| !who.admits(one.entry)) {
            load.add_all(run.starts(), member.weight);
        }
    });
    load
}

/// Places jobs of one rhythm, one after the other. The load only grows: what was the quietest second when it was looked
/// at is looked at again before it is taken.
fn place_all(
    load: &mut Load,
    times: &[DateTime<Utc>],
    spread: SpreadSeconds,
    jobs: &[usize],
    offsets: &mut [u32],
) {
    // Neighbours are no better than others: the order of equals is mixed.
    let mixed = |offset: u32| offset.wrapping_mul(2_654_435_761);
    let sums = by_offset(load, times, spread.into());
    let mut quietest: BinaryHeap<_> = (0_u32..)
        .zip(sums)
        .map(|(offset, sum)| Reverse((sum, mixed(offset), offset)))
        .collect();
    let times = times.get(..looked_at(spread.into())).unwrap_or(times);
    for job in jobs {
        while let Some(Reverse((sum, order, offset))) = quietest.pop() {
            let seconds = || {
                times
                    .iter()
                    .map(|time| time.timestamp() + i64::from(offset))
            };
            let now: u64 = seconds().map(|second| u64::from(load.at(second))).sum();
            if now > sum {
                quietest.push(Reverse((now, order, offset)));
                continue;
            }
            load.add_all(seconds(), 1);
            quietest.push(Reverse((sum + times.len() as u64, order, offset)));
            if let Some(place) = offsets.get_mut(*job) {
                *place = offset;
            }
            break;
        }
    }
}
