"""Asks a running stage to prove itself: its door is shut without a token, a job fires in the second it is due, its
history says so, and a job that cannot succeed becomes a dead letter. It needs nothing but Python, and removes what it
made.

    smoke.py --endpoint https://... --token ...
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any
from collections.abc import Callable

# How long until the job is due: time enough to create it.
AHEAD_SECONDS = 5
# A bound against waiting for ever, and the worst that a stage may be without being called broken.
PATIENCE_SECONDS = 90.0
# A domain that the standards promise never exists (RFC 6761): no call ever leaves for anybody.
NOWHERE = "https://punctual-smoke.invalid/"


class Broken(Exception):
    """The stage does not do what it must; the text says what."""


class Api:
    """The API of a stage, with one token."""

    def __init__(self, endpoint: str, token: str | None) -> None:
        self.endpoint, self.token = endpoint.rstrip("/"), token

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One request: the status and the answer. Raises OSError if there is none."""
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.endpoint + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=35) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as refusal:
            status, text = refusal.code, refusal.read()
        try:
            return status, json.loads(text) if text else None
        except ValueError:
            return status, text.decode(errors="replace")

    def must(self, expected: int, method: str, path: str, body: Any = None) -> Any:
        """One request that must be answered by this status. Raises Broken otherwise."""
        status, answer = self.ask(method, path, body)
        if status != expected:
            raise Broken(f"{method} {path} is answered {status}, not {expected}: {answer}")
        return answer


def until(what: str, look: Callable[[], Any], patience: float = PATIENCE_SECONDS) -> Any:
    """Looks until there is something to see, and returns it. Raises Broken after `patience` seconds."""
    end = time.monotonic() + patience
    while not (seen := look()):
        if time.monotonic() > end:
            raise Broken(f"{what}: not within {patience:.0f} s")
        time.sleep(0.5)
    return seen


def instant(text: str) -> datetime:
    """An instant as the API writes it."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def soon() -> datetime:
    """A full second that is near, but not too near to make a job for."""
    return datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=AHEAD_SECONDS)


def text(moment: datetime) -> str:
    """An instant as the API reads it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def create(api: Api, name: str, kind: str, payload: Any, due: datetime, **more: Any) -> str:
    """Creates a job that fires once, and returns its id."""
    schedule = {"kind": "once", "at": text(due)}
    job = {"name": f"smoke: {name}", "job_type": kind, "payload": payload, "schedule": schedule, **more}
    return api.must(201, "POST", "/v1/jobs", job)["id"]


def ended(api: Api, job: str) -> dict[str, Any] | None:
    """The job's execution, once it is over. That the API is busy (429, 503) is not the end of waiting for it."""
    path = f"/v1/jobs/{job}/executions"
    status, answer = api.ask("GET", path)
    if status in (429, 503):
        return None
    if status != 200:
        raise Broken(f"GET {path} is answered {status}, not 200: {answer}")
    over = ("succeeded", "failed", "dead", "skipped", "canceled")
    return next((one for one in answer["items"] if one["state"] in over), None)


def door(endpoint: str, say: Callable[[str], None] = print) -> None:
    """Checks what can be checked without a token. Raises Broken."""
    stranger = Api(endpoint, None)
    stranger.must(200, "GET", "/healthz")
    say("well:          GET /healthz is answered 200 to anybody")
    stranger.must(401, "GET", "/v1/jobs")
    say("shut:          GET /v1/jobs is answered 401 without a token")


def smoke(endpoint: str, token: str, say: Callable[[str], None] = print) -> None:
    """Runs every check and says what came of each. Raises Broken at the first that fails."""
    api = Api(endpoint, token)
    door(endpoint, say)
    forged = token[: token.rindex(".") + 1] + "A" * (len(token) - token.rindex(".") - 1)
    Api(endpoint, forged).must(401, "GET", "/v1/jobs")
    say("not forged:    401 also with a token whose signature is none of the issuer's")

    jobs: list[str] = []
    try:
        marker = str(uuid.uuid4())
        due = soon()
        jobs.append(create(api, "it fires", "echo", {"marker": marker}, due))
        say(f"created:       job {jobs[0]}, due at {due:%H:%M:%S}")
        run = until("the job's run", lambda: ended(api, jobs[0]))
        if run["state"] != "succeeded" or instant(run["fire_time"]) != due:
            raise Broken(f"the job's run is not what was asked for: {run}")
        late = (instant(run["started_at"]) - due).total_seconds()
        say(f"fired:         {run['id']} {run['state']}, {late * 1000:.0f} ms after its instant")

        window = "&".join(f"{name}={text(due + timedelta(minutes=by))}" for name, by in (("from", -1), ("until", 1)))
        planned = api.must(200, "GET", f"/v1/jobs/{jobs[0]}/occurrences?{window}")["items"]
        if [(instant(one["fire_time"]), one["outcome"]) for one in planned] != [(due, "ran")]:
            raise Broken(f"its history is not the one instant that was planned: {planned}")
        say(f"history:       one planned instant: {planned[0]['explanation']}")

        retry = {"max_retries": 0}
        jobs.append(create(api, "it fails", "http", {"url": NOWHERE}, soon(), retry=retry))
        run = until("the failing job's end", lambda: ended(api, jobs[1]))
        if run["state"] not in ("failed", "dead"):
            raise Broken(f"a call to nowhere did not fail: {run}")
        path = f"/v1/dead-letters/{run['id']}"
        letter = until("its dead letter", lambda: (found := api.ask("GET", path))[0] == 200 and found[1])
        say(f"dead letter:   {run['id']} {run['state']}, {run['reason']}; {letter['status']}")
        status, _ = api.ask("POST", f"{path}/discard", {"note": "made by the smoke test"})
        say(f"discarded:     {'with a note' if status in (200, 204) else f'not: answered {status}'}")
    finally:
        for job in jobs:
            status, _ = api.ask("DELETE", f"/v1/jobs/{job}")
            say(f"cleaned up:    job {job} deleted ({status})")


def main() -> None:
    """Reads the command line; the token may also come by PUNCTUAL_TOKEN, which keeps it out of the list of
    processes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoint", required=True, help="the stack's output ApiEndpoint")
    parser.add_argument("--token", default=os.environ.get("PUNCTUAL_TOKEN"), help="of a user with the role user")
    chosen = parser.parse_args()
    if not chosen.token:
        parser.error("no token: pass --token, or set PUNCTUAL_TOKEN")
    try:
        smoke(chosen.endpoint, chosen.token)
    except (Broken, OSError) as trouble:
        sys.exit(f"smoke: {trouble}")
    print("smoke: all is well")


if __name__ == "__main__":
    main()
