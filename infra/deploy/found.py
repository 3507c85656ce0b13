"""What is there already. Only reads: a dry run looks, too."""

from dataclasses import dataclass, field
from typing import Any

import yaml
from botocore.exceptions import BotoCoreError, ClientError

from calls import Aws, Call


# A stack in this state was never made: it can only be removed.
NEVER_MADE = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "REVIEW_IN_PROGRESS", "CREATE_FAILED")


@dataclass(frozen=True)
class Stack:
    """A stack as it stands."""

    status: str
    parameters: dict[str, str]
    outputs: dict[str, str]
    resources: dict[str, Any]
    protected: bool


@dataclass(frozen=True)
class Found:
    """An account as it stands, as far as it matters here. `unreachable` says why nothing could be looked at."""

    account: str
    partition: str
    bucket: bool = False
    keys: frozenset[str] = frozenset()
    stack: Stack | None = None
    unreachable: str = ""
    kept: tuple[str, ...] = ()
    # What each of the stack's functions runs: the digest of its zip, as Lambda shows it.
    code: dict[str, str] = field(default_factory=dict)


def is_missing(error: ClientError) -> bool:
    """Whether an error says that there is no such thing."""
    code = error.response["Error"]["Code"]
    return code in {"404", "NoSuchBucket", "NoSuchKey", "NotFound", "ResourceNotFoundException"} or (
        code == "ValidationError" and "does not exist" in error.response["Error"]["Message"]
    )


def exists(aws: Aws, call: Call) -> bool:
    """Whether what a call asks for is there. Raises ClientError for any other refusal than that it is not."""
    try:
        aws.make(call)
    except ClientError as error:
        if is_missing(error):
            return False
        raise
    return True


def the_template(aws: Aws, stack: str) -> dict[str, Any]:
    """The template that a stack was last made from, as it was uploaded."""
    body = aws.make(Call("cloudformation", "get_template", {"StackName": stack}))["TemplateBody"]
    return body if isinstance(body, dict) else yaml.safe_load(body)


def stack(aws: Aws, name: str) -> Stack | None:
    """The stack of that name."""
    try:
        found = aws.make(Call("cloudformation", "describe_stacks", {"StackName": name}))["Stacks"][0]
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    template = {} if found["StackStatus"] in NEVER_MADE else the_template(aws, name)
    return Stack(
        status=found["StackStatus"],
        parameters={one["ParameterKey"]: one["ParameterValue"] for one in found.get("Parameters", [])},
        outputs={one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])},
        resources=template.get("Resources", {}),
        protected=found.get("EnableTerminationProtection", False),
    )


def running_code(aws: Aws, stack_name: str, functions: tuple[str, ...]) -> dict[str, str]:
    """The digests of what functions run, as far as they are there."""
    code = {}
    for function in functions:
        try:
            named = {"FunctionName": f"{stack_name}-{function}"}
            code[function] = aws.make(Call("lambda", "get_function_configuration", named))["CodeSha256"]
        except ClientError as error:
            if not is_missing(error):
                raise
    return code


def look(
    aws: Aws,
    region: str,
    bucket_name: Any,
    stack_name: str,
    keys: list[str],
    tables: tuple[str, ...],
    functions: tuple[str, ...],
) -> Found:
    """Looks at the account: who it is, its bucket of releases, which of `keys` are in it, the stack, what its
    `functions` run, and which of `tables` an earlier stack has left behind."""
    try:
        arn = aws.make(Call("sts", "get_caller_identity"))
    except (BotoCoreError, ClientError) as error:
        return Found(account="ACCOUNT", partition="aws", unreachable=str(error))
    account, partition = arn["Account"], arn["Arn"].split(":")[1]
    bucket = bucket_name(account, region)
    ours = {"Bucket": bucket, "ExpectedBucketOwner": account}
    has_bucket = exists(aws, Call("s3", "head_bucket", ours))
    there = frozenset(
        key for key in keys if has_bucket and exists(aws, Call("s3", "head_object", {**ours, "Key": key}))
    )
    present = stack(aws, stack_name)
    # A first attempt that failed leaves them behind, too.
    made = present is not None and present.status not in NEVER_MADE
    left = () if made else tables
    kept = [one for one in left if exists(aws, Call("dynamodb", "describe_table", {"TableName": one}))]
    results = {"Bucket": f"{stack_name}-results-{account}-{region}", "ExpectedBucketOwner": account}
    if not made and exists(aws, Call("s3", "head_bucket", results)):
        kept.append(results["Bucket"])
    code = running_code(aws, stack_name, functions) if made else {}
    return Found(account, partition, has_bucket, there, present, kept=tuple(kept), code=code)
