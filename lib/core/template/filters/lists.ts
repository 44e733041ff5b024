// Filters over sequences. Those Python writes as generators are lazy here too: their errors come when they are walked.

import { equals, order } from '../comparisons.ts'
import { fail } from '../errors.ts'
import { arithmetic } from '../operators.ts'
import { str } from '../print.ts'
import { type Entry, entry, iterate, listOf, type Run } from '../run.ts'
import {
  type Args,
  charsOf,
  Dict,
  dictEntries,
  dictSize,
  Generator,
  hashOf,
  isDict,
  isInt,
  isString,
  isTrue,
  lengthOf,
  Tuple,
  textOf,
  typeName,
  Undefined,
  type Value,
} from '../values.ts'
import { pathOf } from './text.ts'

const lazy = (items: () => IterableIterator<Value>): Generator => {
  function* walk(): IterableIterator<Value> {
    yield* items()
  }
  return new Generator(walk())
}

/** Reads what a filter sorts or compares by: a path into the item, in lower case unless case matters. */
function keyBy(attribute: Value, caseSensitive: Value, run: Run, fallback: Value = null) {
  return (item: Value): Value => {
    let found = attribute === null ? item : pathOf(item, attribute, run)
    if (found instanceof Undefined && fallback !== null) found = fallback
    return isString(found) && !isTrue(caseSensitive) ? textOf(found).toLowerCase() : found
  }
}

function sorted(items: Value[], key: (item: Value) => Value, reverse: boolean, run: Run): Value[] {
  run.meter.sort(items.length)
  const keyed = items.map((item) => ({ item, key: key(item) }))
  keyed.sort((a, b) => {
    const found = order(a.key, b.key, run.meter)
    return (reverse ? -found : found) || 0
  })
  return keyed.map(({ item }) => item)
}

function sort(value: Value, [reverse, caseSensitive, attribute]: Value[], run: Run): Value {
  const paths = isString(attribute) ? textOf(attribute).split(',') : [attribute]
  const keys = paths.map((path) => keyBy(path, caseSensitive, run))
  return sorted(
    listOf(value, run),
    (item) => keys.map((key) => key(item)),
    whole(reverse) !== 0,
    run,
  )
}

function dictSort(value: Value, [caseSensitive, by, reverse]: Value[], run: Run): Value {
  if (value instanceof Undefined) return fail('undefined', value.message)
  if (!isDict(value))
    return fail('attribute', `'${typeName(value)}' object has no attribute 'items'`)
  const position = by === 'key' || (isString(by) && textOf(by) === 'key') ? 0 : 1
  if (position === 1 && !(isString(by) && textOf(by) === 'value')) {
    fail('filter-argument', 'You can only sort by either "key" or "value"')
  }
  const key = keyBy(position, caseSensitive, run)
  run.meter.step(dictSize(value))
  const pairs = dictEntries(value).map((pair) => new Tuple(pair))
  return sorted(pairs, key, whole(reverse) !== 0, run)
}

function groupBy(value: Value, [attribute, fallback, caseSensitive]: Value[], run: Run): Value {
  const key = keyBy(attribute, caseSensitive, run, fallback)
  const shown = keyBy(attribute, true, run, fallback)
  const groups: { key: Value; items: Value[] }[] = []
  for (const item of sorted(listOf(value, run), key, false, run)) {
    const last = groups.at(-1)
    if (last && equals(last.key, key(item), run.meter)) last.items.push(item)
    else groups.push({ key: key(item), items: [item] })
  }
  return groups.map(({ items }) => new Tuple([shown(items[0]), items], ['grouper', 'list']))
}

function extreme(value: Value, [caseSensitive, attribute]: Value[], run: Run, sign: 1 | -1): Value {
  const key = keyBy(attribute, caseSensitive, run)
  let best: { item: Value; key: Value } | null = null
  for (const item of iterate(value, run)) {
    const candidate = { item, key: key(item) }
    if (!best || order(candidate.key, best.key, run.meter) * sign < 0) best = candidate
  }
  return best ? best.item : new Undefined('No aggregated item, sequence was empty.')
}

function* unique(
  value: Value,
  [caseSensitive, attribute]: Value[],
  run: Run,
): IterableIterator<Value> {
  const key = keyBy(attribute, caseSensitive, run)
  const seen = new Set<unknown>()
  for (const item of iterate(value, run)) {
    const hash = hashOf(key(item))
    if (seen.has(hash)) continue
    seen.add(hash)
    yield item
  }
}

function* map(value: Value, [positional, named]: Value[], run: Run): IterableIterator<Value> {
  if (!isTrue(value)) return
  const [args, options] = [positional as Value[], named as Map<string, Value>]
  const [name, ...rest] = args
  if (name === undefined && options.has('attribute')) {
    const { attribute, fallback } = mapOptions(options)
    for (const item of iterate(value, run)) {
      const found = pathOf(item, attribute, run)
      yield found instanceof Undefined && fallback !== null ? fallback : found
    }
    return
  }
  if (name === undefined) fail('filter-argument', 'map requires a filter argument')
  for (const item of iterate(value, run)) {
    yield run.filter(nameOf('filter', name, run), item, { positional: rest, named: options })
  }
}

function mapOptions(options: Map<string, Value>): { attribute: Value; fallback: Value } {
  const { attribute, default: fallback = null, ...more } = Object.fromEntries(options)
  const [unknown] = Object.keys(more)
  if (unknown !== undefined) fail('filter-argument', `Unexpected keyword argument '${unknown}'`)
  return { attribute, fallback }
}

function nameOf(kind: 'filter' | 'test', name: Value, run: Run): string {
  if (isString(name)) return textOf(name)
  hashOf(name)
  return fail('unknown-name', `No ${kind} named ${str(name, run.meter)}.`)
}

/** `select`, `reject` and their `attr` forms. */
const selecting = (keeps: boolean, byAttribute: boolean): Entry =>
  entry('*args **kwargs', (value, [positional, named], run) =>
    lazy(function* () {
      if (!isTrue(value)) return
      const args = [...(positional as Value[])]
      const attribute = byAttribute ? args.shift() : null
      if (attribute === undefined) fail('filter-argument', 'Missing parameter for attribute name')
      const [test, ...rest] = args
      const options: Args = { positional: rest, named: named as Map<string, Value> }
      for (const item of iterate(value, run)) {
        const subject = attribute === null ? item : pathOf(item, attribute, run)
        const found =
          test === undefined
            ? isTrue(subject)
            : run.test(nameOf('test', test, run), subject, options)
        if (found === keeps) yield item
      }
    }),
  )

function sum(value: Value, [attribute, start]: Value[], run: Run): Value {
  if (isString(start)) fail('type', "sum() can't sum strings [use ''.join(seq) instead]")
  let total = start
  for (const item of iterate(value, run)) {
    total = arithmetic(
      '+',
      total,
      attribute === null ? item : pathOf(item, attribute, run),
      run.meter,
    )
  }
  return total
}

const whole = (value: Value): number =>
  isInt(value) ? Number(value) : fail('type', `an integer is required, not ${typeName(value)}`)

function* batch(value: Value, [size, fill]: Value[], run: Run): IterableIterator<Value> {
  let row: Value[] = []
  for (const item of iterate(value, run)) {
    if (equals(row.length, size, run.meter)) {
      yield row
      row = []
    }
    row.push(item)
  }
  if (row.length === 0) return
  if (fill !== null) {
    run.meter.step(Math.max(0, whole(size) - row.length))
    while (row.length < whole(size)) row.push(fill)
  }
  yield row
}

function* slices(value: Value, [count, fill]: Value[], run: Run): IterableIterator<Value> {
  const items = listOf(value, run)
  if (whole(count) === 0) fail('zero-division', 'integer division or modulo by zero')
  const size = Math.floor(items.length / whole(count))
  const longer = items.length - size * whole(count)
  let from = 0
  for (let index = 0; index < whole(count); index++) {
    run.meter.step()
    const to = from + size + (index < longer ? 1 : 0)
    const part = items.slice(from, to)
    if (fill !== null && index >= longer) part.push(fill)
    yield part
    from = to
  }
}

function last(value: Value, run: Run): Value {
  if (value instanceof Generator) return fail('type', "'generator' object is not reversible")
  const all = listOf(value, run)
  return all.length > 0 ? all.at(-1) : new Undefined('No last item, sequence was empty.')
}

function first(value: Value, run: Run): Value {
  for (const item of iterate(value, run)) return item
  return new Undefined('No first item, sequence was empty.')
}

function reverse(value: Value, run: Run): Value {
  if (isString(value)) {
    run.meter.chars(textOf(value).length)
    return charsOf(textOf(value)).reverse().join('')
  }
  if (lengthOf(value) === undefined && !(value instanceof Generator)) {
    fail('filter-argument', 'argument must be iterable')
  }
  return new Generator(listOf(value, run).reverse()[Symbol.iterator]())
}

function size(value: Value, run: Run): number {
  if (isString(value)) run.meter.chars(textOf(value).length)
  else if (isDict(value)) run.meter.chars(dictSize(value))
  return lengthOf(value) ?? fail('type', `object of type '${typeName(value)}' has no len()`)
}

function items(value: Value): Value {
  if (value instanceof Undefined) return lazy(function* () {})
  return lazy(function* () {
    if (!isDict(value)) return fail('type', 'Can only get item pairs from a mapping.')
    for (const pair of dictEntries(value)) yield new Tuple(pair)
  })
}

const count = entry('', (value, _, run) => size(value, run))

/** The filters by name, with their signatures. */
export const listFilters: Readonly<Record<string, Entry>> = {
  attr: entry('name', (value, [name], run) => {
    if (!isString(name))
      return fail('type', `attribute name must be string, not '${typeName(name)}'`)
    const own = isDict(value) ? new Dict() : value
    const found = run.attribute(own, textOf(name))
    return found
  }),
  batch: entry('linecount fill_with=null', (value, args, run) =>
    lazy(() => batch(value, args, run)),
  ),
  count,
  dictsort: entry('case_sensitive=false by="key" reverse=false', dictSort),
  first: entry('', (value, _, run) => first(value, run)),
  groupby: entry('attribute default=null case_sensitive=false', groupBy),
  items: entry('', (value) => items(value)),
  last: entry('', (value, _, run) => last(value, run)),
  length: count,
  list: entry('', (value, _, run) => listOf(value, run)),
  map: entry('*args **kwargs', (value, args, run) => lazy(() => map(value, args, run))),
  max: entry('case_sensitive=false attribute=null', (value, args, run) =>
    extreme(value, args, run, -1),
  ),
  min: entry('case_sensitive=false attribute=null', (value, args, run) =>
    extreme(value, args, run, 1),
  ),
  reject: selecting(false, false),
  rejectattr: selecting(false, true),
  reverse: entry('', (value, _, run) => reverse(value, run)),
  select: selecting(true, false),
  selectattr: selecting(true, true),
  slice: entry('slices fill_with=null', (value, args, run) => lazy(() => slices(value, args, run))),
  sort: entry('reverse=false case_sensitive=false attribute=null', sort),
  sum: entry('attribute=null start=0', sum),
  unique: entry('case_sensitive=false attribute=null', (value, args, run) =>
    lazy(() => unique(value, args, run)),
  ),
}
