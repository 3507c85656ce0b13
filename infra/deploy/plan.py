"""Decides what a deployment does: from what is wanted and what is there, the steps to make. No effects here."""

from dataclasses import dataclass
from typing import Any

import artefacts
import bucket
from artefacts import Artefact
from calls import Call, Step
from found import NEVER_MADE, Found, Stack

# Types of which a change set may neither remove nor replace any: they hold jobs, records and messages.
HOLD_DATA = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue")

# The parameter that may only grow.
SHARDS = "ShardCount"


class Refused(Exception):
    """What was asked for will not be done; the text says why, and what to do."""


@dataclass(frozen=True)
class Wanted:
    """What a deployment is to lead to. `uploads` is empty for a release that is in the bucket already."""

    stage: str
    region: str
    change_set: str
    template_key: str
    parameters: dict[str, str]
    uploads: list[Artefact]
    commit: str

    @property
    def stack(self) -> str:
        """The stack's name."""
        return f"punctual-{self.stage}"


def parameters(template: dict[str, Any], given: dict[str, str], before: Stack | None) -> list[dict[str, Any]]:
    """The change set's parameters: what was given, else what the stack has, else the template's default.

    Raises Refused if one is unknown, or has no value at all.
    """
    known = template["Parameters"]
    if before and SHARDS in given and int(given[SHARDS]) < int(before.parameters.get(SHARDS, 0)):
        raise Refused(
            f"{SHARDS} must not shrink from {before.parameters[SHARDS]}: hints in the shards beyond would not be found"
        )
    if unknown := sorted(set(given) - set(known)):
        raise Refused(f"the template has no parameter {', '.join(unknown)}")
    chosen: list[dict[str, Any]] = []
    missing = []
    for name, definition in known.items():
        if name in given:
            chosen.append({"ParameterKey": name, "ParameterValue": given[name]})
        elif before and name in before.parameters:
            chosen.append({"ParameterKey": name, "UsePreviousValue": True})
        elif "Default" not in definition:
            missing.append(name)
    if missing:
        raise Refused(f"these parameters have no default, and must be given: {', '.join(missing)}")
    return chosen


def preparation(wanted: Wanted, found: Found) -> list[Step]:
    """The steps before a change set can be made."""
    if found.stack and found.stack.status.endswith("_IN_PROGRESS") and found.stack.status not in NEVER_MADE:
        raise Refused(f"the stack {wanted.stack} is being changed ({found.stack.status}): wait until that has ended")
    steps = []
    name = bucket.name(found.account, wanted.region)
    if not found.bucket:
        steps.append(bucket.creation(name, wanted.region, found.partition, found.account))
    missing = [one for one in wanted.uploads if one.key not in found.keys]
    if missing:
        ours = {"Bucket": name, "ExpectedBucketOwner": found.account}
        puts = [Call("s3", "put_object", {**ours, "Key": one.key, "Body": one.path}) for one in missing]
        steps.append(Step(f"Upload {', '.join(one.name for one in missing)}", puts))
    if found.stack and found.stack.status in NEVER_MADE:
        remove = Call("cloudformation", "delete_stack", {"StackName": wanted.stack})
        steps.append(
            Step(f"Remove the remains of an attempt ({found.stack.status}); wait until they are gone", [remove])
        )
    return steps


def proposal(wanted: Wanted, found: Found, template: dict[str, Any]) -> Step:
    """The change set. What an earlier stack of the stage has left behind is taken back into a new one."""
    before = found.stack if found.stack and found.stack.status not in NEVER_MADE else None
    name = bucket.name(found.account, wanted.region)
    chosen = {
        "StackName": wanted.stack,
        "ChangeSetName": wanted.change_set,
        "ChangeSetType": "UPDATE" if before else "CREATE",
        "TemplateURL": f"https://s3.{wanted.region}.{dns_suffix(found.partition)}/{name}/{wanted.template_key}",
        "Parameters": parameters(template, {**wanted.parameters, "ArtifactBucket": name}, before),
        "Capabilities": ["CAPABILITY_IAM"],
        "Tags": [{"Key": "Application", "Value": "punctual"}, {"Key": "Stage", "Value": wanted.stage}],
    }
    if found.kept:
        chosen["ImportExistingResources"] = True
    kept = f", taking back {', '.join(found.kept)}" if found.kept else ""
    verb = f"change the stack {wanted.stack}" if before else f"make the stack {wanted.stack}{kept}"
    return Step(
        f"Propose to {verb}; wait for the change set, and show it",
        [Call("cloudformation", "create_change_set", chosen)],
    )


def restoration(wanted: Wanted, found: Found) -> list[Step]:
    """Puts the stack's code back where `cargo lambda deploy` put other code: CloudFormation sees no change there."""
    name = bucket.name(found.account, wanted.region)
    calls = []
    for function, running in found.code.items():
        built_from = "worker" if function == "long" else function
        artefact = next((one for one in wanted.uploads if one.name == built_from), None)
        same_key = (
            artefact
            and found.stack
            and found.stack.parameters.get(artefacts.code_parameter(built_from)) == artefact.key
        )
        if artefact and same_key and running != artefacts.lambda_digest(artefact.path):
            code = {"S3Bucket": name, "S3Key": artefact.key}
            calls.append(Call("lambda", "update_function_code", {"FunctionName": f"{wanted.stack}-{function}", **code}))
    return [Step("Put the stack's own code back, where somebody put other code", calls)] if calls else []


def execution(wanted: Wanted) -> Step:
    """What carries the change set out."""
    named = {"StackName": wanted.stack, "ChangeSetName": wanted.change_set}
    return Step(
        "Carry it out, unless it would replace or remove what holds data; wait, and show each resource. "
        "A failure is rolled back by CloudFormation",
        [Call("cloudformation", "execute_change_set", named)],
    )


def protection(wanted: Wanted, before: Stack | None) -> list[Step]:
    """Has the stack guarded against `delete-stack` as its tables are; untouched, if nothing was said of that."""
    guarded = {"true": True, "false": False}.get(wanted.parameters.get("DeletionProtection", ""))
    if guarded is None or guarded == (before is not None and before.protected):
        return []
    guard = {"StackName": wanted.stack, "EnableTerminationProtection": guarded}
    why = "Protect the stack against removal" if guarded else "Let the stack be removed"
    return [Step(why, [Call("cloudformation", "update_termination_protection", guard)])]


def dns_suffix(partition: str) -> str:
    """The domain of a partition's services."""
    return "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"


def dangers(changes: list[dict[str, Any]]) -> list[str]:
    """Of a change set's changes, those that would lose data."""
    lost = []
    for one in (change["ResourceChange"] for change in changes):
        replaced = one["Action"] == "Modify" and one.get("Replacement") in ("True", "Conditional")
        if one["ResourceType"] in HOLD_DATA and (one["Action"] == "Remove" or replaced):
            lost.append(
                f"{one['Action'].lower()} {one['LogicalResourceId']} (replacement: {one.get('Replacement', '-')})"
            )
    return lost


def release(wanted: Wanted) -> dict[str, Any]:
    """What has to be kept of a deployment in order to come back to it: code and template. Parameters stay what the
    stack has: a stage's shards, for one, must not shrink because its code goes back."""
    code = {
        name: value for name, value in wanted.parameters.items() if name.endswith("CodeKey") or name == "Architecture"
    }
    return {"template": wanted.template_key, "parameters": code, "commit": wanted.commit}


def release_key(wanted: Wanted) -> str:
    """Where a deployment's release is kept."""
    return f"releases/{wanted.stack}/{wanted.change_set}.json"
