//! Large results as objects of a bucket, which lets them go when their records go.

use std::time::Duration;

use super::{SignedDoor, object_path};
use crate::domain::{ResultKey, Whole};
use crate::port::{AwsApi, AwsService, LINK_LIFETIME, PortResult, Results, SignedCall};

const PUT: &str = "s3.PutObject";
/// A result that takes longer to store is lost: the attempt's lease does not wait.
const PATIENCE: Duration = Duration::from_secs(5);

/// A bucket for results.
#[derive(Clone, Debug)]
pub struct ResultsBucket {
    door: SignedDoor,
    bucket: String,
}

impl ResultsBucket {
    /// The bucket of this name.
    pub fn new(door: SignedDoor, bucket: String) -> Self {
        Self { door, bucket }
    }
}

impl Results for ResultsBucket {
    async fn put_result(&self, key: &ResultKey, result: Whole<'_>) -> PortResult<()> {
        let put = SignedCall {
            method: "PUT",
            path: object_path(&self.bucket, key.as_str()),
            timeout: PATIENCE,
            ..SignedCall::post(AwsService::S3, PUT, result.bytes.into_owned())
        };
        let put = put
            .header("content-type", result.content_type.to_owned())
            // Whatever a target answered, no browser shows it as a page.
            .header("content-disposition", "attachment".to_owned());
        self.door.call(put).await?;
        Ok(())
    }

    async fn link_to_result(&self, key: &ResultKey) -> PortResult<String> {
        let lifetime = LINK_LIFETIME.to_std().unwrap_or_default();
        let link = self
            .door
            .presigned_get(&self.bucket, key.as_str(), lifetime);
        Ok(link.await?)
    }
}
