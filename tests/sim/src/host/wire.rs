//! What stands between a process and the services: latency, and every way in which a call can go wrong. A call is carried
//! out whole or not at all; what may get lost is the request, the answer, or the process that waits for it.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use punctual::aws::Clients;
use punctual_stand_in::wire::{Broken, Call, Wire, http_client};
use punctual_stand_in::{Answer, Service, faults};
use serde_json::{Value, json};

use super::Seat;
use super::seat::until_thawed;
use crate::fault::Fault;

/// The way from one process to the services.
#[derive(Debug)]
pub struct FaultyWire {
    seat: Arc<Seat>,
}

/// One in so many executions whose worker stands still has its user change their mind.
const AT_A_STALL: u64 = 1;

impl FaultyWire {
    /// The SDK's clients of the process that sits there.
    pub fn clients(seat: &Arc<Seat>) -> Clients {
        Clients::over(http_client(Self {
            seat: Arc::clone(seat),
        }))
    }

    async fn pause(&self, low_ms: u64, high_ms: u64) {
        let length = Duration::from_millis(self.seat.chance.between(low_ms, high_ms));
        tokio::time::sleep(length).await;
        until_thawed(&self.seat).await;
    }

    /// Perhaps the process ends here, or stands still for a while.
    async fn perhaps_stop(&self, death: Fault) {
        if self.seat.suffers(death) {
            self.seat.die();
            std::future::pending::<()>().await;
        }
        // The API may not: of it the protocol assumes that a change commits within its time.
        if !self.seat.name.starts_with("api") && self.seat.suffers(Fault::Zombie) {
            self.seat
                .stand_still(Duration::from_secs(self.seat.chance.between(20, 500)));
            // Whatever it has read is out of date when it goes on.
            for execution in self.seat.executions() {
                self.seat
                    .sim
                    .perhaps_provoke(&self.seat.chance, AT_A_STALL, execution);
            }
            until_thawed(&self.seat).await;
        }
    }

    fn note(&self, call: &Call, what: &str) {
        let now = self.seat.sim.era.now();
        let mut log = self.seat.sim.log();
        log.calls += 1;
        log.event(now, &|| {
            format!(
                "{} {} {} {what}",
                self.seat.name,
                call.operation,
                target(&call.body)
            )
        });
    }

    /// Has the services carry out a call, whole or in part.
    fn carry_out(&self, call: &Call) -> Answer {
        let size = faults::batch_size(call);
        let answer = if size.is_some() && self.seat.suffers(Fault::PartialBatch) {
            self.in_part(call, size.unwrap_or_default())
        } else {
            self.whole(call)
        };
        if call.service == Service::Sqs && call.operation != "GetQueueAttributes" {
            self.seat.sim.sent.notify_waiters();
        }
        let outcome = answer.error.as_deref().unwrap_or("ok");
        self.note(call, &format!("{outcome} {:x}", folded(&answer.body)));
        answer
    }

    fn whole(&self, call: &Call) -> Answer {
        let sim = &self.seat.sim;
        let is_read = matches!(
            call.operation.as_str(),
            "GetItem" | "BatchGetItem" | "Query" | "Scan"
        );
        let lag_ms = if is_read && self.seat.suffers(Fault::StaleRead) {
            i64::try_from(self.seat.chance.between(1, 2_000)).unwrap_or(0)
        } else {
            0
        };
        let mut cloud = sim.cloud();
        // Only reads that ask for no more are answered late: those that ask for consistency are not.
        cloud.dynamo.lag_behind(TimeDelta::milliseconds(lag_ms));
        let answer = cloud.call(sim.era.now(), call.service, &call.operation, &call.body);
        cloud.dynamo.lag_behind(TimeDelta::zero());
        answer
    }

    /// Carries out a part of a batch, and answers that the rest was not done.
    fn in_part(&self, call: &Call, size: usize) -> Answer {
        let kept: Vec<_> = (0..size).map(|_| self.seat.chance.happens(0.5)).collect();
        match faults::split(call, |index| kept.get(index) == Some(&true)) {
            Some((part, left_over)) => left_over.added_to(self.whole(&part)),
            None => match none_sent(call) {
                Some(answer) => answer,
                None => faults::throttled(call.service),
            },
        }
    }
}

impl Wire for FaultyWire {
    async fn call(&self, call: Call) -> Result<Answer, Broken> {
        let sim = &self.seat.sim;
        self.pause(1, 9).await;
        if sim.plan.is_out(Fault::NoCalls, sim.era.now()) {
            self.seat.fault(Fault::NoCalls);
            return Err(Broken::Connection);
        }
        self.perhaps_stop(Fault::CrashBefore).await;
        if self.seat.suffers(Fault::Throttled) {
            return Ok(faults::throttled(call.service));
        }
        if self.seat.suffers(Fault::LostRequest) {
            return Err(Broken::Connection);
        }
        if is_commit(&call) && self.seat.suffers(Fault::SlowCommit) {
            self.pause(500, 6_000).await;
        }
        let answer = self.carry_out(&call);
        self.perhaps_stop(Fault::CrashAfter).await;
        if self.seat.suffers(Fault::LostAnswer) {
            return Err(Broken::Connection);
        }
        if self.seat.suffers(Fault::SlowCall) {
            self.pause(100, 1_500).await;
        }
        self.pause(1, 6).await;
        Ok(answer)
    }
}

/// Whether a job is changed by it: what was sent before may arrive first.
fn is_commit(call: &Call) -> bool {
    matches!(
        call.operation.as_str(),
        "PutItem" | "UpdateItem" | "TransactWriteItems"
    ) && target(&call.body).ends_with("-jobs")
}

/// The answer that no message of a batch was sent.
fn none_sent(call: &Call) -> Option<Answer> {
    let request: Value = serde_json::from_slice(&call.body).ok()?;
    let entries = request.get("Entries")?.as_array()?.iter();
    let failed: Vec<_> = entries
        .map(|entry| json!({ "Id": entry["Id"], "Code": "InternalError", "SenderFault": false }))
        .collect();
    Some(Answer::ok(
        json!({ "Successful": [], "Failed": failed }).to_string(),
    ))
}

/// The table or queue that a call is about, as its body says.
fn target(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let behind = |mark: &str| {
        let start = text.find(mark)? + mark.len();
        let rest = &text[start..];
        Some(rest[..rest.find('"')?].to_owned())
    };
    let named = behind("\"TableName\":\"").or_else(|| behind("\"QueueUrl\":\""));
    let named = named
        .or_else(|| behind("\"RequestItems\":{\""))
        .unwrap_or_default();
    named.rsplit('/').next().unwrap_or_default().to_owned()
}

fn folded(bytes: &[u8]) -> u64 {
    let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, fold)
}
