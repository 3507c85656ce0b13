"""One trial: the stand-in, an issuer of tokens, and the tools, run as a user runs them. What is seen is said."""

import argparse
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import yaml
from adapt import adapt
from issuer import ROLE_CLAIM, Issuer
from stand_in import StandIn

from artefacts import FUNCTIONS
from smoke import Api, Broken

ROOT = Path(__file__).resolve().parents[2]
STAGE = "dev"
STACK = f"punctual-{STAGE}"
# What the tools say of single resources and outputs, in hundreds of lines.
NOISE = re.compile(r"  (CREATE|UPDATE|DELETE)_COMPLETE |  (Add|Modify|Remove|Import) |(?!ApiEndpoint)\w+ = ")


def say(line: str) -> None:
    """Says what was seen, and when."""
    print(f"{datetime.now(timezone.utc):%H:%M:%S}  {line}", flush=True)


def expect(what: str, holds: bool) -> None:
    """Says that something holds. Raises Broken if it does not."""
    if not holds:
        raise Broken(f"not so: {what}")
    say(what)


@dataclass(frozen=True)
class FarJob:
    """A job that is too far for a message: the tick sends one when it is nearer."""

    job: str
    due: datetime


class Trial:
    """One trial: the stand-in, the issuer, and the tools, run as a user runs them."""

    def __init__(self, stand_in: StandIn, chosen: argparse.Namespace) -> None:
        self.stand_in, self.binaries = stand_in, chosen.binaries
        self.template = yaml.safe_load(chosen.template.read_text())
        ours, changed = adapt(self.template)
        self.template_path = Path(stand_in.folder.name) / "template.json"
        self.template_path.write_text(json.dumps(ours))
        for line in changed:
            say(f"the template, for the stand-in: {line}")
        self.far: FarJob
        self.issuer = Issuer(stand_in.client("cognito-idp"))
        for user, role in (("ada", "user"), ("vera", "viewer")):
            self.issuer.add_user(user, role)

    def run(self, script: str, *words: str, quietly: Sequence[str] = (), expect: int = 0) -> None:
        """Runs one of the tools of infra/deploy, and shows what it prints; `quietly` is what it is told besides, for
        this is a trial. Raises Broken if it ends otherwise than expected."""
        command = [sys.executable, str(ROOT / "infra/deploy" / script), *words, *quietly]
        say(f"$ {script} {' '.join(words)}")
        done = subprocess.run(
            command,
            env=self.stand_in.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for single, group in itertools.groupby(done.stdout.splitlines(), lambda line: bool(NOISE.match(line))):
            lines = list(group)
            if single and done.returncode == expect:
                lines = [f"  … {len(lines)} lines on single resources or outputs"]
            for line in lines:
                print(f"          {line[:170]}{'…' if len(line) > 170 else ''}", flush=True)
        if done.returncode != expect:
            raise Broken(f"{script} ended with {done.returncode}, not {expect}")

    def deploy(self, *words: str, binaries: Path | None = None, expect: int = 0, **values: str) -> None:
        """Runs deploy.py for this stage, with parameters."""
        parameters = [word for name, value in values.items() for word in ("--parameter", f"{name}={value}")]
        here = ["--endpoint", self.stand_in.endpoint, "--template", str(self.template_path), "--no-smoke"]
        built = ["--binaries", str(binaries or self.binaries), "--arch", "x86_64"]
        self.run("deploy.py", "--stage", STAGE, *parameters, *words, quietly=[*here, *built], expect=expect)

    def another_build(self, function: str) -> Path:
        """The binaries, of which one has a few more bytes behind its end: other code by its digest, the same
        program."""
        folder = Path(self.stand_in.folder.name) / f"another-{function}"
        for one in FUNCTIONS:
            to = folder / one / "bootstrap"
            to.parent.mkdir(parents=True)
            to.write_bytes(
                (self.binaries / one / "bootstrap").read_bytes() + (b"another build" if one == function else b"")
            )
            to.chmod(0o755)
        return folder

    def releases(self) -> list[str]:
        """The stage's releases, the earliest first."""
        s3 = self.stand_in.client("s3")
        bucket = s3.list_buckets()["Buckets"][0]["Name"]
        kept = s3.list_objects_v2(Bucket=bucket, Prefix=f"releases/{STACK}/")["Contents"]
        return sorted(one["Key"].rsplit("/", 1)[1].removesuffix(".json") for one in kept)

    def destroy(self, *words: str, expect: int = 0) -> None:
        """Runs destroy.py for this stage."""
        here = ["--endpoint", self.stand_in.endpoint]
        self.run("destroy.py", "--stage", STAGE, *words, quietly=here, expect=expect)

    def api(self, user: str = "ada", audience: str | None = None) -> Api:
        """The API, for a user."""
        return Api(self.stand_in.api(), self.issuer.token(user, audience))

    def identity(self) -> dict[str, str]:
        """The parameters that name the issuer."""
        return {"Issuer": self.issuer.url, "Audience": self.issuer.audience, "RoleClaim": ROLE_CLAIM}
