// Every test (`x is even`) by name.

import type { Comparison } from './ast.ts'
import { compare, equals } from './comparisons.ts'
import { filters } from './filters.ts'
import { arithmetic } from './operators.ts'
import { printf } from './printf.ts'
import { type Entry, entry, type Run } from './run.ts'
import {
  Callable,
  Generator,
  hashOf,
  isDict,
  isFloat,
  isInt,
  isMarkup,
  isModel,
  isNumber,
  isString,
  Range,
  Tuple,
  textOf,
  Undefined,
  type Value,
  View,
} from './values.ts'

const plain = (holds: (value: Value) => boolean): Entry => entry('', holds)
const compared = (operator: Comparison): Entry =>
  entry('other', (value, [other], { meter }) => compare(operator, value, other, meter))
/** `value % by == of`; on a text `%` formats, as in Python. */
const leaves = (value: Value, by: Value, of: number, run: Run): boolean => {
  const rest = isString(value) ? printf(value, by, run) : arithmetic('%', value, by, run.meter)
  return equals(rest, of, run.meter)
}
const remainder = (of: number): Entry => entry('', (value, _, run) => leaves(value, 2, of, run))

const isIterable = (value: Value): boolean =>
  isString(value) ||
  Array.isArray(value) ||
  isDict(value) ||
  value instanceof Tuple ||
  value instanceof Range ||
  value instanceof View ||
  value instanceof Generator ||
  value instanceof Undefined ||
  (isModel(value) && value.iterate !== undefined)

/** Has a length and can be indexed, as far as Python can tell. */
const isSequence = (value: Value): boolean =>
  isString(value) ||
  Array.isArray(value) ||
  isDict(value) ||
  value instanceof Tuple ||
  value instanceof Range ||
  value instanceof Undefined

const isCallable = (value: Value): boolean =>
  value instanceof Callable ||
  value instanceof Undefined ||
  (isModel(value) && value.call !== undefined)

const named = (table: () => Readonly<Record<string, unknown>>): Entry =>
  entry('', (value) => {
    hashOf(value)
    return isString(value) && Object.hasOwn(table(), textOf(value))
  })

const hasCase = (pattern: RegExp, other: RegExp): Entry =>
  entry('', (value, _, run) => {
    const text = textOf(run.filter('string', value, { positional: [], named: new Map() }) as string)
    run.meter.chars(text.length)
    return pattern.test(text) && !other.test(text)
  })

/** The tests by name, with their signatures. */
export const tests: Readonly<Record<string, Entry>> = {
  boolean: plain((value) => typeof value === 'boolean'),
  callable: plain(isCallable),
  defined: plain((value) => !(value instanceof Undefined)),
  divisibleby: entry('num', (value, [by], run) => leaves(value, by, 0, run)),
  escaped: plain((value) => isMarkup(value) || value instanceof Undefined),
  even: remainder(0),
  false: plain((value) => value === false),
  filter: named(() => filters),
  float: plain(isFloat),
  in: entry('seq', (value, [container], { meter }) => compare('in', value, container, meter)),
  integer: plain((value) => isInt(value) && typeof value !== 'boolean'),
  iterable: plain(isIterable),
  lower: hasCase(/\p{Lowercase}/u, /[\p{Uppercase}\p{Lt}]/u),
  mapping: plain(isDict),
  none: plain((value) => value === null),
  number: plain(isNumber),
  odd: remainder(1),
  sameas: entry('other', (value, [other]) => same(value, other)),
  sequence: plain(isSequence),
  string: plain(isString),
  test: named(() => tests),
  true: plain((value) => value === true),
  undefined: plain((value) => value instanceof Undefined),
  upper: hasCase(/\p{Uppercase}/u, /[\p{Lowercase}\p{Lt}]/u),
  '==': compared('=='),
  eq: compared('=='),
  equalto: compared('=='),
  '!=': compared('!='),
  ne: compared('!='),
  '>': compared('>'),
  gt: compared('>'),
  greaterthan: compared('>'),
  '>=': compared('>='),
  ge: compared('>='),
  '<': compared('<'),
  lt: compared('<'),
  lessthan: compared('<'),
  '<=': compared('<='),
  le: compared('<='),
}

/** `sameas` is identity, which Python promises for None, True, False and containers only. */
function same(value: Value, other: Value): boolean {
  if (isString(value) && isString(other)) return textOf(value) === textOf(other)
  if (isFloat(value) && isFloat(other)) return value === other
  return value === other
}
