// Filters that make text.
import { fail } from '../errors.ts'
import { SPACE } from '../lexer.ts'
import { asMarkupOf, escapedItems, escapeText, stripTags } from '../markup.ts'
import { str } from '../print.ts'
import { printf } from '../printf.ts'
import { type Entry, entry, iterate, type Run } from '../run.ts'
import { capitalize } from '../string-case.ts'
import { justify } from '../string-methods.ts'
import { replace, splitLines, stripValue } from '../string-parts.ts'
import { toJson } from '../tojson.ts'
import {
  charsOf,
  dictEntries,
  dictSize,
  Generator,
  hasAstral,
  isDict,
  isInt,
  isMarkup,
  isString,
  isTrue,
  lengthOf,
  Range,
  Str,
  Tuple,
  textOf,
  typeName,
  Undefined,
  type Value,
  View,
} from '../values.ts'
import { concat, weave } from '../weave.ts'

/** A filter over the printed text of its value. */
const text = (
  signature: string,
  apply: (text: string, args: Value[], run: Run) => Value,
  passes = 1,
): Entry =>
  entry(signature, (value, args, run) => {
    const printed = str(value, run.meter)
    run.meter.chars(passes * printed.length)
    return apply(printed, args, run)
  })

/** What a filter costs that looks at every word by itself, in passes over the text. */
const PASSES = 8

const count = (value: Value): number =>
  isInt(value) ? Number(value) : fail('type', `an integer is required, not ${typeName(value)}`)

/** The value as a string value: itself when it is one, printed otherwise. */
const soft = (value: Value, run: Run): string | Str =>
  isString(value) ? value : concat([value], run)

const size = (value: Value): number =>
  lengthOf(value) ?? fail('type', `object of type '${typeName(value)}' has no len()`)

function truncate(value: Value, [length, killWords, end, leeway]: Value[], run: Run): Value {
  const limit = count(length)
  const room = leeway === null ? 5 : count(leeway)
  if (limit < size(end)) fail('value', `expected length >= ${size(end)}`)
  if (room < 0) fail('value', `expected leeway >= 0, got ${room}`)
  if (size(value) <= limit + room) return value
  if (!isString(value)) return fail('type', `can only truncate text, not ${typeName(value)}`)
  if (!isString(end)) return fail('type', `can only end with text, not ${typeName(end)}`)
  const tail = isMarkup(value) && !isMarkup(end) ? escapeText(end).text : textOf(end)
  const printed = textOf(value)
  run.meter.chars(printed.length)
  const keep = limit - size(end)
  const kept = hasAstral(printed)
    ? charsOf(printed).slice(0, keep).join('')
    : printed.slice(0, keep)
  if (isTrue(killWords)) return kept + tail
  const space = kept.lastIndexOf(' ')
  return (space < 0 ? kept : kept.slice(0, space)) + tail
}

function indent(value: Value, [width, first, blank]: Value[], run: Run): Value {
  if (value instanceof Undefined) return fail('undefined', value.message)
  if (!isString(value)) return fail('type', `can only indent text, not ${typeName(value)}`)
  const by = isString(width) ? textOf(width) : ' '.repeat(chargedWidth(width, run))
  run.meter.chars(PASSES * textOf(value).length)
  const lines = splitLines(`${textOf(value)}\n`)
  run.meter.chars(textOf(value).length + lines.length * by.length)
  const [head = '', ...tail] = lines
  const rest = tail.map((line) => (line !== '' || isTrue(blank) ? by + line : line))
  const made = (isTrue(first) ? by : '') + [head, ...rest].join('\n')
  return isJson(value) ? weave([{ from: 'json', text: made }], true) : made
}

/** JSON text alone may be indented and stays JSON: its strings hold no line breaks. */
const isJson = (value: string | Str): boolean =>
  value instanceof Str && value.pieces?.length === 1 && value.pieces[0]?.from === 'json'

function chargedWidth(width: Value, run: Run): number {
  run.meter.chars(count(width))
  return Math.max(0, count(width))
}

const TITLE_WORD = new RegExp(`[^-${SPACE}({\\[<]+`, 'gu')

const title = (value: string): string =>
  value.replace(TITLE_WORD, (word) => {
    const [first = ''] = word
    return first.toUpperCase() + word.slice(first.length).toLowerCase()
  })

function quoteUrl(value: Value, forQuery: boolean, run: Run): string {
  const printed = str(value, run.meter)
  run.meter.chars(printed.length * 7)
  if (/\p{Cs}/u.test(printed)) fail('value', 'surrogates not allowed')
  const quoted = encodeURIComponent(printed).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return forQuery ? quoted.replaceAll('%20', '+') : quoted.replaceAll('%2F', '/')
}

function urlencode(value: Value, run: Run): string {
  const isList =
    isDict(value) ||
    Array.isArray(value) ||
    value instanceof Tuple ||
    value instanceof Range ||
    value instanceof View ||
    value instanceof Generator
  if (value instanceof Undefined) return ''
  if (!isList) return quoteUrl(value, false, run)
  const pairs = isDict(value)
    ? dictEntries(value)
    : [...iterate(value, run)].map((pair) => pairOf(pair, run))
  return pairs
    .map(([key, item]) => `${quoteUrl(key, true, run)}=${quoteUrl(item, true, run)}`)
    .join('&')
}

function pairOf(pair: Value, run: Run): Value[] {
  const parts = [...iterate(pair, run)]
  return parts.length === 2 ? parts : fail('value', `expected 2 values, got ${parts.length}`)
}

function xmlAttributes(value: Value, autospace: Value, run: Run): Value {
  if (!isDict(value))
    return fail('attribute', `'${typeName(value)}' object has no attribute 'items'`)
  run.meter.step(dictSize(value))
  const made = dictEntries(value)
    .filter(([, item]) => item !== null && !(item instanceof Undefined))
    .map(([key, item]) => {
      if (!isString(key)) fail('type', `expected string or bytes-like object, got ${typeName(key)}`)
      const name = str(key, run.meter)
      if (/[\s/>=]/.test(name)) fail('value', `Invalid character in attribute name: '${name}'`)
      const shown = isMarkup(item) ? item.text : escapeText(str(item, run.meter)).text
      return `${escapeText(name).text}="${shown}"`
    })
    .join(' ')
  return isTrue(autospace) && made !== '' ? ` ${made}` : made
}

function format(value: Value, [positional, named]: Value[], run: Run): Value {
  const isNamed = (named as Map<string, Value>).size > 0
  const items = positional as Value[]
  if (isNamed && items.length > 0) {
    fail('filter-argument', "can't handle positional and keyword arguments at the same time")
  }
  const pattern = soft(value, run)
  if (!isMarkup(pattern)) return printf(pattern, isNamed ? named : new Tuple(items), run)
  const escaped = isNamed
    ? new Map([...(named as Map<string, Value>)].map(([name, item]) => [name, escapedItems(item)]))
    : escapedItems(new Tuple(items))
  return asMarkupOf(pattern, printf(pattern, escaped, run))
}

function json(value: Value, [indentBy]: Value[], run: Run): Value {
  const by =
    indentBy === null
      ? null
      : isString(indentBy)
        ? textOf(indentBy)
        : ' '.repeat(chargedWidth(indentBy, run))
  const made = toJson(value, { indent: by, asSent: run.weaving }, run.meter)
  run.meter.chars(made.length)
  return run.weaving ? weave([{ from: 'json', text: made }], true) : new Str(made, true)
}

function join(value: Value, [separator, attribute]: Value[], run: Run): Value {
  const parts: Value[] = []
  for (const item of iterate(value, run)) {
    if (parts.length > 0) parts.push(separator)
    parts.push(attribute === null ? item : pathOf(item, attribute, run))
  }
  return concat(parts, run)
}

/** `a.b.0` from an item, one part at a time. */
export function pathOf(item: Value, path: Value, run: Run): Value {
  if (isInt(path)) return run.item(item, path)
  let found = item
  for (const part of str(path, run.meter).split('.')) {
    found = run.item(found, /^\d+$/.test(part) ? Number(part) : part)
  }
  return found
}

/** The value escaped; what is Markup already stays unless forced. */
const escaping = (isForced: boolean): Entry =>
  entry('', (value, _, run) => {
    if (isMarkup(value) && !isForced) return value
    const own = isMarkup(value) ? new Str(value.text, false, value.pieces) : soft(value, run)
    run.meter.chars(10 * textOf(own).length)
    return escapeText(own)
  })

const escapeFilter = escaping(false)

/** The filters by name, with their signatures. */
export const textFilters: Readonly<Record<string, Entry>> = {
  capitalize: text('', (value) => capitalize(value)),
  center: text('width=80', (value, args, run) => justify(value, args, run, 'center')),
  e: escapeFilter,
  escape: escapeFilter,
  forceescape: escaping(true),
  format: entry('*args **kwargs', format),
  indent: entry('width=4 first=false blank=false', indent),
  join: entry('d="" attribute=null', join),
  lower: text('', (value) => value.toLowerCase()),
  replace: text('old new count=null', (value, [old, by, times], run) =>
    replace(
      value,
      str(old, run.meter),
      str(by, run.meter),
      times === null ? -1 : count(times),
      run,
    ),
  ),
  safe: entry('', (value, _, run) => {
    const own = soft(value, run)
    return new Str(textOf(own), true, own instanceof Str ? own.pieces : null)
  }),
  string: entry('', (value, _, run) => soft(value, run)),
  striptags: text('', (value) => stripTags(value), PASSES),
  title: text('', (value) => title(value), PASSES),
  tojson: entry('indent=null', json),
  trim: entry('chars=null', (value, [chars], run) =>
    stripValue(soft(value, run), chars, 'both', run),
  ),
  truncate: entry('length=255 killwords=false end="..." leeway=null', truncate),
  upper: text('', (value) => value.toUpperCase()),
  urlencode: entry('', (value, _, run) => urlencode(value, run)),
  wordcount: text('', (value) => value.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0, PASSES),
  xmlattr: entry('autospace=true', (value, [autospace], run) =>
    xmlAttributes(value, autospace, run),
  ),
}
