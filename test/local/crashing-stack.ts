// The whole stack in a process of its own that kills itself before or after a write: run by crash.test.ts and redelivery.test.ts.
// No code of the product knows of it: the tables are wrapped from outside.
import type { Event } from '../../lib/core/event.ts'
import { movableClock } from '../../lib/local/clock.ts'
import { startLocal } from '../../lib/local/server.ts'
import { localApp } from '../../lib/local/services.ts'
import { ATTRIBUTE } from '../../lib/names.ts'
import type { Item, Key, Table, Write } from '../../lib/store/client.ts'
import { unpack } from '../../lib/store/pack.ts'
import type { TableNames } from '../../lib/store/tables.ts'

/** The n-th write, a put, a deletion or a transaction, that has to do with a thing. */
export interface CrashPoint {
  when: 'before' | 'after'
  nth: number
  /** The kind of an item, the name of an event, or the first word of the key of something deleted, as `-schedule`. */
  of: string
}

/** The process's only argument, as JSON. */
export interface CrashingStackOptions {
  dataDir: string
  /** The emulator's binary, for this file may have been bundled to another place. */
  binary?: string
  /** A database to use in place of one of its own. */
  endpoint?: string
  names?: TableNames
  point: CrashPoint | null
}

/** What the process is told. It tells its URL when it is up, and "settled". */
export type Order = { advance: number } | 'settle'

const noBlobs = {
  put: async () => {},
  get: () => Promise.reject(new Error('too large a body')),
  find: async () => null,
}

async function thingOf(item: Item): Promise<string> {
  const kind = item[ATTRIBUTE.kind]
  if (typeof kind === 'string') return kind
  return (await unpack<Event>(item, noBlobs)).event
}

const deletedThing = (key: Key) => `-${key.pk.split('#')[0]}`

const die = () => process.kill(process.pid, 'SIGKILL')

function crashing({ when, nth, of }: CrashPoint): (table: Table) => Table {
  let seen = 0
  async function around<T>(things: Promise<string>[], write: () => Promise<T>): Promise<T> {
    const isMeant = (await Promise.all(things)).includes(of)
    if (isMeant) seen += 1
    const isTime = isMeant && seen === nth
    if (isTime && when === 'before') die()
    const written = await write()
    if (isTime) die()
    return written
  }
  const thing = async (write: Write) =>
    'put' in write ? thingOf(write.put) : deletedThing(write.delete)
  return (table) => ({
    ...table,
    put: (item, on) => around([thingOf(item)], () => table.put(item, on)),
    delete: (key, on) => around([Promise.resolve(deletedThing(key))], () => table.delete(key, on)),
    transact: (writes) => around(writes.map(thing), () => table.transact(writes)),
  })
}

const { point, ...options } = JSON.parse(process.argv[2] ?? '') as CrashingStackOptions
const server = await startLocal({
  app: localApp,
  log: { info() {}, warn() {}, error: (...said) => console.error(...said) },
  port: 0,
  clock: movableClock(),
  ...options,
  ...(point ? { wrap: crashing(point) } : {}),
})
process.on('disconnect', () => process.exit()) // the test has ended
process.on('message', async (order: Order) => {
  if (order !== 'settle') server.advance(order.advance)
  await server.drain()
  process.send?.('settled')
})
process.send?.(server.url)
