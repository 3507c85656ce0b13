//! Where a service answers: by its name, the region and the region's partition, unless a server on this machine stands
//! in for it.

use std::collections::HashMap;

use crate::aws::Endpoint;
use crate::port::AwsService;

/// What a service is called in its endpoint's name.
fn host_part(service: AwsService) -> &'static str {
    match service {
        AwsService::Ses => "email",
        other => signing_name(other),
    }
}

/// What a service is called in signatures.
pub(super) fn signing_name(service: AwsService) -> &'static str {
    match service {
        AwsService::CloudWatch => "monitoring",
        AwsService::EventBridge => "events",
        AwsService::Lambda => "lambda",
        AwsService::RdsData => "rds-data",
        AwsService::S3 => "s3",
        AwsService::SecretsManager => "secretsmanager",
        AwsService::Ses => "ses",
        AwsService::Sns => "sns",
        AwsService::Sqs => "sqs",
        AwsService::Ssm => "ssm",
        AwsService::StepFunctions => "states",
        AwsService::Sts => "sts",
    }
}

/// What stands behind the region in the names of a partition's endpoints.
fn suffix(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    }
}

/// Servers on this machine that answer for AWS: one for all services, others for some.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    every: Option<Endpoint>,
    of: HashMap<AwsService, Endpoint>,
}

impl Endpoints {
    /// AWS itself, or one server for all.
    pub fn new(every: Option<Endpoint>) -> Self {
        Self {
            every,
            of: HashMap::new(),
        }
    }

    /// Another server for `service`.
    #[must_use]
    pub fn with(mut self, service: AwsService, endpoint: Endpoint) -> Self {
        self.of.insert(service, endpoint);
        self
    }

    /// What calls to `service` in `region` begin with.
    pub(in crate::aws) fn base(&self, service: AwsService, region: &str) -> String {
        match self.of.get(&service).or(self.every.as_ref()) {
            Some(Endpoint(url)) => url.trim_end_matches('/').to_owned(),
            None => format!("https://{}.{region}.{}", host_part(service), suffix(region)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_follows_from_service_region_and_partition() {
        let aws = Endpoints::default();
        for (service, region, url) in [
            (
                AwsService::Sns,
                "eu-west-1",
                "https://sns.eu-west-1.amazonaws.com",
            ),
            (
                AwsService::Ses,
                "us-east-2",
                "https://email.us-east-2.amazonaws.com",
            ),
            (
                AwsService::StepFunctions,
                "cn-north-1",
                "https://states.cn-north-1.amazonaws.com.cn",
            ),
            (
                AwsService::RdsData,
                "us-gov-west-1",
                "https://rds-data.us-gov-west-1.amazonaws.com",
            ),
        ] {
            assert_eq!(aws.base(service, region), url);
        }
    }

    #[test]
    fn a_server_on_this_machine_answers_for_all_but_those_that_have_their_own() {
        let endpoint = |port: u16| Endpoint(format!("http://127.0.0.1:{port}/"));
        let local = Endpoints::new(Some(endpoint(1))).with(AwsService::RdsData, endpoint(2));
        assert_eq!(local.base(AwsService::Sqs, "x"), "http://127.0.0.1:1");
        assert_eq!(local.base(AwsService::RdsData, "x"), "http://127.0.0.1:2");
    }
}
