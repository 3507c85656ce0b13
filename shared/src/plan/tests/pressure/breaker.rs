//! When a queue is sent nothing, and when it is tried again.

use proptest::prelude::*;

use super::load;
use crate::domain::{BandPressure, Breaker};
use crate::plan::pressure::{Load, OPEN_FOR, next_breaker, probe};
use crate::plan::tests::{now, seconds};

/// The breaker after looks at the queue, a minute apart.
fn after(loads: &[Load]) -> Breaker {
    let mut band = BandPressure::default();
    for (minute, load) in (0..).zip(loads) {
        band = next_breaker(band, load, now() + seconds(60 * minute));
    }
    band.breaker
}

/// A queue whose workers take one message a minute.
fn stuck(ready: u64) -> Load {
    Load {
        taken: 5,
        ..load(ready)
    }
}

#[test]
fn a_deep_queue_opens_it_at_once() {
    assert_eq!(after(&[load(999)]), Breaker::Closed);
    assert_eq!(after(&[load(1_000)]), Breaker::Open { since: now() });
}

#[test]
fn a_queue_whose_workers_do_not_keep_up_opens_it_after_two_minutes() {
    assert_eq!(after(&[stuck(50), stuck(50)]), Breaker::Closed);
    let since = now() + seconds(120);
    assert_eq!(after(&[stuck(50); 3]), Breaker::Open { since });
    // A herd that is being worked off, a few messages, and a slow minute among good ones do not.
    assert_eq!(after(&[stuck(900), load(500), load(0)]), Breaker::Closed);
    assert_eq!(after(&[stuck(10); 9]), Breaker::Closed);
    assert_eq!(
        after(&[stuck(50), load(50), stuck(50), load(50)]),
        Breaker::Closed
    );
}

#[test]
fn a_queue_is_slow_if_more_is_ready_than_is_taken_in_time_and_than_can_be_under_way() {
    // What was taken in five minutes; ten minutes take twice as many.
    for (places, taken, most) in [(10, 0, 10), (10, 5, 10), (10, 20, 40), (0, 20, 40)] {
        let is_slow = |ready| {
            let load = Load {
                taken,
                places,
                ..load(ready)
            };
            load.drains_slower_than(10)
        };
        assert!(!is_slow(most), "{places} {taken}");
        assert!(is_slow(most + 1), "{places} {taken}");
    }
}

#[test]
fn it_is_tried_again_by_itself_and_closes_when_the_queue_has_drained() {
    let deep = load(1_000);
    let opened = [deep, deep];
    assert!(matches!(after(&opened), Breaker::Open { .. }));
    let half = Breaker::HalfOpen {
        since: now() + OPEN_FOR,
    };
    assert_eq!(after(&[deep, deep, deep]), half);
    assert_eq!(after(&[deep, deep, deep, load(100)]), half);
    assert_eq!(after(&[deep, deep, deep, load(99)]), Breaker::Closed);
    assert!(matches!(after(&[deep; 4]), Breaker::Open { .. }));
}

#[test]
fn one_in_twenty_is_sent_to_try_it_and_one_at_least() {
    assert_eq!([probe(1), probe(39), probe(40), probe(600)], [1, 1, 2, 30]);
}

proptest! {
    #[test]
    fn whatever_it_has_seen_a_queue_that_is_empty_from_then_on_closes_it_within_minutes(
        seen in prop::collection::vec((0..5_000_u64, 0..1_000_u64), 0..30),
    ) {
        let mut loads: Vec<_> = seen
            .into_iter()
            .map(|(ready, taken)| Load { taken, ..load(ready) })
            .collect();
        loads.extend([load(0); 4]);
        prop_assert_eq!(after(&loads), Breaker::Closed);
    }

    #[test]
    fn an_open_one_stays_open_for_its_time_and_no_longer(ready in 0..5_000_u64, waited in 0..600_i64) {
        let open = BandPressure {
            breaker: Breaker::Open { since: now() },
            ..BandPressure::default()
        };
        let next = next_breaker(open, &load(ready), now() + seconds(waited)).breaker;
        prop_assert_eq!(matches!(next, Breaker::Open { .. }), seconds(waited) < OPEN_FOR);
    }
}
