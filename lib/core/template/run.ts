// One rendering in progress: its account, its settings, and the few things filters may ask of the evaluator.
import type { Meter } from './budget.ts'
import { fail } from './errors.ts'
import { bind, type Signature, signature } from './signature.ts'
import {
  type Args,
  charsOf,
  Dict,
  dictEntries,
  dictKeys,
  dictSize,
  Generator,
  isDict,
  isModel,
  isString,
  Range,
  Tuple,
  textOf,
  typeName,
  Undefined,
  type Value,
  View,
} from './values.ts'

/** What filters, tests and methods may use. */
export interface Run {
  readonly meter: Meter
  /** Whether the origin of text is kept, for a document (weave.ts). */
  readonly weaving: boolean
  /** Base of links into the console, for `ui_url`; empty: none. */
  readonly uiUrl: string
  filter(name: string, value: Value, args: Args): Value
  test(name: string, value: Value, args: Args): boolean
  item(of: Value, key: Value): Value
  attribute(of: Value, name: string): Value
}

/** What a filter or method does: the value, its bound arguments, the run. */
export type Apply = (value: Value, args: Value[], run: Run) => Value

/** A function of the language with its signature. */
export interface Entry {
  readonly of: Signature
  readonly apply: Apply
}

/** One line of a table of filters, tests or methods. */
export const entry = (text: string, apply: Apply): Entry => ({ of: signature(text), apply })

/** Bind the arguments and call. Throws a TypeError for arguments that do not fit. */
export const applyEntry = (name: string, found: Entry, value: Value, args: Args, run: Run): Value =>
  found.apply(value, bind(name, found.of, args), run)

/** The items of a value in Python's order of iteration: keys of a dict, characters of a text. */
export function* iterate(value: Value, run: Pick<Run, 'meter'>): IterableIterator<Value> {
  for (const item of iterable(value, run)) {
    run.meter.step()
    yield item
  }
}

function iterable(value: Value, run: Pick<Run, 'meter'>): Iterable<Value> {
  if (Array.isArray(value)) return value
  if (value instanceof Tuple || value instanceof View) return value.items
  if (value instanceof Generator) return { [Symbol.iterator]: () => value.items }
  if (isString(value)) {
    run.meter.chars(textOf(value).length)
    return charsOf(textOf(value))
  }
  if (value instanceof Range)
    return Array.from({ length: value.length }, (_, index) => value.at(index))
  if (value instanceof Undefined) return []
  if (isDict(value)) return dictKeys(value)
  if (isModel(value) && value.iterate) return value.iterate()
  return fail('type', `'${typeName(value)}' object is not iterable`)
}

/** All items at once. */
export const listOf = (value: Value, run: Pick<Run, 'meter'>): Value[] => [...iterate(value, run)]

/** A dict from pairs or from another dict, as Python's `dict()` makes it. */
export function toDict(value: Value, run: Pick<Run, 'meter'>): Dict {
  const made = new Dict()
  if (isDict(value)) {
    run.meter.step(dictSize(value))
    for (const [key, item] of dictEntries(value)) made.set(key, item)
    return made
  }
  if (value instanceof Undefined) return fail('undefined', value.message)
  for (const pair of iterate(value, run)) {
    const [key, item, ...more] = listOf(pair, run)
    if (item === undefined || more.length > 0) {
      fail('value', 'dictionary update sequence element has the wrong length; 2 is required')
    }
    made.set(key, item)
  }
  return made
}
