// npx tsx bench/backtest.ts [events=1000000]   How long a backtest over stored events takes, and how much memory: two automations side by
// side, the new one and the one it replaces, over a week of events in the embedded database. The events are stored by a process before it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAutomationCreate } from '../lib/core/automation.ts'
import type { Event } from '../lib/core/event.ts'
import type { Blobs, Log } from '../lib/core/ports.ts'
import { checkTemplate, validateParameters } from '../lib/core/template/parameters.ts'
import { formatInstant } from '../lib/core/time.ts'
import { DEFAULT_WORKSPACE } from '../lib/core/workspace.ts'
import { openDataDir } from '../lib/local/data-dir.ts'
import { openDatabase } from '../lib/local/database.ts'
import { backtest } from '../lib/steps/backtest.ts'
import { ingestStores, roadStores } from '../lib/store/stores.ts'

const COUNT = Number(process.argv[2]?.replace('events=', '') ?? 1_000_000)
const [, script = '', , dataDirOf, part] = process.argv
const SEGMENT = 100
const SECOND = 1_000_000
const WEEK = 7 * 86_400 * SECOND
const NOW = Date.UTC(2026, 10, 21) * 1000
const silent: Log = { info() {}, warn() {}, error() {} }
const noBlobs: Blobs = {
  put: () => Promise.reject(new Error('no segment of this bench is that large')),
  get: () => Promise.reject(new Error('nothing was put')),
  find: async () => null,
}

const eventOf = (k: number): Event => {
  const at = formatInstant(NOW - Math.round(WEEK * (1 - k / COUNT)))
  return {
    id: `00000000-0000-7000-8000-${k.toString(16).padStart(12, '0')}`,
    occurred: at,
    received: at,
    event: `bench.${k % 20}.x`,
    resource: {
      'prefect.resource.id': `bench.res.${k % 1000}`,
      'prefect.resource.name': 'bench',
      tier: k % 3 === 0 ? 'gold' : 'tin',
    },
    related: [{ 'prefect.resource.id': 'bench.owner.1', 'prefect.resource.role': 'owner' }],
    payload: { n: k, text: `${k}`.padEnd(100, 'x') },
    follows: null,
  }
}

/** Fires for each resource that had so many golden events within an hour: a third of the events is counted. */
const automationOf = (threshold: number) => ({
  name: 'bench',
  trigger: {
    type: 'event',
    posture: 'Reactive',
    expect: ['bench.*'],
    match: { tier: 'gold' },
    for_each: ['prefect.resource.id'],
    threshold,
    within: 3_600,
  },
  actions: [{ type: 'do-nothing' }],
})

async function store(path: string): Promise<void> {
  const { services, stop } = await open(path)
  for (let from = 0; from < COUNT; from += SEGMENT) {
    const events = Array.from({ length: Math.min(SEGMENT, COUNT - from) }, (_, i) =>
      eventOf(from + i),
    )
    await services.feed.append(DEFAULT_WORKSPACE, events)
  }
  await stop()
}

async function measure(path: string): Promise<void> {
  const { services, stop } = await open(path)
  const parsed = (threshold: number) =>
    parseAutomationCreate(automationOf(threshold), {
      newId: () => '00000000-0000-4000-8000-000000000500',
      now: NOW,
      templates: { template: checkTemplate, parameters: validateParameters },
    }).automation
  const begun = performance.now()
  const cpu = process.cpuUsage()
  const lines = backtest(services)(DEFAULT_WORKSPACE, {
    automation: parsed(2),
    before: parsed(1),
    since: NOW - WEEK,
    until: NOW,
    msMax: 600_000,
  })
  for await (const line of lines) {
    if (!('result' in line)) continue
    const { events, firings, incomplete } = line.result
    const { user, system } = process.cpuUsage(cpu)
    console.log({
      events,
      firings,
      incomplete,
      seconds: Math.round(performance.now() - begun) / 1000,
      cpu_seconds: Math.round((user + system) / 1000) / 1000,
      peak_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    })
  }
  await stop()
}

async function open(path: string) {
  const dataDir = openDataDir(path)
  const database = await openDatabase({ dataDir, log: silent })
  const clock = { now: () => NOW }
  const parts = { ...database, blobs: noBlobs, clock, retentionSeconds: WEEK / SECOND }
  return {
    services: {
      clock,
      stopwatch: () => performance.now(),
      ...ingestStores(parts),
      ...roadStores(parts),
    },
    async stop() {
      await database.stop()
      dataDir.release()
    },
  }
}

if (dataDirOf !== undefined) await (part === 'store' ? store(dataDirOf) : measure(dataDirOf))
else {
  const path = mkdtempSync(join(tmpdir(), 'tripline-bench-'))
  for (const step of ['store', 'measure']) {
    const argv = ['--import', 'tsx', script, `events=${COUNT}`, path, step]
    spawnSync(process.execPath, argv, { stdio: 'inherit' })
  }
  rmSync(path, { recursive: true, force: true })
}
