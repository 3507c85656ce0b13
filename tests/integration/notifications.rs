//! Who is told, by which ways, and how often.

use std::fs::File;
use std::process::Stdio;
use std::sync::Arc;

use punctual::domain::{Band, DispatchMessage, Execution, ExecutionId, Stamp, TimeoutSeconds};
use punctual::port::{AwsApi, AwsService, Executions, Expected, Jobs, Put, Queues, SignedCall};
use punctual_local::{Function, LocalMail};
use punctual_tests::{Answer, Call, Mailbox, Sandbox, Target, binary, eventually, verify_webhook};
use serde_json::{Value, json};
use tokio::process::Command;

/// No tick: nothing here waits for a fire time.
const WITHOUT_TICK: [Function; 3] = [Function::Api, Function::Worker, Function::Dlq];

async fn on_demand(sandbox: &Sandbox, url: &str, notify: Value) -> String {
    let mut job = Sandbox::once_in(3_600, url);
    job["retry"] = json!({ "max_retries": 0 });
    job["notify"] = notify;
    sandbox.create(job).await
}

async fn called(target: &Target, path: &str, count: usize) -> Vec<Value> {
    eventually(&format!("{path} is called {count} times"), || async {
        let calls = target.calls(path);
        let bodies = calls
            .iter()
            .map(|call| serde_json::from_str(&call.body).unwrap());
        (calls.len() == count).then(|| bodies.collect())
    })
    .await
}

/// How many messages a queue holds, those in flight included.
async fn depth(sandbox: &Sandbox, suffix: &str) -> u32 {
    let url = format!(
        "{}/000000000000/{}-{suffix}",
        sandbox.endpoint, sandbox.namespace
    );
    let answer = sandbox
        .clients
        .sqs
        .get_queue_attributes()
        .queue_url(url)
        .attribute_names(aws_sdk_sqs::types::QueueAttributeName::All)
        .send()
        .await
        .unwrap();
    let counts = answer
        .attributes()
        .unwrap()
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("ApproximateNumberOfMessages"));
    counts.map(|(_, count)| count.parse::<u32>().unwrap()).sum()
}

async fn drained(sandbox: &Sandbox, suffix: &str) {
    eventually(&format!("{suffix} is empty"), || async {
        (depth(sandbox, suffix).await == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn each_channel_is_told_once_though_the_letter_comes_twice() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&WITHOUT_TICK).await;
    let target = Target::start().await;
    target.answer(Answer::Status(404));
    let ears = Target::start().await;
    let notify = json!({ "on": ["failed"], "channels": [
        { "kind": "webhook", "url": ears.url("/hook") },
        { "kind": "slack", "url": ears.url("/slack") },
    ] });
    let job = on_demand(&sandbox, &target.url("/gone"), notify).await;
    let id = sandbox.run(&job).await;
    let hook = called(&ears, "/hook", 1).await.remove(0);
    assert_eq!(
        (&hook["event"], &hook["execution"]["id"]),
        (&json!("failed"), &json!(id))
    );
    let slack = called(&ears, "/slack", 1).await.remove(0);
    assert!(
        slack["text"].as_str().unwrap().contains("failed for good"),
        "{slack}"
    );

    // As after a crash between the telling and the note.
    let id: ExecutionId = id.parse().unwrap();
    let store = &sandbox.ports.store;
    let noted = || async {
        let record = store.execution(id).await.unwrap().unwrap();
        record.dead_lettered_at.is_some().then_some(record)
    };
    let record = eventually("the death is noted", noted).await;
    let unnoted = Execution {
        dead_lettered_at: None,
        ..record.clone().stamped(Stamp(1))
    };
    let put = store.put_execution(&unnoted, Expected::Stamp(record.stamp));
    assert_eq!(put.await.unwrap(), Put::Written);
    let letter = DispatchMessage::new(id, 1, TimeoutSeconds::default());
    sandbox
        .ports
        .queues
        .send_dead_letter(Band::Normal.into(), &letter)
        .await
        .unwrap();
    eventually("it is noted again", noted).await;
    drained(&sandbox, "notifications").await;
    assert_eq!(
        (ears.calls("/hook").len(), ears.calls("/slack").len()),
        (1, 1)
    );
}

#[tokio::test]
async fn many_deaths_at_once_are_told_as_one_and_none_is_left_out() {
    const DEATHS: usize = 40;
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&WITHOUT_TICK).await;
    let target = Target::start().await;
    target.answer(Answer::Status(404));
    let ears = Target::start().await;
    let notify = json!({ "channels": [{ "kind": "webhook", "url": ears.url("/hook") }] });
    let job = on_demand(&sandbox, &target.url("/gone"), notify).await;
    let runs = (0..DEATHS).map(|_| sandbox.run(&job));
    futures_util::future::join_all(runs).await;
    let told = eventually("all are told", || async {
        let calls = ears.calls("/hook");
        let bodies: Vec<Value> = calls
            .iter()
            .map(|call| serde_json::from_str(&call.body).unwrap())
            .collect();
        let told: u64 = bodies
            .iter()
            .map(|body| body["count"].as_u64().unwrap_or(1))
            .sum();
        (told >= DEATHS as u64).then_some(bodies)
    })
    .await;
    let total: u64 = told
        .iter()
        .map(|body| body["count"].as_u64().unwrap_or(1))
        .sum();
    assert_eq!(total, DEATHS as u64, "each in exactly one");
    let digests: Vec<_> = told
        .iter()
        .filter(|body| body["event"] == "digest")
        .collect();
    // They may fall into two minutes, each with its own.
    assert!((1..=2).contains(&digests.len()), "{digests:#?}");
    let path = digests[0]["dead_letters"].as_str().unwrap();
    let (status, letters) = sandbox.call("GET", path, None).await;
    assert_eq!(status, 200);
    let found = letters["items"].as_array().unwrap().len() as u64;
    assert!(found >= digests[0]["count"].as_u64().unwrap(), "{found}");
}

#[tokio::test]
async fn a_broken_webhook_holds_up_neither_jobs_nor_other_channels_and_ends_in_its_dead_letters() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&WITHOUT_TICK).await;
    let target = Target::start().await;
    let (broken, well) = (Target::start().await, Target::start().await);
    broken.answer(Answer::Status(500));
    let notify = json!({ "on": ["succeeded"], "channels": [
        { "kind": "webhook", "url": broken.url("/hook") },
        { "kind": "webhook", "url": well.url("/hook") },
    ] });
    let job = on_demand(&sandbox, &target.url("/well"), notify).await;
    sandbox.run(&job).await;
    called(&well, "/hook", 1).await;
    let second = sandbox.run(&job).await;
    called(&well, "/hook", 2).await;
    eventually("both are given up", || async {
        (depth(&sandbox, "notifications-dlq").await == 2).then_some(())
    })
    .await;
    assert_eq!(target.calls("/well").len(), 2, "the job ran, and once each");
    assert!(broken.calls("/hook").len() >= 8);
    assert_eq!(well.calls("/hook").len(), 2);
    let keys: Vec<_> = broken
        .calls("/hook")
        .iter()
        .map(|call| call.header("idempotency-key").to_owned())
        .collect();
    assert!(keys.iter().any(|key| key.starts_with(&second)), "{keys:?}");
}

#[tokio::test]
async fn a_success_a_late_start_and_a_pause_are_told_to_those_who_ask() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox
        .host(&[
            Function::Api,
            Function::Scanner,
            Function::Worker,
            Function::Dlq,
        ])
        .await;
    let target = Target::start().await;
    let ears = Target::start().await;
    let notify = |path: &str, on: Value| json!({ "webhook_url": ears.url(path), "on": on, "late_after_seconds": 90 });
    let quiet = on_demand(
        &sandbox,
        &target.url("/well"),
        notify("/quiet", json!(["dead"])),
    )
    .await;
    let loud = on_demand(
        &sandbox,
        &target.url("/well"),
        notify("/loud", json!(["succeeded", "late"])),
    )
    .await;
    sandbox.run(&quiet).await;
    sandbox.run(&loud).await;
    assert_eq!(called(&ears, "/loud", 1).await[0]["event"], "succeeded");

    // Two hours too late, and asked for all the same.
    let mut late = Sandbox::once_in(-7_200, &target.url("/well"));
    late["misfire"] = json!({ "policy": "fire_latest" });
    late["notify"] = notify("/late", json!(["late"]));
    sandbox.create(late).await;
    let told = called(&ears, "/late", 1).await.remove(0);
    assert_eq!(told["event"], "late");
    assert!(
        told["execution"]["lateness_ms"].as_i64().unwrap() >= 7_200_000,
        "{told}"
    );

    target.answer(Answer::Status(404));
    let failing = json!({
        "name": "failing", "job_type": "http", "payload": { "url": target.url("/gone") },
        "schedule": { "kind": "every", "seconds": 10 }, "pause_after_failures": 1,
        "notify": notify("/paused", json!(["paused"])),
    });
    sandbox.create(failing).await;
    let told = called(&ears, "/paused", 1).await.remove(0);
    assert_eq!(
        (&told["event"], &told["job"]["status"]),
        (&json!("paused"), &json!("paused"))
    );
    drained(&sandbox, "notifications").await;
    assert_eq!(ears.calls("/quiet").len(), 0);
}

#[tokio::test]
async fn mail_and_topic_are_told_in_plain_words() {
    let mailbox = Mailbox::start().await;
    let mut sandbox = Sandbox::new().await;
    sandbox.mail = LocalMail::smtp(&mailbox.url()).unwrap();
    let _system = sandbox.host(&WITHOUT_TICK).await;
    let target = Target::start().await;
    target.answer(Answer::Status(404));
    let name = format!("punctual-{}", sandbox.namespace);
    let (topic, queue) = topic_into_queue(&sandbox, &name).await;
    let to = format!("{}@example.com", sandbox.namespace);
    let notify = json!({ "on": ["failed"], "channels": [
        { "kind": "email", "to": [to] }, { "kind": "sns", "topic_arn": topic },
    ] });
    let job = on_demand(&sandbox, &target.url("/gone"), notify).await;
    let id = sandbox.run(&job).await;
    let told = eventually("the topic is told", || async {
        let received = sandbox
            .clients
            .sqs
            .receive_message()
            .queue_url(&queue)
            .send();
        let messages = received.await.unwrap().messages.unwrap_or_default();
        messages.first().and_then(|message| message.body.clone())
    })
    .await;
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["Subject"], "once failed for good after 1 attempt");
    assert!(told["Message"].as_str().unwrap().contains(&id), "{told}");

    let sent = eventually("the mail is sent", || async {
        mailbox.mails().into_iter().next()
    })
    .await;
    assert_eq!(sent["recipients"], json!([to]));
    let text = sent["text"].as_str().unwrap();
    assert!(
        text.contains("once failed for good after 1 attempt"),
        "{text}"
    );
    assert!(text.contains(&format!("Execution: {id}")), "{text}");
}

/// Waits for the only call of `path`.
async fn only_call(target: &Target, path: &str) -> Call {
    called(target, path, 1).await;
    target.calls(path).remove(0)
}

#[tokio::test]
async fn the_scheme_s_own_library_accepts_a_notice_by_either_key() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&WITHOUT_TICK).await;
    let old = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let new = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    let foreign = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    sandbox.keep_secret("alice", "old", old);
    sandbox.keep_secret("alice", "new", new);
    // Of the same name, and nothing to alice.
    sandbox.keep_secret("bob", "new", foreign);
    let target = Target::start().await;
    let ears = Target::start().await;
    let keys = json!([{ "secret": "old" }, { "secret": "new" }]);
    let notify = json!({ "on": ["succeeded"], "channels": [
        { "kind": "webhook", "url": ears.url("/signed"), "sign": { "keys": keys } },
        { "kind": "webhook", "url": ears.url("/plain") },
    ] });
    let job = on_demand(&sandbox, &target.url("/well"), notify).await;
    let id = sandbox.run(&job).await;
    let call = only_call(&ears, "/signed").await;
    assert!(verify_webhook(old, &call, &call.body).await);
    assert!(verify_webhook(new, &call, &call.body).await);
    assert!(!verify_webhook(foreign, &call, &call.body).await);
    let tampered = call.body.replace("succeeded", "failed");
    assert_ne!(tampered, call.body);
    assert!(!verify_webhook(new, &call, &tampered).await);
    assert_eq!(
        call.header("webhook-id"),
        format!("{id}:succeeded:1:0"),
        "the same for every try"
    );
    assert_eq!(call.header("webhook-id"), call.header("idempotency-key"));
    let unsigned = only_call(&ears, "/plain").await;
    assert_eq!(unsigned.header("webhook-signature"), "");
}

#[tokio::test]
async fn an_address_that_is_a_secret_is_called_and_seen_nowhere() {
    const ADDRESS: &str = "/services/T0/B0/x7Kq2mVd";
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&[Function::Api, Function::Worker]).await;
    let target = Target::start().await;
    let ears = Target::start().await;
    sandbox.keep_secret("alice", "team", &ears.url(ADDRESS));
    let data_dir = sandbox.secrets_dir().parent().unwrap().to_owned();
    let log = data_dir.join("dlq.log");
    let _dlq = Command::new(binary("punctual-local"))
        .args(["function", "dlq", "--endpoint", &sandbox.endpoint])
        .args(["--namespace", &sandbox.namespace, "--shards", "4"])
        // As the sandbox made the queues.
        .args(["--band-visibility-seconds", "5"])
        .arg("--data-dir")
        .arg(&data_dir)
        .env("RUST_LOG", "debug")
        .stdout(File::create(&log).unwrap())
        .stderr(Stdio::from(
            File::options().append(true).open(&log).unwrap(),
        ))
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let channels = json!([{ "kind": "slack", "url": { "secret": "team" } }]);
    let notify = json!({ "on": ["succeeded"], "channels": channels });
    let job = on_demand(&sandbox, &target.url("/well"), notify).await;
    let id = sandbox.run(&job).await;
    let told = called(&ears, ADDRESS, 1).await.remove(0);
    assert!(told["text"].as_str().unwrap().contains(&id), "{told}");

    // Once more, where it is refused.
    ears.answer(Answer::Status(404));
    sandbox.run(&job).await;
    eventually("the refusal is logged", || async {
        let text = std::fs::read_to_string(&log).unwrap();
        let refused = "the webhook answered 404";
        (text.contains("Delivered") && text.contains(refused)).then_some(())
    })
    .await;
    let (_, shown) = sandbox.call("GET", &format!("/v1/jobs/{job}"), None).await;
    assert_eq!(shown["notify"]["channels"], channels);
    let (_, versions) = sandbox
        .call("GET", &format!("/v1/jobs/{job}/versions"), None)
        .await;
    let (_, version) = sandbox
        .call("GET", &format!("/v1/jobs/{job}/versions/1"), None)
        .await;
    assert!(version.to_string().contains("team"), "{version}");
    let (store, id) = (&sandbox.ports.store, id.parse::<ExecutionId>().unwrap());
    let record = store.execution(id).await.unwrap().unwrap();
    let row = store.job(id.job).await.unwrap().unwrap();
    for seen in [
        shown.to_string(),
        versions.to_string(),
        version.to_string(),
        format!("{record:?}"),
        format!("{row:?}"),
        std::fs::read_to_string(&log).unwrap(),
    ] {
        assert!(!seen.contains("x7Kq2mVd"), "{seen}");
    }
}

#[tokio::test]
async fn a_channel_whose_secret_is_missing_or_no_address_ends_in_the_dead_letters_and_holds_up_no_other()
 {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&WITHOUT_TICK).await;
    let target = Target::start().await;
    let ears = Target::start().await;
    // Bob's is not alice's; and what a secret holds is called only where a job might call.
    sandbox.keep_secret("bob", "team", &ears.url("/bob"));
    sandbox.keep_secret("alice", "private", "http://169.254.169.254/latest");
    sandbox.keep_secret("alice", "not-a-key", "hunter2");
    let url = ears.url("/hook");
    let notify = json!({ "on": ["succeeded"], "channels": [
        { "kind": "slack", "url": { "secret": "team" } },
        { "kind": "webhook", "url": { "secret": "private" } },
        { "kind": "webhook", "url": url, "sign": { "keys": [{ "secret": "not-a-key" }] } },
        { "kind": "webhook", "url": ears.url("/well") },
    ] });
    let job = on_demand(&sandbox, &target.url("/well"), notify).await;
    sandbox.run(&job).await;
    called(&ears, "/well", 1).await;
    eventually("the three are given up", || async {
        (depth(&sandbox, "notifications-dlq").await == 3).then_some(())
    })
    .await;
    let calls = ears.calls("/bob").len() + ears.calls("/hook").len();
    assert_eq!((calls, ears.calls("/well").len()), (0, 1));
}

/// A topic, and the URL of a queue that gets what it is told.
async fn topic_into_queue(sandbox: &Sandbox, name: &str) -> (String, String) {
    let queue = sandbox
        .clients
        .sqs
        .create_queue()
        .queue_name(name)
        .send()
        .await
        .unwrap();
    let door = sandbox
        .clients
        .door(&sandbox.namespace, &Arc::default())
        .unwrap();
    let ask = |fields: Vec<(&'static str, String)>| {
        let fields = fields.iter().map(|(name, value)| (*name, value.as_str()));
        door.call(SignedCall::form(AwsService::Sns, "sns", fields))
    };
    let version = || ("Version", "2010-03-31".to_owned());
    let made = ask(vec![
        ("Action", "CreateTopic".into()),
        version(),
        ("Name", name.into()),
    ]);
    let topic = made.await.unwrap().xml("TopicArn").unwrap();
    let endpoint = format!("arn:aws:sqs:us-east-1:000000000000:{name}");
    ask(vec![
        ("Action", "Subscribe".into()),
        version(),
        ("TopicArn", topic.clone()),
        ("Protocol", "sqs".into()),
        ("Endpoint", endpoint),
    ])
    .await
    .unwrap();
    (topic, queue.queue_url.unwrap())
}
