//! AWS's public HTTP APIs, as calls with a few typed parts. A call is made once: whoever makes it knows whether it is
//! worth another try, and [`AwsFailure`] says what the service made of it.

use std::time::Duration;

use super::PortError;
use crate::domain::UserId;

/// A service, by what its endpoint and its signatures call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AwsService {
    /// Metrics.
    CloudWatch,
    /// Event buses.
    EventBridge,
    /// Functions.
    Lambda,
    /// SQL by HTTP.
    RdsData,
    /// Objects. Paths are `/bucket/key`.
    S3,
    /// Secrets.
    SecretsManager,
    /// Mail.
    Ses,
    /// Topics.
    Sns,
    /// Queues.
    Sqs,
    /// Parameters.
    Ssm,
    /// State machines.
    StepFunctions,
    /// Roles.
    Sts,
}

/// Whose permissions a call has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CallAs {
    /// The function's own role.
    Itself,
    /// A role that trusts Punctual to act for one user only.
    Role {
        /// The role's ARN.
        role_arn: String,
        /// The user: becomes part of the external id, which the role's trust policy names.
        user: UserId,
    },
}

/// A call to be signed and made.
#[derive(Clone, Debug)]
pub struct SignedCall {
    /// The service.
    pub service: AwsService,
    /// What is called, for meters and errors: `sns.Publish`.
    pub operation: &'static str,
    /// Where. `None`: in the function's own region.
    pub region: Option<String>,
    /// By whom.
    pub call_as: CallAs,
    /// The HTTP method.
    pub method: &'static str,
    /// The path, percent-encoded, from `/`.
    pub path: String,
    /// The query, not encoded.
    pub query: Vec<(String, String)>,
    /// The headers that are not the signature's business.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How long it may take in all.
    pub timeout: Duration,
    /// How much of the answer's body is read.
    pub max_answer_bytes: usize,
}

impl SignedCall {
    /// A `POST` of `body` to the root, in the function's own region and name, for 10 s and 64 KB.
    pub fn post(service: AwsService, operation: &'static str, body: Vec<u8>) -> Self {
        Self {
            service,
            operation,
            region: None,
            call_as: CallAs::Itself,
            method: "POST",
            path: "/".to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body,
            timeout: Duration::from_secs(10),
            max_answer_bytes: 64 * 1_024,
        }
    }

    /// A call in AWS's JSON protocol: `target` is `AWSEvents.PutEvents`, `version` 1.0 or 1.1.
    pub fn json(
        service: AwsService,
        operation: &'static str,
        version: &str,
        target: &str,
        body: &serde_json::Value,
    ) -> Self {
        Self::post(service, operation, body.to_string().into_bytes())
            .header("content-type", format!("application/x-amz-json-{version}"))
            .header("x-amz-target", target.to_owned())
    }

    /// A call in AWS's query protocol, which answers in XML.
    pub fn form<'a>(
        service: AwsService,
        operation: &'static str,
        fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        Self::post(service, operation, body.into_bytes())
            .header("content-type", "application/x-www-form-urlencoded".into())
    }

    /// The same call with one more header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The same call in a region, by `call_as`.
    #[must_use]
    pub fn within(self, region: Option<String>, call_as: CallAs) -> Self {
        Self {
            region,
            call_as,
            ..self
        }
    }
}

/// What a service answered to a call that it carried out: its status is below 300.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignedAnswer {
    /// The status.
    pub status: u16,
    /// The headers whose values are text, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, up to the call's bound.
    pub body: Vec<u8>,
    /// Whether the body went on.
    pub cut: bool,
}

impl SignedAnswer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(other, _)| other == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null if it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The text of the first XML element of this name.
    pub fn xml(&self, name: &str) -> Option<String> {
        xml_text(&String::from_utf8_lossy(&self.body), name)
    }
}

/// The text of the first element `name` in `xml`: all that the query protocol's flat answers need.
pub fn xml_text(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let plain = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    Some(plain)
}

/// What became of a call that was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The service asks for less load. Worth another try, later.
    Throttled,
    /// The service could not be reached, or failed. Whether the call took effect is unknown. Worth another try.
    Unavailable,
    /// The service will not do this, however often it is asked.
    Refused,
}

/// Why a call was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {code}: {message}")]
pub struct AwsFailure {
    /// The call.
    pub operation: &'static str,
    /// What it means for another try.
    pub kind: FailureKind,
    /// The service's code: `AccessDenied`; or Punctual's, for a call that had no answer.
    pub code: String,
    /// The service's words, for a person.
    pub message: String,
    /// How long the service asks to be left alone.
    pub retry_after: Option<Duration>,
}

impl From<AwsFailure> for PortError {
    fn from(failure: AwsFailure) -> Self {
        let operation = failure.operation;
        let kind = failure.kind;
        let source = failure.into();
        match kind {
            FailureKind::Throttled => Self::Throttled { operation, source },
            FailureKind::Unavailable => Self::Unavailable { operation, source },
            FailureKind::Refused => Self::Corrupt { operation, source },
        }
    }
}

/// Calls AWS's APIs by signed requests.
pub trait AwsApi: Send + Sync + 'static {
    /// Makes `call`, once.
    fn call(
        &self,
        call: SignedCall,
    ) -> impl Future<Output = Result<SignedAnswer, AwsFailure>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_found_among_others_and_its_entities_are_undone() {
        let xml = "<R><Message>a &lt;b&gt; &amp;amp; c</Message><MessageId>7</MessageId></R>";
        assert_eq!(xml_text(xml, "Message").unwrap(), "a <b> &amp; c");
        assert_eq!(xml_text(xml, "MessageId").unwrap(), "7");
        assert_eq!(xml_text(xml, "Id"), None);
        assert_eq!(xml_text("<Message>cut", "Message"), None);
    }
}
