//! Feeds functions from queues as Lambda's event source mappings do: in batches, to as many processes as it takes; what a
//! function does not report as failed is deleted, the rest comes back by its visibility. Here messages also come twice,
//! late and out of order.

use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::{DispatchMessage, Lane, Queue};
use punctual::jobtype::Registry;
use punctual::plan::Pulse;
use punctual::port::{Courier, NoEvents, Parcel};
use punctual::usecase::{Gate, WorkLog};
use punctual_dlq::DeadLetterHandler;
use punctual_worker::Worker;
use serde_json::json;
use tokio::sync::Mutex;

use super::ports::{NAMESPACE, Wired, World, queue_arn, queue_url, sqs};
use super::{Death, EVENT_SOURCE, Seat, Sim};
use crate::chance::Chance;
use crate::fault::Fault;
use crate::work::Simulated;

/// How many processes a function may have for one queue.
const MOST_PROCESSES: usize = 40;

/// How often an event source looks for messages that nothing announces.
const LOOK_AGAIN: TimeDelta = TimeDelta::seconds(20);

/// What is kept in the memory of one process of a function.
trait Function: Send + Sync + Sized + 'static {
    /// The function's name.
    const NAME: &'static str;

    /// A process that has just started.
    fn fresh(wired: &Wired) -> Self;

    /// Handles one event.
    fn handle(&self, event: SqsEvent) -> impl Future<Output = SqsBatchResponse> + Send;
}

impl Function for Worker<World> {
    const NAME: &'static str = "worker";

    fn fresh(wired: &Wired) -> Self {
        Self {
            world: wired.world(),
            registry: Registry::empty().with(Simulated(Arc::clone(&wired.seat))),
            gate: Gate::by(super::api::plans()),
            pulse: Pulse::STANDARD,
            namespace: NAMESPACE.to_owned(),
            work: WorkLog::default(),
        }
    }

    async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        punctual_worker::handle(self, event).await.response
    }
}

/// Tells nobody: no job here asks for it.
struct Nobody;

impl Courier for Nobody {
    async fn deliver(&self, _: &str, _: DateTime<Utc>, _: &Parcel) -> Result<(), String> {
        Ok(())
    }
}

struct Dlq(DeadLetterHandler<World, NoEvents, Nobody>);

impl Function for Dlq {
    const NAME: &'static str = "dlq";

    fn fresh(wired: &Wired) -> Self {
        Self(DeadLetterHandler {
            world: wired.world(),
            events: NoEvents,
            courier: Nobody,
            namespace: NAMESPACE.to_owned(),
        })
    }

    async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        punctual_dlq::handle(&self.0, event).await.response
    }
}

/// Feeds workers from the queue of `lane`, for ever.
pub async fn workers(sim: Arc<Sim>, lane: Lane) {
    let (batch, timeout) = match lane {
        Lane::Band(_) => (10, 120),
        Lane::Long => (1, 900),
    };
    let source = Source::new(&sim, Queue::Work(lane), batch, timeout);
    source.feed::<Worker<World>>().await;
}

/// Feeds the dead-letter handler from the queue of `lane`'s dead letters, for ever.
pub async fn dead_letters(sim: Arc<Sim>, lane: Lane) {
    let source = Source::new(&sim, Queue::DeadLetters(lane), 10, 60);
    source.feed::<Dlq>().await;
}

struct Process<F> {
    wired: Wired,
    function: F,
}

struct Source {
    sim: Arc<Sim>,
    queue: Queue,
    batch: u32,
    timeout: Duration,
    chance: Chance,
}

impl Source {
    fn new(sim: &Arc<Sim>, queue: Queue, batch: u32, timeout: u64) -> Arc<Self> {
        Arc::new(Self {
            sim: Arc::clone(sim),
            queue,
            batch,
            timeout: Duration::from_secs(timeout),
            chance: sim.seed.stream(queue.suffix(), 0),
        })
    }

    async fn feed<F: Function>(self: Arc<Self>) {
        let idle: Arc<Mutex<Vec<Process<F>>>> = Arc::default();
        let busy = Arc::new(tokio::sync::Semaphore::new(MOST_PROCESSES));
        let mut started = 0;
        loop {
            let Ok(permit) = Arc::clone(&busy).acquire_owned().await else {
                return;
            };
            let messages = self.receive().await;
            let free = idle.lock().await.pop();
            let mut process = if let Some(process) = free {
                process
            } else {
                started += 1;
                let function = format!("{}-{}", F::NAME, self.queue.suffix());
                let wired = Wired::new(Seat::new(&self.sim, &function, started));
                Process {
                    function: F::fresh(&wired),
                    wired,
                }
            };
            let (source, idle) = (Arc::clone(&self), Arc::clone(&idle));
            tokio::spawn(async move {
                source.invoke(&mut process, messages).await;
                idle.lock().await.push(process);
                drop(permit);
            });
        }
    }

    /// Waits for messages.
    async fn receive(&self) -> Vec<SqsMessage> {
        loop {
            let sent = self.sim.sent.notified();
            let now = self.sim.era.now();
            let is_out = self.sim.plan.is_out(Fault::NoWorkers, now);
            if !is_out {
                let messages = self.receive_now(now);
                if !messages.is_empty() {
                    return messages;
                }
            }
            let next = self.sim.cloud().sqs.next_visible(now).map(|(at, _)| at);
            let next = next.filter(|next| *next > now && !is_out);
            let look_at = next.unwrap_or(now + LOOK_AGAIN).min(now + LOOK_AGAIN);
            tokio::select! {
                biased;
                () = sent, if !is_out => {}
                () = self.sim.era.sleep_until(look_at) => {}
            }
        }
    }

    fn receive_now(&self, now: DateTime<Utc>) -> Vec<SqsMessage> {
        // Seldom full: Lambda's pollers take what there is.
        let most = self.chance.between(1, u64::from(self.batch));
        let asked = json!({
            "QueueUrl": queue_url(self.queue),
            "MaxNumberOfMessages": most,
            "MessageSystemAttributeNames": ["All"],
        });
        let answer = sqs(&self.sim, now, "ReceiveMessage", &asked);
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        if !messages.is_empty() {
            self.count("sqs.ReceiveMessage");
        }
        messages
            .iter()
            .map(|message| self.record(message))
            .collect()
    }

    fn record(&self, message: &serde_json::Value) -> SqsMessage {
        let text = |name: &str| message[name].as_str().map(ToOwned::to_owned);
        let mut record = SqsMessage::default();
        record.message_id = text("MessageId");
        record.receipt_handle = text("ReceiptHandle");
        record.body = text("Body");
        record.event_source_arn = Some(queue_arn(self.queue));
        record.event_source = Some("aws:sqs".to_owned());
        let attributes = message["Attributes"].as_object().into_iter().flatten();
        record.attributes = attributes
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect();
        record
    }

    async fn invoke<F: Function>(
        self: &Arc<Self>,
        process: &mut Process<F>,
        messages: Vec<SqsMessage>,
    ) {
        let seat = Arc::clone(&process.wired.seat);
        let executions: Vec<_> = messages
            .iter()
            .filter_map(|message| DispatchMessage::decode(message.body.as_deref()?).ok())
            .map(|message| message.execution_id())
            .collect();
        let mut event = SqsEvent::default();
        event.records.clone_from(&messages);
        let life = async {
            if seat.suffers(Fault::Delayed) {
                tokio::time::sleep(Duration::from_millis(seat.chance.between(500, 100_000))).await;
            }
            for message in &messages {
                if seat.suffers(Fault::Duplicate) {
                    let source = Arc::clone(self);
                    let (receipt, after) = (
                        message.receipt_handle.clone(),
                        seat.chance.between(0, 20_000),
                    );
                    tokio::spawn(async move {
                        tokio::time::sleep(Duration::from_millis(after)).await;
                        source.hand_over_again(receipt.as_deref());
                    });
                }
            }
            process.function.handle(event).await
        };
        // The time that a message is on its way is not the function's.
        let limit = self.timeout + Duration::from_secs(101);
        match seat.live(limit, executions, life).await {
            Ok(response) => self.delete(&seat, &messages, &response),
            Err(Death::Crash | Death::Timeout) => process.function = F::fresh(&process.wired),
        }
    }

    fn hand_over_again(&self, receipt: Option<&str>) {
        let now = self.sim.era.now();
        let asked = json!({
            "QueueUrl": queue_url(self.queue),
            "ReceiptHandle": receipt,
            "VisibilityTimeout": 0,
        });
        sqs(&self.sim, now, "ChangeMessageVisibility", &asked);
        self.sim.sent.notify_waiters();
    }

    /// Counts a request of the event source's own. Polls that find nothing are paid for whether or not anything is due.
    fn count(&self, operation: &str) {
        self.sim.meters.of(EVENT_SOURCE).request(operation);
    }

    fn delete(&self, seat: &Seat, messages: &[SqsMessage], response: &SqsBatchResponse) {
        let failed = |message: &SqsMessage| {
            let failures = response.batch_item_failures.iter();
            failures
                .into_iter()
                .any(|failure| Some(&failure.item_identifier) == message.message_id.as_ref())
        };
        let entries: Vec<_> = messages
            .iter()
            .filter(|message| !failed(message))
            .enumerate()
            .map(|(index, message)| json!({ "Id": index.to_string(), "ReceiptHandle": message.receipt_handle }))
            .collect();
        if entries.is_empty() || seat.suffers(Fault::LostRequest) {
            // They come back, and their records say that they are done.
            return;
        }
        let asked = json!({ "QueueUrl": queue_url(self.queue), "Entries": entries });
        self.count("sqs.DeleteMessageBatch");
        sqs(&self.sim, self.sim.era.now(), "DeleteMessageBatch", &asked);
    }
}
