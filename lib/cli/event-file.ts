// A file of events, one JSON object a line, read in the order in which they came whatever order they stand in: `event ls` writes the newest
// first. Only times and places of the lines are kept, so the file may be larger than memory.
import { closeSync, openSync, readSync } from 'node:fs'
import { resolve } from 'node:path'
import { Refusal } from '../core/errors.ts'
import { type Event, parseEvent } from '../core/event.ts'
import { formatInstant, type Micros, parseInstant, readInstant } from '../core/time.ts'
import { CommandError, usage } from './errors.ts'

export interface EventFile {
  count: number
  /** When the first and the last of them came; null for no events. */
  span: { since: Micros; until: Micros } | null
  /** In the order in which they came, some thousands at a time. */
  events(): Generator<Event[]>
  close(): void
}

const CHUNK_BYTES = 1 << 20
const EVENTS_AT_ONCE = 5_000
const NEWLINE = 10

/**
 * Opens a file of events. `received` may be left out: then an event came when it occurred; and `id`: then it is another in every line.
 * @throws CommandError with file and line for what is no event
 */
export function openEventFile({ cwd }: { cwd: string }, path: string): EventFile {
  const file = opened(resolve(cwd, path), path)
  const lines = linesOf(file)
  const times = new Float64Array(lines.length)
  lines.forEach((line, i) => {
    times[i] = parseInstant(eventAt(file, path, line, i).received) ?? 0
  })
  // The line's number decides among events of one moment.
  const order = Uint32Array.from(times, (_, i) => i).sort(
    (a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b,
  )
  const timeOf = (place: number): Micros => times[order[place] ?? 0] ?? 0
  return {
    count: lines.length,
    span: lines.length === 0 ? null : { since: timeOf(0), until: timeOf(lines.length - 1) },
    *events() {
      for (let from = 0; from < order.length; from += EVENTS_AT_ONCE) {
        const part = order.slice(from, from + EVENTS_AT_ONCE)
        yield Array.from(part, (i) => eventAt(file, path, lines.at(i), i))
      }
    },
    close: () => closeSync(file),
  }
}

function opened(path: string, said: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw usage(`there is no file ${said}`)
  }
}

/** Where a line lies, and which it is for people. */
interface Line {
  start: number
  length: number
  number: number
}

/** Places of the lines that hold something, three numbers each. */
interface Lines {
  length: number
  at(i: number): Line
  forEach(visit: (line: Line, i: number) => void): void
}

function linesOf(file: number): Lines {
  let places = new Float64Array(3 * 1024)
  let length = 0
  const note = (start: number, end: number, number: number) => {
    if (end <= start) return
    if (3 * length === places.length) {
      const larger = new Float64Array(places.length * 2)
      larger.set(places)
      places = larger
    }
    places.set([start, end - start, number], 3 * length)
    length += 1
  }
  const chunk = Buffer.alloc(CHUNK_BYTES)
  let [offset, start, number] = [0, 0, 1]
  for (;;) {
    const bytes = readSync(file, chunk, 0, CHUNK_BYTES, offset)
    if (bytes === 0) break
    const read = chunk.subarray(0, bytes)
    for (let at = read.indexOf(NEWLINE); at >= 0; at = read.indexOf(NEWLINE, at + 1)) {
      note(start, offset + at, number)
      start = offset + at + 1
      number += 1
    }
    offset += bytes
  }
  note(start, offset, number)
  const at = (i: number): Line => ({
    start: places[3 * i] ?? 0,
    length: places[3 * i + 1] ?? 0,
    number: places[3 * i + 2] ?? 0,
  })
  return {
    length,
    at,
    forEach(visit) {
      for (let i = 0; i < length; i += 1) visit(at(i), i)
    },
  }
}

function eventAt(file: number, path: string, { start, length, number }: Line, i: number): Event {
  const bytes = Buffer.allocUnsafe(length)
  readSync(file, bytes, 0, length, start)
  const fail = (message: string) =>
    new CommandError(`${path}:${number}: ${message}`, {
      fix: 'A line reads so: {"id": "…", "occurred": "2026-11-21T09:00:00Z", "event": "order.shipped", "resource": {"prefect.resource.id": "order.42"}}',
      exitCode: 2,
    })
  const value = parsed(bytes.toString('utf8'), fail)
  try {
    const draft = parseEvent({ id: idOfLine(i), ...value }, length)
    const received = readInstant(value.received)
    return { ...draft, received: received === null ? draft.occurred : formatInstant(received) }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const [fault] = error.faults
    throw fail(fault ? `${fault.loc.slice(1).join('.')}: ${fault.msg}` : error.message)
  }
}

function parsed(text: string, fail: (message: string) => CommandError): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    throw fail('is no JSON')
  }
  throw fail('is no JSON object')
}

const idOfLine = (i: number): string =>
  `00000000-0000-8000-8000-${i.toString(16).padStart(12, '0')}`
