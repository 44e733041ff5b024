// The flow that comes after. Two deployments of it wait for the event of upstream.ts; one runs at
// once, the other 3 seconds later. In a project of your own the import is `from 'tripline'`.
import { DeploymentEventTrigger, flow, serve } from '../../lib/sdk/index.ts'

const downstreamFlow = flow(
  async ({ prev_result }: { prev_result: string }) => {
    console.log(`got prev_result='${prev_result}'`)
  },
  { name: 'downstream-flow', logPrints: true },
)

const afterUpstream = {
  match_related: { 'prefect.resource.role': 'flow', 'prefect.resource.name': 'upstream-flow' },
  expect: 'prefect.result.produced',
  parameters: { prev_result: '{{event.payload.result}}' },
}

await serve(
  downstreamFlow.toDeployment({
    name: 'at-once',
    triggers: [DeploymentEventTrigger({ name: "Upstream's result", ...afterUpstream })],
  }),
  downstreamFlow.toDeployment({
    name: 'delayed',
    triggers: [
      DeploymentEventTrigger({
        name: "Upstream's result, 3 s later",
        ...afterUpstream,
        schedule_after: 3,
      }),
    ],
  }),
)
