//! How many calls a second the stand-in answers over HTTP: it is served in this process, on a thread pool of its own, and
//! called by so many connections, each of which waits for an answer before it asks again.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use clap::Parser;
use punctual_stand_in::journal::Journaled;
use punctual_stand_in::server::serve;
use punctual_stand_in::{Cloud, Service};
use serde_json::{Value as Json, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Measures the stand-in over HTTP.
#[derive(Parser)]
#[command(name = "bench-stand-in")]
struct Options {
    /// Connections that call at once.
    #[arg(long, default_value_t = 16)]
    connections: u32,
    /// How long each kind of call is measured, in seconds.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Keep a journal in this file, as against kills.
    #[arg(long)]
    state: Option<std::path::PathBuf>,
}

#[expect(clippy::disallowed_methods, reason = "the stand-in's own clock")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A connection that is kept.
struct Connection {
    stream: BufReader<TcpStream>,
    line: String,
    body: Vec<u8>,
}

impl Connection {
    async fn open(to: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
            line: String::new(),
            body: Vec::new(),
        })
    }

    /// Makes a call, and returns the status of its answer; the body is kept.
    async fn call(&mut self, service: Service, operation: &str, body: &Json) -> io::Result<u16> {
        let body = body.to_string();
        let request = format!(
            "POST / HTTP/1.1\r\nhost: stand-in\r\nx-amz-target: {}.{operation}\r\ncontent-length: {}\r\n\r\n{body}",
            service.target(),
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        let malformed = || io::Error::other("the answer is not HTTP");
        let status = self.header().await?.ok_or_else(malformed)?;
        let status = status.split(' ').nth(1).and_then(|status| status.parse().ok());
        let mut length = 0;
        while let Some(header) = self.header().await? {
            if let Some((name, value)) = header.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().map_err(|_| malformed())?;
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body).await?;
        status.ok_or_else(malformed)
    }

    /// The next line; `None` for the empty one.
    async fn header(&mut self) -> io::Result<Option<&str>> {
        self.line.clear();
        self.stream.read_line(&mut self.line).await?;
        let line = self.line.trim_end();
        Ok((!line.is_empty()).then_some(line))
    }
}

/// What is measured.
#[derive(Clone, Copy)]
enum Kind {
    Put,
    ConditionalUpdate,
    StrongRead,
    Query,
    SendReceiveDelete,
}

const URL: &str = "http://stand-in/000000000000/q";

impl Kind {
    const ALL: [(Self, &'static str, u64); 5] = [
        (Self::Put, "PutItem of 300 bytes", 1),
        (Self::ConditionalUpdate, "UpdateItem, conditional", 1),
        (Self::StrongRead, "GetItem, strong", 1),
        (Self::Query, "Query, 100 of 10,000 items", 1),
        (Self::SendReceiveDelete, "SendMessage, ReceiveMessage, DeleteMessage", 3),
    ];

    async fn make(self, connection: &mut Connection, worker: u32, round: u64) -> io::Result<u16> {
        use Service::{DynamoDb, Sqs};
        let key = json!({ "pk": { "S": format!("p{worker}") }, "sk": { "S": (round % 1_000).to_string() } });
        match self {
            Self::Put => {
                let mut item = key;
                item["x"] = json!({ "S": "x".repeat(270) });
                let request = json!({ "TableName": "t", "Item": item, "ReturnConsumedCapacity": "TOTAL" });
                connection.call(DynamoDb, "PutItem", &request).await
            }
            Self::ConditionalUpdate => {
                let request = json!({
                    "TableName": "t", "Key": key, "UpdateExpression": "ADD #n :one",
                    "ConditionExpression": "attribute_not_exists(#n) OR #n >= :one",
                    "ExpressionAttributeNames": { "#n": "n" }, "ExpressionAttributeValues": { ":one": { "N": "1" } },
                });
                connection.call(DynamoDb, "UpdateItem", &request).await
            }
            Self::StrongRead => {
                let request = json!({ "TableName": "t", "Key": key, "ConsistentRead": true });
                connection.call(DynamoDb, "GetItem", &request).await
            }
            Self::Query => {
                let request = json!({
                    "TableName": "t", "KeyConditionExpression": "pk = :p AND sk >= :s", "Limit": 100,
                    "ExpressionAttributeValues": { ":p": { "S": "many" }, ":s": { "S": format!("{:05}", round * 97 % 9_900) } },
                });
                connection.call(DynamoDb, "Query", &request).await
            }
            Self::SendReceiveDelete => {
                let send = json!({ "QueueUrl": URL, "MessageBody": "x".repeat(200) });
                connection.call(Sqs, "SendMessage", &send).await?;
                connection.call(Sqs, "ReceiveMessage", &json!({ "QueueUrl": URL })).await?;
                let received: Json = serde_json::from_slice(&connection.body)?;
                let handle = &received["Messages"][0]["ReceiptHandle"];
                let delete = json!({ "QueueUrl": URL, "ReceiptHandle": handle });
                connection.call(Sqs, "DeleteMessage", &delete).await
            }
        }
    }
}

async fn prepare(address: SocketAddr) -> io::Result<()> {
    let mut connection = Connection::open(address).await?;
    let create = json!({
        "TableName": "t",
        "AttributeDefinitions": [
            { "AttributeName": "pk", "AttributeType": "S" }, { "AttributeName": "sk", "AttributeType": "S" }
        ],
        "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }, { "AttributeName": "sk", "KeyType": "RANGE" }],
    });
    // They may be there already, from an earlier run.
    connection.call(Service::DynamoDb, "CreateTable", &create).await?;
    connection.call(Service::Sqs, "CreateQueue", &json!({ "QueueName": "q" })).await?;
    for number in 0..10_000 {
        let item = json!({ "pk": { "S": "many" }, "sk": { "S": format!("{number:05}") } });
        connection.call(Service::DynamoDb, "PutItem", &json!({ "TableName": "t", "Item": item })).await?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse();
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let cloud = Cloud::new("http://stand-in");
    let cloud = match &options.state {
        None => Journaled::in_memory(cloud),
        Some(path) => Journaled::open(cloud, path)?,
    };
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(async {
            serve(TcpListener::from_std(listener)?, cloud, now).await
        })
    });
    prepare(address).await?;
    println!("{:<44} {:>10} {:>12}", "call", "a second", "mean, µs");
    for (kind, name, calls_each) in Kind::ALL {
        let until = Instant::now() + Duration::from_secs(options.seconds);
        let mut workers = JoinSet::new();
        for worker in 0..options.connections {
            workers.spawn(async move {
                let mut connection = Connection::open(address).await?;
                let mut rounds = 0_u64;
                while Instant::now() < until {
                    let status = kind.make(&mut connection, worker, rounds).await?;
                    if status != 200 {
                        let said = String::from_utf8_lossy(&connection.body).into_owned();
                        return Err(io::Error::other(format!("{status}: {said}")));
                    }
                    rounds += 1;
                }
                io::Result::Ok(rounds)
            });
        }
        let mut calls = 0;
        while let Some(done) = workers.join_next().await {
            calls += done?? * calls_each;
        }
        let a_second = calls / options.seconds;
        let mean = u64::from(options.connections) * options.seconds * 1_000_000 / calls.max(1);
        println!("{name:<44} {a_second:>10} {mean:>12}");
    }
    Ok(())
}
