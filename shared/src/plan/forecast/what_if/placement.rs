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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::super::super::BUDGET;
    use super::*;
    use crate::domain::{JobId, UserId};

    fn window() -> Window {
        let from: DateTime<Utc> = "2026-10-26T00:00:00Z".parse().unwrap();
        let until = from + TimeDelta::hours(1);
        Window { from, until }
    }

    fn cron(expression: &str) -> Value {
        json!({ "kind": "cron", "expression": expression })
    }

    /// Of each schedule one job, each of them of the user beside it.
    fn agenda<'a>(jobs: impl IntoIterator<Item = (&'a str, Value)>) -> Agenda {
        let entry = |(number, (user, schedule))| {
            json!({
                "id": JobId::from_random(number), "user": user, "job_type": "echo", "schedule": schedule,
            })
        };
        let entries = (1..).zip(jobs).map(entry);
        let entries = entries.map(|entry| serde_json::from_value(entry).unwrap());
        Agenda {
            taken_at: window().from,
            entries: entries.collect(),
            is_whole: true,
        }
    }

    /// Where those of `agenda` are placed, if those of "moves" are spread by load.
    fn offsets(agenda: &Agenda, seconds: u32) -> Vec<u32> {
        let change = SpreadChange {
            window: SpreadSeconds::try_from(seconds).unwrap(),
            by_load: true,
        };
        let who = Filter {
            user: Some(UserId::new("moves").unwrap()),
            ..Filter::default()
        };
        placed(agenda, Some(&change), &who, window(), BUDGET)
    }

    /// Where the job number `index` would be placed by its id.
    fn by_id(agenda: &Agenda, index: usize, seconds: u32) -> u32 {
        let spread = SpreadSeconds::try_from(seconds).unwrap();
        spread
            .of_job(agenda.entries[index].id)
            .unwrap()
            .offset_seconds
    }

    #[test]
    fn jobs_of_one_instant_share_its_window() {
        let once = json!({ "kind": "once", "at": "2026-10-26T00:10:00Z" });
        let whole = agenda(vec![("moves", once); 10]);
        let found = BTreeSet::from_iter(offsets(&whole, 10));
        assert_eq!(found, (0..10).collect());
    }

    #[test]
    fn those_who_stay_keep_their_second() {
        let once = |at| json!({ "kind": "once", "at": at });
        for (stays, moves, taken) in [
            ("2026-10-26T01:00:05Z", "2026-10-26T01:00:00Z", 5),
            // Two days are looked at, and as much more as the window is long.
            ("2026-10-28T00:00:05Z", "2026-10-27T23:59:59Z", 6),
        ] {
            let stays = ("stays", once(stays));
            let whole = agenda(std::iter::once(stays).chain(vec![("moves", once(moves)); 9]));
            let found = offsets(&whole, 10);
            assert_eq!(found[0], 0);
            let moved: BTreeSet<_> = found[1..].iter().copied().collect();
            let others = (0..10).filter(|second| *second != taken);
            assert_eq!(moved, others.collect(), "{moves}");
        }
    }

    #[test]
    fn where_the_fewest_start_there_may_be_room_for_several() {
        // One stays at the first second and three at the other: with two more, the first has three, too.
        let stays = ["0 0 * * * *", "1 0 * * * *", "1 0 * * * *", "1 0 * * * *"];
        let stays = stays.map(|expression| ("stays", cron(expression)));
        let moves = vec![("moves", cron("0 0 * * * *")); 2];
        let whole = agenda(stays.into_iter().chain(moves));
        assert_eq!(offsets(&whole, 2)[4..], [0, 0]);
    }

    #[test]
    fn those_of_one_schedule_keep_clear_of_each_other_and_of_those_of_another() {
        // Every second of a minute comes twice in the window.
        let minutely = agenda(vec![("moves", cron("* * * * *")); 60]);
        let found = offsets(&minutely, 120);
        let seconds: BTreeSet<_> = found.iter().map(|offset| offset % 60).collect();
        assert_eq!(seconds.len(), 60, "{found:?}");

        let schedules = [
            "0 0 * * * *",
            "0 0 * * * *",
            "0 0 * * * *",
            "2 0 * * * *",
            "2 0 * * * *",
        ];
        let two = agenda(schedules.map(|expression| ("moves", cron(expression))));
        let found = offsets(&two, 5);
        let seconds = found
            .iter()
            .zip([0, 0, 0, 2, 2])
            .map(|(offset, second)| offset + second);
        assert_eq!(seconds.collect::<BTreeSet<_>>().len(), 5, "{found:?}");
    }

    #[test]
    fn what_does_not_fire_within_two_days_is_placed_by_its_id() {
        let later = json!({ "kind": "once", "at": "2026-10-29T00:00:00Z" });
        let whole = agenda([("moves", later)]);
        assert_eq!(offsets(&whole, 900), [by_id(&whole, 0, 900)]);
    }

    #[test]
    fn when_enough_was_searched_the_others_are_placed_by_their_ids() {
        // Six times a hundred fire times, and 25, at each of 80,000 seconds: fifty millions.
        let minutely = (0..6).map(|second| ("moves", cron(&format!("{second} * * * * *"))));
        let every = json!({ "kind": "every", "seconds": 7_000, "anchor_at": window().from });
        let more = [("moves", every), ("moves", cron("30 0 * * * *"))];
        let whole = agenda(minutely.chain(more));
        let found = offsets(&whole, 80_000);
        let ids: Vec<_> = (0..8).map(|index| by_id(&whole, index, 80_000)).collect();
        let is_by_id = found.iter().zip(ids).map(|(found, by_id)| *found == by_id);
        let expected = [false, false, false, false, false, false, false, true];
        assert_eq!(is_by_id.collect::<Vec<_>>(), expected, "{found:?}");
    }
}
