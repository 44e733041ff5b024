import { describe, expect, it } from 'vitest'
import { barSeconds, feedPath, filterOf, readFeedView } from '../../lib/console/feed-query.ts'
import { parseInstant } from '../../lib/core/time.ts'

const NOW = parseInstant('2026-11-21T09:00:00Z') ?? 0
const view = (query: string) => readFeedView(new URLSearchParams(query), NOW)

describe('the feed’s address', () => {
  it.each([
    '/',
    '/?span=7d',
    '/?span=24h&event=oven&resource=oven.1&related=prefect.flow.&text=rye',
    '/?since=2026-11-21T06%3A00%3A00.000000Z&until=2026-11-21T07%3A00%3A00.000000Z&text=a%26b',
  ])('%s is read and written again as it was', (path) => {
    expect(feedPath(view(path.slice(2)))).toBe(path)
  })

  it.each([
    'span=year',
    'since=yesterday',
    'since=2026-11-21T08:00:00Z&until=2026-11-21T07:00:00Z',
  ])('shows the last hour for %s, which cannot be read', (query) => {
    expect(view(query)).toMatchObject({ span: '1h', until: NOW })
  })

  it.each([1, 10, 60, 3_600, 86_400, 604_800, 31_536_000])(
    'draws %d seconds in 120 bars at most',
    (seconds) => {
      const since = NOW - seconds * 1_000_000
      const zoomed = { ...view(''), span: null, since }
      expect(seconds / barSeconds(zoomed)).toBeLessThanOrEqual(120)
    },
  )

  it('asks for beginnings, several parted by commas', () => {
    expect(filterOf(view('event=oven, bread&related=oven.1'))).toMatchObject({
      event: { prefix: ['oven', 'bread'] },
      any_resource: { id_prefix: ['oven.1'] },
      resource: null,
    })
  })
})
