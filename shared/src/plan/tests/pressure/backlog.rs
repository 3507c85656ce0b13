//! Minute by minute, without a clock: what a user of a hundred times the load of the others costs them.

use crate::domain::{ExecutionId, JobId, Level, Priority, UserId};
use crate::plan::pressure::{Candidate, admit, release};
use crate::plan::tests::{now, seconds};

const CAPACITY: u64 = 200;
const MINUTES: usize = 10;

fn user(number: usize) -> UserId {
    UserId::new(&format!("user-{number}")).unwrap()
}

/// `count` executions of `owner` that are due in `minute`.
fn due(owner: usize, minute: usize, count: usize, priority: u8) -> Vec<Candidate<usize>> {
    let made = (0..count).map(|number| Candidate {
        priority: Priority::try_from(priority).unwrap(),
        user: user(owner),
        execution: ExecutionId::scheduled(
            JobId::from_random((owner * 1_000_000 + minute * 10_000 + number) as u128),
            now() + seconds(60 * i64::try_from(minute).unwrap()),
        ),
        item: minute,
    });
    made.collect()
}

/// What one who went waited for, in minutes; with whose it was.
type Waited = Vec<(UserId, Priority, usize)>;

/// Runs `offered`, then nothing until all has gone. A minute's work is what there is capacity for.
fn run(offered: impl Fn(usize) -> Vec<Candidate<usize>>) -> Waited {
    let mut waiting: Vec<Candidate<usize>> = Vec::new();
    let mut waited = Vec::new();
    for minute in 0.. {
        let due = if minute < MINUTES {
            offered(minute)
        } else {
            Vec::new()
        };
        if minute >= MINUTES && waiting.is_empty() {
            return waited;
        }
        assert!(minute < 1_000, "it never ends");
        let contenders: Vec<_> = waiting
            .iter()
            .map(|one| Candidate {
                priority: one.priority,
                user: one.user.clone(),
                execution: one.execution,
                item: (),
            })
            .collect();
        let decided = admit(due, &contenders, CAPACITY, Level::Calm);
        let spare = CAPACITY - decided.admitted.len() as u64;
        let released = release(&mut waiting, spare, Level::Calm);
        assert!(decided.admitted.len() + released.len() <= usize::try_from(CAPACITY).unwrap());
        waiting.extend(decided.deferred);
        let went = decided.admitted.into_iter().chain(released);
        waited.extend(went.map(|one| (one.user, one.priority, minute - one.item)));
    }
    waited
}

#[test]
fn a_user_with_a_hundred_times_the_load_of_each_other_delays_none_of_them() {
    let others = 50;
    let alone = run(|minute| {
        (1..=others)
            .flat_map(|other| due(other, minute, 2, 5))
            .collect()
    });
    let beside = run(|minute| {
        let heavy = due(0, minute, 200, 5);
        let light = (1..=others).flat_map(|other| due(other, minute, 2, 5));
        heavy.into_iter().chain(light).collect()
    });
    let longest = |waited: &Waited, heavy: bool| {
        let of = waited.iter().filter(|(who, ..)| (*who == user(0)) == heavy);
        of.map(|(_, _, minutes)| *minutes).max().unwrap_or(0)
    };
    assert_eq!(longest(&alone, false), 0);
    assert_eq!(longest(&beside, false), 0);
    // Half of its own finds room at once, the rest after it: nothing is lost, and it waits for nobody but itself.
    assert_eq!(longest(&beside, true), MINUTES / 2);
    assert_eq!(beside.len(), MINUTES * (200 + 2 * others));
}

#[test]
fn under_three_times_the_capacity_the_most_urgent_wait_for_nothing_and_all_of_it_runs() {
    let waited = run(|minute| {
        let each = [(4, 150), (5, 150), (6, 150), (7, 150)];
        each.into_iter()
            .flat_map(|(priority, count)| due(1, minute, count, priority))
            .collect()
    });
    assert_eq!(waited.len(), MINUTES * 600);
    let longest = |number: u8| {
        let of = waited
            .iter()
            .filter(|(_, priority, _)| u8::from(*priority) == number);
        of.map(|(_, _, minutes)| *minutes).max().unwrap()
    };
    assert_eq!(longest(4), 0);
    // No place was left empty: all was over after as many minutes as there was work for.
    let last = (MINUTES * 600).div_ceil(usize::try_from(CAPACITY).unwrap()) - 1;
    assert!(
        longest(7) <= last && longest(7) + MINUTES > last,
        "{}",
        longest(7)
    );
    assert!(longest(5) <= longest(6) && longest(6) <= longest(7));
}
