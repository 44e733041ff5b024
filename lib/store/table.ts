// Every key of the two tables, on one page, each with the question it answers: nobody else puts a key together. Low-volume
// kinds are one partition per workspace, so a listing is one query; what grows has partitions of its own.
// The events table has no sort key. Indexes of the objects table hold keys only: who lists reads the items afterwards.
import { Refusal } from '../core/errors.ts'
import { parseJson, writeJson } from '../core/json.ts'
import type { Stored } from '../core/ports.ts'
import { MICROS_PER_SECOND, type Micros } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { ATTRIBUTE, type Kind } from '../names.ts'
import type { Item } from './client.ts'

type W = Workspace

/** Digits of a number in a key, so that text order is number order. */
const NUMBER_DIGITS = 12

/** Characters of a UUID, which every key of a workspace starts with. */
const UUID_LENGTH = 36

const numbered = (number: number): string => String(number).padStart(NUMBER_DIGITS, '0')

export const keys = {
  /** Events table. One event by id, so that a second put of it fails its condition. */
  event: (w: W, id: string) => ({ pk: `${w}#${id}` }),

  /** Events table. The mark of a wake; the next one overwrites it, which the stream tells of all the same. */
  mark: (w: W, name: string) => ({ pk: `${w}#mark#${name}` }),
  /** Events table. Whether an event waits for the one it follows. */
  held: (w: W, id: string) => ({ pk: `${w}#held#${id}` }),

  /** One webhook; all of a workspace. */
  webhook: (w: W, id: string) => ({ pk: `${w}#webhook`, sk: id }),
  /** A webhook's calls that made no event, in order of arrival. */
  webhookDelivery: (w: W, webhook: string, id: string) => ({
    pk: `${w}#webhook-delivery#${webhook}`,
    sk: id,
  }),
  /** The webhook of a call, in one read and without its workspace. */
  slug: (slug: string) => ({ pk: `slug#${slug}`, sk: 'slug' }),

  /** One automation; all of a workspace. */
  automation: (w: W, id: string) => ({ pk: `${w}#automation`, sk: id }),
  /** Index owner: the automations that a resource owns. */
  owned: (w: W, resource: string, id: string) => ({ o: `${w}#owned@${resource}`, os: id }),
  /** The number of the last change of any automation, read before every batch of events. */
  automationHead: (w: W) => ({ pk: `${w}#automation-changes`, sk: 'head' }),
  /** Which automations changed since a number. */
  automationChange: (w: W, change: number) => ({
    pk: `${w}#automation-changes`,
    sk: `change#${numbered(change)}`,
  }),

  /** One bucket; all of an automation, whose id its key starts with. */
  bucket: (w: W, key: string) => ({ pk: `${w}#bucket#${key.slice(0, UUID_LENGTH)}`, sk: key }),
  /** One firing, so that a second decision of it changes nothing. */
  firing: (w: W, id: string) => ({ pk: `${w}#firing#${id}`, sk: 'firing' }),

  /** Segments of the feed by number: those after the last one read, or the newest first. */
  segment: (w: W, number: number) => ({ pk: `${w}#feed`, sk: numbered(number) }),

  /** One flow; all of a workspace. */
  flow: (w: W, id: string) => ({ pk: `${w}#flow`, sk: id }),
  /** One deployment; all of a workspace. */
  deployment: (w: W, id: string) => ({ pk: `${w}#deployment`, sk: id }),
  /** One work pool by name, as every request names it; all of a workspace. */
  workPool: (w: W, name: string) => ({ pk: `${w}#work-pool`, sk: name }),
  /** One queue of a pool by name; all of a pool. */
  workQueue: (w: W, pool: string, name: string) => ({ pk: `${w}#work-queue#${pool}`, sk: name }),
  /** One worker of a pool by name; all of a pool. */
  worker: (w: W, pool: string, name: string) => ({ pk: `${w}#worker#${pool}`, sk: name }),
  /** One variable by name; all of a workspace. */
  variable: (w: W, name: string) => ({ pk: `${w}#variable`, sk: name }),

  /** Artifacts of a key, or of none, in the order they were made: ids are UUIDv7. */
  artifact: (w: W, key: string, id: string) => ({ pk: `${w}#artifact#${key}`, sk: id }),
  /** Index owner: one artifact by its id alone. */
  artifactById: (w: W, id: string) => ({ o: `${w}#artifact@${id}`, os: id }),
  /** The keys that a workspace has artifacts of; that of those without a key ends where theirs begin. */
  artifactKey: (w: W, key: string) => ({ pk: `${w}#artifact-key`, sk: `key#${key}` }),

  /** One global concurrency limit by name; all of a workspace. */
  concurrencyLimit: (w: W, name: string) => ({ pk: `${w}#concurrency-limit`, sk: name }),
  /** One workspace; all of an account, which stands in the place of the workspace. */
  accountWorkspace: (account: string, id: string) => ({ pk: `${account}#workspace`, sk: id }),

  /** One API key; all of a workspace. */
  apiKey: (w: W, id: string) => ({ pk: `${w}#api-key`, sk: id }),
  /** The API key of a caller who shows one, in one read and without its workspace. */
  shownKey: (id: string) => ({ pk: `shown-key#${id}`, sk: 'shown-key' }),

  /** One block type that a client registered; all of a workspace. */
  blockType: (w: W, id: string) => ({ pk: `${w}#block-type`, sk: id }),
  /** One block schema; all of a workspace. */
  blockSchema: (w: W, id: string) => ({ pk: `${w}#block-schema`, sk: id }),
  /** One block document; all of a workspace. */
  blockDocument: (w: W, id: string) => ({ pk: `${w}#block-document`, sk: id }),
  /** One delivery. Nobody lists them: a wake knows the id. */
  delivery: (w: W, id: string) => ({ pk: `${w}#delivery#${id}`, sk: 'delivery' }),

  /** The key of review links, of the whole installation. */
  reviewKey: () => ({ pk: 'review-key', sk: 'review-key' }),

  /** One connection that API Gateway keeps. */
  connection: (id: string) => ({ pk: `connection#${id}`, sk: 'connection' }),
  /** One subscription; all of a workspace, read for every batch that is published. */
  subscriber: (w: W, connection: string) => ({ pk: `${w}#subscriber`, sk: connection }),

  /** One flow run, alone or with its states and logs. */
  run: (w: W, id: string) => ({ pk: `${w}#run#${id}`, sk: 'run' }),
  /** A run's states in order of time. */
  runState: (w: W, run: string, timestamp: string, id: string) => ({
    pk: `${w}#run#${run}`,
    sk: `state#${timestamp}#${id}`,
  }),
  /** The last heartbeat of whoever is at work on a run. */
  runLease: (w: W, run: string) => ({ pk: `${w}#run#${run}`, sk: 'lease' }),
  /** A run's log lines in order of time. */
  runLog: (w: W, run: string, timestamp: string, id: string) => ({
    pk: `${w}#run#${run}`,
    sk: `log#${timestamp}#${id}`,
  }),
  /** A run's inputs: one by its key, or those that begin alike. */
  runInput: (w: W, run: string, key: string) => ({ pk: `${w}#run#${run}`, sk: `input#${key}` }),
  /** A run's task runs. */
  taskRun: (w: W, run: string, id: string) => ({ pk: `${w}#run#${run}`, sk: `task#${id}` }),
  /** Index owner: one task run by its id alone. */
  taskRunById: (w: W, id: string) => ({ o: `${w}#task-run@${id}`, os: id }),
  /** Index owner: runs of a deployment, or of a flow those without one. It never changes, so a new state leaves it alone. */
  runsOf: (w: W, owner: string, created: string, id: string) => ({
    o: `${w}#runs@${owner}`,
    os: `${created}#${id}`,
  }),
  /** Index time: runs of a workspace by the month of their creation. */
  runsOfMonth: (w: W, created: string, id: string) => ({
    t: `${w}#runs@${monthOf(created)}`,
    ts: `${created}#${id}`,
  }),
  /** Index time: task runs of a workspace by the month of their creation. */
  tasksOfMonth: (w: W, created: string, id: string) => ({
    t: `${w}#task-runs@${monthOf(created)}`,
    ts: `${created}#${id}`,
  }),
  /** Months in which a workspace has runs: where a listing of all goes from one partition to the one before. */
  runMonth: (w: W, month: string) => ({ pk: `${w}#run-month`, sk: month }),
  /** Index due: runs in a SCHEDULED state by their time, of the work queue or deployment that a poller asks for. */
  dueRun: (w: W, poller: string, at: string, id: string) => ({
    u: `${w}#due@${poller}`,
    us: `${at}#${id}`,
  }),

  /** Index due: runs at work in a queue, to be counted against its limit. They wait no more, so one index serves both. */
  activeRun: (w: W, queue: string, id: string) => ({ u: `${w}#active@${queue}`, us: id }),

  /** The wake that is outstanding for a key. */
  wake: (key: string) => ({ pk: `wake#${key}`, sk: 'wake' }),
  /** A schedule of the local Scheduler, by group and name. */
  schedule: (group: string, name: string) => ({ pk: `schedule#${group}`, sk: name }),
}

/** Log lines and task runs of no flow run are kept under this one. */
export const NO_RUN = '00000000-0000-0000-0000-000000000000'

/** `2026-11` of an instant on the wire. */
export const monthOf = (instant: string): string => instant.slice(0, 7)

/** The workspace that an item is in; nonsense for the few kinds that are in none. */
export const workspaceOf = (item: Item): Workspace =>
  String(item[ATTRIBUTE.partition]).slice(0, UUID_LENGTH)

/** Attributes of secondary indexes; an item without an index's partition is not in it. */
export type Indexes = Partial<Record<'o' | 'os' | 'u' | 'us' | 't' | 'ts', string>>

/** Bytes of one object as JSON. DynamoDB's limit for an item is 400 KB, keys and index attributes included. */
const OBJECT_BYTES_MAX = 390_000

/**
 * The item of a value: JSON text, with the attributes beside it that keys, conditions and stream filters need.
 * @throws Refusal 413 when no item can hold the value
 */
export function objectItem(
  kind: Kind,
  key: { pk: string; sk: string },
  value: unknown,
  version: number,
  indexes: Indexes = {},
): Item {
  const { text: json, isExact } = writeJson(value)
  const bytes = Buffer.byteLength(json)
  if (bytes > OBJECT_BYTES_MAX) {
    throw new Refusal(413, `A ${kind} has at most ${OBJECT_BYTES_MAX} bytes as JSON, not ${bytes}`)
  }
  return {
    ...key,
    [ATTRIBUTE.kind]: kind,
    [ATTRIBUTE.version]: version,
    [ATTRIBUTE.data]: json,
    ...(isExact ? { [ATTRIBUTE.exact]: 1 } : {}),
    ...indexes,
  }
}

/** What `objectItem` put in. The caller knows the type by the key it read. */
export function readObject<T>(item: Item): Stored<T> {
  return {
    value: readText(item, String(item[ATTRIBUTE.data])) as T,
    version: Number(item[ATTRIBUTE.version]),
  }
}

/** The value of an item's JSON text, its long numbers digit by digit. */
export const readText = (item: Item, text: string): unknown =>
  item[ATTRIBUTE.exact] === undefined ? JSON.parse(text) : parseJson(text)

/** When DynamoDB may remove an item: some time after this moment and so many seconds. */
export const expiring = (at: Micros, keepSeconds = 0): Item => ({
  [ATTRIBUTE.expires]: Math.ceil(at / MICROS_PER_SECOND) + keepSeconds,
})
