//! The dispatch protocol, checked exhaustively within bounds: the whole protocol keeps every property, and without any
//! one of its rules it breaks the property that the rule is for.

mod api;
mod defect;
mod fan_in;
mod properties;
mod scanner;
mod system;
mod worker;

use stateright::{Checker, HasDiscoveries, Model};

use crate::defect::Defect;
use crate::properties::{ALL_DONE, LOST, SKIPPED, TAKEN_OVER, UNFLAGGED};
use crate::system::{Faults, Protocol};

const MUST_HOLD: [&str; 5] = [
    LOST,
    properties::STARTS,
    properties::FINISHES,
    UNFLAGGED,
    properties::DEADLOCK,
];

/// One scanner, one worker, a job that exists, one operation, no faults.
fn plain() -> Protocol {
    Protocol {
        defect: None,
        scanners: 1,
        workers: 1,
        operations: 1,
        faults: Faults::default(),
        job_exists: true,
        any_order: false,
        last: 4,
    }
}

/// Checks every reachable state, and returns the properties that were broken and those of the sometimes that were seen.
fn explore(name: &str, protocol: Protocol) -> Vec<&'static str> {
    let checker = protocol.checker().threads(2).spawn_bfs().join();
    assert!(checker.is_done(), "{name}: not exhausted");
    let discovered = checker.discoveries();
    eprintln!(
        "{name}: {} states, depth {}, discovered {:?}",
        checker.unique_state_count(),
        checker.max_depth(),
        discovered.keys().collect::<Vec<_>>(),
    );
    discovered.into_keys().collect()
}

fn passes(name: &str, protocol: Protocol) -> Vec<&'static str> {
    let discovered = explore(name, protocol);
    for property in MUST_HOLD {
        assert!(
            !discovered.contains(&property),
            "{name}: broke {property:?}"
        );
    }
    discovered
}

/// The defect breaks `property`; the same bounds without the defect do not.
fn breaks(defect: Defect, property: &'static str, bounds: Protocol) {
    passes(&format!("without {defect:?}"), bounds);
    let defective = Protocol {
        defect: Some(defect),
        ..bounds
    };
    let checker = defective
        .checker()
        .threads(2)
        .finish_when(HasDiscoveries::AnyOf([property].into()))
        .spawn_bfs()
        .join();
    let found = checker.discovery(property);
    let states = checker.unique_state_count();
    eprintln!("{defect:?}: {states} states until {property:?} broke");
    assert!(
        found.is_some(),
        "{defect:?} was not found in {states} states"
    );
}

mod the_protocol_holds {
    use super::*;

    #[test]
    fn when_scanners_and_the_api_crash() {
        let faults = Faults {
            scanner_crashes: 1,
            api_crashes: 1,
            ..Faults::default()
        };
        let seen = passes("scanner and API crash", Protocol { faults, ..plain() });
        assert!(
            seen.contains(&ALL_DONE) && seen.contains(&SKIPPED),
            "{seen:?}"
        );
    }

    #[test]
    fn when_workers_crash() {
        let faults = Faults {
            worker_crashes: 1,
            ..Faults::default()
        };
        let seen = passes("worker crash", Protocol { faults, ..plain() });
        assert!(seen.contains(&TAKEN_OVER), "{seen:?}");
    }

    #[test]
    fn when_buckets_are_scanned_in_any_order() {
        passes(
            "any order",
            Protocol {
                any_order: true,
                ..plain()
            },
        );
    }

    #[test]
    fn when_the_user_changes_his_mind_twice() {
        passes(
            "two operations",
            Protocol {
                operations: 2,
                ..plain()
            },
        );
    }

    #[test]
    fn when_a_job_is_created_and_messages_come_twice() {
        let faults = Faults {
            duplicates: 1,
            ..Faults::default()
        };
        passes(
            "create and duplicate",
            Protocol {
                faults,
                job_exists: false,
                ..plain()
            },
        );
    }

    #[test]
    fn when_everything_crashes_around_a_create() {
        let faults = Faults {
            scanner_crashes: 1,
            worker_crashes: 1,
            api_crashes: 1,
            ..Faults::default()
        };
        passes(
            "create and crashes",
            Protocol {
                faults,
                job_exists: false,
                operations: 0,
                ..plain()
            },
        );
    }

    #[test]
    fn when_two_workers_get_copies_and_one_crashes() {
        let faults = Faults {
            duplicates: 1,
            worker_crashes: 1,
            ..Faults::default()
        };
        passes(
            "two workers",
            Protocol {
                workers: 2,
                operations: 0,
                faults,
                ..plain()
            },
        );
    }

    #[test]
    fn when_a_zombie_wakes_up() {
        let faults = Faults {
            zombies: 1,
            duplicates: 1,
            ..Faults::default()
        };
        let seen = passes(
            "zombie",
            Protocol {
                workers: 2,
                operations: 0,
                faults,
                ..plain()
            },
        );
        assert!(seen.contains(&TAKEN_OVER), "{seen:?}");
    }
}

/// Minutes each: `make model-large`.
mod the_protocol_holds_in_larger_bounds {
    use super::*;

    #[test]
    #[ignore = "minutes: make model-large"]
    fn when_two_scanners_overlap_and_crash_in_any_order() {
        let faults = Faults {
            scanner_crashes: 1,
            ..Faults::default()
        };
        passes(
            "two scanners",
            Protocol {
                scanners: 2,
                any_order: true,
                faults,
                ..plain()
            },
        );
    }

    #[test]
    #[ignore = "minutes: make model-large"]
    fn when_two_operations_meet_a_scanner_crash() {
        let faults = Faults {
            scanner_crashes: 1,
            ..Faults::default()
        };
        passes(
            "two operations and a crash",
            Protocol {
                operations: 2,
                faults,
                ..plain()
            },
        );
    }

    #[test]
    #[ignore = "minutes: make model-large"]
    fn when_a_zombie_and_a_crash_meet_a_copy() {
        let faults = Faults {
            zombies: 1,
            worker_crashes: 1,
            duplicates: 1,
            ..Faults::default()
        };
        passes(
            "zombie and crash",
            Protocol {
                workers: 2,
                operations: 0,
                faults,
                ..plain()
            },
        );
    }
}

mod each_rule_is_needed {
    use super::*;

    #[test]
    fn checkpointing_before_the_send_loses_an_instant() {
        let faults = Faults {
            scanner_crashes: 1,
            ..Faults::default()
        };
        breaks(
            Defect::CheckpointBeforeSend,
            LOST,
            Protocol {
                operations: 0,
                faults,
                ..plain()
            },
        );
    }

    #[test]
    fn reading_the_job_before_the_claim_starts_what_was_canceled() {
        breaks(Defect::ReadBeforeClaim, UNFLAGGED, plain());
    }

    #[test]
    fn a_hint_in_a_bucket_that_may_be_scanned_already_loses_an_instant() {
        breaks(
            Defect::HintInsideTheHorizon,
            LOST,
            Protocol {
                job_exists: false,
                ..plain()
            },
        );
    }

    #[test]
    fn committing_before_the_hint_leaves_a_job_that_never_fires() {
        let faults = Faults {
            api_crashes: 1,
            ..Faults::default()
        };
        breaks(
            Defect::CommitFirst,
            LOST,
            Protocol {
                job_exists: false,
                operations: 0,
                faults,
                ..plain()
            },
        );
    }

    #[test]
    fn dropping_a_hint_on_a_stale_read_loses_an_instant() {
        breaks(
            Defect::DropOnAStaleRead,
            LOST,
            Protocol {
                operations: 2,
                ..plain()
            },
        );
    }

    #[test]
    fn judging_a_young_message_loses_what_a_create_is_about_to_commit() {
        breaks(
            Defect::NoYoungMessageRule,
            LOST,
            Protocol {
                job_exists: false,
                operations: 0,
                ..plain()
            },
        );
    }

    #[test]
    fn advancing_by_one_instant_loses_another() {
        breaks(
            Defect::AdvanceByOne,
            LOST,
            Protocol {
                any_order: true,
                ..plain()
            },
        );
    }

    #[test]
    fn a_skip_that_is_final_loses_what_a_resume_makes_due_again() {
        breaks(
            Defect::SkipIsFinal,
            LOST,
            Protocol {
                operations: 2,
                ..plain()
            },
        );
    }

    #[test]
    fn a_zombie_that_does_not_look_at_its_lease_starts_what_was_canceled() {
        let faults = Faults {
            zombies: 1,
            ..Faults::default()
        };
        // The zombie needs somebody to take over from it; fewer slots keep the states few.
        breaks(
            Defect::NoLeaseCheck,
            UNFLAGGED,
            Protocol {
                workers: 2,
                faults,
                last: 2,
                ..plain()
            },
        );
    }
}
