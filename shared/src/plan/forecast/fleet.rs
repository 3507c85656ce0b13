//! The jobs of an agenda by their rhythm: each rhythm is told once, and its beats are moved by the shifts of all jobs that
//! have it. The work that this is, counted and not timed, is bounded: of the jobs that are the most work each, only some are
//! looked at, each of them for as many.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Filter, LeftOut};
use crate::domain::schedule::{Beats, Clocks, Rhythm};
use crate::domain::{AgendaEntry, SpreadSeconds, Window};

/// One job, as far as it is moved against its rhythm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member<'a> {
    pub(super) entry: &'a AgendaEntry,
    /// By how many seconds.
    pub(super) shift: i64,
    /// For how many jobs it stands.
    pub(super) weight: u32,
    /// The first and the last second at which it may fire.
    within: (i64, i64),
}

/// Jobs of one rhythm, in the order of their shifts.
#[derive(Debug)]
pub(super) struct Group<'a> {
    pub(super) beats: Beats<'a>,
    pub(super) members: Vec<Member<'a>>,
}

/// All that was asked for.
#[derive(Debug)]
pub(super) struct Fleet<'a> {
    pub(super) groups: Vec<Group<'a>>,
    pub(super) left_out: LeftOut,
    /// Of the jobs that are not all looked at: one of so many is.
    pub(super) sampled: u32,
    /// How many jobs those are.
    pub(super) estimated_jobs: u64,
    /// The work of one sweep, at the most.
    pub(super) work: u64,
    from: i64,
    until: i64,
    clocks: Clocks,
}

/// Jobs that start at the same seconds.
#[derive(Debug)]
pub(super) struct Run<'r, 'a> {
    pub(super) members: &'r [Member<'a>],
    beats: &'r [i64],
}

impl Run<'_, '_> {
    /// For how many jobs all of them stand.
    pub(super) fn weight(&self) -> u32 {
        self.members
            .iter()
            .fold(0, |sum, member| sum.saturating_add(member.weight))
    }

    /// The seconds, in order.
    pub(super) fn starts(&self) -> impl Iterator<Item = i64> {
        let first = self.members.first();
        let shift = first.map_or(0, |member| member.shift);
        let skips = first.map(|member| &member.entry.skips);
        let skips = skips.filter(|skips| !skips.is_empty());
        self.beats
            .iter()
            .map(move |beat| beat + shift)
            .filter(move |second| {
                skips.is_none_or(|skips| skips.iter().all(|skip| skip.timestamp() != *second))
            })
    }

    /// Whether they start at `second`.
    pub(super) fn starts_at(&self, second: i64) -> bool {
        let Some(first) = self.members.first() else {
            return false;
        };
        self.beats.binary_search(&(second - first.shift)).is_ok()
            && (first.entry.skips.iter()).all(|skip| skip.timestamp() != second)
    }
}

impl<'a> Fleet<'a> {
    /// The jobs among `entries` that `filter` lets through, as far as they start within `window`. A sweep through them is at
    /// most `budget` of work. `place` says how far a job is moved by its spread.
    pub(super) fn of(
        entries: &'a [AgendaEntry],
        filter: &Filter,
        window: Window,
        budget: u64,
        place: impl Fn(usize, &AgendaEntry) -> u32,
    ) -> Self {
        let longest = TimeDelta::seconds(SpreadSeconds::MAX.into());
        let mut fleet = Self {
            groups: Vec::new(),
            left_out: LeftOut::default(),
            sampled: 1,
            estimated_jobs: 0,
            work: 0,
            from: window.from.timestamp(),
            until: window.until.timestamp(),
            clocks: Clocks::new(window.from - longest, window.until),
        };
        let mut known: HashMap<Rhythm<'a>, Option<usize>> = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            if !filter.admits(entry) {
                continue;
            }
            if entry.runs_after_others_only() {
                fleet.left_out.after_others += 1;
                continue;
            }
            let found = entry.schedule.rhythm().and_then(|(rhythm, shift)| {
                let groups = &mut fleet.groups;
                let group = *known.entry(rhythm).or_insert_with(|| {
                    let beats = rhythm.read().ok()?;
                    let members = Vec::new();
                    groups.push(Group { beats, members });
                    Some(groups.len() - 1)
                });
                Some((group?, rhythm, shift))
            });
            let Some((group, rhythm, shift)) = found else {
                fleet.left_out.unreadable += 1;
                continue;
            };
            fleet.left_out.calendars += u64::from(!entry.exclude_calendars.is_empty());
            let moved = i64::from(place(index, entry));
            let begins = shift.from.map(|from| from + moved);
            let member = Member {
                entry,
                weight: 1,
                shift: match rhythm {
                    Rhythm::Every(period) => (shift.seconds + moved).rem_euclid(period),
                    _ => shift.seconds + moved,
                },
                within: within(entry, begins, (fleet.from, fleet.until)),
            };
            // What is over before the window, or begins after it, is not there at all.
            if member.within.0 <= member.within.1 {
                fleet.groups[group].members.push(member);
            }
        }
        fleet.groups.retain(|group| !group.members.is_empty());
        for group in &mut fleet.groups {
            (group.members).sort_by_key(|member| (member.shift, member.within, member.entry.id));
        }
        fleet.bound(budget);
        fleet
    }

    /// Looks at so few of the jobs that are the most work each that a sweep keeps to `budget`.
    fn bound(&mut self, budget: u64) {
        let (span, clocks) = (self.until - self.from, &mut self.clocks);
        let groups = std::mem::take(&mut self.groups).into_iter();
        let mut costed: Vec<_> = groups
            .map(|group| (group.work(span, clocks), group))
            .collect();
        // Those come first that are the least work for each of their jobs: the shared ones, and the rare.
        costed.sort_by_key(|(cost, group)| cost / group.members.len().max(1) as u64);
        let costs: Vec<u64> = costed.iter().map(|(cost, _)| *cost).collect();
        self.groups = costed.into_iter().map(|(_, group)| group).collect();
        self.work = costs.iter().sum();
        if self.work <= budget {
            return;
        }
        let half = (budget / 2).max(1);
        let mut sum = 0;
        let whole = costs.iter().take_while(|cost| {
            sum += **cost;
            sum <= half
        });
        let whole = whole.count();
        let tail = self.groups.split_off(whole);
        self.estimated_jobs = tail.iter().map(|group| group.members.len() as u64).sum();
        let whole: u64 = costs[..whole].iter().sum();
        let mut one_of = u32::try_from(self.work / half + 1).unwrap_or(u32::MAX);
        loop {
            let sample = tail.iter().filter_map(|group| group.sample(one_of));
            let sample: Vec<_> = sample.collect();
            let work = sample.iter().map(|group| group.work(span, clocks));
            let work: u64 = work.sum();
            if work <= half || one_of == u32::MAX {
                self.work = whole + work;
                self.sampled = one_of;
                self.groups.extend(sample);
                return;
            }
            one_of = one_of.saturating_mul(2);
        }
    }

    /// Shows `visit` all jobs, those together that start at the same seconds.
    pub(super) fn sweep(&mut self, mut visit: impl FnMut(&Group<'a>, Run<'_, 'a>)) {
        let (from, until) = (self.from, self.until);
        for group in &self.groups {
            let Some((first, last)) = group.members.first().zip(group.members.last()) else {
                continue;
            };
            let (from, until) = (from - last.shift, until - first.shift);
            let beats = group.beats.between(from, until, &mut self.clocks);
            for members in group.members.chunk_by(Member::starts_with) {
                let Member { shift, within, .. } = members[0];
                let begin = beats.partition_point(|beat| beat + shift < within.0);
                let end = beats.partition_point(|beat| beat + shift <= within.1);
                let beats = beats.get(begin..end).unwrap_or_default();
                if !beats.is_empty() {
                    visit(group, Run { members, beats });
                }
            }
        }
    }
}

impl Group<'_> {
    /// How much work a sweep has with it, at the most.
    fn work(&self, span: i64, clocks: &mut Clocks) -> u64 {
        let shifts = self.members.first().zip(self.members.last());
        let apart = shifts.map_or(0, |(first, last)| last.shift - first.shift);
        let runs = self.members.chunk_by(Member::starts_with).count() as u64;
        self.beats.work(span + apart, clocks) + runs * self.beats.most(span)
    }

    /// One of so many of its members, who stand for the others; chosen by their ids, so that the same are at every time.
    fn sample(&self, one_of: u32) -> Option<Self> {
        let members: Vec<_> = (self.members.iter())
            .filter(|member| member.entry.id.seed().is_multiple_of(one_of.into()))
            .map(|member| Member {
                weight: one_of,
                ..*member
            })
            .collect();
        (!members.is_empty()).then(|| Self {
            beats: self.beats.clone(),
            members,
        })
    }
}

impl Member<'_> {
    /// Whether both start at the same seconds.
    fn starts_with(&self, other: &Self) -> bool {
        self.shift == other.shift
            && self.within == other.within
            && self.entry.skips.is_empty()
            && other.entry.skips.is_empty()
    }
}

/// The first and the last second of `window` at which a job may fire that begins at `from` at the earliest.
fn within(entry: &AgendaEntry, from: Option<i64>, window: (i64, i64)) -> (i64, i64) {
    let whole_second =
        |at: DateTime<Utc>| at.timestamp() + i64::from(at.timestamp_subsec_nanos() > 0);
    let from = from.into_iter().chain(entry.from.map(whole_second));
    let until = entry.until.map_or(i64::MAX, |until| until.timestamp());
    (from.fold(window.0, i64::max), until.min(window.1 - 1))
}
