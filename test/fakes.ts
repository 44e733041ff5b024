// Services over tables in memory: a clock that moves only when told, ids in sequence, and streams that are delivered when asked,
// as often and in such cuts as a test wants.

import type { DynamoDBRecord, DynamoDBStreamEvent, AttributeValue as WireValue } from 'aws-lambda'
import type { Event } from '../lib/core/event.ts'
import { uuidv7 } from '../lib/core/ids.ts'
import type {
  Answered,
  BusEntry,
  HandedOver,
  OutgoingMail,
  OutgoingRequest,
} from '../lib/core/outgoing.ts'
import type { Services } from '../lib/core/ports.ts'
import { QUOTAS_DEFAULT } from '../lib/core/quota.ts'
import { type Micros, parseInstant } from '../lib/core/time.ts'
import type { WakeKey } from '../lib/core/wake-key.ts'
import type { Item, Table } from '../lib/store/client.ts'
import { memoryTable } from '../lib/store/memory.ts'
import { ingestStores, roadStores } from '../lib/store/stores.ts'

/** When every test begins. */
export const BEGINNING = '2026-11-21T09:00:00.000000Z'

const RETENTION_SECONDS = 7 * 86_400

export interface FakeClock {
  now(): Micros
  advance(seconds: number): void
}

export function fakeClock(from = BEGINNING): FakeClock {
  let at = parseInstant(from) ?? 0
  return {
    now: () => at,
    advance: (seconds) => {
      at += Math.round(seconds * 1_000_000)
    },
  }
}

export interface Fakes {
  services: Services
  clock: FakeClock
  tables: { events: Table; objects: Table }
  /** What was published to the bus, in order. */
  published: Event[]
  /** Wakes asked for and not yet taken. */
  wakes: { key: WakeKey; at: Micros }[]
  /** Requests that went out, in order. */
  sent: OutgoingRequest[]
  /** Mails that went out, and entries put onto buses. */
  mailed: OutgoingMail[]
  put: BusEntry[]
  /** Functions that were invoked. */
  invoked: { functionName: string; payload: string }[]
  /** How those outside answer: 200 and nothing, unless a test says otherwise; and what mail servers and buses say. */
  outside: { answer: (request: OutgoingRequest) => Answered; take: () => HandedOver }
  logged: { level: string; fact: string; details?: Record<string, unknown> }[]
  /** Records of a table's stream since the last call. */
  take(table: 'events' | 'objects'): DynamoDBRecord[]
}

export function fakes(wrap: (table: Table) => Table = (table) => table): Fakes {
  const clock = fakeClock()
  const streams: Record<'events' | 'objects', DynamoDBRecord[]> = { events: [], objects: [] }
  const tables = {
    events: wrap(memoryTable((before, after) => streams.events.push(record(before, after)))),
    objects: wrap(memoryTable((before, after) => streams.objects.push(record(before, after)))),
  }
  let counter = 0
  const next = () => {
    counter += 1
    return uuidv7(clock.now(), Buffer.from(counter.toString(16).padStart(20, '0'), 'hex'))
  }
  const blobs = new Map<string, Uint8Array>()
  const logged: Fakes['logged'] = []
  const published: Event[] = []
  const wakes: Fakes['wakes'] = []
  const sent: Fakes['sent'] = []
  const outside: Fakes['outside'] = {
    answer: () => ({ kind: 'answered', status: 200, headers: {}, body: '' }),
    take: () => ({ kind: 'taken', details: {} }),
  }
  const mailed: OutgoingMail[] = []
  const put: BusEntry[] = []
  const invoked: Fakes['invoked'] = []
  const note = (level: string) => (fact: string, details?: Record<string, unknown>) => {
    logged.push(details ? { level, fact, details } : { level, fact })
  }
  const blobPort: Services['blobs'] = {
    put: async (name, bytes) => void blobs.set(name, bytes),
    get: async (name) => blobs.get(name) ?? Promise.reject(new Error(`no blob ${name}`)),
    find: async (name) => blobs.get(name) ?? null,
  }
  const storeParts = { ...tables, blobs: blobPort, clock, retentionSeconds: RETENTION_SECONDS }
  const services: Services = {
    clock,
    stopwatch: () => 0,
    ids: {
      next,
      slug: () => `slug-${next().replaceAll('-', '').slice(-17)}`,
      secret: () => next().replaceAll('-', ''),
    },
    log: { info: note('info'), warn: note('warn'), error: note('error') },
    blobs: blobPort,
    ...ingestStores(storeParts),
    ...roadStores(storeParts),
    secrets: fakeSecrets,
    publicUrl: () => 'https://tripline.test',
    quotas: QUOTAS_DEFAULT,
    outbound: {
      send: async (request) => {
        sent.push(request)
        return outside.answer(request)
      },
    },
    mail: {
      send: async (mail) => {
        mailed.push(mail)
        return outside.take()
      },
    },
    lambdas: {
      invoke: async (functionName, payload) => {
        invoked.push({ functionName, payload })
        return outside.take()
      },
    },
    eventBuses: {
      put: async (entry) => {
        put.push(entry)
        return outside.take()
      },
    },
    scheduler: {
      wakeAt: async (key, at) => {
        wakes.push({ key, at })
      },
      takeWake: async (key) => {
        const place = wakes.findIndex((wake) => JSON.stringify(wake.key) === JSON.stringify(key))
        if (place >= 0) wakes.splice(place, 1)
      },
    },
    bus: {
      publish: async (_workspace, events) => {
        published.push(...events)
      },
    },
  }
  return {
    services,
    clock,
    tables,
    published,
    wakes,
    sent,
    mailed,
    put,
    invoked,
    outside,
    logged,
    take: (table) => streams[table].splice(0),
  }
}

/** Sealed is unreadable at a glance, and opens in its own context only. */
const fakeSecrets: Services['secrets'] = {
  seal: async (text, context) => Buffer.from(`${context} ${text}`).toString('hex'),
  open: async (sealed, context) => {
    const text = Buffer.from(sealed, 'hex').toString()
    if (text.startsWith(`${context} `)) return text.slice(context.length + 1)
    throw new Error('sealed in another context')
  },
}

/** Events stored since the events table's stream was last taken, in order. */
export async function newEvents({ take, services }: Fakes): Promise<Event[]> {
  const records = take('events').filter(({ eventName }) => eventName === 'INSERT')
  const keys = records.map(({ dynamodb }) => (dynamodb?.NewImage?.pk?.S ?? '').split('#'))
  const events = keys.map(([workspace = '', id = '']) => services.events.get(workspace, id))
  return (await Promise.all(events)).filter((event) => event !== null)
}

let sequence = 0

/** A stream record as Lambda sends it. */
function record(before: Item | null, after: Item | null): DynamoDBRecord {
  sequence += 1
  return {
    eventID: String(sequence),
    eventName: before === null ? 'INSERT' : after === null ? 'REMOVE' : 'MODIFY',
    eventSource: 'aws:dynamodb',
    dynamodb: {
      SequenceNumber: String(sequence).padStart(21, '0'),
      ...(before ? { OldImage: toWire(before) } : {}),
      ...(after ? { NewImage: toWire(after) } : {}),
    },
  }
}

function toWire(item: Item): Record<string, WireValue> {
  const image: Record<string, WireValue> = {}
  for (const [name, value] of Object.entries(item)) {
    image[name] =
      typeof value === 'string'
        ? { S: value }
        : typeof value === 'number'
          ? { N: String(value) }
          : { B: Buffer.from(value).toString('base64') }
  }
  return image
}

export const batchOf = (records: DynamoDBRecord[]): DynamoDBStreamEvent => ({ Records: records })
