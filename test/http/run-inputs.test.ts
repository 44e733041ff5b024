// What runs are told while they run or wait: inputs under keys, and the one that a paused run asks for.
import { beforeEach, describe, expect, it } from 'vitest'
import { apiClient, NOTHING } from './client.ts'

let { here, say } = apiClient()
let run = ''
beforeEach(async () => {
  ;({ here, say } = apiClient())
  const flow = await say('POST', '/flows/', { name: 'bake' })
  const made = await say('POST', '/flow_runs/', {
    flow_id: flow.body.id,
    state: { type: 'RUNNING' },
  })
  run = made.body.id
})

const tell = async (key: string, value: unknown = 'yes') => {
  here.clock.advance(1)
  return (await say('POST', `/flow_runs/${run}/input`, { key, value })).status
}

describe('an input', () => {
  it('is read as the text it was, and as no JSON', async () => {
    await tell('greeting', 'good morning')

    const answer = await say.raw('GET', `/flow_runs/${run}/input/greeting`)
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(await answer.text()).toBe('good morning')
  })

  it('takes a key that nobody used, until it is deleted', async () => {
    expect([await tell('once'), await tell('once')]).toEqual([201, 409])
    expect((await say('DELETE', `/flow_runs/${run}/input/once`)).status).toBe(204)
    expect((await say('DELETE', `/flow_runs/${run}/input/once`)).status).toBe(404)
    expect(await tell('once')).toBe(201)
  })

  it('of a run that is not there is refused', async () => {
    const sent = { key: 'a', value: 'b' }
    expect((await say('POST', `/flow_runs/${NOTHING}/input`, sent)).status).toBe(404)
    expect((await say('GET', `/flow_runs/${run}/input/never-told`)).status).toBe(404)
  })

  it.each([
    [{ prefix: 'order-' }, ['order-2']],
    [{ prefix: 'order-', limit: 5 }, ['order-2', 'order-1']],
    [{ prefix: 'order-', limit: 5, exclude_keys: ['order-2'] }, ['order-1']],
    [{ prefix: '', limit: 5 }, ['order-2', 'other', 'order-1']],
  ])('is found by %j, in the order of telling', async (asked, expected) => {
    for (const key of ['order-2', 'other', 'order-1']) await tell(key)

    const { body } = await say('POST', `/flow_runs/${run}/input/filter`, asked)
    expect(body.map(({ key }: { key: string }) => key)).toEqual(expected)
  })
})

describe('a run that is paused for input', () => {
  const schema = {
    type: 'object',
    properties: { loaves: { type: 'integer' } },
    required: ['loaves'],
  }

  beforeEach(async () => {
    await tell('ask-schema', JSON.stringify(schema))
    const keyset = {
      schema: 'ask-schema',
      response: 'ask-response',
      description: 'ask-description',
    }
    const details = {
      pause_key: 'ask',
      run_input_keyset: keyset,
      pause_timeout: '2027-01-01T00:00:00Z',
    }
    const state = { type: 'PAUSED', state_details: details }
    expect((await say('POST', `/flow_runs/${run}/set_state`, { state })).body.status).toBe('ACCEPT')
  })

  it('goes on with input that fits, and finds it', async () => {
    const { status, body } = await say('POST', `/flow_runs/${run}/resume`, {
      run_input: { loaves: 3 },
    })

    expect([status, body.status, body.state.type]).toEqual([201, 'ACCEPT', 'RUNNING'])
    const { body: told } = await say('GET', `/flow_runs/${run}/input/ask-response`)
    expect(told).toEqual({ loaves: 3 })
  })

  it.each([[{ loaves: 'three' }], [{}]])('stays paused for %j', async (run_input) => {
    const { status, body } = await say('POST', `/flow_runs/${run}/resume`, { run_input })

    expect([status, body.status, body.state.type]).toEqual([200, 'REJECT', 'PAUSED'])
    expect(body.details.reason).toMatch(/^Reason: Validation failed/)
    expect((await say('GET', `/flow_runs/${run}/input/ask-response`)).status).toBe(404)
  })
})
