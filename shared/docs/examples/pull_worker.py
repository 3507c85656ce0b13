"""A worker that takes work over HTTP. It needs Python 3.9 and nothing else:
PUNCTUAL_API=http://127.0.0.1:8080 PUNCTUAL_TOKEN=... python3 pull_worker.py"""
import json, os, signal, threading, time, urllib.error, urllib.request

stopping = threading.Event()
for signum in (signal.SIGTERM, signal.SIGINT):
    signal.signal(signum, lambda *_: stopping.set())

def resize_images(data, step):
    """The work itself. It calls step() often: there it says how far it is, and is stopped if it is to stop."""
    count = data.get("images", 10)
    for done in range(count):
        step(100 * done // count, f"{done} of {count} images")
        time.sleep(data.get("seconds_each", 0.1))
    return {"resized": count}

WORKS = {"resize-images": resize_images}

def call(path, body):
    headers = {"Authorization": "Bearer " + os.environ["PUNCTUAL_TOKEN"], "Content-Type": "application/json"}
    request = urllib.request.Request(os.environ["PUNCTUAL_API"] + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)

def carry_out(task):
    path, mine = "/v1/executions/" + task["execution"], {"claim_token": task["claim_token"]}
    over, progress, stop = threading.Event(), {}, []
    def step(percent, message):
        progress["progress"] = {"percent": percent, "message": message}
        if stop or stopping.is_set():
            raise InterruptedError(stop[0] if stop else "the worker is shutting down")
    def beat():  # often enough to hear of a cancel within seconds
        while not over.wait(min(3, task["heartbeat_seconds"] / 3)):
            try:
                if call(path + "/heartbeat", {**mine, **progress})["cancel_requested"]:
                    stop.append("canceled")
            except OSError as error:  # 409: another worker has it, or its time is over; anything else may pass
                stop.extend(["lost"] if getattr(error, "code", 0) in (404, 409) else [])
    threading.Thread(target=beat, daemon=True).start()
    try:
        verb, body = "/complete", {"output": WORKS[task["work"]](task["input"], step)}
    except Exception as error:
        verb, body = "/fail", {"detail": f"{type(error).__name__}: {error}"[:500]}
    for wait in (1, 2, 4, 8, 0):  # sent again, a report is answered as the first time
        try:
            return over.set() or call(path + verb, {**mine, **body})
        except OSError as error:
            if 400 <= getattr(error, "code", 0) < 500 or stopping.wait(wait):
                return print("not reported:", error)

worker = None
while not stopping.is_set():
    try:
        worker = worker or call("/v1/workers", {"name": f"example {os.getpid()}", "works": list(WORKS)})["id"]
        for task in call(f"/v1/workers/{worker}/poll", {"wait_seconds": 20})["executions"]:
            carry_out(task)
    except OSError as error:
        worker = None if getattr(error, "code", 0) == 404 else worker  # forgotten: register again
        print("no answer:", error) or stopping.wait(2)
