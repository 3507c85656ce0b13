"""What a deployment is to lead to: what was built, an earlier release, or a removed stage's data taken back."""

import argparse
import json
import subprocess
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import ClientError

import artefacts
import bucket
from artefacts import Artefact
from calls import Aws, Call
from found import Found
from plan import Refused, Wanted
from template import with_static_names

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "target/deploy"


def stage_parameters(stage: str) -> dict[str, str]:
    """What infra/stages/<stage>.json says, if there is one."""
    path = ROOT / f"infra/stages/{stage}.json"
    return (
        {key: str(value) for key, value in json.loads(path.read_text())["Parameters"].items()} if path.exists() else {}
    )


def built(chosen: argparse.Namespace, folder: Path) -> list[Artefact]:
    """What was built, packaged; in a dry run without a build, stand-ins for it."""
    try:
        functions = artefacts.package(chosen.binaries, folder)
    except FileNotFoundError as error:
        if chosen.apply:
            raise Refused(f"there is no {error.filename}: run make build") from error
        print("# Nothing has been built: the keys of the functions' code are not known yet.")
        functions = [
            Artefact(name, folder / f"{name}.zip", f"functions/{name}/DIGEST.zip") for name in artefacts.FUNCTIONS
        ]
    return [*functions, artefacts.template(chosen.template)]


def git_commit() -> str:
    """The commit that is deployed, with a plus if files differ from it."""
    try:
        run = subprocess.run(
            ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+", "--abbrev=12"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return run.stdout.strip()


def wanted(chosen: argparse.Namespace, folder: Path) -> Wanted:
    """What the command line asks for, with what was built."""
    stamp = datetime.now(timezone.utc).strftime("r%Y%m%dT%H%M%SZ")
    given = dict(one.split("=", 1) for one in chosen.parameter)
    uploads = [] if chosen.release else built(chosen, folder)
    code = artefacts.code_keys([one for one in uploads if one.name != "template"])
    return Wanted(
        stage=chosen.stage,
        region=chosen.region,
        change_set=stamp,
        template_key=uploads[-1].key if uploads else "",
        parameters={
            **stage_parameters(chosen.stage),
            **given,
            **code,
            "Stage": chosen.stage,
            "Architecture": chosen.arch,
        },
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
    back = Wanted(
        now.stage, now.region, now.change_set, kept["template"], {**asked, **kept["parameters"]}, [], kept["commit"]
    )
    return back, yaml.safe_load(read(back.template_key))


def taking_back(chosen: argparse.Namespace, goal: Wanted, found: Found) -> tuple[Wanted, dict[str, Any]]:
    """The same for a stage whose stack is gone and whose data was kept; and the template by which it is taken back."""
    names = {"Stage": goal.stage, "AWS::AccountId": found.account, "AWS::Region": goal.region}
    template = with_static_names(yaml.safe_load(chosen.template.read_text()), names)
    path = PACKAGES / "template-taking-back.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(template, indent=1, default=str))
    uploaded = artefacts.template(path)
    return replace(goal, template_key=uploaded.key, uploads=[*goal.uploads[:-1], uploaded]), template
