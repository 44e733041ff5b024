import { expect, it } from 'vitest'
import { DEFAULT_WORKSPACE as W } from '../../lib/core/workspace.ts'
import { removeDeployment } from '../../lib/steps/remove-deployment.ts'
import { apiClient } from '../http/client.ts'

it('a run that somebody begins while its deployment is removed is left to them', async () => {
  const { here, say, deploy } = apiClient()
  const { id } = await deploy('daily')
  const runs: string[] = []
  for (let i = 0; i < 2; i += 1) {
    runs.push((await say('POST', `/deployments/${id}/create_flow_run`, {})).body.id)
  }
  const [begun = '', waiting = ''] = runs
  const { services } = here
  const due: typeof services.runs.due = async (...asked) => {
    const found = await services.runs.due(...asked)
    await say('POST', `/flow_runs/${begun}/set_state`, { state: { type: 'PENDING' } })
    return found
  }
  const deployment = await services.deployments.get(W, id)
  if (!deployment) throw new Error('there is no deployment')

  const racing = { ...services, runs: { ...services.runs, due } }
  await removeDeployment(racing, W, deployment.value)

  expect((await services.runs.get(W, begun))?.value.state?.type).toBe('PENDING')
  expect(await services.runs.get(W, waiting)).toBeNull()
})
