// What holds for every page: it answers, its policy lets nothing foreign in, and nothing is changed without its token.
import { describe, expect, it } from 'vitest'
import { api, keyGate } from '../../lib/entries.ts'
import { fakes } from '../fakes.ts'
import { browser } from './console.ts'

const LISTS = [
  '/',
  '/webhooks',
  '/webhooks/new',
  '/automations',
  '/automations/new',
  '/runs',
  '/delayed',
  '/deployments',
  '/work-pools',
  '/variables',
  '/keys',
  '/health',
  '/login',
]

describe('every page', () => {
  it.each(LISTS)('%s answers an empty workspace with a next step', async (path) => {
    const { look } = browser()

    const { status, text, headers } = await look(path)

    expect(status).toBe(200)
    expect(text).toMatch(/^<!doctype html>/)
    expect(text).toContain('<h1>')
    expect(headers.get('content-security-policy')).toContain("script-src 'self'; style-src 'self'")
    expect(headers.get('content-security-policy')).not.toContain('unsafe')
  })

  it.each(LISTS)('%s has no inline script, handler or style', async (path) => {
    const { look } = browser()

    const { text } = await look(path)

    expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:/i)
  })

  it('answers an address that is none with a page, and one of the API with JSON', async () => {
    const { look } = browser()

    expect((await look('/nowhere')).status).toBe(404)
    expect((await look('/nowhere')).text).toContain('There is no such page')
    expect((await look('/api/nowhere')).text).toBe('{"detail":"Not Found"}')
  })

  it.each(['POST', 'PATCH', 'DELETE'])(
    'tells a client astray with %s where the API is',
    async (method) => {
      const answer = await api(fakes().services).request('/work_pools/filter', { method })

      expect(answer.status).toBe(404)
      expect(await answer.json()).toEqual({ detail: 'Not Found. The API is under /api' })
    },
  )

  it('is packed for browsers that take it, in less than 60 KB with all that it loads', async () => {
    const { look } = browser()
    const page = await look('/')
    const assets = [...page.text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)]
    const { services } = fakes()
    const app = api(services)

    let bytes = 0
    for (const path of ['/', ...assets.map(([, path = '']) => path)]) {
      const answer = await app.request(path, { headers: { 'accept-encoding': 'gzip' } })
      expect(answer.headers.get('content-encoding'), path).toBe('gzip')
      bytes += (await answer.arrayBuffer()).byteLength
    }

    expect(assets).toHaveLength(3)
    expect(bytes).toBeLessThan(60 * 1024)
  })

  it('names its assets by their content, to be kept for ever', async () => {
    const { look } = browser()
    const [, css = ''] = /href="(\/assets\/console\.[0-9a-f]{12}\.css)"/.exec(
      (await look('/')).text,
    ) ?? ['', '']

    expect((await look(css)).headers.get('cache-control')).toContain('immutable')
    expect((await look('/assets/console.000000000000.css')).status).toBe(404)
  })
})

describe('a change', () => {
  it('is made with the token of a page', async () => {
    const { send, say } = browser()

    const { status, headers } = await send('/webhooks', { name: 'Orders', template: '{}' })

    expect(status).toBe(303)
    expect(headers.get('location')).toMatch(/^\/webhooks\/[0-9a-f-]{36}\?notice=created$/)
    expect(await say('GET', '/webhooks')).toMatchObject([{ name: 'Orders' }])
  })

  it.each(['', 'x', 'A'.repeat(43)])('is refused with the token %j', async (token) => {
    const { send, say } = browser()

    expect((await send('/webhooks', { name: 'Orders', template: '{}' }, token)).status).toBe(403)
    expect(await say('GET', '/webhooks')).toEqual([])
  })

  it('is refused with the token of another browser', async () => {
    const here = fakes()
    const [mine, other] = [browser(here), browser(here)]
    const theirs = /name="_csrf" value="([^"]+)"/.exec((await other.look('/login')).text)?.[1]

    expect((await mine.send('/variables', { name: 'a', value: '1' }, theirs)).status).toBe(403)
    expect(await mine.say('POST', '/variables/filter', {})).toEqual([])
  })

  it('that the API refuses shows the form again, with what is wrong', async () => {
    const { send } = browser()

    const { status, text } = await send('/webhooks', { name: 'Orders', template: '{{ oops' })

    expect(status).toBe(422)
    expect(text).toContain('Invalid template')
    expect(text).toContain('value="Orders"')
  })
})

describe('where keys are demanded', () => {
  async function guarded() {
    const here = fakes()
    const open = browser(here)
    const { key } = await open.say('POST', '/keys', { name: 'me', scopes: ['read'] })
    const gate = keyGate(here.services)
    return { key: key as string, ...browser(here, api(here.services, undefined, gate)) }
  }

  it('leads those without a session to the door, and back afterwards', async () => {
    const { look, send, key } = await guarded()

    expect((await look('/runs')).headers.get('location')).toBe('/login?next=%2Fruns')
    const entered = await send('/login', { key, next: '/runs' })

    expect(entered.headers.get('location')).toBe('/runs')
    expect(entered.headers.get('set-cookie')).toMatch(/HttpOnly/)
    expect(entered.headers.get('set-cookie')).not.toContain(key)
    expect((await look('/runs')).status).toBe(200)
  })

  it('lets a key that may only read change nothing', async () => {
    const { look, send, key } = await guarded()
    await send('/login', { key, next: '/' })

    expect((await send('/variables', { name: 'a', value: '1' })).status).toBeGreaterThanOrEqual(403)
    expect((await look('/variables')).text).not.toContain('>a<')
  })

  it.each(['tl_wrong', '', 'x'.repeat(100)])('stays shut for %j', async (key) => {
    const { look, send } = await guarded()

    expect((await send('/login', { key, next: '/' })).status).toBe(401)
    expect((await look('/')).status).toBe(303)
  })

  it.each(['//evil.example', 'https://evil.example', '/\\evil.example'])(
    'never leads to %s',
    async (next) => {
      const { send, key } = await guarded()

      expect((await send('/login', { key, next })).headers.get('location')).toBe('/')
    },
  )

  it('ends a session after half a day', async () => {
    const { look, send, key, here } = await guarded()
    await send('/login', { key, next: '/' })

    here.clock.advance(12 * 3_600 + 1)

    expect((await look('/')).status).toBe(303)
  })
})
