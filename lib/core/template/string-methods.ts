// Methods of `str`. Texts are sequences of code points, letters change case by Unicode's rules, and white space is Python's.
import { fail, refuse } from './errors.ts'
import { SPACE } from './lexer.ts'
import { stripTags, unescapeHtml } from './markup.ts'
import { type Entry, entry, iterate, type Run } from './run.ts'
import { strFormat } from './str-format.ts'
import { capitalize, isTitle, swapCase, title } from './string-case.ts'
import {
  affix,
  count,
  find,
  foundOrFail,
  index,
  partition,
  replace,
  split,
  splitFromRight,
  splitLines,
  stripValue,
  text,
} from './string-parts.ts'
import {
  codePointCount,
  dictGet,
  isDict,
  isString,
  textOf,
  typeName,
  type Value,
} from './values.ts'
import { concat } from './weave.ts'

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
