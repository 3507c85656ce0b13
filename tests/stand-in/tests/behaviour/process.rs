//! The stand-in as a process of its own, over HTTP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use serde_json::{Value as Json, json};

/// A running stand-in, which ends with its test.
struct Process {
    child: Child,
    address: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        // SIGKILL: it has no chance to save anything.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    fn start(state: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_punctual-stand-in"))
            .args(["--port", "0", "--state"])
            .arg(state)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut url)
            .unwrap();
        let address = url.trim().trim_start_matches("http://").to_owned();
        Self { child, address }
    }
}

/// One request on a connection of its own; `None`, if there is no whole answer.
fn request(address: &str, head: &str, body: &[u8]) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    let length = body.len();
    let head = format!(
        "{head}\r\nhost: stand-in\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

fn call(address: &str, target: &str, body: &Json) -> Option<Json> {
    let head = format!("POST / HTTP/1.1\r\nx-amz-target: {target}");
    let (status, body) = request(address, &head, body.to_string().as_bytes())?;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).ok()
}

fn key(name: &str) -> Json {
    json!({ "pk": { "S": name } })
}

#[test]
fn a_kill_at_any_moment_loses_nothing_that_was_acknowledged() {
    const WRITERS: usize = 4;
    const BEFORE_THE_KILL: usize = 200;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("journal");
    let mut process = Process::start(&state);
    let create = json!({
        "TableName": "t",
        "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
    });
    call(&process.address, "DynamoDB_20120810.CreateTable", &create).unwrap();
    let acknowledged = Mutex::new(Vec::new());
    let address = process.address.clone();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (address, acknowledged) = (&address, &acknowledged);
            scope.spawn(move || {
                for number in 0.. {
                    let name = format!("{writer}-{number}");
                    let put = json!({ "TableName": "t", "Item": key(&name) });
                    if call(address, "DynamoDB_20120810.PutItem", &put).is_none() {
                        return;
                    }
                    acknowledged.lock().unwrap().push(name);
                }
            });
        }
        while acknowledged.lock().unwrap().len() < BEFORE_THE_KILL {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        process.child.kill().unwrap();
    });
    let again = Process::start(&state);
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() >= BEFORE_THE_KILL);
    for name in &acknowledged {
        let get = json!({ "TableName": "t", "Key": key(name), "ConsistentRead": true });
        let found = call(&again.address, "DynamoDB_20120810.GetItem", &get).unwrap();
        assert_eq!(found["Item"], key(name));
    }
}

#[test]
fn a_receiver_waits_for_what_is_sent_and_for_what_is_delayed() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(&folder.path().join("journal"));
    let address = &process.address;
    call(
        address,
        "AmazonSQS.CreateQueue",
        &json!({ "QueueName": "q" }),
    )
    .unwrap();
    let url = format!("http://{address}/000000000000/q");
    let receive = json!({ "QueueUrl": url, "WaitTimeSeconds": 20 });
    for delay in [0, 1] {
        std::thread::scope(|scope| {
            let received = scope.spawn(|| call(address, "AmazonSQS.ReceiveMessage", &receive));
            let send = json!({ "QueueUrl": url, "MessageBody": "x", "DelaySeconds": delay });
            call(address, "AmazonSQS.SendMessage", &send).unwrap();
            let received = received.join().unwrap().unwrap();
            assert_eq!(received["Messages"][0]["Body"], "x", "after {delay} s");
        });
    }
}

#[test]
fn objects_are_kept_with_their_headers_and_other_services_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(&folder.path().join("journal"));
    let address = &process.address;
    let ask = |head: &str| request(address, head, b"").unwrap();
    assert_eq!(ask("GET /_ministack/ready HTTP/1.1").0, 200);
    let put = "PUT /bucket/a%20key HTTP/1.1\r\ncontent-type: text/plain";
    assert!(
        request(address, put, b"text")
            .unwrap()
            .1
            .contains("NoSuchBucket")
    );
    assert_eq!(ask("PUT /bucket HTTP/1.1").0, 200);
    assert_eq!(request(address, put, b"text").unwrap().0, 200);
    let got = ask("GET /bucket/a%20key?X-Amz-Expires=300 HTTP/1.1");
    assert_eq!(got, (200, "text".to_owned()));
    assert_eq!(ask("DELETE /bucket/a%20key HTTP/1.1").0, 204);
    assert!(ask("GET /bucket/a%20key HTTP/1.1").1.contains("NoSuchKey"));
    assert_eq!(
        ask("POST / HTTP/1.1\r\nx-amz-target: AWSEvents.PutEvents").0,
        501
    );
}
