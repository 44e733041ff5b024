// Writes that arrive together go to the database together. The embedded emulator makes one fsync for each request, and the
// client spends more on a request than on an item, so under load one transaction of many writes is worth many requests. What
// each writer is told is what the plain table would have told it.
import { Refusal } from '../core/errors.ts'
import type { Condition, Item, Key, Table, Write } from '../store/client.ts'
import { sizeOf, TRANSACTION_BYTES_MAX } from '../store/write.ts'

/** Writes of one transaction: more gain little, and make the others wait. */
const GROUP_WRITES_MAX = 50
/** Groups on their way at once: the next one is sent while this one is written. */
const GROUPS_MAX = 2

interface Waiting {
  write: Write
  /** The item's key as text. */
  key: string
  bytes: number
  settle(isDone: boolean): void
  fail(error: unknown): void
}

/**
 * Groups puts and deletes. Transactions and reads pass through as they are.
 *
 * 1. A write that waits alone goes as a plain one.
 * 2. Two writes of one key are never in one group, nor in two at once: they keep their order.
 * 3. Writes whose condition failed are told so, and the others of their group sent again.
 * 4. A group that is refused as a whole (a bad or too large item) is sent one by one, so that only the culprit fails.
 */
export function groupCommit(table: Table): Table {
  let waiting: Waiting[] = []
  const keysUnderway = new Set<string>()
  let groupsUnderway = 0
  let isScheduled = false

  function enqueue(write: Write): Promise<boolean> {
    const key = 'put' in write ? write.put : write.delete
    return new Promise((settle, fail) => {
      const bytes = 'put' in write ? sizeOf(write.put) : 0
      waiting.push({ write, key: `${key.pk}\u0000${key.sk ?? ''}`, bytes, settle, fail })
      schedule()
    })
  }

  /** After the callbacks at hand, which may bring more. */
  function schedule(): void {
    if (isScheduled || groupsUnderway >= GROUPS_MAX) return
    isScheduled = true
    setImmediate(() => {
      isScheduled = false
      sendNext()
    })
  }

  function sendNext(): void {
    const group = takeGroup()
    if (group.length === 0) return
    for (const { key } of group) keysUnderway.add(key)
    groupsUnderway += 1
    send(group).finally(() => {
      for (const { key } of group) keysUnderway.delete(key)
      groupsUnderway -= 1
      schedule()
    })
    if (waiting.length > 0) schedule()
  }

  /** The oldest writes that may go now. */
  function takeGroup(): Waiting[] {
    const group: Waiting[] = []
    const rest: Waiting[] = []
    const keys = new Set(keysUnderway)
    let bytes = 0
    for (const one of waiting) {
      const fits = group.length < GROUP_WRITES_MAX && bytes + one.bytes <= TRANSACTION_BYTES_MAX
      if (keys.has(one.key) || (group.length > 0 && !fits)) rest.push(one)
      else {
        group.push(one)
        bytes += one.bytes
      }
      keys.add(one.key)
    }
    waiting = rest
    return group
  }

  /** Settles every write of the group, whatever happens; never rejects. */
  async function send(group: Waiting[]): Promise<void> {
    const [only] = group
    if (group.length === 1 && only) return sendAlone(only)
    try {
      const failed = await table.transact(group.map(({ write }) => write))
      const isFailed = (_: Waiting, i: number) => failed.includes(i)
      for (const { settle } of group.filter(isFailed)) settle(false)
      if (failed.length === 0) for (const { settle } of group) settle(true)
      else await send(group.filter((_, i) => !failed.includes(i)))
    } catch (error) {
      if (isOfOneWrite(error)) await Promise.all(group.map(sendAlone))
      else for (const { fail } of group) fail(error)
    }
  }

  async function sendAlone({ write, settle, fail }: Waiting): Promise<void> {
    try {
      settle(
        'put' in write
          ? await table.put(write.put, write.on)
          : await table.delete(write.delete, write.on),
      )
    } catch (error) {
      fail(error)
    }
  }

  const conditioned = (on: Condition | undefined) => (on === undefined ? {} : { on })
  return {
    ...table,
    put: (item: Item, on?: Condition) => enqueue({ put: item, ...conditioned(on) }),
    delete: (key: Key, on?: Condition) => enqueue({ delete: key, ...conditioned(on) }),
  }
}

/** The request's fault, so perhaps one write's: it was refused, and nothing was written. */
const isOfOneWrite = (error: unknown): boolean =>
  error instanceof Refusal ||
  (error instanceof Error && '$fault' in error && error.$fault === 'client')
