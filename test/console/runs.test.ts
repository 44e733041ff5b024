// Flow runs as one looks for them: narrowed down by the address, page by page, and each with the reason why there is one.
import { describe, expect, it } from 'vitest'
import { readRunsView, runsPath } from '../../lib/console/runs-query.ts'
import { fakes } from '../fakes.ts'
import { browser } from './console.ts'

/** Two deployments with so many runs each; `bread` has one that failed. */
async function bakery(count: number) {
  const here = fakes()
  const client = browser(here)
  const flow = await client.say('POST', '/flows/', { name: 'bake' })
  const deployments: Record<string, string> = {}
  for (const name of ['bread', 'cake']) {
    const { id } = await client.say('POST', '/deployments/', { name, flow_id: flow.id })
    deployments[name] = id
    for (let n = 0; n < count; n += 1) {
      here.clock.advance(1)
      const body = { name: `${name}-${n}`, tags: [n === 0 ? 'first' : 'later'] }
      const run = await client.say('POST', `/deployments/${id}/create_flow_run`, body)
      if (name === 'cake' || n > 0) continue
      const state = { type: 'FAILED', message: 'burnt' }
      await client.say('POST', `/flow_runs/${run.id}/set_state`, { state, force: true })
    }
  }
  return { ...client, deployments, flow }
}

const namesIn = (page: string): string[] =>
  [...page.matchAll(/<a href="\/runs\/[^"]+">([^<]+)</g)].map(([, name = '']) => name)

describe('the list of runs', () => {
  it('is narrowed down by state, flow, deployment and words', async () => {
    const { look, deployments, flow } = await bakery(2)
    const found = async (query: string) => namesIn((await look(`/runs?${query}`)).text)

    expect(await found('')).toEqual(['cake-1', 'cake-0', 'bread-1', 'bread-0'])
    expect(await found('state=failed')).toEqual(['bread-0'])
    expect(await found(`deployment=${deployments.bread}`)).toEqual(['bread-1', 'bread-0'])
    expect(await found(`flow=${flow.id}&text=FIRST`)).toEqual(['cake-0', 'bread-0'])
    expect(await found('flow=none')).toEqual([])
    expect((await look('/runs?text=pie')).text).toContain('No such runs')
  })

  it('is read on from page to page, each run once', async () => {
    const { look } = await bakery(30)
    const first = (await look('/runs?text=a')).text
    const [, older = ''] = /href="([^"]+)">Older runs/.exec(first) ?? []

    const second = (await look(older.replaceAll('&amp;', '&'))).text

    expect(namesIn(first)).toHaveLength(50)
    expect(new Set([...namesIn(first), ...namesIn(second)]).size).toBe(60)
    expect(second).toContain('href="/runs?text=a">Newest')
    expect(second).not.toContain('Older runs')
  })

  it.each(['/runs', '/runs?state=FAILED&text=rye+bread', '/runs?flow=a&deployment=b&after=c'])(
    'writes %s as it was read',
    (path) => {
      expect(runsPath(readRunsView(new URL(path, 'http://a').searchParams))).toBe(path)
    },
  )

  it('takes no heed of a state that is none', () => {
    expect(runsPath(readRunsView(new URLSearchParams('state=burnt')))).toBe('/runs')
  })
})
