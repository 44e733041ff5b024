"""The examples of Prefect's page on deployment triggers, as printed: prefect.yaml, Python, `prefect deploy --trigger`."""
import asyncio
import json
import sys

from _common import RUN, check, cli, main, read_log, run, spawn, stop, until, write

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.events import emit_event

FLOW = '''
from prefect import flow

@flow(log_prints=True)
def decorated_fn(param_1: str):
    print(param_1)
'''
# A prefect.yaml with one deployment, and the triggers that the page gives it.
PREFECT_YAML = '''
deployments:
  - name: %s
    entrypoint: path/to/flow.py:decorated_fn
    work_pool:
      name: my-work-pool
    triggers:
%s'''
EVENT = '''
      - type: event
        enabled: true
        match:
          prefect.resource.id: my.external.resource
        expect:
          - external.resource.pinged
        parameters:
          param_1: "{{ event }}"
'''
DELAYED = '''
      - type: event
        enabled: true
        match:
          prefect.resource.id: marketing.campaign
        expect:
          - campaign.proposal.created
        schedule_after: %s
        parameters:
          param_1: "{{ event.resource.id }}"
'''
COMPOUND = '''
      - type: compound
        require: all
        parameters:
          param_1: "{{ event }}"
        triggers:
          - type: event
            match:
              prefect.resource.id: my.external.resource
            expect:
              - external.resource.pinged
          - type: event
            match:
              prefect.resource.id: my.external.resource
            expect:
              - external.resource.replied
'''
SERVE = '''
from datetime import timedelta
from prefect.events import DeploymentEventTrigger
''' + FLOW + '''

if __name__=="__main__":
    decorated_fn.serve(
        name="my-served-deployment",
        triggers=[
            DeploymentEventTrigger(
                enabled=True,
                match={"prefect.resource.id": "my.external.resource"},
                expect=["external.resource.pinged"],
                parameters={
                    "param_1": "{{ event }}",
                },
                schedule_after=timedelta(seconds=1),
            )
        ],
    )
'''
# As printed it also builds and pushes an image, which needs Docker on any server.
DEPLOY = '''
from prefect.events import DeploymentCompoundTrigger
''' + FLOW + '''

if __name__=="__main__":
    decorated_fn.deploy(
        name="my-image-deployment",
        image="my-image-registry/my-image:my-tag",
        build=False,
        push=False,
        triggers=[
            DeploymentCompoundTrigger(
                enabled=True,
                name="my-compound-trigger",
                require="all",
                triggers=[
                    {
                      "type": "event",
                      "match": {"prefect.resource.id": "my.external.resource"},
                      "expect": ["external.resource.pinged"],
                    },
                    {
                      "type": "event",
                      "match": {"prefect.resource.id": "my.external.resource"},
                      "expect": ["external.resource.replied"],
                    },
                ],
                parameters={
                    "param_1": "{{ event }}",
                },
            )
        ],
        work_pool_name="my-image-pool",
    )
'''
TRIGGER_JSON = '''{
    "enabled": true,
    "match": {
      "prefect.resource.id": "prefect.flow-run.*"
    },
    "expect": ["prefect.flow-run.Completed"]
  }'''
TRIGGERS_YAML = '''
triggers:
  - enabled: true
    match:
      prefect.resource.id: my.external.resource
    expect:
      - external.resource.pinged
    parameters:
      param_1: "{{ event }}"
  - enabled: true
    match:
      prefect.resource.id: my.other.external.resource
    expect:
      - some.other.event
    parameters:
      param_1: "{{ event }}"
'''


async def go():
    async with get_client() as c:
        write("path/to/flow.py", FLOW)
        for name, kind in (("my-work-pool", "process"), ("my-image-pool", "docker")):
            await c._client.post("/work_pools/", json={"name": name, "type": kind, "base_job_template": {"job_configuration": {}, "variables": {"type": "object", "properties": {"image": {"type": "string"}}}}})

        async def deploy(text, *args):
            write("prefect.yaml", text)
            p = await asyncio.to_thread(cli, "deploy", *args)
            return p.returncode == 0 or print(p.stdout[-800:], p.stderr[-800:])

        async def deployment(name):
            return await c.read_deployment_by_name(f"decorated-fn/{name}")

        async def owned(name):
            return await c.read_resource_related_automations(f"prefect.deployment.{(await deployment(name)).id}")

        async def runs(name):
            return await c.read_flow_runs(flow_run_filter=FlowRunFilter(deployment_id={"any_": [(await deployment(name)).id]}))

        async def one_run(name):
            async def some():
                return await runs(name)
            return await until(some, 15) or []

        def ping(event="external.resource.pinged", resource="my.external.resource"):
            return emit_event(event=event, resource={"prefect.resource.id": resource}, payload={"run": RUN})

        # 1. prefect.yaml, one event: the whole event as the text of a parameter that is a str
        check("prefect.yaml with an event trigger deploys", await deploy(PREFECT_YAML % ("my-deployment", EVENT), "--all"))
        e = ping()
        rs = await one_run("my-deployment")
        check("one run was made", len(rs) == 1, rs)
        got = json.loads(rs[0].parameters["param_1"]) if rs else {}
        check('param_1: str is the text of "{{ event }}"', got.get("id") == str(e.id) and got.get("payload") == {"run": RUN}, got)

        # 2. prefect.yaml, two events; what was there before is replaced
        check("prefect.yaml with a compound trigger deploys", await deploy(PREFECT_YAML % ("my-deployment", COMPOUND), "--all"))
        check("the automation of before was replaced", [a.trigger.type for a in await owned("my-deployment")] == ["compound"])
        ping()
        await asyncio.sleep(1)
        check("one of two events makes no run", len(await runs("my-deployment")) == 1)
        ping("external.resource.replied")
        async def second():
            rs = await runs("my-deployment")
            return rs if len(rs) == 2 else None
        check("both make one", await until(second, 15))

        # 3. schedule_after, as text and as a number
        for after in ('"PT2H"', "7200"):
            check(f"schedule_after: {after} deploys", await deploy(PREFECT_YAML % ("campaign-execution", DELAYED % after), "--all"))
            before = {r.id for r in await runs("campaign-execution")}
            e = ping("campaign.proposal.created", "marketing.campaign")
            async def fresh():
                return [r for r in await runs("campaign-execution") if r.id not in before]
            rs = await until(fresh, 15)
            delay = rs and (rs[0].expected_start_time - e.occurred).total_seconds()
            check("the run waits for two hours", rs and 7195 < delay < 7215 and rs[0].parameters == {"param_1": "marketing.campaign"}, (delay, rs))

        # 4. prefect deploy --trigger: JSON, YAML with several, JSON in a file; each instead of what prefect.yaml has
        with_name = PREFECT_YAML % ("test-deployment", EVENT)
        write("triggers.yaml", TRIGGERS_YAML)
        write("my_stuff/triggers.json", json.dumps({"triggers": [json.loads(TRIGGER_JSON)]}))
        for trigger, expected in ((TRIGGER_JSON, [{"prefect.flow-run.Completed"}]), ("triggers.yaml", [{"external.resource.pinged"}, {"some.other.event"}]), ("my_stuff/triggers.json", [{"prefect.flow-run.Completed"}])):
            check(f"prefect deploy --trigger {trigger.split()[0]}", await deploy(with_name, "-n", "test-deployment", "--trigger", trigger))
            found = sorted((a.trigger.expect for a in await owned("test-deployment")), key=str)
            check("  its triggers take the place of the others", found == sorted(expected, key=str), found)
        await c.delete_resource_owned_automations(f"prefect.deployment.{(await deployment('test-deployment')).id}")

        # 5. Python: .deploy with a compound trigger
        p = await asyncio.to_thread(run, sys.executable, write("deploy_me.py", DEPLOY))
        check(".deploy with DeploymentCompoundTrigger", p.returncode == 0, p.stdout[-400:] + p.stderr[-400:])
        check("  its automation has the trigger's name", [a.name for a in await owned("my-image-deployment")] == ["my-compound-trigger"])

        # 6. Python: .serve; the run prints the event
        s = spawn(sys.executable, write("serve_me.py", SERVE), log="serve.log")
        async def served():
            return "polling for scheduled runs" in read_log("serve.log")
        check(".serve with DeploymentEventTrigger", await until(served, 25), read_log("serve.log")[-400:])
        ping()
        async def done():
            rs = await runs("my-served-deployment")
            return rs if rs and rs[0].state.is_final() else None
        rs = await until(done, 25)
        check("the served run is Completed", rs and rs[0].state.is_completed(), rs)
        check("it printed the event", "external.resource.pinged" in read_log("serve.log"), read_log("serve.log")[-400:])
        stop(s)
        for name in ("my-deployment", "my-served-deployment", "my-image-deployment", "campaign-execution", "test-deployment"):
            d = await deployment(name)
            await c.delete_resource_owned_automations(f"prefect.deployment.{d.id}")
            await c.delete_deployment(d.id)


main(go)
