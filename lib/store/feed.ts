// The feed as a log of segments: each a batch of stored events, deflated together, under the next number. A reader keeps its
// place and asks only for what came after. Compared with two indexes on the events table this is one write per batch instead
// of two per event, and a query needs no scan of the table (docs/decisions/0003-feed-segments.md).
import { LostRace } from '../core/errors.ts'
import type { Event } from '../core/event.ts'
import type { Blobs, Clock, FeedStore } from '../core/ports.ts'
import {
  ALL_TIME,
  formatInstant,
  MICROS_PER_SECOND,
  type Micros,
  parseInstant,
} from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { ATTRIBUTE, KIND } from '../names.ts'
import { type Item, queryAll, type Table } from './client.ts'
import { pack, unpack } from './pack.ts'
import { expiring, keys } from './table.ts'

/** Bytes of JSON in one segment: a reader's page of 1 MB holds some tens of them once packed. */
const SEGMENT_BYTES_MAX = 250_000

/** Segments a cold reader starts with, newest first: at 100 events each, two million events. */
const COLD_SEGMENTS_MAX = 20_000

/** Segments read at once by those who read through all of them. */
const SEGMENTS_PER_PAGE = 25

/** How far segments may be from the order in which their events came. */
const DISORDER: Micros = 15 * 60 * MICROS_PER_SECOND

/** Times the next number is looked for when other publishers take it first. */
const APPEND_TRIES_MAX = 50

export function feedStore(
  table: Table,
  blobs: Blobs,
  clock: Clock,
  retentionSeconds: number,
): FeedStore {
  /** By workspace: the last number this process knows to be taken, for appending. */
  const taken = new Map<Workspace, number>()
  /** By workspace: the last number this process has read. */
  const read = new Map<Workspace, number>()

  async function lastNumber(workspace: Workspace): Promise<number> {
    const partition = keys.segment(workspace, 0).pk
    const { items } = await table.query({ partition, descending: true, limit: 1 })
    return items[0] ? numberOf(items[0]) : 0
  }

  async function appendSegment(workspace: Workspace, events: Event[]): Promise<void> {
    const body = await pack(events, blobs, `${workspace}#segment#${events[0]?.id}`)
    const expires = expiring(clock.now(), retentionSeconds)
    let number = taken.get(workspace) ?? (await lastNumber(workspace))
    for (let tries = 1; tries <= APPEND_TRIES_MAX; tries += 1) {
      number += 1
      const item: Item = {
        ...keys.segment(workspace, number),
        [ATTRIBUTE.kind]: KIND.segment,
        ...body,
        ...expires,
      }
      if (await table.put(item, 'new')) {
        taken.set(workspace, number)
        return
      }
      number = await lastNumber(workspace)
    }
    throw new LostRace(`no free segment number after ${APPEND_TRIES_MAX} tries`)
  }

  /**
   * The number of the first segment that may hold what came at or after a moment. Segments are in order of time but for what the shards
   * of a stream are apart, so it begins a little earlier.
   */
  async function numberSince(workspace: Workspace, received: string): Promise<number> {
    const partition = keys.segment(workspace, 0).pk
    const margin = formatInstant((parseInstant(received) ?? 0) - DISORDER)
    let low = 1
    let high = await lastNumber(workspace)
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const { items } = await table.query({
        partition,
        from: keys.segment(workspace, middle).sk,
        limit: 1,
      })
      const [item] = items
      const events = item ? await unpack<Event[]>(item, blobs) : []
      const isBefore = (events.at(-1)?.received ?? ALL_TIME) < margin
      if (isBefore) low = middle + 1
      else high = middle
    }
    return low
  }

  return {
    async *since(workspace, received) {
      const partition = keys.segment(workspace, 0).pk
      const pageFrom = (number: number) => {
        const from = keys.segment(workspace, number).sk
        const page = table.query({ partition, from, limit: SEGMENTS_PER_PAGE })
        page.catch(() => {}) // whoever stops reading early never asks for it
        return page
      }
      let page = pageFrom(await numberSince(workspace, received))
      for (;;) {
        const { items } = await page
        const last = items.at(-1)
        if (!last) return
        page = pageFrom(numberOf(last) + 1) // on its way while this one is worked on
        for (const item of items) {
          const events = await unpack<Event[]>(item, blobs)
          yield events.filter((event) => event.received >= received)
        }
      }
    },

    async append(workspace, events) {
      for (const part of split(events)) await appendSegment(workspace, part)
    },

    async readNew(workspace) {
      const partition = keys.segment(workspace, 0).pk
      const last = read.get(workspace)
      const items =
        last === undefined
          ? (
              await queryAll(table, { partition, descending: true, limit: COLD_SEGMENTS_MAX })
            ).reverse()
          : await queryAll(table, { partition, from: keys.segment(workspace, last + 1).sk })
      const segments = await Promise.all(items.map((item) => unpack<Event[]>(item, blobs)))
      const newest = items.at(-1)
      if (newest) read.set(workspace, numberOf(newest))
      else if (last === undefined) read.set(workspace, 0)
      return segments
    },

    forget(workspace) {
      read.delete(workspace)
    },
  }
}

const numberOf = (item: Item): number => Number(item[ATTRIBUTE.sort])

function split(events: Event[]): Event[][] {
  const segments: Event[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const event of events) {
    const size = JSON.stringify(event).length
    if (bytes + size > SEGMENT_BYTES_MAX) {
      segments.push([])
      bytes = 0
    }
    segments.at(-1)?.push(event)
    bytes += size
  }
  return segments
}
