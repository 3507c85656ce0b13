//! Calls to targets that do not behave, that lead elsewhere, and that are not to be called: each is an outcome with a
//! reason, within the attempt's time and a bounded memory.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use punctual::domain::{
    Destination, ExecutionId, HostKey, HostState, JobId, MAX_RESULT_BYTES, Perimeter, Reason,
    TraceContext, UserId,
};
use punctual::edge::SystemClock;
use punctual::jobtype::{Attempt, Doors, Registry};
use punctual::outbound::{Looking, Lookup, Outbound};
use punctual::plan::Ended;
use punctual::port::{Clock, HostBreakers};
use punctual_local::Function;
use punctual_tests::{Answer, Manner, Rogue, Sandbox, Target, eventually, verify_webhook};
use serde_json::{Value, json};

fn loopback() -> Perimeter {
    Perimeter::public().opened_to(["127.0.0.0/8".parse().unwrap()])
}

/// Makes one attempt of at most `seconds`, as a worker would.
async fn attempt_within(outbound: Outbound, payload: &Value, seconds: i64) -> Ended {
    let now = SystemClock.now();
    let execution = ExecutionId::scheduled(JobId::from_random(7), now);
    let attempt = Attempt {
        execution,
        user: UserId::new("alice").unwrap(),
        number: 1,
        fire_time: now,
        started_at: now,
        deadline: now + TimeDelta::seconds(seconds),
        trace: TraceContext::of_attempt(execution, None, 1),
    };
    let registry = Registry::standard(Doors::closed(outbound));
    registry.run("http", &attempt, payload).await.unwrap()
}

async fn attempt(payload: &Value) -> Ended {
    attempt_within(Outbound::within(loopback()).unwrap(), payload, 30).await
}

/// How it ended in a word, why, and the status if there was one.
fn told(ended: &Ended) -> (&'static str, Option<Reason>, Value) {
    let status = ended
        .output()
        .map(|output| output.summary["status"].clone());
    let status = status.unwrap_or_default();
    match ended {
        Ended::Succeeded { .. } => ("succeeded", None, status),
        Ended::Failed { reason, .. } => ("failed", Some(*reason), status),
        Ended::Postponed { reason, .. } => ("postponed", Some(*reason), status),
        Ended::Rejected { reason, .. } => ("rejected", Some(*reason), status),
        Ended::Canceled => ("canceled", None, status),
    }
}

/// A way to misbehave, and what becomes of the call.
type Case = (Manner, &'static str, Option<Reason>, Value);

fn broken(manner: Manner, status: Value) -> Case {
    (manner, "failed", Some(Reason::ResponseBroken), status)
}

fn ways_to_misbehave() -> Vec<Case> {
    let head = "HTTP/1.1 200 OK\r\n";
    let with = |rest: &str| Manner::says(&format!("{head}{rest}"));
    let large = format!("x: {}\r\n\r\n", "y".repeat(1 << 20));
    let many = "x: y\r\n".repeat(1_000);
    vec![
        broken(Manner::Resets, json!(null)),
        broken(Manner::says(""), json!(null)),
        broken(Manner::says("SSH-2.0-OpenSSH_9.6\r\n"), json!(null)),
        broken(Manner::says("HTTP/1.1 2000 OK\r\n\r\n"), json!(null)),
        broken(with("x"), json!(null)),
        broken(with(&large), json!(null)),
        broken(with(&many), json!(null)),
        broken(with("content-length: -1\r\n\r\n"), json!(null)),
        broken(with("content-length: 10\r\n\r\nshort"), json!(200)),
        broken(
            with("transfer-encoding: chunked\r\n\r\nZZ\r\nx"),
            json!(200),
        ),
        broken(
            with("transfer-encoding: chunked\r\n\r\n5\r\nabc"),
            json!(200),
        ),
        broken(
            with("transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n"),
            json!(200),
        ),
        // Its status says enough, whatever becomes of its body.
        (
            Manner::says("HTTP/1.1 404 Not Found\r\ncontent-length: 10\r\n\r\nshort"),
            "rejected",
            Some(Reason::Rejected),
            json!(404),
        ),
        (with("\r\nto the end"), "succeeded", None, json!(200)),
        (
            with("content-encoding: gzip\r\n\r\nno gzip"),
            "succeeded",
            None,
            json!(200),
        ),
        (
            with("set-cookie: a=b\r\ncontent-length: 0\r\n\r\n"),
            "succeeded",
            None,
            json!(200),
        ),
    ]
}

#[tokio::test]
async fn every_method_is_sent_as_it_was_asked_for_with_its_body() {
    let target = Target::start().await;
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let path = format!("/{method}");
        let payload = json!({ "url": target.url(&path), "method": method, "body": { "n": 1 } });
        let ended = attempt(&payload).await;
        assert_eq!(told(&ended), ("succeeded", None, json!(200)), "{method}");
        let calls = target.calls(&path);
        assert_eq!(calls.len(), 1, "{method}");
        assert_eq!(calls[0].method.as_str(), method);
        assert_eq!(calls[0].body, r#"{"n":1}"#, "{method}");
        // An answer to HEAD says how long its body would be, and has none.
        let body = ended.output().unwrap().excerpt()["body"].clone();
        let expected = if method == "HEAD" { "" } else { "answered" };
        assert_eq!(body.as_str().unwrap_or_default(), expected, "{method}");
    }
}

#[tokio::test]
async fn each_way_to_misbehave_is_an_outcome_of_its_own() {
    for (manner, how, reason, status) in ways_to_misbehave() {
        let rogue = Rogue::start(manner.clone());
        let ended = attempt(&json!({ "url": rogue.url() })).await;
        assert_eq!(
            told(&ended),
            (how, reason, status),
            "{manner:.200?} {ended:.300?}"
        );
    }
}

#[tokio::test]
async fn whoever_takes_too_long_has_failed_in_time() {
    let drips = |text: &str, more| Manner::Drips(text.as_bytes().to_vec(), more);
    for (manner, rules) in [
        (Manner::Hangs, json!({})),
        (drips("HTTP/1.1 200 OK\r\nx: ", b'y'), json!({})),
        (drips("HTTP/1.1 200 OK\r\n\r\n", b'y'), json!({})),
        (Manner::Hangs, json!({ "no_retry_on": ["timeout"] })),
    ] {
        let rogue = Rogue::start(manner.clone());
        let mut payload = rules.clone();
        payload["url"] = json!(rogue.url());
        let outbound = Outbound::within(loopback()).unwrap();
        let ended = attempt_within(outbound, &payload, 1).await;
        let (how, reason, _) = told(&ended);
        let expected = if rules == json!({}) {
            "failed"
        } else {
            "rejected"
        };
        assert_eq!(
            (how, reason),
            (expected, Some(Reason::TimedOut)),
            "{manner:?}"
        );
    }
}

#[tokio::test]
async fn of_what_never_ends_so_much_is_read_as_may_be_kept() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n";
    let rogue = Rogue::start(Manner::Pours(head.to_vec()));
    let ended = attempt(&json!({ "url": rogue.url() })).await;
    let output = ended.output().unwrap();
    let body = output.body.as_ref().unwrap();
    assert_eq!((body.bytes.len(), body.cut), (MAX_RESULT_BYTES, true));
}

#[tokio::test]
async fn what_is_not_text_is_shown_as_far_as_it_is() {
    let mut answer = b"HTTP/1.1 200 OK\r\n\r\na".to_vec();
    answer.extend([0xff, 0xc3, 0x28]);
    let rogue = Rogue::start(Manner::Says(answer));
    let ended = attempt(&json!({ "url": rogue.url() })).await;
    let output = ended.output().unwrap();
    assert_eq!(
        output.excerpt(),
        json!({ "status": 200, "body": "a\u{fffd}\u{fffd}(" })
    );
}

#[tokio::test]
async fn without_a_connection_the_reason_says_where_it_ended() {
    let gone = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let closed = format!("http://{}/", gone.local_addr().unwrap());
    drop(gone);
    let self_signed = Rogue::start(Manner::SelfSigned);
    let plain = Rogue::start(Manner::says("HTTP/1.1 400 Bad Request\r\n\r\n"));
    let over_tls = |rogue: &Rogue| rogue.url().replace("http:", "https:");
    for (url, reason) in [
        (closed, Reason::ConnectFailed),
        (over_tls(&self_signed), Reason::TlsFailed),
        (over_tls(&plain), Reason::TlsFailed),
        (
            "https://10.0.0.1/?token=hush".to_owned(),
            Reason::TargetRefused,
        ),
    ] {
        let ended = attempt(&json!({ "url": url })).await;
        let how = if reason == Reason::TargetRefused {
            "rejected"
        } else {
            "failed"
        };
        assert_eq!(
            told(&ended),
            (how, Some(reason), json!(null)),
            "{url}: {ended:?}"
        );
        let (Ended::Failed { detail, .. } | Ended::Rejected { detail, .. }) = &ended else {
            panic!("{ended:?}");
        };
        assert!(!detail.contains("hush"), "{detail}");
    }
    assert_eq!(self_signed.heads(), [""], "nothing was asked of it");
}

/// Answers each question with the next of its answers, and counts the questions.
#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<Vec<IpAddr>>>>,
    asked: Arc<AtomicUsize>,
}

impl Script {
    fn of(answers: &[&[&str]]) -> Self {
        let answers = answers.iter();
        let answers = answers.map(|one| one.iter().map(|ip| ip.parse().unwrap()).collect());
        Self {
            answers: Arc::new(Mutex::new(answers.collect())),
            asked: Arc::default(),
        }
    }
}

impl Lookup for Script {
    fn lookup(&self, _: &str) -> Looking {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let next = self.answers.lock().unwrap().pop_front();
        Box::pin(async move { next.ok_or_else(|| io::Error::other("no such name")) })
    }
}

/// `127.0.0.2` stands for a public host, `127.0.0.1` for one that must not be reached; on one port.
fn two_hosts() -> (Rogue, Rogue, Perimeter) {
    let answer = |_| Manner::says("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
    let public = Rogue::start_at(([127, 0, 0, 2].into(), 0), answer);
    let port = public.address().port();
    let private = Rogue::start_at(([127, 0, 0, 1].into(), port), answer);
    let perimeter = Perimeter::public()
        .with_ports([port])
        .opened_to(["127.0.0.2/32".parse().unwrap()]);
    (public, private, perimeter)
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_never_followed_to_where_it_must_not_lead() {
    let (public, private, perimeter) = two_hosts();
    let script = Script::of(&[
        &["127.0.0.2"],
        &["127.0.0.1"],
        &["127.0.0.2", "127.0.0.1"],
        &["127.0.0.1", "127.0.0.2"],
        &["::ffff:127.0.0.1"],
        &["127.0.0.2", "64:ff9b::7f00:1"],
        &["169.254.169.254"],
        &["127.0.0.2"],
        &[],
    ]);
    let outbound = Outbound::with_lookup(perimeter, script.clone()).unwrap();
    let payload = json!({ "url": format!("http://rebind.example:{}/", public.address().port()) });
    let refused = ("rejected", Some(Reason::TargetRefused), json!(null));
    let succeeded = ("succeeded", None, json!(200));
    let unresolved = ("failed", Some(Reason::DnsFailed), json!(null));
    let expected = [
        succeeded.clone(),
        refused.clone(),
        refused.clone(),
        refused.clone(),
        refused.clone(),
        refused.clone(),
        refused.clone(),
        succeeded,
        unresolved.clone(),
        unresolved,
    ];
    for (number, expected) in expected.into_iter().enumerate() {
        let ended = attempt_within(outbound.clone(), &payload, 30).await;
        assert_eq!(told(&ended), expected, "question {number}: {ended:?}");
        assert_eq!(
            script.asked.load(Ordering::SeqCst),
            number + 1,
            "it is asked once for each"
        );
    }
    assert_eq!(public.heads().len(), 2);
    assert_eq!(private.heads().len(), 0);
}

#[tokio::test]
async fn redirects_are_followed_as_far_as_asked_for_and_never_out_of_bounds() {
    let round = Rogue::start_at((Ipv4Addr::LOCALHOST.into(), 0), |own| {
        Manner::says(&format!(
            "HTTP/1.1 302 Found\r\nlocation: http://{own}/again\r\n\r\n"
        ))
    });
    let ended = attempt(&json!({ "url": round.url(), "follow_redirects": 3 })).await;
    assert_eq!(
        told(&ended),
        ("rejected", Some(Reason::TooManyRedirects), json!(null))
    );
    assert_eq!(round.heads().len(), 4);
    // By default it is an answer like others.
    let ended = attempt(&json!({ "url": round.url() })).await;
    assert_eq!(
        told(&ended),
        ("rejected", Some(Reason::Rejected), json!(302))
    );
    assert_eq!(round.heads().len(), 5);

    for (location, how, reason, status) in [
        (
            "location: http://169.254.169.254/",
            "rejected",
            Reason::TargetRefused,
            json!(null),
        ),
        (
            "location: http://[::ffff:10.0.0.1]/",
            "rejected",
            Reason::TargetRefused,
            json!(null),
        ),
        (
            "location: http://a:b@127.0.0.1/",
            "rejected",
            Reason::TargetRefused,
            json!(null),
        ),
        (
            "location: http://metadata.google.internal/",
            "rejected",
            Reason::TargetRefused,
            json!(null),
        ),
        (
            "location: http://example.com:22/",
            "rejected",
            Reason::TargetRefused,
            json!(null),
        ),
        (
            "location: file:///etc/passwd",
            "rejected",
            Reason::TargetRefused,
            json!(null),
        ),
        (
            "location: http://",
            "failed",
            Reason::ResponseBroken,
            json!(null),
        ),
        ("x: no location", "rejected", Reason::Rejected, json!(307)),
    ] {
        let rogue = Rogue::start(Manner::says(&format!(
            "HTTP/1.1 307 Moved\r\n{location}\r\n\r\n"
        )));
        let ended = attempt(&json!({ "url": rogue.url(), "follow_redirects": 5 })).await;
        assert_eq!(
            told(&ended),
            (how, Some(reason), status),
            "{location}: {ended:?}"
        );
    }
}

#[tokio::test]
async fn a_redirect_to_another_host_tells_it_nothing_confidential() {
    let there = Rogue::start(Manner::says("HTTP/1.1 200 OK\r\n\r\nhere"));
    for (status, method, body) in [(303, "GET", ""), (307, "POST", "secret-free body")] {
        let moved = format!(
            "HTTP/1.1 {status} Moved\r\nlocation: {}\r\n\r\n",
            there.url()
        );
        let here = Rogue::start(Manner::says(&moved));
        let payload = json!({
            "url": here.url(), "follow_redirects": 1, "body": "secret-free body",
            "headers": { "X-Token": "hush", "Authorization": "Bearer hush", "Content-Type": "text/x" },
            "sign": { "keys": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] },
        });
        let ended = attempt(&payload).await;
        assert_eq!(told(&ended), ("succeeded", None, json!(200)));
        let first = here.heads().pop().unwrap();
        assert!(
            first.contains("hush") && first.contains("webhook-signature"),
            "{first}"
        );
        let second = there.heads().pop().unwrap();
        assert!(second.starts_with(method), "{second}");
        assert!(second.contains("idempotency-key: "), "{second}");
        assert_eq!(second.contains("text/x"), method == "POST", "{second}");
        for confided in ["hush", "webhook-"] {
            assert!(!second.contains(confided), "{second}");
        }
        assert!(second.ends_with(body), "{second}");
    }
}

#[tokio::test]
async fn the_record_keeps_the_parts_of_an_answer_that_were_asked_for() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let answer =
        "HTTP/1.1 202 Accepted\r\nETag: \"7\"\r\n\r\n{\"data\": {\"id\": 7, \"long\": [1, 2]}}";
    let rogue = Rogue::start(Manner::says(answer));
    let payload = json!({
        "url": rogue.url(), "expected_statuses": [202], "keep_headers": ["etag"],
        "result": { "order": "/data/id", "none": "/data/none" },
    });
    let done = sandbox.run_once("http", &payload, "succeeded").await;
    let kept = json!({ "status": 202, "headers": { "etag": "\"7\"" }, "result": { "order": 7, "none": null } });
    assert_eq!(done["output"], kept);

    let payload = json!({ "url": rogue.url(), "no_retry_on": [202] });
    let failed = sandbox.run_once("http", &payload, "failed").await;
    assert_eq!(
        (&failed["reason"], &failed["attempt"]),
        (&json!("rejected"), &json!(1))
    );
    let payload = json!({ "url": rogue.url(), "retry_on": [202] });
    let dead = sandbox.run_once("http", &payload, "dead").await;
    assert_eq!(
        (&dead["reason"], &dead["attempt"]),
        (&json!("attempt_failed"), &json!(2))
    );
}

#[tokio::test]
async fn targets_out_of_bounds_are_refused_at_submit_by_their_field() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&[Function::Api]).await;
    let job = |url: &str| Sandbox::once_in(60, url);
    let told = |notify: Value| {
        let mut job = job("https://example.com/");
        job["notify"] = notify;
        job
    };
    for (job, field) in [
        (job("http://10.0.0.1/"), "payload.url"),
        (
            job("http://169.254.169.254/latest/meta-data/"),
            "payload.url",
        ),
        (job("https://db.internal/"), "payload.url"),
        (
            told(json!({ "webhook_url": "http://[fd00:ec2::254]/" })),
            "notify.webhook_url",
        ),
        (
            told(
                json!({ "channels": [{ "kind": "email", "to": ["a@b.example"] }, { "kind": "slack", "url": "http://0xa9fea9fe/" }] }),
            ),
            "notify.channels[1].url",
        ),
    ] {
        let (status, problem) = sandbox.call("POST", "/v1/jobs", Some(job)).await;
        assert_eq!(
            (status, &problem["field"]),
            (422, &json!(field)),
            "{problem}"
        );
    }
    let id = sandbox.create(job("http://127.0.0.1:9/")).await;
    let patch = json!({ "notify": { "webhook_url": "http://192.168.0.1/" } });
    let (status, problem) = sandbox
        .call("PATCH", &format!("/v1/jobs/{id}"), Some(patch))
        .await;
    assert_eq!(
        (status, &problem["field"]),
        (422, &json!("notify.webhook_url")),
        "{problem}"
    );
}

#[tokio::test]
async fn a_host_that_fails_is_spared_until_it_is_well_and_no_attempt_is_used_up() {
    let mut sandbox = Sandbox::new().await;
    let system = sandbox.host(&Function::ALL).await;
    let ill = Target::start().await;
    ill.answer(Answer::Status(503));
    let well = Target::start().await;
    let mut jobs = Vec::new();
    for _ in 0..6 {
        let mut job = Sandbox::once_in(3, &ill.url("/ill"));
        job["retry"] = json!({ "max_retries": 2, "backoff_seconds": 3 });
        jobs.push(sandbox.create(job).await);
    }
    let key = HostKey {
        user: UserId::new("alice").unwrap(),
        destination: Destination::of(&ill.url("/").parse().unwrap()).unwrap(),
    };
    let breaker = || async { sandbox.ports.store.host_breaker(&key).await.unwrap() };
    eventually("the host is spared", || async {
        breaker()
            .await
            .filter(|breaker| matches!(breaker.state, HostState::Open { .. }))
    })
    .await;
    // Others are called meanwhile.
    let other = sandbox
        .create(Sandbox::once_in(2, &well.url("/well")))
        .await;
    sandbox.execution_in(&other, "succeeded").await;
    let spared = breaker().await.unwrap();
    // Twice more it fails the call by which it is judged, so those who wait have come back several times.
    eventually("it was probed in vain", || async {
        breaker()
            .await
            .filter(|breaker| breaker.trips > spared.trips)
    })
    .await;
    ill.answer(Answer::Status(200));
    let mut attempts = 0;
    for job in &jobs {
        let done = sandbox.execution_in(job, "succeeded").await;
        attempts += done["attempt"].as_u64().unwrap();
    }
    assert_eq!(
        ill.calls("/ill").len() as u64,
        attempts,
        "what was not called was no attempt"
    );
    let closed = breaker().await.unwrap();
    assert!(
        matches!(closed.state, HostState::Closed { .. }),
        "{closed:?}"
    );
    system.stop().await;
}

#[tokio::test]
async fn the_schemes_own_library_accepts_a_call_by_either_key() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let old = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let new = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    let foreign = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    sandbox.keep_secret("alice", "old", old);
    sandbox.keep_secret("alice", "new", new);
    let target = Target::start().await;
    let payload = json!({
        "url": target.url("/signed"), "body": { "z": 1.50, "text": "ü\n" },
        "sign": { "keys": [{ "secret": "old" }, { "secret": "new" }] },
    });
    let execution = sandbox.run_once("http", &payload, "succeeded").await;
    let call = target.calls("/signed").pop().unwrap();
    assert_eq!(call.header("webhook-id"), execution["id"]);
    assert!(verify_webhook(old, &call, &call.body).await);
    assert!(verify_webhook(new, &call, &call.body).await);
    assert!(!verify_webhook(foreign, &call, &call.body).await);
    let tampered = call.body.replace("1.5", "2.5");
    assert_ne!(tampered, call.body);
    assert!(!verify_webhook(new, &call, &tampered).await);
}
