//! The evaluator against the examples of AWS's own pages: the tables of missing data, of comparisons and of IF. A row is
//! written as it stands there; `0` is within the threshold, `X` beyond it, `-` missing, the latest on the right.

#![expect(clippy::unwrap_used, reason = "what cannot be read fails the test")]

use std::collections::BTreeMap;

use punctual_alarms::evaluation::{Bounds, Missing, State};
use punctual_alarms::expression::{Expression, Value};
use punctual_alarms::rule::Rule;
use punctual_alarms::statistic::Statistic;

const MISSING: [Missing; 4] = [
    Missing::Missing,
    Missing::Ignore,
    Missing::Breaching,
    Missing::NotBreaching,
];

/// A row: the data points, then the state for each way to treat missing data. `None`: the current state is retained.
type Row = (&'static str, [Option<State>; 4]);

const OK: Option<State> = Some(State::Ok);
const ALARM: Option<State> = Some(State::Alarm);
const INSUFFICIENT: Option<State> = Some(State::InsufficientData);

fn check(bounds: Bounds, rows: &[Row]) {
    for (points, expected) in rows {
        let points: Vec<_> = points
            .split(' ')
            .map(|point| match point {
                "0" => Some(false),
                "X" => Some(true),
                _ => None,
            })
            .collect();
        for (missing, expected) in MISSING.into_iter().zip(expected) {
            for before in [State::Ok, State::Alarm, State::InsufficientData] {
                let state = bounds.evaluate(&points, missing, before);
                assert_eq!(state, expected.unwrap_or(before), "{points:?} {missing:?}");
            }
        }
    }
}

#[test]
fn three_of_three_treats_missing_data_as_the_table_of_aws_does() {
    let bounds = Bounds {
        evaluated: 3,
        breaching: 3,
    };
    assert_eq!(bounds.range(), 5);
    check(
        bounds,
        &[
            ("0 - X - X", [OK, OK, OK, OK]),
            ("0 - - - -", [OK, OK, OK, OK]),
            ("- - - - -", [INSUFFICIENT, None, ALARM, OK]),
            ("0 X X - X", [ALARM, ALARM, ALARM, ALARM]),
            ("- - X - -", [ALARM, None, ALARM, OK]),
        ],
    );
}

#[test]
fn two_of_three_treats_missing_data_as_the_table_of_aws_does() {
    let bounds = Bounds {
        evaluated: 3,
        breaching: 2,
    };
    check(
        bounds,
        &[
            ("0 - X - X", [ALARM, ALARM, ALARM, ALARM]),
            ("0 0 X 0 X", [ALARM, ALARM, ALARM, ALARM]),
            ("0 - X - -", [OK, OK, ALARM, OK]),
            ("- - - - 0", [OK, OK, ALARM, OK]),
            ("- - - X -", [ALARM, None, ALARM, OK]),
        ],
    );
}

#[test]
fn a_single_bad_point_that_may_be_followed_by_a_good_one_is_not_an_alarm_yet() {
    let bounds = Bounds {
        evaluated: 3,
        breaching: 3,
    };
    // "the alarm does not go immediately into ALARM state when the data is either - - - - X or - - - X -"
    for points in [[4], [3]] {
        let points: Vec<_> = (0..5)
            .map(|at| points.contains(&at).then_some(true))
            .collect();
        let state = bounds.evaluate(&points, Missing::Missing, State::Ok);
        assert_ne!(state, State::Alarm, "{points:?}");
    }
}

fn series(points: &[Option<f64>]) -> Value {
    Value::Series(points.to_vec())
}

fn evaluate(expression: &str, named: &[(&str, Value)]) -> Value {
    let named = named.iter();
    let named: BTreeMap<_, _> = named
        .map(|(id, value)| ((*id).to_owned(), value.clone()))
        .collect();
    let points = named.values().find_map(|value| match value {
        Value::Series(points) => Some(points.len()),
        Value::Scalar(_) => None,
    });
    let expression = Expression::parse(expression).unwrap();
    expression.evaluate(&named, points.unwrap()).unwrap()
}

#[test]
fn comparisons_of_series_take_a_missing_value_for_0_as_the_table_of_aws_does() {
    let named = [
        (
            "metric1",
            series(&[Some(30.0), Some(20.0), Some(0.0), Some(0.0)]),
        ),
        ("metric2", series(&[Some(20.0), None, Some(20.0), None])),
    ];
    let figures = |figures: [f64; 4]| series(&figures.map(Some));
    for (expression, expected) in [
        ("metric1 < metric2", [0.0, 0.0, 1.0, 0.0]),
        ("metric1 >= 30", [1.0, 0.0, 0.0, 0.0]),
        ("metric1 > 15 AND metric2 > 15", [1.0, 0.0, 0.0, 0.0]),
    ] {
        assert_eq!(
            evaluate(expression, &named),
            figures(expected),
            "{expression}"
        );
    }
}

#[test]
fn if_chooses_as_the_tables_of_aws_do() {
    let named = [
        (
            "metric1",
            series(&[Some(1.0), Some(1.0), Some(0.0), Some(0.0), None]),
        ),
        (
            "metric2",
            series(&[Some(30.0), None, Some(0.0), Some(0.0), Some(30.0)]),
        ),
        (
            "metric3",
            series(&[Some(0.0), Some(0.0), Some(20.0), None, Some(20.0)]),
        ),
    ];
    for (expression, expected) in [
        (
            "IF(metric1, metric2, metric3)",
            [Some(30.0), Some(0.0), Some(20.0), None, None],
        ),
        (
            "IF(metric1, 5, metric3)",
            [Some(5.0), Some(5.0), Some(20.0), None, None],
        ),
        (
            "IF(metric1, metric2, 5)",
            [Some(30.0), Some(0.0), Some(5.0), Some(5.0), None],
        ),
    ] {
        assert_eq!(
            evaluate(expression, &named),
            series(&expected),
            "{expression}"
        );
    }
}

#[test]
fn sums_take_a_missing_value_for_0_and_a_division_by_0_drops_the_point() {
    let named = [
        ("a", series(&[Some(1.0), None, None, Some(2.0)])),
        ("b", series(&[Some(2.0), Some(3.0), None, Some(0.0)])),
    ];
    assert_eq!(
        evaluate("a + b", &named),
        series(&[Some(3.0), Some(3.0), None, Some(2.0)])
    );
    assert_eq!(
        evaluate("a / b", &named),
        series(&[Some(0.5), Some(0.0), None, None])
    );
    assert_eq!(
        evaluate("100 * a / 4", &named),
        series(&[Some(25.0), None, None, Some(50.0)])
    );
    assert_eq!(
        evaluate("FILL(a, 0)", &named),
        series(&[Some(1.0), Some(0.0), Some(0.0), Some(2.0)])
    );
    assert_eq!(evaluate("1 + 2 * b - (a + 1)", &named).clone(), {
        series(&[Some(3.0), Some(7.0), None, Some(-2.0)])
    });
}

#[test]
fn what_is_not_evaluated_is_refused_rather_than_guessed() {
    for expression in [
        "RATE(a)",
        "FILL(a, REPEAT)",
        "a +",
        "a b",
        "SUM(METRICS())",
        "(a",
        "a % 2",
    ] {
        assert!(Expression::parse(expression).is_err(), "{expression}");
    }
    for rule in ["ALARM(a) OR", "TRUE", "ALARM(a) b", "ALARM a", "(OK(a)"] {
        assert!(Rule::parse(rule).is_err(), "{rule}");
    }
    assert!(Statistic::parse("TM(10%:90%)").is_err());
}

#[test]
fn rules_join_states_and_bind_as_usual() {
    let states = |name: &str| match name {
        "bad" => Some(State::Alarm),
        "good" => Some(State::Ok),
        "new" => Some(State::InsufficientData),
        _ => None,
    };
    for (rule, expected) in [
        ("ALARM(\"bad\") AND NOT ALARM(good)", true),
        ("ALARM(good) AND ALARM(good) OR ALARM(bad)", true),
        ("ALARM(good) AND (ALARM(good) OR ALARM(bad))", false),
        ("INSUFFICIENT_DATA(new) AND OK(good)", true),
        ("NOT (ALARM(bad) OR OK(good))", false),
    ] {
        assert_eq!(
            Rule::parse(rule).unwrap().holds(&states),
            Ok(expected),
            "{rule}"
        );
    }
    assert!(
        Rule::parse("ALARM(gone) OR ALARM(bad)")
            .unwrap()
            .holds(&states)
            .is_err()
    );
}

#[test]
fn statistics_of_nothing_are_missing() {
    let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
    for (name, expected) in [
        ("Sum", 5050.0),
        ("Maximum", 100.0),
        ("Minimum", 1.0),
        ("Average", 50.5),
        ("SampleCount", 100.0),
        ("p99", 99.0),
        ("p50", 50.0),
    ] {
        let statistic = Statistic::parse(name).unwrap();
        assert_eq!(statistic.of(&hundred), Some(expected), "{name}");
        assert_eq!(statistic.of(&[]), None, "{name}");
    }
}
