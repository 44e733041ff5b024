import { describe, expect, it } from 'vitest'
import {
  eventTitle,
  eventTone,
  lasting,
  pageOfResource,
  relative,
} from '../../lib/console/words.ts'
import { parseInstant } from '../../lib/core/time.ts'

const NOW = '2026-11-21T09:00:00.000000Z'

describe('words', () => {
  it.each([
    ['webhook.called', 'Webhook called'],
    ['prefect.flow-run.Completed', 'Flow run completed'],
    ['prefect-cloud.webhook.failed', 'Webhook failed'],
    ['prefect.automation.action.triggered', 'Automation action triggered'],
    ['github.push', 'GitHub push'],
    ['tripline.api-key.created', 'API key created'],
    ['prefect', 'Prefect'],
    ['...', '...'],
    ['', ''],
    ['order_line.re-opened', 'Order line re opened'],
  ])('call %j “%s”', (name, title) => {
    expect(eventTitle(name)).toBe(title)
  })

  it.each([
    ['prefect.flow-run.Failed', 'bad'],
    ['prefect.flow-run.Completed', 'good'],
    ['prefect.flow-run.Late', 'warn'],
    ['prefect.flow-run.Running', 'busy'],
    ['bread.baked', 'calm'],
  ])('colour %s %s', (name, tone) => {
    expect(eventTone(name)).toBe(tone)
  })

  it.each([
    ['2026-11-21T09:00:00.000000Z', 'now'],
    ['2026-11-21T08:59:48.000000Z', '12s ago'],
    ['2026-11-21T08:00:01.000000Z', '59m ago'],
    ['2026-11-21T12:30:00.000000Z', 'in 3h'],
    ['2026-11-14T09:00:00.000000Z', '7d ago'],
  ])('say %s is %s', (at, text) => {
    expect(relative(at, parseInstant(NOW) ?? 0)).toBe(text)
  })

  it.each([
    [310_000, '310ms'],
    [4_200_000, '4.2s'],
    [60_000_000, '1m'],
    [3_900_000_000, '1h 5m'],
    [90_000_000_000, '1d 1h'],
  ])('say %d microseconds last %s', (micros, text) => {
    expect(lasting(micros)).toBe(text)
  })

  it.each([
    [
      'prefect.flow-run.00000000-0000-4000-8000-000000000001',
      '/runs/00000000-0000-4000-8000-000000000001',
    ],
    ['prefect.flow-run.../../login', null],
    ['oven.1', null],
  ])('lead from %s to %s', (id, page) => {
    expect(pageOfResource(id)).toBe(page)
  })
})
