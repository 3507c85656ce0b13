//! Signs a request by `SigV4`, in its headers or, for a URL to hand out, in its query.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;

use super::endpoint::signing_name;
use crate::port::{AwsService, SignedCall, Source};

/// The request for `call` at `base`, signed at `now`; with a `lifetime`, signed in its URL, for as long.
pub(super) fn signed(
    call: &SignedCall,
    base: &str,
    region: &str,
    credentials: Credentials,
    now: SystemTime,
    lifetime: Option<Duration>,
) -> Result<http::Request<Vec<u8>>, Source> {
    let mut uri = format!("{base}{}", call.path);
    if !call.query.is_empty() {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&call.query)
            .finish();
        uri.push('?');
        // A space is %20 in what is signed.
        uri.push_str(&query.replace('+', "%20"));
    }
    let mut request = http::Request::builder().method(call.method).uri(&uri);
    for (name, value) in &call.headers {
        request = request.header(*name, value);
    }
    let mut request = request.body(call.body.clone())?;

    let identity = credentials.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(signing_name(call.service))
        .time(now)
        .settings(settings(call.service, lifetime))
        .build()?
        .into();
    let body = match lifetime {
        None => SignableBody::Bytes(&call.body),
        Some(_) => SignableBody::UnsignedPayload,
    };
    let headers = call
        .headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()));
    let signable = SignableRequest::new(call.method, &uri, headers, body)?;
    let (instructions, _) = sign(signable, &params)?.into_parts();
    instructions.apply_to_request_http1x(&mut request);
    Ok(request)
}

/// S3 signs paths as they are, and bodies in a header.
fn settings(service: AwsService, lifetime: Option<Duration>) -> SigningSettings {
    let mut settings = SigningSettings::default();
    if service == AwsService::S3 {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        if lifetime.is_none() {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
    }
    if lifetime.is_some() {
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = lifetime;
    }
    settings
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::port::AwsService;

    /// The credentials and the instant of AWS's own examples.
    fn credentials() -> Credentials {
        Credentials::new(
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            None,
            None,
            "test",
        )
    }

    fn example_instant() -> SystemTime {
        "2013-05-24T00:00:00Z"
            .parse::<DateTime<Utc>>()
            .unwrap()
            .into()
    }

    #[test]
    fn the_presigned_url_of_awss_own_example_comes_out() {
        // "Authenticating Requests: Using Query Parameters", Amazon S3 API reference.
        let call = SignedCall {
            method: "GET",
            path: "/test.txt".to_owned(),
            ..SignedCall::post(AwsService::S3, "s3.GetObject", Vec::new())
        };
        let request = signed(
            &call,
            "https://examplebucket.s3.amazonaws.com",
            "us-east-1",
            credentials(),
            example_instant(),
            Some(Duration::from_hours(24)),
        );
        let uri = request.unwrap().uri().to_string();
        let signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
        assert!(uri.ends_with(signature), "{uri}");
    }

    #[test]
    fn a_query_is_sent_as_it_is_signed() {
        let call = SignedCall {
            query: vec![("list".into(), "a b+c/ü".into())],
            ..SignedCall::post(AwsService::Sqs, "sqs.Test", b"x".to_vec())
        };
        let request = signed(
            &call,
            "http://127.0.0.1:1",
            "us-east-1",
            credentials(),
            example_instant(),
            None,
        )
        .unwrap();
        assert_eq!(request.uri().query(), Some("list=a%20b%2Bc%2F%C3%BC"));
        let url = reqwest::Url::parse(&request.uri().to_string()).unwrap();
        assert_eq!(url.as_str(), request.uri().to_string());
        assert!(request.headers().contains_key("authorization"));
    }
}
