// Ports: what core's decisions need from the world, one interface per part. A step names the parts it uses with
// Pick<Services, …>; only aws/services.ts and local/services.ts know who stands behind them.

import type { AccountWorkspace } from './account-workspace.ts'
import type { ApiKey } from './api-key.ts'
import type { Artifact, ArtifactCollection } from './artifact.ts'
import type { OwnedAutomation } from './automation.ts'
import type { BlockDocument, BlockSchema, BlockType } from './block.ts'
import type { ConcurrencyLimit } from './concurrency-limit.ts'
import type { SocketConnection, Subscriber } from './connection.ts'
import type { Delivery } from './delivery.ts'
import type { Deployment, Flow, Worker, WorkPool, WorkQueue } from './deployment.ts'
import type { Event } from './event.ts'
import type { Firing } from './firing.ts'
import type { LogLine } from './log-line.ts'
import type { Answered, BusEntry, HandedOver, OutgoingMail, OutgoingRequest } from './outgoing.ts'
import type { Quotas } from './quota.ts'
import type { FlowRun, State } from './run.ts'
import type { RunInput } from './run-input.ts'
import type { TaskRun } from './task-run.ts'
import type { Micros, Stopwatch } from './time.ts'
import type { Variable } from './variable.ts'
import type { WakeKey } from './wake-key.ts'
import type { Webhook } from './webhook-definition.ts'
import type { WebhookDelivery } from './webhook-delivery.ts'
import type { Workspace } from './workspace.ts'

/** What was read, and the version it had: a write names the version, and fails if somebody was faster. */
export interface Stored<T> {
  value: T
  version: number
}

/** The time, as the process that runs this knows it. Steps read it and hand it to core. */
export interface Clock {
  now(): Micros
}

/** Lets time pass on a clock that can be moved, with all that falls due on the way; answers where it came to, and what is left to pass. */
export type PassTime = (by: Micros) => Promise<{ now: Micros; left: Micros }>

/** Chance, for what has no cause to derive an id from. */
export interface Ids {
  /** A new UUIDv7 of the clock's now. */
  next(): string
  /** 128 random bits as 22 base64url characters: a webhook's slug. */
  slug(): string
  /** 192 random bits as 32 base64url characters: what makes an API key one. */
  secret(): string
}

/** One JSON line per fact. Never given a secret, a header or a payload. */
export interface Log {
  info(fact: string, details?: Record<string, unknown>): void
  warn(fact: string, details?: Record<string, unknown>): void
  error(fact: string, details?: Record<string, unknown>): void
}

/** A stored event with the workspace it is in, as the events table's stream has it. */
export interface StoredEvent {
  workspace: Workspace
  event: Event
}

/** Left in the events table by a wake: everything stored before `at` is ahead of it in the stream. */
export type Mark = { workspace: Workspace; at: Micros } & (
  | { kind: 'due' /** The key of the bucket to be looked at. */; key: string }
  | { kind: 'held' /** The event that waits for the one it follows. */; eventId: string }
)

/** A stored firing, as the objects table's stream has it. */
export interface StoredFiring {
  workspace: Workspace
  firing: Firing
}

/** Where bodies too large for an item are kept: S3 on AWS, files locally. Written before the item that names them. */
export interface Blobs {
  put(name: string, bytes: Uint8Array): Promise<void>
  /** Rejects when there is none: an item says that there is. */
  get(name: string): Promise<Uint8Array>
  /** Null when there is none. */
  find(name: string): Promise<Uint8Array | null>
}

/** Events, append-only. The first event of an id stays as it was. */
export interface EventStore {
  /**
   * Stores those that are new, durably, before it answers; answers the ids that were new. `keepSeconds` keeps them for longer than
   * events are kept otherwise, so that their ids stay known.
   */
  put(workspace: Workspace, events: Event[], keepSeconds?: number): Promise<Set<string>>
  get(workspace: Workspace, eventId: string): Promise<Event | null>
  /** When an event came in that was stored with `keepSeconds`: known without reading its body. Null for any other. */
  receivedAt(workspace: Workspace, eventId: string): Promise<string | null>
  /** Puts a mark into the stream, behind what is stored. */
  mark(mark: Mark): Promise<void>
  /** Notes that an event waits for the one it follows. */
  hold(workspace: Workspace, eventId: string): Promise<void>
  /** Takes the note back: the event has been evaluated. */
  release(workspace: Workspace, eventId: string): Promise<void>
  /** An event that others follow, and whether it waits itself. */
  leader(workspace: Workspace, eventId: string): Promise<{ event: Event; isHeld: boolean } | null>
}

/** Stored events as the feed reads them: appended in segments by `publish`, each a batch of events. */
export interface FeedStore {
  /** A segment appended twice shows its events once. */
  append(workspace: Workspace, events: Event[]): Promise<void>
  /** Segments appended since the last read of this reader, oldest first; a cold reader gets all that retention keeps. */
  readNew(workspace: Workspace): Promise<Event[][]>
  /** The next read starts cold. */
  forget(workspace: Workspace): void
  /**
   * Events that came at or after a moment, as they were appended: nearly in the order in which they came, some perhaps twice. A part at a
   * time, whatever there is; no reader's place moves.
   */
  since(workspace: Workspace, received: string): AsyncIterable<Event[]>
}

/** Webhooks, found by id by those who manage them and by slug by those who call. */
export interface WebhookStore {
  /** False when a webhook of this id or slug is there already. */
  create(workspace: Workspace, webhook: Webhook): Promise<boolean>
  get(workspace: Workspace, id: string): Promise<Stored<Webhook> | null>
  bySlug(slug: string): Promise<{ workspace: Workspace; webhook: Webhook } | null>
  list(workspace: Workspace): Promise<Webhook[]>
  count(workspace: Workspace): Promise<number>
  /** False when another change came first. A changed slug frees the old one at once. */
  replace(workspace: Workspace, webhook: Webhook, was: Stored<Webhook>): Promise<boolean>
  delete(workspace: Workspace, was: Stored<Webhook>): Promise<boolean>
}

/** Automations with who owns them: deployments own those that they were deployed with. */
export interface AutomationStore {
  create(workspace: Workspace, owned: OwnedAutomation): Promise<boolean>
  get(workspace: Workspace, id: string): Promise<Stored<OwnedAutomation> | null>
  list(workspace: Workspace): Promise<OwnedAutomation[]>
  /** How many there are, in one read. */
  count(workspace: Workspace): Promise<number>
  ownedBy(workspace: Workspace, resource: string): Promise<Stored<OwnedAutomation>[]>
  replace(
    workspace: Workspace,
    next: OwnedAutomation,
    was: Stored<OwnedAutomation>,
  ): Promise<boolean>
  delete(workspace: Workspace, was: Stored<OwnedAutomation>): Promise<boolean>
  /** The number of the last change. One strong read: an evaluator asks before every batch. */
  head(workspace: Workspace): Promise<number>
  /** Ids changed after that number, up to the head, each once. Null when the log no longer reaches back so far. */
  changesSince(
    workspace: Workspace,
    change: number,
  ): Promise<{ head: number; ids: string[] } | null>
  getMany(workspace: Workspace, ids: string[]): Promise<OwnedAutomation[]>
}

/** What a trigger remembers under a key, before and after. */
export interface BucketChange {
  key: string
  next: unknown
  was: Stored<unknown> | null
  /** When it may be forgotten if nothing changes it again; null: never. */
  disposableAt: Micros | null
}

/** What triggers remember, and what they fired. */
export interface TriggerStore {
  /** A trigger's bucket, by the automation, the trigger's path and hash, and the for_each values. */
  bucket(workspace: Workspace, key: string): Promise<Stored<unknown> | null>
  /** All of an automation, of whatever trigger it has or had; what was written a moment ago may not be among them. */
  buckets(workspace: Workspace, automationId: string): Promise<{ key: string; value: unknown }[]>
  /** Buckets' next states and their firings, all or nothing; false when a bucket was changed by another evaluator. */
  commit(workspace: Workspace, changes: BucketChange[], firings: Firing[]): Promise<boolean>
  /** A memoryless trigger's firings: those already there stay as they were. */
  fire(workspace: Workspace, firings: Firing[]): Promise<void>
}

/** Flows, by ids that derive from their names. `create` is false when it is there already; `replace`, when another change came first. */
export interface FlowStore {
  /** False when a flow of this id is there already. */
  create(workspace: Workspace, flow: Flow): Promise<boolean>
  get(workspace: Workspace, id: string): Promise<Stored<Flow> | null>
  list(workspace: Workspace): Promise<Flow[]>
  replace(workspace: Workspace, next: Flow, was: Stored<Flow>): Promise<boolean>
  delete(workspace: Workspace, id: string): Promise<boolean>
}

/** Deployments, by ids that derive from flow and name. False as with flows. */
export interface DeploymentStore {
  create(workspace: Workspace, deployment: Deployment): Promise<boolean>
  get(workspace: Workspace, id: string): Promise<Stored<Deployment> | null>
  list(workspace: Workspace): Promise<Deployment[]>
  replace(workspace: Workspace, next: Deployment, was: Stored<Deployment>): Promise<boolean>
  delete(workspace: Workspace, id: string): Promise<boolean>
}

/** What a listing of runs may be narrowed by, in the store itself; everything finer is filtered by core afterwards. */
export type RunSelection =
  | { ids: string[] }
  /** Runs of these deployments, and of these flows those that have no deployment. */
  | { owners: string[] }
  /** All of the workspace, last created first, no more than this many. */
  | { newest: number }

/** How long the last heartbeat of a run's holder lasts. */
export interface RenewedLease {
  holder: string
  until: Micros
}

/** Flow runs with their states, leases, and the task runs that clients told of. */
export interface RunStore {
  /** Stores those whose id is new and answers their ids; those already there stay as they were. */
  create(workspace: Workspace, runs: FlowRun[]): Promise<Set<string>>
  get(workspace: Workspace, id: string): Promise<Stored<FlowRun> | null>
  list(workspace: Workspace, selection: RunSelection): Promise<FlowRun[]>
  /** Runs of these owners, or of the workspace, counted without reading them. */
  count(workspace: Workspace, owners: string[] | null): Promise<number>
  /** Runs of a work queue that are pending, running or being cancelled, as of a moment ago. */
  countActive(workspace: Workspace, queueId: string): Promise<number>
  /** The same, read, in no particular order; no more than `limit`. */
  listActive(workspace: Workspace, queueId: string, limit: number): Promise<FlowRun[]>
  /** Runs in a SCHEDULED state due at or before a moment, earliest first, of a deployment or a work queue. */
  due(workspace: Workspace, pollerId: string, before: string, limit: number): Promise<FlowRun[]>
  replace(workspace: Workspace, next: FlowRun, was: Stored<FlowRun>): Promise<boolean>
  /** With its states, logs and task runs. False when there is none, or, given what was read, when another change came first. */
  delete(workspace: Workspace, id: string, was?: Stored<FlowRun>): Promise<boolean>
  /** History, written by `announce`; a state written twice is one. */
  recordState(workspace: Workspace, runId: string, state: State): Promise<void>
  states(workspace: Workspace, runId: string): Promise<State[]>
  /** A heartbeat: until when the holder of a run may be silent. */
  renewLease(workspace: Workspace, runId: string, lease: RenewedLease): Promise<void>
  lease(workspace: Workspace, runId: string): Promise<RenewedLease | null>
  /** False when a task run of this id is there already. */
  createTask(workspace: Workspace, task: TaskRun): Promise<boolean>
  /** What was written a moment ago may not be found yet. */
  task(workspace: Workspace, id: string): Promise<Stored<TaskRun> | null>
  /** A task run of a flow run, or of none, as it is now. */
  taskOf(workspace: Workspace, runId: string | null, id: string): Promise<Stored<TaskRun> | null>
  tasks(workspace: Workspace, runId: string): Promise<TaskRun[]>
  /** Task runs of the workspace, last created first, no more than `limit`. */
  newestTasks(workspace: Workspace, limit: number): Promise<TaskRun[]>
  replaceTask(workspace: Workspace, next: TaskRun, was: Stored<TaskRun>): Promise<boolean>
  deleteTask(workspace: Workspace, was: Stored<TaskRun>): Promise<boolean>
}

/** Inputs of runs, each under a key that is used once. */
export interface RunInputStore {
  /** False when the key is taken. */
  create(workspace: Workspace, input: RunInput): Promise<boolean>
  get(workspace: Workspace, runId: string, key: string): Promise<RunInput | null>
  /** Those whose key begins with a text, by key. */
  list(workspace: Workspace, runId: string, prefix: string): Promise<RunInput[]>
  /** False when nothing is there. */
  delete(workspace: Workspace, runId: string, key: string): Promise<boolean>
}

/** Artifacts, and by key the collections that they are versions of. */
export interface ArtifactStore {
  /** `keyId` becomes the id of the key's collection when the key is new. */
  create(workspace: Workspace, artifact: Artifact, keyId: string): Promise<void>
  /** What was written a moment ago may not be found yet. */
  get(workspace: Workspace, id: string): Promise<Stored<Artifact> | null>
  /** Of each key, and of those without one, the last ones, no more than `limit`. */
  list(workspace: Workspace, limit: number): Promise<Artifact[]>
  /** The last ones of one key, newest first. */
  ofKey(workspace: Workspace, key: string, limit: number): Promise<Artifact[]>
  collections(workspace: Workspace): Promise<ArtifactCollection[]>
  replace(workspace: Workspace, next: Artifact, was: Stored<Artifact>): Promise<boolean>
  delete(workspace: Workspace, was: Stored<Artifact>): Promise<boolean>
}

/** Lines of runs' logs, append-only. */
export interface LogStore {
  append(workspace: Workspace, lines: LogLine[]): Promise<void>
  /** Lines of one run in order of time. */
  list(workspace: Workspace, runId: string): Promise<LogLine[]>
}

/** Work pools by name, each with its queues and its workers. False as with flows. */
export interface WorkPoolStore {
  create(workspace: Workspace, pool: WorkPool, queue: WorkQueue): Promise<boolean>
  get(workspace: Workspace, name: string): Promise<Stored<WorkPool> | null>
  list(workspace: Workspace): Promise<WorkPool[]>
  replace(workspace: Workspace, next: WorkPool, was: Stored<WorkPool>): Promise<boolean>
  delete(workspace: Workspace, name: string): Promise<boolean>
  /** A pool's queues, by name. */
  queues(workspace: Workspace, pool: string): Promise<Stored<WorkQueue>[]>
  queue(workspace: Workspace, pool: string, name: string): Promise<Stored<WorkQueue> | null>
  createQueue(workspace: Workspace, queue: WorkQueue): Promise<boolean>
  /** A changed name moves it. False when another change came first, or when the new name is taken. */
  replaceQueue(workspace: Workspace, next: WorkQueue, was: Stored<WorkQueue>): Promise<boolean>
  deleteQueue(workspace: Workspace, pool: string, name: string): Promise<boolean>
  workers(workspace: Workspace, pool: string): Promise<Worker[]>
  /** A worker's heartbeat; the first one makes it known. */
  putWorker(workspace: Workspace, pool: string, worker: Worker): Promise<void>
  deleteWorker(workspace: Workspace, pool: string, name: string): Promise<boolean>
}

/** Variables by name. */
export interface VariableStore {
  /** False when a variable of this name is there already. */
  create(workspace: Workspace, variable: Variable): Promise<boolean>
  get(workspace: Workspace, name: string): Promise<Stored<Variable> | null>
  list(workspace: Workspace): Promise<Variable[]>
  /** A changed name moves it. False when another change came first, or when the new name is taken. */
  replace(workspace: Workspace, next: Variable, was: Stored<Variable>): Promise<boolean>
  delete(workspace: Workspace, name: string): Promise<boolean>
}

/** What is created once, read by name, listed as a whole and replaced by version; all of one owner. */
interface NamedStore<T> {
  /** False when the name is taken. */
  create(owner: string, value: T): Promise<boolean>
  get(owner: string, name: string): Promise<Stored<T> | null>
  list(owner: string): Promise<T[]>
  /** A changed name moves it. False when another change came first, or when the new name is taken. */
  replace(owner: string, next: T, was: Stored<T>): Promise<boolean>
  delete(owner: string, name: string): Promise<boolean>
}

/** Global concurrency limits of a workspace, by name. */
export type ConcurrencyLimitStore = NamedStore<ConcurrencyLimit>

/** Workspaces of an account, by id. */
export type AccountWorkspaceStore = NamedStore<AccountWorkspace>

/** API keys. Every change of one is announced; what is compared with is a hash. */
export interface ApiKeyStore {
  /** False when a key of this id is there already. */
  create(key: ApiKey): Promise<boolean>
  get(workspace: Workspace, id: string): Promise<Stored<ApiKey> | null>
  /** By id alone, whosever it is, in one consistent read: what a caller's key is compared with. */
  find(id: string): Promise<Stored<ApiKey> | null>
  list(workspace: Workspace): Promise<ApiKey[]>
  replace(next: ApiKey, was: Stored<ApiKey>): Promise<boolean>
}

/** Blocks: what an action needs to know to reach somebody outside. What is secret in them is sealed before it comes here. */
export interface BlockStore {
  /** Types that clients registered, beside those that every workspace has. False when the id is taken. */
  createType(workspace: Workspace, type: BlockType): Promise<boolean>
  getType(workspace: Workspace, id: string): Promise<Stored<BlockType> | null>
  listTypes(workspace: Workspace): Promise<BlockType[]>
  replaceType(workspace: Workspace, next: BlockType, was: Stored<BlockType>): Promise<boolean>
  deleteType(workspace: Workspace, id: string): Promise<boolean>
  /** False when a schema of this id is there already. */
  createSchema(workspace: Workspace, schema: BlockSchema): Promise<boolean>
  getSchema(workspace: Workspace, id: string): Promise<Stored<BlockSchema> | null>
  listSchemas(workspace: Workspace): Promise<BlockSchema[]>
  deleteSchema(workspace: Workspace, id: string): Promise<boolean>
  /** False when a document of this id, which derives from its type and name, is there already. */
  create(workspace: Workspace, document: BlockDocument): Promise<boolean>
  get(workspace: Workspace, id: string): Promise<Stored<BlockDocument> | null>
  list(workspace: Workspace): Promise<BlockDocument[]>
  replace(workspace: Workspace, next: BlockDocument, was: Stored<BlockDocument>): Promise<boolean>
  delete(workspace: Workspace, id: string): Promise<boolean>
}

/** Seals what must not be stored in clear. Text sealed in one context, such as an object's id, opens in no other. */
export interface Secrets {
  seal(text: string, context: string): Promise<string>
  /** Throws when the text was not sealed by us in this context. */
  open(sealed: string, context: string): Promise<string>
}

/** The key that links of reviews are signed with, sealed: one for an installation, made when the first notice is sent. */
export interface ReviewKeyStore {
  /** False when there is one. */
  create(sealed: string): Promise<boolean>
  get(): Promise<string | null>
}

/** Calls of webhooks that made no event, kept as long as events are. Ids are in order of arrival. */
export interface WebhookDeliveryStore {
  create(workspace: Workspace, delivery: WebhookDelivery): Promise<void>
  get(workspace: Workspace, webhookId: string, id: string): Promise<Stored<WebhookDelivery> | null>
  /** Newest first, those that came before `before`. */
  list(
    workspace: Workspace,
    webhookId: string,
    page: { before: string | null; limit: number },
  ): Promise<WebhookDelivery[]>
  replace(
    workspace: Workspace,
    next: WebhookDelivery,
    was: Stored<WebhookDelivery>,
  ): Promise<boolean>
}

/** Calls of outside addresses that are on their way, each until somebody answered or it was given up. */
export interface DeliveryStore {
  /** False when a delivery of this id is there already. */
  create(workspace: Workspace, delivery: Delivery): Promise<boolean>
  get(workspace: Workspace, id: string): Promise<Stored<Delivery> | null>
  replace(workspace: Workspace, next: Delivery, was: Stored<Delivery>): Promise<boolean>
  delete(workspace: Workspace, id: string): Promise<boolean>
}

/** Connections that API Gateway keeps. They are forgotten by themselves some time after the longest that one may last. */
export interface ConnectionStore {
  put(connection: SocketConnection): Promise<void>
  get(id: string): Promise<SocketConnection | null>
  /** From now on `subscribers` has it; a second filter takes the place of the first. */
  subscribe(workspace: Workspace, subscriber: Subscriber): Promise<void>
  /** Those that subscribed before the call, all of them. */
  subscribers(workspace: Workspace): Promise<Subscriber[]>
  unsubscribe(workspace: Workspace, connectionId: string): Promise<void>
}

/** The way to clients whose sockets API Gateway keeps. */
export interface Gateway {
  /** `gone`: nobody is there any more. `too-large`: the frame is more than API Gateway carries, and was not sent. */
  send(connectionId: string, frame: object): Promise<'sent' | 'gone' | 'too-large'>
  /** With the code that API Gateway gives, for it lets nobody choose one. */
  close(connectionId: string): Promise<void>
}

/** E-mail through servers that users chose. Never reaches the network we run in. */
export interface Mail {
  send(mail: OutgoingMail): Promise<HandedOver>
}

/** Buses that users chose. Handed over again, an entry is there twice: EventBridge knows no names for them. */
export interface EventBuses {
  put(entry: BusEntry): Promise<HandedOver>
}

/** Lambda functions that users chose. A message is taken when Lambda keeps it; it may be delivered twice. */
export interface Lambdas {
  invoke(functionName: string, payload: string): Promise<HandedOver>
}

/** Requests to addresses that users chose. Never reaches the network we run in; follows no redirect. */
export interface Outbound {
  send(request: OutgoingRequest): Promise<Answered>
}

/** Times at which something must be looked at again. A wake may come late, twice, or for nothing: who is woken re-reads. */
export interface Scheduler {
  /**
   * Be woken with `key` at or soon after `at`. One wake is outstanding per key: an earlier one stands for a later one, which
   * the woken handler arms again.
   */
  wakeAt(key: WakeKey, at: Micros): Promise<void>
  /** Says that the wake of this key has come. The woken calls it before reading anything. */
  takeWake(key: WakeKey): Promise<void>
}

/** Where stored events go next: subscribers' sockets and, on AWS, the event bus. At least once, in order of storing. */
export interface Bus {
  publish(workspace: Workspace, events: Event[]): Promise<void>
}

/** All ports of a process; a step takes the part that it needs. */
export interface Services {
  clock: Clock
  stopwatch: Stopwatch
  ids: Ids
  log: Log
  blobs: Blobs
  events: EventStore
  feed: FeedStore
  webhooks: WebhookStore
  webhookDeliveries: WebhookDeliveryStore
  automations: AutomationStore
  triggers: TriggerStore
  flows: FlowStore
  deployments: DeploymentStore
  runs: RunStore
  runInputs: RunInputStore
  logs: LogStore
  artifacts: ArtifactStore
  workPools: WorkPoolStore
  variables: VariableStore
  limits: ConcurrencyLimitStore
  workspaces: AccountWorkspaceStore
  apiKeys: ApiKeyStore
  quotas: Quotas
  blocks: BlockStore
  secrets: Secrets
  reviewKeys: ReviewKeyStore
  /** Where people reach this installation, without a slash at the end. */
  publicUrl: () => string
  deliveries: DeliveryStore
  connections: ConnectionStore
  outbound: Outbound
  mail: Mail
  eventBuses: EventBuses
  lambdas: Lambdas
  scheduler: Scheduler
  bus: Bus
}
