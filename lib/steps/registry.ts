// The triggers of a workspace, compiled and warm in this process. Before a batch one strong read tells whether an automation
// changed; then only what changed is read and compiled again. A cold process starts from a snapshot of all of them, one body
// instead of a hundred thousand items, and the changes since.
import { promisify } from 'node:util'
import { deflateRaw, inflateRawSync } from 'node:zlib'
import type { Automation, OwnedAutomation } from '../core/automation.ts'
import { type CompiledAutomation, compileAutomation } from '../core/compiled-trigger.ts'
import type { Services } from '../core/ports.ts'
import { createTriggerIndex, type TriggerIndex } from '../core/trigger-index.ts'
import type { Workspace } from '../core/workspace.ts'

/** What of an automation evaluating needs; its actions are read by `act`. */
export type Watched = Pick<Automation, 'id' | 'name' | 'created' | 'trigger'>

/** An enabled automation, ready to be evaluated. */
export interface ActiveAutomation {
  automation: Watched
  compiled: CompiledAutomation
}

export interface Registry {
  /** The triggers that may care about an event. */
  index: TriggerIndex
  active: Map<string, ActiveAutomation>
}

/** Changes after which a cold start would read more of them than of a new snapshot. */
const SNAPSHOT_CHANGES = 1_000

/** Workspaces with fewer automations are listed as fast as a snapshot is read. */
const SNAPSHOT_AUTOMATIONS_MIN = 500

type Uses = Pick<Services, 'automations' | 'blobs'>

interface Warm {
  registry: Registry
  /** The change that the registry is up to. */
  change: number
  /** The change that the last snapshot was made at. */
  snapshot: number
}

/** Answers a workspace's registry, no older than the call. */
export function registries(services: Uses): (workspace: Workspace) => Promise<Registry> {
  const { automations } = services
  const warm = new Map<Workspace, Warm>()

  async function catchUp(workspace: Workspace, known: Warm): Promise<boolean> {
    const changes = await automations.changesSince(workspace, known.change)
    if (!changes) return false
    const next = await automations.getMany(workspace, changes.ids)
    for (const id of changes.ids) remove(known.registry, id)
    for (const owned of next) addEnabled(known.registry, owned)
    known.change = changes.head
    return true
  }

  /** Null without a snapshot, or with one of no use: another process may have written it after `head` was read. */
  async function fromSnapshot(workspace: Workspace, head: number): Promise<Warm | null> {
    const found = await readSnapshot(services, workspace)
    if (!found || found.change > head) return null
    const registry = emptyRegistry()
    for (const automation of found.automations) add(registry, automation)
    const known = { registry, change: found.change, snapshot: found.change }
    return found.change === head || (await catchUp(workspace, known)) ? known : null
  }

  async function start(workspace: Workspace, head: number): Promise<Warm> {
    const known = await fromSnapshot(workspace, head)
    if (known) return known
    const registry = emptyRegistry()
    for (const owned of await automations.list(workspace)) addEnabled(registry, owned)
    return { registry, change: head, snapshot: 0 }
  }

  return async (workspace) => {
    const head = await automations.head(workspace)
    let known = warm.get(workspace)
    if (known?.change === head) return known.registry
    if (!known || !(await catchUp(workspace, known))) known = await start(workspace, head)
    warm.set(workspace, known)
    if (known.change - known.snapshot >= SNAPSHOT_CHANGES)
      await writeSnapshot(services, workspace, known)
    return known.registry
  }
}

const nameOf = (workspace: Workspace): string => `${workspace}#triggers`

interface Snapshot {
  change: number
  automations: Watched[]
}

async function readSnapshot({ blobs }: Uses, workspace: Workspace): Promise<Snapshot | null> {
  const bytes = await blobs.find(nameOf(workspace))
  return bytes ? (JSON.parse(inflateRawSync(bytes).toString()) as Snapshot) : null
}

/** Two processes may write one at once: whichever stays is true of its own change. */
async function writeSnapshot({ blobs }: Uses, workspace: Workspace, known: Warm): Promise<void> {
  known.snapshot = known.change
  const automations = [...known.registry.active.values()].map(({ automation }) => automation)
  if (automations.length < SNAPSHOT_AUTOMATIONS_MIN) return
  const json = JSON.stringify({ change: known.change, automations } satisfies Snapshot)
  await blobs.put(nameOf(workspace), await promisify(deflateRaw)(json, { level: 1 }))
}

const emptyRegistry = (): Registry => ({ index: createTriggerIndex(), active: new Map() })

function addEnabled(registry: Registry, { automation }: OwnedAutomation): void {
  const { id, name, created, trigger, enabled } = automation
  if (enabled) add(registry, { id, name, created, trigger })
}

function add(registry: Registry, automation: Watched): void {
  const compiled = compileAutomation(automation)
  registry.active.set(automation.id, { automation, compiled })
  registry.index.add(compiled)
}

function remove(registry: Registry, id: string): void {
  const active = registry.active.get(id)
  if (!active) return
  registry.active.delete(id)
  registry.index.remove(active.compiled)
}
