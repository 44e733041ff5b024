// Plain strings that code and infrastructure must agree on. Imports nothing, so that a bundle and a CDK app can both have it.

/** What an item of the `objects` table is. Stream mappings filter on it, so that a step is woken only by what it reads. */
export const KIND = {
  webhook: 'webhook',
  slug: 'slug',
  automation: 'automation',
  automationChange: 'automation-change',
  automationHead: 'automation-head',
  bucket: 'bucket',
  mark: 'mark',
  held: 'held',
  firing: 'firing',
  flow: 'flow',
  deployment: 'deployment',
  flowRun: 'flow-run',
  runMonth: 'run-month',
  taskRun: 'task-run',
  state: 'state',
  lease: 'lease',
  log: 'log',
  runInput: 'run-input',
  workPool: 'work-pool',
  workQueue: 'work-queue',
  worker: 'worker',
  variable: 'variable',
  artifact: 'artifact',
  artifactKey: 'artifact-key',
  concurrencyLimit: 'concurrency-limit',
  workspace: 'workspace',
  blockType: 'block-type',
  blockSchema: 'block-schema',
  blockDocument: 'block-document',
  delivery: 'delivery',
  reviewKey: 'review-key',
  connection: 'connection',
  subscriber: 'subscriber',
  webhookDelivery: 'webhook-delivery',
  apiKey: 'api-key',
  shownKey: 'shown-key',
  segment: 'segment',
  wake: 'wake',
  schedule: 'schedule',
} as const

export type Kind = (typeof KIND)[keyof typeof KIND]

/** Kinds whose changes are announced as events. */
export const ANNOUNCED_KINDS: readonly Kind[] = [
  KIND.webhook,
  KIND.automation,
  KIND.flow,
  KIND.deployment,
  KIND.flowRun,
  KIND.workPool,
  KIND.workQueue,
  KIND.variable,
  KIND.concurrencyLimit,
  KIND.blockDocument,
  KIND.apiKey,
]

/** Secondary indexes of the `objects` table, each with its partition and sort attribute. */
export const INDEX = {
  /** What belongs to something: a deployment's runs, a resource's automations. */
  owner: { name: 'owner', partition: 'o', sort: 'os' },
  /** Runs that wait for their time, by who polls for them; and runs at work, by their queue. */
  due: { name: 'due', partition: 'u', sort: 'us' },
  /** Runs of a workspace by month and expected start. */
  time: { name: 'time', partition: 't', sort: 'ts' },
} as const

export type IndexName = keyof typeof INDEX

/** Attributes of every item, short because DynamoDB bills their names. */
export const ATTRIBUTE = {
  partition: 'pk',
  sort: 'sk',
  kind: 'k',
  version: 'v',
  data: 'd',
  packed: 'z',
  expires: 'x',
  received: 'r',
  /** Set where the JSON has numbers that JSON.parse would round. */
  exact: 'n',
} as const

/** Variables of the functions' environments: set by infra/functions.ts, read by aws/environment.ts. */
export const VARIABLE = {
  eventsTable: 'EVENTS_TABLE',
  objectsTable: 'OBJECTS_TABLE',
  bodiesBucket: 'BODIES_BUCKET',
  retentionDays: 'RETENTION_DAYS',
  wakeQueueUrl: 'WAKE_QUEUE_URL',
  wakeQueueArn: 'WAKE_QUEUE_ARN',
  wakeGroup: 'WAKE_GROUP',
  wakeRoleArn: 'WAKE_ROLE_ARN',
  lettersQueueArn: 'LETTERS_QUEUE_ARN',
  lettersBucket: 'LETTERS_BUCKET',
  bus: 'EVENT_BUS',
  publishPrefixes: 'PUBLISH_PREFIXES',
  secretsKeyArn: 'SECRETS_KEY_ARN',
  adminKeySecret: 'ADMIN_KEY_SECRET',
  originSecret: 'ORIGIN_SECRET',
  automationsMax: 'AUTOMATIONS_MAX',
  webhooksMax: 'WEBHOOKS_MAX',
  socketEndpoint: 'SOCKET_ENDPOINT',
  publicUrl: 'PUBLIC_URL',
  evaluateFunction: 'EVALUATE_FUNCTION',
  publishFunction: 'PUBLISH_FUNCTION',
} as const

export type VariableName = keyof typeof VARIABLE

/** The namespace and the metrics that our functions write as EMF lines and alarms look at. */
export const METRIC = {
  namespace: 'Tripline',
  records: 'Records',
  setAside: 'RecordsSetAside',
  late: 'Late',
  held: 'Held',
  ignored: 'Ignored',
} as const

/** The `Source` of events we put on the bus, which the rule for inbound events excludes. */
export const BUS_SOURCE = 'tripline'

/** Headers that CloudFront adds: the host that the caller named, and the proof that it came through CloudFront. */
export const HEADER = { host: 'x-tripline-host', origin: 'x-tripline-origin' } as const

/** In the encryption context of every secret we seal, and in the condition of the roles that may open them. */
export const SECRETS_PURPOSE = 'tripline'

/** WebSocket APIs know no path, so CloudFront hands it on as this query parameter; `frame` names the connection of a queued frame. */
export const SOCKET = { path: 'path', frame: 'connection', protocol: 'prefect' } as const
