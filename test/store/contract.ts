// What a Table promises, whichever driver is behind it: single items under conditions, partitions in order, several writes or
// none. Each test uses a partition of its own, so that one table serves all.
import { beforeEach, describe, expect, it } from 'vitest'
import { queryAll, type Table } from '../../lib/store/client.ts'

let tests = 0

/** Runs the contract on a table that has a sort key. */
export function tableContract(name: string, open: () => Table): void {
  describe(`the Table port: ${name}`, () => {
    let table: Table
    let pk: string
    beforeEach(() => {
      table = open()
      tests += 1
      pk = `contract#${tests}`
    })
    const fill = (...sks: string[]) => Promise.all(sks.map((sk) => table.put({ pk, sk })))
    const sorts = async (range: Parameters<Table['query']>[0]) =>
      (await table.query(range)).items.map(({ sk }) => sk)

    it('gives back what was put: text, numbers and bytes', async () => {
      const item = {
        pk,
        sk: 'a',
        text: 'Brötchen 🥖',
        n: 1.5,
        empty: '',
        bytes: new Uint8Array([0, 255]),
      }

      await table.put(item)

      const { bytes, ...rest } = (await table.get({ pk, sk: 'a' })) ?? {}
      expect(rest).toEqual({ pk, sk: 'a', text: item.text, n: 1.5, empty: '' })
      expect([...(bytes as Uint8Array)]).toEqual([0, 255])
    })

    it('has null for what is not there', async () => {
      expect(await table.get({ pk, sk: 'a' })).toBeNull()
      expect(await table.getMany([{ pk, sk: 'a' }])).toEqual([])
    })

    it('gets any number of keys, those that exist', async () => {
      await fill('1', '2', '3')
      const keys = Array.from({ length: 250 }, (_, i) => ({ pk, sk: String(i) }))

      const found = await table.getMany(keys)

      expect(found.map(({ sk }) => sk).sort()).toEqual(['1', '2', '3'])
    })

    it('puts a new item once only', async () => {
      expect(await table.put({ pk, sk: 'a', n: 1 }, 'new')).toBe(true)
      expect(await table.put({ pk, sk: 'a', n: 2 }, 'new')).toBe(false)
      expect(await table.get({ pk, sk: 'a' })).toEqual({ pk, sk: 'a', n: 1 })
    })

    it('replaces an item of the version that was read, and no other', async () => {
      await table.put({ pk, sk: 'a', v: 1 })

      expect(await table.put({ pk, sk: 'a', v: 2 }, { version: 1 })).toBe(true)
      expect(await table.put({ pk, sk: 'a', v: 3 }, { version: 1 })).toBe(false)
      expect(await table.put({ pk, sk: 'b', v: 3 }, { version: 1 })).toBe(false)
      expect(await table.get({ pk, sk: 'a' })).toEqual({ pk, sk: 'a', v: 2 })
    })

    it('deletes what is there, and of a version only that version', async () => {
      await table.put({ pk, sk: 'a', v: 1 })

      expect(await table.delete({ pk, sk: 'a' }, { version: 2 })).toBe(false)
      expect(await table.delete({ pk, sk: 'a' }, { version: 1 })).toBe(true)
      expect(await table.delete({ pk, sk: 'a' }, { version: 1 })).toBe(false)
      expect(await table.delete({ pk, sk: 'a' })).toBe(true)
      expect(await table.get({ pk, sk: 'a' })).toBeNull()
    })

    it.each([
      [{}, ['a', 'b1', 'b2', 'c']],
      [{ prefix: 'b' }, ['b1', 'b2']],
      [{ from: 'b2' }, ['b2', 'c']],
      [{ to: 'b1' }, ['a', 'b1']],
      [{ from: 'b', to: 'b2' }, ['b1', 'b2']],
      [{ descending: true, limit: 2 }, ['c', 'b2']],
    ])('queries a partition by %j', async (range, expected) => {
      await fill('b2', 'c', 'a', 'b1')

      expect(await sorts({ partition: pk, ...range })).toEqual(expected)
    })

    it('goes on from a cursor to the end', async () => {
      await fill('a', 'b', 'c', 'd', 'e')

      const first = await table.query({ partition: pk, limit: 2 })
      const all = await queryAll(table, { partition: pk })

      expect(first.items.map(({ sk }) => sk)).toEqual(['a', 'b'])
      expect(await sorts({ partition: pk, cursor: first.cursor ?? {} })).toEqual(['c', 'd', 'e'])
      expect(all).toHaveLength(5)
    })

    it('queries an index in its own order, only items that are in it', async () => {
      const o = `${pk}#owner`
      await table.put({ pk, sk: 'a', o, os: '2' })
      await table.put({ pk, sk: 'b', o, os: '1' })
      await table.put({ pk, sk: 'c' })

      expect(await sorts({ index: 'owner', partition: o })).toEqual(['b', 'a'])
    })

    it('counts without reading', async () => {
      await fill('a', 'b1', 'b2')

      expect(await table.count({ partition: pk, prefix: 'b' })).toBe(2)
    })

    it('does all writes of a transaction', async () => {
      await table.put({ pk, sk: 'old', v: 1 })

      const failed = await table.transact([
        { put: { pk, sk: 'new' }, on: 'new' },
        { delete: { pk, sk: 'old' }, on: { version: 1 } },
      ])

      expect(failed).toEqual([])
      expect(await sorts({ partition: pk })).toEqual(['new'])
    })

    it('does none of them when conditions fail, and says which', async () => {
      await table.put({ pk, sk: 'old', v: 1 })

      const failed = await table.transact([
        { put: { pk, sk: 'a' } },
        { put: { pk, sk: 'old' }, on: 'new' },
        { delete: { pk, sk: 'b' }, on: { version: 2 } },
        { put: { pk, sk: 'c' }, on: 'new' },
      ])

      expect(failed).toEqual([1, 2])
      expect(await sorts({ partition: pk })).toEqual(['old'])
    })

    it('refuses a transaction that writes one item twice', async () => {
      const put = { pk, sk: 'a' }

      await expect(table.transact([{ put, on: 'new' }, { put }])).rejects.toThrow(/one item/)
      expect(await sorts({ partition: pk })).toEqual([])
    })

    it('lets one of many that put the same new item at once win', async () => {
      const puts = Array.from({ length: 20 }, (_, n) => table.put({ pk, sk: 'a', n }, 'new'))

      const won = (await Promise.all(puts)).flatMap((isDone, n) => (isDone ? [n] : []))

      expect(won).toHaveLength(1)
      expect(await table.get({ pk, sk: 'a' })).toMatchObject({ n: won[0] })
    })

    it('counts to the number of increments when many make them by version', async () => {
      await table.put({ pk, sk: 'a', v: 0 })
      const increment = async () => {
        for (;;) {
          const version = Number((await table.get({ pk, sk: 'a' }))?.v)
          if (await table.put({ pk, sk: 'a', v: version + 1 }, { version })) return
        }
      }

      await Promise.all(Array.from({ length: 8 }, increment))

      expect(await table.get({ pk, sk: 'a' })).toMatchObject({ v: 8 })
    })

    it('answers each of many writes at once for itself', async () => {
      await fill('0', '3', '6')
      const writes = Array.from({ length: 60 }, (_, i) => table.put({ pk, sk: String(i) }, 'new'))

      const lost = (await Promise.all(writes)).flatMap((isDone, i) => (isDone ? [] : [i]))

      expect(lost).toEqual([0, 3, 6])
      expect(await table.count({ partition: pk })).toBe(60)
    })
  })
}
