// Methods of lists, tuples, dicts and numbers. Those that change their object are known by name only, to be refused: the
// sandbox is immutable.

import { equals } from './comparisons.ts'
import { fail } from './errors.ts'
import { type Entry, entry, listOf, toDict } from './run.ts'
import {
  Dict,
  dictEntries,
  dictGet,
  dictKeys,
  dictSize,
  Float,
  int,
  isFloat,
  isInt,
  isNumber,
  numberOf,
  Range,
  Tuple,
  type Value,
  View,
} from './values.ts'

type Methods = Readonly<Record<string, Entry>>

/** Methods the immutable sandbox refuses to call. */
export const MUTATORS: Readonly<Record<string, ReadonlySet<string>>> = {
  list: new Set(['append', 'clear', 'extend', 'insert', 'pop', 'remove', 'reverse', 'sort']),
  dict: new Set(['clear', 'pop', 'popitem', 'setdefault', 'update']),
}

const itemsOf = (value: Value): readonly Value[] =>
  value instanceof Tuple
    ? value.items
    : value instanceof Range
      ? Array.from({ length: value.length }, (_, index) => value.at(index))
      : (value as Value[])

const sequence: Methods = {
  count: entry(
    'x /',
    (list, [x], { meter }) => itemsOf(list).filter((item) => equals(item, x, meter)).length,
  ),
  index: entry('x start=0 stop=null /', (list, [x, start, stop], { meter }) => {
    const items = itemsOf(list)
    const from = Number(start) < 0 ? items.length + Number(start) : Number(start)
    const to = stop === null ? items.length : Number(stop)
    const found = items.findIndex((item, at) => at >= from && at < to && equals(item, x, meter))
    return found < 0 ? fail('value', 'the value is not in the list') : found
  }),
}

/** Methods of tuples and ranges, which nothing can change. */
export const tupleMethods: Methods = sequence

/** Methods of lists. */
export const listMethods: Methods = {
  ...sequence,
  copy: entry('', (list) => [...itemsOf(list)]),
}

/** A view holds all its items, so making one is charged for all. */
const view = (kind: View['kind'], items: (dict: object) => Value[]): Entry =>
  entry('', (dict, _, { meter }) => {
    meter.step(Math.ceil(dictSize(dict as object) / 4))
    return new View(kind, items(dict as object))
  })

/** Methods of dicts. */
export const dictMethods: Methods = {
  get: entry('key default=null /', (dict, [key, fallback]) => {
    const found = dictGet(dict as object, key)
    return found === undefined ? fallback : found
  }),
  keys: view('dict_keys', (dict) => dictKeys(dict)),
  values: view('dict_values', (dict) => dictEntries(dict).map(([, item]) => item)),
  items: view('dict_items', (dict) => dictEntries(dict).map((pair) => new Tuple(pair))),
  copy: entry('', (dict, _, run) => toDict(dict, run)),
  fromkeys: entry('keys value=null /', (_, [keys, value], run) => fromKeys(keys, value, run)),
}

/** `dict.fromkeys(keys, value)` */
export function fromKeys(keys: Value, value: Value, run: Parameters<typeof listOf>[1]): Dict {
  const made = new Dict()
  for (const key of listOf(keys, run)) made.set(key, value)
  return made
}

/** Parts of a number that are no methods: `real`, `imag`, `numerator`, `denominator`. */
export function numberAttributes(of: Value, name: string): Value {
  if (!isNumber(of)) return undefined
  const whole = isInt(of) ? int(BigInt(of)) : of
  if (name === 'real') return whole
  if (name === 'imag') return isFloat(of) ? new Float(0) : 0
  if (isFloat(of)) return undefined
  if (name === 'numerator') return whole
  return name === 'denominator' ? 1 : undefined
}

/** A double as the fraction that it is. */
function ratioOf(double: number): Value[] {
  if (!Number.isFinite(double)) fail('overflow', `cannot convert ${double} to integer ratio`)
  let [numerator, power] = [double, 0]
  for (; !Number.isInteger(numerator); numerator *= 2) power += 1
  return [int(BigInt(numerator)), int(1n << BigInt(power))]
}

/** Methods of ints and floats. */
export const numberMethods: Methods = {
  is_integer: entry('', (of) =>
    isFloat(of)
      ? Number.isInteger(numberOf(of))
      : fail('undefined', "'int object' has no attribute 'is_integer'"),
  ),
  bit_length: entry('', (of) => {
    if (!isInt(of)) return fail('attribute', "'float' object has no attribute 'bit_length'")
    const magnitude = BigInt(of) < 0n ? -BigInt(of) : BigInt(of)
    return magnitude === 0n ? 0 : magnitude.toString(2).length
  }),
  bit_count: entry('', (of) => {
    if (!isInt(of)) return fail('attribute', "'float' object has no attribute 'bit_count'")
    return BigInt(of).toString(2).replaceAll(/[^1]/g, '').length
  }),
  as_integer_ratio: entry(
    '',
    (of) => new Tuple(isFloat(of) ? ratioOf(numberOf(of)) : [numberAttributes(of, 'real'), 1]),
  ),
  conjugate: entry('', (of) => numberAttributes(of, 'real')),
}
