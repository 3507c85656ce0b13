//! Random graphs, whose runs end in random order and ways: what the gate says at each step leads every job to an end, and
//! to the same one whatever the order.

use proptest::prelude::*;

use super::*;
use crate::plan::dependencies::{Gated, gated};
use crate::plan::tests::{NEW_STAMP, running};

#[derive(Clone, Debug)]
struct Graph {
    /// What each runs after, by index; the first ones are roots.
    after: Vec<Vec<usize>>,
    fails: Vec<bool>,
    any: Vec<bool>,
    /// In which order those are taken up that can be.
    picks: Vec<prop::sample::Index>,
}

fn number(index: usize) -> u128 {
    u128::try_from(index + 1).unwrap()
}

fn graphs() -> impl Strategy<Value = Graph> {
    let after = prop::collection::vec(
        prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        1..12,
    );
    after.prop_flat_map(|after| {
        let count = after.len();
        let after = after.into_iter().enumerate().map(|(index, up)| {
            let mut up: Vec<_> = match index {
                0 => Vec::new(),
                _ => up.iter().map(|up| up.index(index)).collect(),
            };
            up.sort_unstable();
            up.dedup();
            up
        });
        (
            Just(after.collect::<Vec<_>>()),
            prop::collection::vec(prop::bool::weighted(0.2), count),
            prop::collection::vec(prop::bool::weighted(0.2), count),
            prop::collection::vec(any::<prop::sample::Index>(), 40),
        )
            .prop_map(|(after, fails, any, picks)| Graph {
                after,
                fails,
                any,
                picks,
            })
    })
}

impl Graph {
    fn shelf(&self) -> Shelf {
        Shelf::of(self.after.iter().enumerate().map(|(index, after)| {
            let after: Vec<_> = after.iter().map(|up| number(*up)).collect();
            match &after[..] {
                [] => root(number(index)),
                after if self.any[index] => {
                    let more = json!({ "after_condition": "all_finished" });
                    job(number(index), None, after, &more)
                }
                after => behind(number(index), after),
            }
        }))
    }

    /// How a run of each must end, and where it began to fail: told from the roots down.
    fn expected(&self) -> Vec<bool> {
        let mut succeeds: Vec<bool> = Vec::new();
        for (index, after) in self.after.iter().enumerate() {
            let may = self.any[index] || after.iter().all(|up| succeeds[*up]);
            succeeds.push(may && !self.fails[index]);
        }
        succeeds
    }

    fn runs(&self, index: usize, expected: &[bool]) -> bool {
        self.any[index] || self.after[index].iter().all(|up| expected[*up])
    }
}

proptest! {
    #[test]
    fn every_job_runs_once_its_upstreams_let_it_and_no_sooner(graph in graphs()) {
        let mut shelf = graph.shelf();
        let expected = graph.expected();
        let mut open: Vec<usize> = (0..graph.after.len()).collect();
        let mut picks = graph.picks.iter().cycle();
        while !open.is_empty() {
            let ready: Vec<usize> = open
                .iter()
                .copied()
                .filter(|index| !matches!(shelf.gate(number(*index)), Gate::Waits(_)))
                .collect();
            prop_assert!(!ready.is_empty(), "nothing can go on: {:?}", open);
            let index = ready[picks.next().unwrap().index(ready.len())];
            let id = of(number(index), this_run());
            let job = shelf.jobs[&id.job].clone();
            let claimed = running(id, 1, 40);
            match gated(&claimed, &job, shelf.gate(number(index)), noon(), NEW_STAMP) {
                Gated::Pass(_) => {
                    let ended = |up: &usize| {
                        let record = shelf.records.get(&of(number(*up), this_run()));
                        record.is_some_and(|record| record.state.is_terminal())
                    };
                    prop_assert!(graph.after[index].iter().all(ended), "it ran unordered");
                    prop_assert!(graph.runs(index, &expected));
                    let state = if graph.fails[index] {
                        ExecutionState::Dead
                    } else {
                        ExecutionState::Succeeded
                    };
                    shelf.put(id, state, None);
                }
                Gated::End(reason, cause) => {
                    prop_assert_eq!(reason, Reason::UpstreamFailed);
                    prop_assert!(!graph.runs(index, &expected));
                    let cause = cause.unwrap();
                    // It began at one that ran, and failed.
                    prop_assert_eq!(shelf.records[&cause].state, ExecutionState::Dead);
                    shelf.put(id, ExecutionState::Skipped, Some(reason));
                    shelf.records.get_mut(&id).unwrap().cause = Some(cause);
                }
                Gated::Wait(_) => return Err(TestCaseError::fail("it was ready")),
            }
            open.retain(|one| *one != index);
        }
        for (index, succeeds) in expected.iter().enumerate() {
            let state = shelf.records[&of(number(index), this_run())].state;
            prop_assert_eq!(state == ExecutionState::Succeeded, *succeeds);
        }
    }

    #[test]
    fn a_run_by_hand_reaches_exactly_those_behind_it(graph in graphs(), begin in any::<prop::sample::Index>()) {
        let mut shelf = graph.shelf();
        let by_hand = Occasion::manual(noon(), 3);
        let begin = begin.index(graph.after.len());
        shelf.put(of(number(begin), by_hand), ExecutionState::Succeeded, None);
        let mut reached = vec![false; graph.after.len()];
        reached[begin] = true;
        for index in begin + 1..graph.after.len() {
            reached[index] = graph.after[index].iter().any(|up| reached[*up]);
        }
        for index in 0..graph.after.len() {
            let awaited: Vec<_> = graph.after[index].iter().filter(|up| reached[**up]).collect();
            let gate = shelf.asked(number(index), by_hand).0;
            let expected = match &awaited[..] {
                [] => Gate::Open(None),
                awaited => match awaited.iter().find(|up| ***up != begin) {
                    Some(pending) => Gate::Waits(of(number(**pending), by_hand)),
                    None => OPEN,
                },
            };
            prop_assert_eq!(gate, expected);
        }
    }
}
