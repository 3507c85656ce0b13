//! Three of the document's numbers, computed by hand from the same assumptions, next to what the simulation says.

use super::words::{count, dollars, late};
use crate::platform::{Platform, cpu};
use crate::scenarios::{DayRow, HerdRow};
use crate::time::seconds;

/// The walk through them.
pub fn through(platform: &Platform, herds: &[HerdRow], days: &[DayRow]) -> String {
    [
        herd(platform, herds),
        never(platform),
        million(platform, days),
    ]
    .join("\n")
}

/// A herd at a standard event source, which has `start + rate × t` invocations at a time.
fn herd(platform: &Platform, herds: &[HerdRow]) -> String {
    let (lambda, protocol) = (&platform.lambda, &platform.protocol);
    let memory = platform.defaults.worker_memory_mb;
    #[expect(clippy::cast_precision_loss, reason = "a batch of ten")]
    let batch = protocol.worker_batch as f64;
    let computing = seconds(cpu(lambda, protocol.worker_cpu_ms, memory)) * batch;
    let received = platform.sqs.to_lambda.mean_ms() / 1_000.0;
    let calls = 3.0 * platform.dynamo.single.mean_ms() / 1_000.0;
    // The longest of ten that lie evenly between two ends is a tenth and a bit below the upper one.
    let (shortest, longest) = (protocol.job.quantile(0.0), protocol.job.quantile(1.0));
    let work = seconds(shortest) + seconds(longest - shortest) * batch / (batch + 1.0);
    let lasts = received + computing + calls + work;
    let (start, rate) = (lambda.esm_start, lambda.esm_per_second);
    let jobs = herds.first().map_or(0, |row| row.herd.jobs);
    let invocations = f64::from(jobs) / batch * lasts;
    let time = ((start * start + 2.0 * rate * invocations).sqrt() - start) / rate;
    let early = seconds(protocol.early);
    let simulated = herds.first().and_then(|row| row.outcome.late(1_000));
    format!(
        "**{} jobs, as deployed.** An invocation takes {batch} messages and lasts about {lasts:.2} s: \
         {received:.2} to arrive, {computing:.2} of CPU, {calls:.2} in three calls, {work:.2} for the longest of \
         its jobs. After t seconds there are {start} + {rate} t of them, so {start} t + {rate} t²/2 = \
         {invocations:.0} invocation-seconds are done after {time:.1} s; the event source sees the first messages \
         up to {early} s early. That makes about {:.1} s; the simulation says {}.\n",
        count(jobs.into()),
        time - early,
        late(simulated),
    )
}

/// Seconds that a tick as deployed takes for one chunk of hints: to read their jobs, to put the next hints, to compute.
fn of_a_chunk(platform: &Platform) -> [f64; 3] {
    let (dynamo, protocol) = (&platform.dynamo, &platform.protocol);
    let memory = platform.defaults.scanner_memory_mb;
    #[expect(clippy::cast_precision_loss, reason = "small")]
    let [chunk, gets, puts] =
        [protocol.chunk, protocol.get_batch, protocol.hint_batch].map(|one| one as f64);
    [
        chunk / gets * seconds(dynamo.batch_get),
        chunk / puts * seconds(dynamo.batch_write),
        chunk * seconds(cpu(&platform.lambda, protocol.scanner_cpu_ms, memory)),
    ]
}

/// How many hints a tick as deployed can plan before it is cut off, in thousands.
pub(super) fn largest_bucket(platform: &Platform) -> u64 {
    let each: f64 = of_a_chunk(platform).iter().sum();
    #[expect(clippy::cast_precision_loss, reason = "a chunk")]
    let chunk = platform.protocol.chunk as f64;
    let most = seconds(platform.protocol.tick_timeout) / each * chunk;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "thousands"
    )]
    let thousands = (most / 1_000.0).round() as u64;
    thousands * 1_000
}

/// The largest bucket that a tick can do.
fn never(platform: &Platform) -> String {
    let [reading, putting, computing] = of_a_chunk(platform);
    format!(
        "**Never, for 100,000.** {} hints take a tick {:.2} s: {reading:.2} to read the jobs, {putting:.2} to put the \
         next hints, {computing:.2} of CPU at {} MB. In {} s that is {}, and what is planned has to be sent, too.\n",
        platform.protocol.chunk,
        reading + putting + computing,
        platform.defaults.scanner_memory_mb,
        seconds(platform.protocol.tick_timeout),
        count(largest_bucket(platform))
    )
}

/// A million runs in full batches.
fn million(platform: &Platform, days: &[DayRow]) -> String {
    let (protocol, prices) = (&platform.protocol, &platform.prices);
    let writes = protocol.hint_writes + protocol.claim_writes + protocol.finish_writes;
    let reads = protocol.scan_reads + protocol.job_reads;
    #[expect(clippy::cast_precision_loss, reason = "a batch of ten")]
    let requests = 1.0 / protocol.send_batch as f64 + 2.0 / protocol.worker_batch as f64;
    let [written, read, queued] = [
        writes * prices.write * 1e6,
        reads * prices.read * 1e6,
        requests * prices.queue_request * 1e6,
    ];
    let cheapest = days
        .iter()
        .filter(|row| !row.outcome.falls_behind())
        .map(|row| row.per_million.total())
        .fold(f64::INFINITY, f64::min);
    format!(
        "**{} a million runs.** {writes} writes each are {written:.3}, {reads} reads {read:.3} (and some for \
         holds and buckets), {requests:.1} requests in full batches {queued:.3}; the rest is Lambda's time, logs \
         and a month of records. Alone in its batch, a run pays ten times as much to the queue, and its worker \
         sleeps half a second on average until the fire time: that is what makes few runs, each at a second of \
         its own, so much dearer each.\n",
        dollars(cheapest)
    )
}
