//! Reports what an invocation did: the handler's readings, and what its calls have used since the last report. Invariant: a
//! handler reports once an invocation, whether or not it succeeds.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Config, SystemClock};
use crate::aws::Meter;
use crate::metrics::{
    Consumption, Function, Readings, Recorder, documents, of_consumption, of_failure, stage_of,
};
use crate::port::Clock;

/// Reports for one function.
pub struct Reporter {
    function: Function,
    meter: Arc<Meter>,
    /// What was used when it reported last.
    reported: Mutex<Consumption>,
    recorder: Arc<dyn Recorder>,
}

impl Reporter {
    /// Reports to `recorder` what `function` does, and what is used by `meter`.
    pub fn new(function: Function, meter: &Arc<Meter>, recorder: Arc<dyn Recorder>) -> Self {
        Self {
            function,
            meter: Arc::clone(meter),
            reported: Mutex::default(),
            recorder,
        }
    }

    /// Reports as CloudWatch reads it from the log.
    pub fn to_log(function: Function, meter: &Arc<Meter>, config: &Config) -> Self {
        let recorder = LogLines {
            stage: stage_of(&config.namespace).to_owned(),
        };
        Self::new(function, meter, Arc::new(recorder))
    }

    /// Reports what an invocation has read.
    pub fn report(&self, mut readings: Readings) {
        let used = self.meter.consumption();
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        readings.add(of_consumption(self.function, used.since(*reported)));
        *reported = used;
        drop(reported);
        if !readings.is_empty() {
            self.recorder.record(&readings);
        }
    }

    /// Reports how an invocation ended: what its report says by `read`, or that it failed as a whole.
    pub fn report_of<T, E>(&self, ended: &Result<T, E>, read: impl FnOnce(&T) -> Readings) {
        self.report(match ended {
            Ok(report) => read(report),
            Err(_) => of_failure(self.function),
        });
    }
}

/// Writes readings to standard output, from which they come into the log: a line each document.
struct LogLines {
    stage: String,
}

impl Recorder for LogLines {
    fn record(&self, readings: &Readings) {
        let mut lines = String::new();
        for document in documents(readings, &self.stage, SystemClock.now()) {
            lines.push_str(&document.to_string());
            lines.push('\n');
        }
        // At once, so that no log line falls between. What cannot be logged cannot be told of in a log either.
        let _ = std::io::stdout().lock().write_all(lines.as_bytes());
    }
}
