// Methods of `str`. Texts are sequences of code points, letters change case by Unicode's rules, and white space is Python's.
import { fail, refuse } from './errors.ts'
import { SPACE } from './lexer.ts'
import { stripTags, unescapeHtml } from './markup.ts'
import { type Entry, entry, iterate, type Run } from './run.ts'
import { strFormat } from './str-format.ts'
import {
  charsOf,
  codePointCount,
  dictGet,
  hasAstral,
  isDict,
  isInt,
  isString,
  type Piece,
  Str,
  Tuple,
  textOf,
  typeName,
  type Value,
} from './values.ts'
import { concat, weave } from './weave.ts'

const text = (value: Value, what = 'argument'): string =>
  isString(value) ? textOf(value) : fail('type', `${what} must be str, not ${typeName(value)}`)
const index = (value: Value): number =>
  isInt(value)
    ? Number(value)
    : fail('type', `'${typeName(value)}' object cannot be interpreted as an integer`)

const method = (
  signature: string,
  apply: (self: string, args: Value[], run: Run) => Value,
): Entry =>
  entry(signature, (self, args, run) => {
    run.meter.chars(textOf(self as string).length)
    return apply(textOf(self as string), args, run)
  })

/** A method that looks at every character by itself, which costs as much as several passes over the text. */
const apart: typeof method = (signature, apply) =>
  method(signature, (self, args, run) => {
    run.meter.chars(7 * self.length)
    return apply(self, args, run)
  })

// ── case ──

const DIGRAPHS: Readonly<Record<string, string>> = {
  Ǆ: 'ǅ',
  ǆ: 'ǅ',
  ǅ: 'ǅ',
  Ǉ: 'ǈ',
  ǈ: 'ǈ',
  ǉ: 'ǈ',
  Ǌ: 'ǋ',
  ǋ: 'ǋ',
  ǌ: 'ǋ',
  Ǳ: 'ǲ',
  ǲ: 'ǲ',
  ǳ: 'ǲ',
  ŉ: 'ʼN',
}

const titleCase = (char: string): string => {
  const [first = '', ...rest] = char.toUpperCase()
  return DIGRAPHS[char] ?? first + rest.join('').toLowerCase()
}

/** First letter in title case, the rest in lower case. */
export function capitalize(self: string): string {
  const [first = ''] = self
  return titleCase(first) + self.toLowerCase().slice(first.toLowerCase().length)
}

const CASED = /[\p{Lowercase}\p{Uppercase}\p{Lt}]/u

const CASED_WORD = /[\p{Lowercase}\p{Uppercase}\p{Lt}]+/gu

const title = (self: string): string => self.replace(CASED_WORD, capitalize)

function isTitle(self: string): boolean {
  let inside = false
  let any = false
  for (const char of self) {
    const upper = /[\p{Uppercase}\p{Lt}]/u.test(char)
    if (upper ? inside : /\p{Lowercase}/u.test(char) && !inside) return false
    inside = CASED.test(char)
    any ||= inside
  }
  return any
}

const swapCase = (self: string): string =>
  self.replace(/\p{Uppercase}+|\p{Lowercase}+/gu, (letters) =>
    /^\p{Uppercase}/u.test(letters) ? letters.toLowerCase() : letters.toUpperCase(),
  )

// ── white space ──

// biome-ignore lint/suspicious/noControlCharactersInRegex: Python breaks lines there
const LINE_BREAK = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/g

/** Python's `splitlines`, which knows more line breaks than \n. */
export function splitLines(self: string, keepEnds = false): string[] {
  const lines: string[] = []
  let from = 0
  for (const match of self.matchAll(LINE_BREAK)) {
    const end = match.index + match[0].length
    lines.push(self.slice(from, keepEnds ? end : match.index))
    from = end
  }
  if (from < self.length) lines.push(self.slice(from))
  return lines
}

type Sides = 'both' | 'left' | 'right'

const IS_SPACE = new RegExp(`[${SPACE}]`)

/** `strip`, `lstrip`, `rstrip`: of white space, or of any of the given characters. */
export function strip(self: string, chars: Value, sides: Sides): string {
  const set = chars === null ? null : new Set(charsOf(text(chars, 'strip arg')))
  const all = set && hasAstral(self) ? charsOf(self) : self
  const drops = (char = '') => (set ? set.has(char) : IS_SPACE.test(char))
  let [from, to] = [0, all.length]
  if (sides !== 'right') while (from < to && drops(all[from])) from++
  if (sides !== 'left') while (to > from && drops(all[to - 1])) to--
  return typeof all === 'string' ? all.slice(from, to) : all.slice(from, to).join('')
}

/** `strip` of a text whose pieces matter: only its ends change. */
export function stripValue(self: string | Str, chars: Value, sides: Sides, run: Run): string | Str {
  run.meter.chars(textOf(self).length)
  if (!(self instanceof Str) || !self.pieces) return strip(textOf(self), chars, sides)
  const pieces = [...self.pieces]
  if (sides !== 'right') stripEnd(pieces, chars, 'left')
  if (sides !== 'left') stripEnd(pieces, chars, 'right')
  return weave(pieces, self.markup)
}

/** Strip one end in place: pieces that vanish uncover the next. */
function stripEnd(pieces: Piece[], chars: Value, side: 'left' | 'right'): void {
  for (;;) {
    const piece = side === 'left' ? pieces.shift() : pieces.pop()
    if (!piece) return
    const kept = strip(piece.text, chars, side)
    if (kept === '') continue
    const left = kept === piece.text ? piece : { from: piece.from, text: kept, value: kept }
    if (side === 'left') pieces.unshift(left)
    else pieces.push(left)
    return
  }
}

// ── searching ──

/** A part of the text by Python's optional start and end. */
function range(self: string, start: Value, end: Value): { part: string; offset: number } | null {
  if (start === null && end === null) return { part: self, offset: 0 }
  const all = charsOf(self)
  const at = (bound: Value, fallback: number) => {
    if (bound === null) return fallback
    const n = index(bound)
    return Math.max(0, n < 0 ? n + all.length : n)
  }
  const from = at(start, 0)
  if (from > all.length) return null
  return { part: all.slice(from, Math.min(all.length, at(end, all.length))).join(''), offset: from }
}

function find(self: string, args: Value[], run: Run, last: boolean): number {
  const [sub, start = null, end = null] = args
  const within = range(self, start, end)
  if (!within) return -1
  run.meter.search(within.part.length, text(sub).length)
  const at = last ? within.part.lastIndexOf(text(sub)) : within.part.indexOf(text(sub))
  return at < 0 ? -1 : within.offset + codePointCount(within.part.slice(0, at))
}

function count(self: string, [sub, start = null, end = null]: Value[], run: Run): number {
  const within = range(self, start, end)
  if (!within) return 0
  run.meter.search(within.part.length, text(sub).length)
  if (text(sub) === '') return codePointCount(within.part) + 1
  return within.part.split(text(sub)).length - 1
}

function affix(
  self: string,
  args: Value[],
  test: (part: string, affix: string) => boolean,
): boolean {
  const [affixes, start = null, end = null] = args
  const within = range(self, start, end)
  if (!within) return false
  const wanted = affixes instanceof Tuple ? affixes.items : [affixes]
  return wanted.some((one) => test(within.part, text(one)))
}

function foundOrFail(at: number): number {
  return at < 0 ? fail('value', 'substring not found') : at
}

/** Python's `replace`, also with an empty `old`. Charges for the result before it is made. */
export function replace(self: string, old: string, by: string, times: number, run: Run): string {
  run.meter.search(self.length, old.length)
  if (times === 0) return self
  // So short a text may part another into its characters.
  if (old.length < 2) run.meter.chars(4 * self.length)
  const parts = old === '' ? ['', ...charsOf(self), ''] : self.split(old)
  run.meter.chars(self.length + parts.length * by.length)
  if (times < 0 || times >= parts.length - 1) return parts.join(by)
  return parts.slice(0, times + 1).join(by) + old + parts.slice(times + 1).join(old)
}

// ── splitting ──

function split(self: string, separator: Value, limit: number): string[] {
  if (separator !== null) {
    const by = text(separator)
    if (by === '') return fail('value', 'empty separator')
    const parts = self.split(by)
    if (limit < 0 || parts.length <= limit + 1) return parts
    return [...parts.slice(0, limit), parts.slice(limit).join(by)]
  }
  const gap = new RegExp(`[${SPACE}]+`)
  if (limit < 0) {
    const inner = strip(self, null, 'both')
    return inner === '' ? [] : inner.split(gap)
  }
  const words: string[] = []
  let rest = strip(self, null, 'left')
  while (rest !== '' && words.length < limit) {
    const match = gap.exec(rest)
    words.push(match ? rest.slice(0, match.index) : rest)
    rest = match ? rest.slice(match.index + match[0].length) : ''
  }
  return rest === '' ? words : [...words, rest]
}

function splitFromRight(self: string, separator: Value, limit: number): string[] {
  if (limit < 0) return split(self, separator, -1)
  const reversed = (value: string) => charsOf(value).reverse().join('')
  const by = separator === null ? null : reversed(text(separator))
  return split(reversed(self), by, limit).map(reversed).reverse()
}

function partition(self: string, separator: string, last: boolean): Tuple {
  if (separator === '') return fail('value', 'empty separator')
  const at = last ? self.lastIndexOf(separator) : self.indexOf(separator)
  if (at < 0) return new Tuple(last ? ['', '', self] : [self, '', ''])
  return new Tuple([self.slice(0, at), separator, self.slice(at + separator.length)])
}

// ── filling ──

/** Pad to a width in code points. */
export function justify(
  self: string,
  [width, fill = ' ']: Value[],
  run: Run,
  side: 'left' | 'right' | 'center',
): string {
  const char = text(fill)
  if (codePointCount(char) !== 1) {
    return fail('type', 'The fill character must be exactly one character long')
  }
  const columns = index(width)
  const missing = columns - codePointCount(self)
  if (missing <= 0) return self
  run.meter.chars(columns)
  if (side === 'left') return self + char.repeat(missing)
  if (side === 'right') return char.repeat(missing) + self
  const left = Math.floor(missing / 2) + (missing & columns & 1)
  return char.repeat(left) + self + char.repeat(missing - left)
}

function expandTabs(self: string, size: number, run: Run): string {
  let column = 0
  return Array.from(self, (char) => {
    if (char === '\t') {
      const gap = size > 0 ? size - (column % size) : 0
      run.meter.chars(gap)
      column += gap
      return ' '.repeat(gap)
    }
    column = char === '\n' || char === '\r' ? 0 : column + 1
    return char
  }).join('')
}

function zfill(self: string, width: Value, run: Run): string {
  const sign = /^[-+]/.exec(self)?.[0] ?? ''
  const missing = index(width) - codePointCount(self)
  if (missing <= 0) return self
  run.meter.chars(missing)
  return sign + '0'.repeat(missing) + self.slice(sign.length)
}

const is = (pattern: RegExp) => method('', (self) => pattern.test(self))

/** The methods by name, with their signatures. */
export const stringMethods: Readonly<Record<string, Entry>> = {
  capitalize: method('', (self) => capitalize(self)),
  casefold: apart('', (self) =>
    Array.from(self.replaceAll('ẞ', 'ß'), (c) =>
      c === 'ı' ? c : c.toUpperCase().toLowerCase(),
    ).join(''),
  ),
  center: method('width fillchar=" " /', (self, args, run) => justify(self, args, run, 'center')),
  count: method('sub start=null end=null /', count),
  endswith: method('suffix start=null end=null /', (self, args) =>
    affix(self, args, (s, x) => s.endsWith(x)),
  ),
  expandtabs: apart('tabsize=8', (self, [size], run) => expandTabs(self, index(size), run)),
  find: method('sub start=null end=null /', (self, args, run) => find(self, args, run, false)),
  format: entry('*args **kwargs', (self, [positional, named], run) =>
    strFormat(
      self as string,
      { positional: positional as Value[], named: named as Map<string, Value> },
      run,
    ),
  ),
  format_map: entry('mapping /', (self, [mapping], run) => {
    const get = (name: string) => run.item(mapping, name)
    const has = (name: string) => isDict(mapping) && dictGet(mapping, name) !== undefined
    return strFormat(self as string, { positional: [], named: { has, get } }, run)
  }),
  index: method('sub start=null end=null /', (self, args, run) =>
    foundOrFail(find(self, args, run, false)),
  ),
  isalnum: is(/^[\p{L}\p{N}]+$/u),
  isalpha: is(/^\p{L}+$/u),
  isascii: is(/^[\0-\x7f]*$/),
  isdecimal: is(/^\p{Nd}+$/u),
  isdigit: is(/^[\p{Nd}²³¹⁰⁴-⁹₀-₉①-⑨⑴-⑼⒈-⒐⓪⓵-⓽⓿❶-❾➀-➈➊-➒]+$/u),
  isidentifier: is(/^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{M}\p{Nd}\p{Pc}]*$/u),
  islower: method(
    '',
    (self) => /\p{Lowercase}/u.test(self) && !/[\p{Uppercase}\p{Lt}]/u.test(self),
  ),
  isnumeric: is(/^\p{N}+$/u),
  isprintable: method('', (self) => !/[\p{C}\p{Z}]/u.test(self.replaceAll(' ', ''))),
  isspace: is(new RegExp(`^[${SPACE}]+$`)),
  istitle: apart('', (self) => isTitle(self)),
  isupper: method(
    '',
    (self) => /\p{Uppercase}/u.test(self) && !/[\p{Lowercase}\p{Lt}]/u.test(self),
  ),
  join: entry('iterable /', (self, [items], run) => {
    const parts: Value[] = []
    for (const item of iterate(items, run)) {
      if (!isString(item)) {
        fail(
          'type',
          `sequence item ${parts.length}: expected str instance, ${typeName(item)} found`,
        )
      }
      if (parts.length > 0) parts.push(self)
      parts.push(item)
    }
    return concat(parts, run)
  }),
  ljust: method('width fillchar=" " /', (self, args, run) => justify(self, args, run, 'left')),
  lower: method('', (self) => self.toLowerCase()),
  lstrip: entry('chars=null /', (self, [chars], run) =>
    stripValue(self as string, chars, 'left', run),
  ),
  partition: method('sep /', (self, [separator]) => partition(self, text(separator), false)),
  removeprefix: method('prefix /', (self, [x]) =>
    self.startsWith(text(x)) ? self.slice(text(x).length) : self,
  ),
  removesuffix: method('suffix /', (self, [x]) =>
    text(x) !== '' && self.endsWith(text(x)) ? self.slice(0, -text(x).length) : self,
  ),
  replace: method('old new count=-1 /', (self, [old, by, times], run) =>
    replace(self, text(old), text(by), index(times), run),
  ),
  rfind: method('sub start=null end=null /', (self, args, run) => find(self, args, run, true)),
  rindex: method('sub start=null end=null /', (self, args, run) =>
    foundOrFail(find(self, args, run, true)),
  ),
  rjust: method('width fillchar=" " /', (self, args, run) => justify(self, args, run, 'right')),
  rpartition: method('sep /', (self, [separator]) => partition(self, text(separator), true)),
  rsplit: apart('sep=null maxsplit=-1', (self, [by, limit]) =>
    splitFromRight(self, by, index(limit)),
  ),
  rstrip: entry('chars=null /', (self, [chars], run) =>
    stripValue(self as string, chars, 'right', run),
  ),
  split: apart('sep=null maxsplit=-1', (self, [by, limit]) => split(self, by, index(limit))),
  splitlines: method('keepends=false', (self, [keep]) => splitLines(self, index(keep) !== 0)),
  startswith: method('prefix start=null end=null /', (self, args) =>
    affix(self, args, (s, x) => s.startsWith(x)),
  ),
  strip: entry('chars=null /', (self, [chars], run) =>
    stripValue(self as string, chars, 'both', run),
  ),
  swapcase: apart('', (self) => swapCase(self)),
  title: apart('', (self) => title(self)),
  upper: method('', (self) => self.toUpperCase()),
  zfill: method('width /', (self, [width], run) => zfill(self, width, run)),
  encode: entry('*args **kwargs', () => refuse("the method 'encode'", 'there are no bytes here')),
  translate: entry('*args **kwargs', () => refuse("the method 'translate'", 'use replace')),
  maketrans: entry('*args **kwargs', () => refuse("the method 'maketrans'", 'use replace')),
}

/** Methods Markup has on top. What they give is plain text again. */
export const markupMethods: Readonly<Record<string, Entry>> = {
  striptags: method('', (self) => stripTags(self)),
  unescape: method('', (self) => unescapeHtml(self)),
}
