//! All alarms of a stage over time: their states, minute by minute, and whom they tell. Invariant: an alarm tells when it
//! goes to ALARM, not while it is there; a composite that another one suppresses tells nothing meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Unsupported;
use crate::evaluation::State;
use crate::rule::Rule;
use crate::streams::Streams;
use crate::template::Alarms;

/// An alarm on other alarms.
#[derive(Clone, Debug)]
pub struct Composite {
    /// Its name, without the stage's.
    pub name: String,
    /// When it is in ALARM.
    pub rule: Rule,
    /// What keeps it from telling.
    pub suppressor: Option<Suppressor>,
    /// Whether it tells somebody.
    pub tells: bool,
}

/// An alarm that keeps another one from telling.
#[derive(Clone, Debug)]
pub struct Suppressor {
    /// Its name.
    pub alarm: String,
    /// How many minutes the other one waits for it to go to ALARM.
    pub wait: i64,
    /// How many minutes the other one goes on being silent after it has left ALARM.
    pub extension: i64,
}

/// The alarms, and what became of them.
#[derive(Clone, Debug)]
pub struct Watch {
    alarms: Arc<Alarms>,
    states: BTreeMap<String, State>,
    /// Since when composites wait for what suppresses them, until they tell.
    waiting: BTreeMap<String, i64>,
    /// When each suppressor was last in ALARM.
    last_suppressed: BTreeMap<String, i64>,
    /// Who told at which minute.
    pub told: Vec<(i64, String)>,
}

impl Watch {
    /// Alarms that have just been made.
    pub fn new(alarms: Alarms) -> Self {
        let metric = alarms.metric.iter().map(|alarm| &alarm.name);
        let names = metric.chain(alarms.composite.iter().map(|composite| &composite.name));
        Self {
            states: names
                .map(|name| (name.clone(), State::InsufficientData))
                .collect(),
            alarms: Arc::new(alarms),
            waiting: BTreeMap::new(),
            last_suppressed: BTreeMap::new(),
            told: Vec::new(),
        }
    }

    /// Evaluates all of them at `minute`, composites after what they are about.
    ///
    /// # Errors
    /// If one cannot be evaluated.
    pub fn evaluate(&mut self, streams: &Streams, minute: i64) -> Result<(), Unsupported> {
        let alarms = Arc::clone(&self.alarms);
        for alarm in &alarms.metric {
            let state = alarm.state(streams, minute, self.state(&alarm.name))?;
            let turned = self.turn(&alarm.name, state);
            if turned && state == State::Alarm && alarm.tells {
                self.told.push((minute, alarm.name.clone()));
            }
        }
        for composite in &alarms.composite {
            let holds = composite
                .rule
                .holds(&|name| self.states.get(name).copied())?;
            let state = if holds { State::Alarm } else { State::Ok };
            let turned = self.turn(&composite.name, state);
            match state {
                State::Alarm if turned => {
                    self.waiting.insert(composite.name.clone(), minute);
                }
                State::Alarm => {}
                State::Ok | State::InsufficientData => {
                    self.waiting.remove(&composite.name);
                }
            }
            self.tell(composite, minute);
        }
        Ok(())
    }

    /// Has a composite tell, if it has something to say and nothing keeps it from it any more.
    fn tell(&mut self, composite: &Composite, minute: i64) {
        let Some(since) = self.waiting.get(&composite.name).copied() else {
            return;
        };
        if let Some(suppressor) = &composite.suppressor {
            let last = &mut self.last_suppressed;
            if self.states.get(&suppressor.alarm) == Some(&State::Alarm) {
                last.insert(suppressor.alarm.clone(), minute);
                return;
            }
            let within = |since: i64, minutes: i64| minute - since < minutes;
            let last = last.get(&suppressor.alarm);
            if last.is_some_and(|last| within(*last, suppressor.extension))
                || within(since, suppressor.wait)
            {
                return;
            }
        }
        self.waiting.remove(&composite.name);
        if composite.tells {
            self.told.push((minute, composite.name.clone()));
        }
    }

    fn turn(&mut self, name: &str, state: State) -> bool {
        self.states.insert(name.to_owned(), state) != Some(state)
    }

    /// The state of the alarm of this name; of one that is not there, that there is not enough data.
    pub fn state(&self, name: &str) -> State {
        self.states
            .get(name)
            .copied()
            .unwrap_or(State::InsufficientData)
    }

    /// The alarms that are in ALARM, in the order of their names.
    pub fn ringing(&self) -> Vec<&str> {
        let ringing = self
            .states
            .iter()
            .filter(|(_, state)| **state == State::Alarm);
        ringing.map(|(name, _)| name.as_str()).collect()
    }

    /// Every alarm.
    pub fn alarms(&self) -> &Alarms {
        &self.alarms
    }
}
