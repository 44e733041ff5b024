import { describe, expect, it } from 'vitest'
import { apiClient, NOTHING } from './client.ts'

type Client = ReturnType<typeof apiClient>
const NOON = '2026-11-21T12:00:00.000000Z'

/** A run by hand, of a flow of this name. */
async function start({ say }: Client, flow: string, over: object = {}): Promise<{ id: string }> {
  const { body } = await say('POST', '/flows/', { name: flow })
  return (await say('POST', '/flow_runs/', { flow_id: body.id, ...over })).body
}

async function found({ say }: Client, asked: object): Promise<string[]> {
  const { body } = await say('POST', '/flow_runs/filter', asked)
  return body.map(({ name }: { name: string }) => name)
}

describe('a flow run', () => {
  it('goes through its states and keeps what its client says', async () => {
    const client = apiClient()
    const { id } = await start(client, 'bake')
    const { here, say } = client
    const data = { storage_key: '/r', serializer: { type: 'pickle' }, nested: [1, null] }

    await say('POST', `/flow_runs/${id}/set_state`, { state: { type: 'RUNNING' } })
    here.clock.advance(2.5)
    await say('PATCH', `/flow_runs/${id}`, {
      infrastructure_pid: '7',
      empirical_policy: { retries: 2 },
    })
    await say('PATCH', `/flow_runs/${id}/labels`, { colour: 'red' })
    const done = await say('POST', `/flow_runs/${id}/set_state`, {
      state: { type: 'COMPLETED', data },
    })

    expect(done).toMatchObject({ status: 201, body: { status: 'ACCEPT', state: { data } } })
    expect((await say('GET', `/flow_runs/${id}`)).body).toMatchObject({
      state_type: 'COMPLETED',
      state_id: done.body.state.id,
      run_count: 1,
      total_run_time: 2.5,
      estimated_run_time: 2.5,
      infrastructure_pid: '7',
      empirical_policy: { retries: 2, retry_delay: null, resuming: false },
      labels: { colour: 'red' },
    })
  })

  it('refuses with 200 and changes nothing', async () => {
    const client = apiClient()
    const { id } = await start(client, 'bake')

    const refused = await client.say('POST', `/flow_runs/${id}/set_state`, {
      state: { type: 'PENDING' },
    })

    expect(refused).toMatchObject({
      status: 200,
      body: { status: 'ABORT', state: { type: 'PENDING' } },
    })
  })

  it('is taken by one of two that ask at the same moment', async () => {
    const client = apiClient()
    const state = { type: 'SCHEDULED', state_details: { scheduled_time: NOON } }
    const { id } = await start(client, 'bake', { state })
    const take = () =>
      client.say('POST', `/flow_runs/${id}/set_state`, { state: { type: 'PENDING' } })

    const answers = await Promise.all([take(), take(), take()])

    expect(answers.map(({ body }) => body.status).sort()).toEqual(['ABORT', 'ABORT', 'ACCEPT'])
  })

  it('goes on after a pause', async () => {
    const client = apiClient()
    const { id } = await start(client, 'bake')
    const { say } = client
    await say('POST', `/flow_runs/${id}/set_state`, { state: { type: 'RUNNING' } })
    expect((await say('POST', `/flow_runs/${id}/resume`)).body.status).toBe('ABORT')

    await say('POST', `/flow_runs/${id}/set_state`, { state: { type: 'PAUSED' } })

    expect((await say('POST', `/flow_runs/${id}/resume`)).body).toMatchObject({
      status: 'ACCEPT',
      state: { type: 'RUNNING' },
    })
    expect((await say('GET', `/flow_runs/${id}`)).body.run_count).toBe(1)
  })

  it('is of a flow that exists', async () => {
    const { say } = apiClient()

    expect((await say('POST', '/flow_runs/', { flow_id: NOTHING })).status).toBe(404)
    expect(
      (await say('POST', `/flow_runs/${NOTHING}/set_state`, { state: { type: 'RUNNING' } })).status,
    ).toBe(404)
    expect(
      (await say('POST', '/flow_runs/', { flow_id: 'x', state: { type: 'ON' } })).body
        .exception_detail,
    ).toHaveLength(2)
  })
})

describe('listing runs', () => {
  async function bakery() {
    const client = apiClient()
    const { id } = await client.deploy('daily')
    await start(client, 'bake', { name: 'by hand', tags: ['a'] })
    await start(client, 'sell', { name: 'market', tags: ['a', 'b'] })
    await client.say('POST', `/deployments/${id}/create_flow_run`, {
      name: 'deployed',
      state: { type: 'SCHEDULED', state_details: { scheduled_time: NOON } },
    })
    return { ...client, deployment: id }
  }

  it.each<[string, (deployment: string) => object, string[]]>([
    ['all', () => ({}), ['by hand', 'deployed', 'market']],
    [
      'nulls',
      () => ({ flows: null, flow_runs: null, sort: 'NAME_ASC' }),
      ['by hand', 'deployed', 'market'],
    ],
    [
      'of a flow, with and without deployment',
      () => ({ flows: { name: { any_: ['bake'] } } }),
      ['by hand', 'deployed'],
    ],
    ['of a deployment', (id) => ({ deployments: { id: { any_: [id] } } }), ['deployed']],
    [
      'of a deployment, by the run’s own filter',
      (id) => ({ flow_runs: { deployment_id: { any_: [id] } } }),
      ['deployed'],
    ],
    [
      'of a deployment by name, and of its flow',
      () => ({ deployments: { name: { like_: 'dai' } }, flows: { name: { any_: ['bake'] } } }),
      ['deployed'],
    ],
    [
      'of a deployment, and of another flow',
      () => ({ deployments: { name: { any_: ['daily'] } }, flows: { name: { any_: ['sell'] } } }),
      [],
    ],
    ['by tag', () => ({ flow_runs: { tags: { all_: ['b'] } } }), ['market']],
    [
      'by state',
      () => ({
        flow_runs: { state: { type: { any_: ['SCHEDULED'] }, name: { any_: ['Scheduled'] } } },
      }),
      ['deployed'],
    ],
    [
      'by other states',
      () => ({ flow_runs: { state: { name: { not_any_: ['Scheduled'] } } } }),
      ['by hand', 'market'],
    ],
    ['by time', () => ({ flow_runs: { expected_start_time: { after_: NOON } } }), ['deployed']],
    [
      'by either',
      () => ({
        flow_runs: {
          operator: 'or_',
          name: { any_: ['market'] },
          state: { type: { any_: ['SCHEDULED'] } },
        },
      }),
      ['deployed', 'market'],
    ],
    ['that do not exist', () => ({ flow_runs: { id: { any_: [NOTHING] } } }), []],
  ])('%s', async (_, asked, expected) => {
    const client = await bakery()

    expect((await found(client, asked(client.deployment))).sort()).toEqual(expected)
    expect((await client.say('POST', '/flow_runs/count', asked(client.deployment))).body).toBe(
      expected.length,
    )
  })

  it('sorts, pages and refuses too much', async () => {
    const client = await bakery()

    expect(await found(client, { sort: 'EXPECTED_START_TIME_DESC', limit: 1 })).toEqual([
      'deployed',
    ])
    expect(await found(client, { sort: 'NAME_DESC', limit: 2, offset: 1 })).toEqual([
      'deployed',
      'by hand',
    ])
    expect((await client.say('POST', '/flow_runs/filter', { limit: 201 })).status).toBe(422)
    expect((await client.say('POST', '/flow_runs/filter', { limit: -1 })).status).toBe(422)
    expect((await client.say('POST', '/flow_runs/paginate', { limit: -1 })).status).toBe(422)
    expect((await client.say('POST', '/flow_runs/filter', { sort: 'COLOUR' })).status).toBe(422)
  })
})

describe('logs', () => {
  it('come back in order, once, and by level and words', async () => {
    const client = apiClient()
    const { id } = await start(client, 'bake')
    const line = (second: number, level: number, message: string) => ({
      name: 'prefect.flow_runs',
      level,
      message,
      timestamp: `2026-11-21T09:00:0${second}.000001Z`,
      flow_run_id: id,
      task_run_id: null,
    })
    const batch = [line(2, 40, 'Burnt bread'), line(1, 20, 'Dough is ready')]
    const messages = async (logs: object, more: object = {}) =>
      (
        await client.say('POST', '/logs/filter', {
          logs: { flow_run_id: { any_: [id] }, ...logs },
          ...more,
        })
      ).body.map(({ message }: { message: string }) => message)

    expect(await client.say('POST', '/logs/', batch)).toEqual({ status: 201, body: null })
    await client.say('POST', '/logs/', batch)

    expect(await messages({})).toEqual(['Dough is ready', 'Burnt bread'])
    expect(await messages({}, { sort: 'TIMESTAMP_DESC', limit: 1 })).toEqual(['Burnt bread'])
    expect(await messages({ level: { ge_: 30 } })).toEqual(['Burnt bread'])
    expect(await messages({ text: { query: 'dough READY' } })).toEqual(['Dough is ready'])
    expect((await client.say('POST', '/logs/filter', {})).body).toEqual([])
  })
})
