// The feed's page over as many events as a busy week leaves.
import { expect, it } from 'vitest'
import { formatInstant } from '../../lib/core/time.ts'
import { DEFAULT_WORKSPACE } from '../../lib/core/workspace.ts'
import { api } from '../../lib/entries.ts'
import { fakes } from '../fakes.ts'

const EVENTS = 100_000
const SEGMENT = 100
const PAGES = 25
const NAMES = ['oven.hot', 'oven.heartbeat', 'bread.baked', 'webhook.called']

it.each([
  ['of all', '/?span=7d', '100,000 events'],
  ['of a text', '/?span=7d&text=loaves', '100,000 events'],
  ['of a text that few have', '/?span=7d&text=9999', '19 events'],
])('%s is rendered in less than 50 ms with 100,000 events stored', async (_, path, found) => {
  const { services, clock } = fakes()
  const event = (n: number) => ({
    id: `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`,
    occurred: formatInstant(clock.now() - n * 5_000_000),
    received: formatInstant(clock.now()),
    event: NAMES[n % NAMES.length] ?? '',
    resource: { 'prefect.resource.id': `oven.${n % 500}` },
    related: [],
    payload: { n, text: 'loaves and loaves' },
    follows: null,
  })
  for (let from = 0; from < EVENTS; from += SEGMENT) {
    const segment = Array.from({ length: SEGMENT }, (_, i) => event(from + i))
    await services.feed.append(DEFAULT_WORKSPACE, segment)
  }
  const app = api(services)
  const look = async () => (await app.request(path)).text()
  expect(await look()).toContain(found)

  const spent: number[] = []
  for (let page = 0; page < PAGES; page += 1) {
    const before = process.cpuUsage() // what others do on this machine does not count
    await look()
    const { user, system } = process.cpuUsage(before)
    spent.push((user + system) / 1_000)
  }

  expect(spent.sort((a, b) => a - b)[Math.floor(PAGES / 2)]).toBeLessThan(50)
})
