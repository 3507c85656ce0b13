//! What a run without faults uses is metered, and its records say the same of themselves.

use punctual::aws::Charge;
use punctual_sim::metered::{Load, Metered, metered};

const LOAD: Load = Load {
    each_minute: 3,
    one_in_fails_once: 0,
    work_ms: 150,
    minutes: 2,
};

/// How much of `charge` the calls of `function` came to.
fn of(run: &Metered, function: &str, charge: Charge) -> f64 {
    let calls = run.used.iter();
    let of_function = calls
        .filter(|((name, operation), _)| name == function && Charge::of(operation) == Some(charge));
    of_function.fold(0.0, |sum, (_, usage)| sum + charge.amount(*usage))
}

#[test]
fn an_execution_without_incident_is_three_writes_of_which_its_record_knows_two() {
    let run = metered(&LOAD);
    assert_eq!((run.recorded.executions, run.recorded.unmetered), (6, 0));
    // The claim and the end; and the next hint, which the scanner put.
    assert_eq!(run.recorded.used.write_units, 12);
    assert!((of(&run, "worker", Charge::WriteUnits) - 12.0).abs() < 1e-9);
    let read = run.recorded.used.read_units();
    assert!((of(&run, "worker", Charge::ReadUnits) - read).abs() < 1e-9);
    assert!(run.recorded.used.worker_ms >= 6 * 150);
}

#[test]
fn a_retry_adds_to_what_its_execution_has_used() {
    let run = metered(&Load {
        one_in_fails_once: 1,
        ..LOAD
    });
    assert_eq!(run.recorded.unmetered, 0);
    // Each: the claim, the retry, the next claim, refused first as there is a record, and the end.
    assert_eq!(run.recorded.used.write_units, 6 * 5);
    assert!(run.recorded.used.worker_ms >= 12 * 150);
}

#[test]
fn the_same_load_gives_the_same_figures() {
    let (one, other) = (metered(&LOAD), metered(&LOAD));
    assert_eq!(one.used, other.used);
    assert_eq!(one.recorded, other.recorded);
}
