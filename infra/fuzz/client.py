"""A job's life, led through a client that was generated from the API's description. Every answer comes typed; what does
not have the shape that the description promises cannot be read at all."""

import os
import time

from punctual_client import AuthenticatedClient
from punctual_client.api.executions import list_executions, show_execution
from punctual_client.api.jobs import create_job, delete_job, list_jobs, pause_job, resume_job, run_job, show_job
from punctual_client.models import (
    EchoJobRequest,
    EchoJobRequestJobType,
    Every,
    EveryKind,
    ExecutionState,
    Job,
    JobState,
    Problem,
)

client = AuthenticatedClient(
    base_url=os.environ["PUNCTUAL_API"],
    token=os.environ["PUNCTUAL_TOKEN"],
    raise_on_unexpected_status=True,
)
hourly = Every(kind=EveryKind.EVERY, seconds=3_600)
request = EchoJobRequest(
    name="led by a client", job_type=EchoJobRequestJobType.ECHO, payload={"hello": "world"}, schedule=hourly
)

# The same key, the same job.
created = create_job.sync_detailed(client=client, body=request, idempotency_key="client-1")
again = create_job.sync_detailed(client=client, body=request, idempotency_key="client-1")
job = created.parsed
assert isinstance(job, Job) and (created.status_code, again.status_code) == (201, 200)
assert again.parsed.id == job.id and again.headers["idempotent-replayed"] == "true"
assert isinstance(job.schedule, Every) and job.schedule.seconds == 3_600
assert (job.status, job.priority, job.timeout_seconds) == (JobState.ACTIVE, 5, 30)
assert job.next_fire_at > job.created_at

assert job.id in [listed.id for listed in list_jobs.sync(client=client, status=JobState.ACTIVE).items]
assert pause_job.sync(job.id, client=client).status == JobState.PAUSED
assert show_job.sync(job.id, client=client).next_fire_at is None
assert resume_job.sync(job.id, client=client).status == JobState.ACTIVE

# The record appears when a worker takes the execution up.
run = run_job.sync(job.id, client=client)
for _ in range(300):
    execution = show_execution.sync(run.execution_id, client=client)
    if not isinstance(execution, Problem) and execution.state == ExecutionState.SUCCEEDED:
        break
    time.sleep(0.1)
assert execution.state == ExecutionState.SUCCEEDED and execution.output == {"hello": "world"}, execution
assert [listed.id for listed in list_executions.sync(job.id, client=client).items] == [run.execution_id]

assert delete_job.sync_detailed(job.id, client=client).status_code == 204
assert show_job.sync(job.id, client=client).status == JobState.CANCELED
refused = pause_job.sync(job.id, client=client)
assert isinstance(refused, Problem) and refused.type_ == "/problems/not-found"
print("1 passed: a generated client led a job from its creation to its end")
