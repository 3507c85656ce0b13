//! Carries notices out: posts over HTTP, signed if their channel asks for it, mails, and messages to topics. An answer
//! that is not a success is a refusal, and its address stays out of every log.

use std::time::Duration;

use chrono::{DateTime, Utc};
use punctual::domain::{SecretText, http_url};
use punctual::outbound::Outbound;
use punctual::port::{AwsApi, AwsService, CallAs, Courier, Hook, Letter, Mail, Parcel, SignedCall};
use punctual::webhook::{NotAKey, SigningKey, message_id, signed_headers};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Request};
use serde_json::Value;

/// How long a webhook may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Delivers every kind of parcel.
#[derive(Clone, Debug)]
pub struct HouseCourier<M, A> {
    outbound: Outbound,
    mail: M,
    aws: A,
}

impl<M: Mail, A: AwsApi> HouseCourier<M, A> {
    /// Posts by `outbound`, mails with `mail`, publishes by `aws`.
    pub fn new(outbound: Outbound, mail: M, aws: A) -> Self {
        Self {
            outbound,
            mail,
            aws,
        }
    }

    async fn post(
        &self,
        hook: &Hook,
        key: &str,
        now: DateTime<Utc>,
        body: &Value,
    ) -> Result<(), String> {
        let url = http_url("url", hook.url.reveal())
            .map_err(|invalid| format!("the webhook's address {}", invalid.reason))?;
        let host = url.host_str().unwrap_or("localhost").to_owned();
        let body = body.to_string();
        let mut request = Request::new(Method::POST, url);
        *request.timeout_mut() = Some(TIMEOUT);
        *request.headers_mut() = headers(key, now, body.as_bytes(), &hook.keys)?;
        *request.body_mut() = Some(body.into());
        let answer = self.outbound.send(request.into()).await;
        // What TLS says of a certificate names the host, which may come from a secret.
        let answer = answer.map_err(|failed| failed.detail.replace(&host, "the host"))?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(format!("the webhook answered {}", answer.status()))
        }
    }

    async fn publish(&self, topic_arn: &str, subject: &str, text: &str) -> Result<(), String> {
        let region = topic_arn.split(':').nth(3).map(ToOwned::to_owned);
        let fields = [
            ("Action", "Publish"),
            ("Version", "2010-03-31"),
            ("TopicArn", topic_arn),
            ("Subject", subject),
            ("Message", text),
        ];
        let call = SignedCall::form(AwsService::Sns, "sns.Publish", fields);
        let call = call.within(region, CallAs::Itself);
        let answer = self.aws.call(call).await;
        answer.map(drop).map_err(|failure| failure.to_string())
    }
}

/// The headers of a POST of `body`. None of the errors says what a key is.
fn headers(
    key: &str,
    now: DateTime<Utc>,
    body: &[u8],
    keys: &[SecretText],
) -> Result<HeaderMap, String> {
    let keys: Result<Vec<_>, NotAKey> = keys
        .iter()
        .map(|key| SigningKey::parse(key.reveal()))
        .collect();
    let keys = keys.map_err(|not_a_key| not_a_key.to_string())?;
    let mut signature = Vec::new();
    if !keys.is_empty() {
        let signed = signed_headers(&message_id(key), now, body, &keys);
        signature.extend(signed.map_err(|not_a_key| not_a_key.to_string())?);
    }
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let own = ("idempotency-key", key.to_owned());
    for (name, value) in std::iter::once(own).chain(signature) {
        let value = HeaderValue::try_from(value).map_err(|error| error.to_string())?;
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(headers)
}

impl<M: Mail, A: AwsApi> Courier for HouseCourier<M, A> {
    async fn deliver(&self, key: &str, now: DateTime<Utc>, parcel: &Parcel) -> Result<(), String> {
        match parcel {
            Parcel::Post { hook, body } => self.post(hook, key, now, body).await,
            Parcel::Mail { to, subject, text } => {
                let letter = Letter {
                    // A header's text, in which an address might be taken for one.
                    key: key.replace(['@', '<', '>'], "-"),
                    to: to.clone(),
                    subject: subject.clone(),
                    text: text.clone(),
                    html: None,
                };
                let sent = self.mail.send(&letter).await;
                sent.map(drop).map_err(|failure| failure.to_string())
            }
            Parcel::Publish {
                topic_arn,
                subject,
                text,
            } => self.publish(topic_arn, subject, text).await,
        }
    }
}
