//! Who goes first.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::domain::{ExecutionId, JobId, Level, Priority, UserId};
use crate::plan::pressure::{Admitted, Candidate, admit, in_fair_order, release};
use crate::plan::tests::{now, seconds};

fn candidate<T>(priority: u8, user: &str, job: u128, second: i64, item: T) -> Candidate<T> {
    Candidate {
        priority: Priority::try_from(priority).unwrap(),
        user: UserId::new(user).unwrap(),
        execution: ExecutionId::scheduled(JobId::from_random(job), now() + seconds(second)),
        item,
    }
}

fn names<T: ToString>(candidates: &[Candidate<T>]) -> Vec<String> {
    candidates.iter().map(|one| one.item.to_string()).collect()
}

#[test]
fn the_most_urgent_go_first_then_the_users_in_turns_then_the_oldest() {
    let candidates = vec![
        candidate(5, "ann", 1, 3, "ann 3"),
        candidate(5, "ann", 1, 1, "ann 1"),
        candidate(5, "ann", 1, 2, "ann 2"),
        candidate(5, "bob", 1, 9, "bob 9"),
        candidate(4, "ann", 1, 8, "urgent 8"),
        candidate(5, "cay", 1, 5, "cay 5"),
        candidate(5, "cay", 1, 6, "cay 6"),
    ];
    let expected = [
        "urgent 8", "ann 1", "cay 5", "bob 9", "ann 2", "cay 6", "ann 3",
    ];
    assert_eq!(names(&in_fair_order(candidates)), expected);
}

#[test]
fn what_waits_keeps_its_place_from_what_is_due_and_less_urgent() {
    let due = vec![
        candidate(5, "ann", 1, 0, "five"),
        candidate(4, "ann", 1, 0, "four"),
        candidate(6, "ann", 1, 0, "six"),
    ];
    let waiting = [
        candidate(4, "bob", 2, -60, ()),
        candidate(7, "bob", 2, -60, ()),
    ];
    let Admitted { admitted, deferred } = admit(due, &waiting, 3, Level::Calm);
    assert_eq!(names(&admitted), ["four", "five"]);
    assert_eq!(names(&deferred), ["six"]);
}

#[test]
fn what_is_shed_is_deferred_whatever_room_there_is_and_costs_none() {
    let due = vec![
        candidate(3, "ann", 1, 0, "three"),
        candidate(8, "ann", 1, 0, "eight"),
    ];
    let decided = admit(due, &[], 9, Level::LowShed);
    assert_eq!(names(&decided.admitted), ["three"]);
    assert_eq!(names(&decided.deferred), ["eight"]);
    let mut waiting = vec![
        candidate(8, "ann", 1, -9, "eight"),
        candidate(7, "ann", 1, 0, "seven"),
    ];
    assert_eq!(names(&release(&mut waiting, 1, Level::LowShed)), ["seven"]);
    assert_eq!(names(&waiting), ["eight"]);
    assert!(release(&mut waiting, 9, Level::LowShed).is_empty());
    assert_eq!(names(&release(&mut waiting, 9, Level::Calm)), ["eight"]);
}

type Drawn = Vec<(u8, usize, i64)>;

fn drawn() -> impl Strategy<Value = Drawn> {
    prop::collection::vec((1..=10_u8, 0..6_usize, -300..300_i64), 0..80)
}

/// Each with its number.
fn candidates(drawn: &Drawn, first: u128) -> Vec<Candidate<u128>> {
    let numbered = (first..).zip(drawn);
    numbered
        .map(|(number, (priority, user, second))| {
            candidate(*priority, &format!("user-{user}"), number, *second, number)
        })
        .collect()
}

fn items(candidates: &[Candidate<u128>]) -> BTreeSet<u128> {
    candidates.iter().map(|one| one.item).collect()
}

proptest! {
    #[test]
    fn nothing_is_lost_nothing_is_twice_and_the_room_is_never_exceeded(
        due in drawn(), waiting in drawn(), room in 0..100_u64, level in 0..4_usize,
    ) {
        let level = Level::ALL[level];
        let due = candidates(&due, 1_000);
        let waiting: Vec<_> = candidates(&waiting, 5_000)
            .into_iter()
            .map(|one| Candidate { item: (), priority: one.priority, user: one.user, execution: one.execution })
            .collect();
        let before = items(&due);
        let decided = admit(due, &waiting, room, level);
        prop_assert!(decided.admitted.len() as u64 <= room);
        prop_assert_eq!(decided.admitted.len() + decided.deferred.len(), before.len());
        let after: BTreeSet<_> = items(&decided.admitted).union(&items(&decided.deferred)).copied().collect();
        prop_assert_eq!(after, before);
    }

    #[test]
    fn room_is_left_only_if_nobody_could_use_it(due in drawn(), room in 0..100_u64) {
        let count = due.len() as u64;
        let decided = admit(candidates(&due, 0), &[], room, Level::Calm);
        prop_assert_eq!(decided.admitted.len() as u64, room.min(count));
    }

    #[test]
    fn no_one_is_deferred_while_a_less_urgent_one_goes(due in drawn(), room in 0..100_u64) {
        let decided = admit(candidates(&due, 0), &[], room, Level::Calm);
        let least_urgent = decided.admitted.iter().map(|one| one.priority).max();
        let most_urgent = decided.deferred.iter().map(|one| one.priority).min();
        if let (Some(went), Some(waits)) = (least_urgent, most_urgent) {
            prop_assert!(went <= waits);
        }
    }

    /// Max-min: whoever has something deferred got at least as much, but for one turn, as anybody else of the priority.
    #[test]
    fn every_user_gets_a_fair_share_of_each_priority(due in drawn(), room in 0..100_u64) {
        let decided = admit(candidates(&due, 0), &[], room, Level::Calm);
        let mut shares: BTreeMap<(Priority, &str), u64> = BTreeMap::new();
        for one in &decided.admitted {
            *shares.entry((one.priority, one.user.as_str())).or_default() += 1;
        }
        for left in &decided.deferred {
            let own = shares.get(&(left.priority, left.user.as_str())).copied().unwrap_or(0);
            let of_priority = shares.iter().filter(|((priority, _), _)| *priority == left.priority);
            let most = of_priority.map(|(_, share)| *share).max().unwrap_or(0);
            prop_assert!(most <= own + 1, "{own} of {most}");
        }
    }

    /// The bound of the fairness benchmark: with as many users as there are fair shares of the room, whoever wants no more
    /// than one share is let in with all of it, however much another one wants, and for however long that has waited.
    #[test]
    fn who_wants_no_more_than_a_fair_share_is_not_deferred_whatever_another_one_wants(
        wants in prop::collection::vec(0..12_usize, 1..12),
        greedy in 0..300_usize,
        waits in 0..300_usize,
        spare in 0..20_u64,
    ) {
        let share = wants.iter().max().copied().unwrap_or(0);
        let room = (share * (wants.len() + 1)) as u64 + spare;
        let mut due: Vec<_> = (0..greedy as u128)
            .map(|number| candidate(5, "greedy", number, -200, number))
            .collect();
        for (user, wanted) in wants.iter().enumerate() {
            let own = (0..*wanted as u128).map(|number| {
                candidate(5, &format!("user-{user}"), 10_000 + number, 0, number)
            });
            due.extend(own);
        }
        let waiting: Vec<_> = (0..waits as u128)
            .map(|number| candidate(5, "greedy", 20_000 + number, -300, ()))
            .collect();
        let decided = admit(due.clone(), &waiting, room, Level::Calm);
        let of_greedy = |one: &Candidate<u128>| one.user.as_str() == "greedy";
        prop_assert!(decided.deferred.iter().all(of_greedy));
        let mut backlog = due;
        release(&mut backlog, room, Level::Calm);
        prop_assert!(backlog.iter().all(of_greedy));
    }

    #[test]
    fn the_order_in_which_they_come_changes_nothing(
        (due, shuffled) in drawn().prop_map(|due| candidates(&due, 0))
            .prop_flat_map(|due| (Just(due.clone()), Just(due).prop_shuffle())),
    ) {
        prop_assert_eq!(in_fair_order(due), in_fair_order(shuffled));
    }
}
