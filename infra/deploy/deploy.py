"""Deploys a stage: packages what was built, uploads it, and creates or changes the stack. Without --apply it only reads, and
prints what it would do."""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timezone
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
from artefacts import Artefact
from calls import Aws, Call, Step
from found import Found, look
from plan import Refused, Wanted
from template import differences, with_static_names

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "target/deploy"
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
    parser.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the template")
    parser.add_argument("--region", default=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"))
    parser.add_argument("--no-smoke", action="store_true", help="do not test the stage once it is deployed")
    parser.add_argument("--endpoint", help="of a stand-in for AWS")
    parser.add_argument("--template", type=Path, default=ROOT / "infra/template.yaml")
    parser.add_argument("--binaries", type=Path, default=ROOT / "target/lambda", help="<function>/bootstrap below it")
    chosen = parser.parse_args()
    if not chosen.region:
        parser.error("no region: set AWS_REGION, or pass --region")
    return chosen


def stage_parameters(stage: str) -> dict[str, str]:
    """What infra/stages/<stage>.json says, if there is one."""
    path = ROOT / f"infra/stages/{stage}.json"
    return {key: str(value) for key, value in json.loads(path.read_text())["Parameters"].items()} if path.exists() else {}


def built(chosen: argparse.Namespace, folder: Path) -> list[Artefact]:
    """What was built, packaged; in a dry run without a build, stand-ins for it."""
    try:
        functions = artefacts.package(chosen.binaries, folder)
    except FileNotFoundError as error:
        if chosen.apply:
            raise Refused(f"there is no {error.filename}: run make build") from error
        print("# Nothing has been built: the keys of the functions' code are not known yet.")
        functions = [Artefact(name, folder / f"{name}.zip", f"functions/{name}/DIGEST.zip") for name in artefacts.FUNCTIONS]
    return [*functions, artefacts.template(chosen.template)]


def git_commit() -> str:
    """The commit that is deployed, with a plus if files differ from it."""
    try:
        run = subprocess.run(
            ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+", "--abbrev=12"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return run.stdout.strip()


def wanted(chosen: argparse.Namespace, folder: Path) -> Wanted:
    """What the command line asks for; of a release, what the bucket knows of it."""
    stamp = datetime.now(timezone.utc).strftime("r%Y%m%dT%H%M%SZ")
    given = dict(one.split("=", 1) for one in chosen.parameter)
    uploads = [] if chosen.release else built(chosen, folder)
    code = artefacts.code_keys([one for one in uploads if one.name != "template"])
    return Wanted(
        stage=chosen.stage,
        region=chosen.region,
        change_set=stamp,
        template_key=uploads[-1].key if uploads else "",
        parameters={**stage_parameters(chosen.stage), **given, **code, "Stage": chosen.stage, "Architecture": chosen.arch},
        uploads=uploads,
        commit=git_commit(),
    )


def earlier_release(aws: Aws, chosen: argparse.Namespace, now: Wanted, found: Found) -> tuple[Wanted, dict[str, Any]]:
    """The release that is to be gone back to, and its template. Other parameters are what the stack has, or what
    the command line says."""
    asked = {"Stage": now.stage, **dict(one.split("=", 1) for one in chosen.parameter)}
    name = bucket.name(found.account, chosen.region)

    def read(key: str) -> str:
        return aws.make(Call("s3", "get_object", {"Bucket": name, "Key": key}))["Body"].read().decode()

    if not found.stack:
        raise Refused(f"there is no stack {now.stack} that could go back to an earlier release")
    try:
        kept = json.loads(read(f"releases/{now.stack}/{chosen.release}.json"))
    except ClientError as error:
        raise Refused(f"there is no release {chosen.release} of {now.stack}: {error}") from error
    back = Wanted(now.stage, now.region, now.change_set, kept["template"], {**asked, **kept["parameters"]}, [], kept["commit"])
    return back, yaml.safe_load(read(back.template_key))


def taking_back(chosen: argparse.Namespace, goal: Wanted, found: Found) -> tuple[Wanted, dict[str, Any]]:
    """The same for a stage whose stack was removed and whose data was kept; and the template by which it is taken back."""
    names = {"Stage": goal.stage, "AWS::AccountId": found.account, "AWS::Region": goal.region}
    template = with_static_names(yaml.safe_load(chosen.template.read_text()), names)
    path = PACKAGES / "template-taking-back.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(template, indent=1, default=str))
    uploaded = artefacts.template(path)
    return replace(goal, template_key=uploaded.key, uploads=[*goal.uploads[:-1], uploaded]), template


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
    tables = [f"{goal.stack}-{name}" for name in RETAINED]
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
