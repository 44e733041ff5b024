// The health page and its route: what is known is told, what is not is said to be not known.
import { describe, expect, it } from 'vitest'
import { NO_VITALS, type Vitals } from '../../lib/core/vitals.ts'
import { api } from '../../lib/entries.ts'
import { fakes } from '../fakes.ts'
import { browser } from './console.ts'

const LETTER = { id: 'abc', at: '2026-11-21T08:00:00Z', reader: 'act', error: 'Error: <broken>' }

function stackWith(vitals: Vitals) {
  const here = fakes()
  return browser(here, api({ ...here.services, vitals }))
}

const knowing = (tried: string[] = []): Vitals => ({
  readers: () => [
    { name: 'evaluate', stream: 'events', behindMs: 9_000 },
    { name: 'act', stream: 'objects', behindMs: null },
  ],
  wakes: () => [{ kind: 'delivery', count: 3, next: 1_795_252_400_000_000 }],
  spending: () => ({ since: 0, requests: 12, readUnits: 1.5, writeUnits: 4 }),
  letters: {
    list: async () => [LETTER],
    count: async () => 1,
    get: async (id) => (id === 'abc' ? { ...LETTER, record: { eventID: 'r1' } } : null),
    retry: async (id) => {
      tried.push(id)
      return { error: id === 'abc' ? null : 'again' }
    },
  },
  fates: () => ({ late: 3, held: 2, ignored: 1 }),
  dashboardUrl: null,
})

describe('health', () => {
  it('tells lag, wakes, dead letters and cost where they are known', async () => {
    const { look, say } = stackWith(knowing())

    expect(await say('GET', '/health/report')).toMatchObject({
      readers: [{ behind_ms: 9_000 }, { behind_ms: null }],
      deliveries_waiting: 3,
      dead_letters: 1,
      fates: { late: 3, held: 2, ignored: 1 },
      spending: { requests: 12, write_units: 4 },
    })
    const { text } = await look('/health')
    expect(text).toContain('9s behind')
    expect(text).toContain('Error: &lt;broken&gt;')
    expect(text).toContain('A firing was not acted on')
  })

  it('tells what became of events without effect, or that there was none', async () => {
    const shown = async (fates: Vitals['fates']) => {
      const { text } = await stackWith({ ...knowing(), fates }).look('/health')
      const card = /<section[^>]*aria-labelledby="fates">.*?<\/section>/s.exec(text)?.[0] ?? ''
      return card.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
    }

    const told = await shown(() => ({ late: 3, held: 0, ignored: 1 }))
    expect(told).toContain('Late They happened before the window began 3')
    expect(told).toContain('Held They wait for the event that they follow 0')
    expect(told).toContain('Ignored No window was open to count them 1')
    expect(await shown(() => ({ late: 0, held: 0, ignored: 0 }))).toContain('None came late')
    expect(await shown(null)).toContain('counted as metrics')
  })

  it('says what it does not know, and where that is', async () => {
    const dashboardUrl = 'https://example.test/#dashboards:'
    const { look, say } = stackWith({ ...NO_VITALS, dashboardUrl })

    expect(await say('GET', '/health/report')).toMatchObject({
      readers: null,
      wakes: null,
      deliveries_waiting: null,
      dead_letters: null,
      spending: null,
    })
    expect((await look('/health')).text).toContain(dashboardUrl)
    await expect(say('GET', '/health/dead-letters')).rejects.toThrow('redrive')
  })

  it('tries a dead letter again', async () => {
    const tried: string[] = []
    const { look, send, say } = stackWith(knowing(tried))

    const { text } = await look('/health/dead-letters/abc')
    expect(text).toContain('r1')
    expect(text).toContain('A firing was not acted on')
    expect((await look('/health/dead-letters/xyz')).status).toBe(404)
    const { headers } = await send('/health/dead-letters/abc/retry', {})
    expect(headers.get('location')).toBe('/health?notice=retried')
    expect(await say('POST', '/health/dead-letters/other/retry')).toEqual({ error: 'again' })
    expect(tried).toEqual(['abc', 'other'])
    const again = await look('/health/dead-letters/abc?notice=failedAgain')
    expect(again.text).toMatch(/class="notice bad"[^>]*>It failed again/)
  })
})
