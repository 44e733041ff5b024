// The handlers of entries.ts over local parts: what aws/services.ts is on AWS. Which records of a stream wake which consumer
// is said here and, as event source mappings, in infra.

import { randomBytes } from 'node:crypto'
import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import { eventOfBus } from '../core/bus-event.ts'
import { Refusal } from '../core/errors.ts'
import type { EventDraft } from '../core/event.ts'
import type { Tally } from '../core/fates.ts'
import { uuidv7 } from '../core/ids.ts'
import type { Bus, Clock, Ids, Services } from '../core/ports.ts'
import { QUOTAS_DEFAULT } from '../core/quota.ts'
import { formatInstant, MICROS_PER_MS } from '../core/time.ts'
import { DEFAULT_WORKSPACE, type Workspace } from '../core/workspace.ts'
import {
  accept,
  act,
  announce,
  api,
  evaluate,
  firstKey,
  keyGate,
  publish,
  receive,
  sharedFeed,
  socket,
  wake,
} from '../entries.ts'
import { ANNOUNCED_KINDS, KIND } from '../names.ts'
import { ingestStores, roadStores } from '../store/stores.ts'
import { localCarriers } from './carriers.ts'
import type { LocalApp, LocalParts } from './server.ts'
import type { Consumer } from './shard.ts'

/** How long events are kept: seven days, as on AWS by default. */
const RETENTION_SECONDS = 7 * 86_400

/** The whole of tripline over the parts of one process. One reader keeps the feed for all of it. */
export function localApp(parts: LocalParts): LocalApp {
  const { bus, subscribe } = localBus()
  const services = localServices(parts, bus)
  const readFeed = sharedFeed(services)
  const hooks = receive(services)
  const gate = parts.demandsKeys ? keyGate(services) : undefined
  const rest = api({ ...services, passTime: parts.passTime, vitals: parts.vitals }, readFeed, gate)
  return {
    fetch: (request, bindings) =>
      new URL(request.url).pathname.startsWith('/hooks/')
        ? hooks.fetch(request)
        : rest.fetch(request, bindings),
    openSocket: socket(services, subscribe, readFeed, gate),
    firstKey: () => firstKey(services),
    consumers: consumersOf({ ...services, tally: parts.tally }, readFeed),
    wake: wake(services),
    putEvents: acceptFromBus(services),
  }
}

function localServices(parts: LocalParts, bus: Bus): Services {
  const { clock, log, blobs, events, objects, secrets, scheduler, publicUrl } = parts
  const storeParts = { events, objects, blobs, clock, retentionSeconds: RETENTION_SECONDS }
  return {
    clock,
    stopwatch: () => performance.now(),
    ids: randomIds(clock),
    log,
    blobs,
    ...ingestStores(storeParts),
    ...roadStores(storeParts),
    secrets,
    publicUrl,
    ...localCarriers(parts.carriers),
    quotas: { ...QUOTAS_DEFAULT, ...parts.quotas },
    scheduler,
    bus,
  }
}

function consumersOf(services: Services & { tally: Tally }, readFeed: FeedReader): Consumer[] {
  return [
    {
      name: 'evaluate',
      table: 'events',
      filter: { eventNames: ['INSERT', 'MODIFY'] }, // a mark is put again
      handler: evaluate(services, readFeed),
    },
    {
      name: 'publish',
      table: 'events',
      filter: { eventNames: ['INSERT'] },
      handler: publish(services),
    },
    {
      name: 'act',
      table: 'objects',
      filter: { eventNames: ['INSERT'], kinds: [KIND.firing] },
      handler: act(services),
    },
    {
      name: 'announce',
      table: 'objects',
      filter: { kinds: ANNOUNCED_KINDS },
      handler: announce(services),
    },
  ]
}

/** Entries put on the bus become events, as the inbound rule makes them on AWS; what may not is logged and dropped. */
const acceptFromBus =
  (services: Services): LocalApp['putEvents'] =>
  async (put) => {
    const drafts = put.flatMap((entry) => {
      try {
        return [draftOf(entry, services)]
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        services.log.warn('an event of the bus was refused', { why: error.message })
        return []
      }
    })
    await accept(services)(DEFAULT_WORKSPACE, drafts)
  }

function draftOf(entry: PutEventsRequestEntry, { clock, ids }: Services): EventDraft {
  const occurred = entry.Time ? entry.Time.getTime() * MICROS_PER_MS : clock.now()
  return eventOfBus({
    id: ids.next(),
    source: entry.Source ?? '',
    detailType: entry.DetailType ?? '',
    time: formatInstant(occurred),
    resources: entry.Resources ?? [],
    detail: JSON.parse(entry.Detail ?? '{}'),
  })
}

const randomIds = (clock: Clock): Ids => ({
  next: () => uuidv7(clock.now(), randomBytes(10)),
  slug: () => randomBytes(16).toString('base64url'),
  secret: () => randomBytes(24).toString('base64url'),
})

/** A bus that ends in this process: those who subscribed hear of every event of their workspace. */
function localBus() {
  const hearers = new Map<Workspace, Set<Hear>>()
  const bus: Bus = {
    async publish(workspace, events) {
      for (const hear of hearers.get(workspace) ?? []) hear(events)
    },
  }
  const subscribe: Subscribe = (workspace, hear) => {
    const hearing = hearers.get(workspace) ?? new Set()
    hearers.set(workspace, hearing.add(hear))
    return () => {
      hearing.delete(hear)
      if (hearing.size === 0) hearers.delete(workspace)
    }
  }
  return { bus, subscribe }
}

type Subscribe = Parameters<typeof socket>[1]
type Hear = Parameters<Subscribe>[1]
type FeedReader = ReturnType<typeof sharedFeed>
