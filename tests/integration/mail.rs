//! Mail jobs against a real SMTP server, and by SES's API.

use punctual::aws::SesMail;
use punctual::port::{AwsApi, AwsService, Letter, Mail, SignedCall, Undelivered};
use punctual_local::{Function, LocalMail};
use punctual_tests::{Mailbox, Sandbox};
use serde_json::json;

#[tokio::test]
async fn a_mail_arrives_as_it_was_written_under_an_id_that_is_its_executions() {
    let mailbox = Mailbox::start().await;
    let mut sandbox = Sandbox::new().await;
    sandbox.mail = LocalMail::smtp(&mailbox.url()).unwrap();
    let _system = sandbox.host(&Function::ALL).await;
    let payload = json!({
        "to": ["alice@example.com", "bob@example.com"],
        "subject": "Grüße: 100 % Übersicht über den gestrigen Tag, und noch ein wenig mehr als eine Zeile",
        "text": "Hello\n.\nthat was a dot, and this is ü",
        "html": "<p>Hello</p>",
    });
    let done = sandbox.run_once("email", &payload, "succeeded").await;
    let mails = mailbox.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(mail["recipients"], payload["to"]);
    assert_eq!(mail["subject"], payload["subject"]);
    assert_eq!(mail["html"].as_str().unwrap().trim_end(), "<p>Hello</p>");
    let text = mail["text"].as_str().unwrap().replace("\r\n", "\n");
    assert_eq!(text.trim_end(), payload["text"].as_str().unwrap());
    assert_eq!(mail["message_id"], done["output"]["message_id"]);
    let id = mail["message_id"].as_str().unwrap();
    assert!(id.contains(done["id"].as_str().unwrap()), "{id}");
}

#[tokio::test]
async fn a_server_that_refuses_for_good_is_asked_once_and_one_that_does_not_is_asked_again() {
    let mailbox = Mailbox::start().await;
    let mut sandbox = Sandbox::new().await;
    sandbox.mail = LocalMail::smtp(&mailbox.url()).unwrap();
    let _system = sandbox.host(&Function::ALL).await;
    let to = |address: &str| json!({ "to": [address], "subject": "s", "text": "t" });
    let failed = sandbox
        .run_once("email", &to("nobody@example.com"), "failed")
        .await;
    assert_eq!(
        (&failed["reason"], &failed["attempt"]),
        (&json!("rejected"), &json!(1))
    );
    let dead = sandbox
        .run_once("email", &to("later@example.com"), "dead")
        .await;
    assert_eq!(
        (&dead["reason"], &dead["attempt"]),
        (&json!("attempt_failed"), &json!(2))
    );
    assert_eq!(mailbox.mails().len(), 0);

    let injected =
        json!({ "to": ["a@example.com"], "subject": "s\r\nBcc: b@example.com", "text": "t" });
    let job = Sandbox::once_of(60, "email", &injected);
    let (status, problem) = sandbox.call("POST", "/v1/jobs", Some(job)).await;
    assert_eq!(
        (status, &problem["field"]),
        (422, &json!("payload.subject"))
    );
}

#[tokio::test]
async fn ses_takes_letters_from_an_address_that_it_knows_and_refuses_all_others_for_good() {
    let sandbox = Sandbox::new().await;
    let letter = Letter {
        key: "key".to_owned(),
        to: vec!["alice@example.com".to_owned()],
        subject: "Grüße".to_owned(),
        text: "Hello".to_owned(),
        html: Some("<p>Hello</p>".to_owned()),
    };
    // The stand-in keeps its addresses for all tests: one of this test's own.
    let from = format!("{}@example.com", sandbox.namespace);
    let mail = SesMail::new(sandbox.door(), Some(from.clone()));
    let refused = mail.send(&letter).await;
    assert!(
        matches!(refused, Err(Undelivered::ForGood(_))),
        "{refused:?}"
    );

    let request = json!({ "EmailIdentity": from }).to_string().into_bytes();
    let verify = SignedCall {
        path: "/v2/email/identities".to_owned(),
        ..SignedCall::post(AwsService::Ses, "ses.CreateEmailIdentity", request)
            .header("content-type", "application/json".to_owned())
    };
    sandbox.door().call(verify).await.unwrap();
    let id = mail.send(&letter).await.unwrap();
    assert!(!id.is_empty());

    let silent = SesMail::new(sandbox.door(), None).send(&letter).await;
    assert!(matches!(silent, Err(Undelivered::ForGood(_))), "{silent:?}");
}
