//! What is told, in which words, and how many at once.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{hourly, in_state, noon, now, record, seconds};
use crate::domain::{
    AttemptError, Channel, Execution, ExecutionId, ExecutionState, Job, JobId, NotifyOn, Pause,
    Reason, SecretText, UserId,
};
use crate::plan::{
    ALONE, Notice, Place, Revealed, attempt_of, digest, digest_parcel, late_by, notice_parcel,
    one_line, place, to_announce, to_announce_of_death,
};
use crate::port::{DigestMember, Parcel};

const EVERYTHING: [&str; 5] = ["failed", "dead", "succeeded", "late", "paused"];

fn telling(on: &[&str]) -> Job {
    hourly(&json!({ "notify": { "webhook_url": "https://example.com/", "on": on } }))
}

fn started(state: ExecutionState, late: i64) -> Execution {
    Execution {
        attempt: 1,
        started_at: Some(noon().occasion.fire_time() + seconds(late)),
        finished_at: Some(now()),
        ..record(noon(), state)
    }
}

#[test]
fn a_worker_announces_what_the_job_asks_for_and_leaves_deaths_to_the_dead_letters() {
    use ExecutionState::{Dead, RetryWait, Skipped, Succeeded};
    use NotifyOn::{Late, Succeeded as Success};
    let misfire = Execution {
        started_at: None,
        attempt: 0,
        reason: Some(Reason::Misfire),
        finished_at: Some(now() + seconds(60)),
        ..record(noon(), Skipped)
    };
    let overlap = Execution {
        reason: Some(Reason::Overlap),
        ..misfire.clone()
    };
    let table = [
        (started(Succeeded, 0), vec![Success]),
        (started(Succeeded, 60), vec![Success]),
        (started(Succeeded, 61), vec![Success, Late]),
        (started(Dead, 0), vec![]),
        (started(Dead, 61), vec![Late]),
        (started(RetryWait, 61), vec![]),
        (misfire, vec![Late]),
        (overlap, vec![]),
    ];
    for (execution, expected) in table {
        let found = to_announce(&telling(&EVERYTHING), &execution);
        assert_eq!(found, expected, "{execution:?}");
        assert_eq!(
            to_announce(&telling(&["dead"]), &execution),
            [],
            "not asked for"
        );
        assert_eq!(
            to_announce(&hourly(&json!({})), &execution),
            [],
            "nobody is told"
        );
    }
    let patient = json!({ "notify": { "webhook_url": "https://example.com/", "on": ["late"], "late_after_seconds": 3_600 } });
    assert_eq!(
        to_announce(&hourly(&patient), &started(Succeeded, 3_600)),
        []
    );
}

#[test]
fn a_late_start_is_one_event_whatever_comes_after_it() {
    let first = started(ExecutionState::Dead, 90);
    let redriven = Execution {
        attempt: 5,
        ..first.clone()
    };
    let of = |event| (attempt_of(event, &first), attempt_of(event, &redriven));
    assert_eq!(of(NotifyOn::Late), (0, 0));
    assert_eq!(of(NotifyOn::Dead), (1, 5));
    assert_eq!(late_by(&redriven), Some(seconds(90)));
}

#[test]
fn the_execution_that_was_one_too_many_tells_of_the_pause_and_no_other_does() {
    let ended = started(ExecutionState::Dead, 0);
    let mut job = in_state(telling(&EVERYTHING), crate::domain::JobState::Paused);
    job.pause = Some(Pause::automatic(3));
    job.change.request_id = ended.id.to_string();
    let both = [NotifyOn::Dead, NotifyOn::Paused];
    assert_eq!(to_announce_of_death(&job, &ended), both);
    let another = Execution {
        id: super::scheduled("2026-11-21T11:00:00Z"),
        ..ended.clone()
    };
    assert_eq!(to_announce_of_death(&job, &another), [NotifyOn::Dead]);
    job.pause = Pause::by_hand(None).ok();
    assert_eq!(to_announce_of_death(&job, &ended), [NotifyOn::Dead]);
}

fn dead_named(name: &str, detail: &str) -> (Job, Execution) {
    let mut job = telling(&EVERYTHING);
    job.name = name.to_owned();
    let mut execution = started(ExecutionState::Dead, 0);
    execution.attempt = 4;
    execution.reason = Some(Reason::AttemptFailed);
    execution.push_error(AttemptError {
        attempt: 4,
        reason: Reason::AttemptFailed,
        detail: detail.to_owned(),
    });
    (job, execution)
}

fn told(name: &str, detail: &str, channel: Value) -> Parcel {
    let (job, execution) = dead_named(name, detail);
    let channel: Channel = serde_json::from_value(channel).unwrap();
    let notice = Notice {
        event: NotifyOn::Dead,
        attempt: 4,
        job: &job,
        execution: &execution,
    };
    notice_parcel(&notice, &channel, &secrets()).unwrap()
}

/// What ann has.
fn secrets() -> Revealed {
    let pairs = [
        ("hook", "https://example.com/t0p"),
        ("old", "o"),
        ("new", "n"),
    ];
    let known = pairs.map(|(name, text)| (name.parse().unwrap(), SecretText::new(text.to_owned())));
    known.into()
}

#[test]
fn a_mail_says_what_happened_why_when_and_which() {
    let channel = json!({ "kind": "email", "to": ["ops@example.com"] });
    let parcel = told("daily report", "the target answered 503", channel);
    let text = "daily report is dead after 4 attempts\n\n\
        Why: its last attempt failed\n\
        Last error: the target answered 503\n\
        Due: 2026-11-21T12:00:00Z\n\
        Ended: 2026-11-21T12:00:30Z\n\
        Job type: echo\n\
        Execution: 00000000-0000-4000-8000-000000000007_20261121T120000Z\n";
    let expected = Parcel::Mail {
        to: vec!["ops@example.com".to_owned()],
        subject: "daily report is dead after 4 attempts".to_owned(),
        text: text.to_owned(),
    };
    assert_eq!(parcel, expected);
}

#[test]
fn a_late_start_and_a_pause_say_what_they_are() {
    let mut paused = in_state(telling(&EVERYTHING), crate::domain::JobState::Paused);
    paused.pause = Pause::by_hand(Some("the target moves house")).ok();
    let active = telling(&EVERYTHING);
    let never_began = Execution {
        reason: Some(Reason::Misfire),
        finished_at: Some(now() + seconds(60)),
        ..record(noon(), ExecutionState::Skipped)
    };
    let late = started(ExecutionState::Succeeded, 61);
    let why = |reason: Reason| Some(format!("Why: {}", reason.in_words()));
    for (job, execution, event, headline, expected) in [
        (
            &active,
            &never_began,
            NotifyOn::Late,
            "n came too late to start",
            why(Reason::Misfire),
        ),
        (&active, &late, NotifyOn::Late, "n started 61 s late", None),
        (
            &paused,
            &late,
            NotifyOn::Paused,
            "n has paused itself",
            Some("Why: the target moves house".to_owned()),
        ),
        // Why it is paused is not why one of its executions was late.
        (&paused, &late, NotifyOn::Late, "n started 61 s late", None),
    ] {
        let notice = Notice {
            event,
            attempt: attempt_of(event, execution),
            job,
            execution,
        };
        let channel = serde_json::from_value(json!({ "kind": "email", "to": ["a@b.c"] })).unwrap();
        let Parcel::Mail { subject, text, .. } =
            notice_parcel(&notice, &channel, &secrets()).unwrap()
        else {
            panic!("not a mail");
        };
        assert_eq!(subject, headline);
        let reason = text.lines().find(|line| line.starts_with("Why: "));
        assert_eq!(reason, expected.as_deref(), "{headline}");
    }
}

#[test]
fn a_subject_for_sns_is_ascii_as_near_to_the_headline_as_that_comes() {
    let channel = json!({ "kind": "sns", "topic_arn": "arn:aws:sns:eu-west-1:123456789012:x" });
    let Parcel::Publish { subject, text, .. } = told(" Größe… ~", "d", channel) else {
        panic!("not a message");
    };
    assert_eq!(subject, "Gr??e. ~ is dead after 4 attempts");
    assert!(text.contains("Größe… ~ is dead"), "{text}");
}

#[test]
fn slack_is_told_no_mention_and_no_link_by_a_job_s_name() {
    let channel = json!({ "kind": "slack", "url": "https://hooks.example/x" });
    let Parcel::Post { body, .. } = told("<!channel> & <https://x|y>", "a < b", channel) else {
        panic!("not a post");
    };
    let text = body["text"].as_str().unwrap();
    assert!(
        text.contains("&lt;!channel&gt; &amp; &lt;https://x|y&gt;"),
        "{text}"
    );
    assert!(text.contains("a &lt; b"), "{text}");
    assert!(!text.contains(['<', '>']), "{text}");
}

#[test]
fn a_webhook_is_told_in_json_as_it_always_was() {
    let channel = json!({ "kind": "webhook", "url": "https://example.com/" });
    let Parcel::Post { hook, body } = told("\"quoted\"", "d", channel) else {
        panic!("not a post");
    };
    assert_eq!(hook.url.reveal(), "https://example.com/");
    assert_eq!(hook.keys, []);
    for (pointer, expected) in [
        ("/event", json!("dead")),
        ("/job/name", json!("\"quoted\"")),
        ("/job/job_type", json!("echo")),
        ("/execution/state", json!("dead")),
        ("/execution/reason", json!("attempt_failed")),
        ("/execution/attempt", json!(4)),
        ("/execution/fire_time", json!("2026-11-21T12:00:00Z")),
        ("/execution/errors/0/detail", json!("d")),
    ] {
        assert_eq!(body.pointer(pointer), Some(&expected), "{pointer}");
    }
}

#[test]
fn a_channel_is_given_the_secrets_that_it_names_and_shows_none() {
    let channel = json!({
        "kind": "webhook", "url": { "secret": "hook" },
        "sign": { "keys": [{ "secret": "new" }, { "secret": "old" }] },
    });
    let parcel = told("x", "d", channel);
    let shown = format!("{parcel:?}");
    let Parcel::Post { hook, .. } = parcel else {
        panic!("not a post");
    };
    let keys: Vec<_> = hook.keys.iter().map(SecretText::reveal).collect();
    assert_eq!(
        (hook.url.reveal(), &keys[..]),
        ("https://example.com/t0p", &["n", "o"][..])
    );
    assert!(!shown.contains("t0p"), "{shown}");
}

#[test]
fn a_channel_that_names_a_secret_which_is_not_there_is_told_nothing() {
    let (job, execution) = dead_named("x", "d");
    let notice = Notice {
        event: NotifyOn::Dead,
        attempt: 4,
        job: &job,
        execution: &execution,
    };
    let lost = json!({ "secret": "lost" });
    for channel in [
        json!({ "kind": "slack", "url": lost }),
        json!({ "kind": "webhook", "url": lost }),
        json!({ "kind": "webhook", "url": "https://example.com/", "sign": { "keys": [{ "secret": "new" }, lost] } }),
    ] {
        let channel: Channel = serde_json::from_value(channel).unwrap();
        let refused = notice_parcel(&notice, &channel, &secrets()).unwrap_err();
        assert_eq!(refused.to_string(), "there is no secret lost");
        let digest = digest(&ann(), &[member(0, 1, Reason::TimedOut)]).unwrap();
        assert_eq!(digest_parcel(&digest, &channel, &secrets()), Err(refused));
    }
}

fn member(number: u32, job: u128, reason: Reason) -> DigestMember {
    DigestMember {
        execution: ExecutionId::scheduled(
            JobId::from_random(job),
            noon().occasion.fire_time() + seconds(number.into()),
        ),
        attempt: 1,
        job_name: format!("job {job}"),
        event: NotifyOn::Dead,
        reason: Some(reason),
        finished_at: now() + seconds(number.into()),
    }
}

fn ann() -> UserId {
    UserId::new("ann+x@example").unwrap()
}

#[test]
fn a_digest_counts_and_says_where_to_find_them_all() {
    let mut members: Vec<_> = (0..30).map(|n| member(n, 1, Reason::TimedOut)).collect();
    members.extend((30..35).map(|n| member(n, 2, Reason::AttemptFailed)));
    let digest = digest(&ann(), &members).unwrap();
    let channel = serde_json::from_value(json!({ "kind": "webhook", "url": "https://e.x/" }));
    let written = |channel: Channel| digest_parcel(&digest, &channel, &secrets()).unwrap();
    let Parcel::Post { body, .. } = written(channel.unwrap()) else {
        panic!("not a post");
    };
    assert_eq!(body["count"], 35);
    assert_eq!(body["by_event"], json!({ "dead": 35 }));
    assert_eq!(
        body["by_reason"],
        json!({ "timed_out": 30, "attempt_failed": 5 })
    );
    assert_eq!(body["jobs"][0]["count"], 30);
    assert_eq!(body["executions"].as_array().unwrap().len(), 20);
    assert_eq!(
        body["dead_letters"],
        "/v1/dead-letters?user=ann%2Bx%40example&from=2026-11-21T12%3A00%3A30Z&until=2026-11-21T12%3A01%3A04.001Z"
    );
    let mail = serde_json::from_value(json!({ "kind": "email", "to": ["a@b.c"] }));
    let Parcel::Mail { subject, text, .. } = written(mail.unwrap()) else {
        panic!("not a mail");
    };
    assert_eq!(subject, "35 executions of 2 jobs ended badly");
    assert!(
        text.contains("Why: 5 attempt_failed, 30 timed_out"),
        "{text}"
    );
    assert!(text.contains("30 × job 1"), "{text}");
}

#[test]
fn a_digest_names_ten_jobs_and_counts_the_others() {
    for (jobs, others) in [
        (2, None),
        (10, None),
        (11, Some("and of 1 other job")),
        (12, Some("and of 2 other jobs")),
    ] {
        let members = (1..=jobs).map(|number| member(number, number.into(), Reason::TimedOut));
        let digest = digest(&ann(), &members.collect::<Vec<_>>()).unwrap();
        let mail = serde_json::from_value(json!({ "kind": "email", "to": ["a@b.c"] })).unwrap();
        let Parcel::Mail { text, .. } = digest_parcel(&digest, &mail, &secrets()).unwrap() else {
            panic!("not a mail");
        };
        let named = text.lines().filter(|line| line.contains(" × job "));
        assert_eq!(named.count(), jobs.min(10) as usize);
        let told = text.lines().find(|line| line.contains("other job"));
        assert_eq!(told, others, "{jobs}");
    }
}

#[test]
fn a_digest_is_told_ten_seconds_after_the_last_that_could_join_it() {
    // Whoever joins must have done so within 20 s of reading the clock.
    assert_eq!(crate::plan::DIGEST_DELAY, seconds(20 + 10));
}

#[test]
fn an_empty_digest_is_not_told() {
    assert_eq!(digest(&ann(), &[]), None);
}

proptest! {
    #[test]
    fn every_death_of_a_minute_is_told_alone_or_in_its_digest(deaths in 0_u64..200) {
        let places: Vec<_> = (1..=deaths).map(place).collect();
        let alone = places.iter().filter(|place| **place == Place::Alone).count() as u64;
        let together = places.iter().filter(|place| **place == Place::InDigest).count() as u64;
        prop_assert_eq!(alone, deaths.min(ALONE));
        prop_assert_eq!(alone + together, deaths);
    }

    #[test]
    fn a_digest_leaves_nobody_out(jobs in prop::collection::vec(1_u128..20, 1..120)) {
        let members: Vec<_> = jobs
            .iter()
            .zip(0..)
            .map(|(job, number)| member(number, *job, Reason::TimedOut))
            .collect();
        let digest = digest(&ann(), &members).unwrap();
        prop_assert_eq!(digest.count, members.len());
        prop_assert_eq!(digest.by_event.values().sum::<usize>(), members.len());
        prop_assert_eq!(digest.by_reason.values().sum::<usize>(), members.len());
        for member in &members {
            prop_assert!(digest.from <= member.finished_at && member.finished_at < digest.until);
        }
    }

    #[test]
    fn no_name_and_no_error_breaks_out_of_its_line(name in "\\PC{0,300}", detail in "[\\s\\S]{0,600}") {
        let mail = json!({ "kind": "email", "to": ["a@b.c"] });
        let Parcel::Mail { subject, text, .. } = told(&name, &detail, mail) else {
            return Err(TestCaseError::fail("not a mail"));
        };
        prop_assert!(!subject.chars().any(char::is_control));
        prop_assert!(subject.chars().count() <= 99);
        prop_assert_eq!(text.lines().count(), 8);
        let sns = json!({ "kind": "sns", "topic_arn": "arn:aws:sns:eu-west-1:123456789012:x" });
        let Parcel::Publish { subject, .. } = told(&name, &detail, sns) else {
            return Err(TestCaseError::fail("not a message"));
        };
        prop_assert!(subject.len() < 100 && subject.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    }

    #[test]
    fn a_line_is_one_line(text in "[\\s\\S]{0,100}", characters in 1_usize..50) {
        let line = one_line(&text, characters);
        prop_assert!(line.chars().count() <= characters);
        let ends_a_line = |letter: char| letter.is_control() || letter == '\u{2028}';
        prop_assert!(!line.contains(ends_a_line));
    }
}
