// The whole stack in a process of its own that kills itself before or after a write: run by crash.test.ts and redelivery.test.ts.
// No code of the product knows of it: the tables are wrapped from outside.
import { movableClock } from '../../lib/local/clock.ts'
import { startLocal } from '../../lib/local/server.ts'
import { localApp } from '../../lib/local/services.ts'
import type { Table, Write } from '../../lib/store/client.ts'
import type { TableNames } from '../../lib/store/tables.ts'
import { type CrashPoint, deletedThing, thingOf } from './crash-points.ts'

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
