// The whole of tripline in one process: database, stream pump, timers and HTTP around the very handlers that run in Lambda.
// What stands where for AWS: emulator.ts DynamoDB, pump.ts event source mappings, timers.ts EventBridge Scheduler.

import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import { SchedulerClient } from '@aws-sdk/client-scheduler'
import { wakeScheduler } from '../aws/scheduler.ts'
import { COUNTED_FATES, type FateCounts, type Tally } from '../core/fates.ts'
import type { Blobs, Log, PassTime, Scheduler, Secrets } from '../core/ports.ts'
import type { Quotas } from '../core/quota.ts'
import type { Micros } from '../core/time.ts'
import type { Vitals } from '../core/vitals.ts'
import type { WakeKey } from '../core/wake-key.ts'
import type { Table } from '../store/client.ts'
import { startAwsEndpoint } from './aws-endpoint.ts'
import { fileBlobs } from './blobs.ts'
import type { CarrierOptions } from './carriers.ts'
import { type MovableClock, movableClock } from './clock.ts'
import { openDataDir } from './data-dir.ts'
import { type DatabaseOptions, localClient, openDatabase } from './database.ts'
import { type Behind, nameOf, openDoor } from './door.ts'
import { isLoopback, LOOPBACK_HOSTS } from './guard.ts'
import { meteredTable, spendingSince } from './metered-table.ts'
import { passTime } from './pass-time.ts'
import { pokingTable } from './poking-table.ts'
import { LETTERS, type Pump, type PumpOptions, startPump } from './pump.ts'
import { schedulerApi } from './scheduler-api.ts'
import { fileSecrets } from './secrets.ts'
import type { Consumer } from './shard.ts'
import { startTimers } from './timers.ts'
import { localVitals } from './vitals.ts'
import { within } from './within.ts'

/** What the handlers are built of. */
export interface LocalParts {
  clock: MovableClock
  log: Log
  blobs: Blobs
  events: Table
  objects: Table
  secrets: Secrets
  scheduler: Scheduler
  /** Where people reach this process. */
  publicUrl: () => string
  /** Whether whoever calls must show an API key. */
  demandsKeys: boolean
  /** What a workspace may have, where it is not core's default. */
  quotas: Partial<Quotas>
  passTime: PassTime
  /** What this process knows of itself. */
  vitals: Vitals
  /** Told of events that came late, wait or were ignored. */
  tally: Tally
  /** How others are reached. */
  carriers: CarrierOptions
  /** Configuration for further SDK clients of services that aws-endpoint.ts plays: EventBridge. */
  aws: ReturnType<typeof localClient>
}

/** The handlers, as the doors need them. */
export interface LocalApp extends Behind {
  consumers: Consumer[]
  /** The time of a schedule has come. */
  wake(key: WakeKey): Promise<void>
  /** Entries put on the event bus. */
  putEvents(entries: PutEventsRequestEntry[]): Promise<void>
  /** Makes the first admin key and answers its text, if there is none; asked where keys are demanded. */
  firstKey?(): Promise<string | null>
}

export interface LocalOptions
  extends Pick<DatabaseOptions, 'endpoint' | 'binary' | 'names' | 'log'> {
  /** Builds the handlers, once. */
  app(parts: LocalParts): LocalApp
  /** Any but a loopback address demands keys. @default 127.0.0.1 */
  host?: string
  /** Demands keys on loopback too. @default false */
  requireKeys?: boolean
  /** What a workspace may have. @default core's own */
  quotas?: Partial<Quotas>
  /** 0 is any that is free. @default 4200 */
  port?: number
  /** Where people reach it, for links in notices: as through a tunnel. @default where it listens */
  publicUrl?: string | undefined
  /** Null is a temporary one, removed at the end. */
  dataDir: string | null
  /** @default the machine's, movable forward */
  clock?: MovableClock
  /** How actions reach others. @default public addresses only, and no event bus */
  carriers?: CarrierOptions
  /** For tests. */
  pump?: Pick<PumpOptions, 'faults' | 'retryMs'>
  /** For tests: stands between the database and all who use it. */
  wrap?(table: Table): Table
}

export interface LocalServer {
  url: string
  /** Whether whoever calls must show an API key. */
  demandsKeys: boolean
  /** The first admin key, when this start has made it: nobody will see it again. */
  firstKey: string | null
  /** Where everything durable is. */
  dataDir: string
  /** Resolves when nothing is on its way any more: streams read to their ends, due wakes taken. */
  drain(): Promise<void>
  /** Moves the clock at once, and fires what became due. */
  advance(by: Micros): void
  /** Resolves, with the reason, when the database is lost: then there is nothing left but to stop. */
  died: Promise<string>
  /** Stops accepting, lets batches in hand end, writes checkpoints, stops the database. Takes no longer than five seconds. */
  stop(): Promise<void>
}

const PORT = 4200
const HOST = '127.0.0.1'
/** The schedules that wake this process, beside those of whoever uses its Scheduler. */
const OWN_SCHEDULES = 'tripline'
const SCHEDULE_GROUPS = ['default', OWN_SCHEDULES]
const WAKE_TARGET = {
  arn: 'arn:aws:lambda:local:000000000000:function:wake',
  roleArn: 'arn:aws:iam::000000000000:role/wake',
}
/** Time that batches get to end before they are left; they come again. */
const BATCHES_MS_MAX = 1_500

/**
 * Starts everything, and resolves when requests are answered. Throws a Refusal when the port is taken, the host is none of this
 * machine's, or another process uses the data directory; nothing is left running then.
 */
export async function startLocal(options: LocalOptions): Promise<LocalServer> {
  const { host = HOST, port = PORT, log, clock = movableClock() } = options
  const demandsKeys = options.requireKeys === true || !LOOPBACK_HOSTS.includes(host)
  const stops: (() => Promise<unknown>)[] = []
  let stopping: Promise<void> | null = null
  const stop = () => {
    stopping ??= (async () => {
      for (let next = stops.pop(); next; next = stops.pop()) {
        // The others are to be stopped all the same.
        await next().catch((error) => log.error('not stopped cleanly', { error: String(error) }))
      }
    })()
    return stopping
  }
  try {
    return await start()
  } catch (error) {
    await stop()
    throw error
  }

  async function start(): Promise<LocalServer> {
    const dataDir = openDataDir(options.dataDir)
    stops.push(async () => dataDir.release())
    const database = await openDatabase({ ...options, dataDir })
    stops.push(() => database.stop())

    const building = promised<LocalApp>()
    let poke: Pump['poke'] = () => {}
    const { wrap = (table) => table } = options
    const spent = spendingSince(clock.now())
    const metered = (table: Table) => meteredTable(wrap(table), spent)
    const events = pokingTable(metered(database.events), (kind) => poke('events', kind))
    const objects = pokingTable(metered(database.objects), (kind) => poke('objects', kind))

    const timers = await startTimers({
      table: objects,
      groups: SCHEDULE_GROUPS,
      clock,
      log,
      invoke: async (_, input) => (await building.value).wake(JSON.parse(input) as WakeKey),
    })
    const endpoint = await startAwsEndpoint({
      scheduler: schedulerApi(timers, SCHEDULE_GROUPS, clock),
      putEvents: async (entries) => (await building.value).putEvents(entries),
    })
    const aws = localClient(endpoint.url)
    const client = new SchedulerClient(aws)
    stops.push(async () => {
      client.destroy()
      await endpoint.stop()
    })
    const scheduler = wakeScheduler({
      client,
      table: objects,
      clock,
      group: OWN_SCHEDULES,
      target: WAKE_TARGET,
      precision: 'millisecond',
    })

    const blobs = fileBlobs(dataDir.file('blobs'))
    const secrets = fileSecrets(dataDir.file('secrets.key'))
    const { carriers = {}, quotas = {} } = options
    const drain = async () => {
      do await pump.drain()
      while ((await timers.drain()) > 0)
    }
    const time = passTime({ clock, timers, drain, cloud: cloudOf(options) })
    const fates: FateCounts = { late: 0, held: 0, ignored: 0 }
    const vitals = localVitals({
      readers: () => pump.readers(),
      schedules: () => timers.list(OWN_SCHEDULES),
      spent,
      fates,
      letters: dataDir.file(LETTERS),
      handlerOf: (consumer) => consumers.find(({ name }) => name === consumer)?.handler,
    })
    const stored = { blobs, events, objects, secrets }
    let url = `http://${nameOf(host)}:${port}`
    const app = options.app({
      clock,
      log,
      ...stored,
      scheduler,
      publicUrl: () => options.publicUrl ?? url,
      carriers,
      aws,
      demandsKeys,
      quotas,
      passTime: time,
      vitals,
      tally: (more) => {
        for (const fate of COUNTED_FATES) fates[fate] += more[fate]
      },
    })
    building.resolve(app)
    const { streams, streamArns } = database
    const { consumers } = app
    const { file } = dataDir
    const pump = startPump({ streams, streamArns, file, log, consumers, ...options.pump })
    poke = pump.poke
    stops.push(() =>
      within(BATCHES_MS_MAX, Promise.all([timers.stop(), pump.stop()]), () =>
        log.warn('batches were left unfinished; they come again'),
      ),
    )

    const http = await openDoor(app, { host, port, demandsKeys, clock })
    stops.push(() => http.stop())
    url = http.url
    // Last of all: a start that fails would leave a key behind that nobody has seen.
    const firstKey = demandsKeys ? ((await app.firstKey?.()) ?? null) : null
    return {
      url: http.url,
      demandsKeys,
      firstKey,
      dataDir: dataDir.path,
      drain,
      advance(by) {
        clock.advance(by)
        timers.check()
      },
      died: database.died,
      stop,
    }
  }
}

/** What of the process is elsewhere, for those who would move its clock. */
function cloudOf({ endpoint, carriers }: LocalOptions): string | null {
  if (endpoint !== undefined && !isLoopback(new URL(endpoint).host))
    return `the database is ${endpoint}`
  return carriers?.eventBus === undefined ? null : `events are put onto ${carriers.eventBus}`
}

/** A value that others may wait for before it is there. */
function promised<T>() {
  let resolve: (value: T) => void = () => {}
  const value = new Promise<T>((settle) => {
    resolve = settle
  })
  return { value, resolve }
}
