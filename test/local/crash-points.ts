// Where a stack may be stopped: at a write that has to do with a thing, before it or after it.
import type { Event } from '../../lib/core/event.ts'
import { ATTRIBUTE } from '../../lib/names.ts'
import type { Item, Key } from '../../lib/store/client.ts'
import { unpack } from '../../lib/store/pack.ts'

/** The n-th write, a put, a deletion or a transaction, that has to do with a thing. */
export interface CrashPoint {
  when: 'before' | 'after'
  nth: number
  /** The kind of an item, the name of an event, or the first word of the key of something deleted, as `-schedule`. */
  of: string
}

const noBlobs = {
  put: async () => {},
  get: () => Promise.reject(new Error('too large a body')),
  find: async () => null,
}

export async function thingOf(item: Item): Promise<string> {
  const kind = item[ATTRIBUTE.kind]
  if (typeof kind === 'string') return kind
  return (await unpack<Event>(item, noBlobs)).event
}

export const deletedThing = (key: Key) => `-${key.pk.split('#')[0]}`
