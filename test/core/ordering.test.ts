import { describe, expect, it } from 'vitest'
import {
  FOLLOW_DEPTH_MAX,
  inCausalOrder,
  lost,
  mustWait,
  released,
  waitsUntil,
} from '../../lib/core/ordering.ts'
import { afterOpening, doughProofed, ovenWarm } from './bakery.ts'

const MINUTE = 60

describe('a follower', () => {
  const leader = ovenWarm(10)
  const follower = doughProofed(5, { follows: leader.id })

  it.each<[string, number | null, number, boolean]>([
    ['its leader was not evaluated', null, 5, true],
    ['its leader was evaluated', 10, 11, false],
    ['its leader was evaluated 30 minutes ago', -25 * MINUTE, 5 * MINUTE, true],
    ['its leader was evaluated almost 30 minutes ago', -25 * MINUTE + 1, 5 * MINUTE, false],
    ['it has waited almost 15 minutes', null, 15 * MINUTE + 4, true],
    ['it has waited 15 minutes', null, 15 * MINUTE + 5, false],
  ])('when %s', (_, evaluatedAt, now, waits) => {
    const leaderEvaluatedAt = evaluatedAt === null ? null : afterOpening(evaluatedAt)

    expect(mustWait(follower, leaderEvaluatedAt, afterOpening(now))).toBe(waits)
  })

  it('of nobody, or of itself, does not wait', () => {
    const own = doughProofed(0)

    expect(mustWait(own, null, afterOpening(0))).toBe(false)
    expect(mustWait({ ...own, follows: own.id }, null, afterOpening(0))).toBe(false)
  })

  it('waits from its arrival, not from its occurrence', () => {
    const late = doughProofed(0, { received: leader.received, follows: leader.id })

    expect(waitsUntil(late)).toBe(afterOpening(10 + 15 * MINUTE))
  })

  it('is lost when nobody came, in the order of occurrence', () => {
    const first = doughProofed(1, { follows: leader.id })
    const fresh = doughProofed(400, { follows: leader.id })

    expect(lost([follower, fresh, first], afterOpening(15 * MINUTE + 5))).toEqual([first, follower])
  })
})

describe('those who waited for a leader', () => {
  const leader = ovenWarm(0)

  it('are released by occurrence, each with its own followers', () => {
    const second = doughProofed(8, { follows: leader.id })
    const first = doughProofed(7, { follows: leader.id })
    const ofFirst = doughProofed(9, { follows: first.id })
    const stranger = doughProofed(1, { follows: second.received })

    expect(released(leader, [second, ofFirst, stranger, first])).toEqual([first, ofFirst, second])
  })

  it('are released to a depth of 20', () => {
    const chain = [leader]
    for (let i = 1; i <= FOLLOW_DEPTH_MAX + 3; i++) {
      chain.push(doughProofed(i, { follows: chain[i - 1]?.id ?? null }))
    }

    expect(released(leader, chain.slice(1).toReversed())).toEqual(chain.slice(1, 21))
  })
})

describe('a batch in causal order', () => {
  it('is by occurrence, and within one instant by id', () => {
    const [a, b] = [doughProofed(1), ovenWarm(1)].sort((x, y) => (x.id < y.id ? -1 : 1))
    const first = doughProofed(0)

    expect(inCausalOrder([b, a, first].filter((event) => event !== undefined))).toEqual([
      first,
      a,
      b,
    ])
  })

  it('has a follower after its leader although it occurred before', () => {
    const leader = ovenWarm(10)
    const follower = doughProofed(5, { follows: leader.id })

    expect(inCausalOrder([follower, leader])).toEqual([leader, follower])
  })

  it('leaves a follower that occurred after its leader where its time puts it', () => {
    const leader = ovenWarm(0)
    const between = doughProofed(5)
    const follower = ovenWarm(10, { follows: leader.id })

    expect(inCausalOrder([follower, leader, between])).toEqual([leader, between, follower])
  })

  it('has those that wait for one leader behind it by their own time, with their own followers', () => {
    const leader = ovenWarm(10)
    const first = doughProofed(5, { follows: leader.id })
    const second = doughProofed(6, { follows: leader.id })
    const ofFirst = doughProofed(4, { follows: first.id })
    const later = doughProofed(11, { follows: first.id })
    const other = ovenWarm(10.5)

    expect(inCausalOrder([ofFirst, later, second, first, other, leader])).toEqual([
      leader,
      first,
      ofFirst,
      second,
      other,
      later,
    ])
  })

  it('keeps all events, also those that follow one another in a circle', () => {
    const one = doughProofed(1, { follows: ovenWarm(2).id })
    const other = ovenWarm(2, { follows: doughProofed(1).id })
    const orphan = doughProofed(3, { follows: 'nobody' })

    expect(inCausalOrder([orphan, other, one])).toEqual([orphan, one, other])
  })
})
