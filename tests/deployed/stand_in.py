"""Starts the stand-in for AWS, with a state that is thrown away, on a free port of loopback."""

import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import boto3
import contextlib

REGION = "us-east-1"
PATIENCE_SECONDS = 30


class StandIn:
    """ministack, which runs functions' zips as processes of its own. Ends with the `with` block."""

    def __init__(self, program: Path, port: int | None) -> None:
        self.program = program
        self.port = port or free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.folder = tempfile.TemporaryDirectory(prefix="punctual-deployed-")
        self.log = Path(self.folder.name) / "log"
        self.process: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        """What commands need in order to reach the stand-in instead of AWS."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PERSIST_", "STATE_"))
        }
        return {
            **inherited,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def __enter__(self) -> "StandIn":
        # AWS_ENDPOINT_URL is for the functions: the stand-in hands it on to them, and nothing else has to be changed in
        # their environment. LAMBDA_WARM_TTL_SECONDS keeps their processes from one tick to the next.
        own = {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "AWS_ENDPOINT_URL": self.endpoint,
            "TMPDIR": self.folder.name,
            "LOG_LEVEL": "WARNING",
            "PERSIST_STATE": "0",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(self.program)],
                env={**self.environment(), **own},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError(f"the stand-in does not start:\n{self.log.read_text()}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.folder.cleanup()

    def ready(self) -> bool:
        """Whether it answers."""
        try:
            with urllib.request.urlopen(f"{self.endpoint}/_ministack/ready", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def stop(self) -> None:
        """Ends it and the functions' processes, which share its session."""
        if not self.process:
            return
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def client(self, service: str) -> Any:
        """A client of one of its services."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )

    def api(self) -> str:
        """Where it serves the HTTP API that the stack made."""
        apis = self.client("apigatewayv2").get_apis()["Items"]
        return f"{self.endpoint}/_aws/execute-api/{apis[0]['ApiId']}/$default"

    def complaints(self) -> list[str]:
        """What it has logged as an error."""
        return [line for line in self.log.read_text(errors="replace").splitlines() if " ERROR " in line]


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
