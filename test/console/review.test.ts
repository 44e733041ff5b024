// The page behind a review link: what it shows, and that it is safe to be looked at by anybody, with any name on it.
import { describe, expect, it } from 'vitest'
import { DEFAULT_WORKSPACE as HOME } from '../../lib/core/workspace.ts'
import { api, keyGate } from '../../lib/entries.ts'
import { reviewWindow } from '../steps/review.ts'
import { HOSTILE } from './xss.ts'

/** The elements and attributes of a page, without its text. */
const tagsOf = (page: string): string[] =>
  page.match(/<[a-z!/][^>]*>/gi)?.filter((tag) => !/^<\/?(?:dd|span|b)\b/.test(tag)) ?? []

describe('the page', () => {
  it('says which run, what is known of it and what will happen, and values are not shown', async () => {
    const bakery = await reviewWindow({ action: { parameters: { loaf: 'rye', secret: 'yeast' } } })
    const run = await bakery.fire()

    const { text } = await bakery.follow(bakery.asked().cancel_url)

    for (const said of [run.name, 'bake', 'loaf', 'secret', '2026-11-21 11:00 UTC', 'in 2 hours']) {
      expect(text).toContain(said)
    }
    expect(text).toContain('Cancel this run?')
    expect(text).not.toContain('yeast')
  })

  it('has one form without an address of its own, and neither scripts nor cookies', async () => {
    const bakery = await reviewWindow()
    await bakery.fire()

    const { text, headers } = await bakery.follow(bakery.asked().approve_url)

    expect(text.match(/<form[^>]*>/g)).toEqual(['<form method="post">'])
    expect(text).not.toMatch(/<script|<img|<iframe|\son\w+=|style=/i)
    expect(text).toContain('name="viewport"')
    expect(headers.getSetCookie()).toEqual([])
  })

  it.each(['GET', 'POST'])('is kept by nobody and runs nothing: %s', async (method) => {
    const bakery = await reviewWindow()
    await bakery.fire()

    const { headers } = await bakery.follow(bakery.asked().approve_url, method)

    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-robots-tag')).toBe('noindex, nofollow')
  })

  it(`shows ${HOSTILE.length} hostile names as text`, async () => {
    const bakery = await reviewWindow()
    const { id } = await bakery.fire()
    const { runs, deployments } = bakery.here.services
    const plain = tagsOf((await bakery.follow(bakery.asked().cancel_url)).text)
    const odd: string[] = []

    for (const text of HOSTILE) {
      const was = await runs.get(HOME, id)
      const deployment = await deployments.get(HOME, was?.value.deployment_id ?? '')
      if (!was || !deployment) throw new Error('the run is gone')
      await runs.replace(HOME, { ...was.value, name: text, parameters: { [text]: text } }, was)
      await deployments.replace(HOME, { ...deployment.value, name: text }, deployment)
      const page = await bakery.follow(bakery.asked().cancel_url)
      if (page.status !== 200 || tagsOf(page.text).join() !== plain.join()) odd.push(text)
    }

    expect(HOSTILE.length).toBeGreaterThanOrEqual(50)
    expect(odd).toEqual([])
  })

  it('asks for no key where keys are demanded', async () => {
    const bakery = await reviewWindow()
    await bakery.fire()
    const { services } = bakery.here
    const locked = api(services, undefined, keyGate(services))

    const answer = await locked.request(bakery.asked().cancel_url, { method: 'POST' })

    expect((await locked.request('/api/flow_runs/filter', { method: 'POST' })).status).toBe(401)
    expect(answer.status).toBe(200)
  })

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('is not there for %s', async (method) => {
    const bakery = await reviewWindow()
    await bakery.fire()

    expect((await bakery.follow(bakery.asked().cancel_url, method)).status).toBe(404)
  })
})
