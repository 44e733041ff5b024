import { expect, it } from 'vitest'
import type { Event } from '../../lib/core/event.ts'
import { apiClient } from '../http/client.ts'
import { road } from '../road.ts'

it('a concurrency limit is told of when it is set, and not when its slots are taken', async () => {
  const { here, say } = apiClient()
  const travel = road(here)
  const { body } = await say('POST', '/v2/concurrency_limits/', { name: 'oven', limit: 2 })
  await travel()
  await say('POST', '/v2/concurrency_limits/increment', { names: ['oven'], slots: 1 })
  await travel()
  here.clock.advance(1)
  await say('PATCH', `/v2/concurrency_limits/${body.id}`, { limit: 3 })
  await travel()
  await say('DELETE', '/v2/concurrency_limits/oven')
  await travel()

  const { events } = (
    await say('POST', '/events/filter', {
      filter: { event: { prefix: ['prefect.concurrency-limit.'] }, order: 'ASC' },
    })
  ).body
  expect(events.map((one: { event: string }) => one.event.split('.').at(-1)).toSorted()).toEqual([
    'created',
    'deleted',
    'updated',
  ])
})

it.each([
  ['variable', '/variables/', { name: 'oven', value: 230 }],
  ['concurrency-limit', '/v2/concurrency_limits/', { name: 'oven', limit: 2 }],
] as const)('a %s of another name is updated, not deleted', async (kind, path, body) => {
  const { here, say } = apiClient()
  const travel = road(here)
  const { id } = (await say('POST', path, body)).body
  await travel()
  here.clock.advance(1)
  await say('PATCH', `${path}${id}`, { name: 'kiln' })
  await travel()
  const told = async () => {
    const filter = { event: { prefix: [`prefect.${kind}.`] }, order: 'ASC' }
    const { events } = (await say('POST', '/events/filter', { filter })).body
    return events.map(({ event, resource }: Event) => [
      event.split('.').at(-1),
      resource['prefect.resource.name'],
    ])
  }

  expect(await told()).toEqual([
    ['created', 'oven'],
    ['updated', 'kiln'],
  ])

  here.clock.advance(1)
  await say('DELETE', `${path}${id}`)
  await travel()

  expect((await told()).at(-1)).toEqual(['deleted', 'kiln'])
})

it('what is set about a flow, a pool and its queue is told of, a new name of the queue too', async () => {
  const { here, say } = apiClient()
  const travel = road(here)
  const flow = (await say('POST', '/flows/', { name: 'bake' })).body
  await say('POST', '/work_pools/', { name: 'ovens', type: 'process' })
  await say('POST', '/work_pools/ovens/queues', { name: 'hot' })
  await travel()
  for (const [path, change] of [
    [`/flows/${flow.id}`, { tags: ['bread'] }],
    ['/work_pools/ovens', { concurrency_limit: 4 }],
    ['/work_pools/ovens/queues/hot', { priority: 7 }],
    ['/work_pools/ovens/queues/hot', { name: 'hotter' }],
  ] as const) {
    here.clock.advance(1)
    expect((await say('PATCH', path, change)).status).toBe(204)
    await travel()
  }
  here.clock.advance(1)
  await say('DELETE', `/flows/${flow.id}`)
  await travel()

  const { events } = (await say('POST', '/events/filter', { filter: { order: 'ASC' } })).body
  expect(
    events
      .filter(({ event }: Event) => /updated|deleted/.test(event))
      .map(({ event, payload }: Event) => [event, payload.updated_fields]),
  ).toEqual([
    ['prefect.flow.updated', undefined],
    ['prefect.work-pool.updated', ['concurrency_limit']],
    ['prefect.work-queue.updated', ['priority']],
    ['prefect.work-queue.updated', ['name']],
    ['prefect.flow.deleted', undefined],
  ])
})

it('a queue that is removed and made anew under its name was removed all the same', async () => {
  const { here, say } = apiClient()
  const travel = road(here)
  await say('POST', '/work_pools/', { name: 'ovens', type: 'process' })
  await say('POST', '/work_pools/ovens/queues', { name: 'hot' })
  await travel()
  here.clock.advance(1)
  await say('DELETE', '/work_pools/ovens/queues/hot')
  await say('POST', '/work_pools/ovens/queues', { name: 'hot' })
  await travel()

  const filter = { event: { prefix: ['prefect.work-queue.'] }, order: 'ASC' }
  const { events } = (await say('POST', '/events/filter', { filter })).body
  const told = events.filter(({ resource }: Event) => resource['prefect.resource.name'] === 'hot')
  expect(told.map(({ event }: Event) => event.split('.').at(-1)).toSorted()).toEqual([
    'created',
    'created',
    'deleted',
  ])
})

it('many variables that are removed at once are looked for in one listing', async () => {
  const { here, say } = apiClient()
  const travel = road(here)
  for (const name of ['rye', 'spelt', 'wheat']) await say('POST', '/variables/', { name, value: 1 })
  await travel()
  for (const name of ['rye', 'spelt', 'wheat']) await say('DELETE', `/variables/name/${name}`)
  const { variables } = here.services
  let lists = 0
  here.services.variables = {
    ...variables,
    list: (workspace) => {
      lists += 1
      return variables.list(workspace)
    },
  }
  await road(here)()

  expect(lists).toBe(1)
})
