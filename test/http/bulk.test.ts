// Many at once: pages by number, deleting and moving all that a filter means, runs by the dozen.
import { beforeEach, describe, expect, it } from 'vitest'
import { apiClient } from './client.ts'

let { here, say, deploy } = apiClient()
beforeEach(() => {
  ;({ here, say, deploy } = apiClient())
})

async function runs(count: number): Promise<string[]> {
  const { id } = await deploy('oven')
  const { body } = await say(
    'POST',
    `/deployments/${id}/create_flow_run/bulk`,
    Array(count).fill({}),
  )
  return body.results.map(({ flow_run_id }: { flow_run_id: string }) => flow_run_id)
}

describe('pages by their number', () => {
  it.each(['/flow_runs', '/flows', '/deployments', '/task_runs'])(
    'of %s are counted',
    async (path) => {
      await runs(1)
      const { body } = await say('POST', `${path}/paginate`, {})
      const count = path === '/task_runs' ? 0 : 1
      expect(body).toMatchObject({ count, limit: 200, pages: count, page: 1 })
      expect(body.results).toHaveLength(count)
    },
  )

  it('hold each run once', async () => {
    const made = await runs(5)
    const seen: string[] = []
    for (const page of [1, 2, 3]) {
      const { body } = await say('POST', '/flow_runs/paginate', { limit: 2, page })
      expect([body.count, body.pages, body.page]).toEqual([5, 3, page])
      seen.push(...body.results.map(({ id }: { id: string }) => id))
    }
    expect(seen.toSorted()).toEqual(made.toSorted())
  })

  it('begin with one', async () => {
    expect((await say('POST', '/flows/paginate', { page: 0 })).status).toBe(422)
  })
})

describe('all that a filter means', () => {
  it('is deleted, up to the limit', async () => {
    const made = await runs(3)
    const flow_runs = { id: { any_: made.slice(0, 2) } }
    const { body } = await say('POST', '/flow_runs/bulk_delete', { flow_runs, limit: 1 })

    expect(body.deleted).toHaveLength(1)
    expect((await say('POST', '/flow_runs/count', {})).body).toBe(2)
  })

  it.each(['/flows', '/deployments'])('of %s goes with what belongs to it', async (path) => {
    await runs(1)
    const { body } = await say('POST', `${path}/bulk_delete`, {})

    expect(body.deleted).toHaveLength(1)
    expect((await say('POST', '/deployments/count', {})).body).toBe(0)
  })

  it('is moved, each run by its own rules', async () => {
    const [first] = await runs(2)
    await say('POST', `/flow_runs/${first}/set_state`, {
      state: { type: 'COMPLETED' },
      force: true,
    })
    const { body } = await say('POST', '/flow_runs/bulk_set_state', { state: { type: 'PAUSED' } })

    const statuses = body.results.map((one: { status: string }) => one.status)
    expect(statuses.toSorted()).toEqual(['ABORT', 'REJECT'])
  })

  it('is no more than fifty', async () => {
    expect((await say('POST', '/flow_runs/bulk_delete', { limit: 51 })).status).toBe(422)
  })
})

describe('runs by the dozen', () => {
  it('are made, but for those that cannot be', async () => {
    const schema = { type: 'object', properties: { n: { type: 'integer' } } }
    const over = { parameter_openapi_schema: schema, enforce_parameter_schema: true }
    const { id } = await deploy('oven', over)
    const sent = [{ parameters: { n: 1 } }, { parameters: { n: 'one' } }]
    const { body } = await say('POST', `/deployments/${id}/create_flow_run/bulk`, sent)

    expect(body.results).toEqual([
      { flow_run_id: expect.any(String), status: 'CREATED', error: null },
      { flow_run_id: null, status: 'FAILED', error: expect.stringContaining('Validation failed') },
    ])
  })

  it('are refused above a hundred', async () => {
    const { id } = await deploy('oven')
    const sent = Array(101).fill({})
    expect((await say('POST', `/deployments/${id}/create_flow_run/bulk`, sent)).status).toBe(400)
  })
})

describe('a state of a run', () => {
  it('is found by its id, once the event is stored that tells of it', async () => {
    const { road } = await import('../road.ts')
    const [id] = await runs(1)
    await road(here)()
    const { state } = (await say('GET', `/flow_runs/${id}`)).body

    expect((await say('GET', `/flow_run_states/${state.id}`)).body).toEqual(state)
    expect((await say('GET', `/flow_run_states/${id}`)).status).toBe(404)
  })
})

describe('log lines', () => {
  it('are saved as a table, whatever a message holds', async () => {
    const [id] = await runs(1)
    const line = { name: 'oven', level: 20, timestamp: '2026-11-21T09:00:00Z', flow_run_id: id }
    await say('POST', '/logs/', [{ ...line, message: 'a "hot", wide\noven' }])

    const answer = await say.raw('GET', `/flow_runs/${id}/logs/download`)
    expect(answer.headers.get('content-type')).toMatch(/^text\/csv/)
    expect(await answer.text()).toBe(
      'timestamp,level,flow_run_id,task_run_id,message\r\n' +
        `2026-11-21T09:00:00.000000Z,20,${id},,"a ""hot"", wide\noven"\r\n`,
    )
  })
})
