import { expect, it } from 'vitest'
import { formatInstant } from '../../lib/core/time.ts'
import { DEFAULT_WORKSPACE as W } from '../../lib/core/workspace.ts'
import { markLate } from '../../lib/steps/late.ts'
import { apiClient } from '../http/client.ts'

it('marks runs fifteen seconds after their time, once, and says when to look again', async () => {
  const { here, say, deploy, poll } = apiClient()
  const { id } = await deploy('daily')
  const at = async (scheduled_time: string) =>
    (
      await say('POST', `/deployments/${id}/create_flow_run`, {
        state: { type: 'SCHEDULED', state_details: { scheduled_time } },
      })
    ).body.id
  const first = await at('2026-11-21T09:00:00Z')
  const second = await at('2026-11-21T09:01:00Z')
  const look = async () => {
    const next = await markLate(here.services)(W, id)
    return next === null ? null : formatInstant(next)
  }
  const stateOf = async (run: string) => (await say('GET', `/flow_runs/${run}`)).body.state

  here.clock.advance(14.9)
  expect(await look()).toBe('2026-11-21T09:00:15.000000Z')
  expect((await stateOf(first)).name).toBe('Scheduled')

  here.clock.advance(0.1)
  expect(await look()).toBe('2026-11-21T09:01:15.000000Z')
  const late = await stateOf(first)
  expect(late).toMatchObject({
    type: 'SCHEDULED',
    name: 'Late',
    state_details: { scheduled_time: '2026-11-21T09:00:00.000000Z' },
  })

  here.clock.advance(120)
  expect(await look()).toBeNull()
  expect((await stateOf(first)).id).toBe(late.id)
  expect((await stateOf(second)).name).toBe('Late')
  expect(await poll(id)).toEqual([first, second])
})

it('leaves alone what waits for another try', async () => {
  const { here, say, deploy } = apiClient()
  const { id } = await deploy('daily')
  const state = { type: 'SCHEDULED', name: 'AwaitingRetry' }
  const run = await say('POST', `/deployments/${id}/create_flow_run`, { state })

  here.clock.advance(60)

  expect(await markLate(here.services)(W, id)).toBeNull()
  expect((await say('GET', `/flow_runs/${run.body.id}`)).body.state_name).toBe('AwaitingRetry')
})
