"""When runs start: a process worker and serve() take triggered runs, and a delayed run starts within a second of its time."""
import asyncio
import sys

from _common import RUN, check, cli, main, note, read_log, spawn, until, write

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.events import emit_event

FLOW = '''
from prefect import flow
from prefect.events import DeploymentEventTrigger

@flow(log_prints=True)
def bake(n: int = 0):
    print("baked", n)

if __name__ == "__main__":
    bake.serve(name="served", triggers=[
        DeploymentEventTrigger(expect={"now.served"}, parameters={"n": "{{ event.payload.n }}"}),
        DeploymentEventTrigger(expect={"later.served"}, schedule_after=6, parameters={"n": 2}),
    ])
'''
YAML = '''
deployments:
  - name: worked
    entrypoint: bake.py:bake
    work_pool:
      name: timing-pool
    triggers:
      - expect: [now.worked]
        parameters: {n: "{{ event.payload.n }}"}
      - expect: [later.worked]
        schedule_after: 6
        parameters: {n: 2}
'''
DELAY_S = 6
TOLERANCE_S = 1


async def go():
    async with get_client() as c:
        write("bake.py", FLOW)
        write("prefect.yaml", YAML)
        p = await asyncio.to_thread(cli, "work-pool", "create", "timing-pool", "--type", "process", "--overwrite")
        check("prefect work-pool create", p.returncode == 0, p.stdout + p.stderr)
        p = await asyncio.to_thread(cli, "deploy", "--all")
        check("prefect deploy", p.returncode == 0, p.stdout[-500:] + p.stderr[-500:])
        spawn(sys.executable, "-m", "prefect", "worker", "start", "--pool", "timing-pool", "--type", "process", log="worker.log")
        spawn(sys.executable, "bake.py", log="serve.log")
        async def both_up():
            return "Worker 'Process" in read_log("worker.log") and "polling for scheduled runs" in read_log("serve.log")
        if not check("worker and serve() are up", await until(both_up, 30), read_log("worker.log")[-400:] + read_log("serve.log")[-400:]):
            return

        for name in ("worked", "served"):
            d = await c.read_deployment_by_name(f"bake/{name}")

            async def finished(count):
                rs = await c.read_flow_runs(flow_run_filter=FlowRunFilter(deployment_id={"any_": [d.id]}))
                done = [r for r in rs if r.state.is_final()]
                return sorted(done, key=lambda r: r.created) if len(done) >= count else None

            e = emit_event(event=f"now.{name}", resource={"prefect.resource.id": f"oven.{RUN}"}, payload={"n": 7})
            rs = await until(lambda: finished(1), 30)
            check(f"{name}: a triggered run is Completed", rs and rs[-1].state.is_completed() and rs[-1].parameters == {"n": 7}, rs)
            if rs:
                note(f"{name}: event -> Running {(rs[-1].start_time - e.occurred).total_seconds():.2f} s, polled every 2 s")
            emit_event(event=f"later.{name}", resource={"prefect.resource.id": f"oven.{RUN}"})
            rs = await until(lambda: finished(2), 30)
            check(f"{name}: a delayed run is Completed", rs and rs[-1].state.is_completed() and rs[-1].parameters == {"n": 2}, rs)
            if rs:
                run = rs[-1]
                off = (run.start_time - run.expected_start_time).total_seconds()
                check(f"{name}: it started within {TOLERANCE_S} s of its time", abs(off) <= TOLERANCE_S, off)
                note(f"{name}: schedule_after {DELAY_S} s -> Running {off:+.2f} s")
            await c.delete_resource_owned_automations(f"prefect.deployment.{d.id}")


main(go)
