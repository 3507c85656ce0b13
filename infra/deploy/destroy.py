"""Removes a stage, after asking. The tables of jobs, executions, history and control and the bucket of results stay, for a later
deployment of the stage to take back; --data delete removes them, too. A protected stage is refused."""

import argparse
import os
import sys
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

import stack
from calls import Aws, Call
from found import Stack, exists
from found import stack as find_stack
from plan import Refused

# The stack's outputs that name what it retains.
TABLES = ("JobsTableName", "ExecutionsTableName", "HistoryTableName", "ControlTableName")
BUCKET = "ResultsBucketName"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--data", choices=["keep", "delete"], default="keep", help="what becomes of jobs and records")
    parser.add_argument("--confirm", help="the stage's name, instead of being asked for it")
    parser.add_argument("--region", default=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"))
    parser.add_argument("--endpoint", help="of a stand-in for AWS")
    chosen = parser.parse_args()
    if not chosen.region:
        parser.error("no region: set AWS_REGION, or pass --region")
    return chosen


def describe(aws: Aws, name: str) -> dict[str, Any]:
    """A table as DynamoDB describes it."""
    return aws.make(Call("dynamodb", "describe_table", {"TableName": name}))["Table"]


def refuse_if_protected(found: Stack, stage: str) -> None:
    """Raises Refused for a stage that was protected on purpose."""
    if found.protected or found.parameters.get("DeletionProtection") == "true":
        raise Refused(
            f"the stage {stage} is protected. To give that up: "
            f"make deploy STAGE={stage} PARAMETERS=DeletionProtection=false APPLY=1"
        )


def show(aws: Aws, found: Stack, name: str, keep: bool) -> None:
    """Says what goes and what stays. How many items a table has, DynamoDB counts every six hours or so."""
    print(f"The stack {name} goes: its functions, queues with the messages in them, triggers, API, alarms, logs;")
    print("and the table of hints, which are made anew from the jobs within an hour of the next deployment.")
    verb = "stays" if keep else "GOES"
    for table in (found.outputs[output] for output in TABLES if output in found.outputs):
        print(f"{verb:>6}: table {table}, about {describe(aws, table).get('ItemCount', 0)} items")
    if BUCKET in found.outputs:
        print(f"{verb:>6}: bucket {found.outputs[BUCKET]}")
    print(" stays: the bucket of releases, which other stages share; users' secrets; your issuer of tokens")


def remove_table(aws: Aws, name: str) -> None:
    """Removes a table, and its guard before."""
    if not exists(aws, Call("dynamodb", "describe_table", {"TableName": name})):
        return
    if describe(aws, name).get("DeletionProtectionEnabled"):
        aws.make(Call("dynamodb", "update_table", {"TableName": name, "DeletionProtectionEnabled": False}))
    print(f"==> Remove the table {name}", flush=True)
    aws.make(Call("dynamodb", "delete_table", {"TableName": name}))


def remove_bucket(aws: Aws, name: str) -> None:
    """Empties a bucket, a thousand objects at a time, and removes it."""
    if not exists(aws, Call("s3", "head_bucket", {"Bucket": name})):
        return
    print(f"==> Empty and remove the bucket {name}", flush=True)
    while True:
        page = aws.make(Call("s3", "list_object_versions", {"Bucket": name}))
        entries = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if not entries:
            break
        objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in entries]
        left = aws.make(Call("s3", "delete_objects", {"Bucket": name, "Delete": {"Objects": objects, "Quiet": True}}))
        if left.get("Errors"):
            raise Refused(f"some of {name} cannot be deleted: {left['Errors'][0]}")
    aws.make(Call("s3", "delete_bucket", {"Bucket": name}))


def main() -> None:
    """Asks, and removes."""
    chosen = arguments()
    aws = Aws(boto3.Session(region_name=chosen.region), chosen.endpoint)
    name = f"punctual-{chosen.stage}"
    found = find_stack(aws, name)
    if not found:
        raise Refused(f"there is no stack {name} in {chosen.region}")
    refuse_if_protected(found, chosen.stage)
    show(aws, found, name, chosen.data == "keep")
    answer = chosen.confirm
    if answer is None:
        try:
            answer = input(f"Type the stage's name, {chosen.stage}, to go on: ")
        except EOFError:
            answer = ""
    if answer.strip() != chosen.stage:
        raise Refused("that is not the stage's name: nothing was done")
    before = stack.last_event(aws, name)
    aws.make(Call("cloudformation", "delete_stack", {"StackName": name}))
    end = stack.settle(aws, name, print, before)
    if end not in ("GONE", "DELETE_COMPLETE"):
        raise Refused(f"the stack is {end}: see above for what failed first")
    if chosen.data == "delete":
        for output in TABLES:
            remove_table(aws, found.outputs[output])
        remove_bucket(aws, found.outputs[BUCKET])
    print(f"==> The stage {chosen.stage} is gone")


if __name__ == "__main__":
    try:
        main()
    except (Refused, BotoCoreError, ClientError) as refusal:
        sys.exit(f"destroy: {refusal}")
