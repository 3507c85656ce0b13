//! The alarms of `infra/template.yaml`: each is driven to ALARM and back by the metrics that it watches, each has its
//! heading in the runbook, and all of them watch what is really published.

#![expect(
    clippy::unwrap_used,
    reason = "a file of ours that cannot be read is a failure"
)]

mod agreement;
mod driven;
mod figures;
mod incidents;
mod troubles;

use std::path::Path;

use punctual_alarms::template::{self, Alarms};

/// The stage that the tests read the template for.
const STAGE: &str = "dev";

fn read(relative: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::read_to_string(root.join(relative)).unwrap()
}

fn alarms() -> Alarms {
    template::read(&read("infra/template.yaml"), STAGE).unwrap()
}
