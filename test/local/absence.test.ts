// An absence on the real stack, on a clock that only the test moves: told in time, and at once when nobody was there at its end.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { MICROS_PER_SECOND, type Micros } from '../../lib/core/time.ts'
import { type LocalServer, startLocal } from '../../lib/local/server.ts'
import { localApp } from '../../lib/local/services.ts'
import { OPENING } from '../core/bakery.ts'
import { NAMES, silent } from './database.ts'

let now: Micros = OPENING
const clock = {
  now: () => now,
  advance: (by: Micros) => {
    now += by
  },
  ahead: () => now - OPENING,
}
const dataDir = mkdtempSync(join(tmpdir(), 'tripline-absence-'))
let server: LocalServer

const start = async () => {
  server = await startLocal({ app: localApp, port: 0, dataDir, log: silent, names: NAMES, clock })
  await settle()
}

afterEach(async () => {
  await server.stop()
  rmSync(dataDir, { recursive: true })
})

/** Wakes that are due now are due a millisecond later, and what they do may arm another. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i += 1) {
    await server.drain()
    server.advance(1_000)
  }
  await server.drain()
}

async function pass(seconds: number): Promise<void> {
  server.advance(seconds * MICROS_PER_SECOND)
  await settle()
}

async function api(method: string, path: string, body: unknown) {
  const answer = await fetch(`${server.url}/api${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return answer.json()
}

const fired = async (): Promise<number> => {
  const filter = { event: { name: ['prefect.automation.triggered'] } }
  const found = (await api('POST', '/events/filter', { filter })) as { total: number }
  return found.total
}

it('within 10 s fires in time, and at once when the process was down at its end', {
  timeout: 60_000,
}, async () => {
  await start()
  await api('POST', '/automations/', {
    name: 'worry',
    trigger: { type: 'event', expect: ['oven.warm'], posture: 'Proactive', within: 10 },
    actions: [{ type: 'do-nothing' }],
  })
  await settle()

  await pass(9.9)
  expect(await fired()).toBe(0)
  await pass(1)
  expect(await fired()).toBe(1)

  await server.stop()
  now += 60 * MICROS_PER_SECOND
  const returnedAt = now
  await start()
  expect(await fired()).toBe(2)
  expect(now - returnedAt).toBeLessThan(MICROS_PER_SECOND)
})
