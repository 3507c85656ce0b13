//! What the functions behind this API have reported: whatever a test says, or that it cannot be read.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use punctual::domain::{Counted, Minute};
use punctual::port::{Activity, ActivitySource, PortError, PortResult};

/// What was reported by the minute; `None`: that cannot be read.
#[derive(Clone)]
pub struct Reported {
    pub counted: Arc<Mutex<Option<BTreeMap<Minute, Counted>>>>,
    /// How often it was read.
    pub reads: Arc<AtomicUsize>,
}

impl Default for Reported {
    fn default() -> Self {
        Self {
            counted: Arc::new(Mutex::new(Some(BTreeMap::new()))),
            reads: Arc::default(),
        }
    }
}

impl Activity for Reported {
    fn source(&self) -> ActivitySource {
        ActivitySource::CloudWatch
    }

    fn settles_after(&self) -> TimeDelta {
        TimeDelta::minutes(2)
    }

    async fn counted(&self, _: Minute, _: Minute) -> PortResult<BTreeMap<Minute, Counted>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let counted = self.counted.lock().unwrap().clone();
        counted.ok_or_else(|| PortError::Unavailable {
            operation: "cloudwatch.GetMetricData",
            source: "nobody there".into(),
        })
    }
}
