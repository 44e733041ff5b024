import { expect, it } from 'vitest'
import { DEFAULT_WORKSPACE as W } from '../../lib/core/workspace.ts'
import { wake } from '../../lib/steps/wake.ts'
import { apiClient } from '../http/client.ts'
import { road } from '../road.ts'

const lease = { lease_holder: 'ada', lease_seconds: 60 }

async function running() {
  const { here, say, deploy } = apiClient()
  const { id: deployment } = await deploy('daily')
  const { body: run } = await say('POST', `/deployments/${deployment}/create_flow_run`, {
    empirical_policy: { retries: 1, retry_delay: 0 },
  })
  const propose = (type: string) =>
    say('POST', `/flow_runs/${run.id}/set_state`, { state: { type, state_details: lease } })
  await propose('PENDING')
  await propose('RUNNING')
  await road(here)()
  const key = { kind: 'lease', workspace: W, id: run.id } as const
  /** As the timer does it: at the moment that was asked for. */
  const woken = async () => {
    await wake(here.services)(key)
    return (await say('GET', `/flow_runs/${run.id}`)).body.state_name as string
  }
  const beat = (holder: string) => say('POST', `/flow_runs/${run.id}/heartbeat`, { holder })
  return { here, propose, woken, beat }
}

it('a run whose holder is heard of goes on; a silent one is tried again, then crashes', async () => {
  const { here, propose, woken, beat } = await running()
  expect(here.wakes.map(({ key }) => key.kind)).toContain('lease')

  here.clock.advance(50)
  expect((await beat('ada')).body).toMatchObject({ held: true, state: { type: 'RUNNING' } })
  here.clock.advance(50)
  expect(await woken()).toBe('Running')

  here.clock.advance(10)
  expect(await woken()).toBe('AwaitingRetry')
  expect((await beat('ada')).body.held).toBe(false)
  expect((await propose('COMPLETED')).body.status).toBe('ABORT')

  await propose('PENDING')
  await propose('RUNNING')
  here.clock.advance(60)
  expect(await woken()).toBe('Crashed')
})
