"""Deploys a stage: packages what was built, uploads it, and creates or changes the stack. Without --apply it only
reads, and prints what it would do."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.exceptions import BotoCoreError, ClientError

import artefacts
import bucket
import plan
import smoke
import stack
from calls import Aws, Call, Step
from found import Found, look
from goal import PACKAGES, ROOT, earlier_release, taking_back, wanted
from plan import Refused, Wanted
from template import differences

# Tables that outlive their stack: the template retains them, and the bucket of results.
RETAINED = ("jobs", "executions", "history")
# The worker is deployed twice.
DEPLOYED = (*artefacts.FUNCTIONS, "long")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stage", required=True, help="the stage: dev, prod, ...")
    parser.add_argument("--apply", action="store_true", help="do it, rather than print it")
    parser.add_argument("--arch", default="arm64", choices=["arm64", "x86_64"], help="what was built")
    parser.add_argument("--release", help="go back to this release instead of deploying what was built")
    parser.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the template"
    )
    parser.add_argument("--region", default=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"))
    parser.add_argument("--no-smoke", action="store_true", help="do not test the stage once it is deployed")
    parser.add_argument("--endpoint", help="of a stand-in for AWS")
    parser.add_argument("--template", type=Path, default=ROOT / "infra/template.yaml")
    parser.add_argument("--binaries", type=Path, default=ROOT / "target/lambda", help="<function>/bootstrap below it")
    chosen = parser.parse_args()
    if not chosen.region:
        parser.error("no region: set AWS_REGION, or pass --region")
    return chosen


def carry_out(aws: Aws, steps: list[Step]) -> None:
    """Makes the calls of steps, and says which step it is at."""
    for step in steps:
        print(f"==> {step.why}", flush=True)
        for call in step.calls:
            aws.make(call)


def apply(aws: Aws, goal: Wanted, found: Found, template: dict[str, Any]) -> dict[str, str]:
    """Deploys, and returns the stack's outputs."""
    remains = found.stack is not None and found.stack.status in plan.NEVER_MADE
    carry_out(aws, plan.preparation(goal, found))
    if remains:
        stack.settle(aws, goal.stack, print, None)
    carry_out(aws, [plan.proposal(goal, found, template)])
    changes = stack.change_set(aws, goal.stack, goal.change_set)
    named = {"StackName": goal.stack, "ChangeSetName": goal.change_set}
    if not changes:
        print("  nothing changes")
        aws.make(Call("cloudformation", "delete_change_set", named))
    else:
        stack.show_changes(changes, print)
        if lost := plan.dangers(changes):
            raise Refused(
                f"this would lose data: {'; '.join(lost)}. The change set {goal.change_set} is left for you to look at"
            )
        before = stack.last_event(aws, goal.stack)
        carry_out(aws, [plan.execution(goal)])
        end = stack.settle(aws, goal.stack, print, before)
        if end not in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"):
            raise Refused(f"the stack is {end}: see above for what failed first")
    carry_out(aws, [*plan.restoration(goal, found), *plan.protection(goal, found.stack)])
    name = bucket.name(found.account, goal.region)
    kept = {"Bucket": name, "Key": plan.release_key(goal), "Body": json.dumps(plan.release(goal)).encode()}
    aws.make(Call("s3", "put_object", kept))
    print(f"==> This was the release {goal.change_set}")
    done = aws.make(Call("cloudformation", "describe_stacks", {"StackName": goal.stack}))["Stacks"][0]
    return {one["OutputKey"]: one["OutputValue"] for one in done.get("Outputs", [])}


def show(goal: Wanted, found: Found, template: dict[str, Any]) -> None:
    """Prints what deploying would do."""
    if found.unreachable:
        print(f"# The account was not looked at ({found.unreachable}): this is what an empty one would see.")
    for step in [*plan.preparation(goal, found), plan.proposal(goal, found, template), plan.execution(goal)]:
        step.show(print)
    for step in [*plan.restoration(goal, found), *plan.protection(goal, found.stack)]:
        step.show(print)
    print("\n# Test it: infra/deploy/smoke.py, with the token in TOKEN if there is one")
    if found.stack:
        lines = differences(found.stack.resources, template["Resources"])
        print(f"\n# The template's resources differ from the stack's in {len(lines)}:")
        print("\n".join(f"  {line}" for line in lines) or "  (none)")
    print("\n# Nothing was done. APPLY=1 does it.")


def prove(endpoint: str) -> None:
    """Has the stage prove itself: all that smoke.py asks for if there is a token, else that its door is shut."""
    print(f"==> Test {endpoint}", flush=True)
    token = os.environ.get("PUNCTUAL_TOKEN")
    try:
        if token:
            smoke.smoke(endpoint, token)
        else:
            smoke.door(endpoint)
            print("  no more without a token: set TOKEN, or run make smoke")
    except (smoke.Broken, OSError) as trouble:
        raise Refused(f"the stack is deployed, but the smoke test failed: {trouble}") from trouble


def main() -> None:
    """Deploys, or says how it would."""
    chosen = arguments()
    aws = Aws(boto3.Session(region_name=chosen.region), chosen.endpoint)
    goal = wanted(chosen, PACKAGES)
    tables = tuple(f"{goal.stack}-{name}" for name in RETAINED)
    found = look(aws, chosen.region, bucket.name, goal.stack, [one.key for one in goal.uploads], tables, DEPLOYED)
    if chosen.apply and found.unreachable:
        raise Refused(f"the account cannot be reached: {found.unreachable}")
    if chosen.release:
        goal, template = earlier_release(aws, chosen, goal, found)
    elif found.kept:
        goal, template = taking_back(chosen, goal, found)
    else:
        template = yaml.safe_load(chosen.template.read_text())
    if not chosen.apply:
        show(goal, found, template)
        return
    outputs = apply(aws, goal, found, template)
    for name, value in outputs.items():
        print(f"{name} = {value}")
    if not chosen.no_smoke:
        prove(outputs["ApiEndpoint"])


if __name__ == "__main__":
    try:
        main()
    except (Refused, BotoCoreError, ClientError) as refusal:
        sys.exit(f"deploy: {refusal}")
