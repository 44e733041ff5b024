// The gate: who is let in, what it costs, and what is written down of it.
import { describe, expect, it } from 'vitest'
import { keyText } from '../../lib/core/api-key.ts'
import { DEFAULT_WORKSPACE } from '../../lib/core/workspace.ts'
import { announce, api, firstKey } from '../../lib/entries.ts'
import { FAILURES, KEY_TRUSTED_SECONDS, keyGate } from '../../lib/http/gate.ts'
import { batchOf, type Fakes, fakes, newEvents } from '../fakes.ts'

const ADDRESS = '203.0.113.7'

async function bakery(here: Fakes = fakes()) {
  const { services, clock } = here
  let reads = 0
  let writes = 0
  const apiKeys: typeof services.apiKeys = {
    ...services.apiKeys,
    find: (id) => {
      reads += 1
      return services.apiKeys.find(id)
    },
    replace: (next, was) => {
      writes += 1
      return services.apiKeys.replace(next, was)
    },
  }
  const adminKey = { isRight: async (text: string) => text === 'of-the-deployment' }
  const gate = keyGate({ ...services, apiKeys }, { adminKey })
  const app = api(services)
  const say = async (method: string, path: string, body: object = {}) => {
    const init = method === 'POST' ? { method, body: JSON.stringify(body) } : { method }
    const answer = await app.request(`/api${path}`, init)
    const text = await answer.text()
    return text === '' ? null : JSON.parse(text)
  }
  const { id, key } = await say('POST', '/keys', { name: 'baker', scopes: ['write'] })
  const enter = (shown: string | null, address = ADDRESS) =>
    gate.enter({ credentials: [shown], address }).then(
      (caller) => caller,
      (refusal) => refusal.status as number,
    )
  const spent = () => ({ reads, writes })
  const wrongKey = (i: number) => keyText(id, `${i}`.padStart(32, 'x'))
  return { here, clock, enter, say, id, key: key as string, spent, wrongKey }
}

/** Events that changes of objects have become since the last look. */
async function announced({ here }: { here: Fakes }) {
  await announce(here.services)(batchOf(here.take('objects')))
  return newEvents(here)
}

describe('the gate', () => {
  it('lets a key in, with what it may do and where', async () => {
    const { enter, key, id } = await bakery()

    expect(await enter(key)).toEqual({
      workspace: DEFAULT_WORKSPACE,
      scopes: ['write'],
      keyId: id,
    })
  })

  it('lets the key of the deployment in as admin', async () => {
    const { enter } = await bakery()

    expect(await enter('of-the-deployment')).toMatchObject({ scopes: ['admin'] })
  })

  it('reads a key once in the seconds that it is trusted, and writes its use down once an hour', async () => {
    const { enter, key, clock, spent } = await bakery()

    for (let i = 0; i < 3; i += 1) await enter(key)
    const first = spent()
    clock.advance(KEY_TRUSTED_SECONDS)
    await enter(key)
    const second = spent()
    clock.advance(3_600)
    await enter(key)

    expect([first, second, spent()]).toEqual([
      { reads: 1, writes: 1 },
      { reads: 2, writes: 1 },
      { reads: 3, writes: 2 },
    ])
  })

  it('reads nothing for what is no key', async () => {
    const { enter, spent } = await bakery()

    for (const shown of [null, '', 'guess', 'tl_guess']) await enter(shown)

    expect(spent().reads).toBe(0)
  })

  it('takes the first of several credentials that is good', async () => {
    const { here, key } = await bakery()
    const gate = keyGate(here.services)

    const caller = await gate.enter({ credentials: ['guess', null, key], address: ADDRESS })

    expect(caller.workspace).toBe(DEFAULT_WORKSPACE)
  })
})

describe('failures', () => {
  it('of one address are answered 429 when there are too many, and again 401 a second later', async () => {
    const { enter, wrongKey, clock, spent } = await bakery()

    const heard = []
    for (let i = 0; i <= FAILURES.burst; i += 1) heard.push(await enter(wrongKey(i)))
    const reads = spent().reads
    clock.advance(1)

    expect(heard).toEqual([...Array(FAILURES.burst).fill(401), 429])
    expect(reads).toBe(FAILURES.burst)
    expect(await enter(wrongKey(99))).toBe(401)
  })

  it('that come all at once are counted all the same', async () => {
    const { enter, wrongKey } = await bakery()

    const heard = await Promise.all(Array.from({ length: 100 }, (_, i) => enter(wrongKey(i))))

    expect(heard.filter((status) => status === 401)).toHaveLength(FAILURES.burst)
  })

  it('do not shut out whoever is inside already, nor other addresses', async () => {
    const { enter, key, wrongKey } = await bakery()
    await enter(key)

    for (let i = 0; i < 100; i += 1) await enter(wrongKey(i))

    expect(await enter(key)).toMatchObject({ scopes: ['write'] })
    expect(await enter(wrongKey(1), '198.51.100.1')).toBe(401)
  })

  it('of one IPv6 network are those of one visitor', async () => {
    const { enter, wrongKey } = await bakery()

    for (let i = 0; i < FAILURES.burst; i += 1) await enter(wrongKey(i), `2001:db8:1:2::${i + 1}`)

    expect(await enter(wrongKey(0), '2001:db8:1:2:ffff::1')).toBe(429)
    expect(await enter(wrongKey(0), '2001:db8:1:3::1')).toBe(401)
  })

  it('are not what a good key costs', async () => {
    const { enter, key, clock } = await bakery()

    for (let i = 0; i < 3 * FAILURES.burst; i += 1) {
      clock.advance(0)
      expect(await enter(key)).not.toBe(429)
    }
  })
})

describe('the audit', () => {
  it('tells of a key made, rotated and revoked, and never of its text', async () => {
    const stack = await bakery()
    const { say, id, key } = stack
    const made = await announced(stack)
    const { key: next } = await say('POST', `/keys/${id}/rotate`)
    const turned = await announced(stack)
    await say('DELETE', `/keys/${id}`)
    const gone = await announced(stack)

    const events = [...made, ...turned, ...gone]
    expect(events.map(({ event }) => event)).toEqual([
      'tripline.api-key.created',
      'tripline.api-key.rotated',
      'tripline.api-key.revoked',
    ])
    for (const secret of [key, next, key.slice(-20), next.slice(-20)]) {
      expect(JSON.stringify(events)).not.toContain(secret)
    }
    expect(JSON.stringify(events)).not.toContain('hash')
  })

  it('does not tell of a key that was used', async () => {
    const stack = await bakery()
    await announced(stack)

    await stack.enter(stack.key)

    expect(await announced(stack)).toEqual([])
  })

  it('tells once an hour of a key that is shown after it was revoked', async () => {
    const stack = await bakery()
    const { enter, say, id, key, clock, here } = stack
    await say('DELETE', `/keys/${id}`)
    await announced(stack)

    const heard = [await enter(key), await enter(key)]
    const first = await newEvents(here)
    clock.advance(3_600)
    await enter(key)

    expect(heard).toEqual([401, 401])
    expect(first).toMatchObject([
      {
        event: 'tripline.api-key.used-after-revoke',
        resource: { 'prefect.resource.id': `tripline.api-key.${id}` },
      },
    ])
    expect(await newEvents(here)).toHaveLength(1)
    expect(JSON.stringify(first)).not.toContain(key)
  })

  it('does not tell of whoever only knows the id of a revoked key', async () => {
    const stack = await bakery()
    await stack.say('DELETE', `/keys/${stack.id}`)
    await announced(stack)

    await stack.enter(stack.wrongKey(1))

    expect(await newEvents(stack.here)).toEqual([])
  })
})

describe('the keys of a workspace', () => {
  it('are listed without their texts; revoked ones on request', async () => {
    const { say, id, key } = await bakery()
    await say('DELETE', `/keys/${id}`)

    const good = await say('POST', '/keys/filter')
    const all = await say('POST', '/keys/filter', { include_inactive: true })

    expect(good).toEqual([])
    expect(all).toMatchObject([{ id, status: 'revoked', name: 'baker' }])
    expect(JSON.stringify(all)).not.toContain(key)
  })

  it('go on under their old text after a rotation, for the overlap', async () => {
    const { say, id, key, enter, clock } = await bakery()
    const { key: next } = await say('POST', `/keys/${id}/rotate`, { overlap_seconds: 60 })

    const during = [await enter(key), await enter(next)]
    clock.advance(60)

    expect(during).toEqual([expect.anything(), expect.anything()])
    expect([await enter(key), await enter(next)]).toEqual([401, expect.anything()])
  })
})

it('the first key is made once, and again when no admin key is left', async () => {
  const { services } = fakes()
  const app = api(services)

  const first = await firstKey(services)
  const second = await firstKey(services)
  const [made] = await services.apiKeys.list(DEFAULT_WORKSPACE)
  await app.request(`/api/keys/${made?.id}`, { method: 'DELETE' })

  expect(first).toMatch(/^tl_/)
  expect(second).toBeNull()
  expect(await firstKey(services)).toMatch(/^tl_/)
})
