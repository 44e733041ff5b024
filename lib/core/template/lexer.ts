// From text to tokens, as Jinja2's lexer cuts it with the default delimiters and whitespace options: `-` strips, `+` does
// not, newlines become \n, and one trailing newline is dropped.
import { SOURCE_CHARS_MAX, TOKENS_MAX } from './budget.ts'
import { refuse, TemplateError } from './errors.ts'

/** `block` is the inside of {% %}, `print` of {{ }}. An `end` closes either. */
export type TokenKind =
  | 'text'
  | 'block'
  | 'print'
  | 'end'
  | 'name'
  | 'string'
  | 'integer'
  | 'float'
  | 'operator'
  | 'eof'

/** One token. */
export interface Token {
  readonly kind: TokenKind
  /** The operator, name, number or text itself; a string's value with its escapes decoded. */
  readonly text: string
  /** Offset in the normalised source. */
  readonly at: number
}

/** White space as Python's `str.isspace` and `\s` know it; JavaScript's differs in \x1c-\x1f, \x85 and U+FEFF. */
export const SPACE =
  '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const S = `[${SPACE}]`

const OPENING = /\{\{|\{%|\{#/g
const RAW = new RegExp(`\\{%[-+]?${S}*raw${S}*(-?)%\\}`, 'y')
const ENDRAW = new RegExp(`\\{%([-+]?)${S}*endraw${S}*([-+]?)%\\}`, 'g')
const TOKEN = new RegExp(
  [
    `(?<space>${S}+)`,
    '(?<float>(?<!\\.)(?:\\d+_)*\\d+(?:(?:\\.(?:\\d+_)*\\d+)?[eE][+-]?(?:\\d+_)*\\d+|\\.(?:\\d+_)*\\d+))',
    '(?<integer>0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[\\da-fA-F])+|[1-9](?:_?\\d)*|0(?:_?0)*)',
    '(?<name>[\\p{L}\\p{M}\\p{N}\\p{Pc}]+)',
    '(?<string>\'(?:[^\'\\\\]|\\\\[^])*\'|"(?:[^"\\\\]|\\\\[^])*")',
    '(?<operator>//|\\*\\*|[=!<>]=|[-+/*%~\\[\\](){}<>=.:|,;])',
  ].join('|'),
  'yu',
)
const IDENTIFIER = /^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{M}\p{Nd}\p{Pc}]*$/u
const CLOSES: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' }

const trimStart = (text: string, from: number): number => {
  const space = new RegExp(`${S}*`, 'y')
  space.lastIndex = from
  return from + (space.exec(text)?.[0].length ?? 0)
}
const IS_SPACE = new RegExp(S)

/** The text without the white space at its end; a loop, for a pattern would try every run of spaces. */
function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && IS_SPACE.test(text[end - 1] ?? '')) end--
  return text.slice(0, end)
}

/** Newlines made \n and one trailing newline dropped: offsets of tokens and errors count in this text. */
export const normalise = (source: string): string =>
  source.replace(/\r\n?/g, '\n').replace(/\n$/, '')

/** Cut a normalised source into tokens, the last one of kind `eof`. Throws TemplateError of kind syntax or budget. */
export function tokenize(source: string): Token[] {
  if (source.length > SOURCE_CHARS_MAX) {
    throw new TemplateError('budget', 'the template is too long', 'source')
  }
  const tokens: Token[] = []
  let at = 0
  function push(kind: TokenKind, text: string, offset: number): void {
    if (tokens.length >= TOKENS_MAX) {
      throw new TemplateError('budget', 'the template has too many parts', 'source')
    }
    tokens.push({ kind, text, at: offset })
  }

  while (at < source.length) {
    OPENING.lastIndex = at
    const opening = OPENING.exec(source)
    const end = opening?.index ?? source.length
    const strips = opening && source[end + 2] === '-'
    const text = source.slice(at, end)
    const kept = strips ? trimEnd(text) : text
    if (kept) push('text', kept, at)
    if (!opening) break
    RAW.lastIndex = end
    const raw = RAW.exec(source)
    if (opening[0] === '{#') at = skipComment(source, end)
    else if (raw) at = readRaw(end + raw[0].length, raw[1] === '-')
    else at = readTag(opening[0] === '{{' ? 'print' : 'block', end)
  }
  push('eof', '', source.length)
  return tokens

  function readRaw(start: number, strip: boolean): number {
    const from = strip ? trimStart(source, start) : start
    if (from === source.length) return from
    ENDRAW.lastIndex = from
    const close = ENDRAW.exec(source)
    if (!close) return syntax('Missing end of raw directive', start)
    const text = source.slice(from, close.index)
    const kept = close[1] === '-' ? trimEnd(text) : text
    if (kept) push('text', kept, from)
    const after = close.index + close[0].length
    return close[2] === '-' ? trimStart(source, after) : after
  }

  function readTag(kind: 'print' | 'block', start: number): number {
    push(kind, '', start)
    const brackets: string[] = []
    const closing = kind === 'print' ? /(-?)\}\}/y : /([-+]?)%\}/y
    let from = start + 2
    if (source[from] === '-' || source[from] === '+') from++
    for (;;) {
      closing.lastIndex = from
      const close = brackets.length === 0 ? closing.exec(source) : null
      if (close) {
        push('end', kind === 'print' ? 'end of print statement' : 'end of statement block', from)
        const after = from + close[0].length
        return close[1] === '-' ? trimStart(source, after) : after
      }
      from = readToken(from, brackets)
      if (from >= source.length) {
        push('eof', '', from)
        return from
      }
    }
  }

  function readToken(from: number, brackets: string[]): number {
    TOKEN.lastIndex = from
    const match = TOKEN.exec(source)
    if (!match) return syntax(`unexpected char '${source[from] ?? ''}' at ${from}`, from)
    const { space, name, string, operator, float, integer } = match.groups ?? {}
    if (name !== undefined) {
      if (!IDENTIFIER.test(name)) syntax('Invalid character in identifier', from)
      push('name', name, from)
    } else if (string !== undefined) push('string', unescapeLiteral(string, from), from)
    else if (float !== undefined) push('float', float, from)
    else if (integer !== undefined) push('integer', integer, from)
    else if (operator !== undefined) {
      balance(operator, brackets, from)
      push('operator', operator, from)
    }
    return from + (space ?? match[0]).length
  }
}

function syntax(message: string, at: number): never {
  throw Object.assign(new TemplateError('syntax', message), { offset: at })
}

function skipComment(source: string, start: number): number {
  if (start + 2 === source.length) return source.length
  const close = source.indexOf('#}', start + 2)
  if (close < 0) return syntax('Missing end of comment tag', start)
  return source[close - 1] === '-' && close > start + 3 ? trimStart(source, close + 2) : close + 2
}

function balance(operator: string, brackets: string[], at: number): void {
  if ('([{'.includes(operator)) brackets.push(operator)
  const open = CLOSES[operator]
  if (open !== undefined && brackets.pop() !== open) syntax(`unexpected '${operator}'`, at)
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\n': '',
  "'": "'",
  '"': '"',
  '\\': '\\',
}

/** A string literal's value, by Python's escapes; an unknown escape keeps its backslash. */
function unescapeLiteral(literal: string, at: number): string {
  const body = literal.slice(1, -1)
  if (!body.includes('\\')) return body
  return body.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g,
    (whole, x?: string, u?: string, U?: string, octal?: string, other?: string) => {
      const hex = x ?? u ?? U
      if (hex !== undefined && Number.parseInt(hex, 16) > 0x10ffff)
        syntax('illegal Unicode character', at)
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8))
      if (other === 'N') refuse('the escape \\N', 'write the character, or \\u and its number')
      if (other !== undefined && 'xuU'.includes(other)) syntax(`truncated \\${other} escape`, at)
      return ESCAPES[other ?? ''] ?? whole
    },
  )
}
