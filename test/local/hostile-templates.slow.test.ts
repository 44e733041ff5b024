// Every hostile template of the public vectors, called on the real stack, while others call a webhook of their own: each call ends
// within its budget, makes no event, and keeps nobody waiting for longer than one rendering may take.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WALL_MS_MAX } from '../../lib/core/template/budget.ts'
import { type LocalServer, startLocal } from '../../lib/local/server.ts'
import { localApp } from '../../lib/local/services.ts'
import { NAMES } from './database.ts'

interface Case {
  id: string
  template?: string
  build?: [text: string, times: number][]
}

const VECTORS = join(import.meta.dirname, '../conformance/vectors/dos-public.json')
const { cases }: { cases: Case[] } = JSON.parse(readFileSync(VECTORS, 'utf8'))
const textOf = ({ template, build = [] }: Case): string =>
  template ?? build.map(([part, times]) => part.repeat(times)).join('')

/** A call that fails is kept and told of before it is answered: so many times the writes of a good one. */
const WRITES = 4

let server: LocalServer
const quiet = { info: () => {}, warn: () => {}, error: () => {} }

beforeAll(async () => {
  server = await startLocal({ app: localApp, port: 0, dataDir: null, log: quiet, names: NAMES })
}, 30_000)
afterAll(() => server?.stop())

async function webhook(name: string, template: string): Promise<string | null> {
  const answer = await fetch(`${server.url}/api/webhooks/`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name, template }),
  })
  if (answer.status === 422) return null
  return `${server.url}/hooks/${((await answer.json()) as { slug: string }).slug}`
}

async function timed(url: string): Promise<{ status: number; ms: number }> {
  const startedAt = performance.now()
  const body = JSON.stringify({
    s: 'x'.repeat(100_000),
    l: Array.from({ length: 5_000 }, (_, i) => i),
  })
  const { status } = await fetch(url, { method: 'POST', body })
  return { status, ms: performance.now() - startedAt }
}

const median = (times: number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0

it('stop within their budget, and others keep their latency', { timeout: 120_000 }, async () => {
  const plain = await webhook(
    'plain',
    '{"event": "calm", "resource": {"prefect.resource.id": "r"}, "payload": {}}',
  )
  const urls: string[] = []
  for (const item of cases) {
    const url = await webhook(item.id, textOf(item))
    if (url) urls.push(url)
  }
  const calm: number[] = []
  for (let i = 0; i < 30; i += 1) calm.push((await timed(String(plain))).ms)

  let isOver = false
  const others: number[] = []
  const bystander = (async () => {
    while (!isOver) others.push((await timed(String(plain))).ms)
  })()
  const attacks: { status: number; ms: number }[] = []
  for (const url of urls) attacks.push(await timed(url))
  isOver = true
  await bystander

  expect(urls.length).toBeGreaterThan(40)
  expect(new Set(attacks.map(({ status }) => status))).toEqual(new Set([400]))
  const limit = WRITES * median(calm) + 2 * WALL_MS_MAX
  expect(median(attacks.map(({ ms }) => ms))).toBeLessThan(limit)
  expect(median(others)).toBeLessThan(2 * median(calm) + 2 * WALL_MS_MAX)
})
