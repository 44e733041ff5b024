// Text search over events, in Prefect's small language (utilities/text_search_parser.py): words are ORed, `-word` and `!word`
// exclude, `+word` is required, quotes make phrases. Case-insensitive substrings; no ranking, no stemming.
import type { Event } from './event.ts'
import { Meter } from './template/budget.ts'
import { SPACE } from './template/lexer.ts'
import { repr } from './template/print.ts'

/** Terms in lower case. None at all is no restriction. */
export interface TextQuery {
  include: string[]
  exclude: string[]
  required: string[]
}

/** A lone prefix is skipped, then comes a prefix or none, then a phrase or a word. */
const TERM = new RegExp(
  `(?![-!+](?:[${SPACE}]|$))([-!+]?)(?:"((?:\\\\[^]|[^"])*)"?|([^${SPACE}"]+))`,
  'gu',
)
const BLANK = new RegExp(`^[${SPACE}]*$`)

/**
 * Reads a query; every text is one. A prefix followed by a blank is ignored, an unclosed quote runs to the end, and in phrases
 * `\"` and `\\` stand for the character alone.
 */
export function parseTextQuery(text: string): TextQuery {
  const query: TextQuery = { include: [], exclude: [], required: [] }
  for (const [, prefix, phrase, word] of text.matchAll(TERM)) {
    const term = (word ?? (phrase ?? '').replace(/\\(["\\])/g, '$1')).toLowerCase()
    if (BLANK.test(term)) continue
    if (prefix === '+') query.required.push(term)
    else if (prefix === '') query.include.push(term)
    else query.exclude.push(term)
  }
  return query
}

/** Whether a query asks nothing. */
export const isBlank = ({ include, exclude, required }: TextQuery): boolean =>
  include.length + exclude.length + required.length === 0

/** Whether a text with these terms in it is found. */
export const meetsText = (
  { include, exclude, required }: TextQuery,
  has: (term: string) => boolean,
): boolean =>
  (include.length === 0 || include.some(has)) && !exclude.some(has) && required.every(has)

/**
 * What stored queries search: name, resource, related and payload, the latter three as JSON with a blank after each comma and
 * colon, label names and keys included. In lower case.
 */
export const storedText = (name: string, ...json: string[]): string =>
  [name, ...json.map(spaced)].join(' ').toLowerCase()

/** JSON as Python writes it, from JSON as JavaScript writes it. */
const spaced = (json: string): string =>
  json.replace(/"(?:[^"\\]|\\.)*"|[,:]/g, (part) => (part.length === 1 ? `${part} ` : part))

/** What live subscriptions search: name, label values without their names, and the payload as Python prints it. In lower case. */
export function liveText(event: Event): string {
  const labels = [event.resource, ...event.related].flatMap((resource) => Object.values(resource))
  const meter = new Meter({
    steps: Number.POSITIVE_INFINITY,
    outputBytes: Number.POSITIVE_INFINITY,
  })
  return [event.event, ...labels, repr(event.payload, meter)].join(' ').toLowerCase()
}
