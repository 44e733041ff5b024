import { expect, it } from 'vitest'
import { apiClient } from './client.ts'

it.each([1, 1.5, 'text', true, null, [1, 'a'], { a: { b: null } }])(
  'keeps %j as it is',
  async (value) => {
    const { say } = apiClient()

    const made = await say('POST', '/variables/', { name: 'v', value })

    expect(made).toMatchObject({ status: 201, body: { name: 'v', value, tags: [] } })
    expect((await say('GET', `/variables/${made.body.id}`)).body).toEqual(made.body)
  },
)

it('moves a variable to its new name, unless that is taken', async () => {
  const { say } = apiClient()
  const { body } = await say('POST', '/variables/', { name: 'a', value: 1 })
  await say('POST', '/variables/', { name: 'b', value: 2, tags: ['t'] })

  expect((await say('PATCH', '/variables/name/a', { name: 'b' })).status).toBe(409)
  expect((await say('PATCH', `/variables/${body.id}`, { name: 'c', value: 3 })).status).toBe(204)

  expect((await say('GET', '/variables/name/c')).body).toMatchObject({ id: body.id, value: 3 })
  expect((await say('GET', '/variables/name/a')).status).toBe(404)
  const listed = await say('POST', '/variables/filter', { variables: { tags: { all_: ['t'] } } })
  expect(listed.body).toHaveLength(1)
  expect((await say('POST', '/variables/count', {})).body).toBe(2)
  expect((await say('DELETE', '/variables/name/c')).status).toBe(204)
})

it('refuses a name twice and a name too long', async () => {
  const { say } = apiClient()
  await say('POST', '/variables/', { name: 'a', value: 1 })

  expect((await say('POST', '/variables/', { name: 'a', value: 1 })).body).toEqual({
    detail: "A variable with the name 'a' already exists.",
  })
  expect((await say('POST', '/variables/', { name: 'a'.repeat(256), value: 1 })).status).toBe(422)
  expect((await say('POST', '/variables/', { name: 'b' })).status).toBe(422)
})
