// Names in the place of ids. Ids are a server's own, so a project file says `deployment: flow/name` for `deployment_id`, and in labels
// that a trigger matches `prefect.deployment.flow/name`: what should be a UUID there and is none can only be a name.
import { NOT_YET } from '../core/ids.ts'
import type { Client } from '../sdk/client.ts'
import type { AutomationBody, TriggerBody } from '../sdk/triggers.ts'
import { automationNamed } from './automation-file.ts'
import type { Path, SourceDocument } from './document.ts'
import { splitEntrypoint } from './entrypoint.ts'
import { isUuid } from './find.ts'
import type { Project } from './project.ts'

/** What can be named, by the key that names it, and the key that the API has in its place. */
const REFERENCES = {
  deployment: 'deployment_id',
  work_pool: 'work_pool_id',
  work_queue: 'work_queue_id',
  automation: 'automation_id',
  block: 'block_document_id',
} as const

/** A flow is named in labels alone. */
export type Kind = keyof typeof REFERENCES | 'flow'

/** What is said of a name that nothing has. */
const FIXES: Record<Kind, string> = {
  deployment: 'It reads flow/name; `tripline deployment ls` lists those that are there.',
  flow: '`tripline deployment ls` lists the flows of deployments.',
  work_pool: '`tripline work-pool ls` lists those that are there.',
  work_queue: 'It reads pool/name; `tripline work-pool inspect` tells the queues of a pool.',
  automation: '`tripline automation ls` lists those that are there.',
  block: 'It reads type/name; `tripline block create` makes it, for its secrets are in no file.',
}

const LISTS = ['actions', 'actions_on_trigger', 'actions_on_resolve'] as const
const LABEL = /^(!?prefect\.)(deployment|flow|work-pool|work-queue|automation)\.([^*]+)$/

/** The id of something named, or an error that tells the place. */
export type Find = (kind: Kind, name: string, path: Path) => Promise<string>

/**
 * Finds what a part of a project names, on the server, or in the project: then NOT_YET, unless it should have been made by now.
 * @throws CommandError with file and line for what is in neither
 */
export const finding =
  (client: Client, project: Project, at: Path, isMade: boolean): Find =>
  async (kind, name, path) => {
    const found = await idOf(client, kind, name)
    if (found !== null) return found
    if (!isMade && isPlanned(project, kind, name)) return NOT_YET
    const where = isMade ? 'yet' : 'here or on the server'
    throw project.source.fault(
      [...at, ...path],
      `there is no ${kind.replace('_', ' ')} '${name}' ${where}`,
      FIXES[kind],
    )
  }

/**
 * Finds what a file names on the server alone.
 * @throws CommandError with file and line for what is not there
 */
export const findingOnServer =
  (client: Client, source: SourceDocument, at: Path): Find =>
  async (kind, name, path) => {
    const found = await idOf(client, kind, name)
    if (found !== null) return found
    throw source.fault(
      [...at, ...path],
      `there is no ${kind.replace('_', ' ')} '${name}'`,
      FIXES[kind],
    )
  }

/** Whether a project makes it. What flow an entrypoint in TypeScript exports is not known before it is loaded: its name is believed. */
function isPlanned(project: Project, kind: Kind, name: string): boolean {
  const [owner = '', own = ''] = name.split('/')
  const isFlow = ({ entrypoint, flow_name: said }: Project['deployments'][number], flow: string) =>
    (said ?? splitEntrypoint(entrypoint).name?.replaceAll('_', '-')) === flow
  switch (kind) {
    case 'deployment':
      return project.deployments.some((one) => one.name === own)
    case 'flow':
      return project.deployments.some((one) => isFlow(one, name))
    case 'work_pool':
      return project.workPools.some((pool) => pool.name === name)
    case 'work_queue':
      return project.workPools.some(
        (pool) => pool.name === owner && pool.queues?.some((queue) => queue.name === own),
      )
    case 'automation':
      return project.automations.some((one) => one.name === name)
    case 'block':
      return project.blocksToCome ?? false
  }
}

/** The id of what has that name on the server; null when nothing has. */
async function idOf(client: Client, kind: Kind, name: string): Promise<string | null> {
  const slash = name.indexOf('/')
  const [owner, own] = [name.slice(0, Math.max(slash, 0)), name.slice(slash + 1)]
  switch (kind) {
    case 'deployment':
      return (await client.deployments.byName(owner, own))?.id ?? null
    case 'flow':
      return (await client.flows.filter({ flows: { name: { any_: [name] } } }))[0]?.id ?? null
    case 'work_pool':
      return (await client.workPools.byName(name))?.id ?? null
    case 'work_queue':
      return (await client.workQueues.list(owner)).find((queue) => queue.name === own)?.id ?? null
    case 'automation':
      return (await automationNamed(client, name))?.id ?? null
    case 'block':
      return (await client.blocks.byName(owner, own))?.id ?? null
  }
}

/** The automation with ids for all that it names. */
export async function withIds(body: AutomationBody, find: Find): Promise<AutomationBody> {
  const next: AutomationBody = { ...body, trigger: await triggerWithIds(body.trigger, find) }
  for (const list of LISTS) {
    const actions = body[list]
    if (!actions) continue
    next[list] = await Promise.all(
      actions.map((action, i) => actionWithIds(action, find, [list, i])),
    )
  }
  return next
}

async function actionWithIds<T extends Record<string, unknown>>(
  action: T,
  find: Find,
  path: Path,
): Promise<T> {
  const entries = Object.entries(action).map(async ([key, value]) => {
    const id = Object.hasOwn(REFERENCES, key) ? REFERENCES[key as keyof typeof REFERENCES] : null
    if (id === null || typeof value !== 'string') return [key, value]
    return [id, await find(key as Kind, value, [...path, key])]
  })
  return Object.fromEntries(await Promise.all(entries)) as T
}

async function triggerWithIds(trigger: TriggerBody, find: Find): Promise<TriggerBody> {
  if ('triggers' in trigger) {
    const triggers = await Promise.all(trigger.triggers.map((one) => triggerWithIds(one, find)))
    return { ...trigger, triggers }
  }
  const { match, match_related } = trigger
  const replace = (text: string) => labelWithId(text, find)
  return {
    ...trigger,
    match: await eachText(match, replace),
    match_related: await eachText(match_related, replace),
  }
}

async function labelWithId(text: string, find: Find): Promise<string> {
  const [, prefix, kind = '', name = ''] = LABEL.exec(text) ?? []
  if (prefix === undefined || isUuid(name)) return text
  const id = await find(kind.replace('-', '_') as Kind, name, ['trigger'])
  return `${prefix}${kind}.${id}`
}

/** Labels with the ids of a server put into names, as far as it has told them. */
export function labelsWithNames<T>(labels: T, names: Names): T {
  return mapTexts(labels, (text) => {
    const [, prefix, kind = '', id = ''] = LABEL.exec(text) ?? []
    const name = names(kind.replace('-', '_') as Kind, id)
    return prefix === undefined || name === undefined ? text : `${prefix}${kind}.${name}`
  })
}

/** What a server has under an id, as a project file names it. */
export type Names = (kind: Kind, id: string) => string | undefined

/** An action with names for its ids, as far as they are known. */
export function actionWithNames(action: object, names: Names): Record<string, unknown> {
  const entries = Object.entries(action).map(([key, value]) => {
    const [kind] = Object.entries(REFERENCES).find(([, id]) => id === key) ?? []
    const name = kind === undefined ? undefined : names(kind as Kind, String(value))
    return kind === undefined || name === undefined ? [key, value] : [kind, name]
  })
  return Object.fromEntries(entries)
}

function mapTexts<T>(value: T, change: (text: string) => string): T {
  if (typeof value === 'string') return change(value) as T
  if (Array.isArray(value)) return value.map((one) => mapTexts(one, change)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, mapTexts(field, change)]),
  ) as T
}

/** `mapTexts` for changes that take a while. */
async function eachText<T>(value: T, change: (text: string) => Promise<string>): Promise<T> {
  const texts = new Set<string>()
  mapTexts(value, (text) => {
    texts.add(text)
    return text
  })
  const changed = new Map<string, string>()
  for (const text of texts) changed.set(text, await change(text))
  return mapTexts(value, (text) => changed.get(text) ?? text)
}
