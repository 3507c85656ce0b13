"""The bucket that holds releases: one for an account and region, shared by its stages, made by the first deployment."""

import json
from typing import Any

from calls import Call, Step

# Code and templates that a stage still names must not go; copies that were overwritten or deleted may.
LIFECYCLE = {
    "Rules": [
        {
            "ID": "forget-what-was-overwritten",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        }
    ]
}


def name(account: str, region: str) -> str:
    """The bucket's name. Not `punctual-<stage>-…`: it belongs to no stage."""
    return f"punctual-artifacts-{account}-{region}"


def only_over_tls(bucket: str, partition: str) -> dict[str, Any]:
    """The bucket's policy."""
    arn = f"arn:{partition}:s3:::{bucket}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "OnlyOverTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, f"{arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }


def creation(bucket: str, region: str, partition: str, account: str) -> Step:
    """Makes the bucket: private, encrypted, versioned, reached over TLS only. Whoever else owns one of that name is not
    written to: `ExpectedBucketOwner` is refused there."""
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    ours = {"Bucket": bucket, "ExpectedBucketOwner": account}
    encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    blocked = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    calls = [
        Call("s3", "create_bucket", {"Bucket": bucket, "ObjectOwnership": "BucketOwnerEnforced", **place}),
        Call("s3", "put_public_access_block", {**ours, "PublicAccessBlockConfiguration": blocked}),
        Call("s3", "put_bucket_encryption", {**ours, "ServerSideEncryptionConfiguration": encryption}),
        Call("s3", "put_bucket_versioning", {**ours, "VersioningConfiguration": {"Status": "Enabled"}}),
        Call("s3", "put_bucket_lifecycle_configuration", {**ours, "LifecycleConfiguration": LIFECYCLE}),
        Call("s3", "put_bucket_policy", {**ours, "Policy": json.dumps(only_over_tls(bucket, partition))}),
    ]
    return Step("Make the bucket for releases: private, encrypted, versioned", calls)
