"""Waits for CloudFormation, and says what it does meanwhile."""

import time
from typing import Any
from collections.abc import Callable

from botocore.exceptions import ClientError

from calls import Aws, Call
from found import is_missing
from plan import Refused

Say = Callable[[str], None]
# CloudFormation needs seconds to minutes; asking more often gets one throttled.
PAUSE_SECONDS = 3.0
# What CloudFormation says of a change set that changes nothing.
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")


def change_set(aws: Aws, stack: str, name: str, pause: float = PAUSE_SECONDS) -> list[dict[str, Any]]:
    """Waits for a change set and returns its changes: none, if it changes nothing. Raises Refused if it failed."""
    named = Call("cloudformation", "describe_change_set", {"StackName": stack, "ChangeSetName": name})
    while (answer := aws.make(named))["Status"] in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
        time.sleep(pause)
    if answer["Status"] == "FAILED":
        if any(text in answer.get("StatusReason", "") for text in NO_CHANGES):
            return []
        raise Refused(f"the change set failed: {answer.get('StatusReason')}")
    changes = list(answer["Changes"])
    while token := answer.get("NextToken"):
        answer = aws.make(Call(named.service, named.operation, {**named.parameters, "NextToken": token}))
        changes += answer["Changes"]
    return changes


def show_changes(changes: list[dict[str, Any]], say: Say) -> None:
    """Says what a change set changes, one line each."""
    for one in (change["ResourceChange"] for change in changes):
        replaced = f", replacement: {one['Replacement']}" if one.get("Replacement", "False") != "False" else ""
        say(f"  {one['Action']:<7} {one['LogicalResourceId']} ({one['ResourceType']}{replaced})")


def settle(aws: Aws, stack: str, say: Say, since: str | None, pause: float = PAUSE_SECONDS) -> str:
    """Waits until a stack is at rest, and says its events since the one named. Returns its last state; `GONE` without
    a stack."""
    seen = since
    while True:
        try:
            status = aws.make(Call("cloudformation", "describe_stacks", {"StackName": stack}))["Stacks"][0][
                "StackStatus"
            ]
            events = aws.make(Call("cloudformation", "describe_stack_events", {"StackName": stack}))["StackEvents"]
        except ClientError as error:
            if is_missing(error):
                return "GONE"
            raise
        fresh = []
        for event in events:
            if event["EventId"] == seen:
                break
            fresh.append(event)
        for event in reversed([one for one in fresh if not one["ResourceStatus"].endswith("_IN_PROGRESS")]):
            reason = f": {event['ResourceStatusReason']}" if event.get("ResourceStatusReason") else ""
            say(f"  {event['ResourceStatus']:<27} {event['LogicalResourceId']}{reason}")
        seen = events[0]["EventId"] if events else seen
        if not status.endswith("_IN_PROGRESS") or status == "REVIEW_IN_PROGRESS":
            return status
        time.sleep(pause)


def last_event(aws: Aws, stack: str) -> str | None:
    """The latest event of a stack, if it has any."""
    try:
        events = aws.make(Call("cloudformation", "describe_stack_events", {"StackName": stack}))["StackEvents"]
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return events[0]["EventId"] if events else None
