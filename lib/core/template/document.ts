// JSON documents out of templates. Jinja2 splices text, so a sender's `"` would forge a whole event; here each expression
// lands as what it is. Inside quotes it lands as escaped text, outside as a JSON value, and only what the template's author
// wrote is ever read as structure.
import { JsonError, parseJson } from '../json.ts'
import { Meter } from './budget.ts'
import { fail, TemplateError } from './errors.ts'
import { evaluate } from './evaluate.ts'
import type { RenderOptions, Template } from './template.ts'
import { toJson } from './tojson.ts'
import { isString, type Piece, textOf, Undefined } from './values.ts'

/** A rendered document. */
export interface Document {
  /** The JSON text, every value of the request escaped. */
  readonly text: string
  /** The document: plain objects, and JsonNumber for numbers a double would change. */
  readonly value: unknown
  /** Names and ids the request had a part in: by path (joined with \0), after how many characters that part begins. */
  readonly sentFrom: ReadonlyMap<string, number>
}

/**
 * Render a template as a JSON document. Plain values give what Jinja2 and `json.loads` would; hostile ones land as data.
 * @throws TemplateError; of kind `document` when the result is no JSON or has one key twice
 */
export function renderDocument(
  template: Template,
  context: object,
  options: RenderOptions = {},
): Document {
  if (template.unknown) throw template.unknown
  const { pieces } = evaluate(template.tree, context, { ...options, weaving: true })
  const { text, sent } = land(pieces)
  const sentFrom = new Map<string, number>()
  let next = 0
  try {
    const value = parseJson(text, {
      refuseDuplicates: true,
      onString: (path, offset) => {
        if (path.length > NAME_DEPTH_MAX) return
        while ((sent[next]?.[1] ?? Infinity) <= offset) next++
        const from = (sent[next]?.[0] ?? Infinity) - offset - 1
        if (from <= PREFIX_CHARS_MAX) sentFrom.set(path.join('\0'), Math.max(0, from))
      },
    })
    return { text, value, sentFrom }
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    const fault = new TemplateError('document', `the template makes no JSON: ${error.message}`)
    fault.rendered = text
    throw fault
  }
}

/** Characters of a name that matter to anyone: the longest reserved prefix is `prefect-cloud.`. */
const PREFIX_CHARS_MAX = 14

/** How deep names and ids stand in a document: the id of a related resource of an event in a list. */
const NAME_DEPTH_MAX = 4

type Range = readonly [from: number, to: number]

/** Write the pieces as one JSON text, and note which stretches of it the request decided. */
function land(pieces: readonly Piece[]): { text: string; sent: Range[] } {
  let text = ''
  const sent: Range[] = []
  const position = new Position()
  for (const piece of pieces) {
    if (piece.from === 'template') {
      position.read(piece.text)
      text += piece.text
      continue
    }
    const landed = position.isQuoted ? quoted(piece, position) : bare(piece)
    if (landed !== '') sent.push([text.length, text.length + landed.length])
    text += landed
  }
  return { text, sent }
}

/** Whether the text so far ends inside a JSON string. Reads the author's text only: nothing else can move it. */
class Position {
  isQuoted = false
  isEscaped = false

  read(text: string): void {
    for (let at = 0; at < text.length; at++) {
      const char = text.charCodeAt(at)
      if (this.isEscaped) this.isEscaped = false
      else if (char === 34) this.isQuoted = !this.isQuoted
      else if (char === 92 && this.isQuoted) this.isEscaped = true
    }
  }
}

/** The inside of a JSON string, escapes and all: nothing in it can end the string. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
const STRING_BODY = /^(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[\da-fA-F]{4})*$/

function quoted(piece: Piece, position: Position): string {
  if (position.isEscaped && piece.text !== '') {
    fail('document', 'a value stands right after a backslash')
  }
  if (piece.from === 'changed') {
    if (!STRING_BODY.test(piece.text)) tornApart()
    return piece.text
  }
  return JSON.stringify(piece.text).slice(1, -1)
}

function bare(piece: Piece): string {
  switch (piece.from) {
    case 'json':
      return piece.text
    case 'changed':
      return /^\s*(?:-?\d+(?:\.\d+)?|true|false|null)?\s*$/.test(piece.text)
        ? piece.text
        : tornApart()
    default: {
      const { value } = piece
      if (value instanceof Undefined) return ''
      return isString(value) || value === undefined
        ? JSON.stringify(value === undefined ? piece.text : textOf(value))
        : toJson(value, { indent: null, asSent: true }, new Meter())
    }
  }
}

const tornApart = (): never =>
  fail(
    'document',
    'JSON text was joined with a value of the request and then changed; use tojson on the value',
  )
