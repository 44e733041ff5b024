import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CompiledComposite } from '../../lib/core/compiled-trigger.ts'
import {
  ascend,
  type ChildFiring,
  type CompositeState,
  compose,
  parentOf,
} from '../../lib/core/composite.ts'
import { afterOpening, automationOf, eventTrigger } from './bakery.ts'

const composite = (parts: Partial<CompiledComposite> = {}): CompiledComposite => ({
  automationId: '',
  path: '',
  hash: '',
  kind: 'compound',
  required: 2,
  children: ['0', '1'],
  within: null,
  ...parts,
})

/** The child at `path` fires some seconds after opening. */
const fires = (path: string, seconds: number): ChildFiring => ({
  id: `${path}@${seconds}`,
  path,
  firedAt: afterOpening(seconds),
  labels: {},
  eventId: `event@${seconds}`,
  children: [],
})

/** What completed the composite, each time it was. */
function play(trigger: CompiledComposite, firings: ChildFiring[]): string[][] {
  let state: CompositeState | null = null
  return firings.flatMap((firing) => {
    const decision = compose(trigger, state, firing)
    state = decision.state
    return decision.completedBy ? [decision.completedBy.map(({ id }) => id)] : []
  })
}

const minutes = (count: number) => count * 60_000_000

describe('a compound', () => {
  it('is completed by its children in any order, and starts over', () => {
    const completed = play(composite(), [
      fires('1', 0),
      fires('0', 5),
      fires('0', 6),
      fires('1', 7),
    ])

    expect(completed).toEqual([
      ['1@0', '0@5'],
      ['0@6', '1@7'],
    ])
  })

  it('keeps only the last firing of a child', () => {
    expect(play(composite(), [fires('0', 0), fires('0', 5), fires('1', 6)])).toEqual([
      ['0@5', '1@6'],
    ])
  })

  it('is completed by any one child, without keeping anything', () => {
    const { state, completedBy } = compose(composite({ required: 1 }), null, fires('1', 0))

    expect(state).toBeNull()
    expect(completedBy).toEqual([fires('1', 0)])
  })

  it.each([
    [60, 1],
    [60.000001, 0],
  ])('with a minute between its children fires after %d seconds: %i', (seconds, times) => {
    const trigger = composite({ within: minutes(1) })

    expect(play(trigger, [fires('0', 0), fires('1', seconds)])).toHaveLength(times)
  })

  it('with a negative within never sees two children', () => {
    expect(play(composite({ within: -1 }), [fires('0', 0), fires('1', 0)])).toEqual([])
  })
})

describe('a sequence', () => {
  const sequence = composite({ kind: 'sequence', required: 3, children: ['0', '1', '2'] })

  it.each([
    ['in order', '012', 1],
    ['backwards', '210', 0],
    ['with the second again at the right time', '10212', 1],
    ['with the first again between', '01012', 1],
    ['with the first again too late', '0102', 0],
  ])('%s', (_, order, times) => {
    const firings = [...order].map((path, i) => fires(path, i))

    expect(play(sequence, firings)).toHaveLength(times)
  })

  it('takes firings of one instant in the order in which they came', () => {
    const inOrder = ['0', '1', '2'].map((path) => ({ ...fires(path, 0), eventId: path }))

    expect(play(sequence, inOrder)).toHaveLength(1)
    expect(play(sequence, inOrder.toReversed())).toHaveLength(0)
  })

  it('takes firings of one event in its own order', () => {
    expect(
      play(
        sequence,
        ['2', '0', '1'].map((path) => fires(path, 0)),
      ),
    ).toHaveLength(1)
  })

  it('is judged by when its children fired, not by when their firings came', () => {
    expect(play(sequence, [fires('2', 3), fires('0', 1), fires('1', 2)])).toHaveLength(1)
  })
})

describe('a child firing delivered again', () => {
  it('changes nothing, not even after the composite was completed', () => {
    const anyFiring = fc
      .record({ path: fc.constantFrom('0', '1', '2'), seconds: fc.nat(50) })
      .map(({ path, seconds }) => fires(path, seconds))
    const anyKind = fc.constantFrom<CompiledComposite['kind']>('compound', 'sequence')
    fc.assert(
      fc.property(anyKind, fc.array(anyFiring, { maxLength: 12 }), (kind, firings) => {
        const trigger = composite({
          kind,
          children: ['0', '1', '2'],
          required: 3,
          within: minutes(1),
        })
        let state: CompositeState | null = null
        for (const [i, firing] of firings.entries()) {
          state = compose(trigger, state, firing).state
          for (const former of firings.slice(0, i + 1)) {
            expect(compose(trigger, state, former)).toEqual({ state, completedBy: null })
          }
        }
      }),
    )
  })
})

describe('a firing rising through nested composites', () => {
  const automation = automationOf({
    type: 'sequence',
    id: '',
    within: null,
    triggers: [
      {
        type: 'compound',
        id: '',
        require: 'any',
        within: null,
        triggers: [eventTrigger(), eventTrigger()],
      },
      eventTrigger(),
    ],
  })

  it('fires the root when the last step is done, with the firings below it', () => {
    const first = ascend(automation, fires('0.1', 0), () => null)
    const second = ascend(automation, fires('1', 9), (path) => first.states.get(path) ?? null)

    expect(first.root).toBeNull()
    expect([...first.states.keys()]).toEqual([''])
    expect(second.root).toMatchObject({
      path: '',
      eventId: 'event@9',
      firedAt: afterOpening(9),
      children: [
        { path: '0', children: [{ path: '0.1' }] },
        { path: '1', children: [] },
      ],
    })
  })

  it('of a root that is an event trigger is there at once', () => {
    const firing = fires('', 0)

    expect(ascend(automationOf(eventTrigger()), firing, () => null).root).toBe(firing)
  })

  it('has the same id when it rises again', () => {
    const states = ascend(automation, fires('0.0', 0), () => null).states
    const rise = () =>
      ascend(automation, fires('1', 9), (path) => states.get(path) ?? null).root?.id

    expect(rise()).toBe(rise())
  })

  it.each([
    ['0', ''],
    ['10', ''],
    ['1.0', '1'],
    ['1.10.2', '1.10'],
  ])('finds above %j the composite %j', (path, parent) => {
    expect(parentOf(path)).toBe(parent)
  })
})
