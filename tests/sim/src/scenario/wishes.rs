//! What users do with their jobs: edit, pause, resume, skip, run by hand, cancel, delete; now and then two of it at once,
//! at the last moment, or in the midst of a run.

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::ExecutionId;
use serde_json::json;

use super::jobs::{JobPlan, Work, rule};
use crate::chance::{Chance, Seed};
use crate::log::Asked;
use crate::rule::Rule;

/// What a user wants. Which fire time or execution it is about may depend on how the run goes.
#[derive(Clone, Debug)]
pub enum Wish {
    /// This, as it is said.
    Plain(Asked),
    /// Another schedule.
    Reschedule(Rule),
    /// That one of the next fire times is left out: the first, the second and so on.
    SkipNext(usize),
    /// That the last one that was left out is not.
    UnskipLast,
    /// That one of the next fire times is left out, and so many milliseconds before it that it is not.
    SkipAndRegret(usize, u64),
    /// That the job pauses, and so many milliseconds before one of the next fire times that it goes on.
    PauseAndRegret(usize, u64),
    /// That it fires once, in so many seconds.
    OnceIn(u64),
    /// That the execution of one of the next fire times is canceled before it begins.
    CancelNext(usize),
    /// That what runs is canceled.
    CancelRunning,
    /// That this execution is canceled.
    Cancel(ExecutionId),
}

impl Wish {
    /// What comes to a user's mind while `execution` runs, or while whoever carries it stands still.
    pub fn provoked(chance: &Chance, execution: ExecutionId) -> Self {
        match chance.weigh(&[(4, 0), (3, 1), (3, 2), (2, 3)]) {
            0 => Self::Plain(Asked::Delete),
            1 => Self::Plain(Asked::Pause),
            2 => Self::Cancel(execution),
            _ => Self::OnceIn(chance.between(2, 30)),
        }
    }
}

/// A wish, whose and when.
#[derive(Clone, Debug)]
pub struct Wished {
    /// The job's number.
    pub job: usize,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub wish: Wish,
}

/// How many minutes lie between two wishes for a job, on average.
const APART: u64 = 35;

/// What is wished for `job`, between its beginning and `until`.
pub(super) fn of(
    seed: Seed,
    job: &JobPlan,
    begin: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Vec<Wished> {
    let chance = seed.stream("wishes", job.number as u64);
    let mut wishes = Vec::new();
    let mut at = job.asked_at.max(begin);
    loop {
        at += TimeDelta::milliseconds(
            i64::try_from(chance.between(500, APART * 120_000)).unwrap_or(0),
        );
        if at >= until {
            return wishes;
        }
        let may_end = until - at < (until - begin) / 2;
        wishes.push(Wished {
            job: job.number,
            at,
            wish: wish(&chance, job, at, until, may_end),
        });
        if chance.happens(0.15) {
            // Two users at once, or one who is impatient.
            let later = TimeDelta::milliseconds(i64::try_from(chance.between(0, 900)).unwrap_or(0));
            let wish = wish(&chance, job, at, until, false);
            wishes.push(Wished {
                job: job.number,
                at: at + later,
                wish,
            });
        }
    }
}

fn wish(
    chance: &Chance,
    job: &JobPlan,
    at: DateTime<Utc>,
    until: DateTime<Utc>,
    may_end: bool,
) -> Wish {
    let near = usize::try_from(chance.between(0, 2)).unwrap_or(0);
    match chance.weigh(&[
        (14, 0),
        (14, 1),
        (16, 2),
        (22, 3),
        (8, 4),
        (4, 5),
        (12, 6),
        (5, 7),
        (5, 8),
        (if may_end { 5 } else { 0 }, 9),
        (8, 10),
        (8, 11),
        (6, 12),
    ]) {
        0 => Wish::Plain(Asked::Edit(
            json!({ "payload": Work::another(chance, job.timeout).to_json() }),
        )),
        1 => Wish::Reschedule(rule(chance, at, until)),
        2 => Wish::Plain(Asked::Pause),
        3 => Wish::Plain(Asked::Resume),
        4 => Wish::SkipNext(near),
        5 => Wish::UnskipLast,
        6 => Wish::Plain(Asked::RunNow),
        7 => Wish::CancelNext(near),
        8 => Wish::CancelRunning,
        10 => Wish::SkipAndRegret(near, chance.between(0, 3_000)),
        11 => Wish::PauseAndRegret(near, chance.between(0, 3_000)),
        12 => Wish::OnceIn(chance.between(1, 4)),
        _ => Wish::Plain(Asked::Delete),
    }
}
