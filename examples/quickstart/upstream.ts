// The flow that comes first. When it has completed, its hook tells the world what it returned.
// In a project of your own the import is `from 'tripline'`.
import { emitEvent, flow, type Hook } from '../../lib/sdk/index.ts'

const emitOnComplete: Hook<string> = async (flow, flowRun, state) => {
  const result = await state.result()
  console.log(`hello from ${flowRun.name}'s completion hook, the return value was ${result}`)
  emitEvent({
    event: 'prefect.result.produced', // an arbitrary name
    resource: { 'prefect.resource.id': `prefect.result.${flow.name}.${flowRun.id}` },
    related: [
      {
        'prefect.resource.id': `prefect.flow.${flowRun.flow_id}`,
        'prefect.resource.role': 'flow',
        'prefect.resource.name': flow.name,
      },
    ],
    payload: { result },
  })
}

const upstreamFlow = flow(async () => 'foobar', {
  name: 'upstream-flow',
  onCompletion: emitOnComplete,
})

console.log(`returned ${JSON.stringify(await upstreamFlow())}`)
