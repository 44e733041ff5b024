// Signatures of filters, tests, methods and functions, written the way Python's help shows them: `width=4 first=false`.
// A name without a default must be given, one with `=?` is undefined when it is not; names before `/` are given by position alone;
// `*args` and `**kwargs` take the rest.
import { fail } from './errors.ts'
import type { Args, Value } from './values.ts'

/** A signature, read once. */
export interface Signature {
  readonly names: readonly string[]
  readonly defaults: readonly Value[]
  readonly required: number
  /** How many of the names cannot be used as keywords. */
  readonly unnamed: number
  readonly rest: boolean
  readonly namedRest: boolean
}

/** Read a signature. Defaults are JSON. */
export function signature(text: string): Signature {
  const words: string[] = text.match(/\w+="[^"]*"|\S+/g) ?? []
  const plain = words.filter((word) => !word.startsWith('*') && word !== '/')
  return {
    names: plain.map((word) => word.split('=')[0] ?? ''),
    defaults: plain.map(defaultOf),
    required: plain.filter((word) => !word.includes('=')).length,
    unnamed: Math.max(0, words.indexOf('/')),
    rest: words.includes('*args'),
    namedRest: words.includes('**kwargs'),
  }
}

function defaultOf(word: string): Value {
  const [, text] = /=(.*)/.exec(word) ?? []
  if (text === undefined) return null
  return text === '?' ? undefined : JSON.parse(text)
}

/**
 * The values of a signature's names, in order; `*args` follow as one array, then `**kwargs` as one Map. Throws a TypeError for
 * too many, too few or unknown arguments, as Python does.
 */
export function bind(what: string, of: Signature, args: Args): Value[] {
  const { positional, named } = args
  if (positional.length > of.names.length && !of.rest) {
    fail('type', `${what}() takes ${of.names.length} arguments but ${positional.length} were given`)
  }
  const byName = of.names.slice(0, of.unnamed).find((name) => named.has(name))
  if (byName !== undefined) fail('type', `${what}() takes '${byName}' by its position alone`)
  const bound = of.names.map((name, index) => {
    if (index < positional.length) {
      if (named.has(name)) fail('type', `${what}() got multiple values for argument '${name}'`)
      return positional[index]
    }
    if (named.has(name)) return named.get(name)
    if (index < of.required) fail('type', `${what}() missing required argument: '${name}'`)
    return of.defaults[index]
  })
  const extra = [...named].filter(([name]) => !of.names.includes(name))
  const [unknown] = extra
  if (unknown && !of.namedRest) {
    fail('type', `${what}() got an unexpected keyword argument '${unknown[0]}'`)
  }
  if (of.rest) bound.push(positional.slice(of.names.length))
  if (of.namedRest) bound.push(new Map(extra))
  return bound
}
