"""Calls to AWS as values: what a dry run prints and what a real run makes are the same objects, so they cannot
differ."""

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from collections.abc import Callable

# As the CLI calls the service that boto3 calls s3.
CLI_NAMES = {"s3": "s3api"}


@dataclass(frozen=True)
class Call:
    """One call: the names are boto3's. A `Path` among the parameters stands for that file's contents."""

    service: str
    operation: str
    parameters: dict[str, Any] = field(default_factory=dict)

    def command(self) -> str:
        """The same call as a command of the AWS CLI."""
        words = ["aws", CLI_NAMES.get(self.service, self.service), self.operation.replace("_", "-")]
        for name, value in self.parameters.items():
            option = "--" + re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()
            if isinstance(value, bool):
                words.append(option if value else option.replace("--", "--no-", 1))
            elif isinstance(value, (dict, list)):
                words += [option, json.dumps(value, separators=(",", ":"))]
            else:
                words += [option, str(value)]
        return shlex.join(words)


@dataclass(frozen=True)
class Step:
    """Calls that belong together, and why they are made."""

    why: str
    calls: list[Call]

    def show(self, say: Callable[[str], None]) -> None:
        """Says what the step is for, and each of its calls as a command."""
        say(f"\n# {self.why}")
        for call in self.calls:
            say(call.command())


class Aws:
    """Makes calls, in one account and region. `endpoint` is for stand-ins."""

    def __init__(self, session: Any, endpoint: str | None) -> None:
        self.session = session
        self.endpoint = endpoint
        self.clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """The one client of a service."""
        if service not in self.clients:
            self.clients[service] = self.session.client(service, endpoint_url=self.endpoint)
        return self.clients[service]

    def make(self, call: Call) -> Any:
        """Makes one call, and returns its answer; raises botocore's errors."""
        contents = {name: value.read_bytes() for name, value in call.parameters.items() if isinstance(value, Path)}
        return getattr(self.client(call.service), call.operation)(**{**call.parameters, **contents})
