"""Starts each function's binary again and again, as Lambda does, and prints how large it is and how long it takes:
measure.py [--starts 20] [--folder target/lambda] [FUNCTION ...]

A small Runtime API on loopback notes when the process asks for its first event (so far Lambda counts as init), and when it
has answered it. The same server stands for AWS, whose tables are all empty: calls over a real network take longer."""

import argparse
import http.server
import json
import os
import subprocess
import sys
import threading
import time

FUNCTIONS = ("api", "scanner", "worker", "dlq", "reconciler", "script")
EVENTS = {
    "api": "api-healthz",
    "scanner": "scanner-scheduler",
    "reconciler": "reconciler-eventbridge-rule",
    "script": "script-call",
}
NO_MESSAGES = {"Records": []}
PATIENCE_SECONDS = 60


class RuntimeApi(http.server.ThreadingHTTPServer):
    """Hands out one event and notes when it is asked for, and when it is answered."""

    daemon_threads = True

    def __init__(self, event):
        super().__init__(("127.0.0.1", 0), Handler)
        self.event = json.dumps(event).encode()
        self.asked_at = None
        self.answer = None
        self.answered = threading.Event()

    def handle_error(self, *_):
        """The process is killed in the middle of its next question: that is no error."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Says nothing: the table does."""

    def reply(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.server.asked_at is not None:
            # There is no second event: the function waits, as it would between invocations.
            self.server.answered.wait(PATIENCE_SECONDS)
            time.sleep(PATIENCE_SECONDS)
            return
        self.server.asked_at = time.perf_counter()
        self.reply(
            200,
            self.server.event,
            [
                ("Content-Type", "application/json"),
                ("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
                ("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 50_000)),
                ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:000000000000:function:start"),
                ("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"),
            ],
        )

    def do_POST(self):
        now = time.perf_counter()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "/runtime/" not in self.path:
            # A call to AWS: every table is empty, and every write is taken.
            self.reply(200, b"{}", [("Content-Type", "application/x-amz-json-1.0")])
            return
        self.server.answer = ("error" if self.path.endswith("/error") else "response", now)
        self.reply(202, b"")
        self.server.answered.set()


def environment(address):
    return {
        "PATH": os.environ["PATH"],
        "AWS_LAMBDA_RUNTIME_API": address,
        "AWS_LAMBDA_FUNCTION_NAME": "start",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/start",
        "AWS_LAMBDA_LOG_STREAM_NAME": "start",
        "AWS_ENDPOINT_URL": f"http://{address}",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "PUNCTUAL_NAMESPACE": "start",
        "PUNCTUAL_QUEUE_BASE_URL": f"http://{address}/000000000000",
        "PUNCTUAL_HIGH_CONCURRENCY": "100",
        "PUNCTUAL_NORMAL_CONCURRENCY": "50",
        "PUNCTUAL_LOW_CONCURRENCY": "20",
        "PUNCTUAL_SHARDS": "4",
        "PUNCTUAL_RESULTS_BUCKET": "start-results",
        "PUNCTUAL_SCRIPTS": "greet",
        "PUNCTUAL_EVENT_BUS": "default",
        "PUNCTUAL_IDENTITY": "gateway",
    }


def peak_kib(pid):
    """The most memory that was resident at once."""
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:"))


def start(binary, event):
    """One cold start: milliseconds to the first question and to the first answer, KiB, and what was answered."""
    server = RuntimeApi(event)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = "{}:{}".format(*server.server_address)
    began = time.perf_counter()
    process = subprocess.Popen(
        [binary], env=environment(address), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        if not server.answered.wait(PATIENCE_SECONDS) or server.asked_at is None:
            sys.exit(f"{binary} gave no answer; it ended with {process.poll()}")
        kind, at = server.answer
        return (server.asked_at - began) * 1e3, (at - began) * 1e3, peak_kib(process.pid), kind
    finally:
        process.kill()
        process.wait()
        server.shutdown()
        server.server_close()


def percentiles(values):
    ordered = sorted(values)
    return [ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.9)] + [ordered[-1]]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=20)
    parser.add_argument("--folder", default="target/lambda")
    parser.add_argument("functions", nargs="*", default=FUNCTIONS)
    options = parser.parse_args()
    print(f"{options.starts} starts each, after one that is not counted; load average {os.getloadavg()[0]:.1f}\n")
    print("| function | binary, MB | init p50 | p90 | max | first answer p50 | p90 | max, ms | resident, MB | answer |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|---|")
    for function in options.functions:
        binary = os.path.join(options.folder, function, "bootstrap")
        event = NO_MESSAGES
        if function in EVENTS:
            with open(f"events/{EVENTS[function]}.json") as file:
                event = json.load(file)
        start(binary, event)
        starts = [start(binary, event) for _ in range(options.starts)]
        init, first = (percentiles([one[index] for one in starts]) for index in (0, 1))
        times = " | ".join(f"{value:.1f}" for value in init + first)
        resident = max(one[2] for one in starts) / 1024
        answers = "/".join(sorted({one[3] for one in starts}))
        size = os.path.getsize(binary) / 1e6
        print(f"| {function} | {size:.2f} | {times} | {resident:.1f} | {answers} |", flush=True)


if __name__ == "__main__":
    main()
