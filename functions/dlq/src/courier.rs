//! Carries notices out: posts over HTTP, mails, and messages to topics. An answer that is not a success is a refusal, and
//! its address stays out of every log.

use std::time::Duration;

use punctual::outbound::Outbound;
use punctual::port::{AwsApi, AwsService, CallAs, Courier, Letter, Mail, Parcel, SignedCall};
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, Request, Url};
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

    async fn post(&self, url: &str, key: &str, body: &Value) -> Result<(), String> {
        // The URL may hold a secret: it stays out of the log.
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        let mut request = Request::new(Method::POST, url);
        *request.timeout_mut() = Some(TIMEOUT);
        let key = HeaderValue::try_from(key).map_err(|error| error.to_string())?;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(HeaderName::from_static("idempotency-key"), key);
        *request.body_mut() = Some(body.to_string().into());
        let answer = self.outbound.send(request.into()).await;
        let answer = answer.map_err(|failed| failed.to_string())?;
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

impl<M: Mail, A: AwsApi> Courier for HouseCourier<M, A> {
    async fn deliver(&self, key: &str, parcel: &Parcel) -> Result<(), String> {
        match parcel {
            Parcel::Post { url, body } => self.post(url, key, body).await,
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
