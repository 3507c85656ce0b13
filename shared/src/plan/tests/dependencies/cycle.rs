use std::collections::BTreeMap;

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::plan::dependencies::{CycleWalk, Step};
use crate::port::Edge;

/// What is stored: rows, by what they run after, and edges with their age in seconds.
#[derive(Clone, Debug, Default)]
struct Stored {
    rows: BTreeMap<u128, Vec<u128>>,
    edges: Vec<(u128, u128, i64)>,
}

impl Stored {
    fn walk(&self, job: u128, upstreams: &[u128]) -> Step {
        let upstreams: Vec<_> = upstreams.iter().map(|up| id(*up)).collect();
        let mut walk = CycleWalk::new(id(job), &upstreams);
        loop {
            let Step::Read(ids) = walk.step(noon()) else {
                return walk.step(noon());
            };
            for read in ids {
                let number = self.rows.keys().copied().find(|number| id(*number) == read);
                let row = number.map(|number| match &self.rows[&number][..] {
                    [] => root(number),
                    after => behind(number, after),
                });
                let edges = self.edges.iter().filter(|(up, ..)| id(*up) == read);
                let edges = edges.map(|(up, down, age)| Edge {
                    up: id(*up),
                    down: id(*down),
                    written_at: noon() - TimeDelta::seconds(*age),
                });
                walk.add(read, row, edges.collect());
            }
        }
    }
}

const OLD: i64 = 3_600;

fn chain() -> Stored {
    Stored {
        rows: [(1, vec![]), (2, vec![1]), (3, vec![2])].into(),
        edges: vec![(1, 2, OLD), (2, 3, OLD)],
    }
}

#[test]
fn an_upstream_that_is_reached_downstream_closes_a_cycle() {
    assert_eq!(
        chain().walk(1, &[3]),
        Step::Cycle(vec![id(1), id(2), id(3)])
    );
    assert_eq!(chain().walk(3, &[1]), Step::Free);
}

#[test]
fn an_edge_that_its_row_has_taken_back_leads_nowhere() {
    let mut stale = chain();
    stale.rows.insert(3, vec![1]);
    stale.edges.push((1, 3, OLD));
    // Not by way of 2; but straight from 1 still.
    assert_eq!(stale.walk(2, &[3]), Step::Free);
    assert_eq!(stale.walk(1, &[3]), Step::Cycle(vec![id(1), id(3)]));
}

#[test]
fn a_young_edge_counts_whatever_its_row_says() {
    let mut young = chain();
    young.rows.insert(3, vec![1]);
    young.edges = vec![(2, 3, 59)];
    assert_eq!(young.walk(2, &[3]), Step::Cycle(vec![id(2), id(3)]));
    young.edges = vec![(2, 3, 60)];
    assert_eq!(young.walk(2, &[3]), Step::Free);
}

#[test]
fn more_jobs_than_may_hang_together_are_refused() {
    let mut wide = Stored {
        rows: [(1, vec![])].into(),
        edges: Vec::new(),
    };
    for number in 2..=600 {
        wide.rows.insert(number, vec![number - 1]);
        wide.edges.push((number - 1, number, OLD));
    }
    assert_eq!(wide.walk(1, &[10_000]), Step::TooMany);
}

#[test]
fn a_thousand_jobs_are_read_for_stale_edges_and_no_more() {
    // Each is read before it is known that its edge is stale; 1 itself counts.
    let reading = |jobs: u128| Stored {
        rows: [(1, vec![])].into(),
        edges: (2..=jobs).map(|number| (1, number, OLD)).collect(),
    };
    assert_eq!(reading(1_000).walk(1, &[10_000]), Step::Free);
    assert_eq!(reading(1_001).walk(1, &[10_000]), Step::TooMany);
}

proptest! {
    #[test]
    fn a_cycle_is_found_if_and_only_if_there_is_one(
        after in prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 0..3), 2..14),
        stale in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..6),
        job in any::<prop::sample::Index>(),
        upstream in any::<prop::sample::Index>(),
    ) {
        let number = |index: usize| u128::try_from(index + 1).unwrap();
        let mut stored = Stored::default();
        for (index, after) in after.iter().enumerate() {
            // Only on what comes before it: no cycle among what is stored.
            let mut up: Vec<_> = match index {
                0 => Vec::new(),
                _ => after.iter().map(|up| number(up.index(index))).collect(),
            };
            up.sort_unstable();
            up.dedup();
            stored.edges.extend(up.iter().map(|up| (*up, number(index), OLD)));
            stored.rows.insert(number(index), up);
        }
        for (up, down) in stale {
            let (up, down) = (number(up.index(after.len())), number(down.index(after.len())));
            if !stored.rows[&down].contains(&up) {
                stored.edges.push((up, down, OLD));
            }
        }
        let job = number(job.index(after.len()));
        let upstream = number(upstream.index(after.len()));
        prop_assume!(job != upstream);
        let mut above = vec![upstream];
        let mut at = 0;
        while at < above.len() {
            above.extend(stored.rows[&above[at]].clone());
            at += 1;
        }
        let found = stored.walk(job, &[upstream]);
        prop_assert_eq!(matches!(found, Step::Cycle(_)), above.contains(&job), "{:?}", found);
    }
}
