use proptest::prelude::*;

use crate::plan::dependencies::{Keyed, Levels, OrderError, levels};

fn item(key: &str, names: &[&str]) -> Keyed {
    Keyed {
        key: (!key.is_empty()).then(|| key.to_owned()),
        names: names
            .iter()
            .map(|name| (*name).to_owned())
            .enumerate()
            .collect(),
    }
}

#[test]
fn items_come_behind_those_that_they_name() {
    let found = levels(&[
        item("d", &["b", "c"]),
        item("b", &["a"]),
        item("c", &["a"]),
        item("a", &[]),
    ]);
    assert_eq!(found.levels, [vec![3], vec![1, 2], vec![0]]);
    assert!(found.refused.is_empty());
    assert_eq!(found.upstreams[0], [(0, 1), (1, 2)]);
}

#[test]
fn what_cannot_be_made_is_refused_by_its_place() {
    let found = levels(&[
        item("a", &["a"]),
        item("b", &["c"]),
        item("c", &["x", "b"]),
        item("b", &[]),
        item("", &["c"]),
        item("", &["nobody"]),
    ]);
    for (index, refusal) in [
        (0, Some(OrderError::Cycle(0))),
        (1, Some(OrderError::Cycle(0))),
        (2, Some(OrderError::NoSuchKey(0))),
        (3, Some(OrderError::KeyTwice)),
        (4, None),
        (5, Some(OrderError::NoSuchKey(0))),
    ] {
        assert_eq!(found.refused.get(&index).cloned(), refusal, "{index}");
    }
}

proptest! {
    #[test]
    fn every_item_is_in_one_level_and_none_before_what_it_names(
        names in prop::collection::vec(prop::collection::vec(0_usize..12, 0..4), 1..12),
    ) {
        let items: Vec<_> = names
            .iter()
            .enumerate()
            .map(|(index, names)| Keyed {
                key: Some(index.to_string()),
                names: names.iter().map(ToString::to_string).enumerate().collect(),
            })
            .collect();
        let Levels { levels, refused, upstreams } = levels(&items);
        let mut order: Vec<usize> = levels.into_iter().flatten().collect();
        let place = |index: usize| order.iter().position(|one| *one == index).unwrap();
        let closes_a_cycle = |index: usize| {
            let mut reached: Vec<usize> = upstreams[index].iter().map(|(_, up)| *up).collect();
            let mut at = 0;
            while at < reached.len() {
                for (_, up) in &upstreams[reached[at]] {
                    if !reached.contains(up) {
                        reached.push(*up);
                    }
                }
                at += 1;
            }
            (reached.contains(&index), reached)
        };
        for index in 0..items.len() {
            let (cyclic, above) = closes_a_cycle(index);
            let unknown = names[index].iter().any(|name| *name >= items.len());
            prop_assert_eq!(refused.contains_key(&index), cyclic || unknown);
            let behind_a_cycle = above.iter().any(|up| closes_a_cycle(*up).0);
            if !cyclic && !behind_a_cycle {
                for (_, up) in &upstreams[index] {
                    prop_assert!(place(*up) < place(index));
                }
            }
        }
        order.sort_unstable();
        prop_assert_eq!(order, (0..items.len()).collect::<Vec<_>>());
    }
}
