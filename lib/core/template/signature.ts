// Signatures of filters, tests, methods and functions, written the way Python's help shows them: `width=4 first=false`.
// A name without a default must be given; `*args` and `**kwargs` take the rest.
import { fail } from './errors.ts'
import type { Args, Value } from './values.ts'

/** A signature, read once. */
export interface Signature {
  readonly names: readonly string[]
  readonly defaults: readonly Value[]
  readonly required: number
  readonly rest: boolean
  readonly namedRest: boolean
}

/** Read a signature. Defaults are JSON. */
export function signature(text: string): Signature {
  const words: string[] = text.match(/\w+="[^"]*"|\S+/g) ?? []
  const plain = words.filter((word) => !word.startsWith('*'))
  return {
    names: plain.map((word) => word.split('=')[0] ?? ''),
    defaults: plain.map((word) =>
      word.includes('=') ? JSON.parse(word.slice(word.indexOf('=') + 1)) : null,
    ),
    required: plain.filter((word) => !word.includes('=')).length,
    rest: words.includes('*args'),
    namedRest: words.includes('**kwargs'),
  }
}

/** A call without arguments. */
export const NO_ARGS: Args = { positional: [], named: new Map() }

/**
 * The values of a signature's names, in order; `*args` follow as one array, then `**kwargs` as one Map. Throws a TypeError for
 * too many, too few or unknown arguments, as Python does.
 */
export function bind(what: string, of: Signature, args: Args): Value[] {
  const { positional, named } = args
  if (positional.length > of.names.length && !of.rest) {
    fail('type', `${what}() takes ${of.names.length} arguments but ${positional.length} were given`)
  }
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
