"""What is tried, step by step, in this order. Each raises Broken when what it looks for is not so."""

import json
import subprocess
from datetime import datetime, timedelta, timezone
from typing import Any

import alarms
from stand_in import REGION
from trial import ROOT, STACK, STAGE, FarJob, Trial, expect, say

from smoke import Broken, create, ended, instant, soon, until

# What is nearer than the fifth full minute goes to its queue at once; what is farther goes by a hint and the tick.
BY_THE_TICK = timedelta(minutes=6)

# What jobs may reach: queues of this name.
QUEUE = f"arn:aws:sqs:{REGION}:000000000000:punctual-target-{{}}"


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


def a_far_job_is_hinted(trial: Trial) -> None:
    due = datetime.now(timezone.utc).replace(second=7, microsecond=0) + BY_THE_TICK
    job = create(trial.api(), "by the tick", "echo", {"hello": "tick"}, due)
    hints = trial.stand_in.client("dynamodb").scan(TableName=f"{STACK}-due")["Items"]
    buckets = [one["pk"]["S"] for one in hints if job in one["sk"]["S"]]
    expect(f"job {job}, due at {due:%H:%M:%S}, has one hint, in {buckets}, and no message yet", len(buckets) == 1)
    trial.far = FarJob(job, due)


def the_smoke_test_passes(trial: Trial) -> None:
    trial.run("smoke.py", "--endpoint", trial.stand_in.api(), quietly=["--token", trial.issuer.token("ada")])


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
    letters = sqs.get_queue_url(QueueName=f"{STACK}-normal-dlq")["QueueUrl"]
    left = sqs.get_queue_attributes(QueueUrl=letters, AttributeNames=["All"])["Attributes"]
    expect("its queue is empty again", left["ApproximateNumberOfMessages"] == "0")


def the_tick_goes_on(trial: Trial) -> None:
    """Each tick checkpoints the minutes that it has scanned: when a later one appears, another tick has come."""

    def scanned() -> str:
        minutes = {"KeyConditionExpression": "pk = :scan AND begins_with(sk, :minute)", "ScanIndexForward": False}
        values = {":scan": {"S": "SCAN"}, ":minute": {"S": "M#"}}
        table = trial.stand_in.client("dynamodb").query(
            TableName=f"{STACK}-control", ExpressionAttributeValues=values, Limit=1, **minutes
        )
        return next((one["sk"]["S"] for one in table["Items"]), "")

    first = until("a first tick", scanned, 300)
    later = until("another tick", lambda: scanned() > first and scanned(), 300)
    say(f"the scanner was ticked: it has scanned up to {first.removeprefix('M#')}, then to {later.removeprefix('M#')}")


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
    # No part of the stack here: their children could not be removed with it. One at a time, as CloudWatch demands.
    for composite in composites:
        trial.stand_in.client("cloudwatch").delete_alarms(AlarmNames=[composite])


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
    variables = len(after["Environment"]["Variables"])
    say(f"its {variables} variables, role, memory, timeout, runtime and log group are as they were")
    more = cargo_lambda_deploy("--env-var", "TRIED=yes")["Environment"]["Variables"]
    expect("one more variable is added to those", more == {**after["Environment"]["Variables"], "TRIED": "yes"})
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
    trial.deploy("--apply", expect=1, ShardCount="64")
    say("fewer shards are refused")


def the_far_job_fires_by_the_tick(trial: Trial) -> None:
    far = trial.far
    say(f"waiting for {far.due:%H:%M:%S} …")
    patience = max((far.due - datetime.now(timezone.utc)).total_seconds(), 0) + 60
    run = until("the run", lambda: ended(trial.api(), far.job), patience)
    ahead = (far.due - instant(run["dispatched_at"])).total_seconds()
    late = (instant(run["started_at"]) - far.due).total_seconds()
    expect(f"{run['id']} {run['state']}", run["state"] == "succeeded" and instant(run["fire_time"]) == far.due)
    say(f"the tick sent it {ahead:.0f} s before its instant; it started {late * 1000:.0f} ms after it")


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
    # The stand-in's check of buckets' names does not know that one may be taken back; its tables it takes back.
    trial.stand_in.client("s3").delete_bucket(Bucket=f"{STACK}-results-000000000000-{REGION}")
    say("the bucket of results, empty, is removed by hand: the stand-in cannot take a bucket back")
    trial.deploy("--apply", **trial.identity())
    expect("the job is there again", trial.api().must(200, "GET", f"/v1/jobs/{job}")["name"] == "outlives its stack")


def nothing_is_left(trial: Trial) -> None:
    trial.destroy("--confirm", STAGE, "--data", "delete")
    tables = trial.stand_in.client("dynamodb").list_tables()["TableNames"]
    functions = trial.stand_in.client("lambda").list_functions()["Functions"]
    buckets = [one["Name"] for one in trial.stand_in.client("s3").list_buckets()["Buckets"]]
    expect(f"no table, no function; of buckets only {buckets}", not tables and not functions and len(buckets) == 1)
