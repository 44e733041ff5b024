// What was said to Prefect's server, said to us: the same statuses, and answers of the same shape with the same values.
import { isDeepStrictEqual } from 'node:util'
import { parseEvent } from '../../lib/core/event.ts'
import { formatInstant } from '../../lib/core/time.ts'
import { EXTRAS_BY_DEFAULT } from '../../lib/core/webhook-definition.ts'
import { DEFAULT_WORKSPACE } from '../../lib/core/workspace.ts'
import { api, receive } from '../../lib/entries.ts'
import { accept } from '../../lib/steps/accept.ts'
import { fakes } from '../fakes.ts'
import { road } from '../road.ts'
import { makeWhatWasThere } from './before.ts'
import { compare, type Frame, frames, isObject, NAMES } from './compare.ts'

/** Frames that are not asked again, and why. */
const SKIPPED: [RegExp, string][] = [
  [/^\/api\/events\/./, 'the feed is compared by conformance vectors'],
  [/^\/api\/admin\/settings/, 'settings of a Python server'],
  [/^\/api\/collections\//, 'a catalogue of other worker types'],
]

/** What differs on purpose, or because nobody reads it. */
const KNOWN: RegExp[] = [
  new RegExp(`/webhooks/\\S*\\.(${Object.keys(EXTRAS_BY_DEFAULT).join('|')}): not of Prefect`), // what our webhooks do beside
  /POST \/api\/events\.(exception_detail|request_body)/, // what is wrong with events is compared by conformance vectors
  /flow_runs\/filter\[\d\]\.created_by\.display_value/, // the order of runs made at one moment
  /get_scheduled_flow_runs\[\d\]\.flow_run\.(state|work_\w+): /, // a worker is told more
  /rrule: \S+, not DTSTART:/, // Prefect puts a beginning in front; the provider takes it off again
  /POST \/hooks\/\w+: 404$/, // a disabled webhook; the recorded stand-in never refuses
]

/** 503: its database was locked, and the provider asked again. 307: it was sent to another spelling, which we serve as well. */
const ASKED_AGAIN = [307, 503]

/** What they answered and what we did, one line for each difference; none when all is alike. */
export async function replay(
  scenarios: string[],
  listen: (frame: Frame, ours: { status: number; body: unknown }) => void = () => {},
): Promise<string[]> {
  const here = fakes()
  const [app, hooks] = [api(here.services), receive(here.services)]
  const travel = road(here)
  const ids = new Map<string, string>()
  const translate = (text: string) => text.replaceAll(NAMES, (id) => ids.get(id) ?? id)
  const differences: string[] = []

  async function request(method: string, path: string, body: string | null, headers = {}) {
    const door = path.startsWith('/hooks/') ? hooks : app
    const answer = await door.request(path, { method, body, headers })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? null : JSON.parse(text) }
  }

  async function ask(frame: Frame): Promise<void> {
    const path = `${translate(frame.path ?? '')}${frame.q ? `?${frame.q}` : ''}`
    const body = frame.req === null ? null : translate(JSON.stringify(frame.req))
    const headers = frame.h?.['x-prefect-api-version'] ? frame.h : {}
    const ours = await request(String(frame.m), path, body, headers)
    const where = `${frame.m} ${frame.path}`
    listen(frame, ours)
    if (ours.status !== frame.st) differences.push(`${where}: ${ours.status}`)
    differences.push(...compare(frame.res, ours.body, where, ids))
  }

  const all = scenarios.flatMap(frames)
  here.clock.advance((all[0]?.t ?? 0) - here.clock.now() / 1_000_000)
  const arrive = await makeWhatWasThere({
    frames: all,
    here,
    ids,
    translate: (value) => JSON.parse(translate(JSON.stringify(value))),
    make: async (path, body) =>
      (await request('POST', `/api${path}`, translate(JSON.stringify(body)))).body,
  })
  await travel()
  for (const frame of all.filter(isLastOfPolls)) {
    here.clock.advance(frame.t - here.clock.now() / 1_000_000)
    await arrive(formatInstant(here.clock.now()))
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
