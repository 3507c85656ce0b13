//! Publishes dead letters as events. An entry that the bus does not take is an error, not a log line.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use serde_json::json;

use super::dynamo::unavailable;
use crate::domain::{Execution, Job};
use crate::port::{Events, PortError, PortResult};

const PUT_EVENTS: &str = "eventbridge.PutEvents";

/// An EventBridge bus, or none.
#[derive(Clone, Debug)]
pub struct EventBus {
    client: Client,
    bus: Option<String>,
}

impl EventBus {
    /// The bus named `bus`; without a name, nothing is published.
    pub fn new(client: Client, bus: Option<String>) -> Self {
        Self { client, bus }
    }
}

impl Events for EventBus {
    async fn publish_dead_letter(
        &self,
        execution: &Execution,
        job: Option<&Job>,
    ) -> PortResult<()> {
        let Some(bus) = &self.bus else {
            return Ok(());
        };
        let detail = json!({
            "execution_id": execution.id,
            "job_id": execution.id.job,
            "job_name": job.map(|job| &job.name),
            "job_type": job.map(|job| &job.job_type),
            "fire_time": execution.id.occasion.fire_time().to_rfc3339(),
            "state": execution.state,
            "reason": execution.reason,
            "attempt": execution.attempt,
        });
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(bus)
            .source("punctual")
            .detail_type("Execution Ended Badly")
            .detail(detail.to_string())
            .build();
        let answer = self
            .client
            .put_events()
            .entries(entry)
            .send()
            .await
            .map_err(|error| unavailable(PUT_EVENTS, error))?;
        match answer
            .entries()
            .iter()
            .find_map(|entry| entry.error_message())
        {
            None => Ok(()),
            Some(message) => Err(PortError::Unavailable {
                operation: PUT_EVENTS,
                source: message.into(),
            }),
        }
    }
}
