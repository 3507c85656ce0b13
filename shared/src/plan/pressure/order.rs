//! Who goes first where not all can: the most urgent; within a priority the users in turns, each with what is oldest; and
//! what is refused is deferred, never dropped. Turns make it max-min fair: no user gets more while another who wants as
//! much gets less.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::domain::{ExecutionId, Level, Priority, UserId};

/// One of those who compete for capacity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate<T> {
    /// How urgent.
    pub priority: Priority,
    /// Whose.
    pub user: UserId,
    /// Which execution; among a user's, the oldest goes first.
    pub execution: ExecutionId,
    /// What is to be done with it.
    pub item: T,
}

impl<T> Candidate<T> {
    fn fire_time(&self) -> DateTime<Utc> {
        self.execution.occasion.fire_time()
    }
}

/// What became of those that were due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted<T> {
    /// To be sent, in order.
    pub admitted: Vec<Candidate<T>>,
    /// To be deferred, in order.
    pub deferred: Vec<Candidate<T>>,
}

/// All candidates, in the order in which they go.
pub fn in_fair_order<T>(mut candidates: Vec<Candidate<T>>) -> Vec<Candidate<T>> {
    candidates.sort_by_key(|one| (one.priority, one.fire_time(), one.execution));
    let mut turns: HashMap<(Priority, UserId), u64> = HashMap::new();
    let mut placed: Vec<_> = candidates
        .into_iter()
        .map(|candidate| {
            let key = (candidate.priority, candidate.user.clone());
            let turn = turns.entry(key).or_default();
            *turn += 1;
            (*turn, candidate)
        })
        .collect();
    // Stable: within a turn the oldest goes first.
    placed.sort_by_key(|(turn, candidate)| (candidate.priority, *turn));
    placed.into_iter().map(|(_, candidate)| candidate).collect()
}

/// Lets at most `room` of those that are `due` in a minute, in competition with those that have been `waiting`: a place
/// that one of these wins is kept for it. What `level` sheds has no part in it, and is deferred.
pub fn admit<T>(
    due: Vec<Candidate<T>>,
    waiting: &[Candidate<()>],
    room: u64,
    level: Level,
) -> Admitted<T> {
    let due = due.into_iter().map(|candidate| Candidate {
        item: Some(candidate.item),
        priority: candidate.priority,
        user: candidate.user,
        execution: candidate.execution,
    });
    let waiting = waiting.iter().map(|candidate| Candidate {
        item: None,
        priority: candidate.priority,
        user: candidate.user.clone(),
        execution: candidate.execution,
    });
    let (shed, competing): (Vec<_>, Vec<_>) = due
        .chain(waiting)
        .partition(|candidate| level.sheds(candidate.priority));
    let room = usize::try_from(room).unwrap_or(usize::MAX);
    let mut admitted = in_fair_order(competing);
    let refused = admitted.split_off(room.min(admitted.len()));
    Admitted {
        admitted: admitted.into_iter().filter_map(of_due).collect(),
        deferred: refused.into_iter().chain(shed).filter_map(of_due).collect(),
    }
}

fn of_due<T>(candidate: Candidate<Option<T>>) -> Option<Candidate<T>> {
    Some(Candidate {
        item: candidate.item?,
        priority: candidate.priority,
        user: candidate.user,
        execution: candidate.execution,
    })
}

/// Which of those that wait are sent now: at most `room`, in order. The rest of `waiting` is left behind, in order.
pub fn release<T>(waiting: &mut Vec<Candidate<T>>, room: u64, level: Level) -> Vec<Candidate<T>> {
    let mut ordered = in_fair_order(std::mem::take(waiting));
    // Those that are shed go last: they are not to go at all.
    ordered.sort_by_key(|candidate| level.sheds(candidate.priority));
    let shed = ordered
        .iter()
        .filter(|candidate| level.sheds(candidate.priority))
        .count();
    let room = usize::try_from(room).unwrap_or(usize::MAX);
    let released = room.min(ordered.len() - shed);
    *waiting = ordered.split_off(released);
    ordered
}
