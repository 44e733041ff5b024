// Artifacts over HTTP: versions of a key, the collection that they are, and those without a key.
import { beforeEach, describe, expect, it } from 'vitest'
import { apiClient, NOTHING } from './client.ts'

let { here, say } = apiClient()
beforeEach(() => {
  ;({ here, say } = apiClient())
})

async function leave(over: object): Promise<{ id: string }> {
  here.clock.advance(1)
  const { status, body } = await say('POST', '/artifacts/', over)
  expect(status).toBe(201)
  return body
}

const idsOf = (body: { id: string }[]) => body.map(({ id }) => id)

describe('an artifact', () => {
  it('is kept as it was sent, with an id and its times', async () => {
    const made = await leave({ key: 'loaves', type: 'table', data: [{ a: 1 }] })

    expect((await say('GET', `/artifacts/${made.id}`)).body).toEqual(made)
    expect(made).toMatchObject({ key: 'loaves', type: 'table', data: [{ a: 1 }], metadata_: null })
  })

  it('changes only in what is sent', async () => {
    const { id } = await leave({ key: 'loaves', description: 'how many', data: '3' })

    expect((await say('PATCH', `/artifacts/${id}`, { data: '4' })).status).toBe(204)

    const { body } = await say('GET', `/artifacts/${id}`)
    expect(body).toMatchObject({ data: '4', description: 'how many' })
  })

  it.each([
    ['GET', undefined],
    ['PATCH', { data: 1 }],
    ['DELETE', undefined],
  ])('that is not there answers %s with 404', async (method, body) => {
    const answer = await say(method, `/artifacts/${NOTHING}`, body)
    expect(answer).toEqual({ status: 404, body: { detail: 'Artifact not found.' } })
  })

  it.each([{ key: 'With Capitals' }, { metadata_: { note: 'x'.repeat(501) } }, { id: NOTHING }])(
    'is refused as %j',
    async (sent) => {
      expect((await say('POST', '/artifacts/', sent)).status).toBe(422)
    },
  )
})

describe('artifacts of one key', () => {
  it('are versions: the last one is the latest, until it is deleted', async () => {
    const first = await leave({ key: 'loaves', data: '1' })
    const second = await leave({ key: 'loaves', data: '2' })

    expect((await say('GET', '/artifacts/loaves/latest')).body.id).toBe(second.id)
    await say('DELETE', `/artifacts/${second.id}`)
    expect((await say('GET', '/artifacts/loaves/latest')).body.id).toBe(first.id)
  })

  it('are one collection, whose id stays', async () => {
    const first = await leave({ key: 'loaves', data: '1' })
    const [was] = (await say('POST', '/artifacts/latest/filter', {})).body
    const second = await leave({ key: 'loaves', data: '2' })
    const { body } = await say('POST', '/artifacts/latest/filter', {})

    expect(was).toMatchObject({ key: 'loaves', latest_id: first.id })
    expect(body).toEqual([expect.objectContaining({ id: was.id, latest_id: second.id, data: '2' })])
    expect((await say('POST', '/artifacts/latest/count', {})).body).toBe(1)
  })

  it('leave no collection behind when the last is deleted', async () => {
    const { id } = await leave({ key: 'loaves' })
    await say('DELETE', `/artifacts/${id}`)

    expect((await say('POST', '/artifacts/latest/filter', {})).body).toEqual([])
    expect((await say('GET', '/artifacts/loaves/latest')).status).toBe(404)
  })
})

describe('a listing of artifacts', () => {
  it('has those with a key and those without, newest first', async () => {
    const loaves = await leave({ key: 'loaves' })
    const result = await leave({ type: 'result' })

    expect(idsOf((await say('POST', '/artifacts/filter', {})).body)).toEqual([result.id, loaves.id])
    expect((await say('POST', '/artifacts/count', {})).body).toBe(2)
  })

  it.each([
    [{ key: { any_: ['loaves'] } }, ['loaves']],
    [{ key: { exists_: false } }, ['none']],
    [{ key: { like_: 'oa' } }, ['loaves']],
    [{ type: { not_any_: ['table'] } }, ['none']],
  ])('is narrowed down by %j', async (artifacts, expected) => {
    const known = {
      loaves: (await leave({ key: 'loaves', type: 'table' })).id,
      none: (await leave({ type: 'result' })).id,
    }

    const { body } = await say('POST', '/artifacts/filter', { artifacts })
    expect(idsOf(body)).toEqual(expected.map((name) => known[name as keyof typeof known]))
  })

  it('has those of the runs that other filters mean', async () => {
    const flow = await say('POST', '/flows/', { name: 'bake' })
    const run = await say('POST', '/flow_runs/', { flow_id: flow.body.id })
    const left = await leave({ key: 'loaves', flow_run_id: run.body.id })
    await leave({ key: 'rolls' })

    const { body } = await say('POST', '/artifacts/filter', { flows: { name: { any_: ['bake'] } } })
    expect(idsOf(body)).toEqual([left.id])
  })
})
