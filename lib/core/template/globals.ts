// The names every template knows: range, dict, namespace, cycler, joiner. `lipsum` is there, but makes random text, which
// rendering may not.
import { RANGE_ITEMS_MAX } from './budget.ts'
import { fail, refuse } from './errors.ts'
import { fromKeys } from './methods.ts'
import { type Run, toDict } from './run.ts'
import {
  type Args,
  Callable,
  dictEntries,
  isInt,
  isString,
  model,
  Namespace,
  Range,
  textOf,
  typeName,
  type Value,
} from './values.ts'
import { templateText } from './weave.ts'

/** Each global by name, made for the run that asks. */
export const globals: Readonly<Record<string, (run: Run) => Value>> = {
  range: () => new Callable('range', range),
  dict: (run) =>
    new Callable(
      'dict',
      (args) => dict(args, run),
      new Map([
        [
          'fromkeys',
          new Callable('fromkeys', ({ positional: [keys, value = null] }) =>
            fromKeys(keys, value, run),
          ),
        ],
      ]),
    ),
  namespace: (run) => new Callable('namespace', (args) => namespace(args, run)),
  cycler: () => new Callable('cycler', cycler),
  joiner: (run) =>
    new Callable('joiner', ({ positional: [separator = ', '] }) => joiner(separator, run)),
  lipsum: () => new Callable('lipsum', () => refuse("the function 'lipsum'", 'its text is random')),
}

function range({ positional }: Args): Value {
  const bounds = positional.map((bound) =>
    isInt(bound)
      ? Number(bound)
      : fail('type', `'${typeName(bound)}' object cannot be interpreted as an integer`),
  )
  if (bounds.length < 1 || bounds.length > 3) fail('type', 'range expected 1 to 3 arguments')
  const [first = 0, second, step = 1] = bounds
  if (step === 0) fail('value', 'range() arg 3 must not be zero')
  const made = second === undefined ? new Range(0, first, 1) : new Range(first, second, step)
  if (made.length > RANGE_ITEMS_MAX) {
    fail(
      'overflow',
      `Range too big. The sandbox blocks ranges larger than MAX_TEMPLATE_RANGE=${RANGE_ITEMS_MAX}.`,
    )
  }
  return made
}

function dict({ positional, named }: Args, run: Run): Value {
  if (positional.length > 1) fail('type', 'dict expected at most 1 argument')
  const made = toDict(positional.length === 1 ? positional[0] : [], run)
  for (const [name, value] of named) made.set(name, value)
  return made
}

function namespace(args: Args, run: Run): Value {
  const made = new Namespace()
  for (const [key, value] of dictEntries(dict(args, run) as object)) {
    if (isString(key)) made.values.set(textOf(key), value)
  }
  return made
}

function cycler({ positional }: Args): Value {
  if (positional.length === 0) fail('runtime', 'at least one item has to be provided')
  let at = 0
  const facts: Readonly<Record<string, () => Value>> = {
    current: () => positional[at],
    next: () =>
      new Callable('next', () => {
        const current = positional[at]
        at = (at + 1) % positional.length
        return current
      }),
    reset: () =>
      new Callable('reset', () => {
        at = 0
        return null
      }),
  }
  return model({
    type: 'Cycler',
    attribute: (name) => (Object.hasOwn(facts, name) ? facts[name]?.() : undefined),
  })
}

function joiner(separator: Value, run: Run): Value {
  let isUsed = false
  return new Callable('joiner', () => {
    if (isUsed) return separator
    isUsed = true
    return run.weaving ? templateText('') : ''
  })
}
