// The console's words for what the system says: titles of events, tones of states, lengths and distances of time. A tone never
// stands alone: what it colours is always written beside it.
import { MICROS_PER_SECOND, type Micros, parseInstant } from '../core/time.ts'

export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'calm'

/** Parts of a name that say whose it is rather than what happened. */
const OWNERS = ['prefect', 'prefect-cloud', 'tripline', 'com', 'io', 'org']
const SPELLED: Readonly<Record<string, string>> = {
  github: 'GitHub',
  gitlab: 'GitLab',
  pagerduty: 'PagerDuty',
  api: 'API',
  s3: 'S3',
  aws: 'AWS',
  id: 'ID',
  http: 'HTTP',
  url: 'URL',
}

/** An event's name as a sentence begins: `prefect.flow-run.Completed` is "Flow run completed", `webhook.called` "Webhook called". */
export function eventTitle(name: string): string {
  const parts = name.split('.').filter((part) => part !== '')
  while (parts.length > 1 && OWNERS.includes(parts[0] ?? '')) parts.shift()
  const words = parts.flatMap((part) => part.split(/[-_\s]+/)).filter((word) => word !== '')
  const said = words.map((word) => SPELLED[word.toLowerCase()] ?? word.toLowerCase())
  return capitalised(said.length > 0 ? said.join(' ') : name)
}

const EVENT_TONES: [RegExp, Tone][] = [
  [/\b(failed|crashed|error|dead-lettered|timedout|not-ready|rejected|overdue)$/i, 'bad'],
  [/\b(completed|executed|resolved|ready|succeeded|success|released)$/i, 'good'],
  [/\b(late|paused|suspended|cancelling|cancelled|awaitingretry|retrying|deleted)$/i, 'warn'],
  [/\b(running|pending|scheduled|triggered|started|created)$/i, 'busy'],
]

/** The tone of an event, by how its name ends. */
export const eventTone = (name: string): Tone =>
  EVENT_TONES.find(([pattern]) => pattern.test(name))?.[1] ?? 'calm'

const STATE_TONES: Readonly<Record<string, Tone>> = {
  COMPLETED: 'good',
  FAILED: 'bad',
  CRASHED: 'bad',
  RUNNING: 'busy',
  PENDING: 'busy',
  CANCELLED: 'warn',
  CANCELLING: 'warn',
  PAUSED: 'warn',
}

export const stateTone = (state: { type: string; name: string } | null): Tone =>
  state === null ? 'calm' : state.name === 'Late' ? 'warn' : (STATE_TONES[state.type] ?? 'calm')

export const readinessTone = (status: string): Tone =>
  status === 'READY' ? 'good' : status === 'PAUSED' ? 'warn' : 'calm'

/** `NOT_READY` is "Not ready". */
export const spoken = (constant: string): string => titled(constant.toLowerCase())

/** A name that others gave, as a title: `flow-run` is "Flow run". */
export const titled = (name: string): string => capitalised(name.replaceAll(/[-_]/g, ' '))

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const UNITS: [number, string][] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'm'],
  [1, 's'],
]

/** How far an instant is away: "12s ago", "in 3h", "now". The page's script says the same, and goes on saying it. */
export function relative(instant: string, now: Micros): string {
  const away = (parseInstant(instant) ?? now) - now
  const seconds = Math.round(Math.abs(away) / MICROS_PER_SECOND)
  const [size, unit] = UNITS.find(([size]) => seconds >= size) ?? [1, '']
  if (unit === '') return 'now'
  const text = `${Math.floor(seconds / size)}${unit}`
  return away > 0 ? `in ${text}` : `${text} ago`
}

/** A length of time in two units at most: "1h 5m", "4.2s", "310ms". */
export function lasting(micros: Micros): string {
  const seconds = micros / MICROS_PER_SECOND
  if (seconds < 1) return `${Math.round(micros / 1_000)}ms`
  if (seconds < 60) return `${Number(seconds.toFixed(1))}s`
  const whole = Math.round(seconds)
  const at = UNITS.findIndex(([size]) => whole >= size)
  const [size, unit] = UNITS[at] ?? [1, 's']
  const [smaller, smallerUnit] = UNITS[at + 1] ?? [1, 's']
  const rest = Math.floor((whole % size) / smaller)
  return `${Math.floor(whole / size)}${unit}${rest > 0 ? ` ${rest}${smallerUnit}` : ''}`
}

/** Digits in groups of three: `12,480`. */
export const grouped = (count: number): string => count.toLocaleString('en-US')

/** "$4.20", "$0.00031": two digits that say something. */
export const dollars = (usd: number): string =>
  usd === 0 ? '$0' : usd >= 0.1 ? `$${usd.toFixed(2)}` : `$${usd.toFixed(7).replace(/0+$/, '')}`

/** "1 event", "2 events". */
export const counted = (count: number, noun: string): string =>
  `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`

/** A command that sends an event; `occurred` is a time, or what a shell makes one of. */
export const emitCommand = (origin: string, id: string, event: string, occurred: string): string =>
  [
    `curl ${origin}/api/events -H 'Content-Type: application/json' -d '[{`,
    `  "id": "${id}", "occurred": "${occurred}",`,
    `  "event": ${JSON.stringify(event)}, "resource": {"prefect.resource.id": "oven.1"}`,
    "}]'",
  ].join('\n')

/** Compares by name, for lists. */
export const byName = (a: { name: string }, b: { name: string }): number =>
  a.name < b.name ? -1 : 1

/** What a resource is called: its name, or its id. */
export const resourceName = (resource: Readonly<Record<string, string>>): string =>
  resource['prefect.resource.name'] ||
  resource['prefect.name'] ||
  resource['prefect.resource.id'] ||
  ''

const PAGES: [RegExp, string][] = [
  [/^prefect\.flow-run\./, '/runs/'],
  [/^prefect\.automation\./, '/automations/'],
  [/^prefect\.deployment\./, '/deployments/'],
  [/^prefect-cloud\.webhook\./, '/webhooks/'],
  [/^prefect\.event\./, '/events/'],
]

/** The page of a resource, or null when it has none. */
export function pageOfResource(id: string): string | null {
  const found = PAGES.find(([pattern]) => pattern.test(id))
  if (!found) return null
  const rest = id.replace(found[0], '')
  return /^[0-9a-f-]{36}$/.test(rest) ? `${found[1]}${rest}` : null
}
