// Python's arithmetic on plain values. Whatever makes something large asks the meter first.
import type { BinaryOperator } from './ast.ts'
import { INTEGER_BITS_MAX, type Meter } from './budget.ts'
import { fail } from './errors.ts'
import { asMarkupOf } from './markup.ts'
import { floatPower } from './power.ts'
import {
  Float,
  int,
  isFloat,
  isInt,
  isNumber,
  isString,
  numberOf,
  Tuple,
  textOf,
  typeName,
  Undefined,
  type Value,
} from './values.ts'

/** What a power costs next to other arithmetic: its logarithm is taken digit by digit. */
const POWER_STEPS = 20

const big = (value: number | bigint | boolean): bigint => BigInt(value)
const bits = (value: bigint): number => value.toString(16).length * 4

/** What an operation on something undefined raises; on what the sandbox hid, a SecurityError. */
export const failUndefined = (value: Undefined): never =>
  fail(value.unsafe ? 'security' : 'undefined', value.message)

/** The double nearest to an integer, or Python's OverflowError. */
export function toFloat(value: number | bigint | boolean | Float): number {
  const found = numberOf(value)
  if (!Number.isFinite(found) && typeof value === 'bigint') {
    fail('overflow', 'int too large to convert to float')
  }
  return found
}

/** `left operator right` for everything but text, which the evaluator joins itself because it knows where text came from. */
export function arithmetic(
  operator: BinaryOperator,
  left: Value,
  right: Value,
  meter: Meter,
): Value {
  for (const side of [left, right]) {
    if (side instanceof Undefined) failUndefined(side)
  }
  if (isNumber(left) && isNumber(right)) {
    if (operator === '**') meter.step(POWER_STEPS)
    return isFloat(left) || isFloat(right) || operator === '/'
      ? new Float(floatArithmetic(operator, left, right))
      : intArithmetic(operator, left, right)
  }
  const sequence = sequenceArithmetic(operator, left, right, meter)
  return sequence ?? unsupported(operator, left, right)
}

/** The TypeError of an operator that does not know its operands. */
export function unsupported(operator: string, left: Value, right: Value): never {
  const types = `'${typeName(left)}' and '${typeName(right)}'`
  return fail('type', `unsupported operand type(s) for ${operator}: ${types}`)
}

function sequenceArithmetic(operator: string, left: Value, right: Value, meter: Meter): Value {
  if (operator === '*') {
    if (isInt(right)) return repeat(left, Number(right), meter)
    if (isInt(left)) return repeat(right, Number(left), meter)
  }
  if (operator !== '+') return undefined
  if (Array.isArray(left) && Array.isArray(right)) {
    meter.step(left.length + right.length)
    return [...left, ...right]
  }
  if (left instanceof Tuple && right instanceof Tuple) {
    meter.step(left.items.length + right.items.length)
    return new Tuple([...left.items, ...right.items])
  }
  return undefined
}

/** Python's sizes are signed 64-bit integers. */
const SIZE_MAX = 2 ** 63

function repeat(what: Value, times: number, meter: Meter): Value {
  const items = Array.isArray(what) ? what : what instanceof Tuple ? what.items : undefined
  if (!isString(what) && !items) return undefined
  if (Math.abs(times) >= SIZE_MAX) fail('overflow', "cannot fit 'int' into an index-sized integer")
  const count = Math.max(0, times)
  if (isString(what)) {
    meter.chars(textOf(what).length * count)
    return asMarkupOf(what, textOf(what) === '' ? '' : textOf(what).repeat(count))
  }
  if (!items || items.length === 0) return what
  meter.step(items.length * count)
  const made = Array.from({ length: count }, () => items).flat()
  return Array.isArray(what) ? made : new Tuple(made)
}

type Num = number | bigint | boolean | Float

function floatArithmetic(operator: BinaryOperator, left: Num, right: Num): number {
  const a = toFloatFor(operator, left)
  const b = toFloatFor(operator, right)
  const finite = Number.isFinite(a) && Number.isFinite(b)
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      if (b === 0) fail('zero-division', 'division by zero')
      return isInt(left) && isInt(right) ? divideInts(big(left), big(right)) : a / b
    case '//':
      if (b === 0) fail('zero-division', 'float floor division by zero')
      return floorDivide(a, b)
    case '%':
      if (b === 0) fail('zero-division', 'float modulo')
      return modulo(a, b)
    case '**': {
      if (a === 0 && b < 0) fail('zero-division', '0.0 cannot be raised to a negative power')
      if (a < 0 && finite && !Number.isInteger(b)) fail('type', 'the power is a complex number')
      const power = floatPower(a, b)
      if (finite && !Number.isFinite(power)) fail('overflow', 'Numerical result out of range')
      return power
    }
  }
}

/** `/` of two integers needs no float in between; everything else does, and fails when it is too large for one. */
const toFloatFor = (operator: BinaryOperator, value: Num): number =>
  operator === '/' ? numberOf(value) : toFloat(value)

function modulo(a: number, b: number): number {
  const rest = a % b
  if (rest === 0) return b < 0 ? -0 : 0
  return rest < 0 === b < 0 ? rest : rest + b
}

function floorDivide(a: number, b: number): number {
  // As CPython does, step by step: with large numbers each rounding counts.
  const rest = a % b
  const truncated = (a - rest) / b
  const quotient = rest !== 0 && rest < 0 !== b < 0 ? truncated - 1 : truncated
  if (quotient === 0) return a / b < 0 || Object.is(a / b, -0) ? -0 : 0
  const floor = Math.floor(quotient)
  return quotient - floor > 0.5 ? floor + 1 : floor
}

/** Correctly rounded quotient of integers of any size. */
function divideInts(a: bigint, b: bigint): number {
  const [x, y] = [Number(a), Number(b)]
  if (Number.isSafeInteger(x) && Number.isSafeInteger(y)) return x / y
  const negative = a < 0n !== b < 0n
  const [p, q] = [a < 0n ? -a : a, b < 0n ? -b : b]
  const shift = bits(p) - bits(q) - 66
  const scaled = shift > 0 ? p / (q << BigInt(shift)) : (p << BigInt(-shift)) / q
  const exact = shift > 0 ? scaled * (q << BigInt(shift)) === p : scaled * q === p << BigInt(-shift)
  const quotient = Number(exact ? scaled : scaled | 1n) * 2 ** shift
  if (!Number.isFinite(quotient)) {
    fail('overflow', 'integer division result too large for a float')
  }
  return negative ? -quotient : quotient
}

function intArithmetic(
  operator: BinaryOperator,
  left: number | bigint | boolean | Float,
  right: number | bigint | boolean | Float,
): Value {
  if (typeof left !== 'bigint' && typeof right !== 'bigint') {
    const [a, b] = [Number(left), Number(right)]
    if (operator === '+' && Number.isSafeInteger(a + b)) return a + b
    if (operator === '-' && Number.isSafeInteger(a - b)) return a - b
    if (operator === '*' && Number.isSafeInteger(a * b)) return a * b + 0
  }
  return bigArithmetic(operator, big(left as bigint), big(right as bigint))
}

function bigArithmetic(operator: BinaryOperator, a: bigint, b: bigint): Value {
  switch (operator) {
    case '+':
      return limited(a + b)
    case '-':
      return limited(a - b)
    case '*':
      return limited(a * b)
    case '**':
      return power(a, b)
    default: {
      if (b === 0n) fail('zero-division', 'integer division or modulo by zero')
      const rest = a % b
      const crosses = rest !== 0n && rest < 0n !== b < 0n
      if (operator === '%') return int(crosses ? rest + b : rest)
      return int(crosses ? a / b - 1n : a / b)
    }
  }
}

function power(base: bigint, exponent: bigint): Value {
  if (exponent < 0n) {
    if (base === 0n) fail('zero-division', '0.0 cannot be raised to a negative power')
    return new Float(floatPower(toFloat(base), toFloat(exponent)))
  }
  if (base === 0n || base === 1n || base === -1n) {
    return exponent === 0n ? 1 : int(exponent % 2n === 0n ? base * base : base)
  }
  if (Number(exponent) * (bits(base) - 4) > INTEGER_BITS_MAX) tooLong()
  return limited(base ** exponent)
}

const tooLong = (): never => fail('budget', 'an integer is too long', 'integer')

const limited = (value: bigint): number | bigint =>
  bits(value) > INTEGER_BITS_MAX + 4 ? tooLong() : int(value)

/** Unary minus. */
export function negate(value: Value): Value {
  if (value instanceof Undefined) return failUndefined(value)
  if (isFloat(value)) return new Float(-numberOf(value))
  if (!isInt(value)) return fail('type', `bad operand type for unary -: '${typeName(value)}'`)
  return int(-big(value))
}
