// Reaching into values, as Jinja2's sandbox does: `x.name` looks for a method first and a key second, `x['name']` the other way
// round; what starts with two underscores is hidden, what changes its object may not be called.

import { fail } from './errors.ts'
import { asMarkupOf, escapedItems, escapeText } from './markup.ts'
import {
  dictMethods,
  listMethods,
  MUTATORS,
  numberAttributes,
  numberMethods,
  tupleMethods,
} from './methods.ts'
import { str } from './print.ts'
import { applyEntry, type Entry, listOf, type Run } from './run.ts'
import { markupMethods, stringMethods } from './string-methods.ts'
import {
  type Args,
  Callable,
  charsOf,
  dictGet,
  hasAstral,
  isDict,
  isInt,
  isMarkup,
  isModel,
  isNumber,
  isString,
  Namespace,
  Range,
  Tuple,
  textOf,
  typeName,
  Undefined,
  type Value,
} from './values.ts'
import { withOrigin } from './weave.ts'

/** Attributes every Python object has, and those of the built-in types: hidden by the sandbox. */
const HIDDEN =
  /^__(?:class|init|new|doc|dict|module|bases|base|mro|subclasses|globals|code|func|self|name|qualname|call|str|repr|hash|eq|ne|lt|le|gt|ge|dir|format|reduce|reduce_ex|sizeof|getattribute|setattr|delattr|init_subclass|subclasshook|getstate|getitem|setitem|delitem|contains|iter|len|add|mul|rmul|iadd|imul|mod|rmod|getnewargs|reversed|or|ror|ior|class_getitem|html)__$/

const undefinedAttribute = (of: Value, name: string): Undefined =>
  new Undefined(`'${typeName(of)} object' has no attribute '${name}'`)

/** `of.name` */
export function attribute(of: Value, name: string, run: Run): Value {
  if (of instanceof Undefined) return of
  if (HIDDEN.test(name)) {
    return new Undefined(
      `access to attribute '${name}' of '${typeName(of)}' object is unsafe.`,
      true,
    )
  }
  const own = ownAttribute(of, name, run)
  if (own !== undefined) return own
  const found = keyed(of, name)
  return found === undefined ? undefinedAttribute(of, name) : found
}

/** `of[key]` */
export function item(of: Value, key: Value, run: Run): Value {
  if (of instanceof Undefined) return of
  if (isString(of) && hasAstral(textOf(of))) run.meter.chars(4 * textOf(of).length)
  const found = keyed(of, key)
  if (found !== undefined) return found
  if (isString(key)) {
    const name = textOf(key)
    if (HIDDEN.test(name)) {
      return new Undefined(`access to attribute '${name}' is unsafe.`, true)
    }
    const own = ownAttribute(of, name, run)
    return own === undefined ? undefinedAttribute(of, name) : own
  }
  return new Undefined(`${typeName(of)} object has no such element`)
}

function keyed(of: Value, key: Value): Value {
  if (isDict(of)) return isHashable(key) ? dictGet(of, key) : undefined
  if (isModel(of)) return of.item?.(key)
  if (!isInt(key)) return undefined
  const index = Number(key)
  if (isString(of)) {
    const text = textOf(of)
    const chars = hasAstral(text) ? charsOf(text) : text
    const char = chars[index < 0 ? chars.length + index : index]
    return char === undefined ? undefined : textFrom(of, char)
  }
  if (of instanceof Range) {
    const at = index < 0 ? of.length + index : index
    return at >= 0 && at < of.length ? of.at(at) : undefined
  }
  const items = Array.isArray(of) ? of : of instanceof Tuple ? of.items : []
  return items[index < 0 ? items.length + index : index]
}

const isHashable = (key: Value): boolean => !Array.isArray(key) && !isDict(key)

/** A Python attribute of the value: a method, mostly. The JavaScript undefined when there is none. */
function ownAttribute(of: Value, name: string, run: Run): Value {
  if (isModel(of)) return of.attribute?.(name)
  if (of instanceof Namespace) return of.values.get(name)
  if (of instanceof Callable) return of.attributes.get(name)
  if (of instanceof Tuple && of.names.includes(name)) return of.items[of.names.indexOf(name)]
  if (of instanceof Range && (name === 'start' || name === 'stop' || name === 'step')) {
    return of[name]
  }
  if (isNumber(of)) {
    const found = numberAttributes(of, name)
    if (found !== undefined) return found
  }
  const kind = kindOf(of)
  if (kind === undefined) return undefined
  if (MUTATORS[kind]?.has(name)) {
    const message = `access to attribute '${name}' of '${typeName(of)}' object is unsafe.`
    return new Callable(name, () => fail('security', message, name))
  }
  const table = isMarkup(of) && Object.hasOwn(markupMethods, name) ? markupMethods : METHODS[kind]
  if (!table || !Object.hasOwn(table, name)) return undefined
  const found = table[name] as Entry
  return new Callable(name, (args) => {
    const given = isMarkup(of) ? escapedArgs(name, args, run) : args
    const result = applyEntry(name, found, of, given, run)
    if (Object.hasOwn(markupMethods, name)) return result
    const made = run.weaving
      ? withOrigin(result, of, [...args.positional, ...args.named.values()])
      : result
    return asMarkupOf(of, made)
  })
}

/** Methods of Markup that escape what they put in, by the position of it. */
const ESCAPED_ARGUMENT: Readonly<Record<string, number>> = {
  center: 1,
  join: 0,
  ljust: 1,
  replace: 1,
  rjust: 1,
}

function escapedArgs(method: string, { positional, named }: Args, run: Run): Args {
  if (method === 'format' || method === 'format_map') {
    const values = [...named].map(([name, value]) => [name, escapedItems(value)] as const)
    return { positional: positional.map(escapedItems), named: new Map(values) }
  }
  const escaped = (value: Value): Value =>
    isMarkup(value) ? value : escapeText(isString(value) ? value : str(value, run.meter))
  const at = Object.hasOwn(ESCAPED_ARGUMENT, method) ? ESCAPED_ARGUMENT[method] : undefined
  const given = positional.map((value, index) => {
    if (index !== at) return value
    return method === 'join' ? listOf(value, run).map(escaped) : escaped(value)
  })
  return { positional: given, named }
}

const METHODS: Readonly<Record<string, Readonly<Record<string, Entry>>>> = {
  str: stringMethods,
  list: listMethods,
  tuple: tupleMethods,
  dict: dictMethods,
  number: numberMethods,
}

function kindOf(of: Value): string | undefined {
  if (isString(of)) return 'str'
  if (isNumber(of)) return 'number'
  if (Array.isArray(of)) return 'list'
  if (of instanceof Tuple || of instanceof Range) return 'tuple'
  return isDict(of) ? 'dict' : undefined
}

/** A stretch of a text: of the same origin, and Markup when that was. */
const textFrom = (of: Value, text: string): Value => asMarkupOf(of, withOrigin(text, of, []))

/** `of[start:stop:step]` */
export function slice(of: Value, bounds: readonly (Value | undefined)[], run: Run): Value {
  if (of instanceof Undefined) return of
  const [start, stop, step = null] = bounds.map((bound) => sliceBound(bound))
  const by = step ?? 1
  if (by === 0) return fail('value', 'slice step cannot be zero')
  if (isString(of)) {
    const text = textOf(of)
    run.meter.chars(text.length)
    const plain = by === 1 && !hasAstral(text)
    const chars = plain ? text : charsOf(text)
    const [from, to] = sliceRange(chars.length, start ?? null, stop ?? null, by)
    if (typeof chars === 'string') return textFrom(of, chars.slice(from, Math.max(from, to)))
    return textFrom(of, pick(chars, from, to, by).join(''))
  }
  if (of instanceof Range) {
    const [from, to] = sliceRange(of.length, start ?? null, stop ?? null, by)
    return new Range(of.at(from), of.at(to), of.step * by)
  }
  const items = Array.isArray(of) ? of : of instanceof Tuple ? of.items : undefined
  if (!items) return fail('type', `'${typeName(of)}' object is not subscriptable`)
  const [from, to] = sliceRange(items.length, start ?? null, stop ?? null, by)
  run.meter.step(Math.max(0, Math.ceil((to - from) / by)))
  const picked = pick(items, from, to, by)
  return Array.isArray(of) ? picked : new Tuple(picked)
}

function sliceBound(bound: Value): number | null {
  if (bound === undefined || bound === null) return null
  if (isInt(bound)) return Number(bound)
  return fail('type', 'slice indices must be integers or None or have an __index__ method')
}

/** Python's `slice.indices`. */
function sliceRange(
  length: number,
  start: number | null,
  stop: number | null,
  step: number,
): [number, number] {
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1]
  const clamp = (bound: number) => Math.min(Math.max(bound < 0 ? bound + length : bound, low), high)
  return step > 0
    ? [start === null ? 0 : clamp(start), stop === null ? length : clamp(stop)]
    : [start === null ? length - 1 : clamp(start), stop === null ? -1 : clamp(stop)]
}

function pick<T>(items: readonly T[], from: number, to: number, step: number): T[] {
  const picked: T[] = []
  for (let at = from; step > 0 ? at < to : at > to; at += step) picked.push(items[at] as T)
  return picked
}
