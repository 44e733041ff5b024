// Expressions, computed over a chain of scopes.
import { attribute, item, slice } from './access.ts'
import type { Argument, Expr } from './ast.ts'
import { compare } from './comparisons.ts'
import { fail } from './errors.ts'
import type { Evaluation, Scope } from './evaluation.ts'
import { asMarkupOf, escapedItems, escapeText } from './markup.ts'
import { arithmetic, failUndefined, negate } from './operators.ts'
import { printf } from './printf.ts'
import { iterate } from './run.ts'
import {
  type Args,
  Callable,
  Dict,
  dictEntries,
  isDict,
  isFloat,
  isInt,
  isMarkup,
  isModel,
  isNumber,
  isString,
  isTrue,
  numberOf,
  Str,
  Tuple,
  textOf,
  typeName,
  Undefined,
  type Value,
} from './values.ts'
import { concat, templateText, withOrigin } from './weave.ts'

/** `incoming` is the text of a block that a filter without a value applies to. */
export function compute(e: Evaluation, expr: Expr, scope: Scope, incoming?: Value): Value {
  e.meter.step()
  e.meter.enter()
  const value = computeOne(e, expr, scope, incoming)
  e.meter.leave()
  return value
}

function computeOne(e: Evaluation, expr: Expr, scope: Scope, incoming: Value): Value {
  switch (expr.kind) {
    case 'const':
      return e.weaving && typeof expr.value === 'string' ? templateText(expr.value) : expr.value
    case 'name':
      return e.lookup(expr.name, scope)
    case 'list':
      return expr.items.map((part) => compute(e, part, scope))
    case 'tuple':
      return new Tuple(expr.items.map((part) => compute(e, part, scope)))
    case 'dict': {
      const made = new Dict()
      for (const { key, value } of expr.entries) {
        made.set(hashable(e, compute(e, key, scope)), compute(e, value, scope))
      }
      return made
    }
    case 'concat':
      return concat(
        expr.items.map((part) => compute(e, part, scope)),
        e,
      )
    case 'attribute': {
      const of = compute(e, expr.of, scope)
      e.at = expr.at
      return attribute(of, expr.name, e)
    }
    case 'item':
      return item(compute(e, expr.of, scope), compute(e, expr.key, scope), e)
    case 'slice': {
      const of = compute(e, expr.of, scope)
      const bounds = [expr.start, expr.stop, expr.step]
      return slice(
        of,
        bounds.map((bound) => (bound ? compute(e, bound, scope) : null)),
        e,
      )
    }
    case 'call': {
      const of = compute(e, expr.of, scope)
      const args = computeArgs(e, expr.args, scope)
      e.at = expr.at
      return callValue(of, args)
    }
    case 'filter': {
      const value = expr.of ? compute(e, expr.of, scope, incoming) : incoming
      const args = computeArgs(e, expr.args, scope)
      e.at = expr.at
      return e.filter(expr.name, value, args)
    }
    case 'test': {
      const value = compute(e, expr.of, scope)
      const args = computeArgs(e, expr.args, scope)
      e.at = expr.at
      return e.test(expr.name, value, args)
    }
    case 'unary': {
      const value = compute(e, expr.of, scope)
      if (expr.operator === 'not') return !isTrue(value)
      e.at = expr.at
      return expr.operator === '-' ? negate(value) : positive(value)
    }
    case 'binary': {
      const left = compute(e, expr.left, scope)
      const right = compute(e, expr.right, scope)
      e.at = expr.at
      if (expr.operator === '**' && bindsMinusLast(expr, left)) {
        return negate(computeBinary(e, expr, negate(left), right))
      }
      return computeBinary(e, expr, left, right)
    }
    case 'and': {
      const left = compute(e, expr.left, scope)
      return isTrue(left) ? compute(e, expr.right, scope) : left
    }
    case 'or': {
      const left = compute(e, expr.left, scope)
      return isTrue(left) ? left : compute(e, expr.right, scope)
    }
    case 'compare':
      return computeComparison(e, expr, scope)
    case 'ternary': {
      if (isTrue(compute(e, expr.test, scope))) return compute(e, expr.whenTrue, scope)
      if (expr.otherwise) return compute(e, expr.otherwise, scope)
      return new Undefined(
        'the inline if-expression evaluated to false and no else section was defined.',
      )
    }
  }
}

/**
 * Jinja2 computes what is constant beforehand and writes it into Python's source, where `**` binds tighter than the minus of
 * a number: `-2 ** 2` is 4, and `-2 ** x` is -(2 ** x).
 */
function bindsMinusLast({ left, right }: Expr & { kind: 'binary' }, base: Value): boolean {
  if (!isNumber(base) || !isConstant(left) || isConstant(right)) return false
  return numberOf(base) < 0 || Object.is(numberOf(base), -0)
}

const isConstant = (expr: Expr): boolean =>
  expr.kind === 'const' ||
  (expr.kind === 'unary' && isConstant(expr.of)) ||
  (expr.kind === 'binary' && isConstant(expr.left) && isConstant(expr.right))

/** A key about to be hashed, which reads it all. */
function hashable(e: Evaluation, key: Value): Value {
  if (isString(key)) e.meter.chars(textOf(key).length)
  else if (key instanceof Tuple) {
    for (const item of key.items) {
      e.meter.step()
      hashable(e, item)
    }
  }
  return key
}

function computeComparison(
  e: Evaluation,
  { first, rest }: Expr & { kind: 'compare' },
  scope: Scope,
): boolean {
  let left = compute(e, first, scope)
  for (const { operator, value } of rest) {
    const right = compute(e, value, scope)
    if (!compare(operator, left, right, e.meter)) return false
    left = right
  }
  return true
}

function computeBinary(
  e: Evaluation,
  { operator }: Expr & { kind: 'binary' },
  left: Value,
  right: Value,
): Value {
  if (operator === '+' && isString(left) && isString(right)) return joinTexts(e, left, right)
  if (operator === '+' && isMarkup(left) && right instanceof Undefined) return left
  if (operator === '%' && isString(left)) {
    const made = printf(left, isMarkup(left) ? escapedItems(right) : right, e)
    return asMarkupOf(left, withOrigin(made, left, [right]))
  }
  const made = arithmetic(operator, left, right, e.meter)
  return e.weaving ? withOrigin(made, isString(left) ? left : right, [left, right]) : made
}

function joinTexts(e: Evaluation, left: string | Str, right: string | Str): Value {
  const isEscaped = isMarkup(left) || isMarkup(right)
  if (!isEscaped) return concat([left, right], e)
  const parts = [left, right].map((part) => (isMarkup(part) ? part : escapeText(part)))
  const joined = concat(parts, e)
  return new Str(textOf(joined), true, joined instanceof Str ? joined.pieces : null)
}

/** The arguments of a call, unpacked. */
export function computeArgs(e: Evaluation, args: readonly Argument[], scope: Scope): Args {
  const positional: Value[] = []
  const named = new Map<string, Value>()
  for (const { name, spread, value } of args) {
    const found = compute(e, value, scope)
    if (spread === '*') positional.push(...iterate(found, e))
    else if (spread === '**') spreadNamed(found, named)
    else if (name === null) positional.push(found)
    else named.set(name, found)
  }
  return { positional, named }
}

function spreadNamed(found: Value, named: Map<string, Value>): void {
  if (!isDict(found)) {
    fail('type', `argument after ** must be a mapping, not ${typeName(found)}`)
  } else {
    for (const [key, value] of dictEntries(found)) {
      named.set(isString(key) ? textOf(key) : fail('type', 'keywords must be strings'), value)
    }
  }
}

/** Call a value. Throws where Python has nothing to call. */
export function callValue(callee: Value, args: Args): Value {
  if (callee instanceof Undefined) {
    return fail(callee.unsafe ? 'security' : 'undefined', callee.message)
  }
  if (callee instanceof Callable) return callee.call(args)
  if (isModel(callee) && callee.call) return callee.call(args)
  return fail('type', `'${typeName(callee)}' object is not callable`)
}

/** What `%` puts into Markup, escaped. */
function positive(value: Value): Value {
  if (value instanceof Undefined) return failUndefined(value)
  if (isFloat(value)) return value
  if (isInt(value)) return typeof value === 'boolean' ? Number(value) : value
  return fail('type', `bad operand type for unary +: '${typeName(value)}'`)
}
