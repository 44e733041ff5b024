"""How long from an event to a Running flow that serve() polls for every 2 s: one server, or several side by side.

    .venv/bin/python bench/serve.py NAME=http://127.0.0.1:4200/api [NAME=URL ...] [rounds=10]

Each server gets a served flow of its own. Rounds take turns, so that all have the same machine. Prints seconds, best, median and worst.
"""
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from datetime import datetime, timezone

FLOW = """
from prefect import flow
from prefect.events import DeploymentEventTrigger

@flow
def bench_served(n: int):
    pass

if __name__ == "__main__":
    trigger = DeploymentEventTrigger(expect={"bench.served"}, parameters={"n": "{{ event.payload.n }}"})
    bench_served.serve(name="bench", triggers=[trigger])
"""
RUN_SECONDS_MAX = 60
servers = dict(arg.split("=", 1) for arg in sys.argv[1:] if not arg.startswith("rounds="))
rounds = next((int(arg[7:]) for arg in sys.argv[1:] if arg.startswith("rounds=")), 10)
home = tempfile.mkdtemp(prefix="bench-serve-")
script = os.path.join(home, "flow.py")
with open(script, "w") as file:
    file.write(FLOW)


def post(url: str, path: str, body: object):
    request = urllib.request.Request(url + path, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def serve(name: str, url: str) -> subprocess.Popen:
    settings = {"PREFECT_API_URL": url, "PREFECT_HOME": os.path.join(home, name), "PREFECT_RUNNER_POLL_FREQUENCY": "2", "PREFECT_LOGGING_LEVEL": "ERROR"}
    return subprocess.Popen([sys.executable, script], env={**os.environ, **settings}, stdout=subprocess.DEVNULL, start_new_session=True)


def runs(url: str) -> list[dict]:
    return post(url, "/flow_runs/filter", {"flows": {"name": {"any_": ["bench-served"]}}, "sort": "EXPECTED_START_TIME_DESC", "limit": 200})


def measure(url: str, n: int) -> float:
    """Seconds from one event to the start of its run."""
    occurred = datetime.now(timezone.utc)
    event = {"id": str(uuid.uuid4()), "event": "bench.served", "occurred": occurred.isoformat(), "resource": {"prefect.resource.id": "bench"}, "payload": {"n": n}}
    post(url, "/events", [event])
    end = time.time() + RUN_SECONDS_MAX
    while time.time() < end:
        for run in runs(url):
            if run["parameters"] == {"n": n} and run["start_time"]:
                return (datetime.fromisoformat(run["start_time"].replace("Z", "+00:00")) - occurred).total_seconds()
        time.sleep(0.1)
    raise TimeoutError(f"no run of event {n} began at {url}")


served = [serve(name, url) for name, url in servers.items()]
try:
    first = int(time.time())
    for n, url in enumerate(servers.values()):
        for _ in range(300):
            if post(url, "/deployments/filter", {"deployments": {"name": {"any_": ["bench"]}}}):
                break
            time.sleep(0.2)
        time.sleep(2)
        measure(url, first + n)
    taken: dict[str, list[float]] = {name: [] for name in servers}
    for i in range(rounds):
        for name, url in servers.items():
            taken[name].append(measure(url, first + 100 + i))
            time.sleep(0.7 * (i % 3))
    for name, seconds in taken.items():
        print(f"{name}: best {min(seconds):.2f}, median {statistics.median(seconds):.2f}, worst {max(seconds):.2f} s of {len(seconds)}")
finally:
    for process in served:
        process.send_signal(signal.SIGINT)
    for process in served:
        process.wait(20)
