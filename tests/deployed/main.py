"""Tries the deployed shape on this machine: the real template and the real zips, by CloudFormation, on a stand-in that
runs them; deployed, changed, rolled back, removed and taken back by the tools that a user has. Each step says what it
saw."""

import argparse
import itertools
import json
import re
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from collections.abc import Callable

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "infra/deploy"))

import alarms  # noqa: E402
from adapt import adapt  # noqa: E402
from artefacts import FUNCTIONS  # noqa: E402
from issuer import ROLE_CLAIM, Issuer  # noqa: E402
from smoke import Api, Broken, create, ended, instant, soon, until  # noqa: E402
from stand_in import REGION, StandIn  # noqa: E402

STAGE = "dev"
STACK = f"punctual-{STAGE}"
# What the tools say of single resources, in hundreds of lines.
NOISE = re.compile(
    r"  (CREATE|UPDATE|DELETE)_COMPLETE |  (Add|Modify|Remove|Import) |\w+(Queue|Table|Function|Group)Name = "
)
# What is nearer than the fifth full minute goes to its queue at once; what is farther goes by a hint and the tick.
BY_THE_TICK = timedelta(minutes=6)

# What jobs may reach: queues of this name.
QUEUE = f"arn:aws:sqs:{REGION}:000000000000:punctual-target-{{}}"


def say(line: str) -> None:
    """Says what was seen, and when."""
    print(f"{datetime.now(timezone.utc):%H:%M:%S}  {line}", flush=True)


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
        self.issuer = Issuer(stand_in.client("cognito-idp"))
        for user, role in (("ada", "user"), ("vera", "viewer")):
            self.issuer.add_user(user, role)

    def run(self, script: str, *words: str, expect: int = 0) -> str:
        """Runs one of the tools of infra/deploy, shows what it prints, and returns it. Raises Broken if it ends
        otherwise than expected."""
        command = [sys.executable, str(ROOT / "infra/deploy" / script), *words]
        say(f"$ {script} {' '.join(word for word in words if len(word) < 60)}")
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
                lines = [f"  … {len(lines)} lines on single resources"]
            for line in lines:
                print(f"          {line[:170]}{'…' if len(line) > 170 else ''}", flush=True)
        if done.returncode != expect:
            raise Broken(f"{script} ended with {done.returncode}, not {expect}")
        return done.stdout

    def deploy(self, *words: str, binaries: Path | None = None, ended_with: int = 0, **values: str) -> str:
        """Runs deploy.py for this stage, with parameters."""
        parameters = [word for name, value in values.items() for word in ("--parameter", f"{name}={value}")]
        where = ["--stage", STAGE, "--endpoint", self.stand_in.endpoint, "--template", str(self.template_path)]
        built = ["--binaries", str(binaries or self.binaries), "--arch", "x86_64", "--no-smoke"]
        return self.run("deploy.py", *where, *built, *parameters, *words, expect=ended_with)

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

    def destroy(self, *words: str, expect: int = 0) -> str:
        """Runs destroy.py for this stage."""
        return self.run("destroy.py", "--stage", STAGE, "--endpoint", self.stand_in.endpoint, *words, expect=expect)

    def api(self, user: str = "ada", audience: str | None = None) -> Api:
        """The API, for a user."""
        return Api(self.stand_in.api(), self.issuer.token(user, audience))

    def identity(self) -> dict[str, str]:
        """The parameters that name the issuer."""
        return {"Issuer": self.issuer.url, "Audience": self.issuer.audience, "RoleClaim": ROLE_CLAIM}


def expect(what: str, holds: bool) -> None:
    """Says that something holds. Raises Broken if it does not."""
    if not holds:
        raise Broken(f"not so: {what}")
    say(what)


def an_empty_account_is_only_shown_what_would_be_done(trial: Trial) -> None:
    trial.deploy(**trial.identity())
    expect("the dry run made nothing", not trial.stand_in.client("s3").list_buckets()["Buckets"])


def the_stack_is_made(trial: Trial) -> None:
    trial.deploy("--apply", **trial.identity())
    s3 = trial.stand_in.client("s3")
    name = s3.list_buckets()["Buckets"][0]["Name"]
    blocked = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    rules = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    versioned = s3.get_bucket_versioning(Bucket=name)["Status"]
    expect(
        f"{name} is private, versioned and encrypted", all(blocked.values()) and versioned == "Enabled" and bool(rules)
    )


def the_door_lets_in_whom_it_should(trial: Trial) -> None:
    stranger = trial.api("ada", trial.issuer.new_audience("another"))
    stranger.must(401, "GET", "/v1/jobs")
    say("a token of the same issuer for another audience: 401")
    answer = trial.api("vera").must(403, "POST", "/v1/jobs", {"name": "no"})
    say(f"a viewer who would create a job: 403, {answer.get('title')}")


def the_target_is_ready(trial: Trial) -> str:
    return trial.stand_in.client("sqs").create_queue(QueueName="punctual-target-inbox")["QueueUrl"]


def a_far_job_is_hinted(trial: Trial) -> tuple[str, datetime]:
    due = datetime.now(timezone.utc).replace(second=7, microsecond=0) + BY_THE_TICK
    payload = {"queue": QUEUE.format("inbox"), "body": {"hello": "tick"}}
    job = create(trial.api(), "by the tick", "sqs", payload, due)
    hints = trial.stand_in.client("dynamodb").scan(TableName=f"{STACK}-due")["Items"]
    ours = [one for one in hints if job in one["sk"]["S"]]
    expect(f"job {job}, due at {due:%H:%M:%S}: one hint in bucket {ours[0]['pk']['S']}, no message yet", len(ours) == 1)
    return job, due


def the_smoke_test_passes(trial: Trial) -> None:
    trial.run("smoke.py", "--endpoint", trial.stand_in.api(), "--token", trial.issuer.token("ada"))


def a_dead_letter_reaches_the_function_dlq(trial: Trial) -> None:
    events, sqs = trial.stand_in.client("events"), trial.stand_in.client("sqs")
    queue = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="heard", EventPattern=json.dumps({"source": ["punctual"]}))
    events.put_targets(Rule="heard", Targets=[{"Id": "queue", "Arn": arn}])
    api = trial.api()
    payload = {"queue": QUEUE.format("absent"), "body": "x"}
    job = create(api, "to nobody", "sqs", payload, soon(), retry={"max_retries": 0})
    run = until("its end", lambda: ended(api, job))
    say(f"{run['id']}: {run['state']}, {run['reason']}")
    heard = until("an event", lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))
    event = json.loads(heard[0]["Body"])
    expect(f"EventBridge heard from the function dlq: {event['detail-type']}", event["source"] == "punctual")
    letter = api.must(200, "GET", f"/v1/dead-letters/{run['id']}")
    expect(f"the letter is listed, {letter['status']}", letter["status"] == "open")
    left = sqs.get_queue_attributes(QueueUrl=queue.replace("heard", f"{STACK}-normal-dlq"), AttributeNames=["All"])[
        "Attributes"
    ]
    expect("its queue is empty again", left["ApproximateNumberOfMessages"] == "0")


def both_ticks_tick(trial: Trial) -> None:
    def ticks() -> float:
        now = datetime.now(timezone.utc)
        named = [{"Name": "FunctionName", "Value": f"{STACK}-scanner"}]
        window = {"StartTime": now - timedelta(hours=1), "EndTime": now + timedelta(minutes=1), "Period": 3600}
        metric = {"Namespace": "AWS/Lambda", "MetricName": "Invocations", "Dimensions": named, "Statistics": ["Sum"]}
        points = trial.stand_in.client("cloudwatch").get_metric_statistics(**metric, **window)["Datapoints"]
        return sum(one["Sum"] for one in points)

    until("two ticks", lambda: ticks() >= 2, 130)
    rule = trial.stand_in.client("events").describe_rule(Name=f"{STACK}-tick")
    schedule = trial.stand_in.client("scheduler").get_schedule(Name=f"{STACK}-tick")
    say(
        f"the scanner was invoked {ticks():.0f} times, by {rule['ScheduleExpression']} of EventBridge and of Scheduler "
        f"({schedule['State']})"
    )


def the_alarms_change_state(trial: Trial) -> None:
    sns, sqs = trial.stand_in.client("sns"), trial.stand_in.client("sqs")
    topic = next(one["TopicArn"] for one in sns.list_topics()["Topics"] if STACK in one["TopicArn"])
    queue = sqs.create_queue(QueueName="on-call")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    names = {"Stage": STAGE, "AlarmTopic": topic, "AWS::Region": REGION, "AWS::AccountId": "000000000000"}
    metrics = alarms.drive_metrics(trial.stand_in, say)
    composites = alarms.drive_composites(trial.stand_in, trial.template, names, say)
    lines = alarms.told(trial.stand_in, queue)
    expect(f"{metrics} alarms and {len(composites)} composites changed state", metrics > 0)
    expect(
        f"the topic told of it {len(lines)} times, of each composite, too",
        all(f"{one} ALARM" in lines for one in composites),
    )


def cargo_lambda_replaces_code_and_nothing_else(trial: Trial) -> None:
    client, name = trial.stand_in.client("lambda"), f"{STACK}-worker"
    before = client.get_function_configuration(FunctionName=name)
    other = trial.another_build("worker")
    words = ["--manifest-path", "functions/worker/Cargo.toml", "--binary-name", "worker", name]
    here = ["--endpoint-url", trial.stand_in.endpoint, "--lambda-dir", str(other)]

    def cargo_lambda_deploy(*more: str) -> dict[str, Any]:
        say(f"$ cargo lambda deploy {' '.join([*more, *words])}")
        command = [str(ROOT / ".tools/build/bin/cargo-lambda"), "lambda", "deploy", *here, *more, *words]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=trial.stand_in.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise Broken(f"cargo lambda deploy failed: {done.stderr}")
        return client.get_function_configuration(FunctionName=name)

    after = cargo_lambda_deploy()
    expect("the function's code is another", before["CodeSha256"] != after["CodeSha256"])
    for what in ("Environment", "Role", "MemorySize", "Timeout", "Runtime", "Architectures", "LoggingConfig"):
        if before.get(what) != after.get(what):
            raise Broken(f"{what} was {before.get(what)} and is {after.get(what)}")
    say(
        f"its {len(after['Environment']['Variables'])} variables, role, memory, timeout, runtime and log group are as they were"
    )
    more = cargo_lambda_deploy("--env-var", "RUST_LOG=debug")["Environment"]["Variables"]
    expect("one more variable is added to those", more == {**after["Environment"]["Variables"], "RUST_LOG": "debug"})
    api = trial.api()
    job = create(api, "by the new code", "echo", {}, soon())
    expect("a job ran by it", until("its run", lambda: ended(api, job))["state"] == "succeeded")


def a_change_is_made_and_rolled_back(trial: Trial) -> None:
    client = trial.stand_in.client("lambda")

    def seen(function: str) -> dict[str, Any]:
        return client.get_function_configuration(FunctionName=f"{STACK}-{function}")

    trial.deploy("--apply")
    say("deployed once more: nothing changed, and the issuer was not asked for again")
    expect("what cargo lambda had put there was put back", seen("worker")["CodeSha256"] == seen("long")["CodeSha256"])
    release = trial.releases()[0]
    first = seen("scanner")["CodeSha256"]
    trial.deploy("--apply", binaries=trial.another_build("scanner"), ShardCount="128")
    expect("another scanner is deployed", seen("scanner")["CodeSha256"] != first)
    trial.deploy("--apply", "--release", release)
    expect(f"gone back to the release {release}", seen("scanner")["CodeSha256"] == first)
    expect("the shards are as many as before", seen("api")["Environment"]["Variables"]["PUNCTUAL_SHARDS"] == "128")
    trial.deploy("--apply", ended_with=1, ShardCount="64")
    say("fewer shards are refused")


def the_far_job_fires(trial: Trial, job: str, due: datetime, inbox: str) -> None:
    sqs = trial.stand_in.client("sqs")
    patience = (due - datetime.now(timezone.utc)).total_seconds() + 60
    say(f"waiting for {due:%H:%M:%S} …")
    got = until("the message at the target", lambda: sqs.receive_message(QueueUrl=inbox).get("Messages"), patience)
    run = until("the record", lambda: ended(trial.api(), job))
    late = (instant(run["started_at"]) - due).total_seconds()
    lag = (instant(run["dispatched_at"]) - due).total_seconds()
    expect(f"the target got {got[0]['Body']}", json.loads(got[0]["Body"]) == {"hello": "tick"})
    expect(
        f"sent by the tick {-lag:.0f} s before its instant, started {late * 1000:.0f} ms after it",
        run["state"] == "succeeded",
    )


def what_is_protected_is_not_removed(trial: Trial) -> None:
    trial.deploy("--apply", DeletionProtection="true")
    trial.destroy("--confirm", STAGE, expect=1)
    trial.deploy("--apply", DeletionProtection="false")


def a_removed_stage_can_be_taken_back(trial: Trial) -> None:
    api = trial.api()
    body = {
        "name": "outlives its stack",
        "job_type": "echo",
        "payload": {},
        "schedule": {"kind": "every", "seconds": 86_400},
    }
    job = api.must(201, "POST", "/v1/jobs", body)["id"]
    trial.destroy("--confirm", "another", expect=1)
    trial.destroy("--confirm", STAGE)
    trial.deploy("--apply", **trial.identity())
    expect("the job is there again", trial.api().must(200, "GET", f"/v1/jobs/{job}")["name"] == "outlives its stack")


def nothing_is_left(trial: Trial) -> None:
    trial.destroy("--confirm", STAGE, "--data", "delete")
    tables = trial.stand_in.client("dynamodb").list_tables()["TableNames"]
    functions = trial.stand_in.client("lambda").list_functions()["Functions"]
    buckets = [one["Name"] for one in trial.stand_in.client("s3").list_buckets()["Buckets"]]
    expect(f"no table, no function; of buckets only {buckets}", not tables and not functions and len(buckets) == 1)


def steps(trial: Trial, brief: bool) -> list[Callable[[], Any]]:
    """The steps, in order. The far job is made early and waited for late."""
    far: dict[str, Any] = {}

    def hint() -> None:
        far["inbox"] = the_target_is_ready(trial)
        far["job"], far["due"] = a_far_job_is_hinted(trial)

    def plain(step: Callable[[Trial], Any]) -> Callable[[], Any]:
        def run() -> None:
            step(trial)

        run.__name__ = step.__name__
        return run

    def the_far_job_fires_by_the_tick() -> None:
        the_far_job_fires(trial, far["job"], far["due"], far["inbox"])

    hint.__name__ = a_far_job_is_hinted.__name__
    early = [an_empty_account_is_only_shown_what_would_be_done, the_stack_is_made]
    later = [
        the_smoke_test_passes,
        the_door_lets_in_whom_it_should,
        a_dead_letter_reaches_the_function_dlq,
        the_alarms_change_state,
        cargo_lambda_replaces_code_and_nothing_else,
        a_change_is_made_and_rolled_back,
    ]
    last = [what_is_protected_is_not_removed, a_removed_stage_can_be_taken_back, nothing_is_left]
    wait = [] if brief else [plain(both_ticks_tick), the_far_job_fires_by_the_tick]
    return [*map(plain, early), hint, *map(plain, later), *wait, *map(plain, last)]


def main() -> None:
    """Runs every step, and stops at the first that fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=Path, default=ROOT / "target/lambda", help="<function>/bootstrap below it")
    parser.add_argument("--template", type=Path, default=ROOT / "infra/template.yaml")
    parser.add_argument("--port", type=int, help="of the stand-in; a free one, if absent")
    parser.add_argument("--brief", action="store_true", help="do not wait six minutes for a job that goes by the tick")
    chosen = parser.parse_args()
    began = time.monotonic()
    with StandIn(ROOT / ".venv/bin/ministack", chosen.port) as stand_in:
        trial = Trial(stand_in, chosen)
        passed = 0
        for step in steps(trial, chosen.brief):
            print(f"\n== {step.__name__.replace('_', ' ')}", flush=True)
            try:
                step()
            except Exception as trouble:
                print(f"\nFAILED: {trouble}\n-- the stand-in's last complaints:", file=sys.stderr)
                print("\n".join(stand_in.complaints()[-15:]), file=sys.stderr)
                if not isinstance(trouble, (Broken, subprocess.CalledProcessError)):
                    raise
                sys.exit(1)
            passed += 1
        for line in stand_in.complaints():
            say(f"the stand-in complained: {line}")
    print(f"\n{passed} steps passed in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
