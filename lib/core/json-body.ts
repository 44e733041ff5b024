// JSON of requests: where it stops being JSON, and how deep it may nest. JSON.parse reads any depth, but everything after it
// (schemas, JSON.stringify, templates) recurses and would overflow. Free of schemas, for the ingest bundle.
import { invalid } from './errors.ts'
import { JsonError, parseJson } from './json.ts'

/**
 * The value of a request's JSON text; an empty one is undefined.
 * @throws Refusal 422 at the position where the text stops being JSON
 */
export function readJsonBody(text: string): unknown {
  if (text === '') return undefined
  try {
    return LONG_INTEGER.test(text) ? parseJson(text) : JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof JsonError)) throw error
    throw invalid([
      { loc: ['body', faultAt(text)], type: 'json_invalid', msg: 'JSON decode error' },
    ])
  }
}

/** An integer that a double may not hold: read digit by digit, for 64-bit ids are common. */
const LONG_INTEGER = /[:[,]\s*-?\d{16}/

/** JSON.parse does not say where it stopped; the slower reader does. */
function faultAt(text: string): number {
  try {
    parseJson(text)
    return text.length
  } catch (error) {
    if (error instanceof JsonError) return error.offset
    throw error
  }
}

/** Objects and lists inside one another, in any request. Prefect's own JSON reader gives up at about 1,000. */
export const NESTING_MAX = 200

/** Whether a value is nested deeper than that. */
export function isTooDeep(value: unknown, depth = NESTING_MAX): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (depth === 0) return true
  const items: unknown[] = Array.isArray(value) ? value : Object.values(value)
  return items.some((item) => isTooDeep(item, depth - 1))
}

/** The message of a fault about nesting. */
export const TOO_DEEP = `Value error, Nested deeper than ${NESTING_MAX} levels`

/** Whether more brackets are open at once than allowed; brackets inside strings do not count. */
export function isDeeperThan(json: string, levels: number): boolean {
  let depth = 0
  let inString = false
  for (let i = 0; i < json.length; i += 1) {
    const code = json.charCodeAt(i)
    if (inString) {
      if (code === 92) i += 1
      else if (code === 34) inString = false
    } else if (code === 34) inString = true
    else if (code === 91 || code === 123) {
      depth += 1
      if (depth > levels) return true
    } else if (code === 93 || code === 125) depth -= 1
  }
  return false
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** UTF-8 text, or null when the bytes are none. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return null // what a fatal TextDecoder throws
    throw error
  }
}
