// `loop`: where a for loop stands. One object serves all its rounds.
import type { Meter } from './budget.ts'
import { equals } from './comparisons.ts'
import { fail } from './errors.ts'
import { type Args, Callable, type Model, model, Undefined, type Value } from './values.ts'

/** `position` is moved on by the evaluator; `recurse` renders the body for other items. */
export function loopModel(
  items: readonly Value[],
  position: { index: number },
  depth: number,
  meter: Meter,
  recurse: (items: Value) => Value,
): Model {
  const last = items.length - 1
  let seen: readonly Value[] | null = null
  const cycle = new Callable('cycle', ({ positional }: Args) =>
    positional.length === 0
      ? fail('type', 'no items for cycling given')
      : positional[position.index % positional.length],
  )
  const changed = new Callable('changed', ({ positional }: Args) => {
    const isSame = seen !== null && equals([...seen], [...positional], meter)
    if (!isSame) seen = positional
    return !isSame
  })
  const neighbour = (step: number, none: string): Value => {
    const item = items[position.index + step]
    return item === undefined ? new Undefined(none) : item
  }
  const facts: Readonly<Record<string, () => Value>> = {
    index: () => position.index + 1,
    index0: () => position.index,
    revindex: () => last - position.index + 1,
    revindex0: () => last - position.index,
    first: () => position.index === 0,
    last: () => position.index === last,
    length: () => items.length,
    depth: () => depth + 1,
    depth0: () => depth,
    previtem: () => neighbour(-1, 'there is no previous item'),
    nextitem: () => neighbour(1, 'there is no next item'),
    cycle: () => cycle,
    changed: () => changed,
  }
  return model({
    type: 'LoopContext',
    attribute: (name) => (Object.hasOwn(facts, name) ? facts[name]?.() : undefined),
    length: () => items.length,
    call: ({ positional }) =>
      positional.length === 1 ? recurse(positional[0]) : fail('type', 'loop() takes one argument'),
    print: () => `<LoopContext ${position.index + 1}/${items.length}>`,
  })
}
