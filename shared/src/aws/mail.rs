//! Mail by SES. SES writes the `Message-ID` itself, so a letter's key travels in a header of its own.

use std::time::Duration;

use serde_json::json;

use super::SignedDoor;
use crate::port::{
    AwsApi, AwsFailure, AwsService, FailureKind, Letter, Mail, SignedCall, Undelivered,
};

const SEND: &str = "ses.SendEmail";

/// Mail from one address, or from nobody.
#[derive(Clone, Debug)]
pub struct SesMail {
    door: SignedDoor,
    from: Option<String>,
}

impl SesMail {
    /// Mail from `from`, an address that SES has verified. Without one, no mail is sent.
    pub fn new(door: SignedDoor, from: Option<String>) -> Self {
        Self { door, from }
    }
}

impl Mail for SesMail {
    async fn send(&self, letter: &Letter) -> Result<String, Undelivered> {
        let Some(from) = &self.from else {
            return Err(Undelivered::ForGood("this deployment sends no mail".into()));
        };
        let text = |data: &str| json!({ "Data": data, "Charset": "UTF-8" });
        let mut body = json!({ "Text": text(&letter.text) });
        if let Some(html) = &letter.html {
            body["Html"] = text(html);
        }
        let request = json!({
            "FromEmailAddress": from,
            "Destination": { "ToAddresses": letter.to },
            "Content": { "Simple": {
                "Subject": text(&letter.subject),
                "Body": body,
                "Headers": [{ "Name": "Punctual-Key", "Value": letter.key }],
            } },
        });
        let call = SignedCall {
            path: "/v2/email/outbound-emails".to_owned(),
            timeout: Duration::from_secs(20),
            ..SignedCall::post(AwsService::Ses, SEND, request.to_string().into_bytes())
                .header("content-type", "application/json".to_owned())
        };
        let answer = self
            .door
            .call(call)
            .await
            .map_err(|failure| undelivered(&failure))?;
        let id = answer.json()["MessageId"].as_str().map(ToOwned::to_owned);
        Ok(id.unwrap_or_default())
    }
}

fn undelivered(failure: &AwsFailure) -> Undelivered {
    match failure.kind {
        FailureKind::Refused => Undelivered::ForGood(failure.to_string()),
        FailureKind::Throttled | FailureKind::Unavailable => {
            Undelivered::ForNow(failure.to_string())
        }
    }
}
