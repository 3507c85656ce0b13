//! What is assumed, typed: the limits of AWS, how the protocol uses them, and what it costs. Read from the book once;
//! each group is read by the part of the model that it is named after.

use crate::assumptions::{Book, BookError};
use crate::chance::Spread;
use crate::time::{Micros, from_ms, from_seconds};

/// DynamoDB.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the book says what each is")]
pub struct Dynamo {
    pub partition_writes: f64,
    pub partition_reads: f64,
    pub new_table_writes: f64,
    pub new_table_reads: f64,
    pub growth: f64,
    pub table_quota: f64,
    pub burst_seconds: f64,
    pub single: Spread,
    pub batch_write: Micros,
    pub batch_get: Micros,
    pub query_page: Micros,
    pub page_bytes: f64,
}

/// SQS.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the book says what each is")]
pub struct Sqs {
    pub in_flight: usize,
    pub send_batch: Micros,
    pub to_lambda: Spread,
    pub delay_error: Spread,
}

/// Lambda, its event sources, and the triggers of ticks.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the book says what each is")]
pub struct Lambda {
    pub esm_start: f64,
    pub esm_per_second: f64,
    pub esm_most: f64,
    pub esm_idle: Micros,
    pub poller_invocations: u32,
    pub provisioned_per_second: f64,
    pub provisioned_min_pollers: u32,
    pub provisioned_max_pollers: u32,
    pub account_concurrency: u32,
    pub environments_burst: f64,
    pub cold_start: Micros,
    pub vcpu_mb: f64,
    /// When in a minute ticks begin.
    pub ticks: [Micros; 2],
}

/// The way in.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the book says what each is")]
pub struct Door {
    pub requests_per_second: u32,
    pub batch: u32,
}

/// The protocol and the template that deploys it.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the book says what each is")]
pub struct Protocol {
    pub lookahead_minutes: u64,
    pub early: Micros,
    pub chunk: usize,
    pub shard_reads_abreast: usize,
    pub get_batch: usize,
    pub hint_batch: usize,
    pub send_batch: usize,
    pub sends_abreast: usize,
    pub tick_reserve: Micros,
    pub tick_timeout: Micros,
    pub assumed_run_ms: f64,
    pub measured: Micros,
    pub shortest_run_ms: f64,
    pub holds_fresh: Micros,
    pub sdk_attempts: u32,
    pub claim_writes: f64,
    pub finish_writes: f64,
    pub hint_writes: f64,
    pub scan_reads: f64,
    pub job_reads: f64,
    pub hint_bytes: f64,
    pub visibility: Micros,
    /// The longest pause before a message whose call was throttled is handed over again, the first time.
    pub soon: Micros,
    pub receives: u32,
    pub lease: Micros,
    pub worker_batch: usize,
    pub scanner_cpu_ms: f64,
    pub worker_cpu_ms: f64,
    pub job: Spread,
    pub event_sources: f64,
    pub alarms: f64,
    pub composites: f64,
    pub scanner_log_bytes: f64,
    pub worker_log_bytes: f64,
    pub invocation_log_bytes: f64,
    pub record_bytes: f64,
}

/// What a deployment is set to if nobody says anything.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the book says what each is")]
pub struct Defaults {
    pub shards: usize,
    pub concurrency: u32,
    pub api_concurrency: u32,
    pub worker_memory_mb: f64,
    pub scanner_memory_mb: f64,
}

/// Prices in USD.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the book says what each is")]
pub struct Prices {
    pub write: f64,
    pub read: f64,
    pub storage_gb_month: f64,
    pub queue_request: f64,
    pub invocation: f64,
    pub gb_second: f64,
    pub logs_gb: f64,
    pub alarm_month: f64,
    pub composite_month: f64,
}

/// All of it.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each says what it is")]
pub struct Platform {
    pub dynamo: Dynamo,
    pub sqs: Sqs,
    pub lambda: Lambda,
    pub door: Door,
    pub protocol: Protocol,
    pub defaults: Defaults,
    pub prices: Prices,
}

/// A count.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "limits of AWS: small and not negative"
)]
fn count(number: f64) -> u32 {
    number.round() as u32
}

fn size(number: f64) -> usize {
    usize::try_from(count(number)).unwrap_or(usize::MAX)
}

impl Platform {
    /// Reads all of the book.
    ///
    /// # Errors
    /// If an assumption is missing, or one is left over that nothing rests on.
    pub fn from_book(book: &Book) -> Result<Self, BookError> {
        let platform = Self {
            dynamo: dynamo(book)?,
            sqs: Sqs {
                in_flight: size(book.number("sqs.in_flight")?),
                send_batch: from_ms(book.number("sqs.send_batch_ms")?),
                to_lambda: Spread::of_ms(book.quantiles("sqs.to_lambda_ms")?),
                delay_error: Spread::of_ms(book.quantiles("sqs.delay_error_ms")?),
            },
            lambda: lambda(book)?,
            door: Door {
                requests_per_second: count(book.number("api.requests_per_second")?),
                batch: count(book.number("api.batch")?),
            },
            protocol: protocol(book)?,
            defaults: Defaults {
                shards: size(book.number("template.shards")?),
                concurrency: count(book.number("template.normal_concurrency")?),
                api_concurrency: count(book.number("template.api_concurrency")?),
                worker_memory_mb: book.number("template.worker_memory_mb")?,
                scanner_memory_mb: book.number("template.scanner_memory_mb")?,
            },
            prices: prices(book)?,
        };
        book.closed()?;
        Ok(platform)
    }
}

fn dynamo(book: &Book) -> Result<Dynamo, BookError> {
    Ok(Dynamo {
        partition_writes: book.number("dynamodb.partition_writes")?,
        partition_reads: book.number("dynamodb.partition_reads")?,
        new_table_writes: book.number("dynamodb.new_table_writes")?,
        new_table_reads: book.number("dynamodb.new_table_reads")?,
        growth: book.number("dynamodb.growth")?,
        table_quota: book.number("dynamodb.table_quota")?,
        burst_seconds: book.number("dynamodb.burst_seconds")?,
        single: Spread::of_ms(book.quantiles("dynamodb.single_ms")?),
        batch_write: from_ms(book.number("dynamodb.batch_write_ms")?),
        batch_get: from_ms(book.number("dynamodb.batch_get_ms")?),
        query_page: from_ms(book.number("dynamodb.query_page_ms")?),
        page_bytes: book.number("dynamodb.page_bytes")?,
    })
}

fn lambda(book: &Book) -> Result<Lambda, BookError> {
    Ok(Lambda {
        esm_start: book.number("lambda.esm_start")?,
        esm_per_second: book.number("lambda.esm_per_minute")? / 60.0,
        esm_most: book.number("lambda.esm_most")?,
        esm_idle: from_seconds(book.number("lambda.esm_idle_seconds")?),
        poller_invocations: count(book.number("lambda.poller_invocations")?),
        provisioned_per_second: book.number("lambda.provisioned_per_minute")? / 60.0,
        provisioned_min_pollers: count(book.number("lambda.provisioned_min_pollers")?),
        provisioned_max_pollers: count(book.number("lambda.provisioned_max_pollers")?),
        account_concurrency: count(book.number("lambda.account_concurrency")?),
        environments_burst: book.number("lambda.environments_burst")?,
        cold_start: from_ms(book.number("lambda.cold_start_ms")?),
        vcpu_mb: book.number("lambda.vcpu_mb")?,
        ticks: [
            from_seconds(book.number("lambda.tick_delay_s")?),
            from_seconds(book.number("lambda.second_tick_s")?),
        ],
    })
}

fn protocol(book: &Book) -> Result<Protocol, BookError> {
    Ok(Protocol {
        lookahead_minutes: u64::from(count(book.number("protocol.lookahead_minutes")?)),
        early: from_ms(book.number("protocol.early_ms")?),
        chunk: size(book.number("protocol.chunk")?),
        shard_reads_abreast: size(book.number("protocol.shard_reads_abreast")?),
        get_batch: size(book.number("protocol.get_batch")?),
        hint_batch: size(book.number("protocol.hint_batch")?),
        send_batch: size(book.number("protocol.send_batch")?),
        sends_abreast: size(book.number("protocol.sends_abreast")?),
        tick_reserve: from_seconds(book.number("protocol.tick_reserve_s")?),
        tick_timeout: from_seconds(book.number("template.scanner_timeout_s")?),
        assumed_run_ms: book.number("protocol.assumed_run_ms")?,
        measured: from_seconds(book.number("protocol.measured_minutes")? * 60.0),
        shortest_run_ms: book.number("protocol.shortest_run_ms")?,
        holds_fresh: from_seconds(book.number("protocol.holds_fresh_s")?),
        sdk_attempts: count(book.number("protocol.sdk_attempts")?),
        claim_writes: book.number("protocol.claim_writes")?,
        finish_writes: book.number("protocol.finish_writes")?,
        hint_writes: book.number("protocol.hint_writes")?,
        scan_reads: book.number("protocol.scan_reads")?,
        job_reads: book.number("protocol.job_reads")?,
        hint_bytes: book.number("protocol.hint_bytes")?,
        visibility: from_seconds(book.number("template.visibility_s")?),
        soon: from_seconds(book.number("protocol.soon_s")?),
        receives: count(book.number("template.receives")?),
        lease: from_seconds(book.number("protocol.lease_s")?),
        worker_batch: size(book.number("template.worker_batch")?),
        scanner_cpu_ms: book.number("cpu.scanner_ms")?,
        worker_cpu_ms: book.number("cpu.worker_ms")?,
        job: Spread::of_ms(book.quantiles("work.job_ms")?),
        event_sources: book.number("template.queues")?,
        alarms: book.number("template.alarms")?,
        composites: book.number("template.composites")?,
        scanner_log_bytes: book.number("logs.scanner_bytes")?,
        worker_log_bytes: book.number("logs.worker_bytes")?,
        invocation_log_bytes: book.number("logs.invocation_bytes")?,
        record_bytes: book.number("records.bytes")?,
    })
}

fn prices(book: &Book) -> Result<Prices, BookError> {
    let per_million = |id| Ok::<_, BookError>(book.number(id)? / 1e6);
    Ok(Prices {
        write: per_million("price.write_million")?,
        read: per_million("price.read_million")?,
        storage_gb_month: book.number("price.storage_gb_month")?,
        queue_request: per_million("price.queue_million")?
            + per_million("price.fair_queue_million")?,
        invocation: per_million("price.invocation_million")?,
        gb_second: book.number("price.gb_second")?,
        logs_gb: book.number("price.logs_gb")?,
        alarm_month: book.number("price.alarm_month")?,
        composite_month: book.number("price.composite_month")?,
    })
}

/// How long `ms` of CPU take with `memory_mb`: Lambda gives CPU by memory.
pub fn cpu(lambda: &Lambda, ms: f64, memory_mb: f64) -> Micros {
    let share = (memory_mb / lambda.vcpu_mb).min(1.0);
    from_ms(ms / share)
}
