// Prefect's Terraform provider: what it was recorded asking, and a test for each rule about what must come back as it was sent,
// without which it reports an inconsistent result or plans the same change for ever.
import { describe, expect, it } from 'vitest'
import { fakes } from '../fakes.ts'
import { apiClient } from '../http/client.ts'
import { replay } from './replay.ts'

describe('the recorded provider', () => {
  it.each(['terraform', 'terraform-webhook'])(
    '%s gets the answers that Prefect gave',
    async (scenario) => {
      expect(await replay([scenario])).toEqual([])
    },
  )
})

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/

/** An event trigger as the provider sends it: what is empty is left out, but for match_related. */
const trigger = { type: 'event', posture: 'Reactive', threshold: 1, within: 0, match_related: {} }

const SOMETHING = '11111111-1111-4111-8111-111111111111'

/** What the provider takes for "not written": null, or of these two an empty object, or for a wait none. */
const emptyOf = (field: string): unknown => {
  if (field === 'schedule_after') return 0
  return null
}

const EMPTY = { match: {}, match_related: {}, after: [], expect: [], for_each: [] }

describe('an automation', () => {
  async function saved(over: object = {}) {
    const { say } = apiClient()
    const sent = {
      name: 'bake when proofed',
      description: '',
      enabled: true,
      trigger,
      actions: [{ type: 'do-nothing' }],
      actions_on_trigger: [],
      actions_on_resolve: [],
      ...over,
    }
    const made = await say('POST', '/automations/', sent)
    expect(made.status).toBe(201)
    return (await say('GET', `/automations/${made.body.id}`)).body
  }

  it('answers empty objects and lists for what was left out of a trigger', async () => {
    expect((await saved()).trigger).toMatchObject(EMPTY)
  })

  it.each(['compound', 'sequence'])('answers them for each child of a %s', async (type) => {
    const require = type === 'compound' ? { require: 'all' } : {}
    const composite = { type, ...require, within: 60, triggers: [trigger, trigger] }

    const { triggers } = (await saved({ trigger: composite })).trigger

    expect(triggers).toMatchObject([EMPTY, EMPTY])
  })

  it.each([
    ['compound', { require: 'any' }],
    ['compound', { require: 2 }],
    ['sequence', {}],
  ])('keeps the order of a %s’s children, and null for a within of null', async (type, over) => {
    const children = ['b', 'c', 'a'].map((event) => ({ ...trigger, expect: [event] }))
    const { trigger: kept } = await saved({
      trigger: { type, within: null, triggers: children, ...over },
    })
    expect(kept.triggers.map((one: typeof kept) => one.expect)).toEqual([['b'], ['c'], ['a']])
    expect(kept.within).toBeNull()
  })

  it('fills threshold and within with 1 and 0 when they were left out, as Prefect does', async () => {
    const { threshold, within, ...rest } = trigger
    expect((await saved({ trigger: rest })).trigger).toMatchObject({ threshold: 1, within: 0 })
  })

  it('keeps after, expect and for_each as sets: none lost, none twice', async () => {
    const sets = { after: ['b', 'a'], expect: ['d', 'c'], for_each: ['f', 'e'] }
    const { trigger: kept } = await saved({ trigger: { ...trigger, ...sets, within: 60 } })
    for (const [field, sent] of Object.entries(sets)) {
      expect(kept[field].toSorted()).toEqual(sent.toSorted())
    }
  })

  it('echoes match in its shape: texts stay texts, lists stay lists', async () => {
    const match = { 'prefect.resource.id': ['b', 'a'], colour: 'red' }
    expect((await saved({ trigger: { ...trigger, match } })).trigger.match).toEqual(match)
  })

  it('answers the threshold as an integer token, so that Go decodes it', async () => {
    expect(Number.isInteger((await saved()).trigger.threshold)).toBe(true)
  })

  it.each<[string, object]>([
    ['an object of texts', { 'prefect.resource.id': 'b' }],
    ['an object of lists', { 'prefect.resource.id': ['b', 'a'] }],
    ['a list of objects', [{ 'prefect.resource.role': 'flow' }, { 'prefect.resource.id': ['z'] }]],
  ])('echoes match_related in its shape: %s', async (_, match_related) => {
    expect((await saved({ trigger: { ...trigger, match_related } })).trigger.match_related).toEqual(
      match_related,
    )
  })

  it('keeps the order of actions, and adds nothing that was not written', async () => {
    const actions = [
      { type: 'cancel-flow-run' },
      { type: 'change-flow-run-state', state: 'FAILED', name: null, message: null },
    ]
    const kept = (await saved({ actions })).actions
    expect(kept.map(({ type }: { type: string }) => type)).toEqual([
      'cancel-flow-run',
      'change-flow-run-state',
    ])
    expect(kept[1]).toMatchObject({ state: 'FAILED', name: null, message: null })
  })

  it.each([
    { type: 'do-nothing' },
    { type: 'run-deployment', source: 'selected', deployment_id: SOMETHING, parameters: { p: 1 } },
    { type: 'pause-deployment', source: 'selected', deployment_id: SOMETHING },
    { type: 'resume-deployment', source: 'inferred' },
    { type: 'cancel-flow-run' },
    { type: 'suspend-flow-run' },
    { type: 'resume-flow-run' },
    { type: 'pause-work-queue', source: 'selected', work_queue_id: SOMETHING },
    { type: 'resume-work-queue', source: 'inferred' },
    { type: 'pause-work-pool', source: 'selected', work_pool_id: SOMETHING },
    { type: 'resume-work-pool', source: 'inferred' },
    { type: 'pause-automation', source: 'selected', automation_id: SOMETHING },
    { type: 'resume-automation', source: 'inferred' },
    { type: 'call-webhook', block_document_id: SOMETHING, payload: '{}' },
    { type: 'send-notification', block_document_id: SOMETHING, subject: 's', body: 'b' },
  ])('answers the action $type as it was written, and nothing but empty beside', async (action) => {
    const [kept] = (await saved({ actions: [action] })).actions
    const beside = Object.entries(kept).filter(([field]) => !(field in action))
    expect(kept).toMatchObject(action)
    for (const [field, value] of beside) {
      expect([field, value]).toEqual([field, emptyOf(field)])
    }
  })

  it.each(['declare-incident', 'send-email-notification', 'pause-schedule-for-flow-run'])(
    'refuses the action %s, which is Prefect Cloud’s, with 422',
    async (type) => {
      const { say } = apiClient()
      const sent = { name: 'a', trigger, actions: [{ type }] }
      expect((await say('POST', '/automations/', sent)).status).toBe(422)
    },
  )

  it('forgets schedule_after when it is put again without', async () => {
    const { say, deploy } = apiClient()
    const { id: deployment_id } = await deploy('bake')
    const action = { type: 'run-deployment', source: 'selected', deployment_id }
    const body = { name: 'a', trigger, actions: [{ ...action, schedule_after: 60 }] }
    const { id } = (await say('POST', '/automations/', body)).body

    const put = await say('PUT', `/automations/${id}`, { ...body, actions: [action] })

    expect(put).toEqual({ status: 204, body: null })
    expect((await say('GET', `/automations/${id}`)).body.actions[0].schedule_after).toBe(0)
  })

  it('answers description and enabled as they were sent, times as RFC 3339', async () => {
    const { id, created, updated, description, enabled } = await saved({ enabled: false })
    expect({ description, enabled }).toEqual({ description: '', enabled: false })
    expect(id).toMatch(UUID)
    expect([created, updated].every((time) => RFC_3339.test(time))).toBe(true)
  })
})

describe('a deployment', () => {
  it('answers lists and objects, never null, for what was left out', async () => {
    const { deploy } = apiClient()
    expect(await deploy('bake')).toMatchObject({
      tags: [],
      pull_steps: [],
      parameters: {},
      job_variables: {},
      schedules: [],
      paused: false,
      enforce_parameter_schema: true,
      storage_document_id: null,
    })
  })

  it('answers a schema of parameters that the provider takes for none when there is none', async () => {
    const { deploy } = apiClient()
    const { parameter_openapi_schema: schema } = (await deploy('bake')) as Record<string, unknown>
    expect([null, {}, { properties: {}, type: 'object' }]).toContainEqual(schema)
  })

  it.each(['description', 'path', 'version', 'entrypoint', 'work_pool_name', 'work_queue_name'])(
    'answers null or nothing for %s when it was left out',
    async (field) => {
      const { deploy } = apiClient()
      expect(((await deploy('bake')) as Record<string, unknown>)[field] ?? '').toBe('')
    },
  )

  it.each([true, false])(
    'answers enforce_parameter_schema as sent: %s',
    async (enforce_parameter_schema) => {
      const { deploy } = apiClient()
      expect(await deploy('bake', { enforce_parameter_schema })).toMatchObject({
        enforce_parameter_schema,
      })
    },
  )

  it('reads its concurrency limit from global_concurrency_limit, and is cleared by null', async () => {
    const { say, deploy } = apiClient()
    const options = { concurrency_options: { collision_strategy: 'CANCEL_NEW' } }
    const { id } = await deploy('bake', { concurrency_limit: 3, ...options })
    const read = async () => (await say('GET', `/deployments/${id}`)).body

    const limited = await read()
    await say('PATCH', `/deployments/${id}`, { description: 'bread' })
    const left = await read()
    await say('PATCH', `/deployments/${id}`, { concurrency_limit: null, concurrency_options: null })
    const cleared = await read()

    expect(limited.global_concurrency_limit).toMatchObject({ limit: 3 })
    expect(limited.global_concurrency_limit.id).toMatch(UUID)
    expect(limited.concurrency_options).toMatchObject(options.concurrency_options)
    expect(left.global_concurrency_limit).toMatchObject({ limit: 3 })
    expect(cleared).toMatchObject({ global_concurrency_limit: null, concurrency_options: null })
  })

  it('shows the shared limit that it names, as it is now', async () => {
    const { say, deploy } = apiClient()
    const made = await say('POST', '/v2/concurrency_limits/', { name: 'oven', limit: 2 })
    const { id } = await deploy('bake', { global_concurrency_limit_id: made.body.id })

    const changed = await say('PATCH', `/v2/concurrency_limits/${made.body.id}`, { limit: 4 })

    const { global_concurrency_limit: shown } = (await say('GET', `/deployments/${id}`)).body
    expect([made.status, changed]).toEqual([201, { status: 204, body: null }])
    expect(shown).toMatchObject({ id: made.body.id, name: 'oven', limit: 4 })
  })

  it('is in the default queue of a pool that was named without one', async () => {
    const { say, deploy } = apiClient()
    await say('POST', '/work_pools/', { name: 'ovens', type: 'process' })
    expect(await deploy('bake', { work_pool_name: 'ovens' })).toMatchObject({
      work_queue_name: 'default',
    })
  })
})

describe('a schedule', () => {
  it.each<[string, object]>([
    ['interval', { interval: 3600, anchor_date: '2024-01-01T00:00:00Z', timezone: 'UTC' }],
    ['cron', { cron: '0 4 * * *', day_or: true, timezone: 'Europe/Berlin' }],
    ['rrule', { rrule: 'FREQ=DAILY', timezone: 'UTC' }],
  ])('by %s comes back byte for byte', async (_, schedule) => {
    const { say, deploy } = apiClient()
    const { id } = await deploy('bake')
    const path = `/deployments/${id}/schedules`
    const sent = { active: false, max_scheduled_runs: 5, parameters: { p: 1 }, schedule }

    const made = await say('POST', path, [sent])
    const changed = await say('PATCH', `${path}/${made.body[0].id}`, sent)

    expect([made.status, changed.status]).toEqual([201, 204])
    expect((await say('GET', path)).body).toMatchObject([{ id: made.body[0].id, ...sent }])
  })

  it('is answered alone when it is added to others', async () => {
    const { say, deploy } = apiClient()
    const { id } = await deploy('bake', { schedules: [{ schedule: { cron: '0 4 * * *' } }] })
    const made = await say('POST', `/deployments/${id}/schedules`, [
      { schedule: { cron: '0 5 * * *' } },
    ])
    expect(made.body).toMatchObject([{ schedule: { cron: '0 5 * * *' } }])
  })
})

describe('other resources', () => {
  it('a pool keeps its nulls and has a default queue', async () => {
    const { say } = apiClient()
    const sent = { name: 'ovens', type: 'process', description: null, concurrency_limit: null }
    const { status, body } = await say('POST', '/work_pools/', sent)
    expect(status).toBe(201)
    expect(body).toMatchObject(sent)
    expect(body.default_queue_id).toMatch(UUID)
  })

  it.each(['queues', 'queues/'])(
    'a queue is made under /%s and echoes its fields',
    async (path) => {
      const { say } = apiClient()
      await say('POST', '/work_pools/', { name: 'ovens', type: 'process' })
      const fields = { description: 'd', is_paused: false, concurrency_limit: 2, priority: 3 }
      const made = await say('POST', `/work_pools/ovens/${path}`, { name: 'hot', ...fields })
      expect(made.status).toBe(201)
      expect((await say('GET', '/work_pools/ovens/queues/hot')).body).toMatchObject({
        work_pool_name: 'ovens',
        ...fields,
      })
    },
  )

  it.each([1, '1', true, [1], { a: null }])(
    'a variable keeps the JSON type of %j',
    async (value) => {
      const { say } = apiClient()
      const { body } = await say('POST', '/variables/', { name: 'v', value })
      expect((await say('GET', `/variables/${body.id}`)).body).toMatchObject({ value, tags: [] })
    },
  )

  it('a shared concurrency limit is found by id and by name until it is deleted', async () => {
    const { say } = apiClient()
    const { body } = await say('POST', '/v2/concurrency_limits/', { name: 'oven', limit: 2 })
    const paths = [body.id, 'oven'].map((key) => `/v2/concurrency_limits/${key}`)
    const statuses = async () =>
      (await Promise.all(paths.map((path) => say('GET', path)))).map(({ status }) => status)

    const before = await statuses()
    const twice = await say('POST', '/v2/concurrency_limits/', { name: 'oven', limit: 2 })
    const deleted = await say('DELETE', paths[0] ?? '')

    expect([before, twice.status, deleted.status]).toEqual([[200, 200], 409, 204])
    expect(await statuses()).toEqual([404, 404])
  })
})

describe('a workspace', () => {
  const ACCOUNT = '11111111-1111-4111-8111-111111111111'
  const path = `/accounts/${ACCOUNT}/workspaces`

  it('answers no null description, which would make the provider fail', async () => {
    const { say } = apiClient()
    const sent = { name: 'Bakery', description: null, handle: 'bakery' }
    const { status, body } = await say('POST', `${path}/`, sent)
    expect(status).toBe(201)
    expect(body).toMatchObject({ account_id: ACCOUNT, description: '', handle: 'bakery' })
  })

  it('is found by handle, changed, and deleted', async () => {
    const { say } = apiClient()
    const { id } = (await say('POST', path, { name: 'Bakery', handle: 'bakery' })).body
    await say('POST', path, { name: 'Mill', handle: 'mill' })

    const changed = await say('PATCH', `${path}/${id}`, { description: 'bread', handle: 'oven' })
    const taken = await say('PATCH', `${path}/${id}`, { handle: 'mill' })
    const found = await say('POST', `${path}/filter`, {
      workspaces: { handle: { any_: ['oven'] } },
    })
    const deleted = await say('DELETE', `${path}/${id}`)

    expect([changed.status, taken.status, deleted.status]).toEqual([204, 409, 204])
    expect(found.body).toMatchObject([{ id, name: 'Bakery', description: 'bread' }])
    expect((await say('GET', `${path}/${id}`)).status).toBe(404)
  })

  it('keeps its data apart from those of others', async () => {
    const here = fakes()
    const { say } = apiClient(here)
    const { id } = (await say('POST', path, { name: 'Bakery', handle: 'bakery' })).body
    await say('POST', `${path}/${id}/flows/`, { name: 'bake' })
    expect((await say('POST', `${path}/${id}/flows/filter`, {})).body).toHaveLength(1)
    expect((await say('POST', '/flows/filter', {})).body).toEqual([])
  })
})

it('the catalogue of worker types knows the process worker', async () => {
  const { say } = apiClient()
  const paths = ['/collections/views/aggregate-worker-metadata', '/collections/work_pool_types']
  for (const path of paths) {
    const { body } = await say('GET', path)
    expect(body.prefect.process).toMatchObject({ type: 'process' })
  }
})

describe('what Go decodes', () => {
  const here = apiClient()
  const { say } = here

  it.each([
    ['POST', '/work_pools/filter'],
    ['POST', '/flows/filter'],
    ['POST', '/variables/filter'],
    ['POST', '/automations/filter'],
    ['GET', '/webhooks/'],
  ])('a list is never null: %s %s', async (method, path) => {
    const body = method === 'POST' ? {} : undefined
    expect(await say(method, path, body)).toEqual({ status: 200, body: [] })
  })

  it('an answer of 204 has no body and no length', async () => {
    const { deploy } = here
    const { id, flow_id } = await deploy('bake')
    const pool = { name: 'ovens', type: 'process' }
    await say('POST', '/work_pools/', pool)
    const asked: [string, string, object?][] = [
      ['PATCH', `/deployments/${id}`, { description: 'd' }],
      ['PATCH', '/work_pools/ovens', { is_paused: true }],
      ['DELETE', `/deployments/${id}`],
      ['PATCH', `/flows/${flow_id}`, { tags: ['t'] }],
      ['DELETE', '/work_pools/ovens'],
    ]
    for (const [method, path, body] of asked) {
      const answer = await say.raw(method, path, body)
      expect([path, answer.status, await answer.text()]).toEqual([path, 204, ''])
      expect(answer.headers.get('content-type')).toBeNull()
    }
  })
})
