// Python's comparisons of plain values: equality, order, membership.
import { compareCodePoints } from '../code-points.ts'
import type { Comparison } from './ast.ts'
import { type Meter, VALUE_DEPTH_MAX } from './budget.ts'
import { fail } from './errors.ts'
import { failUndefined } from './operators.ts'
import {
  dictEntries,
  dictGet,
  dictSize,
  type Float,
  Generator,
  hashOf,
  isDict,
  isModel,
  isNumber,
  isString,
  numberOf,
  Range,
  Tuple,
  textOf,
  typeName,
  Undefined,
  type Value,
  View,
} from './values.ts'

/** Python's `==`, which never fails. */
export function equals(a: Value, b: Value, meter: Meter, depth = 0): boolean {
  meter.step()
  if (depth > VALUE_DEPTH_MAX) fail('budget', 'a value is nested too deeply to compare', 'nesting')
  if (isString(a) && isString(b)) return textOf(a) === textOf(b)
  if (isNumber(a) && isNumber(b)) return orderNumbers(a, b) === 0
  if (a instanceof Undefined) return b instanceof Undefined
  if (isModel(a) && a.text !== undefined) return isString(b) && textOf(b) === a.text
  if (isModel(b) && b.text !== undefined) return isString(a) && textOf(a) === b.text
  const [x, y] = [itemsOf(a), itemsOf(b)]
  if (x && y) {
    if (Array.isArray(a) !== Array.isArray(b) || x.length !== y.length) return false
    return x.every((item, index) => equals(item, y[index], meter, depth + 1))
  }
  if (a instanceof Range && b instanceof Range) {
    return a.length === b.length && (a.length === 0 || (a.start === b.start && a.at(1) === b.at(1)))
  }
  if (isDict(a) && isDict(b)) {
    if (dictSize(a) !== dictSize(b)) return false
    return dictEntries(a).every(([key, item]) => {
      const other = dictGet(b, key)
      return other !== undefined && equals(item, other, meter, depth + 1)
    })
  }
  return a === b
}

const itemsOf = (value: Value): readonly Value[] | undefined =>
  Array.isArray(value) ? value : value instanceof Tuple ? value.items : undefined

/** Negative, zero or positive; NaN where floats have no order. Mixed kinds are a TypeError. */
export function order(a: Value, b: Value, meter: Meter, operator = '<', depth = 0): number {
  meter.step()
  for (const side of [a, b]) if (side instanceof Undefined) failUndefined(side)
  if (isString(a) && isString(b)) return compareCodePoints(textOf(a), textOf(b))
  if (isNumber(a) && isNumber(b)) return orderNumbers(a, b)
  const [x, y] = [itemsOf(a), itemsOf(b)]
  if (x && y && Array.isArray(a) === Array.isArray(b)) {
    if (depth > VALUE_DEPTH_MAX) fail('budget', 'nested too deeply to compare', 'nesting')
    for (let index = 0; index < Math.min(x.length, y.length); index++) {
      if (equals(x[index], y[index], meter)) continue
      return order(x[index], y[index], meter, operator, depth + 1)
    }
    return x.length - y.length
  }
  const types = `'${typeName(a)}' and '${typeName(b)}'`
  return fail('type', `'${operator}' not supported between instances of ${types}`)
}

type Num = number | bigint | boolean | Float

/** NaN is in no order. JavaScript compares a bigint with a double exactly, as Python does. */
function orderNumbers(a: Num, b: Num): number {
  const [x, y] = [a, b].map((side) => (typeof side === 'bigint' ? side : numberOf(side))) as [
    number | bigint,
    number | bigint,
  ]
  if (x < y) return -1
  if (x > y) return 1
  return Number.isNaN(x) || Number.isNaN(y) ? Number.NaN : 0
}

export function compare(operator: Comparison, a: Value, b: Value, meter: Meter): boolean {
  switch (operator) {
    case '==':
      return equals(a, b, meter)
    case '!=':
      return !equals(a, b, meter)
    case 'in':
      return contains(b, a, meter)
    case 'not in':
      return !contains(b, a, meter)
  }
  const found = order(a, b, meter, operator)
  if (operator === '<') return found < 0
  if (operator === '<=') return found <= 0
  return operator === '>' ? found > 0 : found >= 0
}

/** `item in container`. */
export function contains(container: Value, item: Value, meter: Meter): boolean {
  if (isString(container)) {
    if (!isString(item)) {
      return fail('type', `'in <string>' requires string as left operand, not ${typeName(item)}`)
    }
    meter.search(textOf(container).length, textOf(item).length)
    return textOf(container).includes(textOf(item))
  }
  if (container instanceof Undefined) return false
  if (isDict(container)) {
    hashOf(item)
    return dictGet(container, item) !== undefined
  }
  if (container instanceof Range) {
    if (!isNumber(item)) return false
    const index = (numberOf(item) - container.start) / container.step
    return Number.isInteger(index) && index >= 0 && index < container.length
  }
  const items = container instanceof View ? container.items : itemsOf(container)
  if (items) return items.some((found) => equals(found, item, meter))
  if (container instanceof Generator) {
    for (;;) {
      const { value, done } = container.items.next()
      if (done) return false
      if (equals(value, item, meter)) return true
    }
  }
  if (isModel(container) && container.item) return container.item(item) !== undefined
  return fail('type', `argument of type '${typeName(container)}' is not iterable`)
}
