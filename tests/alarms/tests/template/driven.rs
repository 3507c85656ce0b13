//! Each alarm goes to ALARM when what it watches is beyond its threshold, not when it is just within, and back to OK when
//! all is well again. How long each takes is written into the runbook's table, and compared with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use punctual_alarms::alarm::Alarm;
use punctual_alarms::evaluation::State;
use punctual_alarms::streams::Streams;
use punctual_alarms::watch::Watch;

use crate::figures::{Figures, calm, reconciliation};
use crate::troubles::{Trouble, troubles};
use crate::{alarms, read};

/// As far as any alarm looks back, and a little more: four hours.
const SETTLED: i64 = 250;

/// A stage with its alarms.
#[derive(Clone)]
struct Stage {
    watch: Watch,
    streams: Streams,
    minute: i64,
}

impl Stage {
    /// One in its calm, whose alarms all say so. It is the same for all: made once, and copied.
    fn settled() -> Self {
        static CALM: OnceLock<Stage> = OnceLock::new();
        let calm = CALM.get_or_init(|| {
            let mut stage = Self {
                watch: Watch::new(alarms()),
                streams: Streams::default(),
                minute: 0,
            };
            for _ in 0..SETTLED {
                stage.publish(|_| {});
            }
            stage.pass(|_| {});
            assert_eq!(stage.watch.ringing(), [""; 0]);
            stage
        });
        calm.clone()
    }

    /// Lets a minute pass, in which this happens.
    fn pass(&mut self, happens: impl Fn(&mut Figures)) {
        self.publish(happens);
        self.watch.evaluate(&self.streams, self.minute).unwrap();
    }

    fn publish(&mut self, happens: impl Fn(&mut Figures)) {
        let mut figures = calm(self.minute);
        happens(&mut figures);
        figures.publish(&mut self.streams, self.minute);
        self.minute += 1;
    }

    /// Lets minutes pass, in which this happens, until `alarm` is in `state`; and says how many.
    fn until(&mut self, alarm: &str, state: State, happens: impl Fn(&mut Figures)) -> Option<i64> {
        let begun = self.minute;
        while self.watch.state(alarm) != state {
            if self.minute - begun > SETTLED {
                return None;
            }
            self.pass(&happens);
        }
        Some(self.minute - begun)
    }

    /// Lets minutes pass, in which this happens, until an alarm looks back on nothing else; and says whether it never went
    /// off.
    fn stays_calm(&mut self, alarm: &Alarm, happens: impl Fn(&mut Figures)) -> bool {
        let range = i64::try_from(alarm.bounds.range()).unwrap() * alarm.period;
        (0..range).all(|_| {
            self.publish(&happens);
            let state = alarm.state(&self.streams, self.minute, State::Ok);
            state.unwrap() == State::Ok
        })
    }
}

#[test]
fn every_alarm_is_driven_and_nothing_else() {
    let driven: BTreeSet<_> = troubles()
        .iter()
        .map(|trouble| trouble.alarm.to_owned())
        .collect();
    let made = alarms().metric;
    assert_eq!(driven.len(), troubles().len());
    assert_eq!(
        driven,
        made.iter().map(|alarm| alarm.name.clone()).collect()
    );
}

#[test]
fn no_alarm_goes_off_within_its_threshold() {
    let made = alarms().metric;
    for trouble in troubles() {
        let alarm = made
            .iter()
            .find(|alarm| alarm.name == trouble.alarm)
            .unwrap();
        let calm = Stage::settled().stays_calm(alarm, |figures| {
            (trouble.happens)(figures, trouble.within);
        });
        assert!(calm, "{}", trouble.alarm);
    }
}

#[test]
fn each_alarm_goes_off_beyond_its_threshold_is_told_once_and_is_over_when_the_trouble_is() {
    let mut rows = BTreeMap::new();
    for Trouble {
        alarm,
        happens,
        beyond,
        ..
    } in troubles()
    {
        let mut stage = Stage::settled();
        let fires = stage.until(alarm, State::Alarm, |figures| happens(figures, beyond));
        let fires = fires.unwrap_or_else(|| panic!("{alarm} does not go off"));
        // Longer than what suppresses it could keep it from being told.
        for _ in 0..10 {
            stage.pass(|figures| happens(figures, beyond));
        }
        let told: Vec<_> = stage.watch.told.iter().map(|(_, by)| by.clone()).collect();
        let [told] = told.as_slice() else {
            panic!("{alarm} is told by {told:?}");
        };
        let is_over = stage.until(alarm, State::Ok, |_| {});
        let is_over = is_over.unwrap_or_else(|| panic!("{alarm} is never over"));
        rows.insert(
            alarm,
            format!("| [`{alarm}`](#{alarm}) | {fires} | {is_over} | {told} |"),
        );
    }
    let table = rows.into_values().collect::<Vec<_>>().join("\n");
    let runbook = read("infra/RUNBOOK.md");
    assert!(
        runbook.contains(&table),
        "the runbook's table should say\n{table}"
    );
}

#[test]
fn a_reconciliation_tells_of_whatever_it_found() {
    let found: [fn(&mut punctual::domain::Reconciliation); 4] = [
        |found| found.missing = 1,
        |found| found.stalled = 1,
        |found| found.chains_repaired = 1,
        |found| found.unproven = 1,
    ];
    for amiss in found {
        let mut stage = Stage::settled();
        let fires = stage.until("reconciler-found", State::Alarm, |figures| {
            if figures.reconciliation.is_some() {
                let mut found = reconciliation();
                amiss(&mut found);
                figures.reconciliation = Some(found);
            }
        });
        assert!(fires.is_some());
    }
}
