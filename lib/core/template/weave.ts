// Where text came from. While a document is rendered, what the template's author wrote may be structure and what the request
// brought may not, so joined text keeps its pieces. Joining keeps them exactly; any other operation gives text of one origin,
// chosen so that nothing a sender controls is ever taken for the author's.
import { str } from './print.ts'
import type { Run } from './run.ts'
import { isNumber, isString, type Piece, Str, textOf, type Value } from './values.ts'

/** Characters that mean something inside a JSON string. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
const JSON_SPECIAL = /["\\\x00-\x1f]/

/** Text the template's author wrote, as a value. */
export const templateText = (text: string): Str =>
  new Str(text, false, [{ from: 'template', text }])

/** A value as pieces: its own where it has them. */
export function piecesOf(value: Value, run: Run): readonly Piece[] {
  if (value instanceof Str && value.pieces) return value.pieces
  const text = str(value, run.meter)
  return text === '' && !isString(value) ? [] : [{ from: 'value', text, value }]
}

/** Values printed one after another. */
export function concat(values: readonly Value[], run: Run): string | Str {
  if (run.weaving) {
    const pieces = values.flatMap((value) => piecesOf(value, run))
    run.meter.step(pieces.length)
    run.meter.chars(pieces.reduce((sum, { text }) => sum + text.length, 0))
    return weave(pieces)
  }
  const texts = values.map((value) => str(value, run.meter))
  run.meter.chars(texts.reduce((sum, text) => sum + text.length, 0))
  return texts.join('')
}

/** Text of the pieces together. */
export function weave(pieces: readonly Piece[], markup = false): Str {
  return new Str(pieces.map(({ text }) => text).join(''), markup, pieces)
}

/** Give the result of an operation the origin that follows from what went in. Only text has an origin. */
export function withOrigin(result: Value, subject: Value, args: readonly Value[]): Value {
  if (!isString(result) || (result instanceof Str && result.pieces)) return result
  const text = textOf(result)
  const from = originOf(subject, args)
  if (from === 'value' && typeof result === 'string') return result
  return new Str(text, result instanceof Str && result.markup, [{ from, text, value: text }])
}

function originOf(subject: Value, args: readonly Value[]): Piece['from'] {
  if (isAuthors(subject) && args.every(isAuthors)) return 'template'
  if (!(subject instanceof Str) || !subject.pieces) return 'value'
  const isStructure = subject.pieces.some(
    ({ from, text }) =>
      from === 'json' || from === 'changed' || (from === 'template' && JSON_SPECIAL.test(text)),
  )
  return isStructure ? 'changed' : 'value'
}

/** Written by the template's author, or too plain to hold structure: a number, a boolean, nothing. */
function isAuthors(value: Value): boolean {
  if (value instanceof Str) return value.pieces?.every(({ from }) => from === 'template') ?? false
  return value === undefined || value === null || isNumber(value)
}
