// Grouped writes: how many requests they make of what is asked at once, and that each writer hears of its own write only.
import { beforeEach, describe, expect, it } from 'vitest'
import { Refusal } from '../../lib/core/errors.ts'
import { groupCommit } from '../../lib/local/group-commit.ts'
import type { Table, Write } from '../../lib/store/client.ts'
import { memoryTable } from '../../lib/store/memory.ts'

let requests: string[]
let refuse: (writes: Write[]) => Error | null
let table: Table

const nameOf = (write: Write) => ('put' in write ? write.put.sk : `-${write.delete.sk}`)

/** A table in memory that notes every request, takes a moment for it, and refuses what it is told to. */
function noting(): Table {
  const memory = memoryTable()
  async function request(writes: Write[]): Promise<void> {
    requests.push(writes.map(nameOf).join(' '))
    await new Promise((resolve) => setImmediate(resolve))
    const error = refuse(writes)
    if (error) throw error
  }
  return {
    ...memory,
    async put(item, on) {
      await request([{ put: item }])
      return memory.put(item, on)
    },
    async delete(key, on) {
      await request([{ delete: key }])
      return memory.delete(key, on)
    },
    async transact(writes) {
      await request(writes)
      return memory.transact(writes)
    },
  }
}

beforeEach(() => {
  requests = []
  refuse = () => null
  table = groupCommit(noting())
})

const put = (sk: string, more = {}) => table.put({ pk: 'p', sk, ...more }, 'new')
const clientFault = () => Object.assign(new Error('bad item'), { $fault: 'client' })

describe('grouped writes', () => {
  it('send a write that comes alone as it is', async () => {
    await put('a')

    expect(requests).toEqual(['a'])
  })

  it('send writes that come together as one transaction', async () => {
    await Promise.all([put('a'), put('b'), table.delete({ pk: 'p', sk: 'c' })])

    expect(requests).toEqual(['a b -c'])
  })

  it('send those again whose neighbour’s condition failed', async () => {
    await put('b')

    const done = await Promise.all([put('a'), put('b'), put('c')])

    expect(done).toEqual([true, false, true])
    expect(requests).toEqual(['b', 'a b c', 'a c'])
  })

  it('never put one key into a group twice, and keep its order', async () => {
    await Promise.all([1, 2, 3].map((n) => table.put({ pk: 'p', sk: 'a', n })))

    expect(requests).toEqual(['a', 'a', 'a'])
    expect(await table.get({ pk: 'p', sk: 'a' })).toMatchObject({ n: 3 })
  })

  it('let later writes of other keys go before one that must wait for its key', async () => {
    await Promise.all([put('a'), put('b'), put('a'), put('c')])

    expect(requests[0]).toBe('a b c')
    expect(requests.slice(1)).toEqual(['a'])
  })

  it('send no more than fifty at once', async () => {
    await Promise.all(Array.from({ length: 120 }, (_, i) => put(String(i))))

    expect(requests.map((request) => request.split(' ').length)).toEqual([50, 50, 20])
  })

  it('send no more than two megabytes at once', async () => {
    const large = 'x'.repeat(390_000)

    await Promise.all(Array.from({ length: 8 }, (_, i) => put(String(i), { large })))

    expect(requests.map((request) => request.split(' ').length)).toEqual([5, 3])
  })

  it.each([
    ['by the database', () => clientFault()],
    ['before it is sent', () => new Refusal(422, 'no text')],
  ])('let only the culprit fail when one bad item has a group refused %s', async (_, fault) => {
    refuse = (writes) => (writes.some((write) => nameOf(write) === 'bad') ? fault() : null)

    const [a, bad, c] = await Promise.allSettled([put('a'), put('bad'), put('c')])

    expect([a?.status, bad?.status, c?.status]).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  it('fail all of a group, untried, when the database does not answer: it may have written them', async () => {
    refuse = () => new Error('connection lost')

    const outcomes = await Promise.allSettled([put('a'), put('b')])

    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(requests).toEqual(['a b'])
  })

  it('go on after a failure', async () => {
    refuse = () => new Error('connection lost')
    await Promise.allSettled([put('a'), put('b')])
    refuse = () => null

    expect(await put('a')).toBe(true)
  })
})
