// What was said to Prefect's server, said to us: the same statuses, and answers of the same shape with the same values. Ids and
// instants differ, so each id of the recording stands for the one we gave in its place.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { parseEvent } from '../../lib/core/event.ts'
import { DEFAULT_WORKSPACE } from '../../lib/core/ports.ts'
import { EXTRAS_BY_DEFAULT } from '../../lib/core/webhook-definition.ts'
import { api, receive } from '../../lib/entries.ts'
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

/** Recordings of the Terraform provider have longer names. */
interface LongFrame extends Frame {
  method?: string
  status?: number
}

const frames = (scenario: string): Frame[] =>
  readFileSync(join(import.meta.dirname, 'recorded', `${scenario}.jsonl`), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LongFrame)
    .map(({ method, status, ...frame }) => ({
      ...frame,
      m: frame.m ?? method,
      st: frame.st ?? status ?? 0,
    }))

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{6})?(Z|\+00:00)$/

/** Ids, and slugs of webhooks. */
const NAMES = new RegExp(`${UUID.source}|(?<=/hooks/)\\w+`, 'g')

/** Values that are ours to choose: names of runs, and what was measured. */
const CHOSEN = /^(name|estimated_run_time|estimated_start_time_delta|total_run_time)$/

/** Lists whose order means nothing. */
const SET = /\.(tags|after|expect|for_each)$/

/** Their answer and ours must be alike; ids of theirs are learned on the way. */
function compare(theirs: unknown, ours: unknown, at: string, ids: Map<string, string>): string[] {
  if (typeof theirs === 'string' && typeof ours === 'string') {
    if (at.endsWith('.slug')) {
      ids.set(theirs, ours)
      return []
    }
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
    const [a, b] = SET.test(at) ? [theirs.toSorted(), ours.toSorted()] : [theirs, ours]
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
  [/^\/api\/events\/./, 'the feed is compared by conformance vectors'],
  [/^\/api\/admin\/settings/, 'settings of a Python server'],
  [/^\/api\/collections\//, 'a catalogue of other worker types'],
]

/** What differs on purpose, or because nobody reads it. */
const KNOWN: RegExp[] = [
  new RegExp(`/webhooks/\\S*\\.(${Object.keys(EXTRAS_BY_DEFAULT).join('|')}): not of Prefect`), // what our webhooks do beside
  /set_state\.(exception_message: missing|detail: not of Prefect's answer)$/, // a missing run; the client reads the status
  /POST \/api\/events\.(exception_detail|request_body)/, // what is wrong with events is compared by conformance vectors
  /flow_runs\/filter\[\d\]\.created_by\.display_value/, // the order of runs made at one moment
  /active_slots: null, not 0/, // slots are not counted
  /rrule: \S+, not DTSTART:/, // Prefect puts a beginning in front; the provider takes it off again
  /POST \/hooks\/\w+: 404$/, // a disabled webhook; the recorded stand-in never refuses
]

/** 503: its database was locked, and the provider asked again. 307: it was sent to another spelling, which we serve as well. */
const ASKED_AGAIN = [307, 503]

/** What they answered and what we did, one line for each difference; none when all is alike. */
export async function replay(scenarios: string[]): Promise<string[]> {
  const here = fakes()
  const [app, hooks] = [api(here.services), receive(here.services)]
  const travel = road(here)
  const ids = new Map<string, string>()
  const translate = (text: string) => text.replaceAll(NAMES, (id) => ids.get(id) ?? id)
  const differences: string[] = []

  async function ask(frame: Frame): Promise<void> {
    const path = `${translate(frame.path ?? '')}${frame.q ? `?${frame.q}` : ''}`
    const body = frame.req === null ? null : translate(JSON.stringify(frame.req))
    const headers = frame.h?.['x-prefect-api-version'] ? frame.h : {}
    const door = path.startsWith('/hooks/') ? hooks : app
    const answer = await door.request(path, { method: String(frame.m), body, headers })
    const where = `${frame.m} ${frame.path}`
    if (answer.status !== frame.st) differences.push(`${where}: ${answer.status}`)
    const text = await answer.text()
    const ours = text === '' ? null : JSON.parse(text)
    differences.push(...compare(frame.res, ours, where, ids))
  }

  for (const frame of scenarios.flatMap(frames).filter(isLastOfPolls)) {
    here.clock.advance(frame.t - here.clock.now() / 1_000_000)
    if (frame.ws === 'c>s' && frame.path === '/api/events/in' && isEvent(frame.m)) {
      const event = parseEvent(JSON.parse(translate(JSON.stringify(frame.m))))
      await accept(here.services)(DEFAULT_WORKSPACE, [event])
    } else if (frame.ws === undefined) {
      const isSkipped = SKIPPED.some(([path]) => path.test(frame.path ?? ''))
      if (!isSkipped && !ASKED_AGAIN.includes(frame.st ?? 0)) await ask(frame)
    }
    await travel()
  }
  return differences.filter((difference) => !KNOWN.some((known) => known.test(difference)))
}

/** Whoever polls is answered sooner by us: only the answer that was waited for is compared. */
function isLastOfPolls(frame: Frame, i: number, all: Frame[]): boolean {
  const next = all[i + 1]
  const isPoll = /flow_runs\/filter$/.test(frame.path ?? '')
  return !isPoll || next?.path !== frame.path || !isDeepStrictEqual(next?.req, frame.req)
}

const isEvent = (message: unknown): boolean => isObject(message) && 'occurred' in message
