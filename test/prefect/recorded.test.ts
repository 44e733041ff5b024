// What Prefect's client said to Prefect's server, said to us: the same statuses, and answers of the same shape with the same
// values. Ids and instants differ, so each id of the recording stands for the one we gave in its place.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseEvent } from '../../lib/core/event.ts'
import { DEFAULT_WORKSPACE } from '../../lib/core/ports.ts'
import { api } from '../../lib/entries.ts'
import { accept } from '../../lib/steps/accept.ts'
import { fakes } from '../fakes.ts'
import { road } from '../road.ts'

interface Frame {
  /** Seconds since 1970. */
  t: number
  path?: string
  /** A request's method; or what was said over a socket. */
  m?: unknown
  ws?: string
  q?: string
  h?: Record<string, string>
  req?: unknown
  st?: number
  res?: unknown
}

const frames = (scenario: string): Frame[] =>
  readFileSync(join(import.meta.dirname, 'recorded', `${scenario}.jsonl`), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Frame)

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{6})?Z$/

/** Values that are ours to choose: names of runs, and what was measured. */
const CHOSEN = /^(name|estimated_run_time|estimated_start_time_delta|total_run_time)$/

/** Their answer and ours must be alike; ids of theirs are learned on the way. */
function compare(theirs: unknown, ours: unknown, at: string, ids: Map<string, string>): string[] {
  if (typeof theirs === 'string' && typeof ours === 'string') {
    if (INSTANT.test(theirs)) return INSTANT.test(ours) ? [] : [`${at}: ${ours} is no instant`]
    const [known, given] = [theirs.match(UUID) ?? [], ours.match(UUID) ?? []]
    known.forEach((id, i) => {
      if (!ids.has(id)) ids.set(id, given[i] ?? '')
    })
    const [a, b] = [theirs.replace(UUID, 'id'), ours.replace(UUID, 'id')]
    return a === b || CHOSEN.test(at.split('.').at(-1) ?? '') ? [] : [`${at}: ${b}, not ${a}`]
  }
  if (Array.isArray(theirs) && Array.isArray(ours)) {
    if (theirs.length !== ours.length) return [`${at}: ${ours.length} of ${theirs.length}`]
    const [a, b] = /\.tags$/.test(at) ? [theirs.toSorted(), ours.toSorted()] : [theirs, ours]
    return a.flatMap((one, i) => compare(one, b[i], `${at}[${i}]`, ids))
  }
  if (isObject(theirs) && isObject(ours)) {
    const keys = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])]
    return keys.flatMap((key) => {
      if (!(key in ours)) return [`${at}.${key}: missing`]
      if (!(key in theirs)) return [`${at}.${key}: not of Prefect's answer`]
      return compare(theirs[key], ours[key], `${at}.${key}`, ids)
    })
  }
  const isChosen = CHOSEN.test(at.split('.').at(-1) ?? '') && typeof theirs === typeof ours
  return Object.is(theirs, ours) || isChosen ? [] : [`${at}: ${shown(ours)}, not ${shown(theirs)}`]
}

const shown = (value: unknown) => JSON.stringify(value) ?? 'nothing'
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** Frames that are not asked again, and why. */
const SKIPPED: [RegExp, string][] = [
  [/^\/api\/events/, 'what is wrong with events is compared by conformance vectors'],
  [/^\/api\/admin\/settings/, 'settings of a Python server'],
  [/^\/api\/collections\//, 'a catalogue of other worker types'],
]

/** What differs on purpose, or because nobody reads it. */
const KNOWN: RegExp[] = [
  /set_state\.(exception_message: missing|detail: not of Prefect's answer)$/, // a missing run; the client reads the status
]

async function replay(scenarios: string[]): Promise<string[]> {
  const here = fakes()
  const app = api(here.services)
  const travel = road(here)
  const ids = new Map<string, string>()
  const translate = (text: string) => text.replaceAll(UUID, (id) => ids.get(id) ?? id)
  const differences: string[] = []

  async function ask(frame: Frame): Promise<void> {
    const path = `${translate(frame.path ?? '')}${frame.q ? `?${frame.q}` : ''}`
    const body = frame.req === null ? null : translate(JSON.stringify(frame.req))
    const headers = frame.h?.['x-prefect-api-version'] ? frame.h : {}
    const answer = await app.request(path, { method: String(frame.m), body, headers })
    const where = `${frame.m} ${frame.path}`
    if (answer.status !== frame.st) differences.push(`${where}: ${answer.status}`)
    const text = await answer.text()
    const ours = text === '' ? null : JSON.parse(text)
    differences.push(...compare(frame.res, ours, where, ids))
  }

  for (const frame of scenarios.flatMap(frames)) {
    here.clock.advance(frame.t - here.clock.now() / 1_000_000)
    if (frame.ws === 'c>s' && frame.path === '/api/events/in' && isEvent(frame.m)) {
      const event = parseEvent(JSON.parse(translate(JSON.stringify(frame.m))))
      await accept(here.services)(DEFAULT_WORKSPACE, [event])
    } else if (frame.ws === undefined) {
      if (!SKIPPED.some(([path]) => path.test(frame.path ?? ''))) await ask(frame)
    }
    await travel()
  }
  return differences.filter((difference) => !KNOWN.some((known) => known.test(difference)))
}

const isEvent = (message: unknown): boolean => isObject(message) && 'occurred' in message

describe('the recorded client', () => {
  it.each<[string, string[]]>([
    ['a flow run by hand', ['b_simple']],
    ['a hook that emits an event, and a served flow that it triggers', ['b_hook', 'c_serve']],
    ['a work pool', ['e_pool']],
    ['variables', ['g_var_set', 'g_var_set2', 'g_var_ls', 'g_var_unset']],
    ['every move between states', ['m_battery']],
  ])('%s gets the answers that Prefect gave', async (_, scenarios) => {
    expect(await replay(scenarios)).toEqual([])
  })
})
