// The feed's address read as a filter, and written again: every link and every zoom keeps all the rest.
import { type EventFilter, eventFilterSchema } from '../core/filter.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros, readInstant } from '../core/time.ts'

/** Lengths of time to choose from, and the bars that each is drawn with, in seconds. */
export const SPANS = {
  '15m': { seconds: 900, bar: 15, name: '15 minutes' },
  '1h': { seconds: 3_600, bar: 60, name: 'hour' },
  '24h': { seconds: 86_400, bar: 1_200, name: '24 hours' },
  '7d': { seconds: 604_800, bar: 7_200, name: '7 days' },
} as const

export type SpanName = keyof typeof SPANS
export const SPAN_NAMES = Object.keys(SPANS) as SpanName[]
const DEFAULT_SPAN: SpanName = '1h'

/** What the feed shows. Texts are as typed; empty ones ask nothing. */
export interface FeedView {
  /** Null when the ends are given. */
  span: SpanName | null
  since: Micros
  until: Micros
  event: string
  resource: string
  related: string
  text: string
}

const TEXTS = ['event', 'resource', 'related', 'text'] as const
/** Characters of one text. */
const TEXT_LENGTH_MAX = 200

/** Reads an address. What cannot be read is as if it were not there: a link that was cut still shows a feed. */
export function readFeedView(query: URLSearchParams, now: Micros): FeedView {
  const text = (name: string) => (query.get(name) ?? '').trim().slice(0, TEXT_LENGTH_MAX)
  const texts = Object.fromEntries(TEXTS.map((name) => [name, text(name)])) as Pick<
    FeedView,
    (typeof TEXTS)[number]
  >
  const since = readInstant(query.get('since') ?? '')
  const until = readInstant(query.get('until') ?? '') ?? now
  if (since !== null && since < until) return { span: null, since, until, ...texts }
  const asked = query.get('span') ?? ''
  const span = Object.hasOwn(SPANS, asked) ? (asked as SpanName) : DEFAULT_SPAN
  return { span, since: now - SPANS[span].seconds * MICROS_PER_SECOND, until: now, ...texts }
}

/** The address of a view, with some of it changed. */
export function feedPath(view: FeedView, change: Partial<FeedView> = {}): string {
  const { span, since, until, ...texts } = { ...view, ...change }
  const query = new URLSearchParams()
  if (span === null) {
    query.set('since', formatInstant(since))
    query.set('until', formatInstant(until))
  } else if (span !== DEFAULT_SPAN) query.set('span', span)
  for (const name of TEXTS) if (texts[name] !== '') query.set(name, texts[name])
  const text = query.toString()
  return text === '' ? '/' : `/?${text}`
}

/** Whether anything but time narrows it down. */
export const isNarrowed = (view: FeedView): boolean => TEXTS.some((name) => view[name] !== '')

/** The API's filter of a view. Names and resources are beginnings, several parted by commas. */
export function filterOf(view: FeedView): EventFilter {
  const { event, resource, related, text } = view
  const filter = eventFilterSchema.parse({
    event: event === '' ? null : { prefix: listed(event) },
    resource: resource === '' ? null : { id_prefix: listed(resource) },
    any_resource: related === '' ? null : { id_prefix: listed(related) },
    text: text === '' ? null : { query: text },
  })
  return {
    ...filter,
    occurred: { since: formatInstant(view.since), until: formatInstant(view.until) },
  }
}

const listed = (text: string): string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')

/** Bars of a view: at most 120, each a length that people count in. */
const BARS_MAX = 120
const LENGTHS = [
  0.01, 0.1, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_200, 3_600, 7_200, 21_600, 43_200, 86_400,
  604_800, 2_592_000,
]

/** Seconds of one bar. */
export function barSeconds({ span, since, until }: FeedView): number {
  if (span) return SPANS[span].bar
  const seconds = (until - since) / MICROS_PER_SECOND
  return LENGTHS.find((length) => seconds / length <= BARS_MAX) ?? Math.ceil(seconds / BARS_MAX)
}
