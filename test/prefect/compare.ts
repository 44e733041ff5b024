// Recordings of what was said to Prefect's server, and the comparison of its answers with ours: ids and instants differ, so each id
// of the recording stands for the one we gave in its place.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One line of a recording: a request with its answer, or something said over a socket. */
export interface Frame {
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

/** A recording, line by line. */
export const frames = (scenario: string): Frame[] =>
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
export const NAMES = new RegExp(`${UUID.source}|(?<=/hooks/)\\w+`, 'g')

/** Values that are ours to choose: names of runs, and what was measured. */
const CHOSEN = /^(name|estimated_run_time|estimated_start_time_delta|total_run_time)$/

/** Lists whose order means nothing. */
const SET = /\.(tags|after|expect|for_each)$/

/** How our answer differs from theirs, one line for each place; ids of theirs are learned on the way. */
export function compare(
  theirs: unknown,
  ours: unknown,
  at: string,
  ids: Map<string, string>,
): string[] {
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
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
