//! What stands between a process and the services: latency, and every way in which a call can go wrong. A call is carried
//! out whole or not at all; what may get lost is the request, the answer, or the process that waits for it.

use std::sync::Arc;
use std::time::Duration;

use punctual::aws::Clients;
use punctual_stand_in::wire::{Broken, Call, Wire, http_client};
use punctual_stand_in::{Answer, Refusal, Service};
use serde_json::{Value, json};

use super::Seat;
use super::seat::until_thawed;
use crate::fault::Fault;

/// The way from one process to the services.
#[derive(Debug)]
pub struct FaultyWire {
    seat: Arc<Seat>,
}

impl FaultyWire {
    /// The SDK's clients of the process that sits there.
    pub async fn clients(seat: &Arc<Seat>) -> Clients {
        Clients::over(http_client(Self { seat: Arc::clone(seat) })).await
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
            self.seat.stand_still(Duration::from_secs(self.seat.chance.between(20, 500)));
            until_thawed(&self.seat).await;
        }
    }

    fn note(&self, call: &Call, what: &str) {
        let now = self.seat.sim.era.now();
        let mut log = self.seat.sim.log();
        log.calls += 1;
        log.event(now, &|| {
            format!("{} {} {} {what}", self.seat.name, call.operation, target(&call.body))
        });
    }

    /// Has the services carry out a call.
    fn carry_out(&self, call: &Call) -> Answer {
        let sim = &self.seat.sim;
        let answer = if is_batch(&call.operation) && self.seat.suffers(Fault::PartialBatch) {
            self.in_part(call)
        } else {
            sim.cloud().call(sim.era.now(), call.service, &call.operation, &call.body)
        };
        if call.service == Service::Sqs && call.operation != "GetQueueAttributes" {
            sim.sent.notify_waiters();
        }
        let outcome = answer.error.as_deref().unwrap_or("ok");
        self.note(call, &format!("{outcome} {:x}", folded(&answer.body)));
        answer
    }

    /// Carries out a part of a batch, and answers that the rest was not done.
    fn in_part(&self, call: &Call) -> Answer {
        let sim = &self.seat.sim;
        let now = sim.era.now();
        let mut request: Value = serde_json::from_slice(&call.body).unwrap_or(Value::Null);
        let left_over = match call.operation.as_str() {
            "SendMessageBatch" => self.take_some(&mut request["Entries"]),
            "BatchGetItem" => self.take_some(&mut first(&mut request["RequestItems"])["Keys"]),
            _ => self.take_some(first(&mut request["RequestItems"])),
        };
        let mut answer = json!({});
        let is_empty = match call.operation.as_str() {
            "SendMessageBatch" => request["Entries"].as_array().is_none_or(Vec::is_empty),
            "BatchGetItem" => first(&mut request["RequestItems"])["Keys"].as_array().is_none_or(Vec::is_empty),
            _ => first(&mut request["RequestItems"]).as_array().is_none_or(Vec::is_empty),
        };
        if !is_empty {
            let done = sim.cloud().call(now, call.service, &call.operation, request.to_string().as_bytes());
            if done.status != 200 {
                return done;
            }
            answer = serde_json::from_slice(&done.body).unwrap_or(json!({}));
        }
        let table = table(&request);
        match call.operation.as_str() {
            "SendMessageBatch" => {
                let failed: Vec<_> = left_over
                    .iter()
                    .map(|entry| json!({ "Id": entry["Id"], "Code": "InternalError", "SenderFault": false }))
                    .collect();
                answer["Failed"] = Value::Array(failed);
                if answer["Successful"].is_null() {
                    answer["Successful"] = json!([]);
                }
            }
            "BatchGetItem" => {
                let mut keys = request["RequestItems"][&table].clone();
                keys["Keys"] = Value::Array(left_over);
                answer["UnprocessedKeys"] = json!({ table: keys });
                if answer["Responses"].is_null() {
                    answer["Responses"] = json!({});
                }
            }
            _ => answer["UnprocessedItems"] = json!({ table: left_over }),
        }
        Answer::ok(answer.to_string())
    }

    /// Takes at least one of a list.
    fn take_some(&self, list: &mut Value) -> Vec<Value> {
        let Some(list) = list.as_array_mut() else {
            return Vec::new();
        };
        let count = self.seat.chance.between(1, (list.len() as u64).max(1));
        let keep = list.len().saturating_sub(usize::try_from(count).unwrap_or(0));
        list.split_off(keep)
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
            return Ok(throttled(call.service));
        }
        if self.seat.suffers(Fault::LostRequest) {
            return Err(Broken::Connection);
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

fn is_batch(operation: &str) -> bool {
    matches!(operation, "SendMessageBatch" | "BatchGetItem" | "BatchWriteItem")
}

fn throttled(service: Service) -> Answer {
    let code = match service {
        Service::DynamoDb => "ProvisionedThroughputExceededException",
        Service::Sqs => "RequestThrottled",
    };
    Answer::refused(service, &Refusal::new(code, "asked for less load"))
}

/// The only table of a batch.
fn table(request: &Value) -> String {
    let tables = request["RequestItems"].as_object();
    tables.and_then(|tables| tables.keys().next().cloned()).unwrap_or_default()
}

fn first(tables: &mut Value) -> &mut Value {
    let name = tables.as_object().and_then(|tables| tables.keys().next().cloned()).unwrap_or_default();
    &mut tables[name]
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
    let named = named.or_else(|| behind("\"RequestItems\":{\"")).unwrap_or_default();
    named.rsplit('/').next().unwrap_or_default().to_owned()
}

fn folded(bytes: &[u8]) -> u64 {
    let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, fold)
}
