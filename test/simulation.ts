// A world decided by one seed: two evaluators, a publisher, an actor and an announcer over one pair of tables, two senders and a waker.
// Every operation of a table waits for its turn, and chance decides whose turn is next, what fails, who is killed, how streams are
// cut and repeated, and when time passes. Nothing here reads a clock or sleeps, so a seed always gives the same history.
import type { DynamoDBRecord } from 'aws-lambda'
import { textOf, wakesBy } from '../lib/aws/wakes.ts'
import type { Event, EventDraft } from '../lib/core/event.ts'
import type { Mark, Services } from '../lib/core/ports.ts'
import { MICROS_PER_SECOND, type Micros } from '../lib/core/time.ts'
import type { WakeKey } from '../lib/core/wake-key.ts'
import { DEFAULT_WORKSPACE } from '../lib/core/workspace.ts'
import { act, announce, evaluate, publish, wake } from '../lib/entries.ts'
import { ANNOUNCED_KINDS, KIND } from '../lib/names.ts'
import { accept } from '../lib/steps/accept.ts'
import { automationStore } from '../lib/store/automations.ts'
import type { Table, Write } from '../lib/store/client.ts'
import { deploymentStore } from '../lib/store/deployments.ts'
import { eventStore } from '../lib/store/events.ts'
import { feedStore } from '../lib/store/feed.ts'
import { runStore } from '../lib/store/runs.ts'
import type { StreamHandler } from '../lib/store/stream.ts'
import { triggerStore } from '../lib/store/triggers.ts'
import { batchOf, type Fakes, fakes } from './fakes.ts'
import { type Fault, faultyTable, TableFault } from './faulty-table.ts'

const RETENTION_SECONDS = 7 * 86_400
/** Steps after which a world that still moves is going in circles. */
const STEPS_MAX = 100_000

/** How often what goes wrong: one in so many. */
const ODDS = {
  fault: 40,
  kill: 150,
  repeat: 8,
  wakeTwice: 10,
  resend: 6,
  touch: 60,
  time: 50,
  change: 30,
  stall: 100,
}
/** Up to so many seconds of its own time a shard of the events stream is not evaluated: longer than a window is open. */
const STALL_SECONDS_MAX = 40
/** Records of one delivery; fewer than a fold takes in one commit. */
const CUT_MAX = 12
/** Records that a killed consumer may be given again. */
const CHECKPOINT_LAG_MAX = 20

export interface Chance {
  below(limit: number): number
  /** One in so many. */
  once(inSoMany: number): boolean
  pick<T>(from: readonly T[]): T
}

export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  const below = (limit: number) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % limit
  }
  return {
    below,
    once: (inSoMany) => below(inSoMany) === 0,
    pick: (from) => from[below(from.length)] as (typeof from)[number],
  }
}

/** What a handler was given, and at which step. */
export interface Batch {
  events: Event[]
  marks: Mark[]
  startedAt: number
}

/** Buckets and firings that were written together, and what the evaluator that did it was looking at. */
export interface Commit {
  writes: Write[]
  /** Its last batches: operations of one that failed may end during the next. */
  batches: Batch[]
  at: Micros
}

export interface History {
  fakes: Fakes
  commits: Commit[]
  /** Ids of the events whose sender was told that they are stored. */
  acknowledged: Set<string>
  /** By event, the step by which it was in the feed. */
  published: Map<string, number>
  /** All that the streams told. */
  records: Record<'events' | 'objects', DynamoDBRecord[]>
  /** What handlers said beside the faults they met. */
  errors: Set<string>
  /** Up to when wakes were waited for. */
  end: Micros
  steps: number
  kills: number
  faults: number
}

/** From the start of a process to its death. */
interface Life {
  isOver: boolean
  services: Services
  batches: Batch[]
}

interface Process {
  name: string
  life: Life
  isBusy: boolean
  /** Null when there is nothing to do now. */
  next(): (() => Promise<void>) | null
  /** Begins anew, with nothing but what is stored. */
  restart(): void
}

export interface Plan {
  /** What is sent, request by request. */
  sends: EventDraft[][]
  /** What is there from the start. */
  prepare(here: Fakes): Promise<void>
  /** What is done to automations meanwhile, one after the other; done twice, it is as if it were done once. */
  changes: ((services: Services) => Promise<void>)[]
  /** Seconds after which windows are no longer waited for. */
  horizon: number
  /** Of the events table's stream. An event is in one of them for good. */
  shards: number
}

export async function simulate(chance: Chance, plan: Plan): Promise<History> {
  const here = fakes()
  const { clock, tables } = here
  const { shards } = plan
  await plan.prepare(here)
  const end = clock.now() + plan.horizon * MICROS_PER_SECOND
  const history: History = {
    fakes: here,
    commits: [],
    acknowledged: new Set(),
    published: new Map(),
    records: { events: [], objects: [] },
    errors: new Set(),
    end,
    steps: 0,
    kills: 0,
    faults: 0,
  }
  const schedules = new Map<string, { key: WakeKey; at: Micros }>()
  let pending: { life: Life; go: () => void }[] = []
  const heard: ((of: 'events' | 'objects', records: DynamoDBRecord[]) => void)[] = []
  /** Events that wait for those they follow are waited for, beyond the horizon. */
  const isAnyHeld = () => [...schedules.values()].some(({ key }) => key.kind === 'held')
  let isTroubled = true
  /** The shard whose evaluators have stopped, and until when. */
  let stalled = { shard: 0, until: 0 }
  const isStalled = (shard: number) => stalled.shard === shard && clock.now() < stalled.until

  function newLife(): Life {
    const life: Life = { isOver: false, services: here.services, batches: [] }
    const turn = () => new Promise<void>((go) => pending.push({ life, go }))
    const fault = (): Fault => {
      if (!isTroubled || !chance.once(ODDS.fault)) return null
      history.faults += 1
      return chance.pick(['before', 'after', 'repeated'])
    }
    const over = (table: Table) => faultyTable(table, { turn, fault })
    const events = over(tables.events)
    const objects = over(recording(tables.objects, life))
    const { blobs } = here.services
    const arm = async (key: WakeKey, at: Micros) => {
      await turn()
      schedules.set(`${textOf(key)}@${at}`, { key, at })
      await turn()
    }
    life.services = {
      ...here.services,
      events: eventStore(events, blobs, clock, RETENTION_SECONDS),
      feed: feedStore(objects, blobs, clock, RETENTION_SECONDS),
      automations: automationStore(objects),
      triggers: triggerStore(objects, blobs, RETENTION_SECONDS),
      deployments: deploymentStore(objects),
      runs: runStore(objects),
      scheduler: wakesBy(arm, { table: objects, clock, precision: 'millisecond' }),
    }
    return life
  }

  const recording = (table: Table, life: Life): Table => ({
    ...table,
    async transact(writes) {
      const failed = await table.transact(writes)
      const isCommit = writes.some(
        (write) =>
          'put' in write &&
          (write.put.k === KIND.bucket || (write.put.k === KIND.firing && !write.on)),
      )
      if (failed.length === 0 && isCommit) {
        history.commits.push({
          writes,
          batches: life.batches.slice(-12).reverse(),
          at: clock.now(),
        })
      }
      return failed
    },
  })

  function consumer(
    name: string,
    table: 'events' | 'objects',
    kinds: readonly (string | undefined)[],
    build: (services: Services) => StreamHandler,
    shard = 0,
  ): Process {
    const log: DynamoDBRecord[] = []
    heard.push((of, records) => {
      if (of === table) {
        log.push(
          ...records.filter(
            (record) => kinds.includes(kindOf(record)) && shardOf(record, shards) === shard,
          ),
        )
      }
    })
    let position = 0
    let handler: StreamHandler
    const process: Process = {
      name,
      life: newLife(),
      isBusy: false,
      next() {
        if (table === 'events' && name !== 'publisher' && isStalled(shard)) return null
        const batch = log.slice(position, position + 1 + chance.below(CUT_MAX))
        if (batch.length === 0) return null
        return async () => {
          const { life } = process
          const contents = { ...contentsOf(batch), startedAt: history.steps }
          if (table === 'events') life.batches.push(contents)
          await handler(batchOf(batch))
          if (name === 'publisher' && !life.isOver) notePublished(contents)
          if (!life.isOver && !(isTroubled && chance.once(ODDS.repeat))) position += batch.length
        }
      },
      restart() {
        position = Math.max(0, position - chance.below(CHECKPOINT_LAG_MAX))
        handler = build(process.life.services)
      },
    }
    handler = build(process.life.services)
    return process
  }

  function notePublished({ events }: Batch): void {
    for (const { id } of events) {
      if (!history.published.has(id)) history.published.set(id, history.steps)
    }
  }

  /** What arrives first is not always stored first: there are two. */
  function sender(sends: EventDraft[][]): Process {
    const process: Process = {
      name: 'sender',
      life: newLife(),
      isBusy: false,
      next() {
        const [drafts] = sends
        if (!drafts) return null
        return async () => {
          await accept(process.life.services)(DEFAULT_WORKSPACE, drafts)
          for (const { id } of drafts) history.acknowledged.add(id)
          sends.shift()
          if (isTroubled && chance.once(ODDS.resend))
            sends.splice(chance.below(sends.length + 1), 0, drafts)
        }
      },
      restart() {},
    }
    return process
  }

  const changes = [...plan.changes]
  const changer: Process = {
    name: 'changer',
    life: newLife(),
    isBusy: false,
    next() {
      const [change] = changes
      if (!change || (isTroubled && !chance.once(ODDS.change))) return null
      return async () => {
        await change(changer.life.services)
        changes.shift()
      }
    },
    restart() {},
  }

  const waker: Process = {
    name: 'waker',
    life: newLife(),
    isBusy: false,
    next() {
      const due = [...schedules].filter(([, { at }]) => at <= clock.now())
      if (due.length === 0) return null
      const [name, { key }] = chance.pick(due)
      return async () => {
        await wake(waker.life.services)(key)
        if (!(isTroubled && chance.once(ODDS.wakeTwice))) schedules.delete(name)
      }
    },
    restart() {},
  }

  const stored = [undefined, KIND.mark]
  const evaluators = ['an evaluator', 'another evaluator'].flatMap((name) =>
    Array.from({ length: shards }, (_, shard) =>
      consumer(name, 'events', stored, (services) => evaluate(services), shard),
    ),
  )
  const processes: Process[] = [
    ...evaluators,
    ...Array.from({ length: shards }, (_, shard) =>
      consumer('publisher', 'events', [undefined], (services) => publish(services), shard),
    ),
    consumer('actor', 'objects', [KIND.firing], (services) => act(services)),
    consumer('announcer', 'objects', ANNOUNCED_KINDS, (services) => announce(services)),
    sender(plan.sends.filter((_, i) => i % 2 === 0)),
    sender(plan.sends.filter((_, i) => i % 2 === 1)),
    changer,
    waker,
  ]

  function start(process: Process, job: () => Promise<void>): void {
    const { life } = process
    process.isBusy = true
    const done = () => {
      if (!life.isOver) process.isBusy = false
    }
    job().then(done, (error: unknown) => {
      if (!(error instanceof TableFault)) history.errors.add(String(error))
      done()
    })
  }

  function kill(process: Process): void {
    history.kills += 1
    process.life.isOver = true
    pending = pending.filter(({ life }) => life !== process.life)
    process.life = newLife()
    process.isBusy = false
    process.restart()
  }

  /** Another evaluator was faster: the version moves on, and the value stays. */
  async function touch(): Promise<void> {
    const { objects } = history.records
    const image = objects[chance.below(objects.length + 1)]?.dynamodb?.NewImage
    if (image?.k?.S !== KIND.bucket) return
    const item = await tables.objects.get({ pk: image.pk?.S ?? '', sk: image.sk?.S ?? '' })
    if (item) await tables.objects.put({ ...item, v: Number(item.v) + 1 })
  }

  /** Not at the very end: what comes of it is to be seen. */
  function stall(): void {
    const last = end - STALL_SECONDS_MAX * MICROS_PER_SECOND
    const until = clock.now() + chance.below(STALL_SECONDS_MAX) * MICROS_PER_SECOND
    stalled = { shard: chance.below(shards), until: Math.min(last, until) }
  }

  for (; history.steps < STEPS_MAX; history.steps += 1) {
    await settled()
    for (const table of ['events', 'objects'] as const) {
      const records = here.take(table)
      history.records[table].push(...records)
      for (const hear of heard) hear(table, records)
    }
    if (isTroubled && chance.once(ODDS.kill)) kill(chance.pick(processes))
    if (isTroubled && chance.once(ODDS.touch)) await touch()
    if (isTroubled && clock.now() >= stalled.until && chance.once(ODDS.stall)) stall()
    if (chance.once(ODDS.time)) clock.advance(chance.below(3_000) / 1_000)
    const idle = processes.filter(({ isBusy }) => !isBusy)
    const begin = idle.length > 0 && (pending.length === 0 || chance.once(4))
    if (begin) {
      const able = idle.flatMap((process) => {
        const job = process.next()
        return job ? [{ process, job }] : []
      })
      if (able.length > 0) {
        const { process, job } = chance.pick(able)
        start(process, job)
        continue
      }
    }
    if (pending.length > 0) {
      const [next] = pending.splice(chance.below(pending.length), 1)
      next?.go()
      continue
    }
    if (processes.some(({ isBusy }) => isBusy)) throw new Error('somebody waits for nothing')
    const nextAt = Math.min(...[...schedules.values()].map(({ at }) => at))
    if (clock.now() < stalled.until) {
      clock.advance(Math.max(0, Math.min(nextAt, stalled.until) - clock.now()) / MICROS_PER_SECOND)
      continue
    }
    isTroubled = false // the rest is to end in peace
    if (nextAt > end && !isAnyHeld()) return history
    clock.advance(Math.max(0, nextAt - clock.now()) / MICROS_PER_SECOND)
  }
  throw new Error(`still moving after ${STEPS_MAX} steps: ${[...history.errors]}`)
}

/** All that was going on has come to an operation of a table. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

const kindOf = ({ dynamodb }: DynamoDBRecord): string | undefined =>
  (dynamodb?.NewImage ?? dynamodb?.OldImage)?.k?.S

/** The events and marks of a batch, but no events too large to stand in an item as they are: none of ours is. */
function contentsOf(records: DynamoDBRecord[]): Omit<Batch, 'startedAt'> {
  const batch: Omit<Batch, 'startedAt'> = { events: [], marks: [] }
  for (const { dynamodb } of records) {
    const text = dynamodb?.NewImage?.d?.S
    if (text === undefined) continue
    if (dynamodb?.NewImage?.k?.S === KIND.mark) batch.marks.push(JSON.parse(text))
    else batch.events.push(JSON.parse(text))
  }
  return batch
}

/** By the partition key, as the table is split; the objects table is not. */
function shardOf({ dynamodb }: DynamoDBRecord, shards: number): number {
  const key = (dynamodb?.NewImage ?? dynamodb?.OldImage)?.pk?.S ?? ''
  return key.includes('#') && dynamodb?.NewImage?.sk === undefined
    ? key.charCodeAt(key.length - 1) % shards
    : 0
}
