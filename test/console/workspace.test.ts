// Keys, variables and work pools: what their buttons do.
import { describe, expect, it } from 'vitest'
import { api, keyGate } from '../../lib/entries.ts'
import { fakes } from '../fakes.ts'
import { browser } from './console.ts'

describe('a key', () => {
  it('is rotated: its new text is shown once, and the old one is good for a while', async () => {
    const here = fakes()
    const open = browser(here)
    const { id, key } = await open.say('POST', '/keys', { name: 'ci', scopes: ['read'] })

    const { text } = await open.send('/keys/rotate', { id })

    const made = /id="key-text"[^>]*>(tl_\w+)/.exec(text)?.[1] ?? ''
    expect(made).not.toBe(key)
    expect((await open.look('/keys')).text).not.toContain(made)
    const gate = keyGate(here.services)
    for (const shown of [key, made]) {
      await expect(gate.enter({ credentials: [shown], address: 'a' })).resolves.toBeTruthy()
    }
  })

  it('that somebody logged in with can be put away again', async () => {
    const here = fakes()
    const { key } = await browser(here).say('POST', '/keys', { name: 'me', scopes: ['read'] })
    const guarded = browser(here, api(here.services, undefined, keyGate(here.services)))
    await guarded.send('/login', { key, next: '/' })
    expect((await guarded.look('/')).text).toContain('Log out')

    await guarded.send('/logout', {})

    expect((await guarded.look('/')).status).toBe(303)
  })
})

describe('a variable', () => {
  it('is edited where it is, its name too', async () => {
    const { say, send, look } = browser()
    await send('/variables', { name: 'ovens', value: '3' })
    const [{ id }] = await say('POST', '/variables/filter', {})
    expect((await look(`/variables?edit=${id}`)).text).toContain('Edit ovens')

    await send('/variables', { id, name: 'big_ovens', value: '{"a": 1}' })

    expect(await say('POST', '/variables/filter', {})).toMatchObject([
      { id, name: 'big_ovens', value: { a: 1 } },
    ])
  })
})

describe('a deployment', () => {
  it('is switched where it is listed, and its switch keeps its name', async () => {
    const { say, send, look } = browser()
    const flow = await say('POST', '/flows/', { name: 'bake' })
    const { id } = await say('POST', '/deployments/', { name: 'bread', flow_id: flow.id })
    const path = `/deployments/${id}/enable`

    const { text } = await send(path, { enabled: 'false' }, undefined, { 'hx-request': 'true' })

    expect(text).toMatch(/aria-checked="false" aria-label="bread active"/)
    expect((await look('/deployments')).text).toContain(text)
    expect((await send(path, { enabled: 'true' })).status).toBe(303)
    expect(await say('GET', `/deployments/${id}`)).toMatchObject({ paused: false })
  })
})

describe('a work pool', () => {
  it('is shown with its queues, paused, and limited', async () => {
    const { say, send, look } = browser()
    await say('POST', '/work_pools', { name: "baker's ovens", type: 'process' })
    const path = '/work-pools/baker%27s%20ovens'
    const { text } = await look(path)
    expect(text).toContain('default')
    expect(text).toContain('--pool &#39;baker&#39;\\&#39;&#39;s ovens&#39;')

    await send(`${path}/pause`, { paused: 'true' })
    await send(`${path}/limit`, { limit: '4' })
    expect(await say('GET', "/work_pools/baker's ovens")).toMatchObject({
      is_paused: true,
      concurrency_limit: 4,
    })
    expect((await send(`${path}/limit`, { limit: 'many' })).status).toBe(422)
    expect((await look('/work-pools/none')).status).toBe(404)
  })
})
