// Parts of texts, as Python's `str` finds, splits and strips them: by code points, and by its own white space.
import { fail } from './errors.ts'
import { SPACE } from './lexer.ts'
import type { Run } from './run.ts'
import {
  charsOf,
  codePointCount,
  hasAstral,
  isInt,
  isString,
  type Piece,
  Str,
  Tuple,
  textOf,
  typeName,
  type Value,
} from './values.ts'
import { weave } from './weave.ts'

/** An argument that must be a text. @throws TemplateError of kind type */
export const text = (value: Value, what = 'argument'): string =>
  isString(value) ? textOf(value) : fail('type', `${what} must be str, not ${typeName(value)}`)
/** An argument that must be an integer. @throws TemplateError of kind type */
export const index = (value: Value): number =>
  isInt(value)
    ? Number(value)
    : fail('type', `'${typeName(value)}' object cannot be interpreted as an integer`)

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

/** Where a text stands, in code points, the first or the last time; -1 where it does not. */
export function find(self: string, args: Value[], run: Run, last: boolean): number {
  const [sub, start = null, end = null] = args
  const within = range(self, start, end)
  if (!within) return -1
  run.meter.search(within.part.length, text(sub).length)
  const at = last ? within.part.lastIndexOf(text(sub)) : within.part.indexOf(text(sub))
  return at < 0 ? -1 : within.offset + codePointCount(within.part.slice(0, at))
}

/** How often a text stands in another, without overlaps. */
export function count(self: string, [sub, start = null, end = null]: Value[], run: Run): number {
  const within = range(self, start, end)
  if (!within) return 0
  run.meter.search(within.part.length, text(sub).length)
  if (text(sub) === '') return codePointCount(within.part) + 1
  return within.part.split(text(sub)).length - 1
}

/** Whether a part of the text begins or ends, as `test` says, with one of the texts asked for. */
export function affix(
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

/** @throws TemplateError of kind value, as `index` does where `find` says -1 */
export function foundOrFail(at: number): number {
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

/** Python's `split`: by a text, or by runs of white space; a limit below 0 is none. */
export function split(self: string, separator: Value, limit: number): string[] {
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

/** Python's `rsplit`. */
export function splitFromRight(self: string, separator: Value, limit: number): string[] {
  if (limit < 0) return split(self, separator, -1)
  const reversed = (value: string) => charsOf(value).reverse().join('')
  const by = separator === null ? null : reversed(text(separator))
  return split(reversed(self), by, limit).map(reversed).reverse()
}

/** Python's `partition`, or `rpartition`: what is before, the separator, what is behind. */
export function partition(self: string, separator: string, last: boolean): Tuple {
  if (separator === '') return fail('value', 'empty separator')
  const at = last ? self.lastIndexOf(separator) : self.indexOf(separator)
  if (at < 0) return new Tuple(last ? ['', '', self] : [self, '', ''])
  return new Tuple([self.slice(0, at), separator, self.slice(at + separator.length)])
}
